"""What REDCap itself writes into an export: which columns are its own, what they tell, and that none else is left out."""

import json
from typing import Any

import pytest

from plro_core.intake import File, read
from plro_core.intake.redcap.editing import Project, mapping_of, words_of
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.intake.redcap.proposal import open_questions
from plro_core.intake.redcap.reader import drafts
from plro_core.intake.redcap.writer import export_csv, own_mapping
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.redcap_tools import sentences, sheet, values

pytestmark = pytest.mark.usefixtures("read_here")

DICTIONARY = """\
field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations
record_id,base,,text,Record,
age,base,,text,Age,
course_complete,base,,text,Weeks until the course was complete,
risk,risk_factors,,checkbox,Risk factors,"1, Smoking | 2, Twins"
"""
AGE = {"age": {"table": "cases", "variable": "age"}}
RISKS = AGE | {
    "risk___1": {"table": "cases", "checked": {"smoking": "yes"}, "unchecked": {"smoking": "no"}},
    "risk___2": {"table": "cases", "checked": {"twin_pregnancy": "yes"}, "unchecked": {"twin_pregnancy": "no"}},
}
ARMS = Vocabulary(
    parse(
        '[[variable]]\nname="arm"\nlabel="Arm"\ntable="cases"\nkind="category"\nlevels={a="Drug A",b="Drug B"}\n'
        '[[variable]]\nname="event"\nlabel="Event"\ntable="cases"\nkind="text"\n'
    )
)


def mapping(fields: dict[str, Any], words: Vocabulary = STANDARD, **events: Any) -> RedcapMapping:
    entries = {"plro_redcap": 1, "record_id": "record_id", "events": events or {"": {"case": True}}, "fields": fields}
    return RedcapMapping.from_json(json.dumps(entries), words)


def read_(text: str, told: RedcapMapping, dictionary: str = "") -> tuple[dict[str, list[dict[str, Any]]], str]:
    rows, findings = drafts(
        sheet(text), sheet(dictionary, name="dictionary.csv") if dictionary else None, told, told.vocabulary
    )
    return values(rows), sentences(findings)


# A field of the project that is named like one of REDCap's own

NAMED_ALIKE = (
    "record_id,age,course_complete,last_dose_timestamp,base_complete\n"
    "1,31,7,2019-03-12 10:00,2\n2,33,12,2019-04-02 09:30,2\n"
)


@pytest.mark.parametrize("dictionary", ["", DICTIONARY])
def test_a_field_that_is_named_like_one_of_redcap_s_own_is_told(dictionary: str) -> None:
    _, said = read_(NAMED_ALIKE, mapping(AGE), dictionary)
    assert said == (
        "[error unmapped_field] export.csv, C2, course_complete: “7”; the mapping does not know course_complete; expected each "
        "field mapped or ignored. So it is in 1 more cell.\n"
        "[error unmapped_field] export.csv, D2, last_dose_timestamp: “2019-03-12 10:00”; the mapping does not know "
        "last_dose_timestamp; expected each field mapped or ignored. So it is in 1 more cell."
    )
    asked = open_questions(mapping(AGE), sheet(NAMED_ALIKE), sheet(dictionary) if dictionary else None)
    assert [question.split()[4].strip(":") for question in asked] == ["course_complete", "last_dose_timestamp"]


def test_a_dictionary_tells_a_field_from_a_status_whatever_it_holds() -> None:
    text = "record_id,age,course_complete,base_complete,risk_factors_complete\n1,31,2,2,\n"
    assert read_(text, mapping(AGE))[1] == ""
    assert "course_complete" in read_(text, mapping(AGE), DICTIONARY)[1]


@pytest.mark.parametrize(
    "text",
    [
        "record_id,age,base_complete\n1,31,2\n2,33,\n",
        "record_id,age,base_complete\n1,31,Complete\n2,33,Incomplete\n",
        "record_id,base_timestamp,age,base_return_code,base_complete\n1,2019-03-12 10:00,31,AB12,2\n",
        "record_id,Survey Timestamp,age,Complete?\n1,2019-03-12 10:00,31,Unverified\n",
    ],
)
def test_what_redcap_writes_beside_a_form_is_left_out_by_itself(text: str) -> None:
    rows, said = read_(text, mapping(AGE))
    assert said == ""
    assert rows["cases"][0] == {"case_id": "1", "age": "31"}


