"""What stands where in a REDCap export: fields, REDCap's own columns, and headings that are labels."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from plro_core.intake.model import Finding, Sheet
from plro_core.intake.redcap.dictionary import Field, is_dictionary, plain
from plro_core.intake.redcap.names import box_name, written
from plro_core.text import listed

Role = Literal["field", "event", "instrument", "instance", "centre", "survey", "status"]

CENTRE = "redcap_data_access_group"
EVENT = "redcap_event_name"
INSTRUMENT = "redcap_repeat_instrument"
INSTANCE = "redcap_repeat_instance"

_ROLES: dict[str, Role] = {
    EVENT: "event",
    INSTRUMENT: "instrument",
    INSTANCE: "instance",
    CENTRE: "centre",
    "redcap_survey_identifier": "survey",
}
_LABELS = {
    "event name": EVENT,
    "repeat instrument": INSTRUMENT,
    "repeat instance": INSTANCE,
    "data access group": CENTRE,
    "survey identifier": "redcap_survey_identifier",
}
#: What REDCap writes beside a form: is it complete, when was it sent.
_STATUS_ENDS = ("_complete", "_timestamp", "_return_code")
_STATUS_LABELS = ("complete?", "survey timestamp")
_COMPLETE = {"", "0", "1", "2", "incomplete", "unverified", "complete"}
_CHOICE = re.compile(r"(.*)\(choice=(.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """One column of an export under the field's name, even where the file shows labels."""

    index: int
    name: str
    role: Role

    @property
    def field(self) -> str:
        """The field it belongs to; a checkbox field has a column for each choice."""
        return self.name.partition("___")[0]

    @property
    def is_box(self) -> bool:
        return "___" in self.name


def is_export(sheet: Sheet) -> bool:
    """Whether a sheet is an export of records from REDCap, by what only REDCap writes."""
    if is_dictionary(sheet):
        return False
    heads = {head.strip().lower() for head in sheet.head}
    if heads & (set(_ROLES) | {"complete?"}) or {"event name", "repeat instance"} <= heads:
        return True
    return any("___" in head or "(choice=" in head for head in heads) or _has_form_status(sheet)


def _has_form_status(sheet: Sheet) -> bool:
    """A classic project has no events and no instances; what is left is the state of its forms."""
    ends = [index for index, head in enumerate(sheet.head) if head.strip().endswith("_complete")]
    return any({written(cells[index]).lower() for _, cells in sheet.rows} <= _COMPLETE for index in ends)


def layout(
    sheet: Sheet, fields: Mapping[str, Field], mapped: Collection[str] = ()
) -> tuple[list[Column], list[Finding]]:
    """The columns of an export, and the headings of which nobody could say what they mean.

    ``mapped`` are names that are fields even where the dictionary is not at hand.
    """
    labels = _labels(fields)
    columns = [_column(index, head.strip(), {*fields, *mapped}, labels) for index, head in enumerate(sheet.head)]
    findings, seen = [], set()
    for column in columns:
        meant = labels.get(_plain_heading(sheet.head[column.index]), [])
        if len(meant) > 1 and column.name not in fields and column.role == "field":
            findings.append(_heading(sheet, column, f"the heading may stand for {listed(meant, 'or')}."))
        elif column.role != "status" and column.name in seen:
            findings.append(_heading(sheet, column, "the column is given more than once; expected each field once."))
        seen.add(column.name)
    return columns, findings


def _labels(fields: Mapping[str, Field]) -> dict[str, list[str]]:
    """Heading as a label -> names of the columns that it may stand for."""
    labels: dict[str, list[str]] = {}
    for field in fields.values():
        if field.type != "checkbox":
            labels.setdefault(field.label, []).append(field.name)
        for code, choice in field.choices if field.type == "checkbox" else ():
            labels.setdefault(f"{field.label} (choice={choice})", []).append(box_name(field.name, code))
    return labels


def _column(index: int, head: str, known: Collection[str], labels: Mapping[str, list[str]]) -> Column:
    if head in known and head not in _ROLES:
        return Column(index, head, "field")
    name = _LABELS.get(head.lower(), head)
    if name in _ROLES:
        return Column(index, name, _ROLES[name])
    if head.endswith(_STATUS_ENDS) or head.lower() in _STATUS_LABELS:
        return Column(index, head, "status")
    meant = labels.get(_plain_heading(head), [])
    return Column(index, meant[0] if len(meant) == 1 else head, "field")


def _plain_heading(head: str) -> str:
    """A label heading as the dictionary would give it; older versions put the choice in quotes."""
    choice = _CHOICE.fullmatch(head)
    return f"{plain(choice[1])} (choice={plain(choice[2]).strip(chr(39))})" if choice else plain(head)


def _heading(sheet: Sheet, column: Column, text: str) -> Finding:
    head = sheet.head[column.index]
    hint = "Export the data with field names as headings (raw data)."
    return Finding(
        sheet.file, sheet.name, sheet.head_row, head, value=head, rule="heading", message=text, suggestion=hint
    )
