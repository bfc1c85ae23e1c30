"""Every recipe of the pages and the command line, of every kind of registry: its Python makes the same numbers again
from the same data, or refuses in one sentence; its SQL finds the same n."""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import downloads
from plro_core import store
from plro_core.cli.output import Output
from plro_core.cli.root import answer
from plro_core.compare import Comparison, comparison_table
from plro_core.export import Recipe, records_recipe
from plro_core.figures.chart import Chart
from plro_core.preview import held_tables
from plro_core.problems import RegistryProblem
from plro_core.results import FigureResult, TableResult
from plro_core.series.claims import claims_as_table
from plro_core.store import SHIPPED, open_content, open_registry, reading
from plro_core.tables import Table, TwoForms, record_tables
from plro_core.vocabulary import STANDARD
from tests.test_own_variables import DECLARED, WRITE
from tests.test_own_variables import run as run_in_own_words
from tests.test_pages import COHORT_PAGES, FRAME, in_all_tabs

Made = Table | TwoForms

FILTERED = {"smoking": "!no,~", "t_l1_l4": "-4--2.5", "symptom": "!hip,~", "vas.1": "1-6", "month": "0,1,6"}

#: The views in which the recipes are collected: everybody without groups, and groups in a cohort with filters.
VIEWS: dict[str, dict[str, str]] = {
    "plain": {},
    "filtered": FILTERED
    | {
        "by": "breastfeeding",
        "patient": "4",
        "lumbar": "leave-out",
        "a": "age=20-30",
        "b": "bisphosphonate=no",
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
    *(("records", name, "--where", WHERE) for name in record_tables(STANDARD)),
    *(("printed", title) for title in ("Table I", "Table II")),
    (*COMPARED, "--tests"),
    (*COMPARED, "--b", "smoking=yes&age=25-31", "--where", "case_definition=!", "--leave-out-of", "a"),
    ("claims",),
    ("claims", "--relations"),
]


@dataclass(frozen=True)
class Offered:
    """Something that a reader can download, and its recipe."""

    where: str
    made: Made
    recipe: Recipe


@dataclass
class Asked:
    """A version of a registry in view, and everything with a recipe on every page and behind each command."""

    folder: Path = SHIPPED
    version: str | None = None
    views: tuple[str, ...] = tuple(VIEWS)
    offered: list[Offered] = field(default_factory=list)

    def __post_init__(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "verified", cache(reading.verified))  # the files stay as they are: verified once
            for view in self.views:
                self.offered += self._of_pages(view, patch)
            documents = open_registry(self.folder, self.version).documents
            commands = [words for words in COMMANDS if documents or words[0] not in ("printed", "claims")]
            self.offered += [self._of_command(words, patch) for words in commands]

    def _of_command(self, words: tuple[str, ...], patch: pytest.MonkeyPatch) -> Offered:
        found: list[Offered] = []
        patch.setattr(Output, "give", lambda _, made, recipe, *__: found.append(Offered(words[0], made, recipe)))
        version = ("--version", self.version) if self.version else ()
        assert answer((*words, "--registry", str(self.folder), *version)) == 0, words
        return found[0]

    def _of_pages(self, view: str, patch: pytest.MonkeyPatch) -> list[Offered]:
        """What the pages offer; recipes without a download too."""
        found: list[Offered] = []
        explained: list[Recipe] = []
        place = ""
        patch.setattr(
            downloads,
            "table",
            lambda made, _, recipe, **__: recipe and found.append(Offered(place, made, recipe)),
        )
        patch.setattr(
            downloads, "figure", lambda chart, _, __, recipe, **___: found.append(Offered(place, chart.table, recipe))
        )
        patch.setattr(downloads, "how_made", lambda recipe, _: explained.append(recipe))
        patch.setenv("PLRO_REGISTRY", str(self.folder))
        app = AppTest.from_file(FRAME, default_timeout=60)
        for key, text in (VIEWS[view] | ({"version": self.version} if self.version else {})).items():
            app.query_params[key] = text
        for page in COHORT_PAGES:
            place = f"{page}, {view}"
            if page != "overview":
                app.switch_page(f"{page}.py")
            for shown in in_all_tabs(app.run()):
                assert not shown.exception, place
        patch.delenv("PLRO_REGISTRY")
        assert {recipe.snippet for recipe in explained} <= {each.recipe.snippet for each in found}
        return found

    def differing(self) -> Iterator[str]:
        """What is not made again by its snippet, or whose SQL finds others; the registry is the one in the environment."""
        run, counted = cache(made_by), cache(self._found_by)
        patients, visits = self._counted("SELECT case_id, month FROM cases LEFT JOIN visits USING (case_id)")
        for each in self.offered:
            if numbers(run(each.recipe.snippet), each.made) != numbers(each.made, each.made):
                yield f"{each.where}: {each.recipe.title}"
            found = "{} of {} patients · {} of {} visits".format(*_woven(counted(each.recipe.sql), (patients, visits)))
            if found.replace(" 1 patients", " 1 patient") != each.recipe.n:
                yield f"{each.where}: {each.recipe.n}, and by its SQL {found}"

    def _found_by(self, sql: str) -> tuple[int, int]:
        """How many patients and visits a recipe's SQL finds; many recipes of a view share theirs."""
        return self._counted(sql)

    def _counted(self, sql: str) -> tuple[int, int]:
        counted = store.query(f"SELECT count(DISTINCT case_id), count(month) FROM ({sql})", self.folder, self.version)
        patients, visits = (column[0].as_py() for column in counted.columns)
        return patients, visits


def _woven(found: Iterable[int], everybody: Iterable[int]) -> list[int]:
    return [n for pair in zip(found, everybody, strict=True) for n in pair]


def numbers(made: Any, like: Made) -> list[str]:
    """The rows that a reader downloads of what a snippet, or a page, made; their order is the reader's choice."""
    if isinstance(made, Comparison):
        made = comparison_table(
            made, tests=isinstance(like, TwoForms) and "p" in [column.name for column in like.tidy.columns]
        )
    elif isinstance(made, Chart):
        made = made.table
    if isinstance(made, TwoForms):
        made = made.tidy
    table = made if isinstance(made, Table) else claims_as_table(made)
    return sorted(map(repr, table.rows))


def made_by(snippet: str) -> Any:
    """What a snippet makes, in a namespace of its own."""
    names: dict[str, Any] = {}
    exec(compile(snippet, "snippet", "exec"), names)
    names["registry"].close()
    result = names["result"]
    if isinstance(result, TableResult):
        return result.table
    return result.chart if isinstance(result, FigureResult) else result


@pytest.fixture(scope="module")
def shipped() -> Asked:
    return Asked()


def test_every_page_and_command_has_recipes(shipped: Asked) -> None:
    places = {each.where for each in shipped.offered}
    pages = {
        f"{page}, {view}" for page in COHORT_PAGES if page != "registry" for view in VIEWS
    }  # whose tables know no cohort
    assert places == pages | {words[0] for words in COMMANDS}
    calls = " ".join(each.recipe.snippet for each in shipped.offered)
    for name in ("patterns_table", "cells_behind", "open_questions", "patient_cells", "plro.claims", "printed_table"):
        assert f"result = {name}(" in calls


def test_each_recipe_of_the_shipped_registry_finds_the_same(shipped: Asked) -> None:
    assert list(shipped.differing()) == []


def test_the_views_are_what_they_are_meant_to_be(shipped: Asked) -> None:
    n = {each.where.partition(", ")[2]: each.recipe.n for each in shipped.offered if each.where.startswith("labs")}
    assert n["plain"] == "10 of 10 patients · 40 of 40 visits"
    assert n["filtered"] == "3 of 10 patients · 9 of 40 visits"


# Other registries

#: Versions of a ward's own registry by how many of the ten it holds, the last ones; the first has the name of the shipped one.
OLDER, CURRENT, DRAFT = "2022-2", "2026-1", "2026-2"
HELD = {OLDER: 5, CURRENT: 7, DRAFT: 9}


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of a ward's own with an older version, a published one and a draft."""
    folder = tmp_path_factory.mktemp("secret-place") / "ward"
    folder.mkdir()
    about = {"title": "Ward", "source": "a ward", "author": "a test", "note": "", "time": "2026-01-01T00:00:00Z"}
    with_all = store.open_registry(SHIPPED)
    for version, patients in HELD.items():
        tables = {
            name: table.filter(pc.greater(table["case_id"], 10 - patients))
            if "case_id" in table.column_names
            else table
            for name, table in held_tables(with_all).items()
        }
        origin = tables["provenance"]
        tables["provenance"] = origin.filter([int(key.as_py().split("/")[0]) > 10 - patients for key in origin["key"]])
        words = about | {"version": version, "synthetic": False}
        if version == DRAFT:
            store.draft(tables, words, folder, STANDARD, CURRENT)
        else:
            store.publish(tables, words, folder, STANDARD)
    with_all.close()
    assert [(info.version, info.state) for info in store.history(folder)] == [
        (OLDER, "published"),
        (CURRENT, "current"),
        (DRAFT, "draft"),
    ]
    return folder


@pytest.mark.parametrize(
    ("version", "views"), [(OLDER, ("plain", "filtered")), (None, ("plain",)), (DRAFT, ("filtered",))]
)
def test_each_recipe_of_an_own_registry_finds_the_same(
    ward: Path, version: str | None, views: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(ward, version, views)
    monkeypatch.setenv("PLRO_REGISTRY", str(ward))
    assert list(asked.differing()) == []
    n = HELD[version or CURRENT]
    for each in asked.offered:
        assert f" of {n} patients · " in each.recipe.n
        assert "secret-place" not in " ".join(map(str, each.recipe.as_dict.values()))


@pytest.mark.parametrize("version", HELD)
def test_a_recipe_of_another_folder_refuses_and_then_runs_in_it(
    ward: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLRO_REGISTRY", raising=False)
    snippet = _ages(ward, version)
    with pytest.raises(RegistryProblem) as refused:
        made_by(snippet)
    registry = store.open_registry(ward, version)
    other = f"; the {OLDER} there holds other data (content {store.open_registry(SHIPPED).content[:12]})"
    assert str(refused.value) == (
        f"No version in “data” holds what this was made from, version {version} of “ward” (content {registry.content[:12]})"
        f"{other if version == OLDER else ''}. Set PLRO_REGISTRY to the folder of that registry, or give open_content its "
        "folder."
    )
    told = re.sub(r'(open_content\("\w+")', rf'\1, "{ward}"', snippet)
    assert len(made_by(told).rows) == HELD[version]
    monkeypatch.setenv("PLRO_REGISTRY", str(ward))
    assert len(made_by(snippet).rows) == HELD[version]


def _ages(folder: Path, version: str | None = None) -> str:
    """The snippet of the ages of everybody in a version."""
    registry = store.open_registry(folder, version)
    snippet = records_recipe(registry, "cases").snippet
    registry.close()
    return snippet


def test_a_recipe_of_the_paper_finds_the_paper_beside_an_own_registry(
    ward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The own registry has a version of the same name with half the patients."""
    snippet = _ages(SHIPPED)
    monkeypatch.setenv("PLRO_REGISTRY", str(ward))
    assert len(made_by(snippet).rows) == 10
    elsewhere = re.sub(r'(open_content\("\w+")', rf'\1, "{ward}"', snippet)
    with pytest.raises(RegistryProblem, match="the 2022-2 there holds other data"):
        made_by(elsewhere)


def test_the_content_is_found_under_another_name_and_never_where_it_is_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(SHIPPED, folder)
    again = folder / "versions" / "2022-2.again"
    shutil.copytree(folder / "versions" / "2022-2", again)
    manifest = (again / "manifest.json").read_text(encoding="utf-8")
    (again / "manifest.json").write_text(manifest.replace('"version": "2022-2"', f'"version": "{again.name}"'))
    registry = store.open_registry(folder)
    assert open_content(registry.content, folder).content == registry.content
    assert open_content(registry.content, folder, version="2019-1").content == registry.content
    assert open_content(registry.content, folder, version="2022-2.again").version == "2022-2.again"
    (again / "manifest.json").write_text("{")
    assert open_content(registry.content, folder, version="2022-2.again").version == "2022-2"
    (folder / "versions" / "2022-2" / "cases.parquet").write_bytes(b"")
    with pytest.raises(RegistryProblem, match=r"2022-2/cases\.parquet: the file was altered"):
        open_content(registry.content, folder)
    with pytest.raises(RegistryProblem, match="No version in “nowhere” holds what this was made from"):
        open_content(registry.content, tmp_path / "nowhere")


#: In a process of its own, because the words of a registry are read when the program starts.
IN_OWN_WORDS = """
import os
from pathlib import Path
from tests.test_snippets import Asked
folder, version = os.environ["PLRO_REGISTRY"], {version!r}
asked = Asked(Path(folder), version, ("plain",))
os.environ["PLRO_REGISTRY"] = folder
assert len(asked.offered) > 40
assert list(asked.differing()) == []
"""


@pytest.mark.parametrize("version", ["2022-2", "2026-1"])
def test_each_recipe_of_a_registry_with_words_of_its_own_finds_the_same(version: str, tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    shutil.copytree(SHIPPED, folder)
    (folder / "variables.toml").write_text(DECLARED, encoding="utf-8")
    run_in_own_words(WRITE, folder)
    run_in_own_words(IN_OWN_WORDS.format(version=version), folder)
