"""SDTM's DM and LB, and exports of Castor: what their programs write about rows is known, the rest is asked and read."""

from typing import Any

import pytest

from plro_core.deposit import sdtm
from plro_core.intake import File, Intake, read
from plro_core.intake.sheets.mapping import SheetsMapping
from plro_core.intake.sheets.proposal import Proposal, answered, proposals
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.test_bundle import unzipped

pytestmark = pytest.mark.usefixtures("read_here")

pytest_plugins = ["tests.core_fixtures"]

DM = """\
STUDYID,DOMAIN,USUBJID,SUBJID,AGE,AGEU,SEX
T1,DM,T1-001,001,31,YEARS,F
T1,DM,T1-002,002,,,F
"""
LB = """\
STUDYID,DOMAIN,USUBJID,LBSEQ,LBTESTCD,LBTEST,LBORRES,LBORRESU,LBSTRESN,LBSTRESU,LBNRIND,VISITNUM,VISIT,LBDY
T1,LB,T1-001,1,CA,Calcium,2.2,mmol/L,2.2,mmol/L,NORMAL,1,BASELINE,1
T1,LB,T1-001,2,VITD25,25-Hydroxyvitamin D,46,ng/mL,115,nmol/L,NORMAL,1,BASELINE,1
T1,LB,T1-001,3,MG,Magnesium,2.1,mg/dL,0.86,mmol/L,NORMAL,1,BASELINE,1
T1,LB,T1-002,1,CA,Calcium,8.9,mg/dL,2.22,mmol/L,NORMAL,2,MONTH 1,31
"""
SAID = {"ids": "yes", "test": "left out"}


def proposed(words: Vocabulary, **files: str) -> list[Proposal]:
    return list(proposals([File(f"{name}.csv", text.encode()) for name, text in files.items()], words, {}))


def finished(found: Proposal, said: dict[str, str]) -> Proposal:
    while found.questions:
        question = found.questions[0]
        found = answered(found, question, said.get(question.kind, said.get(question.column, "")), found.vocabulary)
    return found


def took(words: Vocabulary, said: dict[str, str], **files: str) -> Intake:
    of = SheetsMapping(tuple(finished(found, said).mapping for found in proposed(words, **files)), vocabulary=words)
    return read([File(f"{name}.csv", text.encode()) for name, text in files.items()], words, mapping=of)


def rows(intake: Intake, table: str, *names: str) -> list[tuple[Any, ...]]:
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return [tuple(row[name] for name in names) for row in intake.tables[table].to_pylist()]


def test_demographics_and_laboratory_values_are_read_together() -> None:
    intake = took(STANDARD, SAID, dm=DM, lb=LB)
    assert rows(intake, "cases", "case_id", "age") == [(1, 31), (2, None)]
    assert rows(intake, "visits", "case_id", "month", "calcium", "vitamin_d", "magnesium") == [
        (1, 0, 8.8, 46, None),
        (2, 1, 8.9, None, None),
    ]


def test_only_what_a_person_has_to_say_is_asked_of_sdtm() -> None:
    asked = {
        (question.kind, question.column) for found in proposed(STANDARD, dm=DM, lb=LB) for question in found.questions
    }
    assert asked == {("ids", "USUBJID"), ("test", "MG")}


def test_magnesium_of_sdtm_is_serum_magnesium_and_no_other() -> None:
    words = Vocabulary(parse('use = ["serum_magnesium", "source_id"]'))
    found = proposed(words, lb=LB)[0]
    assert found.mapping.tests is not None
    assert {code: target.variable for code, target in found.mapping.tests.results.items()} == {
        "CA": "calcium",
        "VITD25": "vitamin_d",
        "MG": "serum_magnesium",
    }


def test_ids_are_kept_where_the_registry_keeps_them() -> None:
    words = Vocabulary(parse('use = ["serum_magnesium", "source_id"]'))
    intake = took(words, SAID, dm=DM, lb=LB)
    assert rows(intake, "cases", "case_id", "source_id") == [(1, "T1-001"), (2, "T1-002")]


def test_what_leaves_as_sdtm_comes_back_the_same(registry: Registry) -> None:
    files = {name.removesuffix(".csv").lower(): text.decode() for name, text in unzipped(sdtm(registry)).items()}
    intake = took(STANDARD, {"ids": "yes"}, dm=files["dm"], lb=files["lb"])
    assert rows(intake, "cases", "case_id", "age") == registry.rows("SELECT case_id, age FROM cases ORDER BY case_id")
    names = ("case_id", "month", "calcium", "magnesium", "vitamin_d", "alp", "pth")
    held = registry.rows(
        f"SELECT {', '.join(names)} FROM visits WHERE coalesce(calcium, magnesium, vitamin_d, alp, pth) IS NOT NULL "
        "ORDER BY case_id, month"
    )
    assert sorted(rows(intake, "visits", *names)) == held


def test_a_unit_that_cannot_be_converted_is_refused_by_cell() -> None:
    intake = took(STANDARD, SAID, dm=DM, lb=LB.replace("2.2,mmol/L,2.2", "2.2,g/L,2.2"))
    assert intake.tables is None
    assert intake.errors[0].sentence == "lb.csv, G2, LBORRES: “2.2”; in g/L, which cannot be made mg/dL."


def test_a_value_that_is_given_twice_is_refused_by_cell() -> None:
    twice = LB + "T1,LB,T1-002,2,CA,Calcium,9.9,mg/dL,2.47,mmol/L,NORMAL,2,MONTH 1,31\n"
    intake = took(STANDARD, SAID, dm=DM, lb=twice)
    assert intake.tables is None
    assert intake.errors[0].rule == "conflict"


# Castor

CASTOR = """\
"Participant Id";"Participant Status";"Site Abbreviation";"Participant Creation Date";"age";"smoking";"vas_m0";"vas_m1"
"110001";"Not Set";"IZM";"02-03-2021 10:11:12";"31";"1";"9";"5"
"110002";"Not Set";"IZM";"03-03-2021 10:11:12";"##USER_MISSING_95##";"0";"8";"##USER_MISSING_99##"
"""
OLDER = CASTOR.replace("Participant Id", "Record Id").replace("Participant Status", "Record Status")
OLDER = OLDER.replace("Site Abbreviation", "Institute Abbreviation").replace(
    "Participant Creation Date", "Record Creation Date"
)


@pytest.mark.parametrize("text", [CASTOR, OLDER])
def test_an_export_of_castor_is_read(text: str) -> None:
    site = "Site Abbreviation" if text == CASTOR else "Institute Abbreviation"
    intake = took(STANDARD, {site: "left out", "codes": "yes;no"}, castor=text)
    assert rows(intake, "cases", "case_id", "age", "smoking") == [(110001, 31, True), (110002, None, False)]
    assert rows(intake, "visits", "case_id", "month", "vas") == [
        (110001, 0, 9),
        (110001, 1, 5),
        (110002, 0, 8),
        (110002, 1, None),
    ]


def test_only_the_site_and_the_codes_are_asked_of_castor() -> None:
    (found,) = proposed(STANDARD, castor=CASTOR)
    assert {(question.kind, question.column) for question in found.questions} == {
        ("column", "Site Abbreviation"),
        ("codes", "smoking"),
    }


def test_columns_of_that_name_in_another_sheet_are_asked_about() -> None:
    (found,) = proposed(STANDARD, own="Patient,Record Status\n1,open\n")
    assert [question.column for question in found.questions] == ["Record Status"]
