"""What is proposed for a foreign project, what is asked about it, and how its data dictionary is read."""

import pytest

from plro_core.intake.redcap.dictionary import HEADINGS, is_dictionary, read_dictionary
from plro_core.intake.redcap.mapping import Box, Event, RedcapMapping, Value
from plro_core.intake.redcap.names import box_name, event_name
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.reader import drafts
from plro_core.vocabulary import STANDARD
from tests.redcap_project import DICTIONARY, LABELLED, MAPPING, RAW
from tests.redcap_tools import sentences, sheet

pytestmark = pytest.mark.usefixtures("read_here")

EXPORT = sheet(RAW, ";")
FIELDS = sheet(DICTIONARY, name="dictionary.csv")


def dictionary(*rows: str) -> str:
    """A data dictionary: each row as name, form, header, type, label, choices, note, validation, least, greatest."""
    return "\n".join([",".join(f'"{heading}"' for heading in HEADINGS), *(f"{row}{',' * 8}" for row in rows)])


def one_field(row: str, values: str = "1") -> tuple[RedcapMapping, list[str]]:
    """What is proposed and asked for a project of one field, and an export of it."""
    name = row.partition(",")[0]
    fields = sheet(dictionary("id,f,,text,Record,,,,,", row))
    cells = [f"{number},{value}" for number, value in enumerate(values.split(), 1)]
    export = sheet("\n".join([f"id,{name}", *cells]))
    proposal = propose(export, fields, STANDARD)
    return proposal, open_questions(proposal, export, fields)


def test_what_is_sure_of_a_foreign_project_is_proposed() -> None:
    proposal = propose(EXPORT, FIELDS, STANDARD)
    assert proposal.events == {
        "baseline_arm_1": Event(case=True, month=0),
        "1st_month_arm_1": Event(month=1),
        "month_3_arm_1": Event(month=3),
        "6_months_arm_1": Event(month=6),
    }
    assert proposal.instruments == {"medication": "treatments"}
    assert proposal.fields["smoker"] == Value("cases", "smoking", {"1": "yes"})
    assert proposal.fields["sympt___3"] == Box("symptoms", {"symptom": "hip"})
    assert proposal.fields["ops___1"] == Box("cases", {"vertebroplasty": "yes"})
    assert proposal.fields["drug_kind"] == Value(
        "treatments", "kind", {"a": "supplement", "b": "analgesic", "c": "bone_active"}
    )
    assert not {"surname", "dob", "bmi", "comments", "enrolled", "fx_level", "vitd"} & set(proposal.fields)


def test_what_is_open_is_asked() -> None:
    questions = open_questions(propose(EXPORT, FIELDS, STANDARD), EXPORT, FIELDS)
    assert questions == [
        "What is the event unscheduled_arm_1: the patient's own data, the visit at month 0, 1, 3 or 6, or nothing that is to "
        "be read?",
        "Which table do the rows of the repeating instrument fracture belong to: visits, symptoms, treatments, fractures or "
        "imaging, or none? It looks like fractures.",
        "What is the field redcap_data_access_group: a variable of the registry, or left out?",
        "enrolled (Date of enrolment) is a date, which the registry does not keep: leave it out, or count its days from another date?",
        "sympt____99 (Symptoms: Asked, not known) looks like a missing value: is -99 a code for missing?",
        "What is the field comments (Comments): a variable of the registry, or left out?",
        "What is the field bmi (BMI): a variable of the registry, or left out?",
        "What is the field fx_level (Fracture level); it looks like Fracture level (fractures, level): a variable of the "
        "registry, or left out?",
        "What does 2 (No, never) of smoker mean: yes or no, or missing?",
        "What does 3 (Stopped before pregnancy) of smoker mean: yes or no, or missing?",
        "-99 stands in 1 cell of dxa_spine: is it a code for missing?",
        "-99 stands in 1 cell of vas: is it a code for missing?",
        "NI stands in 1 cell of drug_dose: is it a code for missing?",
    ]


