"""One door out: what leaves is journalled first, with how many patients are unique in it, and nothing goes past the door."""

import ast
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

import plro_core as plro
from pages.shared import downloads
from plro_core import journal, leaving
from plro_core.access import RightProblem, Role, Visitor
from plro_core.leaving import Taken, leave, unique_in, unique_in_version
from plro_core.preview import held_tables
from plro_core.problems import JournalProblem
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.tables import Column, Table, records_table
from tests.test_layers import CORE, ROOMS, ROOT
from tests.test_other_registries import made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Registry]:
    """A registry of one's own with the patients of the shipped one."""
    folder = tmp_path / "ward"
    shutil.copytree(SHIPPED, folder)
    opened = open_registry(folder)
    yield opened
    opened.close()


def taken(registry: Registry, **more: str) -> Taken:
    return Taken("A. Tester", "cases", registry, lambda: 3, **more)  # type: ignore[arg-type]


# Journalled first


def test_what_leaves_says_who_what_which_version_whom_how_many_and_how_many_are_unique(own: Registry) -> None:
    assert leave(taken(own, cohort="smoking=yes", note="for a talk"), lambda: b"rows") == b"rows"
    line = journal.read(own.folder)[-1]
    assert (line.what, line.who, line.version, line.note) == ("export", "A. Tester", own.version, "for a talk")
    assert line.detail == {"form": "cases", "cohort": "smoking=yes", "n": 4, "mode": "rows", "unique": 3}
    table = leaving.left(own.folder)
    assert table.records[0] == {
        "time": line.time,
        "who": "A. Tester",
        "form": "cases",
        "version": own.version,
        "cohort": "smoking=yes",
        "n": "4",
        "mode": "rows",
        "unique": 3,
        "note": "for a talk",
    }


def _as_folder(place: Path) -> None:
    place.unlink(missing_ok=True)
    place.mkdir()


def _altered(place: Path) -> None:
    place.write_bytes(place.read_bytes().replace(b"Tester", b"Taster"))


@pytest.mark.parametrize("spoil", [_as_folder, _altered])
def test_nothing_leaves_without_its_line(own: Registry, spoil: Callable[[Path], None]) -> None:
    leave(taken(own), bytes)
    spoil(own.folder / journal.NAME)
    with pytest.raises(JournalProblem):
        leave(taken(own), lambda: b"rows")


def test_the_shipped_registry_leaves_without_a_line_unless_a_folder_for_journals_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = open_registry(SHIPPED)
    assert leave(taken(shipped), lambda: b"rows") == b"rows"
    assert not (SHIPPED / journal.NAME).exists()
    monkeypatch.setenv("PLRO_JOURNAL", str(tmp_path))
    leave(taken(shipped), bytes)
    assert [entry.what for entry in journal.read(SHIPPED)] == ["export"]


