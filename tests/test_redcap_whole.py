"""What real REDCap projects do: repeating events, dates of visits, arms, decimal commas by field, files written back by R."""

import json
from typing import Any

import pytest

from plro_core.intake import File, Intake, read
from plro_core.intake.redcap.mapping import Days, Event, MappingProblem, RedcapMapping
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.redcap_tools import sheet

pytestmark = pytest.mark.usefixtures("read_here")

BASE: dict[str, Any] = {"plro_redcap": 1, "record_id": "record_id", "events": {"": {"case": True}}}
AGE = {"age": {"table": "cases", "variable": "age"}}
VAS = {"vas": {"table": "visits", "variable": "vas"}}
UNSCHEDULED = Vocabulary(parse('use = ["unscheduled", "day"]'))


def mapping(words: Vocabulary = STANDARD, **parts: Any) -> RedcapMapping:
    return RedcapMapping.from_json(json.dumps({**BASE, **parts}), words)


def took(text: str, of: RedcapMapping, dictionary: str = "") -> Intake:
    files = [File("records.csv", text.encode())] + ([File("dictionary.csv", dictionary.encode())] if dictionary else [])
    return read(files, of.vocabulary, mapping=of)


def rows(intake: Intake, table: str, *names: str) -> list[tuple[Any, ...]]:
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return [tuple(row[name] for name in names) for row in intake.tables[table].to_pylist()]


def sentence(intake: Intake) -> str:
    assert intake.tables is None
    return intake.errors[0].sentence


# dates

FOLLOW_UP = """record_id,redcap_repeat_instrument,redcap_repeat_instance,age,dx_date,fu_date,fu_vas
1,,,31,2019-03-12,,
1,followup,1,,,2019-03-12,9
1,followup,2,,,{second},5
1,followup,3,,,2019-09-20,0
"""
OF_FOLLOW_UP: dict[str, Any] = {
    "fields": {
        **AGE,
        "fu_vas": {"table": "visits", "variable": "vas"},
        "fu_date": {"table": "visits", "days_from": "dx_date"},
    },
    "instruments": {"followup": "visits"},
}


def test_a_repeating_follow_up_with_dates_gives_days_and_planned_months() -> None:
    intake = took(FOLLOW_UP.format(second="2019-04-14"), mapping(UNSCHEDULED, **OF_FOLLOW_UP))
    found = rows(intake, "visits", "month", "day", "vas")
    assert found == [(0, 0, 9), (1, 33, 5), (6, 192, 0)]


def test_no_date_is_stored() -> None:
    intake = took(FOLLOW_UP.format(second="2019-04-14"), mapping(UNSCHEDULED, **OF_FOLLOW_UP))
    assert intake.tables is not None
    assert "2019" not in "".join(str(table.to_pylist()) for table in intake.tables.values())


def test_a_registry_without_days_keeps_the_months() -> None:
    assert rows(took(FOLLOW_UP.format(second="2019-04-14"), mapping(**OF_FOLLOW_UP)), "visits", "month", "vas") == [
        (0, 9),
        (1, 5),
        (6, 0),
    ]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("soon", "records.csv, F4, fu_date: no date; expected year month day, with four digits for the year."),
        ("2019-01-01", "records.csv, F4, fu_date: a date before the one in “dx_date”; expected it, or a later one."),
        ("2021-04-14", "records.csv, F4, fu_date: day 764 is near to no planned visit, or to two; expected one."),
        (
            "2019-03-20",
            "records.csv, F4, fu_date: “0”; one visit of one patient twice: 1 / 0 stands in records.csv, F3 already; expected "
            "each once.",
        ),
    ],
)
def test_a_date_that_gives_no_visit_of_its_own_is_refused_by_cell_and_not_shown(second: str, expected: str) -> None:
    intake = took(FOLLOW_UP.format(second=second), mapping(**OF_FOLLOW_UP))
    said = sentence(intake)
    assert said == expected
    assert second not in said


def test_days_are_counted_from_the_first_date_where_nothing_else_is_named() -> None:
    fields = OF_FOLLOW_UP["fields"] | {"fu_date": {"table": "visits", "days_from": "fu_date"}}
    of = mapping(**(OF_FOLLOW_UP | {"fields": fields, "ignored": ["dx_date"]}))
    assert [month for (month,) in rows(took(FOLLOW_UP.format(second="2019-04-14"), of), "visits", "month")] == [0, 1, 6]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ({"table": "visits", "days_from": ""}, "“days_from of fu” holds what is not text; expected words in quotes."),
        ({"table": "visits", "days_from": "dx", "order": "ydm"}, "“order” of fu is unknown; expected dmy, mdy or ymd."),
        ({"table": "cases", "days_from": "dx"}, "“fu” counts days, but cases has neither a day nor a month."),
    ],
)
def test_a_date_that_a_mapping_cannot_count_is_refused(target: dict[str, str], sentence: str) -> None:
    with pytest.raises(MappingProblem) as problem:
        mapping(fields={"fu": target})
    assert str(problem.value) == sentence


