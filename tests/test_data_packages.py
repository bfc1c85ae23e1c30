"""Frictionless data packages brought in: read as they are described, whole or not at all, and what is left out is said."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from plro_core.handover import Handed, read_handed, told_apart
from plro_core.intake import File, Intake
from plro_core.vocabulary import STANDARD

pytestmark = pytest.mark.usefixtures("read_here")

CASES = "case_id;age;weight_gain_kg\n1;31;NA\n2;NA;12,0\n"
VISITS = "case_id;month;vas\n1;0;9\n2;0;8\n"


def resource(path: str, **parts: Any) -> dict[str, Any]:
    return {"name": "a", "path": path, "dialect": {"delimiter": ";"}, **parts}


def package(*resources: Any) -> str:
    return json.dumps({"name": "ward", "resources": list(resources)})


def zipped(files: dict[str, str | bytes]) -> File:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return File("ward.zip", content.getvalue())


def handed(described: str) -> Handed:
    files: dict[str, str | bytes] = {"datapackage.json": described, "data/cases.csv": CASES, "data/visits.csv": VISITS}
    return told_apart([zipped(files)], STANDARD)


def took(of: Handed) -> Intake:
    return read_handed(of, None, True, {}, of.mapping, STANDARD)


def sentence(of: Handed) -> str:
    intake = took(of)
    assert intake.tables is None
    return intake.errors[0].sentence


MISSING = {"fields": [{"name": "weight_gain_kg", "type": "number", "decimalChar": ","}], "missingValues": ["", "NA"]}
BOTH = package(resource("data/cases.csv", schema=MISSING), resource("data/visits.csv"))


def test_a_package_is_read_as_it_describes_its_files() -> None:
    intake = took(handed(BOTH))
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    found = [(row["age"], row["weight_gain_kg"]) for row in intake.tables["cases"].to_pylist()]
    assert found == [(31, None), (None, 12)]
    assert intake.tables["visits"]["vas"].to_pylist() == [9, 8]


def test_the_checksum_of_a_file_is_that_of_what_was_handed_over() -> None:
    assert [source.sha256 for source in took(handed(BOTH)).sources] == [
        hashlib.sha256(text.encode()).hexdigest() for text in (CASES, VISITS)
    ]


def test_words_for_missing_are_said_with_their_number() -> None:
    told = [finding.sentence for finding in took(handed(BOTH)).warnings if finding.rule == "package"]
    assert told == ["cases.csv: datapackage.json says that “NA” means missing; 2 cells are read as empty."]


def test_rows_keep_their_numbers_where_words_for_missing_are_taken_out() -> None:
    described = package(resource("data/cases.csv", schema={"missingValues": ["NA"]}), resource("data/visits.csv"))
    files: dict[str, str | bytes] = {"datapackage.json": described, "data/cases.csv": CASES.replace("31", "x")}
    of = told_apart([zipped(files | {"data/visits.csv": VISITS})], STANDARD)
    assert sentence(of).startswith("cases.csv, B2, age: “x”;")


@pytest.mark.parametrize("name", ["README.md", "README", "readme.txt", "paper.pdf", "LICENSE", "CITATION.cff"])
def test_what_is_written_for_people_is_left_out_with_a_word(name: str) -> None:
    files: dict[str, str | bytes] = {"datapackage.json": BOTH, "data/cases.csv": CASES, "data/visits.csv": VISITS}
    intake = took(told_apart([zipped(files | {name: b"%PDF words"})], STANDARD))
    assert intake.tables is not None
    told = [finding.sentence for finding in intake.warnings if finding.rule == "left_out"]
    assert told == [f"{name}: the archive holds it for people to read; it is left out."]


@pytest.mark.parametrize("name", ["data.sas7bdat", "visits.xls", "run.exe", "more.zip"])
def test_what_may_hold_data_refuses_the_archive(name: str) -> None:
    files: dict[str, str | bytes] = {"datapackage.json": BOTH, "data/cases.csv": CASES, "data/visits.csv": VISITS}
    said = sentence(told_apart([zipped(files | {name: b"x"})], STANDARD))
    assert said == f"ward.zip: the archive holds {name}, which is no table; expected CSV files or a workbook alone."


def test_a_file_that_was_changed_since_it_was_described_is_refused() -> None:
    good = hashlib.sha256(CASES.encode()).hexdigest()
    described = package(resource("data/cases.csv", hash=f"sha256:{good}"), resource("data/visits.csv"))
    assert not handed(described).findings
    bad = package(resource("data/cases.csv", hash=f"sha256:{'0' * 64}"), resource("data/visits.csv"))
    expected = "the file differs from the checksum that datapackage.json gives; expected the file that was described."
    assert sentence(handed(bad)) == f"cases.csv: {expected}"
    md5 = package(resource("data/cases.csv", hash="0" * 32), resource("data/visits.csv"))
    assert sentence(handed(md5)) == f"cases.csv: {expected}"


def test_a_file_that_did_not_come_is_told() -> None:
    described = package(resource("data/cases.csv"), resource("data/labs.csv"))
    expected = "lists labs.csv, which did not come with it; expected all files of the package."
    assert sentence(handed(described)) == f"datapackage.json: datapackage.json {expected}"


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ("[]", "the file"),
        ("{", ""),
        ('{"a": 1, "a": 2}', "“a”"),
        ('{"resources": []}', "“resources” is missing; expected a list of the package's files."),
        ('{"resources": [1]}', "resources"),
        (package({"path": 1}), "a resource has no “path” of one file; expected the name of a CSV file."),
        (package({"data": [{"case_id": 1}]}), "a resource has no “path” of one file; expected the name of a CSV file."),
        (package({"path": ["a.csv", "b.csv"]}), "a resource has no “path” of one file"),
        (
            package({"path": "https://example.org/cases.csv"}),
            "https://example.org/cases.csv lies elsewhere; expected a file of the package, nothing is fetched.",
        ),
        (package({"path": "/etc/passwd"}), "/etc/passwd lies elsewhere"),
        (package({"path": "../../cases.csv"}), "../../cases.csv lies elsewhere"),
        (package({"path": "a.csv", "dialect": {"delimiter": "|"}}), "a.csv is written in a way that is not read"),
        (package({"path": "a.csv", "encoding": 8}), "a.csv is written in a way that is not read"),
        (package({"path": "a.csv", "dialect": "d.json"}), "dialect"),
        (package({"path": "x/a.csv"}, {"path": "y/a.csv"}), "two resources are called a.csv"),
        (f"{'[' * 100}{']' * 100}", ""),
    ],
)
def test_a_hostile_description_is_one_sentence(described: str, expected: str) -> None:
    said = sentence(handed(described))
    assert said.startswith(("datapackage.json: ", "ward.zip: "))
    assert expected in said
    assert "\n" not in said


def test_two_files_of_one_name_in_an_archive_are_refused() -> None:
    said = sentence(told_apart([zipped({"a/cases.csv": CASES, "b/cases.csv": CASES})], STANDARD))
    assert said == "ward.zip: the archive holds two files called cases.csv; expected different names."


def test_a_second_package_is_refused() -> None:
    one = File("datapackage.json", BOTH.encode())
    found = told_apart([one, one, File("cases.csv", CASES.encode()), File("visits.csv", VISITS.encode())], STANDARD)
    assert [finding.message for finding in found.findings] == ["a second data package; expected one."]
