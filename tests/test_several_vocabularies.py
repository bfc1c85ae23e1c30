"""Registries with different words, side by side in one process: each speaks in its own, and only in its own."""

import ast
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from plro_core.cohort import Cohort
from plro_core.counts import size
from plro_core.dictionary import as_markdown
from plro_core.export.documents import markdown_text
from plro_core.intake import template_files
from plro_core.problems import QueryProblem, RegistryProblem
from plro_core.schema import arrow_schema
from plro_core.store import Registry, open_registry, publish
from plro_core.tables import table_one
from plro_core.vocabulary import FILE, STANDARD, Vocabulary, words_of

ROOT = Path(__file__).resolve().parent.parent
CORE_AND_PAGES = sorted([*(ROOT / "plro_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])

LATER = """\
months = [0, 1, 3, 6, 12]
centres = { ist = "Istanbul", ank = "Ankara" }
"""

ANALYTE = """\
[[variable]]
name = "p1np"
label = "P1NP"
table = "visits"
kind = "number"
unit = "ng/mL"
decimals = 1
plausible = [1, 1000]
"""

CATEGORY = """\
months = [0, 1, 2, 3, 6]

[[variable]]
name = "mobility"
label = "Mobility"
table = "cases"
kind = "category"
levels = { walks = "walks freely", aid = "walks with an aid" }
"""

#: What each registry declares, what its two patients have beside the standard words, and what it alone knows.
DECLARED = {"later": LATER, "analyte": ANALYTE, "category": CATEGORY}
CASES: dict[str, dict[str, Any]] = {"later": {"centre": "ist"}, "category": {"mobility": "aid"}}
VISITS: dict[str, dict[str, Any]] = {"analyte": {"p1np": 33.5}}
OWN = {"later": ("cases", "centre"), "analyte": ("visits", "p1np"), "category": ("cases", "mobility")}
ONLY = {"later": "centre=ist", "analyte": "p1np.0=30-40", "category": "mobility=aid"}
MONTHS = {"later": (0, 1, 3, 6, 12), "analyte": (0, 1, 3, 6), "category": (0, 1, 2, 3, 6)}

NAMES = pytest.mark.parametrize("name", DECLARED)


def written(folder: Path, name: str, version: str = "2026-1", parent: str | None = None, age: int = 30) -> None:
    """Publish a version of the registry of that name: two patients, of whom the first has what is declared."""
    words = words_of(folder)
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in words.tables}
    rows["cases"] = [{"case_id": 1, "age": age, **CASES.get(name, {})}, {"case_id": 2, "age": 41}]
    visits = [{"case_id": 1, "month": month, "vas": 5} for month in words.months]
    rows["visits"] = [visits[0] | VISITS.get(name, {}), *visits[1:]]
    tables = {table: pa.Table.from_pylist(found, schema=arrow_schema(table, words)) for table, found in rows.items()}
    told = {"title": name, "source": "made up", "author": "a test", "note": "", "time": "2026-01-01T00:00:00Z"}
    publish(tables, told | {"version": version, "synthetic": True}, folder, words, parent)


def founded(folder: Path, name: str) -> Path:
    folder.mkdir()
    (folder / FILE).write_text(DECLARED[name], encoding="utf-8")
    written(folder, name)
    return folder


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Registry]]:
    """All registries, open at the same time in this process."""
    home = tmp_path_factory.mktemp("several")
    with ExitStack() as closing:
        registries = {name: open_registry(founded(home / name, name)) for name in DECLARED}
        for registry in registries.values():
            closing.callback(registry.close)
        yield registries


def others(name: str) -> list[str]:
    return [other for other in DECLARED if other != name]


@NAMES
def test_each_has_its_own_months(side_by_side: dict[str, Registry], name: str) -> None:
    registry = side_by_side[name]
    assert registry.vocabulary.months == MONTHS[name]
    assert [code.code for code in registry.vocabulary.variable("month", "visits").levels] == [*map(str, MONTHS[name])]
    assert registry.rows("SELECT count(*) FROM visits") == [(len(MONTHS[name]),)]


@NAMES
def test_each_summarises_its_own_variables_and_visits(side_by_side: dict[str, Registry], name: str) -> None:
    rows = table_one(side_by_side[name]).tidy.records
    declared = {own for table, own in OWN.values() if own in {row["variable"] for row in rows}}
    assert declared == {OWN[name][1]} - {"centre"}  # patients are counted by centre, which is no finding
    assert {row["month"] for row in rows} - {None} == set(MONTHS[name])


@NAMES
def test_each_groups_by_its_own_variables(side_by_side: dict[str, Registry], name: str) -> None:
    declared = {own for _, own in OWN.values()} & {entry.name for entry in side_by_side[name].vocabulary.groupings}
    assert declared == {OWN[name][1]} - {"p1np"}
    for own in declared:
        by = side_by_side[name].vocabulary.variable(own)
        assert own in {row["by"] for row in table_one(side_by_side[name], by=by).tidy.records}
        for other in others(name):
            with pytest.raises(QueryProblem, match="does not split patients into groups"):
                table_one(side_by_side[other], by=by)


