"""Code columns beside a version: equal to what its files say, and never believed where they are not whole."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from plro_core import store
from plro_core.cli.process import main
from plro_core.lookups import cases, patient, visits
from plro_core.problems import RegistryProblem
from plro_core.store import files as verified_files
from plro_core.store import index, publishing
from plro_core.store.columns import NUMBER, CodeTables
from plro_core.store.manifest import Manifest
from plro_core.store.tables import BeginsWith, OfPatients, OneOf, PlainTables, StoredTables
from plro_core.store.verifying import verified
from plro_core.synthetic import synthetic_tables
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.oracle import ABOUT, registry_of
from tests.small_registry import small_registry

pytest_plugins = ["tests.core_fixtures"]

OWN = """
months = [0, 1, 3, 6, 12]
use = ["bmi", "day", "densitometry"]
[[variable]]
name = "score"
label = "Score"
table = "cases"
kind = "number"
decimals = 4
plausible = [0, 100]
"""


@pytest.fixture(autouse=True)
def every_version_is_worth_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "WORTH", 0)
    monkeypatch.setattr("plro_core.store.tables._FEW", 0)


def published(folder: Path, tables: dict[str, pa.Table], version: str = "1", words: Vocabulary = STANDARD) -> Path:
    """A registry with one more version; what its words declare is declared."""
    folder.mkdir(exist_ok=True)
    if words.declared.text:
        (folder / "variables.toml").write_text(words.declared.text, encoding="utf-8")
    store.publish(tables, {**ABOUT, "version": version}, folder, words)
    return folder


def of_shipped() -> dict[str, pa.Table]:
    return dict(verified(store.SHIPPED)[2])


def of_own() -> dict[str, pa.Table]:
    words = Vocabulary(parse(OWN))
    rows = small_registry(
        words,
        cases=[{"case_id": number, "score": number / 8, "bmi": None} for number in (4, 2, 9)],
        visits=[{"case_id": number, "month": month, "day": month * 30} for month in (0, 12) for number in (9, 4)],
    )
    return dict(rows.tables)


REGISTRIES: dict[str, Callable[[], tuple[dict[str, pa.Table], Vocabulary]]] = {
    "shipped": lambda: (of_shipped(), STANDARD),
    "edge": lambda: (synthetic_tables(300, 2, "edge"), STANDARD),
    "stress": lambda: (synthetic_tables(40, 2, "stress"), STANDARD),
    "own words, rows in no order": lambda: (of_own(), Vocabulary(parse(OWN))),
    "nobody": lambda: (synthetic_tables(0), STANDARD),
    "one patient": lambda: (synthetic_tables(1), STANDARD),
}


def everything(codes: CodeTables) -> Iterator[tuple[str, Any, Any]]:
    """Every column of every table with patients, and the places of the patients."""
    for table in codes.tables:
        names = codes.tables.names(table)
        if NUMBER in names:
            yield f"{table} of patients", codes[table].patient.tolist(), None
            yield f"{table} spread", codes[table].spread(np.arange(codes.patients)).tolist(), None
            for name in names:
                column = codes[table].column(name)
                yield f"{table}.{name}", column.codes.tolist(), [(type(value), value) for value in column.values]


def fresh(registry: store.Registry) -> list[tuple[str, Any, Any]]:
    """The same, coded from the version's files."""
    return list(everything(CodeTables(registry.tables)))


@pytest.mark.parametrize("which", REGISTRIES)
def test_the_index_holds_what_the_files_hold(which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, words = REGISTRIES[which]()
    registry = store.open_registry(published(tmp_path / "r", tables, words=words))
    plain = list(everything(CodeTables(PlainTables(dict(registry.tables)))))
    assert fresh(registry) == plain
    read: list[str] = []
    encoded = StoredTables.encoded
    monkeypatch.setattr(
        StoredTables, "encoded", lambda self, table, name: (read.append(name), encoded(self, table, name))[1]
    )
    assert list(everything(registry.codes)) == plain
    assert set(read) <= {NUMBER}  # no other column was read from the version
    registry.close()


def test_a_version_that_is_small_has_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "WORTH", 50_000)
    registry = store.open_registry(published(tmp_path / "r", synthetic_tables(30)))
    assert not (tmp_path / "r" / "codes").exists()
    assert list(everything(registry.codes)) == fresh(registry)


