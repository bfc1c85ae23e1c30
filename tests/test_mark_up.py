"""Mark-up in words of a registry is shown and never interpreted: on every page, in every figure, and behind both at the border."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import border
from plro_core.figures.markup import own_markup_alone
from plro_core.text import inert_markdown
from tests.hostile_registry import MARK_UP, Canaries, hostile, hostile_document, hostile_files, hostile_views
from tests.test_pages import in_all_tabs, opened

Shown = tuple[str, str]

#: Mark-up around a canary that nothing has escaped, as Markdown and as Plotly's HTML.
_AS_MARKDOWN = re.compile(
    r"(?<!\\)(?:!\[kq|(?<!\\!)\[kq\d+z(?<!\\)\]|<(?:img|a|b)\b[^>]*kq|\$kq|:material/bug_report|:red\[kq|`kq|\*\*kq|~~x~~)"
)
#: But for the links of a table's numbers to their cells, which are the page's own.
_AS_TAG = re.compile(r'<(?:img|a\b(?! class="plro-cell" href="\?)|b>kq)')
_CANARY = re.compile(r"kq\d+z")
#: Fields of elements that are no Markdown: names, attributes, and what a choice is answered with.
_PLAIN = {
    "id",
    "alt",
    "key",
    "url",
    "raw_value",
    "raw_values",
    "placeholder",
    "form_id",
    "deferred_file_id",
    "code_text",
}
#: Options that Streamlit shows as they are.
_PLAIN_OPTIONS = {"Selectbox", "MultiSelect"}
_VISITS = (
    *((page, {}) for page in ("overview", "pain", "labs", "bone", "treatments", "compare", "patients", "tables")),
    *((page, {}) for page in ("claims", "registry", "dictionary")),
    *((page, {"by": "kind0", "patient": "1"}) for page in ("pain", "labs", "bone", "treatments", "tables")),
    *(("registry", {"part": part}) for part in ("history", "quality", "export")),
    ("overview", {"kind0": "some", "trait1": "10-30", "centre": "north"}),
    ("overview", {"kind0": "some", "trait2": "500"}),
    ("labs", {"present": "1", "by": "kind1"}),
    ("compare", {"a": "kind1=most", "by": "kind0"}),
)


@pytest.fixture(scope="module")
def registry_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    canaries = Canaries()
    return hostile(tmp_path_factory.mktemp("own") / "![kq0z](x) $kq0z$", canaries)


@pytest.fixture(scope="module")
def document_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_document(tmp_path_factory.mktemp("document") / "five", Canaries())


def markdown(app: AppTest) -> Iterator[Shown]:
    """Every text of a page that a browser reads as Markdown, with where it stands."""
    for element in _elements(app):
        name = type(element).__name__
        yield from _markdown_of(name, element)


def _elements(app: AppTest) -> Iterator[Any]:
    for part in (app.main, app.sidebar):
        for element in part:
            if hasattr(proto := getattr(element, "proto", None), "ListFields"):
                yield proto


def _markdown_of(kind: str, message: Any) -> Iterator[Shown]:
    for field, value in () if kind == "Dataframe" else message.ListFields():  # a grid shows texts as they are
        here = f"{kind}.{field.name}"
        if field.name in _PLAIN or (field.name == "options" and kind in _PLAIN_OPTIONS):
            continue
        for part in [value] if isinstance(value, str | bytes) or not hasattr(value, "__iter__") else value:
            if hasattr(part, "ListFields"):
                yield from _markdown_of(type(part).__name__, part)
            elif isinstance(part, str) and kind not in ("PlotlyChart", "Html"):
                yield here, part
            elif isinstance(part, bytes):
                yield from _cells(here, part)


def _cells(place: str, content: bytes) -> Iterator[Shown]:
    table = pa.ipc.open_stream(content).read_all()
    yield from ((f"{place} head", name) for name in table.column_names)
    yield from ((place, str(cell)) for column in table.columns for cell in column.to_pylist())


def drawn(app: AppTest) -> Iterator[Shown]:
    """Every text in the figures of a page."""
    for chart in app.get("plotly_chart"):
        yield from _texts("figure", json.loads(chart.proto.spec))


def _texts(place: str, part: Any) -> Iterator[Shown]:
    if isinstance(part, str):
        yield place, part
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        if name not in ("customdata", "ids", "template"):
            yield from _texts(f"{place}.{name}", value)


@pytest.mark.parametrize(("page", "link"), _VISITS)
def test_no_word_of_a_registry_is_mark_up(
    registry_folder: Path, monkeypatch: pytest.MonkeyPatch, page: str, link: dict[str, str]
) -> None:
    """Every declared word, free text, title and note, on every tab; the border is taken away, so that each place must escape."""
    monkeypatch.setenv("PLRO_REGISTRY", str(registry_folder))
    monkeypatch.setattr(border, "inert_markdown", lambda text: text)
    assert sum(_holds_no_mark_up(app) for app in in_all_tabs(opened(page, **link)))


def _holds_no_mark_up(app: AppTest) -> int:
    """How many texts of a page hold a canary, none of them as mark-up."""
    assert not app.exception
    shown, in_figures = list(markdown(app)), list(drawn(app))
    assert [(place, text) for place, text in shown if _AS_MARKDOWN.search(text)] == []
    assert [(place, text) for place, text in in_figures if _AS_TAG.search(text)] == []
    assert [html.proto.body for html in app.get("html") if _AS_TAG.search(html.proto.body)] == []
    return sum(bool(_CANARY.search(text)) for _, text in [*shown, *in_figures])


@pytest.mark.parametrize(
    ("page", "link"),
    [
        *(
            (page, {})
            for page in ("overview", "labs", "bone", "tables", "claims", "patients", "registry", "dictionary")
        ),
        *(("claims", {"claim": name}) for name in ("teriparatide-count", "age-median")),
        *((page, {"present": "1"}) for page in ("claims", "tables")),
    ],
)
def test_no_word_of_a_document_is_mark_up(
    document_folder: Path, monkeypatch: pytest.MonkeyPatch, page: str, link: dict[str, str]
) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(document_folder))
    monkeypatch.setattr(border, "inert_markdown", lambda text: text)
    seen = sum(_holds_no_mark_up(app) for app in in_all_tabs(opened(page, **link)))
    assert seen or page in ("labs", "bone", "tables")


def test_no_word_of_a_saved_view_is_mark_up(registry_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(registry_folder))
    monkeypatch.setattr(border, "inert_markdown", lambda text: text)
    hostile_views(registry_folder, Canaries())
    assert _holds_no_mark_up(opened("pain")) >= len(MARK_UP)
    _holds_no_mark_up(opened("pain", present="views"))


@pytest.mark.parametrize("many", [1, 2, 4])
def test_no_word_of_files_handed_over_is_mark_up(
    registry_folder: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(registry_folder))
    monkeypatch.setattr(border, "inert_markdown", lambda text: text)
    app = opened("registry")
    app.session_state["registry_files"] = hostile_files(Canaries())[-many:]
    app.run()
    assert _holds_no_mark_up(app)
    if asked := [radio for radio in app.radio if radio.label == "What are these files?"]:
        asked[0].set_value(asked[0].options[0]).run()
        assert _holds_no_mark_up(app)


def test_the_border_of_pages_lets_no_mark_up_through() -> None:
    """A place that forgot to escape a word."""

    def page() -> None:
        import streamlit as st

        from pages.shared import border

        border.install()
        evil = "![kq1z](http://evil.example/i) <img src=x> $kq2z$ [a](http://evil.example) [b][c] ![d][c]\n[c]: http://evil.example"
        st.title(evil)
        st.markdown(f"**ours** {evil}", help=evil)
        st.button(evil, help=evil)
        st.expander(evil).caption(evil)
        st.tabs([evil])
        st.metric(evil, 1, help=evil)
        st.toast(evil)

    app = AppTest.from_function(page).run()
    assert not app.exception
    texts = [text for place, text in markdown(app) if "kq1z" in text and not place.startswith("Block")]
    assert len(texts) >= 9
    for text in texts:
        assert not re.search(r"(?<!\\)(?:!\[|\]\(|\]\[|\]:|<img|\$)", text), text
    assert "**ours**" in app.markdown[0].value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://a.b)", r"\!\[x\]\(http://a.b)"),
        (r"\!\[x\]\(y\) :material/key: **b** - a `c`", r"\!\[x\]\(y\) :material/key: **b** - a `c`"),
        (r"\\![x](y)", r"\\\!\[x\]\(y)"),
        ("a < b, n<2, <b>", r"a < b, n<2, \<b>"),
    ],
)
def test_what_is_escaped_stays_and_what_is_not_is_made_inert(text: str, shown: str) -> None:
    assert inert_markdown(text) == shown
    assert inert_markdown(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<b>n</b><br><span style="color:#123456">a</span>', '<b>n</b><br><span style="color:#123456">a</span>'),
        (
            '<span style="font-size:11.0px">a</span><extra></extra>',
            '<span style="font-size:11.0px">a</span><extra></extra>',
        ),
        ("<img src=x>", "&lt;img src=x>"),
        ('<a href="//x">y</a>', '&lt;a href="//x">y&lt;/a>'),
        ('<span style="color:red;background-image:url(//x)">', '&lt;span style="color:red;background-image:url(//x)">'),
        ("<B>", "&lt;B>"),
        ("a < b, n<2", "a < b, n<2"),
    ],
)
def test_a_figure_has_its_own_tags_alone(text: str, shown: str) -> None:
    assert own_markup_alone({"data": [{"text": [text, 1, None], "x": (1, 2)}], "n": text}) == {
        "data": [{"text": [shown, 1, None], "x": (1, 2)}],
        "n": shown,
    }