def test_nothing_is_open_once_all_is_answered() -> None:
    mapping = RedcapMapping.from_json(MAPPING, STANDARD)
    assert open_questions(mapping, EXPORT, FIELDS) == []
    assert open_questions(mapping, sheet(LABELLED), FIELDS) == []


def test_an_export_with_labels_is_proposed_the_same_names() -> None:
    raw, labelled = propose(EXPORT, FIELDS, STANDARD), propose(sheet(LABELLED), FIELDS, STANDARD)
    assert labelled.events == raw.events
    assert labelled.instruments == raw.instruments
    assert labelled.fields == raw.fields
    assert labelled.record_id == raw.record_id


def test_without_a_dictionary_only_names_speak() -> None:
    proposal = propose(EXPORT, None, STANDARD)
    assert set(proposal.fields) == {"age", "vas", "drug_dose"}


@pytest.mark.parametrize(
    ("event", "feeds"),
    [
        ("baseline_arm_1", Event(True, 0)),
        ("baseline_visit_arm_2", Event(True, 0)),
        ("month_1_arm_1", Event(False, 1)),
        ("month_3_arm_1b", Event(False, 3)),
        ("1st_month_arm_1", Event(False, 1)),
        ("first_month_visit_arm_1", Event(False, 1)),
        ("6_months_arm_1", Event(False, 6)),
        ("6_month_followup_arm_1", Event(False, 6)),
        ("follow_up_3_months_arm_1", Event(False, 3)),
        ("m3_arm_1", Event(False, 3)),
        ("6mo_arm_1", Event(False, 6)),
        ("visit_3_arm_1", None),
        ("event_1_arm_1", None),
        ("month_12_arm_1", None),
        ("week_6_arm_1", None),
        ("3_arm_1", None),
        ("1_or_3_months_arm_1", None),
        ("pre_baseline_arm_1", None),
        ("month_99999999999999999999_arm_1", None),
    ],
)
def test_an_event_is_known_by_its_name_or_asked_about(event: str, feeds: Event | None) -> None:
    export = sheet(f"id,redcap_event_name,vas\n1,{event},3\n")
    proposal = propose(export, None, STANDARD)
    assert proposal.events == ({event: feeds} if feeds else {})
    assert bool(open_questions(proposal, export, None)) is (feeds is None)


@pytest.mark.parametrize(
    ("row", "target"),
    [
        ("vas,f,,text,Any words,,,integer,0,10", Value("visits", "vas")),
        ("q1,f,,slider,Pain (VAS),,,,,", Value("visits", "vas")),
        ("q1,f,,text,Calcium (mg/dl),,,number,,", Value("visits", "calcium")),
        ("alp,f,,text,ALP,,IU/L,number,,", Value("visits", "alp")),
        ("calcium_flag,f,,radio,Flag,,,,,", None),
        ("vas,f,,text,Date of VAS,,,date_dmy,,", None),
        ("vas,f,,yesno,Any pain,,,,,", None),
        ("smoking,f,,text,Smoking,,,,,", None),
        ("brace,f,,truefalse,Spinal brace,,,,,", Value("cases", "brace", {"1": "yes", "0": "no"})),
        ("calcum,f,,text,Calc.,,,number,,", None),
    ],
)
def test_a_field_is_proposed_where_name_or_label_and_kind_agree(row: str, target: Value | None) -> None:
    proposal, questions = one_field(row)
    assert proposal.fields == ({row.partition(",")[0]: target} if target else {})
    assert any(" or left out?" in question or "leave it out" in question for question in questions) is (target is None)


def test_what_is_nearly_a_variable_is_a_question() -> None:
    _, questions = one_field("calcum,f,,text,Calc.,,,number,,")
    assert (
        "What is the field calcum (Calc.); it looks like Calcium (visits, calcium): a variable of the registry, or left out?"
        in questions
    )


