"""The registry as a REDCap project in one file: CDISC ODM 1.3 with REDCap's extensions, fields, events and records together.

In REDCap, “Create a new project” and “Upload a REDCap project XML file”; nothing else has to be set up.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

import pyarrow as pa

from plro_core.intake.redcap.dictionary import WITH_CHOICES
from plro_core.intake.redcap.layout import EVENT, INSTANCE, INSTRUMENT
from plro_core.intake.redcap.names import PATIENT, box_name
from plro_core.intake.redcap.project import Form, Line, ProjectEvent, events_of, forms_of, months_of
from plro_core.intake.redcap.writer import dictionary_rows, lines
from plro_core.problems import DataProblem
from plro_core.store.manifest import Manifest
from plro_core.text import printable
from plro_core.vocabulary import Vocabulary

_ODM = "http://www.cdisc.org/ns/odm/v1.3"
_REDCAP = "https://projectredcap.org"
_CHOICES = "Choices, Calculations, OR Slider Labels"
_PARTS = ("Variable / Field Name", "Field Type", "Text Validation Type OR Show Slider Number")
_STATUS = (("0", "Incomplete"), ("1", "Unverified"), ("2", "Complete"))
_YES_NO = (("1", "Yes"), ("0", "No"))
_CHECKED = (("1", "Checked"), ("0", "Unchecked"))
#: Type of a field, or its validation, in the dictionary -> in the file, and ODM's type of what it holds.
_TYPES = {"notes": "textarea", "dropdown": "select"}
_VALIDATIONS = {"integer": ("int", "integer"), "number": ("float", "float")}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_Choices = Sequence[tuple[str, str]]


def project_xml(tables: Mapping[str, pa.Table], vocabulary: Vocabulary, manifest: Manifest) -> bytes:
    """The whole project of a version.

    Raises:
        DataProblem: a text holds a sign that no XML file can hold.
    """
    events = events_of(vocabulary, months_of(tables))
    root = ET.Element("ODM", _root(manifest))
    study = ET.SubElement(root, "Study", OID=_study(manifest))
    _settings(study, events, manifest)
    version = ET.SubElement(
        study, "MetaDataVersion", _named(f"Metadata.{manifest.version}", manifest.title) | _own(RecordIdField=PATIENT)
    )
    _events(version, events)
    forms = forms_of(vocabulary)
    for form in forms:
        _form(version, form, forms[0])
    for form in forms:
        _groups(version, form, forms[0])
    rows = dictionary_rows(vocabulary)
    status = [form.name for form in forms]
    for row in rows:
        _items(version, row)
    for name in status:
        _item(version, f"{name}_complete", "select", "Complete?", "text", _own(SectionHeader="Form Status"), _STATUS)
    for row in rows:
        _code_lists(version, row)
    for name in status:
        _code_list(version, f"{name}_complete", f"{name}_complete", "text", _STATUS)
    _records(root, forms, lines(forms, tables, "."), manifest)
    return _bytes(root)


def _root(manifest: Manifest) -> dict[str, str]:
    return {
        "xmlns": _ODM,
        "xmlns:redcap": _REDCAP,
        "ODMVersion": "1.3.1",
        "FileOID": "000-00-0000",
        "FileType": "Snapshot",
        "Description": manifest.title,
        "AsOfDateTime": manifest.time[:19],
        "CreationDateTime": manifest.time[:19],
        "SourceSystem": "PLRO",
    }


def _study(manifest: Manifest) -> str:
    return f"Project.{manifest.version}"


def _own(**parts: str) -> dict[str, str]:
    """Attributes of REDCap's extension; those without a value are left out."""
    return {f"redcap:{name}": text for name, text in parts.items() if text}


def _named(oid: str, name: str) -> dict[str, str]:
    return {"OID": oid, "Name": name}


# The project


