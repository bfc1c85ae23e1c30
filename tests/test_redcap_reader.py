"""A foreign project's exports read through a mapping: what they hold, and every way in which they can be wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core.intake import delimited
from plro_core.intake.model import Dialect, File, Finding, Sheet
from plro_core.intake.redcap.codes import decimal_sign
from plro_core.intake.redcap.dictionary import HEADINGS, read_dictionary
from plro_core.intake.redcap.layout import is_export
from plro_core.intake.redcap.mapping import MappingProblem, RedcapMapping, Value
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.reader import drafts
from plro_core.vocabulary import STANDARD, Declared, Variable, Vocabulary
from tests.redcap_project import DICTIONARY, EXPECTED, LABELLED, MAPPING, RAW
from tests.redcap_tools import sentences, sheet, values

pytestmark = pytest.mark.usefixtures("read_here")

FIELDS = sheet(DICTIONARY, name="dictionary.csv")
AGREED = RedcapMapping.from_json(MAPPING, STANDARD)


def raw(*changes: tuple[str, str]) -> Sheet:
    """The raw export with some of its text replaced."""
    text = RAW
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return sheet(text, ";")


def agreed(change: Callable[[dict[str, Any]], object], vocabulary: Vocabulary = STANDARD) -> RedcapMapping:
    """The mapping with a change to its JSON."""
    entries = json.loads(MAPPING)
    change(entries)
    return RedcapMapping.from_json(json.dumps(entries), vocabulary)


def found(export: Sheet, mapping: RedcapMapping = AGREED, base: pa.Table | None = None) -> list[Finding]:
    return drafts(export, FIELDS, mapping, mapping.vocabulary, base)[1]


def test_a_raw_export_gives_the_patients_that_it_holds() -> None:
    rows, findings = drafts(raw(), FIELDS, AGREED, STANDARD)
    assert sentences(findings) == ""
    assert values(rows) == EXPECTED


def test_an_export_with_labels_gives_the_same_patients() -> None:
    rows, findings = drafts(sheet(LABELLED), FIELDS, AGREED, STANDARD)
    assert sentences(findings) == ""
    assert values(rows) == EXPECTED


def test_the_decimal_sign_is_that_of_the_mapped_numbers() -> None:
    assert decimal_sign(raw(), FIELDS, AGREED) == ","
    assert decimal_sign(sheet(LABELLED), FIELDS, AGREED) == ","
    assert decimal_sign(sheet(RAW.replace(",", "."), ";"), FIELDS, AGREED) == "."
    assert decimal_sign(sheet("record_id;age\n1;31\n", ";"), None, AGREED) == "."


def test_every_cell_knows_its_place() -> None:
    rows, _ = drafts(raw(), FIELDS, AGREED, STANDARD)
    place = rows["visits"][1]["calcium"].place
    assert (place.file, place.row, place.column, place.cell) == ("export.csv", 6, "ca", "W6")
    assert rows["visits"][1]["month"].place.column == "redcap_event_name"
    assert rows["symptoms"][1]["symptom"].place.column == "sympt___2"
    assert rows["treatments"][0]["case_id"].place.words == "export.csv, row 3, record_id"


def test_cells_of_a_workbook_are_read_like_text() -> None:
    head = ("record_id", "redcap_event_name", "age", "smoker", "sympt___1", "ca", "enrolled")
    cells = (12.0, "baseline_arm_1", 31, 1.0, True, 8.9, date(2021, 3, 2))
    rows, findings = drafts(Sheet("book.xlsx", "data", head, ((2, cells),)), FIELDS, AGREED, STANDARD)
    assert [finding.rule for finding in findings] == ["absent_field"]
    assert values(rows) == {
        "cases": [{"case_id": "12", "age": 31, "smoking": "yes"}],
        "symptoms": [{"case_id": "12", "symptom": "back"}],
        "visits": [{"case_id": "12", "month": "0", "calcium": 8.9}],
    }


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (RAW, True),
        (LABELLED.replace(",", ";"), True),
        ("record_id;age;enrolment_complete\n1;31;2\n", True),
        ("record_id;age;therapy_complete\n1;31;yes\n", False),
        ("case_id;age;smoking\n1;31;yes\n", False),
        ("record_id;race___1\n1;0\n", True),
        ("\n", False),
    ],
)
def test_an_export_is_told_by_what_only_redcap_writes(text: str, answer: bool) -> None:
    assert is_export(sheet(text, ";")) is answer


def test_events_feed_what_the_mapping_says() -> None:
    """Several events may feed a patient's own data, one event both these and a visit."""
    text = "record_id;redcap_event_name;age;twins;vas\n1;screening_arm_1;30;;\n1;baseline_arm_1;30;1;4\n"
    mapping = agreed(lambda entries: entries["events"].update({"screening_arm_1": {"case": True}}))
    rows, findings = drafts(sheet(text, ";"), FIELDS, mapping, STANDARD)
    assert [finding.rule for finding in findings] == ["absent_field"]
    assert values(rows) == {
        "cases": [{"case_id": "1", "age": "30", "twin_pregnancy": "yes"}],
        "visits": [{"case_id": "1", "month": "0", "vas": "4"}],
    }


