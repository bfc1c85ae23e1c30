"""A version as one file: everything in it, the same bytes each time, published again byte for byte; hostile files refused."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plro_core import store
from plro_core.bundle import bundle, unbundle
from plro_core.bundle.packing import checksums, zipped
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.schema import arrow_schema
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.core_fixtures import EditRegistry
from tests.test_own_variables import DECLARED, WRITE, run

pytestmark = pytest.mark.usefixtures("read_here")

pytest_plugins = ["tests.core_fixtures"]

Files = dict[str, bytes]

ABOUT = {
    "version": "1",
    "title": "Made | up",
    "source": "",
    "author": "a test",
    "note": "",
    "time": "2026-01-01",
    "synthetic": True,
}


@pytest.fixture(scope="module")
def content(registry: Registry) -> bytes:
    return bundle(registry)


@pytest.fixture(scope="module")
def files(content: bytes) -> Files:
    return unzipped(content)


def unzipped(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed(files: Mapping[str, bytes]) -> bytes:
    """A bundle of these files with checksums that fit, as somebody would make who means to deceive."""
    kept = {name: content for name, content in files.items() if name != "checksums.txt"}
    return zipped({**kept, "checksums.txt": checksums(kept)})


def with_manifest(files: Files) -> Files:
    """The files with a manifest that fits their Parquet."""
    manifest = json.loads(files["manifest.json"])
    for name, stated in manifest["files"].items():
        stated["sha256"] = hashlib.sha256(files[f"parquet/{name}"]).hexdigest()
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def made_up(folder: Path, **rows: list[dict[str, Any]]) -> Registry:
    """A registry on disk with these rows and nothing else."""
    tables = {table.name: arrow_schema(table.name, STANDARD) for table in STANDARD.tables}
    frames = {
        name: pa.Table.from_pylist(
            [{field: row.get(field) for field in shape.names} for row in rows.get(name, [])], schema=shape
        )
        for name, shape in tables.items()
    }
    store.publish(frames, ABOUT, folder, STANDARD)
    return open_registry(folder)


# What lies in it


def test_the_same_version_gives_the_same_bytes_without_times(content: bytes, registry: Registry) -> None:
    assert bundle(registry) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_stored_files_are_in_it_byte_for_byte(files: Files) -> None:
    home = SHIPPED / "versions" / "2022-2"
    assert files["manifest.json"] == (home / "manifest.json").read_bytes()
    for table in STANDARD.tables:
        assert files[f"parquet/{table.name}.parquet"] == (home / f"{table.name}.parquet").read_bytes()
    assert "variables.toml" not in files


def test_sha256sum_checks_it(content: bytes, tmp_path: Path) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("no sha256sum here")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    told = subprocess.run(
        ["sha256sum", "-c", "--strict", "checksums.txt"], cwd=tmp_path, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.count(": OK") == len(unzipped(content)) - 1


def test_csv_says_what_is_stored_in_full_digits(files: Files, registry: Registry) -> None:
    visits = lines(files["data/visits.csv"])
    assert len(visits) == 40
    assert files["data/visits.csv"].count(b"\r\n") == 41
    first = visits[0]
    assert (first["case_id"], first["month"], first["vas"], first["calcium"], first["pth"]) == (
        "1",
        "0",
        "9",
        "8.9",
        "",
    )
    assert [float(row["t_l1_l4"]) for row in lines(files["data/cases.csv"])] == [
        row[0] for row in registry.rows("SELECT t_l1_l4 FROM cases ORDER BY case_id")
    ]
    assert {row["smoking"] for row in lines(files["data/cases.csv"])} == {"true", "false"}


def test_texts_stand_as_stored_even_where_a_spreadsheet_would_run_them(tmp_path: Path) -> None:
    evil = '=HYPERLINK("x"),\n@SUM'
    registry = made_up(tmp_path, cases=[{"case_id": 1}], imaging=[{"case_id": 1, "site": evil, "finding": "é"}])
    files = unzipped(bundle(registry))
    assert lines(files["data/imaging.csv"])[0]["site"] == evil
    assert "nothing keeps a\nspreadsheet from taking" in files["README.md"].decode()
    assert unbundle(bundle(registry), STANDARD).tables["imaging"]["site"].to_pylist() == [evil]
    assert "# Made \\| up" in files["README.md"].decode()


def test_nobody_and_one_patient_are_bundled_too(tmp_path: Path) -> None:
    for name, cases in (("none", []), ("one", [{"case_id": 7, "age": 30}])):
        registry = made_up(tmp_path / name, cases=cases)
        content = bundle(registry)
        found = unbundle(content, STANDARD)
        assert found.tables["cases"].num_rows == len(cases)
        assert lines(unzipped(content)["LB.csv"]) == []


# The descriptor, after datapackage.org's standard: what it requires of a package, a resource, a schema and a field

_NAME = re.compile(r"[a-z0-9._/-]+")
_FIELD_TYPES = {"string", "number", "integer", "boolean", "object", "array", "date", "time", "datetime", "any"}


def test_the_descriptor_has_what_the_standard_requires(files: Files) -> None:
    package = json.loads(files["datapackage.json"])
    assert _NAME.fullmatch(package["name"])
    assert package["resources"]
    assert all("name" in licence or "path" in licence for licence in package["licenses"])
    assert all("title" in source for source in package["sources"])
    names = [resource["name"] for resource in package["resources"]]
    assert names == [table.name for table in STANDARD.tables]
    for resource in package["resources"]:
        check_resource(resource, files, names)


def check_resource(resource: dict[str, Any], files: Files, names: list[str]) -> None:
    assert _NAME.fullmatch(resource["name"])
    assert "data" not in resource
    assert ".." not in resource["path"]
    assert not resource["path"].startswith("/")
    content = files[resource["path"]]
    assert resource["bytes"] == len(content)
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    schema = resource["schema"]
    fields = {field["name"]: field for field in schema["fields"]}
    assert list(fields) == content.decode().split("\r\n")[0].split(",")
    assert {field["type"] for field in fields.values()} <= _FIELD_TYPES
    assert schema["missingValues"] == [""]
    assert set(schema["primaryKey"]) <= set(fields)
    assert all(fields[name]["constraints"]["required"] for name in schema["primaryKey"])
    for key in schema.get("foreignKeys", []):
        assert set(key["fields"]) <= set(fields)
        assert key["reference"]["resource"] in names
        assert len(key["fields"]) == len(key["reference"]["fields"])
    assert ("foreignKeys" in schema) == ("case_id" in fields and resource["name"] != "cases")
    for field in fields.values():
        check_values(field, [row[field["name"]] for row in lines(content)])


def check_values(field: dict[str, Any], cells: list[str]) -> None:
    """Every cell obeys the constraints that the descriptor states."""
    rules = field.get("constraints", {})
    assert set(rules) <= {"required", "unique", "enum", "minimum", "maximum", "pattern", "minLength", "maxLength"}
    given = [cell for cell in cells if cell]
    assert not rules.get("required") or len(given) == len(cells)
    assert "enum" not in rules or set(given) <= set(rules["enum"])
    for cell in given:
        assert field["type"] != "boolean" or cell in ("true", "false")
        if field["type"] in ("integer", "number"):
            value = int(cell) if field["type"] == "integer" else float(cell)
            assert rules.get("minimum", value) <= value <= rules.get("maximum", value)


def test_the_descriptor_tells_units_codes_and_ranges(files: Files) -> None:
    package = json.loads(files["datapackage.json"])
    fields = {field["name"]: field for field in package["resources"][1]["schema"]["fields"]}
    assert fields["calcium"]["unit"] == "mg/dL"
    assert fields["calcium"]["loinc"] == "17861-6"
    assert fields["calcium"]["reference"] == {
        "low": 8.4,
        "high": 10.2,
        "unit": "mg/dL",
        "name": "arup",
        "short": "ARUP",
        "laboratory": "ARUP Laboratories",
        "version": "test 0070172, one copy of the page",
        "population": "18 years and older",
        "read": "2026-11-26",
        "source": "https://ltd.aruplab.com/Tests/Pub/0070172",
        "status": "seen in a published source",
    }
    assert [(known["low"], known["high"]) for known in fields["calcium"]["otherRanges"]] == [(8.6, 10.0), (8.8, 10.4)]
    assert "reference" not in fields["magnesium"]
    assert fields["alp"]["caveat"].startswith("Placental")
    assert fields["calcium"]["constraints"] == {"minimum": 3, "maximum": 20}
    assert fields["calcium_flag"]["constraints"] == {"enum": ["H", "L"]}
    assert "loinc" not in fields["magnesium"]
    assert "reference" not in fields["magnesium"]


# Laboratory values in the shape of LB


def test_lb_has_one_row_for_each_recorded_value(files: Files, registry: Registry) -> None:
    rows = lines(files["LB.csv"])
    assert len(rows) == registry.rows("SELECT count(*) FROM measurements WHERE analyte <> 'vas'")[0][0]
    keys = [(row["USUBJID"], row["LBSEQ"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert all(len(row["LBTESTCD"]) <= 8 and row["LBTESTCD"].isalnum() and len(row["LBTEST"]) <= 40 for row in rows)
    assert {row["LBDY"] for row in rows} == {""}


def test_lb_keeps_the_printed_arrow_apart_from_the_computed_indicator(files: Files) -> None:
    rows = {(row["USUBJID"], row["VISITNUM"], row["LBTESTCD"]): row for row in lines(files["LB.csv"])}
    printed_low = rows["PLRO-10", "0", "VITAMIND"]
    assert (printed_low["LBORRES"], printed_low["LBNRIND"], printed_low["PRINTFL"]) == ("20.6", "NORMAL", "L")
    unprinted = rows["PLRO-1", "3", "CALCIUM"]
    assert (unprinted["LBORRES"], unprinted["LBNRIND"], unprinted["PRINTFL"]) == ("8.3", "LOW", "")
    low = rows["PLRO-8", "0", "PTH"]
    assert (low["LBORRES"], low["LBORNRLO"], low["LBORNRHI"], low["LBNRIND"], low["LBLOINC"]) == (
        "6.2",
        "15",
        "65",
        "LOW",
        "2731-8",
    )


def test_lb_never_calls_the_printed_mg_magnesium(files: Files) -> None:
    mg = [row for row in lines(files["LB.csv"]) if row["LBTESTCD"] == "MGPRINT"]
    assert len(mg) == 32
    assert {row["LBTEST"] for row in mg} == {"Mg as printed; analyte uncertain"}
    assert {(row["LBLOINC"], row["LBORNRLO"], row["LBORNRHI"], row["LBNRIND"]) for row in mg} == {("", "", "", "")}


def test_lb_says_that_the_unit_of_vitamin_d_is_assumed(files: Files) -> None:
    rows = [row for row in lines(files["LB.csv"]) if row["LBTESTCD"] == "VITAMIND"]
    assert {(row["LBORRESU"], row["UNITNOTE"]) for row in rows} == {("ng/mL", "assumed")}
    assert 'Printed as "IU"' in files["README.md"].decode()


# Terms


def test_terms_are_stated_for_the_paper_and_for_nobody_else(files: Files, tmp_path: Path) -> None:
    assert "10.5137/1019-5149.JTN.36058-21.1" in files["LICENCE.txt"].decode()
    other = unzipped(bundle(made_up(tmp_path)))
    assert "No licence stated: ask the registry's owner." in other["LICENCE.txt"].decode()
    assert "Synthetic data" in other["LICENCE.txt"].decode()
    assert "licenses" not in json.loads(other["datapackage.json"])
    assert "created" not in json.loads(other["datapackage.json"])


# Back again


def test_published_again_it_is_the_same_version_byte_for_byte(
    content: bytes, registry: Registry, tmp_path: Path
) -> None:
    found = unbundle(content, STANDARD)
    manifest = store.publish(found.tables, found.about, tmp_path, STANDARD, parent=found.manifest.parent)
    assert manifest == registry.manifest
    for name in manifest.files:
        old, new = (folder / "versions" / "2022-2" / name for folder in (SHIPPED, tmp_path))
        assert new.read_bytes() == old.read_bytes()
    assert bundle(open_registry(tmp_path)) == content


AGAIN = """
import json, os, sys
from pathlib import Path
from plro_core import store
from plro_core.bundle import bundle, unbundle
from plro_core.problems import PlainProblem
from plro_core.vocabulary import words_of
folder = Path(os.environ["PLRO_REGISTRY"])
what, file = {what!r}, Path({file!r})
if what == "bundle":
    registry = store.open_registry(folder)
    file.write_bytes(bundle(registry))
    print(json.dumps(registry.manifest.__dict__))
