"""Every recipe of the pages and the command line: its Python makes the same numbers again, its SQL finds the same n."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import downloads
from plro_core import store
from plro_core.claims import claims_as_table
from plro_core.cli.output import Output
from plro_core.cli.root import answer
from plro_core.compare import Comparison, comparison_table
from plro_core.export import Recipe
from plro_core.figures.chart import Chart
from plro_core.store import reading
from plro_core.tables import RECORDS, Table, TableOne
from tests.test_pages import COHORT_PAGES, FRAME

Made = Table | TableOne

FILTERED = {"smoking": "!no,~", "t_l1_l4": "-4--2.5", "symptom": "!hip,~", "vas.1": "1-6", "month": "0,1,6"}

#: The views in which the recipes are collected: everybody without groups, and groups in a cohort with filters.
VIEWS: dict[str, dict[str, str]] = {
    "plain": {},
    "filtered": FILTERED
    | {
        "by": "breastfeeding",
        "patient": "4",
        "lumbar": "leave-out",
        "a": "bisphosphonate=yes",
        "b": "age=25-31",
        "overlap": "b",
        "tests": "shown",
        "pattern": "magnesium.arrows",
        "number": "vas.3",
        "column": "stopped",
    },
}

WHERE = "smoking=!no,~&t_l1_l4=-4--2.5&symptom=!hip,~&vas.1=1-6&month=0,1,6"
COMPARED = ("compare", "--a", "breastfeeding=continued")
COMMANDS: list[tuple[str, ...]] = [
    *(("table1", *words, *where) for words in ((), ("--by", "case_definition")) for where in ((), ("--where", WHERE))),
    *(("records", name, "--where", WHERE) for name in RECORDS),
    *(("printed", title) for title in ("Table I", "Table II")),
    (*COMPARED, "--tests"),
    (*COMPARED, "--b", "smoking=yes&age=25-31", "--where", "case_definition=!", "--leave-out-of", "a"),
    ("claims",),
]


@dataclass(frozen=True)
class Offered:
    """Something that a reader can download, and its recipe."""

    where: str
    made: Made
    recipe: Recipe


@pytest.fixture(scope="module")
def offered() -> Iterator[list[Offered]]:
    """Everything with a recipe on every page in each view, and behind each command; recipes without a download too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "verified", cache(reading.verified))  # the files stay as they are: verified once
        found: list[Offered] = []
        for view, options in VIEWS.items():
            found += _of_pages(view, options, patch)
        yield found + [_of_command(words, patch) for words in COMMANDS]


def _of_command(words: tuple[str, ...], patch: pytest.MonkeyPatch) -> Offered:
    found: list[Offered] = []

    patch.setattr(Output, "give", lambda _, made, recipe: found.append(Offered(words[0], made, recipe)))
    assert answer(words) == 0, words
    return found[0]


def _of_pages(view: str, options: dict[str, str], patch: pytest.MonkeyPatch) -> list[Offered]:
    found: list[Offered] = []
    explained: list[Recipe] = []
    place = ""
    patch.setattr(downloads, "table", lambda made, _, recipe: recipe and found.append(Offered(place, made, recipe)))
    patch.setattr(downloads, "figure", lambda chart, _, __, recipe: found.append(Offered(place, chart.table, recipe)))
    patch.setattr(downloads, "how_made", lambda recipe, _: explained.append(recipe))
    app = AppTest.from_file(FRAME, default_timeout=60)
    for key, text in options.items():
        app.query_params[key] = text
    for page in COHORT_PAGES:
        place = f"{page}, {view}"
        if page != "overview":
            app.switch_page(f"{page}.py")
        app.run()
        assert not app.exception, place
    assert {recipe.snippet for recipe in explained} <= {each.recipe.snippet for each in found}
    return found


def numbers(made: Any, like: Made) -> list[str]:
    """The rows that a reader downloads of what a snippet, or a page, made; their order is the reader's choice."""
    if isinstance(made, Comparison):
        made = comparison_table(made, tests=isinstance(like, Table) and "p" in [column.name for column in like.columns])
    elif isinstance(made, Chart):
        made = made.table
    elif isinstance(made, TableOne):
        made = made.tidy
    table = made if isinstance(made, Table) else claims_as_table(made)
    return sorted(map(repr, table.rows))


@cache
def run(snippet: str) -> Any:
    """What a snippet makes, in a namespace of its own."""
    names: dict[str, Any] = {}
    exec(compile(snippet, "snippet", "exec"), names)
    names["registry"].close()
    return names["result"]


@cache
def found_by(sql: str) -> str:
    """The patients and visits that a recipe's SQL finds; many recipes of a view share theirs."""
    counted = store.query(f"SELECT count(DISTINCT case_id), count(month) FROM ({sql})")
    patients, visits = (column[0].as_py() for column in counted.columns)
    return f"{patients} of 10 patients · {visits} of 40 visits"


def test_every_page_and_command_has_recipes(offered: list[Offered]) -> None:
    places = {each.where for each in offered}
    pages = {
        f"{page}, {view}" for page in COHORT_PAGES if page != "registry" for view in VIEWS
    }  # whose tables know no cohort
    assert places == pages | {words[0] for words in COMMANDS}
    calls = " ".join(each.recipe.snippet for each in offered)
    for name in ("patterns_table", "cells_behind", "open_questions", "patient_cells", "check_claims", "printed_table"):
        assert f"result = {name}(" in calls


def test_each_snippet_makes_the_same_numbers(offered: list[Offered]) -> None:
    different = [
        f"{each.where}: {each.recipe.title}"
        for each in offered
        if numbers(run(each.recipe.snippet), each.made) != numbers(each.made, each.made)
    ]
    assert different == []


def test_each_sql_finds_the_same_patients_and_visits(offered: list[Offered]) -> None:
    for each in offered:
        assert each.recipe.n == found_by(each.recipe.sql), each.where


def test_the_views_are_what_they_are_meant_to_be(offered: list[Offered]) -> None:
    n = {each.where.partition(", ")[2]: each.recipe.n for each in offered if each.where.startswith("labs")}
    assert n["plain"] == "10 of 10 patients · 40 of 40 visits"
    assert n["filtered"] == "3 of 10 patients · 9 of 40 visits"
