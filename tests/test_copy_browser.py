"""A table copied from its page in a real browser: a table with its rules, columns for a spreadsheet, and no formula."""

import re
from html.parser import HTMLParser

from playwright.sync_api import Page, expect

from tests.test_browser import settled, visit

_READ = """async () => {
  const [found] = await navigator.clipboard.read();
  return Promise.all(['text/html', 'text/plain'].map(async (kind) => (await found.getType(kind)).text()));
}"""


class _Cells(HTMLParser):
    """Rows of cells, each with its span and its style."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, int, str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            told = dict(attrs)
            self.rows[-1].append(("", int(told.get("colspan") or 1), told.get("style") or ""))
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            text, span, style = self.rows[-1][-1]
            self.rows[-1][-1] = (text + data, span, style)


def copied(page: Page, key: str) -> tuple[list[list[tuple[str, int, str]]], list[list[str]], str]:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(f".st-key-copy_{key}").get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    rich, plain = page.evaluate(_READ)
    cells = _Cells()
    cells.feed(rich)
    return cells.rows, [line.split("\t") for line in plain.splitlines()], rich


def test_the_summary_is_copied_as_a_table(page: Page, server: str) -> None:
    visit(page, f"{server}/tables?tab=manuscript&by=breastfeeding&rows=age,calcium:1&difference=on")
    address = page.url
    rows, lines, rich = copied(page, "summary")
    assert [text for text, _, _ in rows[2]] == [
        "Age (years)",
        "30.5 (29–31)",
        "30 (28.5–31)",
        "30, 34",
        "−3 (−10 to 3)",
    ]
    assert [span for _, span, _ in rows[0]] == [1, 1, 2, 1]
    assert all("border-top:" in style for _, _, style in rows[0])
    assert all("border-bottom:" in style for row in (rows[1], rows[-1]) for _, _, style in row)
    assert "<a " not in rich
    assert "<sup>a</sup>" in rich
    assert "<caption" in rich
    width = len(rows[-1])
    table = lines[1 : 1 + len(rows)]
    assert {len(line) for line in table} == {width}
    assert table[2] == [text for text, _, _ in rows[2]]
    assert re.fullmatch(r"8\.65 .* \[a\]", table[-1][1])
    assert any(line[0].startswith("[a] 2 of 10 not recorded") for line in lines[len(rows) :])
    settled(page)
    assert page.url == address


def test_what_a_spreadsheet_would_compute_is_copied_as_text(page: Page, server: str) -> None:
    visit(page, f"{server}/tables?tab=manuscript&rows=age")
    page.locator(".plro-print tbody tr").first.locator("td").first.evaluate(
        "(cell) => { cell.textContent = '=HYPERLINK(\"http://x\",\"y\")'; cell.previousElementSibling.textContent = '@SUM(1)'; }"
    )
    rows, lines, _ = copied(page, "summary")
    assert [text for text, _, _ in rows[1]] == ["'@SUM(1)", '\'=HYPERLINK("http://x","y")']
    assert lines[2] == [text for text, _, _ in rows[1]]
    live = [cell for row in [*lines, *[[text for text, _, _ in row] for row in rows]] for cell in row]
    assert not [cell for cell in live if re.match(r"[=+\-@]", cell)]
    assert all("mso-number-format:'\\@'" in style for text, _, style in rows[1] if not text.isdigit())


def test_a_table_of_any_kind_is_copied(page: Page, server: str) -> None:
    visit(page, f"{server}/tables?tab=source&number=age")
    rows, lines, _ = copied(page, "cells")
    assert len(rows) > 10
    assert [text for text, _, _ in rows[0]] == lines[0]


def test_a_number_leads_to_its_cells_and_back_leads_to_the_table(page: Page, server: str) -> None:
    visit(page, f"{server}/tables?tab=manuscript&by=breastfeeding&rows=vas:3")
    page.evaluate("window.plroStillThere = true")
    page.get_by_role("link", name="3, 3").click()
    expect(page.get_by_text("Where does a number come from?")).to_be_visible()
    settled(page)
    assert set(page.url.partition("?")[2].split("&")) == {
        "by=breastfeeding",
        "number=vas.3",
        "column=continued",
        "tab=source",
    }
    assert page.evaluate("window.plroStillThere")
    page.go_back()
    expect(page.locator(".plro-print table")).to_be_visible()
    settled(page)
    assert "rows=vas:3" in page.url.replace("%3A", ":")