def test_a_heading_of_a_status_over_something_else_is_told() -> None:
    assert "the mapping does not know Complete?" in read_("record_id,age,Complete?\n1,31,yes\n", mapping(AGE))[1]


# The event as a value

TWO_ARMS = "record_id,redcap_event_name,age,vas\n1,baseline_arm_1,31,9\n1,month_1_arm_1,,4\n2,baseline_arm_2,33,8\n2,month_1_arm_2,,1\n"
ARM = {"table": "cases", "variable": "arm", "codes": {"baseline_arm_1": "a", "baseline_arm_2": "b"}}
EVENTS = {
    f"{name}_arm_{arm}": event
    for arm in (1, 2)
    for name, event in (("baseline", {"case": True, "month": 0}), ("month_1", {"month": 1}))
}
FIELDS = AGE | {"vas": {"table": "visits", "variable": "vas"}}


@pytest.mark.parametrize(
    "text",
    [
        TWO_ARMS,
        TWO_ARMS.replace("redcap_event_name", "Event Name")
        .replace("baseline_arm_1", "Baseline (Arm 1: Drug A)")
        .replace("baseline_arm_2", "Baseline (Arm 2: Drug B)"),
    ],
)
def test_the_arm_is_read_from_the_name_of_the_event(text: str) -> None:
    rows, said = read_(text, mapping(FIELDS | {"redcap_event_name": ARM}, ARMS, **EVENTS))
    assert said == ""
    assert [(row["case_id"], row["arm"]) for row in rows["cases"]] == [("1", "a"), ("2", "b")]
    assert [row["vas"] for row in rows["visits"]] == ["9", "4", "8", "1"]


def test_an_event_that_the_codes_do_not_know_is_refused() -> None:
    half = ARM | {"codes": {"baseline_arm_1": "a"}}
    _, said = read_(TWO_ARMS, mapping(FIELDS | {"redcap_event_name": half}, ARMS, **EVENTS))
    assert said == (
        "[error unknown_code] export.csv, B4, redcap_event_name: “baseline_arm_2”; expected a code of redcap_event_name that "
        "the mapping knows: baseline_arm_1."
    )


def test_an_event_that_is_mapped_without_a_word_is_read_as_it_is_written_or_refused() -> None:
    own = mapping(FIELDS | {"redcap_event_name": {"table": "cases", "variable": "event"}}, ARMS, **EVENTS)
    assert [row["event"] for row in read_(TWO_ARMS, own)[0]["cases"]] == ["baseline_arm_1", "baseline_arm_2"]
    wrong = mapping(AGE | {"redcap_event_name": {"table": "cases", "variable": "weight_gain_kg"}}, **EVENTS)
    text = b"record_id,redcap_event_name,redcap_repeat_instance,age\n1,baseline_arm_2,,31\n"
    (finding,) = read([File("export.csv", text)], STANDARD, mapping=wrong).errors
    assert finding.sentence.startswith("export.csv, B2, redcap_event_name: “baseline_arm_2”; no number;")


def test_the_number_of_an_instance_can_be_a_value() -> None:
    told = {
        "plro_redcap": 1,
        "record_id": "record_id",
        "events": {"": {"case": True}},
        "instruments": {"drugs": "treatments"},
        "fields": {
            "drug": {"table": "treatments", "variable": "agent"},
            "redcap_repeat_instance": {"table": "treatments", "variable": "dose"},
        },
    }
    text = "record_id,redcap_repeat_instrument,redcap_repeat_instance,drug\n1,,,\n1,drugs,1,zinc\n1,drugs,2,iron\n"
    rows, said = read_(text, RedcapMapping.from_json(json.dumps(told), STANDARD))
    assert said == ""
    assert [(row["agent"], row["dose"]) for row in rows["treatments"]] == [("zinc", "1"), ("iron", "2")]


def test_editing_keeps_the_event_that_is_mapped() -> None:
    told = mapping(FIELDS | {"redcap_event_name": ARM}, ARMS, **EVENTS)
    project = Project(sheet(TWO_ARMS), None)
    words = words_of(told, project)
    assert words.fields["redcap_event_name"] == "cases.arm"
    assert mapping_of(words, told, project) == told
    words.codes["redcap_event_name", "baseline_arm_2"] = "a"
    assert mapping_of(words, told, project).fields["redcap_event_name"].codes["baseline_arm_2"] == "a"


