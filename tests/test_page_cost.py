"""What a change of filter may cost the server, page by page, in what can be counted: so that cost cannot creep back.

Every change is to a cohort that nobody has asked for, so that no cache makes it look cheap.
"""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from plro_core.figures import pain_trajectories
from plro_core.store import SHIPPED, open_registry, publish
from plro_core.vocabulary import STANDARD
from tests.browser_tools import ROOT
from tests.oracle import ABOUT, synthetic_tables, treatments_of
from tests.tools.page_cost import PAGES, Cost, counted, counting, narrowed, opened

#: The panel: n of the view, its filters by facts of the case, by a visit and by month, and the one in use without itself.
PANEL = 5

#: What a change costs at most: different questions to the engine of counts, figures, comparisons, kilobytes.
MOST: dict[tuple[str, str], tuple[int, int, int, int]] = {
    # five small figures, the title, three findings, three questions, and how many would follow each; no tab is open
    ("overview", ""): (PANEL + 13, 5, 0, 85),
    ("overview", "tab=published"): (PANEL + 18, 6, 0, 90),
    # values at each visit, and the course from the first to the last
    ("pain", ""): (PANEL + 2, 1, 0, 40),
    ("pain", "tab=change"): (PANEL + 1, 1, 0, 30),
    # a pair for each month, and each rule of response
    ("pain", "tab=responders"): (PANEL + 4, 1, 0, 40),
    # the paths of all patients, once
    ("pain", "tab=control"): (PANEL + 2, 1, 0, 50),
    # by group besides: their sizes, what whole groups share, and in what else they differ
    ("pain", "by=breastfeeding"): (PANEL + 7, 1, 0, 45),
    # five analytes, each with every patient, and how the flags hang on their ranges
    ("labs", ""): (PANEL + 4, 1, 0, 80),
    # values beside flags, analyte by analyte
    ("labs", "tab=flags"): (PANEL + 8, 0, 0, 30),
    # each pattern that somebody has, as a cohort
    ("labs", "tab=patterns"): (PANEL + 9, 1, 0, 40),
    ("bone", ""): (PANEL + 3, 1, 0, 35),
    ("bone", "tab=distribution"): (PANEL + 3, 1, 0, 35),
    # seventeen vertebrae, drawn as they are
    ("bone", "tab=spine"): (PANEL + 2, 1, 0, 110),
    ("bone", "tab=levels"): (PANEL + 2, 1, 0, 30),
    ("treatments", ""): (PANEL + 2, 1, 0, 60),
    # a lane for each patient, in words
    ("treatments", "tab=delivery"): (PANEL + 1, 1, 0, 110),
    ("treatments", "tab=overlap"): (PANEL + 2, 1, 0, 30),
    ("treatments", "tab=open"): (PANEL, 0, 0, 25),
    # confounders and primary outcome, both of one comparison; what whole groups share
    # each figure says among whom A and B are, so none stays as it was
    ("compare", ""): (PANEL + 3, 2, 1, 56),
    # the table besides, unless the cohort leaves nobody to compare
    ("compare", "unfolded=table,traits,members"): (PANEL + 3, 3, 1, 125),
    # one patient's record with the origin of its cells
    ("patients", ""): (PANEL, 1, 0, 50),
    # Table 1, all its variables at once
    ("tables", ""): (PANEL + 1, 0, 0, 35),
    ("tables", "by=breastfeeding"): (PANEL + 3, 0, 0, 40),
    ("tables", "tab=source"): (PANEL, 0, 0, 20),
    # of these nothing but the panel, and the n of the document's patients, hangs on the cohort
    ("claims", ""): (PANEL + 1, 1, 0, 40),
    ("registry", ""): (PANEL, 0, 0, 20),
    ("dictionary", ""): (PANEL, 0, 0, 20),
}

#: Lookups by key in the stored tables: the origin of a patient's cells, printed times to pain control, cells behind a number. Rows
#: are found by their places, and no page asks DuckDB.
LOOKUPS = {("patients", ""): 3, ("pain", "tab=control"): 1, ("tables", "tab=source"): 1}

#: What a page costs more of 5,000 patients: who is drawn is a sample of fixed size, with a hover text for each,
#: whose places in the source are looked up by their keys.
MORE_OF_MANY = (1, 0, 0, 40)


def cost(page: str, link: str) -> Cost:
    """What a change costs on a page that has been looked at before."""
    return counted(narrowed(opened(page, **dict(pair.split("=") for pair in link.split("&") if pair))))


def check(found: Cost, most: tuple[int, ...], lookups: int) -> None:
    most = (lookups, *most)
    said = (found.lookups, found.questions, found.figures, found.comparisons, found.sent // 1000)
    names = ("lookups", "questions", "figures", "comparisons", "kilobytes")
    over = [f"{n} {name}, at most {limit}" for n, name, limit in zip(said, names, most, strict=True) if n > limit]
    assert not over
    assert not found.queries
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
    check(cost(page, link), MOST[page, link], LOOKUPS.get((page, link), 0))


@pytest.mark.parametrize("page", PAGES)
def test_nor_of_many(page: str, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(many))
    most = tuple(map(sum, zip(MOST[page, ""], MORE_OF_MANY, strict=True)))
    check(cost(page, ""), most, LOOKUPS.get((page, ""), 0) + 1)


def test_what_is_counted_is_found() -> None:
    """No limit holds because nothing is counted any more."""
    overview, compared = cost("overview", ""), cost("compare", "")
    assert overview.questions > PANEL
    assert overview.figures == 5
    assert compared.comparisons == 1
    assert overview.sent > 10_000
    with counting() as found:
        asked = Thread(target=_in_one_thread)
        asked.start()
        asked.join()
    assert (found["queries"], found["validated"], found["openings"]) == (1, 1, 1)


def _in_one_thread() -> None:
    registry = open_registry(SHIPPED)
    registry.rows("SELECT 1")
    assert pain_trajectories(registry).figure
    registry.close()


def test_the_pages_are_imported_before_the_first_visitor_comes() -> None:
    """Whoever came first would wait for the imports."""
    program = (
        "import ast, sys; from pathlib import Path; from pages.server.server import load_libraries\n"
        "load_libraries(); before = set(sys.modules)\n"
        "assert {'PIL.PngImagePlugin', 'streamlit.material_icon_names'} <= before\n"
        "for page in Path('pages').glob('*.py'):\n"
        "    imports = [part for part in ast.parse(page.read_text()).body if isinstance(part, ast.Import | ast.ImportFrom)]\n"
        "    exec(compile(ast.Module(imports, []), str(page), 'exec'))\n"
        "print(*sorted(name for name in set(sys.modules) - before if name.startswith(('pages', 'plro_core'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True, cwd=ROOT
    )
    assert ran.stdout.split() == []