def test_two_values_of_a_patient_in_two_events_name_both_cells() -> None:
    text = "record_id;redcap_event_name;age\n1;screening_arm_1;30\n2;baseline_arm_1;44\n1;baseline_arm_1;31\n"
    mapping = agreed(lambda entries: entries["events"].update({"screening_arm_1": {"case": True}}))
    rows, (_, finding) = drafts(sheet(text, ";"), FIELDS, mapping, STANDARD)
    assert finding.sentence == (
        "export.csv, C4, age: “31”; “30” stands in C2 for the same patient; expected one value of age."
    )
    assert [row["age"] for row in values(rows)["cases"]] == ["30", "44"]


def test_a_box_checked_in_two_events_is_one_fact() -> None:
    text = "record_id;redcap_event_name;sympt___1\n1;screening_arm_1;1\n1;baseline_arm_1;1\n"
    mapping = agreed(lambda entries: entries["events"].update({"screening_arm_1": {"case": True}}))
    rows, _ = drafts(sheet(text, ";"), FIELDS, mapping, STANDARD)
    assert values(rows)["symptoms"] == [{"case_id": "1", "symptom": "back"}]


def test_a_box_in_a_repeating_instrument_fills_the_instrument_s_row() -> None:
    def change(entries: dict[str, Any]) -> None:
        entries["fields"]["fx_type___1"] = {"table": "fractures", "checked": {"type": "compression"}}

    text = (
        "record_id;redcap_event_name;redcap_repeat_instrument;redcap_repeat_instance;fx_level;fx_type___1\n"
        "1;baseline_arm_1;fracture;1;T12;1\n1;baseline_arm_1;fracture;2;L1;0\n"
    )
    rows, _ = drafts(sheet(text, ";"), FIELDS, agreed(change), STANDARD)
    assert values(rows)["fractures"] == [
        {"case_id": "1", "level": "T12", "type": "compression"},
        {"case_id": "1", "level": "L1"},
    ]


def test_the_centre_is_read_from_every_row_once_it_is_mapped() -> None:
    centre = Variable("centre", "Centre", "cases", "text", "Identifiers")
    words = Vocabulary(Declared(variables=(centre,)))

    def change(entries: dict[str, Any]) -> None:
        entries["ignored"].remove("redcap_data_access_group")
        entries["fields"]["redcap_data_access_group"] = {"table": "cases", "variable": "centre"}

    mapping = agreed(change, words)
    rows, findings = drafts(raw(), FIELDS, mapping, words)
    assert findings == []
    assert [row["centre"] for row in values(rows)["cases"]] == ["izmir", "bursa"]
    assert propose(raw(), FIELDS, words).fields["redcap_data_access_group"] == Value("cases", "centre")
    (finding,) = drafts(raw(("fracture;1;izmir", "fracture;1;bursa")), FIELDS, mapping, words)[1]
    assert finding.rule == "conflict"


