"""The registry written as a REDCap project and read back: the same values in the same order."""

from dataclasses import replace

import pyarrow as pa
import pytest

from plro_core.intake.redcap.dictionary import HEADINGS, TYPES, is_dictionary, read_dictionary
from plro_core.intake.redcap.layout import is_export
from plro_core.intake.redcap.mapping import Box, RedcapMapping
from plro_core.intake.redcap.names import patient_tables
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.reader import drafts
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.schema import arrow_schema
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD, Declared, Level, RegistryTable, Variable, Vocabulary
from tests.redcap_tools import sentences, sheet, stored, typed

pytestmark = pytest.mark.usefixtures("read_here")

pytest_plugins = ["tests.core_fixtures"]

DIALECTS = pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ","), ("\t", ","), (",", ",")])


@DIALECTS
def test_the_registry_comes_back_as_it_is_stored(registry: Registry, delimiter: str, decimal: str) -> None:
    tables = stored(registry)
    export = sheet(export_csv(tables, STANDARD, delimiter, decimal), delimiter)
    dictionary = sheet(dictionary_csv(STANDARD, delimiter, decimal), delimiter, "dictionary.csv")
    rows, findings = drafts(export, dictionary, own_mapping(STANDARD), STANDARD)
    assert sentences(findings) == ""
    back = typed(rows, decimal)
    assert set(back) == {"cases", "visits", "symptoms", "treatments", "fractures", "imaging"}
    for name, table in back.items():
        assert table.equals(tables[name]), name


def test_the_dictionary_is_not_needed_for_our_own_export(registry: Registry) -> None:
    export = sheet(export_csv(stored(registry), STANDARD))
    rows, findings = drafts(export, None, own_mapping(STANDARD), STANDARD)
    assert findings == []
    assert typed(rows)["visits"].equals(stored(registry)["visits"])


def test_the_two_files_are_told_apart(registry: Registry) -> None:
    export, dictionary = sheet(export_csv(stored(registry), STANDARD)), sheet(dictionary_csv(STANDARD))
    assert (is_export(export), is_dictionary(export)) == (True, False)
    assert (is_export(dictionary), is_dictionary(dictionary)) == (False, True)


def test_the_dictionary_is_one_that_redcap_knows() -> None:
    dictionary = sheet(dictionary_csv(STANDARD))
    fields, findings = read_dictionary(dictionary)
    assert findings == []
    assert dictionary.head == HEADINGS
    assert next(iter(fields)) == "case_id"
    assert {field.type for field in fields.values()} <= set(TYPES)
    assert len(fields) == 1 + sum(
        entry.name not in ("case_id", "month")
        for table in patient_tables(STANDARD)
        for entry in STANDARD.columns(table.name)
    )
    vas, age, smoking = fields["vas"], fields["age"], fields["smoking"]
    assert (vas.validation, vas.low, vas.high) == ("integer", "0", "10")
    assert (age.unit, smoking.choices) == ("years", (("1", "Yes"), ("0", "No")))
    assert fields["symptoms_symptom"].form == "symptoms"
    assert dict(fields["fractures_level"].choices)["T12"] == "T12"


def test_what_is_proposed_for_our_own_export_is_our_own_mapping(registry: Registry) -> None:
    export, dictionary = sheet(export_csv(stored(registry), STANDARD)), sheet(dictionary_csv(STANDARD))
    proposal = propose(export, dictionary, STANDARD)
    assert proposal == own_mapping(STANDARD)
    assert open_questions(proposal, export, dictionary) == []


def test_our_own_mapping_is_read_back_from_its_json() -> None:
    assert RedcapMapping.from_json(own_mapping(STANDARD).json, STANDARD) == own_mapping(STANDARD)


def test_every_digit_of_a_number_survives(registry: Registry) -> None:
    tables = stored(registry)
    exact = [0.1 + 0.2, 1e-7, 123456789.123456789, -0.0, 5e-324, 1e22, 2 / 3, 46.0, 8.9, 1 / 3]
    cases = tables["cases"].set_column(
        tables["cases"].column_names.index("t_l1_l4"), arrow_schema("cases", STANDARD).field("t_l1_l4"), pa.array(exact)
    )
    rows, _ = drafts(
        sheet(export_csv(tables | {"cases": cases}, STANDARD, ";", ","), ";"), None, own_mapping(STANDARD), STANDARD
    )
    assert typed(rows, ",")["cases"]["t_l1_l4"].to_pylist() == exact


