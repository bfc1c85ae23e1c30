"""A registry as one file of a REDCap project: read here as REDCap reads it, and brought in again the same."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from plro_core.intake.redcap.dictionary import HEADINGS, read_dictionary
from plro_core.intake.redcap.names import event_name
from plro_core.intake.redcap.odm import project_xml
from plro_core.intake.redcap.project import event_forms_csv, events_csv, events_of, months_of, repeating_csv
from plro_core.intake.redcap.reader import drafts
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.problems import DataProblem
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.redcap_tools import sentences, sheet, stored, typed

pytestmark = pytest.mark.usefixtures("read_here")

pytest_plugins = ["tests.core_fixtures"]

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
REDCAP = "{https://projectredcap.org}"


def project(registry: Registry, **tables: pa.Table) -> ET.Element:
    return ET.fromstring(project_xml(stored(registry) | tables, STANDARD, registry.manifest))


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def records(root: ET.Element) -> str:
    """The records of a project file as REDCap exports them: a row an event, and one for each instance of a repeating form."""
    repeating = {
        (one.attrib[f"{REDCAP}UniqueEventName"], one.attrib[f"{REDCAP}RepeatInstrument"])
        for one in root.iter(f"{REDCAP}RepeatingInstrument")
    }
    found: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for subject in root.iter(f"{ODM}SubjectData"):
        for event in subject.iter(f"{ODM}StudyEventData"):
            name = event.attrib[f"{REDCAP}UniqueEventName"]
            for form in event.iter(f"{ODM}FormData"):
                told = form.attrib["FormOID"].removeprefix("Form.")
                again = (told, form.attrib["FormRepeatKey"]) if (name, told) in repeating else ("", "")
                row = found.setdefault((subject.attrib["SubjectKey"], name, *again), {})
                row |= {item.attrib["ItemOID"]: item.attrib["Value"] for item in form.iter(f"{ODM}ItemData")}
    heads = ["case_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]
    own = sorted({name for row in found.values() for name in row} - {"case_id"})
    text = io.StringIO()
    writer = csv.DictWriter(text, [*heads, *own], restval="")
    writer.writeheader()
    for key in sorted(found, key=lambda key: list(found).index(key)):
        writer.writerow(found[key] | dict(zip(heads, key, strict=True)))
    return text.getvalue()


def fields(root: ET.Element) -> str:
    """The fields of a project file as rows of a data dictionary."""
    forms = {
        group.attrib["ItemGroupOID"]: form.attrib[f"{REDCAP}FormName"]
        for form in root.iter(f"{ODM}FormDef")
        for group in form
    }
    form_of = {
        item.attrib["ItemOID"]: forms[group.attrib["OID"]]
        for group in root.iter(f"{ODM}ItemGroupDef")
        for item in group
    }
    choices = {
        one.attrib["OID"]: one.attrib.get(f"{REDCAP}CheckboxChoices")
        or " | ".join(f"{item.attrib['CodedValue']}, {item.findtext(f'.//{ODM}TranslatedText')}" for item in one)
        for one in root.iter(f"{ODM}CodeList")
    }
    rows: dict[str, dict[str, str]] = {}
    for item in root.iter(f"{ODM}ItemDef"):
        own = {name.removeprefix(REDCAP): text for name, text in item.attrib.items() if name.startswith(REDCAP)}
        if own.get("SectionHeader") == "Form Status":
            continue
        listed = item.find(f"{ODM}CodeListRef")
        kind = own["FieldType"]
        limits = {
            one.attrib["Comparator"]: str(one.findtext(f"{ODM}CheckValue")) for one in item.iter(f"{ODM}RangeCheck")
        }
        rows[own["Variable"]] = {
            HEADINGS[0]: own["Variable"],
            "Form Name": form_of[item.attrib["OID"]],
            "Field Type": kind,
            "Field Label": str(item.findtext(f".//{ODM}TranslatedText")),
            HEADINGS[5]: "" if listed is None or kind == "yesno" else choices[listed.attrib["CodeListOID"]],
            "Field Note": own.get("FieldNote", ""),
            HEADINGS[7]: {"int": "integer", "float": "number"}.get(own.get("TextValidationType", ""), ""),
            "Text Validation Min": limits.get("GE", ""),
            "Text Validation Max": limits.get("LE", ""),
            "Required Field?": own.get("RequiredField", ""),
            "Field Annotation": own.get("FieldAnnotation", ""),
        }
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADINGS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return text.getvalue()


def back(root: ET.Element) -> Mapping[str, pa.Table]:
    found, findings = drafts(sheet(records(root)), None, own_mapping(STANDARD), STANDARD)
    assert sentences([finding for finding in findings if finding.rule != "absent_field"]) == ""
    return typed(found)


def test_the_patients_come_back_from_the_project_file(registry: Registry) -> None:
    tables = stored(registry)
    for name, table in back(project(registry)).items():
        assert table.sort_by([(key, "ascending") for key in STANDARD.table(name).key]).equals(
            tables[name].sort_by([(key, "ascending") for key in STANDARD.table(name).key])
        ), name


def test_its_fields_are_those_of_the_data_dictionary(registry: Registry) -> None:
    found = fields(project(registry))
    assert found == dictionary_csv(STANDARD).decode()
    assert read_dictionary(sheet(found))[1] == []


def test_its_records_are_those_of_the_csv_export(registry: Registry) -> None:
    heads = ("case_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")

    def cells(text: str) -> set[tuple[str, ...]]:
        return {
            (*(row[head] for head in heads), name, value)
            for row in csv.DictReader(io.StringIO(text))
            for name, value in row.items()
            if value
        }

    assert cells(records(project(registry))) == cells(export_csv(stored(registry), STANDARD).decode())


def test_every_reference_in_it_leads_somewhere(registry: Registry) -> None:
    root = project(registry)
    for reference, definition in (
        ("StudyEventRef/StudyEventOID", "StudyEventDef"),
        ("FormRef/FormOID", "FormDef"),
        ("ItemGroupRef/ItemGroupOID", "ItemGroupDef"),
        ("ItemRef/ItemOID", "ItemDef"),
        ("CodeListRef/CodeListOID", "CodeList"),
        ("StudyEventData/StudyEventOID", "StudyEventDef"),
        ("FormData/FormOID", "FormDef"),
        ("ItemGroupData/ItemGroupOID", "ItemGroupDef"),
        ("ItemData/ItemOID", "ItemDef"),
    ):
        tag, attribute = reference.split("/")
        defined = [one.attrib["OID"] for one in root.iter(f"{ODM}{definition}")]
        assert len(defined) == len(set(defined)), definition
        assert {one.attrib[attribute] for one in root.iter(f"{ODM}{tag}")} <= set(defined), reference


def test_text_that_means_something_to_xml_survives(registry: Registry) -> None:
    tables = stored(registry)
    words = ['a < b & "c"', "two\nlines", "]]>", "5 µg – ½"]
    row = dict.fromkeys(tables["treatments"].column_names) | {"case_id": 1, "kind": "analgesic"}
    treatments = pa.Table.from_pylist([row | {"agent": word} for word in words], schema=tables["treatments"].schema)
    assert back(project(registry, treatments=treatments))["treatments"]["agent"].to_pylist() == words


def test_a_sign_that_no_xml_can_hold_is_refused_in_one_sentence(registry: Registry) -> None:
    manifest = replace(registry.manifest, source="a\x0bb")
    with pytest.raises(DataProblem, match="holds a sign that no XML file can hold"):
        project_xml(stored(registry), STANDARD, manifest)


def test_the_same_version_gives_the_same_bytes(registry: Registry) -> None:
    first, second = (project_xml(stored(registry), STANDARD, registry.manifest) for _ in range(2))
    assert first == second


def test_the_lists_of_events_and_forms_fit_the_records(registry: Registry) -> None:
    tables = stored(registry)
    months = months_of(tables)
    events = rows(events_csv(STANDARD, months))
    assert [event_name(event["event_name"]) for event in events] == [event["unique_event_name"] for event in events]
    placed = {(row["unique_event_name"], row["form"]) for row in rows(event_forms_csv(STANDARD, months))}
    repeating = {(row["event_name"], row["form_name"]) for row in rows(repeating_csv(STANDARD, months))}
    assert repeating < placed
    for row in rows(export_csv(tables, STANDARD)):
        event, form = row["redcap_event_name"], row["redcap_repeat_instrument"]
        filled = {name.removesuffix("_complete") for name, value in row.items() if name.endswith("_complete") and value}
        assert {(event, name) for name in filled} <= placed
        assert not form or (event, form) in repeating


def test_a_month_beside_the_usual_ones_is_an_event() -> None:
    assert [event.name for event in events_of(STANDARD, [24])][-1] == "month_24_arm_1"