def test_numbers_of_visits_are_not_taken_for_months() -> None:
    export = sheet("record_id,age,vas_1,vas_2,vas_3,vas_4,vas_m3,main_complete\n1,31,9,5,1,0,2,2\n2,33,8,2,2,1,2,2\n")
    proposal = propose(export, None, STANDARD)
    assert proposal.fields == {"age": Value("cases", "age"), "vas_m3": Value("visits", "vas", month=3)}
    assert open_questions(proposal, export, None) == [
        f"vas_{number} looks like Pain (VAS) at visit {number}: at which month is that, or is it left out?"
        for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("head", "cell"),
    [("diagnosis", "2019-03-12"), ("diagnosis", "PLRO"), ("age", "1988-01-02"), ("age", "thirty")],
)
def test_a_column_that_holds_no_numbers_is_no_number(head: str, cell: str) -> None:
    export = sheet(f"record_id,redcap_event_name,{head}\n1,baseline_arm_1,{cell}\n")
    assert propose(export, None, STANDARD).fields == {}


@pytest.mark.parametrize("label", ["Calcium (ionised)", "Calcium (urine)", "Vitamin D (1,25-OH)", "Age (at menarche)"])
def test_brackets_that_hold_no_unit_tell_another_quantity(label: str) -> None:
    proposal, _ = one_field(f'q1,f,,text,"{label}",,,number,,')
    assert proposal.fields == {}


def test_what_is_nearly_a_level_is_a_question() -> None:
    row = 'breastfeeding,f,,radio,Breastfeeding,"1, Stopped | 2, Continues",,,,'
    proposal, questions = one_field(row)
    assert proposal.fields["breastfeeding"] == Value("cases", "breastfeeding", {"1": "stopped"})
    assert (
        "What does 2 (Continues) of breastfeeding mean: stopped or continued, or missing? It looks like continued."
        in questions
    )


def test_another_unit_is_a_question_and_never_a_conversion() -> None:
    proposal, questions = one_field("calcium,f,,text,Calcium,,Unit: mmol/L,number,,", "2.2")
    assert proposal.fields == {}
    assert questions[-1] == (
        "calcium (Calcium) is in mmol/L, but the registry keeps Calcium in mg/dL and converts nothing: convert it in REDCap, or "
        "leave it out?"
    )


def test_a_unit_that_the_dictionary_does_not_tell_is_asked_for() -> None:
    proposal, questions = one_field("vitamin_d,f,,text,Vitamin D,,,number,,", "46")
    assert proposal.fields == {"vitamin_d": Value("visits", "vitamin_d")}
    assert questions[-1].startswith("The dictionary gives no unit for vitamin_d; 25(OH) vitamin D is kept in ng/mL")


def test_another_unit_of_a_mapped_field_is_a_warning() -> None:
    fields = sheet(DICTIONARY.replace('"mg/dL"', '"mmol/L"'), name="dictionary.csv")
    mapping = RedcapMapping.from_json(MAPPING, STANDARD)
    (finding,) = drafts(EXPORT, fields, mapping, STANDARD)[1]
    assert (finding.rule, finding.severity) == ("unit", "warning")
    assert "the dictionary gives mmol/L, but calcium is kept in mg/dL." in finding.sentence
    assert open_questions(mapping, EXPORT, fields) == [
        "ca is in mmol/L, but Calcium is kept in mg/dL: is it mapped right?"
    ]


def test_a_missing_code_that_is_a_plausible_value_is_asked_about() -> None:
    entries = MAPPING.replace('["NI", "-99"]', '["NI", "-99", "9"]')
    questions = open_questions(RedcapMapping.from_json(entries, STANDARD), EXPORT, FIELDS)
    assert "9 is declared missing, but is a plausible VAS: is it in vas?" in questions


def test_a_decimal_point_beside_a_decimal_comma_is_no_question() -> None:
    fields = sheet(DICTIONARY.replace('"mg/dL",number_comma_decimal', '"mg/dL",number'), name="dictionary.csv")
    assert open_questions(RedcapMapping.from_json(MAPPING, STANDARD), EXPORT, fields) == []