def test_the_shipped_registry_has_none(registry: store.Registry) -> None:
    opened = store.open_registry(store.SHIPPED)
    assert not (store.SHIPPED / "codes").exists()
    assert list(everything(opened.codes)) == fresh(registry)


def made(tmp_path: Path) -> Path:
    """A registry with an index, and the folder of that index."""
    folder = tmp_path / "made"
    if not folder.exists():
        published(folder, synthetic_tables(9, 3, "edge"))
    return folder / "codes" / "1"


def damaged(content: bytes) -> Iterator[bytes]:
    """A file cut short, emptied, longer, and with flipped bits in several places."""
    yield from (b"", content[:-1], content[: len(content) // 2], content + b"\0")
    for place in sorted({0, len(content) // 3, len(content) // 2, len(content) - 2, len(content) - 1}):
        for bit in (1, 128):
            yield content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]


def test_a_damaged_file_is_noticed_and_mended(tmp_path: Path) -> None:
    home = made(tmp_path)
    opened = store.open_registry(tmp_path / "made")
    truth = {name: (codes, values) for name, codes, values in fresh(opened)}
    for path in sorted(set(home.iterdir()) - {home / "manifest.json"}):
        content = path.read_bytes()
        table, _, name = path.name.partition(".")
        for wrong in damaged(content):
            path.write_bytes(wrong)
            again = CodeTables(opened.tables, opened.codes.known)[table]
            if name:
                column = again.column(name)
                found = column.codes.tolist(), [(type(value), value) for value in column.values]
                assert found == truth[path.name], (path.name, wrong[:20])
            else:
                assert again.patient.tolist() == truth[f"{table} of patients"][0], (path.name, wrong[:20])
            assert path.read_bytes() == content, path.name


def test_a_damaged_manifest_is_noticed_and_mended(tmp_path: Path) -> None:
    path = made(tmp_path) / "manifest.json"
    truth, content = fresh(store.open_registry(tmp_path / "made")), path.read_bytes()
    for wrong in damaged(content):
        path.write_bytes(wrong)
        assert list(everything(store.open_registry(tmp_path / "made").codes)) == truth
        assert path.read_bytes() == content


def test_every_flipped_bit_of_a_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = made(tmp_path)
    opened = store.open_registry(tmp_path / "made")
    monkeypatch.setattr(index, "why_not_written", lambda folder: "nobody writes here")
    for name in ("visits.vas", "visits"):
        path, stated = home / name, opened.codes.known.manifest.files[name]  # type: ignore[attr-defined]
        content = path.read_bytes()
        assert index._read(path, stated, stated["codes"]) is not None
        for place in range(len(content)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
            assert index._read(path, stated, stated["codes"]) is None
        path.write_bytes(content)


@pytest.mark.parametrize("gone", ["visits.vas", "visits", "manifest.json", ""])
def test_what_is_missing_is_written_anew(gone: str, tmp_path: Path) -> None:
    home = made(tmp_path)
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    shutil.rmtree(home) if not gone else (home / gone).unlink()
    opened = store.open_registry(tmp_path / "made")
    assert list(everything(opened.codes)) == fresh(opened)
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_an_index_of_something_else_counts_for_nothing(tmp_path: Path) -> None:
    """Another content under the same name, another format, or another version's index put in its place."""
    home = made(tmp_path)
    truth = fresh(store.open_registry(tmp_path / "made"))
    others = published(tmp_path / "others", synthetic_tables(9, 4, "edge")) / "codes" / "1"
    told = json.loads((home / "manifest.json").read_bytes())
    for part in (None, "format"):
        shutil.rmtree(home)
        _put(home, others, told, part)
        opened = store.open_registry(tmp_path / "made")
        assert list(everything(opened.codes)) == truth
        assert json.loads((home / "manifest.json").read_bytes()) == told


def _put(home: Path, others: Path, told: dict[str, Any], part: str | None) -> None:
    """Another registry's files; with a part they claim to be of this content, and that part is not this program's."""
    shutil.copytree(others, home)
    if part:
        read = json.loads((home / "manifest.json").read_bytes())
        given = {name: value for name, value in read.items() if name not in ("plro_codes", "sha256")}
        given = index.IndexManifest(**{**given, "content": told["content"], part: 2})
        (home / "manifest.json").write_bytes(given.json)


def test_where_nothing_can_be_written_the_answers_are_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = made(tmp_path)
    (home / "visits.vas").write_bytes(b"")
    (home / "manifest.json").write_bytes(b"{")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("new_folder", "write_whole", "aside_folder"):
        monkeypatch.setattr(f"plro_core.durable.{name}", full)
    opened = store.open_registry(tmp_path / "made")
    assert list(everything(opened.codes)) == fresh(opened)
    assert (home / "manifest.json").read_bytes() == b"{"


def test_a_file_cut_short_under_a_running_process(tmp_path: Path) -> None:
    home = made(tmp_path)
    opened = store.open_registry(tmp_path / "made")
    truth = fresh(opened)
    held = opened.codes["visits"].column("vas")
    for path in home.iterdir():
        path.open("wb").close()
    assert held.codes.tolist() == next(codes for name, codes, _ in truth if name == "visits.vas")
    assert list(everything(opened.codes)) == truth


@pytest.mark.parametrize("distinct", [255, 256, 65_535, 65_536])
def test_a_column_with_very_many_values(distinct: int, tmp_path: Path) -> None:
    """Up to 65,535 values a column has codes of one or two bytes; above, none, and its rows are read from the version."""
    words = Vocabulary(parse(OWN))
    size = 66_000
    score = np.minimum(np.arange(size), distinct - 1) / 1000
    own = {
        name: pa.nulls(size, kind) if name not in ("case_id", "score", "case_definition") else None
        for name, kind in zip(*(lambda s: (s.names, s.types))(small_registry(words).tables.shape("cases")), strict=True)
    }
    own |= {"case_id": pa.array(np.arange(1, size + 1)), "score": pa.array(score)}
    own |= {"case_definition": pa.array(["none_documented"] * size)}
    tables = dict(small_registry(words).tables)
    tables["cases"] = pa.table(own, schema=tables["cases"].schema)
    registry = store.open_registry(published(tmp_path / "r", tables, words=words))
    path = tmp_path / "r" / "codes" / "1" / "cases.score"
    many = distinct > 65_535
    assert path.exists() is not many
    rows = np.array([0, size - 1, 77])
    assert registry.codes["cases"].taken("score", rows) == score[rows].tolist()
    column = registry.codes["cases"].column("score")
    assert column.codes.dtype == (np.uint8 if distinct == 255 else np.uint32 if many else np.uint16)
    assert len(column.values) == distinct
    assert np.array_equal(np.array(column.values)[column.codes - 1], score)
    assert registry.rows("SELECT count(DISTINCT score) FROM cases") == [(distinct,)]


def test_a_registry_that_widens_a_variable_reads_it_anew(tmp_path: Path) -> None:
    """Whole numbers that are numbers since they were stored come as numbers."""
    folder = published(tmp_path / "r", synthetic_tables(5))
    (folder / "variables.toml").write_text('use = ["half_points"]\n', encoding="utf-8")
    opened = store.open_registry(folder)
    column = opened.codes["visits"].column("vas")
    assert {type(value) for value in column.values} == {float}
    assert list(everything(opened.codes)) == fresh(opened)


def test_rows_are_the_same_with_an_index_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = published(tmp_path / "r", synthetic_tables(60, 1, "edge"))
    with_index = store.open_registry(folder)
    monkeypatch.setattr(index, "WORTH", 10**9)
    without = store.open_registry(folder)
    for of in (cases, visits):
        assert of(with_index, limit=20).rows == of(without, limit=20).rows


def test_rows_of_one_patient_are_read_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a very large table no whole column is read for one patient."""
    monkeypatch.setattr(publishing, "group_rows", lambda table: 10)
    opened = store.open_registry(published(tmp_path / "r", synthetic_tables(100, 1, "edge")))
    truth = registry_of({name: opened.tables[name] for name in opened.tables})
    asked: list[str] = []
    monkeypatch.setattr(opened.codes.known, "column", lambda table, name: asked.append(table))
    for number in (1, 37, 100):
        assert patient(opened, number) == patient(truth, number)
    assert set(asked) <= {"imaging"}  # nobody has a row there


# Its life


def test_a_discarded_draft_leaves_no_index(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    store.draft(synthetic_tables(4), {**ABOUT, "version": "d"}, folder, STANDARD)
    assert (folder / "codes" / "d" / "manifest.json").exists()
    store.discard(folder, "d", "Ada")
    assert list((folder / "codes").iterdir()) == []


def test_what_a_killed_writer_left_of_an_index_is_swept(tmp_path: Path) -> None:
    folder = published(tmp_path / "r", synthetic_tables(4))
    (folder / "codes" / ".new-half").mkdir()
    published(folder, synthetic_tables(5), "2")
    assert sorted(path.name for path in (folder / "codes").iterdir()) == ["1", "2"]


def test_the_command_drops_and_rebuilds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = published(tmp_path / "r", synthetic_tables(4))
    before = {path.name: path.read_bytes() for path in (folder / "codes" / "1").iterdir()}
    at = ["--registry", str(folder)]
    assert main(["index", "--drop", *at]) == 0
    assert list((folder / "codes").iterdir()) == []
    assert main(["index", "--drop", *at]) == 0
    assert main(["index", *at, "--version", "1"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["r, version 1: the index was dropped.", "r, version 1: there was no index."]
    assert told[2].startswith("r, version 1: an index of ")
    assert {path.name: path.read_bytes() for path in (folder / "codes" / "1").iterdir()} == before
    assert main(["index", "--registry", "published"]) == 1
    assert main(["index", *at, "--version", "none"]) == 1


def test_a_disk_without_room_keeps_the_index_that_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(tmp_path / "full", of_shipped())
    before = {path.name: path.read_bytes() for path in (folder / "codes" / "1").iterdir()}

    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert main(["index", "--registry", str(folder)]) == 1
    assert "The disk has no room for what would be written" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (folder / "codes" / "1").iterdir()} == before


def test_a_small_version_is_told_that_it_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published(tmp_path / "r", synthetic_tables(4))
    monkeypatch.setattr(index, "WORTH", 50_000)
    assert main(["index", "--registry", str(folder)]) == 0
    assert "too small for an index" in capsys.readouterr().out
    assert list((folder / "codes").iterdir()) == []


# The files that it is made from


@pytest.mark.parametrize("held", [0, 4_000_000])
def test_what_is_read_is_what_was_verified(held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in whose place another is put is still read; one that is written into is refused, or was held in memory."""
    monkeypatch.setattr(verified_files, "_HELD", held)
    folder = published(tmp_path / "r", synthetic_tables(6))
    monkeypatch.setattr(index, "WORTH", 10**9)
    replaced, written = store.open_registry(folder), store.open_registry(folder)
    truth = fresh(replaced)
    path = folder / "versions" / "1" / "visits.parquet"
    content = path.read_bytes()
    aside = path.with_name("aside")
    aside.write_bytes(content[:-9] + b"otherwise")
    aside.rename(path)
    assert fresh(replaced) == truth
    with pytest.raises(RegistryProblem, match="altered"):
        store.open_registry(folder)
    path.write_bytes(content)
    written = store.open_registry(folder)
    path.write_bytes(content[:-9] + b"otherwise")
    if held:
        assert fresh(written) == truth
    else:
        with pytest.raises(RegistryProblem, match=r"1/visits\.parquet: the file (was altered|is not readable)"):
            fresh(written)
    path.write_bytes(content[:100])
    if not held:
        with pytest.raises(RegistryProblem):
            fresh(written)


def test_provenance_is_read_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large table only the row groups are read that may hold what is asked for."""
    lines = [
        {"table": table, "key": f"{number}{more}", "column": "case_id", "source": f"page {number}", "status": "printed"}
        for table, more in (("cases", ""), ("visits", "/0"))
        for number in range(1, 201)
    ]
    tables = dict(small_registry(cases=[{"case_id": n} for n in range(1, 201)], provenance=lines).tables)
    tables["cases"] = synthetic_tables(200)["cases"]
    monkeypatch.setattr(publishing, "group_rows", lambda table: 20)
    opened = store.open_registry(published(tmp_path / "r", tables))
    read: list[int] = []
    groups = StoredTables._groups
    monkeypatch.setattr(
        StoredTables,
        "_groups",
        lambda self, table, chosen, *more: (read.extend(chosen), groups(self, table, chosen, *more))[1],
    )
    everyone = PlainTables({"provenance": opened.tables["provenance"]})
    for where in (
        (OfPatients((7,)),),
        (OfPatients((7, 150)), OneOf("table", ("visits",))),
        (OneOf("key", ("9/0", "nobody")),),
        (OneOf("table", ("visits",)), OneOf("column", ("vas", None)), BeginsWith("source", "page 20")),
        (BeginsWith("source", "page 200"),),
        (OneOf("status", ()),),
        (),
    ):
        read.clear()
        assert opened.tables.found("provenance", where).to_pylist() == everyone.found("provenance", where).to_pylist()
        assert len(read) < 20 if where else len(read) == 20, (where, read)
    read.clear()
    assert [line["key"] for line in opened.found("provenance", OfPatients((7,)))] == ["7", "7/0"]
    assert len(read) <= 6


def files_of(folder: Path, version: str) -> dict[str, bytes]:
    home = folder / "codes" / version
    return {path.name: path.read_bytes() for path in home.iterdir() if path.name != "manifest.json"}


@pytest.mark.parametrize("damaged", [None, "cases.age", "symptoms", "manifest.json"])
def test_code_columns_of_tables_that_stay_are_taken_over_where_they_are_whole(
    damaged: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = synthetic_tables(50)
    folder = published(tmp_path / "r", tables)
    if damaged:
        (folder / "codes" / "1" / damaged).write_bytes(b"spoilt")
    changed = tables | {"visits": tables["visits"].slice(3)}
    anew: list[str] = []
    column, places = index._of_column, index._of_places
    monkeypatch.setattr(index, "_of_column", lambda *given: (anew.append(f"{given[1]}.{given[2]}"), column(*given))[1])
    monkeypatch.setattr(index, "_of_places", lambda *given: (anew.append(given[1]), places(*given))[1])
    store.draft(changed, {**ABOUT, "version": "2"}, folder, STANDARD, "1")
    others = {name for name in anew if name.partition(".")[0] != "visits"}
    if damaged == "manifest.json":
        assert {"cases.age", "symptoms", "symptoms.symptom"} <= others
    else:
        assert others == ({damaged} if damaged else set())
    taken_over = files_of(folder, "2")
    store.reindex(folder, "2")
    assert files_of(published(tmp_path / "other", changed), "1") == taken_over == files_of(folder, "2")


def test_the_rows_of_patients_are_not_taken_over_where_patients_changed(tmp_path: Path) -> None:
    tables = synthetic_tables(50)
    folder = published(tmp_path / "r", tables)
    more = pa.concat_tables([tables["cases"], synthetic_tables(51)["cases"].slice(50)])
    store.draft(tables | {"cases": more}, {**ABOUT, "version": "2"}, folder, STANDARD, "1")
    opened = store.open_registry(folder, "2")
    assert opened.codes["visits"].spread(np.ones(51, dtype=np.int64)).sum() == opened.visits
    assert files_of(published(tmp_path / "other", tables | {"cases": more}), "1") == files_of(folder, "2")


def test_the_manifest_of_a_version_says_nothing_of_its_index(tmp_path: Path) -> None:
    """So that a version has the same content with an index and without."""
    folder = published(tmp_path / "r", synthetic_tables(4))
    stated = Manifest.read(folder / "versions" / "1" / "manifest.json").files
    assert {name.split(".")[1] for name in stated} == {"parquet"}