def test_a_project_without_events_names_its_visits_in_its_fields() -> None:
    text = "study_id;age;vas_m0;vas_m3;calcium_3_months;form_complete\n1;31;9;1;8.3;2\n2;28;;;;2\n"
    proposal = propose(sheet(text, ";"), None, STANDARD)
    assert json.loads(proposal.json)["events"] == {"": {"case": True}}
    rows, findings = drafts(sheet(text, ";"), None, proposal, STANDARD)
    assert findings == []
    assert values(rows) == {
        "cases": [{"case_id": "1", "age": "31"}, {"case_id": "2", "age": "28"}],
        "visits": [
            {"case_id": "1", "month": "0", "vas": "9"},
            {"case_id": "1", "month": "3", "vas": "1", "calcium": "8.3"},
        ],
    }


def test_fields_outside_repeating_instruments_can_make_one_row_of_facts() -> None:
    entries = {
        "plro_redcap": 1,
        "record_id": "id",
        "events": {"": {"case": True}},
        "fields": {
            "fx1": {"table": "fractures", "variable": "level", "row": "first"},
            "fx1_type": {"table": "fractures", "variable": "type", "codes": {"c": "compression"}, "row": "first"},
            "fx2": {"table": "fractures", "variable": "level", "row": "second"},
            "alendronate": {"table": "treatments", "checked": {"kind": "bone_active", "agent": "alendronate"}},
        },
    }
    export = sheet("id,fx1,fx1_type,fx2,alendronate\n1,T12,c,L1,1\n2,,,T6,0\n")
    rows, findings = drafts(export, None, RedcapMapping.from_json(json.dumps(entries), STANDARD), STANDARD)
    assert findings == []
    assert values(rows)["fractures"] == [
        {"case_id": "1", "level": "T12", "type": "compression"},
        {"case_id": "1", "level": "L1"},
        {"case_id": "2", "level": "T6"},
    ]
    assert values(rows)["treatments"] == [{"case_id": "1", "kind": "bone_active", "agent": "alendronate"}]


def test_a_repeating_instrument_can_hold_visits_with_their_month() -> None:
    entries = {
        "plro_redcap": 1,
        "record_id": "id",
        "events": {"": {"case": True}},
        "instruments": {"labs": "visits"},
        "fields": {
            "lab_month": {"table": "visits", "variable": "month"},
            "ca": {"table": "visits", "variable": "calcium"},
        },
    }
    text = "id,redcap_repeat_instrument,redcap_repeat_instance,lab_month,ca\n1,,,,\n1,labs,1,0,8.9\n1,labs,2,3,9\n"
    rows, findings = drafts(sheet(text), None, RedcapMapping.from_json(json.dumps(entries), STANDARD), STANDARD)
    assert findings == []
    assert values(rows)["visits"] == [
        {"case_id": "1", "month": "0", "calcium": "8.9"},
        {"case_id": "1", "month": "3", "calcium": "9"},
    ]


def test_a_box_is_not_unchecked_where_its_field_is_missing() -> None:
    rows, findings = drafts(
        raw(("ops___2", "ops___ni"), ("0;0;0;1;0;0;2;;7", "0;0;0;1;0;1;2;;7")), FIELDS, AGREED, STANDARD
    )
    assert findings == []
    assert ["vertebroplasty" in row for row in values(rows)["cases"]] == [True, False]


# What is wrong in an export

