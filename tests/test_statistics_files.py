"""Files of SPSS, Stata and SAS: their labels, what they declare missing, their dates; damaged ones refused."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from plro_core.intake import File, Intake, read
from plro_core.intake.foreign.statistics import sheets
from plro_core.intake.refusal import Refusal
from plro_core.intake.sheets.mapping import SheetsMapping
from plro_core.intake.sheets.proposal import proposals
from plro_core.vocabulary import STANDARD

pytestmark = pytest.mark.usefixtures("read_here")

CASES = pd.DataFrame(
    {
        "case_id": [1.0, 2.0, 3.0],
        "age": [31.0, 33.0, 99.0],
        "smoking": [1.0, 2.0, None],
        "t_l1_l4": [-2.9, -3.1, None],
    }
)
LABELS = {"smoking": {1.0: "Yes", 2.0: "No"}, "age": {99.0: "unknown"}}
VISITS = File("visits.csv", b"case_id,month,vas\n1,0,9\n2,0,8\n3,0,7\n")


def sav(folder: Path, frame: pd.DataFrame = CASES, **more: Any) -> bytes:
    path = folder / "a.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels=LABELS, **more)
    return path.read_bytes()


def dta(folder: Path) -> bytes:
    path = folder / "a.dta"
    pyreadstat.write_dta(
        CASES.assign(age=[31.0, 33.0, None]), str(path), variable_value_labels={"smoking": {1: "Yes", 2: "No"}}
    )
    return path.read_bytes()


def xpt(folder: Path) -> bytes:
    path = folder / "a.xpt"
    frame = CASES.assign(age=[31.0, 33.0, None], smoking=["yes", "no", ""])
    pyreadstat.write_xport(frame, str(path), file_format_version=5, table_name="DM")
    return path.read_bytes()


def took(name: str, content: bytes) -> Intake:
    return read([File(name, content), VISITS], STANDARD)


def rows(intake: Intake) -> list[tuple[Any, ...]]:
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return [(row["case_id"], row["age"], row["smoking"], row["t_l1_l4"]) for row in intake.tables["cases"].to_pylist()]


TRUTH = [(1, 31, True, -2.9), (2, 33, False, -3.1), (3, None, None, None)]


def test_a_file_of_spss_gives_its_labels_and_its_missing_values_are_told(tmp_path: Path) -> None:
    intake = took("ward.sav", sav(tmp_path, missing_ranges={"age": [99.0]}))
    assert rows(intake) == TRUTH
    told = [finding.sentence for finding in intake.warnings if finding.rule == "missing"]
    assert told == ["ward.sav, row 1, age: the file declares 99 missing; 1 cell read as empty."]
    assert intake.sources[0].form == "sav"


def test_a_compressed_file_of_spss_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zsav"
    pyreadstat.write_sav(CASES, str(path), variable_value_labels=LABELS, missing_ranges={"age": [99.0]}, compress=True)
    assert rows(took("ward.zsav", path.read_bytes())) == TRUTH


def test_a_code_that_only_has_a_label_is_a_question_as_anywhere(tmp_path: Path) -> None:
    intake = took("ward.sav", sav(tmp_path))
    assert intake.tables is None
    told = [finding.message for finding in intake.warnings if finding.rule == "labels"]
    assert told == ["only some values have a label, such as 99 (“unknown”); the values are read, and no label."]


def test_the_ends_of_a_scale_stay_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"case_id": [1.0, 2.0], "month": [0.0, 0.0], "vas": [0.0, 7.0]})
    path = tmp_path / "v.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"vas": {0.0: "no pain", 10.0: "worst pain"}})
    files = [File("visits.sav", path.read_bytes()), File("cases.csv", b"case_id,age\n1,31\n2,33\n")]
    intake = read(files, STANDARD)
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert intake.tables["visits"]["vas"].to_pylist() == [0, 7]


def test_a_file_of_stata_is_read(tmp_path: Path) -> None:
    assert rows(took("ward.dta", dta(tmp_path))) == TRUTH


def test_a_transport_file_of_sas_is_read(tmp_path: Path) -> None:
    assert rows(took("ward.xpt", xpt(tmp_path))) == TRUTH


def test_dates_are_dates_for_a_mapping(tmp_path: Path) -> None:
    frame = pd.DataFrame({"patient": [1.0, 1.0], "visit_date": [date(2021, 3, 1), date(2021, 4, 1)], "vas": [9.0, 5.0]})
    path = tmp_path / "v.sav"
    pyreadstat.write_sav(frame, str(path))
    file = File("visits.sav", path.read_bytes())
    (found,) = proposals([file], STANDARD, {})
    assert found.mapping.visit is not None
    assert found.mapping.visit.dates
    of = SheetsMapping((found.mapping,), vocabulary=STANDARD)
    intake = read([file, File("cases.csv", b"case_id,age\n1,31\n")], STANDARD, mapping=of)
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert intake.tables["visits"].select(["month", "vas"]).to_pylist() == [
        {"month": 0, "vas": 9},
        {"month": 1, "vas": 5},
    ]


@pytest.mark.parametrize("name", ["ward.sav", "ward.dta", "ward.xpt"])
@pytest.mark.parametrize("cut", [0.3, 0.6, 0.951])
def test_a_file_that_was_cut_short_is_refused(name: str, cut: float, tmp_path: Path) -> None:
    whole = {"ward.sav": sav, "ward.dta": dta, "ward.xpt": xpt}[name](tmp_path)
    intake = took(name, whole[: int(len(whole) * cut)])
    assert intake.tables is None
    assert all("\n" not in finding.sentence for finding in intake.errors)


def test_a_second_table_in_a_transport_file_is_not_lost_in_silence(tmp_path: Path) -> None:
    whole = xpt(tmp_path)
    second = whole[whole.index(b"HEADER RECORD*******MEMBER") :]
    intake = took("ward.xpt", whole + second)
    assert intake.tables is None
    assert intake.errors[0].sentence == "ward.xpt: the file holds 2 tables; expected one a file."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ward.sav", b"$FL2" + b"\0" * 400),
        ("ward.sav", b"$FL3" + b"\xff" * 4000),
        ("ward.dta", b"<stata_dta>" + b"x" * 400),
        ("ward.dta", b"\x72\x01" + b"\xff" * 4000),
        ("ward.xpt", b"HEADER RECORD*******LIBRARY HEADER RECORD" + b"\0" * 400),
    ],
)
def test_a_damaged_file_is_refused(name: str, content: bytes) -> None:
    intake = took(name, content)
    assert intake.tables is None
    assert intake.errors[0].sentence.startswith(f"{name}: ")


def test_a_file_of_another_kind_under_this_name_is_refused(tmp_path: Path) -> None:
    intake = took("ward.dta", sav(tmp_path))
    assert (
        intake.errors[0].message
        == "the file is a file of SPSS, but its name says a file of Stata; expected both to agree."
    )


def test_an_installation_that_cannot_read_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = sav(tmp_path)
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(Refusal) as refused:
        sheets(File("ward.sav", content), "sav")
    (finding,) = refused.value.findings
    assert "this installation has no pyreadstat" in finding.message
