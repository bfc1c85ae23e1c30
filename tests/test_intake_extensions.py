"""Intake and what others add: columns of one registry, and the reader of REDCap exports."""

import json

import pytest

from plro_core.intake import File, filled, read, template_files
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.schema import arrow_schema
from plro_core.vocabulary import STANDARD, Declared, Range, Variable, Vocabulary
from tests.intake_files import CASES

pytestmark = pytest.mark.usefixtures("read_here")

OSTEOCALCIN = Variable(
    "osteocalcin", "Osteocalcin", "visits", "number", "Laboratory", unit="ng/mL", plausible=Range(0, 500), decimals=3
)
BASELINE_VAS = Variable("baseline_vas", "VAS at baseline", "cases", "integer", "Pain", plausible=Range(0, 10))
MORE = Vocabulary(Declared(variables=(OSTEOCALCIN, BASELINE_VAS)))


def test_a_column_of_one_registry_is_in_the_template_and_is_read() -> None:
    assert b"osteocalcin" in template_files(MORE)["visits.csv"]
    files = [
        File("cases.csv", CASES.encode()),
        File("visits.csv", b"case_id,month,vas,Osteocalcin (ng/mL)\n1,0,9,21.125\n"),
    ]
    intake = read(files, MORE)
    assert intake.tables is not None
    assert intake.tables["visits"]["osteocalcin"].to_pylist() == [21.125]
    again = read([File("all.xlsx", filled(MORE, intake.tables))], MORE)
    assert again.tables is not None
    assert again.tables["visits"].equals(intake.tables["visits"])


@pytest.mark.parametrize(
    ("cells", "rule"), [("1;0;9;1,234", "ambiguous"), ("1;0;9;1.234", "ambiguous"), ("1;0;9;0,234", None)]
)
def test_three_decimals_are_read_where_they_cannot_be_thousands(cells: str, rule: str | None) -> None:
    content = f"case_id;month;vas;osteocalcin\n{cells}\n".encode()
    intake = read([File("cases.csv", CASES.encode()), File("visits.csv", content)], MORE)
    assert [finding.rule for finding in intake.errors] == ([rule] if rule else [])


def test_a_baseline_value_given_twice_must_be_the_same() -> None:
    visits = File("visits.csv", b"case_id,month,vas\n1,0,9\n")
    same = read([File("cases.csv", b"case_id,baseline_vas\n1,9\n"), visits], MORE)
    other = read([File("cases.csv", b"case_id,baseline_vas\n1,8\n"), visits], MORE)
    assert same.warnings == ()
    assert [(finding.rule, finding.cell) for finding in other.warnings] == [("baseline_twice", "B2")]


def test_rows_of_an_export_are_checked_like_ours() -> None:
    fields = {"pain": {"table": "visits", "variable": "vas"}}
    entries = {"plro_redcap": 1, "record_id": "record_id", "events": {"baseline": {"case": True, "month": 0}}}
    mapping = RedcapMapping.from_json(json.dumps({**entries, "fields": fields}), STANDARD)
    head = "record_id,pain,redcap_event_name\n"
    right = read([File("export.csv", f"{head}1,7,baseline\n2,3,baseline\n".encode())], STANDARD, mapping=mapping)
    assert right.tables is not None
    assert right.tables["visits"].select(["case_id", "month", "vas"]).to_pylist() == [
        {"case_id": 1, "month": 0, "vas": 7},
        {"case_id": 2, "month": 0, "vas": 3},
    ]
    assert right.sources[0].rows == 4
    wrong = read([File("export.csv", f"{head}1,70,baseline\n".encode())], STANDARD, mapping=mapping)
    assert [(finding.rule, finding.where) for finding in wrong.errors] == [("plausible", "export.csv, B2, pain")]


def test_every_declared_table_comes_out() -> None:
    intake = read([File("cases.csv", CASES.encode())], STANDARD)
    assert intake.tables is not None
    assert {name: frame.schema for name, frame in intake.tables.items()} == {
        table.name: arrow_schema(table.name, STANDARD) for table in STANDARD.tables
    }
