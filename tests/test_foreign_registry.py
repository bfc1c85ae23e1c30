"""A registry that no document is bound to says no word of anybody's paper: everything that it shows is read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plro_core import headlines
from plro_core.cohort import EVERYONE, Cohort
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.tables import table_one
from tests import all_texts as texts
from tests.foreign_registries import one, second_series, twelve
from tests.test_pages import in_all_tabs, opened, words

pytest_plugins = ["tests.core_fixtures"]

#: Words of a paper, of the first one, and of printing: what comes from nobody's print is reported.
OF_A_PAPER = re.compile(
    r"(?i:\bpapers?\b|aytar|turk(ish)? neuro|istanbul|10\.5137|published (series|ten|patients?)|\bten (\w+ )?patients"
    r"|\btable I{1,3}\b|as printed|from print|case series|T6, T10 and T11)"
    # the word in prose; “printed” alone is the code of a cell's status
    r"|\bPrinted\b|(?<=[a-z] )printed\b|\bprinted(?= [a-z])"
)
REGISTRIES = {"twelve": twelve, "one": one, "second series": second_series}
COHORTS = {"everyone": "", "nobody": "age=59", "one patient": "age=28"}


@pytest.fixture(scope="module", params=list(REGISTRIES))
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    opened = open_registry(REGISTRIES[request.param](tmp_path_factory.mktemp("foreign") / "clinic"))
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=list(COHORTS))
def cohort(request: pytest.FixtureRequest, foreign: Registry) -> Cohort:
    return Cohort.parse(COHORTS[request.param], foreign.vocabulary)


def test_sentences(foreign: Registry, cohort: Cohort) -> None:
    assert texts.leaks(texts.of_sentences(foreign, cohort), OF_A_PAPER) == []


def test_tables(foreign: Registry, cohort: Cohort) -> None:
    assert texts.leaks(texts.of_tables(foreign, cohort), OF_A_PAPER) == []


def test_exports(foreign: Registry, cohort: Cohort) -> None:
    assert texts.leaks(texts.of_exports(foreign, cohort), OF_A_PAPER) == []


def test_figures(foreign: Registry, cohort: Cohort) -> None:
    assert texts.leaks(texts.of_figures(foreign, cohort), OF_A_PAPER) == []


def test_what_leaves_as_a_whole(foreign: Registry) -> None:
    assert texts.leaks(texts.of_whole(foreign), OF_A_PAPER) == []


def test_commands(foreign: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert texts.leaks(texts.of_commands(foreign, lambda: tuple(capsys.readouterr())), OF_A_PAPER) == []


def test_pages(foreign: Registry, cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(foreign.folder))
    assert texts.leaks(texts.of_pages(foreign, cohort), OF_A_PAPER) == []


def test_what_the_menu_says_of_the_program(foreign: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    assert texts.leaks([("menu", menu_words(foreign.folder, monkeypatch))], OF_A_PAPER) == []


def test_the_menu_still_speaks_of_the_published_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    assert menu_words(SHIPPED, monkeypatch).startswith("Ten published patients")


def menu_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What stands under "About" in the menu of a page of this registry."""
    told: list[dict[str, str]] = []
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    monkeypatch.setattr("streamlit.set_page_config", lambda *_, menu_items=None, **__: told.append(menu_items))
    assert not opened("dictionary").exception
    return told[0]["About"]


# Five patients of whom little is known


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    found = open_registry(second_series(tmp_path_factory.mktemp("second") / "series"))
    yield found
    found.close()


def test_what_was_never_asked_is_not_recorded(second: Registry) -> None:
    said = {headline.label: (headline.value, headline.detail) for headline in headlines.overview(second)}
    assert said["Smoking"] == ("–", "not recorded")
    assert said["Went on breastfeeding"] == ("1 of 3", "after diagnosis; not recorded in 2")
    assert said["Vertebral fracture"] == ("4 of 5", "documented fracture: vertebral fracture")


def test_the_summary_counts_those_of_whom_it_is_recorded(second: Registry) -> None:
    rows = {(row[0], row[2]): row[3] for row in table_one(second).layout.rows}
    assert rows["Smoking", "n (missing)"] == "0 (5)"
    assert rows["Breastfeeding after diagnosis", "n (missing)"] == "3 (2)"
    assert rows[None, "continued"].startswith("1 of 3")


def test_no_fracture_is_counted_where_none_was_asked_for(tmp_path: Path) -> None:
    """A title must not say "0 with a documented vertebral fracture" of patients nobody looked at."""
    registry = open_registry(second_series(tmp_path / "series"))
    nobody_asked = Cohort.parse("case_definition=~", registry.vocabulary)
    assert str(headlines.overview_title(registry)) == "5 patients, documented vertebral fracture in 4 of 5"
    assert str(headlines.overview_title(registry, nobody_asked)) == "Nobody is in this view"
    registry.close()


def test_the_shipped_registry_says_what_its_document_says(registry: Registry) -> None:
    said = {headline.label: (headline.value, headline.detail) for headline in headlines.overview(registry)}
    assert said["Smoking"] == ("4 of 10", "history of smoking recorded")
    assert said["Went on breastfeeding"] == ("2 of 10", "after the diagnosis")
    assert said["Vertebral fracture"][1] == "documented at named levels"
    status = registry.vocabulary.variable("status", "provenance")
    assert [level.label for level in status.levels][:2] == ["as printed", "parsed from print"]
    assert registry.vocabulary.table("printed").label == "Printed cells"


def test_a_highlighted_patient_is_said_in_the_tabs_where_she_can_be_chosen(
    foreign: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(foreign.folder))
    app = opened("bone", patient="1")
    assert not app.exception
    said = [words(shown).count("**Patient 1** is highlighted.") for shown in in_all_tabs(app)]
    assert (said[0], said[2]) == (1, 1)  # by patient, and at the spine
    assert set(said) <= {0, 1}


def test_the_reader_finds_a_word_wherever_it_stands() -> None:
    """The paper's own registry is full of them, in every room that is read."""
    registry = open_registry(SHIPPED)
    for read in (texts.of_sentences, texts.of_tables, texts.of_figures):
        assert next(texts.leaking(read(registry, EVERYONE), OF_A_PAPER)), read.__name__
    assert next(texts.leaking(texts.of_whole(registry), OF_A_PAPER))
    assert next(texts.leaking(texts.of_page("labs"), OF_A_PAPER))
    assert texts.leaks([("", "The arrows are printed.")], OF_A_PAPER)
    assert not texts.leaks([("", "The flags are reported."), ("", "2,printed,")], OF_A_PAPER)
    registry.close()
