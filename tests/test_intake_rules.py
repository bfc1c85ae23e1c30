"""Checks of whole tables: what each finds, what it leaves alone, and that all of them are told."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest

from plro_core.intake import CHECKS, File, checked, filled, read
from plro_core.schema import arrow_schema
from plro_core.series.transcription import read_source
from plro_core.vocabulary import STANDARD

pytestmark = pytest.mark.usefixtures("read_here")

Rows = list[dict[str, Any]]

PATIENT = {"case_id": 1, "age": 30, "weeks_postpartum": 8}
BASELINE = {"case_id": 1, "month": 0, "vas": 8}


def tables(**rows: Rows) -> dict[str, pa.Table]:
    """A registry with these rows; one patient with one visit unless others are given."""
    given = {"cases": [PATIENT], "visits": [BASELINE], **rows}
    return {
        table.name: pa.Table.from_pylist(given.get(table.name, []), schema=arrow_schema(table.name, STANDARD))
        for table in STANDARD.tables
    }


def found(held: Mapping[str, pa.Table]) -> list[tuple[str, tuple[Any, ...], str]]:
    return [(check.name, finding.key, finding.column) for check, finding in checked(held, STANDARD)]


def labs(*visits: tuple[int, dict[str, Any]]) -> Rows:
    return [{"case_id": 1, "month": month, "vas": 5, **cells} for month, cells in visits]


def treatment(**cells: Any) -> Rows:
    return [{"case_id": 1, "kind": "breastfeeding", "agent": "stop", **cells}]


FINDS: list[tuple[str, dict[str, Rows], list[tuple[str, tuple[Any, ...], str]]]] = [
    ("nothing to find", {}, []),
    ("calcium above 10.2", {"visits": labs((0, {"calcium": 10.3}))}, [("reference", (1, 0), "calcium")]),
    ("calcium at 10.2", {"visits": labs((0, {"calcium": 10.2}))}, []),
    ("vitamin D that fits nmol/L", {"visits": labs((0, {"vitamin_d": 120.0}))}, [("unit_doubt", (1, 0), "vitamin_d")]),
    ("PTH that fits pmol/L", {"visits": labs((0, {"pth": 5.0}))}, [("unit_doubt", (1, 0), "pth")]),
    ("VAS from 8 to 0", {"visits": [BASELINE, {**BASELINE, "month": 1, "vas": 0}]}, [("jump", (1, 1), "vas")]),
    ("VAS from 8 to 1, which is what treatment is for", {"visits": [BASELINE, {**BASELINE, "month": 1, "vas": 1}]}, []),
    ("VAS from 1 to 8", {"visits": [{**BASELINE, "vas": 1}, {**BASELINE, "month": 1}]}, [("jump", (1, 1), "vas")]),
    ("VAS from 2 to 8", {"visits": [{**BASELINE, "vas": 2}, {**BASELINE, "month": 1}]}, []),
    ("VAS from 1 to 8 with a visit left out", {"visits": [{**BASELINE, "vas": 1}, {**BASELINE, "month": 3}]}, []),
    ("ALP four times", {"visits": labs((0, {"alp": 40.0}), (1, {"alp": 160.0}))}, [("reference", (1, 1), "alp")]),
    (
        "ALP more than four times",
        {"visits": labs((0, {"alp": 40.0}), (1, {"alp": 161.0}))},
        [("reference", (1, 1), "alp"), ("jump", (1, 1), "alp")],
    ),
    (
        "the same values of two patients",
        {"cases": [PATIENT, {"case_id": 2}], "visits": [{**BASELINE, "vas": 0}, {"case_id": 2, "month": 1, "vas": 9}]},
        [],
    ),
    ("an arrow that does not fit", {"visits": labs((0, {"calcium": 9.0, "calcium_flag": "H"}))}, [("flag", (1, 0), "calcium_flag")]),
    ("an arrow that fits", {"visits": labs((0, {"calcium": 8.0, "calcium_flag": "L"}))}, [("reference", (1, 0), "calcium")]),
    ("an arrow without a value", {"visits": labs((0, {"pth_flag": "L"}))}, [("flag", (1, 0), "pth_flag")]),
    ("one positive T-score", {"cases": [{**PATIENT, "t_l1_l4": -2.5, "t_l2_l4": 2.6, "t_femoral_neck": -2.0}]}, [("sign", (1,), "t_l2_l4")]),
    ("two T-scores of other signs", {"cases": [{**PATIENT, "t_l1_l4": -0.1, "t_l2_l4": 0.1}]}, []),
    (
        "a fracture of L1",
        {"cases": [{**PATIENT, "t_l1_l4": -2.5, "t_l2_l4": -2.4}], "fractures": [{"case_id": 1, "level": "L1"}]},
        [("fractured_lumbar", (1,), "t_l1_l4")],
    ),
    ("a fracture of L5", {"cases": [{**PATIENT, "t_l1_l4": -2.5}], "fractures": [{"case_id": 1, "level": "L5"}]}, []),
    ("an end before the start", {"treatments": treatment(start=2.0, stop=1.0)}, [("stop_before_start", (1, "breastfeeding", "stop", 2.0), "stop")]),
    ("breastfeeding before birth", {"treatments": treatment(start=-20.0, stop=-9.0)}, [("before_delivery", (1, "breastfeeding", "stop", -20.0), "stop")]),
    ("breastfeeding from birth", {"treatments": treatment(start=-8.0, stop=-8.0)}, []),
    ("no visit", {"visits": []}, [("no_visits", (1,), "case_id")]),
    ("no VAS", {"visits": [{"case_id": 1, "month": 0, "calcium": 9.0}]}, [("no_pain_score", (1,), "case_id")]),
    ("pain control after the last visit", {"cases": [{**PATIENT, "pain_control_months": 12.0}]}, []),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), [entry[1:] for entry in FINDS], ids=[entry[0] for entry in FINDS])
def test_a_check_of_tables(rows: dict[str, Rows], expected: list[tuple[str, tuple[Any, ...], str]]) -> None:
    assert found(tables(**rows)) == expected


def test_an_empty_registry_is_left_alone() -> None:
    assert found({table.name: arrow_schema(table.name, STANDARD).empty_table() for table in STANDARD.tables}) == []


def test_the_published_registry_has_the_findings_that_a_reader_would_have() -> None:
    other = [entry for entry in found(read_source()) if entry[0] != "reference"]
    assert other == [
        ("unit_doubt", (8, 0), "pth"),
        ("jump", (4, 1), "vas"),
        ("flag", (8, 0), "vitamin_d_flag"),
        ("flag", (10, 0), "vitamin_d_flag"),
        ("fractured_lumbar", (10,), "t_l1_l4"),
        ("fractured_lumbar", (10,), "t_l2_l4"),
    ]


def test_a_finding_is_told_at_its_cell_and_only_for_rows_given() -> None:
    held = tables(visits=labs((0, {"calcium": 12.0})))
    intake = read([File("visits.csv", b"case_id,month,vas,pth\n1,1,5,70\n")], STANDARD, base=held)
    assert [(finding.rule, finding.where) for finding in intake.warnings] == [("reference", "visits.csv, D2, pth")]


def test_a_visit_put_before_a_stored_one_tells_of_the_step_between_them() -> None:
    held = tables(visits=[{**BASELINE, "month": 1, "vas": 9}])
    intake = read([File("visits.csv", b"case_id,month,vas\n1,0,0\n")], STANDARD, base=held)
    (finding,) = intake.warnings
    assert (finding.rule, finding.cell) == ("jump", "B2")
    assert finding.message == "visits, vas 9: 0 at month 0, then 9 at month 1: a large step."


def test_a_fracture_given_later_tells_of_the_stored_t_score() -> None:
    held = tables(cases=[{**PATIENT, "t_l1_l4": -2.5}])
    intake = read([File("fractures.csv", b"case_id,level\n1,L2\n")], STANDARD, base=held)
    assert [(finding.rule, finding.cell) for finding in intake.warnings] == [("fractured_lumbar", "B2")]


def test_an_error_of_a_check_refuses_the_files() -> None:
    content = filled(STANDARD, tables(treatments=treatment(start=2.0, stop=1.0)))
    intake = read([File("all.xlsx", content)], STANDARD)
    assert [(finding.rule, finding.where) for finding in intake.errors] == [
        ("stop_before_start", "all.xlsx, sheet treatments, J2, stop")
    ]


def test_checks_have_names_of_their_own_and_say_something() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.says.endswith(".") or check.says.endswith(").") for check in CHECKS)


def test_rows_go_only_after_a_question():
    """With ``whole``, what the files do not hold is removed: a forgotten file, or a part of an export, is asked about."""
    cases, symptoms = (
        File("cases.csv", b"case_id,age\n1,31\n2,30\n"),
        File("symptoms.csv", b"case_id,symptom\n1,back\n"),
    )
    base = read([cases, symptoms], STANDARD).tables
    assert base is not None
    found = read([File("cases.csv", b"case_id,age\n1,31\n")], STANDARD, base, whole=True)
    removed = {warning.column: warning.message for warning in found.warnings if warning.rule == "removed"}
    assert removed == {
        "cases": "1 of 2 stored rows of cases would be removed, the first 2.",
        "symptoms": "1 of 1 stored rows of symptoms would be removed, the first 1/back.",
    }
    for again in (read([cases], STANDARD, base), read([cases, symptoms], STANDARD, base, whole=True)):
        assert "removed" not in {warning.rule for warning in again.warnings}