def test_text_with_commas_quotes_and_line_breaks_survives(registry: Registry) -> None:
    tables = stored(registry)
    row = dict.fromkeys(arrow_schema("treatments", STANDARD).names) | {"case_id": 1, "kind": "analgesic"}
    words = ['a, "b"; c', "two\nlines", "=1+1", " spaces ", "Ibuprofen 5 µg – ½"]
    treatments = pa.Table.from_pylist(
        [row | {"agent": word} for word in words], schema=arrow_schema("treatments", STANDARD)
    )
    rows, findings = drafts(
        sheet(export_csv(tables | {"treatments": treatments}, STANDARD, ";"), ";"),
        None,
        own_mapping(STANDARD),
        STANDARD,
    )
    assert findings == []
    assert typed(rows)["treatments"]["agent"].to_pylist() == words


def test_a_visit_at_another_month_is_written_and_read(registry: Registry) -> None:
    tables = stored(registry)
    row = dict.fromkeys(arrow_schema("visits", STANDARD).names) | {"case_id": 1, "month": 12, "vas": 0}
    visits = pa.Table.from_pylist([row], schema=arrow_schema("visits", STANDARD))
    export = sheet(export_csv(tables | {"visits": visits}, STANDARD))
    rows, findings = drafts(export, None, own_mapping(STANDARD, [12]), STANDARD)
    assert findings == []
    assert typed(rows)["visits"].to_pylist() == [row]
    assert [finding.rule for finding in drafts(export, None, own_mapping(STANDARD), STANDARD)[1]] == ["unknown_event"]


def _more_words() -> Vocabulary:
    """Words with a list of complications without more about them, and a timed table of doses."""
    levels = (Level("dvt", "deep vein thrombosis"), Level("uti", "urinary tract infection"))
    patient = Variable("case_id", "Patient", "complications", "identifier", "Complications", required=True)
    month = STANDARD.variable("month", "visits")
    complication = Variable(
        "complication", "Complication", "complications", "category", "C", levels=levels, many=True, required=True
    )
    tables = (
        RegistryTable("complications", "Complications", "one complication", ("case_id", "complication")),
        RegistryTable("doses", "Doses", "one dose", ("case_id", "month", "agent")),
        RegistryTable("markers", "Markers", "the markers of one visit", ("case_id", "month")),
    )
    variables = (
        patient,
        complication,
        replace(patient, table="doses"),
        replace(month, table="doses"),
        Variable("agent", "Agent", "doses", "text", "Doses", required=True),
        replace(patient, table="markers"),
        replace(month, table="markers"),
        Variable("ctx", "CTX", "markers", "number", "Markers", unit="ng/L", decimals=2),
        Variable("centre", "Centre", "cases", "text", "Identifiers"),
        Variable("source_id", "Id in the source", "cases", "text", "Identifiers"),
    )
    return Vocabulary(Declared(tables=tables, variables=variables))


MORE = _more_words()


@pytest.fixture
def more(registry: Registry) -> dict[str, pa.Table]:
    """The stored tables, with a centre and an id of its source for each patient."""
    tables = stored(registry)
    centre = pa.array(["Ankara"] * tables["cases"].num_rows)
    ids = pa.array([f"DAG-{number}" for number in tables["cases"]["case_id"].to_pylist()])
    return tables | {"cases": tables["cases"].append_column("centre", centre).append_column("source_id", ids)}


def test_boxes_timed_facts_and_tables_that_came_later_survive(more: dict[str, pa.Table]) -> None:
    tables = more
    complications = [{"case_id": 1, "complication": "dvt"}, {"case_id": 1, "complication": "uti"}]
    complications.append({"case_id": 4, "complication": "uti"})
    doses = [{"case_id": 2, "month": month, "agent": agent} for month in (0, 3) for agent in ("a", "b")]
    markers = [{"case_id": 2, "month": 3, "ctx": 0.25}, {"case_id": 3, "month": 0, "ctx": None}]
    tables["complications"] = pa.Table.from_pylist(complications, schema=arrow_schema("complications", MORE))
    tables["doses"] = pa.Table.from_pylist(doses, schema=arrow_schema("doses", MORE))
    tables["markers"] = pa.Table.from_pylist(markers, schema=arrow_schema("markers", MORE))
    export, dictionary = sheet(export_csv(tables, MORE)), sheet(dictionary_csv(MORE))
    assert "complications_complication___dvt" in export.head
    assert own_mapping(MORE).fields["complications_complication___uti"] == Box("complications", {"complication": "uti"})
    rows, findings = drafts(export, dictionary, own_mapping(MORE), MORE, tables["cases"])
    assert sentences(findings) == ""
    assert typed(rows, words=MORE)["cases"].equals(tables["cases"].cast(arrow_schema("cases", MORE)))
    assert typed(rows, words=MORE)["complications"].to_pylist() == complications
    assert typed(rows, words=MORE)["doses"].to_pylist() == doses
    assert typed(rows, words=MORE)["markers"].to_pylist() == markers
    assert typed(rows, words=MORE)["visits"].equals(tables["visits"])
    assert propose(export, dictionary, MORE) == own_mapping(MORE)
