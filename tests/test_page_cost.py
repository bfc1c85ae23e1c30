"""What a change of filter may cost the server, page by page, in what can be counted: so that cost cannot creep back.

Every change is to a cohort that nobody has asked for, so that no cache makes it look cheap.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from plro_core.store import publish
from plro_core.vocabulary import STANDARD
from tests.browser_tools import ROOT
from tests.oracle import ABOUT, synthetic_tables, treatments_of
from tests.tools.page_cost import PAGES, Cost, counted, narrowed, opened

#: The panel: n of the view, and its filters counted without and with their own criterion, for facts of the case, of a visit at one
#: month, and the choice of visits.
PANEL = 5

#: What a change costs at most: queries to DuckDB, questions to the engine of counts, figures drawn, comparisons, kilobytes.
MOST: dict[tuple[str, str], tuple[int, int, int, int, int]] = {
    # five small figures, the title, three findings, three questions; no tab is open
    ("overview", ""): (0, PANEL + 25, 5, 0, 90),
    ("overview", "tab=published"): (0, PANEL + 33, 6, 0, 95),
    # a ribbon with its medians, thresholds and courses, and the numbers below it
    ("pain", ""): (0, PANEL + 6, 1, 0, 40),
    ("pain", "tab=change"): (0, PANEL + 3, 1, 0, 30),
    ("pain", "tab=responders"): (4, PANEL + 8, 1, 0, 40),
    ("pain", "tab=control"): (5, PANEL + 3, 1, 0, 50),
    # by group besides: sizes, and what whole groups share
    ("pain", "by=breastfeeding"): (0, PANEL + 9, 1, 0, 45),
    # five analytes, each with every patient, and how the flags hang on their ranges
    ("labs", ""): (0, PANEL + 5, 1, 0, 80),
    ("labs", "tab=flags"): (0, PANEL + 13, 0, 0, 30),
    ("labs", "tab=patterns"): (6, PANEL + 18, 1, 0, 40),
    ("bone", ""): (0, PANEL + 5, 1, 0, 35),
    ("bone", "tab=distribution"): (0, PANEL + 5, 1, 0, 35),
    # seventeen vertebrae drawn as they are
    ("bone", "tab=spine"): (0, PANEL + 12, 1, 0, 110),
    ("bone", "tab=levels"): (0, PANEL + 6, 1, 0, 30),
    ("treatments", ""): (0, PANEL + 3, 1, 0, 60),
    ("treatments", "tab=delivery"): (0, PANEL + 2, 1, 0, 110),
    ("treatments", "tab=overlap"): (0, PANEL + 3, 1, 0, 30),
    # provenance is read from the stored tables
    ("treatments", "tab=open"): (2, PANEL + 1, 0, 0, 25),
    # the confounders and the primary outcome, both of one comparison
    ("compare", ""): (0, PANEL + 7, 2, 1, 45),
    ("compare", "unfolded=table,traits,members"): (0, PANEL + 10, 3, 1, 55),
    # one patient's record with the origin of its cells
    ("patients", ""): (3, PANEL + 2, 1, 0, 50),
    # Table 1: cases, visits, facts
    ("tables", ""): (0, PANEL + 3, 0, 0, 35),
    ("tables", "by=breastfeeding"): (0, PANEL + 6, 0, 0, 25),
    ("tables", "tab=source"): (2, PANEL + 2, 0, 0, 20),
    # nothing of these but the panel hangs on the cohort
    ("claims", ""): (0, PANEL + 1, 1, 0, 40),
    ("registry", ""): (0, PANEL, 0, 0, 20),
    ("dictionary", ""): (0, PANEL, 0, 0, 20),
}

#: What a page costs more of 5,000 patients: who is drawn is a sample, whose places in the source are asked for by their keys.
MORE_OF_MANY = (1, 2, 0, 0, 40)


def cost(page: str, link: str) -> Cost:
    """What a change costs on a page that has been looked at before."""
    return counted(narrowed(opened(page, **dict(pair.split("=") for pair in link.split("&") if pair))))


def check(found: Cost, most: tuple[int, ...]) -> None:
    said = (found.queries, found.questions, found.figures, found.comparisons, found.sent // 1000)
    names = ("queries", "questions", "figures", "comparisons", "kilobytes")
    over = [f"{n} {name}, at most {limit}" for n, name, limit in zip(said, names, most, strict=True) if n > limit]
    assert not over
    assert not found.validated, "Plotly's check of a figure costs more than all else on a page"
    assert not found.openings


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of 5,000 made-up patients."""
    folder = tmp_path_factory.mktemp("many")
    tables = synthetic_tables(1, 5000) | {"treatments": treatments_of(1, 5000)}
    publish(tables, ABOUT | {"version": "1"}, folder, STANDARD)
    return folder


def test_every_page_has_its_limits() -> None:
    assert {page for page, _ in MOST} == set(PAGES)


@pytest.mark.parametrize(("page", "link"), MOST)
def test_a_change_costs_no_more_of_ten_patients(page: str, link: str) -> None:
    check(cost(page, link), MOST[page, link])


@pytest.mark.parametrize("page", PAGES)
def test_nor_of_many(page: str, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(many))
    check(cost(page, ""), tuple(map(sum, zip(MOST[page, ""], MORE_OF_MANY, strict=True))))


def test_what_is_counted_is_found() -> None:
    """No limit holds because nothing is counted any more."""
    overview, compared, record = cost("overview", ""), cost("compare", ""), cost("patients", "")
    assert overview.questions > PANEL
    assert overview.figures == 5
    assert compared.comparisons == 1
    assert record.queries
    assert overview.sent > 10_000


def test_the_pages_are_imported_before_the_first_visitor_comes() -> None:
    """Whoever came first would wait for the imports."""
    program = (
        "import ast, sys; from pathlib import Path; from pages.server.server import load_libraries\n"
        "load_libraries(); before = set(sys.modules)\n"
        "for page in Path('pages').glob('*.py'):\n"
        "    imports = [part for part in ast.parse(page.read_text()).body if isinstance(part, ast.Import | ast.ImportFrom)]\n"
        "    exec(compile(ast.Module(imports, []), str(page), 'exec'))\n"
        "print(*sorted(name for name in set(sys.modules) - before if name.startswith(('pages', 'plro_core'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True, cwd=ROOT
    )
    assert ran.stdout.split() == []