def _settings(study: ET.Element, events: Iterable[ProjectEvent], manifest: Manifest) -> None:
    about = ET.SubElement(study, "GlobalVariables")
    described = f"{manifest.title}. Source: {manifest.source}. Version {manifest.version}."
    if manifest.synthetic:
        described += " None of these patients exist."
    for name, text in (
        ("StudyName", manifest.title),
        ("StudyDescription", described),
        ("ProtocolName", manifest.title),
        ("redcap:RecordAutonumberingEnabled", "0"),
        ("redcap:SchedulingEnabled", "0"),
        ("redcap:SurveysEnabled", "0"),
        ("redcap:Purpose", "2"),
        ("redcap:MissingDataCodes", ""),
    ):
        ET.SubElement(about, name).text = text
    repeating = ET.SubElement(
        ET.SubElement(about, "redcap:RepeatingInstrumentsAndEvents"), "redcap:RepeatingInstruments"
    )
    for event in events:
        for form in event.forms:
            if form.repeats:
                parts = {"redcap:UniqueEventName": event.name, "redcap:RepeatInstrument": form.name}
                ET.SubElement(repeating, "redcap:RepeatingInstrument", parts | {"redcap:CustomLabel": ""})


def _events(version: ET.Element, events: Sequence[ProjectEvent]) -> None:
    protocol = ET.SubElement(version, "Protocol")
    for number, event in enumerate(events, 1):
        ET.SubElement(
            protocol, "StudyEventRef", StudyEventOID=f"Event.{event.name}", OrderNumber=str(number), Mandatory="No"
        )
    for event in events:
        told = _own(
            EventName=event.label,
            UniqueEventName=event.name,
            ArmNum="1",
            ArmName="Arm 1",
            DayOffset=str(event.day),
            OffsetMin="0",
            OffsetMax="0",
        )
        usual = {"Type": "Common", "Repeating": "No"}
        defined = ET.SubElement(version, "StudyEventDef", _named(f"Event.{event.name}", event.label) | usual | told)
        for number, form in enumerate(event.forms, 1):
            order = {"FormOID": f"Form.{form.name}", "OrderNumber": str(number), "Mandatory": "No"}
            ET.SubElement(defined, "FormRef", order | _own(FormName=form.name))


# Forms and fields


def _form(version: ET.Element, form: Form, first: Form) -> None:
    label = form.name.replace("_", " ").capitalize()
    parts = _named(f"Form.{form.name}", label) | {"Repeating": "No"} | _own(FormName=form.name)
    defined = ET.SubElement(version, "FormDef", parts)
    for group in (_group(form, first), f"{form.name}.{form.name}_complete"):
        ET.SubElement(defined, "ItemGroupRef", ItemGroupOID=group, Mandatory="No")


def _group(form: Form, first: Form) -> str:
    return f"{form.name}.{PATIENT if form == first else form.fields[0]}"


def _groups(version: ET.Element, form: Form, first: Form) -> None:
    """The fields of a form, and apart from them its status."""
    own = [(box, form.fields[0]) for box in form.boxes] or [(name, name) for name in form.fields]
    fields = ([(PATIENT, PATIENT)] if form == first else []) + own
    status = f"{form.name}_complete"
    for oid, name, items in (
        (_group(form, first), form.name, fields),
        (f"{form.name}.{status}", "Form Status", [(status, status)]),
    ):
        group = ET.SubElement(version, "ItemGroupDef", _named(oid, name) | {"Repeating": "No"})
        for item, variable in items:
            ET.SubElement(group, "ItemRef", {"ItemOID": item, "Mandatory": "No"} | _own(Variable=variable))


def _items(version: ET.Element, row: Line) -> None:
    """One field of the dictionary; a checkbox field is an item for each choice."""
    name, kind, validation = (row[part] for part in _PARTS)
    own = _own(
        FieldNote=row["Field Note"],
        RequiredField=row["Required Field?"],
        FieldAnnotation=row["Field Annotation"],
    )
    if kind == "checkbox":
        for code, _ in _choices(row):
            box = box_name(name, code)
            _item(version, box, kind, row["Field Label"], "boolean", own, _CHECKED, variable=name)
        return
    redcap, type_ = _VALIDATIONS.get(validation, (validation, "text"))
    own |= _own(TextValidationType=redcap)
    kept = _item(version, name, kind, row["Field Label"], "boolean" if kind == "yesno" else type_, own, _choices(row))
    for comparator, limit in (("GE", row["Text Validation Min"]), ("LE", row["Text Validation Max"])):
        if limit:
            check = ET.SubElement(kept, "RangeCheck", Comparator=comparator, SoftHard="Soft")
            ET.SubElement(check, "CheckValue").text = limit


