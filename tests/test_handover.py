"""What people hand over: told apart, read, and stored whole or not at all."""

import io
import itertools
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest

from plro_core import durable, journal, store
from plro_core.bundle import bundle
from plro_core.changes import changes
from plro_core.handover import (
    Handed,
    Prepared,
    VersionMetadata,
    changes_first,
    counted,
    differences,
    findings_table,
    prepare,
    read_handed,
    sample,
    store_version,
    told_apart,
)
from plro_core.intake import Dialect, File, template
from plro_core.intake.redcap import own_mapping
from plro_core.preview import held_tables, preview
from plro_core.problems import JournalProblem, RegistryProblem
from plro_core.progress import StoppedWork
from plro_core.store import (
    SHIPPED,
    Registry,
    current_version,
    drafts,
    history,
    index,
    open_registry,
    publishing,
    tables,
)
from plro_core.vocabulary import STANDARD
from tests.oracle import ABOUT

WORDS = VersionMetadata("A. Tester", "first")


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def one(number: int = 1, age: str = "30") -> Handed:
    return told_apart([File("cases.csv", f"case_id,age\n{number},{age}\n".encode())], STANDARD)


def prepared(handed: Handed, base: Registry | None = None, whole: bool = True) -> Prepared:
    found = prepare(read_handed(handed, base, whole, {}, None, STANDARD), base, STANDARD)
    assert found is not None
    return found