def test_a_mapping_with_dates_is_read_back_as_it_was_written() -> None:
    of = mapping(UNSCHEDULED, **OF_FOLLOW_UP)
    assert of.fields["fu_date"] == Days("visits", "dx_date")
    assert RedcapMapping.from_json(of.json, UNSCHEDULED) == of
    assert "Field fu_date: visits, the days since dx_date." in of.sentences


# repeating events

EXTRA = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,visit_day,vas,visit_complete
1,baseline_arm_1,,,31,,9,2
1,extra_arm_1,,1,,45,6,2
1,extra_arm_1,,2,,200,3,2
"""
OF_EXTRA: dict[str, Any] = {
    "events": {"baseline_arm_1": {"case": True, "month": 0}, "extra_arm_1": {"table": "unscheduled"}},
    "fields": {**AGE, **VAS, "visit_day": {"table": "unscheduled", "variable": "day"}},
}


def test_each_instance_of_a_repeating_event_is_a_row() -> None:
    intake = took(EXTRA, mapping(UNSCHEDULED, **OF_EXTRA))
    assert rows(intake, "unscheduled", "case_id", "day", "vas") == [(1, 45, 6), (1, 200, 3)]
    assert rows(intake, "visits", "case_id", "month", "vas") == [(1, 0, 9)]


def test_a_second_instance_of_an_event_that_is_one_visit_is_refused() -> None:
    events = OF_EXTRA["events"] | {"extra_arm_1": {"month": 1}}
    of = mapping(UNSCHEDULED, **(OF_EXTRA | {"events": events, "fields": {**AGE, **VAS}, "ignored": ["visit_day"]}))
    assert sentence(took(EXTRA, of)) == (
        "records.csv, A4, record_id: “1”; instance 2 of an event that the mapping reads once for a patient; expected one "
        "instance. Let the event be rows of a table, such as unscheduled, or tell it as {} if it is not to be read."
    )


def test_an_instance_given_twice_is_refused() -> None:
    twice = EXTRA.replace("extra_arm_1,,2", "extra_arm_1,,1")
    assert "of the same record, event and instance" in sentence(took(twice, mapping(UNSCHEDULED, **OF_EXTRA)))


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            {"table": "unscheduled", "month": 1},
            "The event a feeds unscheduled and something else; expected one of them.",
        ),
        ({"table": "cases"}, "The event a repeats, but cases has one row for one patient."),
        ({"table": ["visits"]}, "“table” of the event a is not a table of patients; expected "),
    ],
)
def test_an_event_that_cannot_repeat_is_refused(event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MappingProblem) as problem:
        mapping(UNSCHEDULED, events={"a": event}, fields=AGE)
    assert str(problem.value).startswith(sentence)


def test_an_event_of_rows_is_read_back_as_it_was_written() -> None:
    of = mapping(UNSCHEDULED, **OF_EXTRA)
    assert of.events["extra_arm_1"] == Event(table="unscheduled")
    assert RedcapMapping.from_json(of.json, UNSCHEDULED) == of


# arms

ARMS = Vocabulary(
    parse('[[variable]]\nname="arm"\nlabel="Arm"\ntable="cases"\nkind="category"\nlevels={a="Drug A",b="Drug B"}\n')
)
TWO_ARMS = "record_id,redcap_event_name,age,vas\n1,{one},31,9\n1,{later},,4\n2,{two},33,8\n"


@pytest.mark.parametrize(
    ("one", "later", "two"),
    [
        ("baseline_arm_1", "month_1_arm_1", "baseline_arm_2"),
        ("Baseline (Arm 1: Drug)", "Month 1 (Arm 1: Drug)", "Baseline (Arm 2: Placebo)"),
    ],
)
def test_one_code_tells_the_arm_of_all_its_events(one: str, later: str, two: str) -> None:
    events = {"baseline_arm_1": {"case": True, "month": 0}, "month_1_arm_1": {"month": 1}}
    events["baseline_arm_2"] = {"case": True, "month": 0}
    arm = {"table": "cases", "variable": "arm", "codes": {"arm_1": "a", "arm_2": "b"}}
    of = mapping(ARMS, events=events, fields={**AGE, **VAS, "redcap_event_name": arm})
    assert rows(took(TWO_ARMS.format(one=one, later=later, two=two), of), "cases", "case_id", "arm") == [
        (1, "a"),
        (2, "b"),
    ]


# decimal signs

HEAD = (
    "field_name,form_name,field_type,field_label,select_choices_or_calculations,"
    "text_validation_type_or_show_slider_number\nrecord_id,base,text,Record,,\n"
)
MIXED = HEAD + "wg,base,text,Weight gain,,number_comma_decimal\nspine,base,text,Spine T,,number\n"
OF_MIXED = {
    "fields": {
        "wg": {"table": "cases", "variable": "weight_gain_kg"},
        "spine": {"table": "cases", "variable": "t_l1_l4"},
    }
}


def test_each_field_is_read_with_the_decimal_sign_that_the_dictionary_gives_it() -> None:
    text = 'record_id,wg,spine,base_complete\n1,"12,0",-2.9,2\n2,"9,0",-3.1,2\n3,11,-1,2\n'
    found = rows(took(text, mapping(**OF_MIXED), MIXED), "cases", "weight_gain_kg", "t_l1_l4")
    assert found == [(12, -2.9), (9, -3.1), (11, -1)]


def test_an_export_that_was_forced_to_one_decimal_sign_is_read_with_it() -> None:
    text = 'record_id;wg;spine;base_complete\n1;"12,0";-2,9;2\n2;9,0;-3,1;2\n'
    found = rows(took(text, mapping(**OF_MIXED), MIXED), "cases", "weight_gain_kg", "t_l1_l4")
    assert found == [(12, -2.9), (9, -3.1)]


# written back by R or pandas


@pytest.mark.parametrize("head", ['""', "Unnamed: 0", "X"])
def test_numbers_of_rows_before_the_record_are_left_out_with_a_warning(head: str) -> None:
    text = f'{head},"record_id","redcap_event_name","age","vas"\n"1","7","baseline_arm_1",31,9\n"2","7","month_1_arm_1",NA,4\n'
    events = {"baseline_arm_1": {"case": True, "month": 0}, "month_1_arm_1": {"month": 1}}
    intake = took(text, mapping(events=events, fields={**AGE, **VAS}, missing=["NA"]))
    assert rows(intake, "visits", "case_id", "month", "vas") == [(7, 0, 9), (7, 1, 4)]
    told = [finding.message for finding in intake.warnings if finding.rule == "row_numbers"]
    assert told == ["the first column numbers the rows, as R and pandas write it; it is left out."]


def test_the_record_is_proposed_from_the_column_after_the_numbers_of_rows() -> None:
    export = sheet('"","record_id","redcap_event_name","age"\n"1","7","baseline_arm_1",31\n')
    proposed = propose(export, None, STANDARD)
    assert proposed.record_id == "record_id"
    assert open_questions(proposed, export, None) == []


def test_a_column_without_a_heading_that_holds_something_else_is_told() -> None:
    intake = took("record_id,,age,base_complete\n1,x,31,2\n", mapping(fields=AGE))
    assert sentence(intake).startswith(
        "records.csv, row 1: a column without a heading holds cells; expected a heading."
    )


def test_codes_that_pandas_wrote_as_decimals_are_the_codes() -> None:
    dictionary = HEAD + 'smoker,base,radio,Smoking,"1, Yes | 2, No",\ntwins,base,yesno,Twins,,\n'
    fields = {
        "smoker": {"table": "cases", "variable": "smoking", "codes": {"1": "yes", "2": "no"}},
        "twins": {"table": "cases", "variable": "twin_pregnancy", "codes": {"1": "yes", "0": "no"}},
        "ops___1": {"table": "cases", "checked": {"vertebroplasty": "yes"}, "unchecked": {"vertebroplasty": "no"}},
    }
    text = "record_id,smoker,twins,ops___1,base_complete\n1,1.0,TRUE,FALSE,2.0\n2,2.0,0.0,1.0,2.0\n3,,,,\n"
    found = rows(took(text, mapping(fields=fields), dictionary), "cases", "smoking", "twin_pregnancy", "vertebroplasty")
    assert found == [(True, True, False), (False, False, True), (None, None, None)]


def test_a_code_that_is_written_with_a_decimal_stays_that_code() -> None:
    dictionary = HEAD + 'smoker,base,radio,Smoking,"1, Yes | 1.0, No",\n'
    fields = {"smoker": {"table": "cases", "variable": "smoking", "codes": {"1": "yes", "1.0": "no"}}}
    found = rows(
        took("record_id,smoker,base_complete\n1,1.0,2\n", mapping(fields=fields), dictionary), "cases", "smoking"
    )
    assert found == [(False,)]


def test_a_box_may_hold_its_own_label() -> None:
    dictionary = HEAD + 'ops,base,checkbox,Operations,"1, Vertebroplasty | 2, Other",\n'
    fields = {"ops___1": {"table": "cases", "checked": {"vertebroplasty": "yes"}}}
    text = "record_id,ops___1,ops___2,base_complete\n1,Vertebroplasty,,2\n2,,Other,2\n"
    of = mapping(fields=fields, ignored=["ops___2"])
    assert rows(took(text, of, dictionary), "cases", "vertebroplasty") == [(True,), (None,)]