@NAMES
def test_each_has_its_own_filters(side_by_side: dict[str, Registry], name: str) -> None:
    words = side_by_side[name].vocabulary
    assert size(side_by_side[name], Cohort.parse(ONLY[name], words)).patients == 1
    offered = [key for keys in words.panel.values() for key in keys]
    assert ONLY[name].partition("=")[0] in offered
    for other in others(name):
        assert ONLY[other].partition("=")[0] not in offered
        with pytest.raises(QueryProblem, match="is not a variable that patients can be filtered by"):
            Cohort.parse(ONLY[other], words)


@NAMES
def test_each_has_its_own_schema_template_and_dictionary(side_by_side: dict[str, Registry], name: str) -> None:
    registry = side_by_side[name]
    files = template_files(registry.vocabulary)
    page = as_markdown(registry)
    for owner, (table, own) in OWN.items():
        heads = files[f"{table}.csv"].decode("utf-8-sig").splitlines()[0].split(",")
        columns = {column for (column,) in registry.rows(f"SELECT column_name FROM (DESCRIBE {table})")}
        told = (
            own in arrow_schema(table, registry.vocabulary).names,
            own in columns,
            own in heads,
            markdown_text(own) in page,
        )
        assert told == (owner == name,) * 4, (name, own)


def test_the_standard_words_stay_as_they_are(side_by_side: dict[str, Registry]) -> None:
    assert len(side_by_side) == len(DECLARED)
    assert STANDARD.months == (0, 1, 3, 6)
    assert not {own for _, own in OWN.values()} & {entry.name for entry in STANDARD.variables}


def test_a_changed_declaration_is_seen_at_the_next_opening(tmp_path: Path) -> None:
    folder = founded(tmp_path / "registry", "analyte")
    before = open_registry(folder)
    (folder / FILE).write_text(
        f"months = [0, 1, 3, 6, 24]\n{ANALYTE}{ANALYTE.replace('p1np', 'ctx')}", encoding="utf-8"
    )
    after = open_registry(folder)
    assert (before.vocabulary.months[-1], after.vocabulary.months[-1]) == (6, 24)
    assert "ctx" not in before.vocabulary.filters
    assert size(after, Cohort.parse("ctx.0=!", after.vocabulary)).patients == 0
    assert size(after, Cohort.parse("p1np.0=30-40", after.vocabulary)).patients == 1
    assert after.content == before.content


def test_an_older_version_that_contradicts_the_words_of_today_is_read_with_its_own(tmp_path: Path) -> None:
    folder = founded(tmp_path / "registry", "analyte")
    (folder / FILE).write_text(ANALYTE.replace("ng/mL", "ug/L"), encoding="utf-8")
    with pytest.raises(RegistryProblem, match="“p1np” now means something else"):
        open_registry(folder)
    written(folder, "analyte", "2026-2", "2026-1", age=31)
    today, older = open_registry(folder), open_registry(folder, "2026-1")
    assert (today.version, today.vocabulary.variable("p1np").unit) == ("2026-2", "ug/L")
    assert (older.version, older.vocabulary.variable("p1np").unit) == ("2026-1", "ng/mL")
    assert older.rows("SELECT p1np FROM visits WHERE month = 0") == [(33.5,)]


def test_words_that_differ_are_no_words_of_one_another(side_by_side: dict[str, Registry]) -> None:
    words = {name: registry.vocabulary for name, registry in side_by_side.items()}
    for name in DECLARED:
        assert words[name].contradiction(Vocabulary()) == ""
        for other in others(name):
            assert re.search("not (declared|planned) any more", words[other].contradiction(words[name]))


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything but the bodies of functions; defaults and decorators run."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Lambda):
            yield from at_import(node.args)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (node.args, *node.decorator_list):
                yield part
                yield from at_import(part)
        else:
            yield node
            yield from at_import(node)


def reads_environment(source: str) -> bool:
    named = {"environ", "environb", "getenv", "getenvb", "expandvars"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in named)
        or (isinstance(node, ast.Name) and node.id in named)
        or (isinstance(node, ast.alias) and node.name in named)
        for node in at_import(ast.parse(source))
    )


@pytest.mark.parametrize("path", CORE_AND_PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reads_the_environment_when_it_is_imported(path: Path) -> None:
    assert not reads_environment(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("FOLDER = os.environ['X']", True),
        ("if os.getenv('X'):\n    pass", True),
        ("from os import environ", True),
        ("class A:\n    folder = os.environ.get('X')", True),
        ("def f(folder=os.environ.get('X')):\n    pass", True),
        ("f = lambda folder=os.environ: folder", True),
        ("def f():\n    return os.environ['X']", False),
        ("f = lambda: os.environ['X']", False),
    ],
)
def test_what_counts_as_reading_at_import(source: str, reads: bool) -> None:
    assert reads_environment(source) == reads