PROBLEMS = {
    "a cell of a field that the mapping does not know": (
        [("comments;", "mood;"), (";tired;", ";low;")],
        "unmapped_field",
        "export.csv, Y2, mood: “low”; the mapping does not know mood; expected each field mapped or ignored.",
    ),
    "a checked box that the mapping does not know": (
        [("ops___2", "sympt___4"), ("-2,9;1;1;0;0;1;0", "-2,9;1;1;0;0;1;1")],
        "unmapped_field",
        "export.csv, S2, sympt___4: “1”; the mapping does not know sympt___4; expected each field mapped or ignored.",
    ),
    "a field filled in an event where it is not expected": (
        [("12;1st_month_arm_1;;;izmir;;;;;;;", "12;1st_month_arm_1;;;izmir;;;;;32;;")],
        "unexpected_event",
        "export.csv, J6, age: “32”; the mapping sends age to cases, which 1st_month_arm_1 does not feed. "
        "Mend the event or the instrument in the mapping, or the entry in REDCap.",
    ),
    "a box checked in an event where it is not expected": (
        [("12;1st_month_arm_1;;;izmir;;;;;;;;;0", "12;1st_month_arm_1;;;izmir;;;;;;;;;1")],
        "unexpected_event",
        "export.csv, N6, sympt___1: “1”; the mapping sends sympt___1 to symptoms, which 1st_month_arm_1 does not feed.",
    ),
    "a field of an instrument filled outside it": (
        [("9;8,9;;tired;24,1;2;;;;;;", "9;8,9;;tired;24,1;2;zinc;;;;;")],
        "unexpected_event",
        "export.csv, AB2, drug: “zinc”; the mapping sends drug to treatments, which baseline_arm_1 does not feed.",
    ),
    "a field of another instrument filled in one": (
        [(";T12;2", ";T12;2"), ("vitamin D;a;1000;2;;", "vitamin D;a;1000;2;L1;")],
        "unexpected_event",
        "export.csv, AF3, fx_level: “L1”; the mapping sends fx_level to fractures, which medication does not feed.",
    ),
    "an unknown event": (
        [("7;unscheduled_arm_1", "7;visit_3_arm_1")],
        "unknown_event",
        "export.csv, B10, redcap_event_name: “visit_3_arm_1”; the mapping does not know this event; its rows are not read.",
    ),
    "a row without an event": (
        [("7;unscheduled_arm_1", "7;")],
        "unknown_event",
        "export.csv, B10, redcap_event_name: the mapping does not know this event; its rows are not read.",
    ),
    "an unknown repeating instrument": (
        [("fracture;1", "imaging;1")],
        "unknown_instrument",
        "export.csv, C5, redcap_repeat_instrument: “imaging”; the mapping does not know this repeating instrument;",
    ),
    "an unknown choice code": (
        [("31;1;0", "31;9;0")],
        "unknown_code",
        "export.csv, K2, smoker: “9”; expected a code of smoker that the mapping knows: 1, 2, 3.",
    ),
    "a level that the registry does not have": (
        [(";T12;2", ";T13;2")],
        "unknown_code",
        "export.csv, AF5, fx_level: “T13”; expected a code of fx_level that the mapping knows: T1, T2,",
    ),
    "a box that is neither checked nor unchecked": (
        [("-2,9;1;1;0", "-2,9;x;1;0")],
        "checkbox",
        "export.csv, N2, sympt___1: “x”; expected 1 for a checked box, 0 or nothing else.",
    ),
    "two values of one field for one visit": (
        [("month_3_arm_1", "baseline_arm_2"), ("-99;9;", "4;8,9;")],
        "conflict",
        "export.csv, V7, vas: “4”; “9” stands in V2 for the same patient; expected one value of vas.",
    ),
    "a row given twice": (
        [("7;unscheduled_arm_1", "7;baseline_arm_1")],
        "duplicate",
        "export.csv, A10, record_id: “7”; row 9 is of the same record and event; expected one row, only instruments may repeat.",
    ),
    "an event that repeats as a whole": (
        [("7;unscheduled_arm_1;;", "7;baseline_arm_1;;2")],
        "repeated_event",
        "export.csv, A10, record_id: “7”; instance 2 of an event that the mapping reads once for a patient; expected one instance.",
    ),
    "an instance given twice": (
        [("medication;2", "medication;1")],
        "duplicate",
        "export.csv, A4, record_id: “12”; row 3 is of the same record, event and instance; expected each once.",
    ),
    "one patient written in two ways": (
        [("7;unscheduled_arm_1", "07;unscheduled_arm_1")],
        "record_id",
        "export.csv, A10, record_id: “07”; the record id is also written “7” (A9); expected one way of writing it.",
    ),
    "a record id that is no number": (
        [("7;baseline", "DAG-7;baseline"), ("7;unscheduled", "DAG-7;unscheduled")],
        "record_id",
        "export.csv, A9, record_id: “DAG-7”; expected a whole number as record id, which becomes the patient's number. "
        "To keep other ids, add source_id (text) to the registry's variables of cases.",
    ),
    "a row without a record": (
        [("7;unscheduled_arm_1", ";unscheduled_arm_1")],
        "record_id",
        "export.csv, A10, record_id: the row names no record.",
    ),
    "a name": (
        [("baseline_arm_1;;;izmir;;;", "baseline_arm_1;;;izmir;;Yılmaz;")],
        "identifier",
        "export.csv, G2, surname: the column identifies persons; it is never imported.",
    ),
    "an address that a survey was sent to": (
        [("baseline_arm_1;;;izmir;;", "baseline_arm_1;;;izmir;a@b.org;")],
        "identifier",
        "export.csv, F2, redcap_survey_identifier: the column identifies persons; it is never imported.",
    ),
    "a column given twice": (
        [(";bmi;", ";vas;"), (";24,1;", ";;")],
        "heading",
        "export.csv, row 1, vas: “vas”; the column is given more than once; expected each field once.",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_told_with_its_place(name: str) -> None:
    changes, rule, sentence = PROBLEMS[name]
    mapping = AGREED
    if "baseline_arm_2" in str(changes):
        mapping = agreed(lambda entries: entries["events"].update({"baseline_arm_2": {"month": 0}}))
    findings = found(raw(*changes), mapping)
    assert rule in {finding.rule for finding in findings}, sentences(findings)
    assert any(finding.sentence.startswith(sentence) for finding in findings), sentences(findings)
    assert {finding.severity for finding in findings} == {"warning" if rule == "identifier" else "error"}
    assert len(findings) == 1, sentences(findings)


def test_what_a_column_has_on_many_rows_is_told_once() -> None:
    (finding,) = found(raw(), agreed(lambda entries: entries["ignored"].remove("redcap_data_access_group")))
    assert finding.sentence == (
        "export.csv, E2, redcap_data_access_group: “izmir”; the mapping does not know redcap_data_access_group; expected each "
        "field mapped or ignored. So it is in 7 more cells."
    )


def test_no_cell_is_left_out_in_silence() -> None:
    """Whatever cell is given another value: the rows change, or a finding tells it, unless the mapping leaves it out."""
    export = raw()
    before = values(drafts(export, FIELDS, AGREED, STANDARD)[0])
    left_out = {"redcap_repeat_instance", "enrolment_complete", "visit_complete", "medication_complete"}
    left_out |= {"fracture_complete", "visit_timestamp", *AGREED.ignored}
    for at, (number, cells) in enumerate(export.rows):
        for index, head in enumerate(export.head):
            if head in left_out or (cells[1] == "unscheduled_arm_1" and index > 1):
                continue
            changed = (number, (*cells[:index], "another", *cells[index + 1 :]))
            rows = (*export.rows[:at], changed, *export.rows[at + 1 :])
            after, findings = drafts(replace(export, rows=rows), FIELDS, AGREED, STANDARD)
            assert findings or values(after) != before, (number, head)


def test_an_instrument_can_be_left_out_on_purpose() -> None:
    def change(entries: dict[str, Any]) -> None:
        del entries["instruments"]["fracture"]
        entries["ignored"] += ["fracture", "fx_level"]
        del entries["fields"]["fx_level"]

    rows, findings = drafts(raw(), FIELDS, agreed(change), STANDARD)
    assert findings == []
    assert values(rows) == {name: table for name, table in EXPECTED.items() if name != "fractures"}


def test_an_identifier_is_not_imported_even_where_it_is_mapped() -> None:
    def change(entries: dict[str, Any]) -> None:
        entries["fields"]["surname"] = {"table": "treatments", "variable": "agent"}

    rows, findings = drafts(raw(("izmir;;;", "izmir;;Yılmaz;")), FIELDS, agreed(change), STANDARD)
    assert [(finding.rule, finding.severity) for finding in findings] == [("identifier", "error")]
    assert "Yılmaz" not in sentences(findings) + str(rows)


def test_a_code_of_one_choice_that_is_the_label_of_another_is_refused() -> None:
    text = DICTIONARY.replace('"1, Yes | 2, No, never | 3, Stopped before pregnancy"', '"1, 2 | 2, 1"')
    mapping = agreed(lambda entries: entries["fields"]["smoker"].update(codes={"1": "yes", "2": "no"}))
    (first, _) = drafts(raw(), sheet(text), mapping, STANDARD)[1]
    assert first.sentence.endswith("“1”; this is the code of one choice of smoker and the label of another.")


def test_a_heading_that_two_fields_share_is_refused() -> None:
    fields = sheet(DICTIONARY.replace('"Pain today"', '"Calcium"'), name="dictionary.csv")
    findings = drafts(sheet(LABELLED), fields, AGREED, STANDARD)[1]
    assert "row 1, Calcium: “Calcium”; the heading may stand for vas or ca." in sentences(findings)


def test_labels_without_the_dictionary_are_refused() -> None:
    (finding,) = drafts(sheet(LABELLED), None, AGREED, STANDARD)[1]
    assert finding.rule == "record_id"
    assert "has no column record_id" in finding.sentence


def test_no_events_where_the_mapping_names_some() -> None:
    (first, second) = found(sheet("record_id;age\n1;31\n", ";"))
    assert (first.rule, second.rule) == ("absent_field", "unknown_event")


def test_without_a_mapping_the_way_to_one_is_told() -> None:
    rows, findings = drafts(raw(), FIELDS, None, STANDARD)
    assert rows == {}
    assert {(finding.rule, finding.severity) for finding in findings} == {("mapping", "error")}
    assert "Take the proposal" in findings[0].sentence
    assert len(findings) == 1 + len(open_questions(propose(raw(), FIELDS, STANDARD), raw(), FIELDS))
    assert "data dictionary" in drafts(raw(), None, None, STANDARD)[1][0].sentence


# Records that are no numbers


SOURCE_ID = Variable("source_id", "Id in the source", "cases", "text", "Identifiers")
WITH_SOURCE_ID = Vocabulary(Declared(variables=(SOURCE_ID,)))
AGREED_WITH_SOURCE_ID = RedcapMapping.from_json(MAPPING, WITH_SOURCE_ID)


def test_records_that_are_no_numbers_get_the_next_free_numbers() -> None:
    text = "record_id;redcap_event_name;vas\n" + "".join(
        f"{record};month_3_arm_1;4\n" for record in ("izmir-2", "bursa-1", "5", "izmir-1")
    )
    base = pa.table({"case_id": [3, 41], "source_id": [None, "bursa-1"]})
    rows, findings = drafts(sheet(text, ";"), FIELDS, AGREED_WITH_SOURCE_ID, WITH_SOURCE_ID, base)
    assert [finding.rule for finding in findings] == ["absent_field"]
    assert values(rows)["cases"] == [
        {"case_id": "42", "source_id": "izmir-2"},
        {"case_id": "43", "source_id": "5"},
        {"case_id": "44", "source_id": "izmir-1"},
    ]
    assert [row["case_id"] for row in values(rows)["visits"]] == ["42", "41", "43", "44"]


def test_records_that_differ_in_capitals_only_are_refused() -> None:
    text = "record_id;redcap_event_name;vas\nDAG-7;month_3_arm_1;4\ndag-7;baseline_arm_1;4\n"
    findings = found(sheet(text, ";"), AGREED_WITH_SOURCE_ID)
    assert [finding.rule for finding in findings] == ["record_id", "absent_field"]
    assert "also written “DAG-7” (A2)" in findings[0].sentence


def test_a_number_that_the_registry_gave_to_another_record_is_doubtful() -> None:
    text = "record_id;redcap_event_name;vas\n41;month_3_arm_1;4\n42;month_3_arm_1;4\n"
    base = pa.table({"case_id": [41, 42], "source_id": ["bursa-1", None]})
    (_, finding) = found(sheet(text, ";"), AGREED_WITH_SOURCE_ID, base)
    assert (finding.rule, finding.severity) == ("record_id", "warning")
    assert finding.sentence == (
        "export.csv, A2, record_id: “41”; patient 41 of the registry came as “bursa-1”. Is this the same patient?"
    )


def test_a_source_id_is_not_given_twice_over() -> None:
    def change(entries: dict[str, Any]) -> None:
        entries["fields"]["chart"] = {"table": "cases", "variable": "source_id"}

    text = "record_id;redcap_event_name;chart\nDAG-7;baseline_arm_1;x\n"
    assert "record_id" in {finding.rule for finding in found(sheet(text, ";"), agreed(change, WITH_SOURCE_ID))}


def test_a_patient_whom_the_registry_knows_needs_no_row_of_cases() -> None:
    text = "record_id;redcap_event_name;vas\n0041;month_3_arm_1;4\n9;month_3_arm_1;4\n"
    rows, _ = drafts(sheet(text, ";"), FIELDS, AGREED, STANDARD, pa.table({"case_id": [41]}))
    assert values(rows)["cases"] == [{"case_id": "9"}]
    assert [row["case_id"] for row in values(rows)["visits"]] == ["41", "9"]


# Whatever a file holds

HEADS = st.sampled_from([*RAW.partition("\n")[0].split(";"), *LABELLED.partition("\n")[0].split(",")]) | st.text(
    max_size=5
)
CELLS = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.dates()
    | st.text(max_size=6)
    | st.sampled_from(
        ["1", "0", "12", "007", "baseline_arm_1", "Month 3", "medication", "fracture", "T12", "NI", "9" * 5000]
    )
)


@st.composite
def sheets(draw: st.DrawFn, heads: st.SearchStrategy[str] = HEADS) -> Sheet:
    head = tuple(draw(st.lists(heads, max_size=8)))
    rows = draw(st.lists(st.tuples(*[CELLS for _ in head]), max_size=5))
    return Sheet("any.csv", "", head, tuple(enumerate(rows, 2)))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(sheets(), sheets(st.sampled_from(HEADINGS)) | st.just(FIELDS) | st.none())
def test_any_sheet_is_read_or_refused_in_plain_sentences(export: Sheet, fields: Sheet | None) -> None:
    is_export(export)
    try:
        proposal = propose(export, fields, STANDARD)
    except MappingProblem:
        proposal = AGREED
    assert all(isinstance(question, str) for question in open_questions(proposal, export, fields))
    for mapping in (AGREED, proposal, None):
        rows, findings = drafts(export, fields, mapping, STANDARD)
        assert all(finding.message and finding.rule and finding.sentence for finding in findings)
        assert all(cell.raw is not None for table in rows.values() for row in table for cell in row.values())


def test_a_dictionary_may_hold_a_picture_in_a_label() -> None:
    """Python's own limit for a cell is 128 kB; the size of the file is the limit here."""
    picture = f'logo,enrolment,,descriptive,"<img src=""data:image/png;base64,{"A" * 200_000}"">",,,,,,,,,,,,,\n'
    read_sheet, _ = delimited.sheet(
        File("dictionary.csv", (DICTIONARY + picture).encode()), Dialect(), lambda head: False
    )
    fields, findings = read_dictionary(read_sheet)
    assert not findings
    assert "age" in fields