# The status of a form


@pytest.mark.parametrize(
    ("status", "smoking", "says"),
    [
        ("2", "no", ""),
        ("1", "no", ""),
        ("Complete", "no", ""),
        ("", None, ""),
        ("0", None, "the form of this box is marked incomplete; unchecked is read as missing, not as no."),
        ("Incomplete", None, "the form of this box is marked incomplete; unchecked is read as missing, not as no."),
    ],
)
@pytest.mark.parametrize("dictionary", ["", DICTIONARY])
def test_an_unchecked_box_is_a_no_where_its_form_was_filled_in(
    status: str, smoking: str | None, says: str, dictionary: str
) -> None:
    text = f"record_id,age,base_complete,risk___1,risk___2,risk_factors_complete\n1,31,2,0,1,2\n2,33,2,0,0,{status}\n"
    rows, said = read_(text, mapping(RISKS), dictionary)
    assert [row.get("smoking") for row in rows["cases"]] == ["no", smoking]
    assert [row.get("twin_pregnancy") for row in rows["cases"]] == ["yes", smoking]
    assert says in said
    assert bool(said) is bool(says)


def test_of_statuses_beside_each_other_all_must_say_that_the_form_was_filled_in() -> None:
    text = "record_id,age,risk___1,risk___2,base_complete,risk_factors_complete\n1,31,1,0,2,2\n2,33,0,0,2,2\n3,27,0,0,2,0\n"
    rows, said = read_(text, mapping(RISKS))
    assert rows["cases"] == [
        {"case_id": "1", "age": "31", "smoking": "yes", "twin_pregnancy": "no"},
        {"case_id": "2", "age": "33", "smoking": "no", "twin_pregnancy": "no"},
        {"case_id": "3", "age": "27"},
    ]
    assert said.count("[warning form_status] export.csv, C4, risk___1") == 1


def test_a_checked_box_counts_whatever_the_status_says() -> None:
    rows, _ = read_("record_id,risk___1,risk_factors_complete\n1,1,0\n", mapping(RISKS))
    assert rows["cases"] == [{"case_id": "1", "smoking": "yes"}]


def test_an_export_without_the_status_of_a_form_is_asked_about() -> None:
    rows, said = read_("record_id,age,risk___1\n1,31,0\n2,33,0\n", mapping(AGE | {"risk___1": RISKS["risk___1"]}))
    assert [row["smoking"] for row in rows["cases"]] == ["no", "no"]
    assert said.startswith(
        "[warning form_status] export.csv, C2, risk___1: “0”; the export does not tell whether the form"
    )


# A visit at which nothing was recorded


def test_visits_at_which_nothing_was_recorded_come_back_from_our_own_export() -> None:
    files = [
        File("cases.csv", b"case_id,age\n1,31\n2,33\n"),
        File("visits.csv", b"case_id,month,vas,calcium\n1,0,9,8.9\n1,1,,\n1,3,1,8.3\n2,0,8,8.9\n2,6,,\n"),
    ]
    tables = read(files, STANDARD).tables
    assert tables is not None
    export = File("export.csv", export_csv(tables, STANDARD))
    back = read([export], STANDARD, mapping=own_mapping(STANDARD)).tables
    assert back is not None
    for name in set(tables) - {"provenance"}:
        assert back[name].equals(tables[name])
    keys = back["visits"].select(["case_id", "month"]).to_pylist()
    assert [tuple(key.values()) for key in keys] == [(1, 0), (1, 1), (1, 3), (2, 0), (2, 6)]


@pytest.mark.parametrize(("status", "months"), [("2", ["0", "1"]), ("1", ["0", "1"]), ("0", ["0"]), ("", ["0"])])
def test_a_form_that_was_filled_in_marks_a_visit(status: str, months: list[str]) -> None:
    text = f"record_id,redcap_event_name,age,base_complete,vas,visit_complete\n1,baseline_arm_1,31,2,9,2\n1,month_1_arm_1,,,,{status}\n"
    rows, said = read_(text, mapping(FIELDS, **EVENTS))
    assert said == ""
    assert [row["month"] for row in rows["visits"]] == months