# Names


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Baseline", "baseline_arm_1"),
        ("Month 1 (Arm 2: Brace)", "month_1_arm_2"),
        ("Screening & Enrollment", "screening__enrollm_arm_1"),
        ("1st Month", "1st_month_arm_1"),
    ],
)
def test_an_event_is_named_as_redcap_names_it(label: str, name: str) -> None:
    assert event_name(label) == name


def test_a_box_is_named_as_redcap_names_it() -> None:
    assert box_name("race", "-99") == "race____99"
    assert box_name("fx", "T12") == "fx___t12"


# The data dictionary


def test_a_data_dictionary_is_read() -> None:
    fields, findings = read_dictionary(FIELDS)
    assert findings == []
    assert list(fields)[:3] == ["record_id", "surname", "dob"]
    assert fields["age"].label == "Age at diagnosis"
    assert (fields["age"].low, fields["age"].high, fields["age"].unit) == ("12", "60", "years")
    assert fields["smoker"].choices == (("1", "Yes"), ("2", "No, never"), ("3", "Stopped before pregnancy"))
    assert fields["twins"].choices == (("1", "Yes"), ("0", "No"))
    assert fields["surname"].identifier
    assert fields["dob"].is_date
    assert fields["bmi"].choices == ()
    assert fields["ca"].place.words == "dictionary.csv, row 13, ca".replace("ca", "Variable / Field Name")


def test_the_names_of_the_programming_interface_are_known_too() -> None:
    other = sheet("field_name,form_name,section_header,field_type,field_label\nage,f,,text,Age\n")
    assert is_dictionary(other)
    assert list(read_dictionary(other)[0]) == ["age"]
    assert not is_dictionary(sheet("field_name,label\nage,Age\n"))
    assert read_dictionary(sheet("a,b\n1,2\n"))[1][0].rule == "dictionary"


@pytest.mark.parametrize(
    ("note", "unit"),
    [
        ("mg/dL", "mg/dL"),
        ("in mmol/L; fasting", "mmol/L"),
        ("Units: ng/mL", "ng/mL"),
        ("0-10", ""),
        ("and/or", ""),
        ("weeks postpartum", "weeks"),
        ("g/cm2", "g/cm2"),
        ("today's value", ""),
    ],
)
def test_a_unit_is_found_in_a_note(note: str, unit: str) -> None:
    (field,) = read_dictionary(sheet(dictionary(f"a,f,,text,A,,{note},,,")))[0].values()
    assert field.unit == unit


@pytest.mark.parametrize(
    ("rows", "severity", "sentence"),
    [
        (
            ["a,f,,radio,A,,,,,"],
            "error",
            "A2, Variable / Field Name: “a”; the choices cannot be read; expected them as",
        ),
        (
            ['a,f,,radio,A,"1, Yes | 2",,,,'],
            "error",
            "“a”; the choices cannot be read; expected them as “1, Label | 2,",
        ),
        (['a,f,,radio,A,"1, Yes | 1, No",,,,'], "error", "“a”; the choices give 1 twice; expected each code once."),
        (
            ["a,f,,text,A,,,,,", "a,f,,text,B,,,,,"],
            "error",
            "A3, Variable / Field Name: “a”; the field is given twice;",
        ),
        (["Age (years),f,,text,A,,,,,"], "error", "expected a field name of small letters, digits and underscores."),
        ([",f,,text,A,,,,,"], "error", "expected a field name of small letters, digits and underscores."),
        (["a,f,,colour,A,,,,,"], "warning", "the field type “colour” is not known; expected one of text, notes,"),
        (["a,f,,text,A,,,number,ten,"], "warning", "“ten” is not a number; expected the least or greatest value."),
    ],
)
def test_what_cannot_be_read_in_a_dictionary_is_told(rows: list[str], severity: str, sentence: str) -> None:
    findings = read_dictionary(sheet(dictionary(*rows), name="d.csv"))[1]
    assert sentence in sentences(findings)
    assert [finding.severity for finding in findings] == [severity]
