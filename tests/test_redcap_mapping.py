"""The mapping of a REDCap project as JSON: read back as written, and refused in one sentence where it is at fault."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core.intake.redcap import mapping
from plro_core.intake.redcap.mapping import Box, Event, MappingProblem, RedcapMapping, Target, Value
from plro_core.intake.redcap.names import allowed, content, has_month, one_per_patient, patient_tables
from plro_core.problems import DataProblem, PlainProblem
from plro_core.vocabulary import STANDARD, Variable
from tests.redcap_project import MAPPING

pytestmark = pytest.mark.usefixtures("read_here")

words = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\'), min_size=1, max_size=20)
months = st.none() | st.sampled_from(STANDARD.months)
entries = st.sampled_from([entry for table in patient_tables(STANDARD) for entry in content(STANDARD, table.name)])


def levels(entry: Variable) -> st.SearchStrategy[str]:
    return st.sampled_from(allowed(entry)) if allowed(entry) else words


@st.composite
def targets(draw: st.DrawFn) -> Target:
    entry = draw(entries)
    month = draw(months) if has_month(STANDARD, entry.table) else None
    row = draw(st.just("") | words)
    if draw(st.booleans()):
        return Value(entry.table, entry.name, draw(st.dictionaries(words, levels(entry), max_size=3)), month, row)
    unchecked = draw(st.just({}) | st.fixed_dictionaries({entry.name: levels(entry)}))
    return Box(entry.table, {entry.name: draw(levels(entry))}, unchecked, month, row)


@st.composite
def mappings(draw: st.DrawFn) -> RedcapMapping:
    names = draw(st.lists(words.filter(lambda word: "___" not in word), min_size=12, max_size=12, unique=True))
    fields = {name: draw(targets()) for name in names[1:5]}
    taken = {code for target in fields.values() if isinstance(target, Value) for code in target.codes}
    tables = [table.name for table in patient_tables(STANDARD) if not one_per_patient(table)]
    return RedcapMapping(
        names[0],
        draw(st.dictionaries(st.just("") | words, st.builds(Event, st.booleans(), months), max_size=4)),
        fields,
        draw(st.dictionaries(words, st.sampled_from(tables), max_size=2)),
        tuple(code for code in names[5:8] if code not in taken),
        tuple(names[8 : draw(st.integers(8, 12))]),
        vocabulary=STANDARD,
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(mappings())
def test_a_mapping_is_read_back_as_it_was_written(made: RedcapMapping) -> None:
    assert RedcapMapping.from_json(made.json, STANDARD) == made
    assert RedcapMapping.from_json(b"\xef\xbb\xbf" + made.json.encode(), STANDARD) == made
    assert all(sentence.isprintable() for sentence in made.sentences)


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["cases", "age"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["table", "variable", "checked", "month", "case", "codes", "row"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def refusal(text: str | bytes) -> str:
    try:
        RedcapMapping.from_json(text, STANDARD)
    except PlainProblem as problem:
        return str(problem)
    return ""


@given(hostile)
def test_foreign_json_is_one_sentence(value: object) -> None:
    sentence = refusal(json.dumps(value))
    assert sentence.isprintable()
    assert 0 < len(sentence) < 500


@given(st.sampled_from(list(json.loads(MAPPING))), hostile)
def test_one_foreign_part_is_taken_for_what_it_is_or_refused(part: str, value: object) -> None:
    sentence = refusal(json.dumps(json.loads(MAPPING) | {part: value}))
    assert sentence.isprintable()
    assert len(sentence) < 500


@given(st.sampled_from(["events", "fields", "instruments"]), st.text(max_size=8), hostile)
def test_one_foreign_entry_is_taken_for_what_it_is_or_refused(part: str, name: str, value: object) -> None:
    changed = json.loads(MAPPING)
    changed[part][name] = value
    sentence = refusal(json.dumps(changed))
    assert sentence.isprintable()
    assert len(sentence) < 500


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_foreign_bytes_are_one_sentence(text: str | bytes) -> None:
    assert refusal(text)


def test_a_mapping_problem_is_one_of_the_data() -> None:
    assert issubclass(MappingProblem, DataProblem)


def test_nesting_without_end_is_one_sentence() -> None:
    assert refusal("[" * 100_000).startswith("The file is not readable JSON")
    assert refusal(b" " * 1_000_001).startswith("The file is larger than 1000 kB")


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"plro_redcap": 2}, "“plro_redcap” is not 1, the form of a file without a checksum."),
    ({"plro_redcap": 3}, "“plro_redcap” is not 1, the form that this program reads."),
    ({"plro_redcap": True}, "“plro_redcap” is not 1, the form that this program reads."),
    ({"colour": 1}, "“colour” is not a part of the mapping; expected plro_redcap, record_id,"),
    ({"record_id": 3}, "“record_id” holds what is not text; expected words in quotes."),
    ({"record_id": "age"}, "“age” tells the patient; expected it neither in “fields” nor in “ignored”."),
    ({"events": []}, "“events” is not an object; expected names with what they mean."),
    ({"events": {"a": {"month": "1"}}}, "“month” of the event a is not a whole number of months such as 3."),
    ({"events": {"a": {"month": -1}}}, "“month” of the event a is not a whole number of months such as 3."),
    ({"events": {"a": {"month": True}}}, "“month” of the event a is not a whole number of months such as 3."),
    ({"events": {"a": {"case": 1}}}, "“case” of the event a is neither true nor false."),
    ({"events": {"a": {"week": 1}}}, "“week” is not a part of the event a; expected case, month and table."),
    ({"fields": {"a": {"table": "cases"}}}, "“variable” is missing from the field a."),
    ({"fields": {"a": {"variable": "age"}}}, "“table” is missing from the field a."),
    (
        {"fields": {"a": {"table": "claims", "variable": "id"}}},
        "“table” of a is not a table of patients; expected cases,",
    ),
    ({"fields": {"a": {"table": ["cases"], "variable": "id"}}}, "“table” of a is not a table of patients; expected"),
    (
        {"fields": {"a": {"table": "cases", "variable": "vas"}}},
        "The field a names no column of cases that it can fill.",
    ),
    ({"fields": {"a": {"table": "cases", "variable": "case_id"}}}, "The field a names no column of cases that it can"),
    ({"fields": {"a": {"table": "cases", "variable": "age", "month": 3}}}, "“a” names a month, but cases has none."),
    (
        {"fields": {"a": {"table": "cases", "variable": "smoking", "codes": {"1": "often"}}}},
        "“often” of a is not a level of smoking; expected yes or no.",
    ),
    (
        {"fields": {"a": {"table": "cases", "checked": {}}}},
        "“checked” of the field a is empty; expected variables with",
    ),
    ({"fields": {"a": {"table": "cases", "checked": {"brace": True}}}}, "“brace of a” holds what is not text;"),
    ({"fields": {"a": {"table": "cases", "variable": "age", "row": 2}}}, "“row of a” holds what is not text;"),
    ({"instruments": {"drugs": "cases"}}, "The instrument drugs repeats, but cases has one row for one patient."),
    ({"missing": "NI"}, "“missing” is not a list; expected words in square brackets."),
    ({"missing": ["NI", "NI"]}, "“NI” stands twice in “missing”; expected it once."),
    ({"missing": ["1"]}, "“1” is in “missing” and is a code of “smoker”; expected it in one of them."),
    ({"ignored": ["age"]}, "“age” is in “fields” and in “ignored”; expected it in one of them."),
    ({"ignored": ["sympt"]}, "“sympt___1” is in “fields” and in “ignored”; expected it in one of them."),
    ({"ignored": [" x"]}, "“ignored” holds a word with a sign that cannot be seen; expected plain words."),
    ({"ignored": ["x" * 300]}, "“ignored” holds 300 characters; expected at most 200."),
]


@pytest.mark.parametrize(("change", "sentence"), FAULTS)
def test_a_fault_is_told_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    assert refusal(json.dumps(json.loads(MAPPING) | change)).startswith(sentence)


def test_what_is_given_twice_or_not_at_all_is_told() -> None:
    assert refusal('{"a": 1, "a": 2}') == "“a” is given twice; expected it once."
    assert refusal("{}").startswith("This is not a mapping of a REDCap project")
    assert refusal('{"plro_redcap": 1, "record_id": "a"}') == "“events” is missing from the mapping."


def test_a_mapping_says_what_it_does() -> None:
    sentences = RedcapMapping.from_json(MAPPING, STANDARD).sentences
    assert "Event baseline_arm_1: the patient's own data and the visit at month 0." in sentences
    assert "Event unscheduled_arm_1: not read." in sentences
    assert "Field smoker: cases, smoking (1 is yes, 2 is no, 3 is yes)." in sentences
    assert "Field ca: visits, calcium in mg/dL." in sentences
    assert (
        "Field ops___1: cases, where checked, vertebroplasty is yes; where unchecked, vertebroplasty is no."
        in sentences
    )
    assert "Read as missing: NI and -99." in sentences


def test_the_example_in_the_manual_is_a_mapping() -> None:
    words = str(mapping.__doc__)
    example = RedcapMapping.from_json(words[words.index("{") : words.rindex("\n    }") + 6], STANDARD)
    assert example.events["screening_arm_1"] == Event()
    assert example.fields["vas_m3"] == Value("visits", "vas", month=3)