def _item(
    version: ET.Element,
    oid: str,
    kind: str,
    label: str,
    type_: str,
    own: Mapping[str, str],
    choices: _Choices = (),
    variable: str = "",
) -> ET.Element:
    parts = _named(oid, oid) | {"DataType": type_, "Length": "1" if type_ == "boolean" else "999"}
    parts |= _own(Variable=variable or oid, FieldType=_TYPES.get(kind, kind)) | dict(own)
    item = ET.SubElement(version, "ItemDef", parts)
    ET.SubElement(ET.SubElement(item, "Question"), "TranslatedText").text = label
    if choices:
        ET.SubElement(item, "CodeListRef", CodeListOID=f"{oid}.choices")
    return item


def _choices(row: Line) -> _Choices:
    """The choices of a field of the dictionary as (code, label)."""
    if row["Field Type"] == "yesno":
        return _YES_NO
    if row["Field Type"] not in WITH_CHOICES:
        return ()
    pairs = (part.partition(", ") for part in row[_CHOICES].split(" | "))
    return [(code, label) for code, _, label in pairs]


def _code_lists(version: ET.Element, row: Line) -> None:
    name, choices = row["Variable / Field Name"], _choices(row)
    if row["Field Type"] == "checkbox":
        for code, _ in choices:
            own = _own(CheckboxChoices=row[_CHOICES])
            _code_list(version, box_name(name, code), name, "boolean", _CHECKED, own)
    elif choices:
        _code_list(version, name, name, "boolean" if row["Field Type"] == "yesno" else "text", choices)


def _code_list(
    version: ET.Element, oid: str, variable: str, type_: str, choices: _Choices, own: Mapping[str, str] | None = None
) -> None:
    parts = _named(f"{oid}.choices", oid) | {"DataType": type_} | _own(Variable=variable) | dict(own or {})
    listed = ET.SubElement(version, "CodeList", parts)
    for code, label in choices:
        item = ET.SubElement(listed, "CodeListItem", CodedValue=code)
        ET.SubElement(ET.SubElement(item, "Decode"), "TranslatedText").text = label


# The records


def _records(root: ET.Element, forms: Sequence[Form], rows: Iterable[Line], manifest: Manifest) -> None:
    data = ET.SubElement(
        root, "ClinicalData", StudyOID=_study(manifest), MetaDataVersionOID=f"Metadata.{manifest.version}"
    )
    for patient, own in groupby(rows, lambda row: row[PATIENT]):
        subject = ET.SubElement(data, "SubjectData", {"SubjectKey": patient} | _own(RecordIdField=PATIENT))
        for event, at_event in groupby(own, lambda row: row[EVENT]):
            parts = {"StudyEventOID": f"Event.{event}", "StudyEventRepeatKey": "1"} | _own(UniqueEventName=event)
            visit = ET.SubElement(subject, "StudyEventData", parts)
            for row in at_event:
                for form in forms:
                    _form_data(visit, form, forms[0], row)


def _form_data(visit: ET.Element, form: Form, first: Form, row: Line) -> None:
    """What a line holds of one form; the record's id stands in the first form of its first event."""
    values = [(name, row[name]) for name in form.heads if row.get(name)]
    is_first = form == first and not row.get(INSTRUMENT) and row[EVENT] == "baseline_arm_1"
    if not values and not is_first:
        return
    data = ET.SubElement(visit, "FormData", FormOID=f"Form.{form.name}", FormRepeatKey=row.get(INSTANCE) or "1")
    status = f"{form.name}_complete"
    own = [(PATIENT, row[PATIENT])] if is_first else []
    for oid, found in (
        (_group(form, first), own + [pair for pair in values if pair[0] != status]),
        (f"{form.name}.{status}", [pair for pair in values if pair[0] == status]),
    ):
        group = ET.SubElement(data, "ItemGroupData", ItemGroupOID=oid, ItemGroupRepeatKey="1") if found else None
        for name, value in found:
            if group is not None:
                ET.SubElement(group, "ItemData", ItemOID=name, Value=value)


def _bytes(root: ET.Element) -> bytes:
    for element in root.iter():
        for text in (*element.attrib.values(), element.text or ""):
            if _UNWRITABLE.search(text):
                raise DataProblem(f"“{printable(text)}” holds a sign that no XML file can hold; expected plain text.")
    ET.indent(root, "\t")
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