else:
    try:
        found = unbundle(file.read_bytes(), words_of(folder))
        assert found.variables_text == (folder / "variables.toml").read_text(encoding="utf-8")
        print(json.dumps(store.publish(found.tables, found.about, folder, words_of(folder), parent=found.manifest.parent).__dict__))
    except PlainProblem as problem:
        print(json.dumps(str(problem)))
"""


def test_a_registry_with_words_of_its_own_comes_back_the_same(tmp_path: Path) -> None:
    grown, empty, file = tmp_path / "grown", tmp_path / "empty", tmp_path / "bundle.zip"
    shutil.copytree(SHIPPED, grown)
    (grown / "variables.toml").write_text(DECLARED, encoding="utf-8")
    run(WRITE, grown)
    made = run(AGAIN.format(what="bundle", file=str(file)), grown)
    files = unzipped(file.read_bytes())
    assert files["variables.toml"].decode() == DECLARED
    assert "data/densitometry.csv" in files
    p1np = next(row for row in lines(files["LB.csv"]) if row["LBTESTCD"] == "P1NP")
    assert (p1np["LBSTRESN"], p1np["LBDY"], p1np["VISIT"]) == ("33.5", "372", "Month 12")
    resources = {entry["name"]: entry for entry in json.loads(files["datapackage.json"])["resources"]}
    centre = next(field for field in resources["cases"]["schema"]["fields"] if field["name"] == "centre")
    assert centre["constraints"]["enum"] == ["ist", "ank"]

    empty.mkdir()
    told = run(AGAIN.format(what="unbundle", file=str(file)), empty)
    assert "put this variables.toml into the registry's folder first" in told
    (empty / "variables.toml").write_text(DECLARED, encoding="utf-8")
    assert run(AGAIN.format(what="unbundle", file=str(file)), empty) == made
    with pytest.raises(DataProblem, match=r"variables\.toml into the registry's folder first"):
        unbundle(file.read_bytes(), STANDARD)


# What is refused


def refused(content: bytes, *words: str) -> None:
    with pytest.raises(DataProblem) as told:
        unbundle(content, STANDARD)
    assert "\n" not in str(told.value)
    for word in words:
        assert word in str(told.value)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 200]
)
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    refused(content, "bundle")


def test_a_bundle_cut_short_anywhere_is_refused(content: bytes) -> None:
    for end in range(0, len(content), 4001):
        refused(content[:end])


def test_a_changed_byte_anywhere_is_refused_or_changes_nothing(content: bytes, registry: Registry) -> None:
    for at in range(0, len(content), 1501):
        changed = bytearray(content)
        changed[at] ^= 0x10
        try:
            assert unbundle(bytes(changed), STANDARD).manifest == registry.manifest  # a byte that no reader looks at
        except DataProblem:
            continue


def test_a_changed_file_is_named(files: Files) -> None:
    for name in sorted(set(files) - {"checksums.txt"}):
        changed = {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])}
        refused(zipped(changed), f"{name}: the file was altered")


def test_a_changed_parquet_is_refused_however_well_it_is_covered_up(files: Files) -> None:
    at = files["parquet/visits.parquet"].find(b"PAR1", 1) // 2
    raw = bytearray(files["parquet/visits.parquet"])
    raw[at] ^= 1
    changed = {**files, "parquet/visits.parquet": bytes(raw)}
    refused(sealed(changed), "parquet/visits.parquet: the file differs from the manifest")
    refused(sealed(with_manifest(changed)), "visits")


def test_a_changed_csv_beside_an_unchanged_parquet_is_refused(files: Files) -> None:
    changed = {**files, "data/visits.csv": files["data/visits.csv"].replace(b"\r\n1,0,9,", b"\r\n1,0,8,")}
    assert changed != files
    refused(sealed(changed), "data/visits.csv", "parquet/visits.parquet", "line 2")
    refused(sealed({**files, "data/cases.csv": b""}), "data/cases.csv", "says less")
    refused(sealed({**files, "data/cases.csv": b"\xff" * 2_000}), "data/cases.csv", "not UTF-8")
    refused(sealed({**files, "data/cases.csv": files["data/cases.csv"] + b"11,\r\n"}), "data/cases.csv", "line 12")


def rewritten(files: Files, change: Callable[[pa.Table], pa.Table]) -> Files:
    table = change(pq.read_table(io.BytesIO(files["parquet/visits.parquet"])))
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return with_manifest({**files, "parquet/visits.parquet": buffer.getvalue()})


def test_tables_that_break_a_rule_are_refused(files: Files) -> None:
    def column(name: str, values: list[Any], kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
        return lambda table: table.set_column(
            table.column_names.index(name), pa.field(name, kind), pa.array(values * table.num_rows, kind)
        )

    refused(sealed(rewritten(files, column("vas", [11], pa.int64()))), "visits", "vas", "between 0 and 10")
    refused(sealed(rewritten(files, column("vas", [None], pa.timestamp("us")))), "visits.parquet", "whole numbers")
    refused(sealed(rewritten(files, lambda table: table.drop_columns(["vas"]))), "visits, column vas", "missing")
    refused(sealed(rewritten(files, lambda table: table.append_column("x", table["vas"]))), "column x", "not declared")
    refused(sealed(rewritten(files, lambda table: table.append_column("vas", table["vas"]))), "each column once")
    refused(sealed(rewritten(files, lambda table: pa.concat_tables([table, table]))), "more than once")


@pytest.mark.parametrize(
    "name", ["parquet/visits.parquet", "data/visits.csv", "manifest.json", "checksums.txt", "README.md"]
)
def test_a_missing_file_is_named(files: Files, name: str) -> None:
    refused(zipped({path: content for path, content in files.items() if path != name}), name, "lacks this file")


@pytest.mark.parametrize("name", ["parquet/visits.parquet", "data/visits.csv", "manifest.json"])
def test_a_missing_file_is_named_even_if_nothing_lists_it(files: Files, name: str) -> None:
    refused(sealed({path: content for path, content in files.items() if path != name}), name, "lacks this file")


def test_a_file_that_the_manifest_does_not_list_is_refused(files: Files) -> None:
    refused(sealed({**files, "parquet/more.parquet": b"x"}), "parquet/more.parquet")
    refused(sealed({**files, "variables.toml": b""}), "variables.toml")


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv",
        "/etc/x.csv",
        "data/../x.csv",
        "data\\x.csv",
        "C:x.csv",
        "data/",
        "data/a/b.csv",
        "x.exe",
        "a\u202e.csv",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(files: Files, name: str) -> None:
    refused(zipped({**files, name: b"x"}), "expected none of that name")


def test_a_name_given_twice_is_refused(files: Files) -> None:
    for name in ("data/cases.csv", "data/CASES.csv"):
        buffer = io.BytesIO(zipped(files))
        with zipfile.ZipFile(buffer, "a") as archive, pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *_, **__: None)
            archive.writestr(name, b"x")
        refused(buffer.getvalue(), "two files of this name")


def test_bombs_are_refused_before_they_unpack(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(zipped({**files, "data/more.csv": b"0" * 20_000_000}), "data/more.csv", "100 times")
    refused(zipped({f"data/t{number}.csv": b"" for number in range(201)}), "201 files")
    monkeypatch.setattr("plro_core.bundle.unpacking.MOST_BYTES", 1000)
    refused(zipped(files), "expected at most")


def test_text_and_names_that_are_not_utf8_are_refused(files: Files) -> None:
    raw = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")])
    table = pa.table({"case_id": [1], "site": raw, "finding": ["x"]})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    refused(sealed(with_manifest({**files, "parquet/imaging.parquet": buffer.getvalue()})), "not readable Parquet")
    named = files["parquet/imaging.parquet"].replace(b"finding", b"findin\xf4")
    refused(sealed(with_manifest({**files, "parquet/imaging.parquet": named})), "not readable Parquet")


def test_a_text_repeated_a_million_times_is_refused_before_it_is_written_out(files: Files) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["x" * 1_000_000]))
    buffer = io.BytesIO()
    table = pa.table({"case_id": range(1_000_000), "site": text})
    pq.write_table(table, buffer, compression="zstd", store_schema=False)
    assert len(buffer.getvalue()) < 10_000_000
    long = b"0" * 10 + bytes(range(48, 58)) * 250_000
    bomb = {**files, "parquet/imaging.parquet": buffer.getvalue()}
    refused(sealed(with_manifest(bomb)), "data/imaging.csv", "less than parquet/imaging.parquet holds")
    refused(sealed(with_manifest({**bomb, "data/imaging.csv": long})), "imaging")


def test_a_lie_about_a_size_is_refused(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("data/printed.csv").file_size.to_bytes(4, "little")
    at = content.rindex(b"data/printed.csv") - 46
    assert content[at + 24 : at + 28] == size
    refused(content[: at + 24] + (10).to_bytes(4, "little") + content[at + 28 :])


def test_a_manifest_that_cannot_be_is_refused(files: Files) -> None:
    manifest = json.loads(files["manifest.json"])
    for change in ({"version": 3}, {"files": []}, {"synthetic": "no"}, {"more": 1}):
        refused(sealed({**files, "manifest.json": json.dumps({**manifest, **change}).encode()}), "manifest.json")
    refused(sealed({**files, "manifest.json": b"[" * 100_000}), "manifest.json")
    strange = {**manifest, "files": {**manifest["files"], "a\nb\x1b[2J": {"sha256": "", "rows": 0}}}
    refused(
        sealed({**files, "manifest.json": json.dumps(strange).encode()}), "parquet/a\ufffdb\ufffd[2J: the bundle lacks"
    )
    twice = files["manifest.json"].replace(b"{", b'{"title": "Another",', 1)
    refused(sealed({**files, "manifest.json": twice}), "manifest.json", "“title” is given twice")
    refused(sealed({**files, "manifest.json": json.dumps({**manifest, "schema_version": 9}).encode()}), "version 9")


def test_an_altered_registry_is_not_bundled(edited_registry: EditRegistry) -> None:
    folder = edited_registry("CURRENT", b"2022-2\n")
    registry = open_registry(folder)
    path = folder / "versions" / "2022-2" / "visits.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(RegistryProblem, match=r"2022-2/visits\.parquet: the file was altered"):
        bundle(registry)
    path.unlink()
    with pytest.raises(RegistryProblem, match=r"2022-2/visits\.parquet"):
        bundle(registry)


def test_the_dictionaries_tell_every_column(files: Files) -> None:
    told = {(row["table"], row["name"]) for row in lines(files["dictionary.csv"].removeprefix(b"\xef\xbb\xbf"))}
    assert told == {(table.name, entry.name) for table in STANDARD.tables for entry in STANDARD.columns(table.name)}
    assert files["redcap_dictionary.csv"].startswith(b"Variable / Field Name,Form Name")
    assert files["dictionary.md"].startswith(b"# Data dictionary")