def damaged_lzma() -> bytes:
    """An archive of another method than usual, with the properties of its only part spoilt."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("cases.csv", "case_id,age\n1,30\n" * 50)
    content = bytearray(buffer.getvalue())
    start = 30 + len("cases.csv") + 4  # after the local header: version and size of the properties
    content[start : start + 5] = b"\xff" * 5
    return bytes(content)


def test_files_are_told_apart() -> None:
    handed = told_apart(
        [File("a.zip", template(STANDARD, "csv")), File("m.json", own_mapping(STANDARD).json.encode())], STANDARD
    )
    assert {"cases.csv", "visits.csv"} <= {file.name for file in handed.files}
    assert handed.mapping == own_mapping(STANDARD)
    assert handed.findings == ()
    assert told_apart([File("r.zip", bundle(open_registry(SHIPPED)))], STANDARD).bundle is not None


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.zip": b"PK nothing"}, "damaged or cut short"),
        ({"a.zip": damaged_lzma()}, "cases.csv in the archive cannot be unpacked"),
        ({"a.zip": zipped({"x.exe": b"MZ"})}, "holds x.exe, which is no table"),
        ({"a.zip": zipped({f"{number}.csv": b"x" for number in range(60)})}, "holds too much"),
        ({"a.zip": zipped({"a.csv": b"0" * 60_000_000})}, "holds too much"),
        ({"a.json": b"[]"}, "not an object"),
        (
            {"a.json": own_mapping(STANDARD).json.encode(), "b.json": own_mapping(STANDARD).json.encode()},
            "a second mapping",
        ),
    ],
)
def test_what_cannot_be_opened_is_said(files: dict[str, bytes], sentence: str) -> None:
    handed = told_apart([File(name, content) for name, content in files.items()], STANDARD)
    assert sentence in handed.findings[0].message
    read = read_handed(handed, None, True, {}, None, STANDARD)
    assert read.tables is None
    assert prepare(read, None, STANDARD) is None


def test_a_whole_registry_stands_alone() -> None:
    content = bundle(open_registry(SHIPPED))
    handed = told_apart([File("r.zip", content), File("cases.csv", b"case_id\n1\n")], STANDARD)
    assert "without other files" in handed.findings[0].message
    altered = told_apart([File("r.zip", content[: len(content) // 2])], STANDARD)
    assert altered.findings


def test_a_folder_inside_an_archive_leads_nowhere() -> None:
    handed = told_apart([File("a.zip", zipped({"../../evil/cases.csv": b"case_id\n1\n"}))], STANDARD)
    assert [file.name for file in handed.files] == ["cases.csv"]


def test_the_same_files_have_the_same_key() -> None:
    assert one().key == one().key
    assert len({one().key, one(2).key, told_apart([File("b.csv", b"case_id,age\n1,30\n")], STANDARD).key}) == 3


def test_a_version_is_stored_with_where_it_came_from(tmp_path: Path) -> None:
    manifest = store_version(
        tmp_path, prepared(one()), VersionMetadata("A. Tester", "first", "Our clinic", "ward"), publish=True
    )
    assert (manifest.title, manifest.source, manifest.parent) == ("Our clinic", "ward", None)
    detail = journal.read(tmp_path)[0].detail
    assert detail["files"][0]["name"] == "cases.csv"
    assert "30" not in str(detail["changes"])
    base = open_registry(tmp_path)
    second = store_version(tmp_path, prepared(one(2), base, whole=False), WORDS, publish=False)
    assert (second.title, second.parent) == ("Our clinic", manifest.version)
    assert current_version(tmp_path) == manifest.version
    table = differences(tmp_path, manifest.version, second.version)
    assert table.subtitle.startswith("1 patient new")


def test_what_was_previewed_against_another_version_is_refused(tmp_path: Path) -> None:
    store_version(tmp_path, prepared(one()), WORDS, publish=True)
    base = open_registry(tmp_path)
    slower = prepared(one(3), base, whole=False)
    store_version(tmp_path, prepared(one(2), base, whole=False), WORDS, publish=True)
    with pytest.raises(RegistryProblem, match="preview again"):
        store_version(tmp_path, slower, WORDS, publish=True)
    assert len(history(tmp_path)) == 2


def test_nobody_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(JournalProblem):
        store_version(tmp_path / "own", prepared(one()), VersionMetadata(" ", ""), publish=True)
    assert not (tmp_path / "own").exists()


def test_findings_stand_errors_first_and_without_empty_sheets() -> None:
    read = read_handed(
        told_apart([File("cases.csv", b"case_id,age,smoking\n1;30;x\n")], STANDARD), None, True, {}, None, STANDARD
    )
    table = findings_table(read.findings)
    assert "sheet" not in [column.name for column in table.columns]
    assert table.rows[0][0] == "error"
    assert counted(()) == "No problems"


def test_the_first_rows_are_shown_as_they_are_read() -> None:
    file = File("cases.csv", b"case_id;age\n1;30\n2;31\n3;32\n4;33\n")
    found = sample(file, Dialect(), STANDARD, None)
    assert found is not None
    assert found.heads == ("Row", "case_id", "age")
    assert found.rows == (("2", "1", "30"), ("3", "2", "31"), ("4", "3", "32"))
    assert sample(file, Dialect(delimiter=","), STANDARD, None).heads == ("Row", "case_id;age")  # type: ignore[union-attr]
    assert sample(File("x.xlsx", template(STANDARD)), Dialect(), STANDARD, None) is None


def test_what_may_be_a_mistake_stands_first(tmp_path: Path) -> None:
    visits = File("visits.csv", b"case_id,month,vas\n1,0,5\n")
    store_version(tmp_path, prepared(told_apart([*one().files, visits], STANDARD)), WORDS, publish=True)
    base = open_registry(tmp_path)
    files = [*one(2).files, File("visits.csv", b"case_id,month,vas\n1,0,6\n")]
    second = store_version(tmp_path, prepared(told_apart(files, STANDARD), base, whole=False), WORDS, publish=True)
    found = differences(tmp_path, base.version, second.version)
    assert [row[0] for row in found.rows] == ["new", "new", "changed"]
    assert [row[0] for row in changes_first(found).rows] == ["changed", "new", "new"]


# Long work


class Told:
    """Progress that says no at its n-th question."""

    def __init__(self, until: int = 1_000) -> None:
        self.until, self.shares, self.words = until, list[float](), list[str]()

    def __call__(self, share: float, words: str) -> bool:
        self.shares.append(share)
        self.words.append(words)
        return len(self.shares) < self.until


def test_reading_and_comparing_tell_how_far_they_are_and_stop_wherever_they_are_told_to(tmp_path: Path) -> None:
    store_version(tmp_path, prepared(one()), WORDS, publish=True)
    base, before = open_registry(tmp_path), (tmp_path / "journal.jsonl").read_bytes()
    handed = told_apart(
        [File("cases.csv", b"case_id,age\n1,31\n"), File("visits.csv", b"case_id,month\n1,0\n")], STANDARD
    )
    reading, comparing = Told(), Told()
    read = read_handed(handed, base, False, {}, None, STANDARD, progress=reading)
    prepare(read, base, STANDARD, comparing)
    assert reading.words[:2] == ["cases.csv", "visits.csv"]
    for told in (reading, comparing):
        assert told.shares == sorted(told.shares)
    for at in range(1, len(reading.shares) + 1):
        with pytest.raises(StoppedWork):
            read_handed(handed, base, False, {}, None, STANDARD, progress=Told(at))
    for at in range(1, len(comparing.shares) + 1):
        with pytest.raises(StoppedWork):
            prepare(read, base, STANDARD, Told(at))
    assert (tmp_path / "journal.jsonl").read_bytes() == before
    assert len(history(tmp_path)) == 1


def test_storing_tells_how_far_it_is_and_stores_nothing_where_it_is_told_to_stop(tmp_path: Path) -> None:
    store_version(tmp_path, prepared(one()), WORDS, publish=True)
    found = prepared(one(2), open_registry(tmp_path), whole=False)
    before, storing = everything_in(tmp_path), Told()
    for at in (1, 2, 5, 12):  # the last before files are written
        with pytest.raises(StoppedWork):
            store_version(tmp_path, found, WORDS, True, Told(at))
        assert everything_in(tmp_path) == before
    store_version(tmp_path, found, WORDS, True, storing)
    assert len(storing.shares) == 12
    assert storing.shares == sorted(storing.shares)
    assert storing.words[0] == "checking the rules"
    assert storing.words[-1] == "writing the files"
    assert {"cases", "visits"} <= set(storing.words)


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        (publishing, "violations", 1),
        (publishing, "parquet", 2),
        (durable, "_write", 1),
        (durable, "_write", 3),
        (drafts, "write_checked", 1),
        (publishing, "verified_file", 2),
        (publishing, "ensure_index", 1),
    ],
)
def test_ctrl_c_while_storing_leaves_the_registry_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, call: int
) -> None:
    base = ten_patients(tmp_path)
    found = prepared(told_apart([File("visits.csv", b"case_id,month,vas\n3,1,4\n")], STANDARD), base, whole=False)
    before = everything_in(tmp_path)
    calls, real = itertools.count(1), getattr(module, name)

    def broken_off(*given: object, **named: object) -> object:
        if next(calls) == call:
            raise KeyboardInterrupt
        return real(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, broken_off)
        with pytest.raises(KeyboardInterrupt):
            store_version(tmp_path, found, WORDS, publish=True)
    after = everything_in(tmp_path)
    assert next(calls) > call
    assert after.pop("journal.jsonl").startswith(before.pop("journal.jsonl"))  # it may say that somebody began
    assert after == before
    again = store_version(tmp_path, found, WORDS, publish=True)
    assert (current_version(tmp_path), len(history(tmp_path))) == (again.version, 2)


# Few rows into many


def ten_patients(folder: Path) -> Registry:
    cases = "case_id,age\n" + "".join(f"{number},30\n" for number in range(1, 11))
    visits = "case_id,month,vas\n" + "".join(f"{number},{month},7\n" for number in range(1, 11) for month in (0, 1))
    facts = "case_id,level\n" + "".join(f"{number},T12\n" for number in range(1, 11))
    files = {"cases.csv": cases, "visits.csv": visits, "fractures.csv": facts}
    handed = told_apart([File(name, text.encode()) for name, text in files.items()], STANDARD)
    store_version(folder, prepared(handed), WORDS, publish=True)
    return open_registry(folder)


def test_a_changed_visit_leaves_the_files_of_other_tables_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = ten_patients(tmp_path)
    found = prepared(told_apart([File("visits.csv", b"case_id,month,vas\n3,1,4\n")], STANDARD), base, whole=False)
    assert found.come is not None
    assert {name: rows.num_rows for name, rows in found.come.items()} == {"visits": 1, "provenance": 1}
    assert found.seen.changes == changes(held_tables(base), found.tables, STANDARD)
    assert found.seen.changes.sentence == "Nothing new, 1 cell changed, nothing removed."
    written: list[str] = []
    real = publishing.parquet
    monkeypatch.setattr(publishing, "parquet", lambda *given: written.append("") or real(*given))
    manifest = store_version(tmp_path, found, WORDS, publish=True)
    assert len(written) == 2
    expected, whole = publishing.packed(found.tables, dict(ABOUT, version="x"), STANDARD, None)
    assert manifest.files == whole.files
    home = tmp_path / "versions" / manifest.version
    assert {name: (home / name).read_bytes() for name in expected} == expected


def test_rows_that_break_a_rule_are_refused_among_tables_that_are_taken_over(tmp_path: Path) -> None:
    base = ten_patients(tmp_path)
    found = prepared(told_apart([File("visits.csv", b"case_id,month,vas\n3,1,4\n")], STANDARD), base, whole=False)
    assert found.come is not None
    twice = pa.concat_tables([found.tables["visits"], found.come["visits"]])
    spoilt = replace(found, tables={**found.tables, "visits": twice})
    with pytest.raises(RegistryProblem, match="visits, row 3/1, column case_id, month: given more than once"):
        store_version(tmp_path, spoilt, WORDS, publish=True)


def test_files_of_a_parent_that_kept_other_rules_are_written_anew(tmp_path: Path) -> None:
    base = ten_patients(tmp_path)
    shutil.rmtree(tmp_path / "checked")
    found = prepared(told_apart([File("visits.csv", b"case_id,month,vas\n3,1,4\n")], STANDARD), base, whole=False)
    manifest = store_version(tmp_path, found, WORDS, publish=True)
    assert manifest.files["cases.parquet"] == base.manifest.files["cases.parquet"]


def test_a_damaged_file_of_the_parent_is_never_taken_over(tmp_path: Path) -> None:
    base = ten_patients(tmp_path)
    found = prepared(told_apart([File("visits.csv", b"case_id,month,vas\n3,1,4\n")], STANDARD), base, whole=False)
    (tmp_path / "versions" / base.version / "fractures.parquet").write_bytes(b"PAR1")
    with pytest.raises(RegistryProblem, match=r"fractures\.parquet: the file was altered"):
        store_version(tmp_path, found, WORDS, publish=True)


def test_tables_that_nobody_touched_are_counted_by_the_codes_of_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "WORTH", 0)
    monkeypatch.setattr(tables, "_FEW", 0)
    ten_patients(tmp_path)
    coded: list[str] = []
    real = tables.StoredTables.encoded
    monkeypatch.setattr(
        tables.StoredTables, "encoded", lambda self, table, name: (coded.append(table), real(self, table, name))[1]
    )
    base = open_registry(tmp_path)
    found = prepared(told_apart([File("visits.csv", b"case_id,month,vas\n3,1,4\n")], STANDARD), base, whole=False)
    assert found.seen.summary
    assert coded == []
    manifest = store_version(tmp_path, found, WORDS, publish=True)
    assert set(coded) == {"visits"}
    opened = open_registry(tmp_path)
    assert opened.content == store.content_hash(manifest)
    expected = preview(base, held_tables(opened), STANDARD)
    assert (found.seen.headlines, found.seen.summary) == (expected.headlines, expected.summary)