def test_a_registry_that_cannot_be_written_is_journalled_elsewhere(
    own: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLRO_JOURNAL", str(tmp_path / "journals"))
    leave(taken(own), bytes)
    assert (tmp_path / "journals" / "ward" / journal.NAME).exists()


@pytest.mark.parametrize("told", ["yes", "", "no"])
def test_the_library_journals_when_told_so(own: Registry, monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("PLRO_JOURNAL_EXPORTS", told)
    before = len(journal.read(own.folder))
    plro.records(own, "cases", "smoking=yes")
    plro.visits(own)
    plro.query(own, "SELECT age FROM cases")
    plro.figure(own, "pain_trajectories")
    plro.table_one(own)
    plro.compare(own, "smoking=yes")
    plro.aggregates(own)
    plro.counts(own, "smoking")
    plro.claims(own)
    plro.ranges(own)
    plro.dictionary(own)
    plro.thresholds()
    lines = journal.read(own.folder)[before:]
    assert len(lines) == (10 if told == "yes" else 0)
    if lines:
        assert lines[0].detail == {"form": "cases", "cohort": "smoking=yes", "n": 4, "mode": "rows", "unique": 4}
        (own.folder / journal.NAME).unlink()
        (own.folder / journal.NAME).mkdir()
        with pytest.raises(JournalProblem):
            plro.records(own, "cases")


def test_what_tells_of_two_registries_is_journalled_by_both(own: Registry, tmp_path: Path) -> None:
    other = open_registry(made(tmp_path / "other", 3))
    assert downloads._left(taken(own), None, lambda: b"rows", [taken(other)]) == b"rows"
    assert [journal.read(one.folder)[-1].detail["form"] for one in (own, other)] == ["cases", "cases"]
    _as_folder(other.folder / journal.NAME)
    with pytest.raises(JournalProblem):
        downloads._left(taken(own), None, lambda: b"rows", [taken(other)])


# How many are unique


def table(names: str, *rows: tuple[str | int | None, ...]) -> Table:
    return Table("t", "T", tuple(Column(name, name) for name in names.split()), rows)


@pytest.mark.parametrize(
    ("found", "unique"),
    [
        (table("case_id age", (1, 30), (2, 30), (3, 31)), 1),
        (table("case_id age", (1, None), (2, None), (3, 0)), 1),
        (table("case_id age source", (1, 30, "row 1"), (2, 30, "row 2")), 0),
        (table("month vas case_id", (0, 9, 1), (1, 3, 1), (1, 3, 2), (0, 9, 2), (0, 9, 3)), 1),
        (table("case_id age"), 0),
        (table("level patients", ("T6", 1), ("T7", 2), ("T8", 10)), 1),
        (table("who number", ("Smoking", "1 (10 %)"), ("Twins", "1 of 10"), ("Age", "21 (19 to 31)")), 2),
    ],
)
def test_unique_is_whoever_has_facts_in_it_that_nobody_else_has(found: Table, unique: int) -> None:
    assert unique_in(found) == unique


def test_rows_without_numbers_are_unique_that_occur_once() -> None:
    assert unique_in(table("age", (30,), (30,), (31,)), rows_are_patients=True) == 1


def plainly(tables: dict[str, pa.Table]) -> int:
    """The same by walking through all rows."""
    told: dict[int, list[str]] = {number: [] for number in tables["cases"]["case_id"].to_pylist()}
    for name, found in sorted(tables.items()):
        for row in found.to_pylist():
            told[row["case_id"]].append(repr((name, sorted((key, row[key]) for key in row if key != "case_id"))))
    return sum(times == 1 for times in Counter(tuple(sorted(rows)) for rows in told.values()).values())


@pytest.mark.parametrize("seed", range(40))
def test_of_a_version_everything_counts_that_stands_of_a_patient(seed: int) -> None:
    chance = Random(seed)
    ages, words = ([chance.choice(few) for _ in range(5)] for few in ([None, 1, 2], [None, "a", "b"]))
    visits = [(chance.randrange(5), chance.randrange(2), chance.choice([None, 0, 1])) for _ in range(seed % 13)]
    patients, months, scores = zip(*visits, strict=True) if visits else ((), (), ())
    columns = {"case_id": patients, "month": months, "vas": scores}
    tables = {
        "cases": pa.table(
            {"case_id": range(5), "age": pa.array(ages, pa.int64()), "word": pa.array(words, pa.string())}
        ),
        "visits": pa.table({name: pa.array(cells, pa.int64()) for name, cells in columns.items()}),
    }
    assert unique_in_version(tables) == plainly(tables)


def test_all_ten_are_unique_in_the_shipped_version() -> None:
    shipped = open_registry(SHIPPED)
    assert unique_in_version(held_tables(shipped)) == 10
    assert unique_in(records_table(shipped, "cases")) == 10


# Nothing goes past the door

#: What sends bytes away -> the files that may name it: the door's own, and those that write what holds no patient or is no answer.
SENDS = {
    "download_button": {"pages/shared/downloads.py"},
    "media_file_mgr": {"pages/server/files.py"},
    "components": set(),
    "dataframe": set(),  # its toolbar saves what it shows, in the browser
    "write_answer": {
        "plro_core/cli/drafting.py",  # questions about the reader's own sentences, which tell of no patient
        "plro_core/cli/output.py",
        "plro_core/results.py",
        "plro_core/store/folder.py",
        "plro_core/store/__init__.py",
    },
    "write_output": {"plro_core/output.py", "plro_core/store/folder.py"},
    "to_csv": set(),
    "to_excel": set(),
    "to_parquet": set(),
    "to_json": {"plro_core/export/interactive.py", "pages/server/server.py"},
    "write_bytes": {
        "plro_core/store/index.py",
        "plro_core/report/typeset.py",
    },  # pictures for typst, gone when it has set
    "write_text": set(),
    "Presentation": {"plro_core/report/powerpoint.py", "plro_core/verify/presentations.py"},
    "StreamingResponse": set(),
    "FileResponse": set(),
    "COPY": set(),
}
#: Commands whose answers tell of no patient of a registry, or are themselves what the journal is about.
WITHOUT_PATIENTS = {
    "plro_core/cli/bringing.py": {"template_command"},
    "plro_core/cli/describing.py": {"dictionary_command", "thresholds_command"},
    "plro_core/cli/versions.py": {"versions_command", "journal_command"},
}


def named(path: Path) -> set[str]:
    """Every name and attribute that a file uses."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names | {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


@pytest.mark.parametrize("word", SENDS)
def test_nothing_is_sent_past_the_door(word: str) -> None:
    found = {str(path.relative_to(ROOT)) for path in [*CORE, *ROOMS] if word in named(path)}
    assert found <= SENDS[word]


def test_every_answer_of_the_command_line_says_of_whom_it_tells() -> None:
    bare: dict[str, set[str]] = {}
    for path in sorted((ROOT / "plro_core" / "cli").glob("*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for call in filter(_answers, ast.walk(function)):
                    if len(call.args) < 3:  # type: ignore[attr-defined]
                        bare.setdefault(str(path.relative_to(ROOT)), set()).add(function.name)
    assert bare == WITHOUT_PATIENTS


def _answers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("give", "put")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "output"
    )


# Rights are asked again on the click


def test_who_has_lost_his_role_since_the_page_was_drawn_gets_nothing(tmp_path: Path) -> None:
    folder = made(tmp_path / "ward", 3)
    opened, who = open_registry(folder), Visitor("a@clinic.example", Role.TEAM, identified=True)
    (folder / "access.toml").write_text('[people]\n"a@clinic.example" = "team"\n')
    assert downloads._left(taken(opened), who, lambda: b"rows") == b"rows"
    (folder / "access.toml").write_text('[people]\n"a@clinic.example" = "viewer"\n')
    before = len(journal.read(folder))
    with pytest.raises(RightProblem, match="no longer"):
        downloads._left(taken(opened), who, lambda: b"rows")
    assert len(journal.read(folder)) == before
    assert downloads._left(taken(opened, mode="aggregates"), who, lambda: b"counts") == b"counts"
