"""What stands where in a REDCap export: fields, REDCap's own columns, and headings that are labels."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from plro_core.intake.model import Finding, Sheet
from plro_core.intake.redcap.dictionary import Field, is_dictionary, plain
from plro_core.intake.redcap.names import box_name, plain_code, written
from plro_core.intake.row_numbers import is_row_numbers, left_out
from plro_core.text import listed

Role = Literal["field", "event", "instrument", "instance", "centre", "survey", "status", "stamp", "rows"]

#: Columns that say of each row what it is of.
REDCAPS_OWN: tuple[Role, ...] = ("event", "instrument", "instance")

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
#: What REDCap writes beside a form: at its end whether it is complete, at its beginning when a survey was sent.
COMPLETE_END = "_complete"
_STAMP_ENDS = ("_timestamp", "_return_code")
_COMPLETE_LABEL, _STAMP_LABEL = "complete?", "survey timestamp"
_COMPLETE = {"", "0", "1", "2", "incomplete", "unverified", "complete"}
_CHOICE = re.compile(r"(.*)\(choice=(.*)\)", re.DOTALL)


@dataclass(frozen=True)
class ExportField:
    """One column of an export under its export field name, even where the file shows labels."""

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


def is_export(sheet: Sheet, own: Collection[str] = ()) -> bool:
    """Whether a sheet is an export of records from REDCap, by what only REDCap writes.

    ``own`` are names of the registry's columns: one of them tells nothing, however much it looks like REDCap's.
    """
    if is_dictionary(sheet):
        return False
    places = {index: head.strip().lower() for index, head in enumerate(sheet.head) if head.strip() not in own}
    heads = set(places.values())
    if heads & (set(_ROLES) | {"complete?"}) or {"event name", "repeat instance"} <= heads:
        return True
    if any("___" in head or "(choice=" in head for head in heads):
        return True
    # A classic project has no events and no instances; what is left is the state of its forms.
    return any(_holds_status(sheet, index) for index, head in places.items() if head.endswith(COMPLETE_END))


def _holds_status(sheet: Sheet, index: int) -> bool:
    return {plain_code(written(cells[index]).lower()) for _, cells in sheet.rows} <= _COMPLETE


def layout(
    sheet: Sheet, fields: Mapping[str, Field], mapped: Collection[str] = ()
) -> tuple[list[ExportField], list[Finding]]:
    """The columns of an export, and the headings of which nobody could say what they mean.

    ``mapped`` are names that are fields even where the dictionary is not at hand.
    """
    labels = _labels(fields)
    own = _own(sheet, fields)
    columns = [_column(index, head.strip(), {*fields, *mapped}, labels, own) for index, head in enumerate(sheet.head)]
    findings, seen = [], set()
    for column in columns:
        meant = labels.get(_plain_heading(sheet.head[column.index]), [])
        if len(meant) > 1 and column.name not in fields and column.role == "field":
            findings.append(_heading(sheet, column, f"the heading may stand for {listed(meant, 'or')}."))
        elif column.role == "rows":
            findings.append(left_out(sheet))
        elif not column.name and any(written(cells[column.index]) for _, cells in sheet.rows):
            findings.append(_heading(sheet, column, "a column without a heading holds cells; expected a heading."))
        elif column.role not in ("status", "stamp") and column.name and column.name in seen:
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


def _own(sheet: Sheet, fields: Mapping[str, Field]) -> dict[int, Role]:
    """The columns that REDCap itself writes beside a form: its status, and the stamps of a form that has a status.

    A field of the project may have a name like theirs: a status says 0, 1 or 2 in codes or words and belongs to a form.
    """
    heads = [head.strip() for head in sheet.head]
    forms = {field.form for field in fields.values()}
    found: dict[int, Role] = {0: "rows"} if is_row_numbers(sheet, 0) else {}
    for index, head in enumerate(heads):
        form = head.removesuffix(COMPLETE_END)
        named = form != head and (not forms or form in forms)
        if (named or head.lower() == _COMPLETE_LABEL) and _holds_status(sheet, index):
            found[index] = "status"
    known = forms or {heads[at].removesuffix(COMPLETE_END) for at, role in found.items() if role == "status"}
    stamps = {f"{form}{end}" for form in known for end in _STAMP_ENDS}
    return found | {i: "stamp" for i, head in enumerate(heads) if head in stamps or head.lower() == _STAMP_LABEL}


def _column(
    index: int, head: str, known: Collection[str], labels: Mapping[str, list[str]], own: Mapping[int, Role]
) -> ExportField:
    if head in known and head not in _ROLES:
        return ExportField(index, head, "field")
    name = _LABELS.get(head.lower(), head)
    if name in _ROLES:
        return ExportField(index, name, _ROLES[name])
    if index in own:
        return ExportField(index, head, own[index])
    meant = labels.get(_plain_heading(head), [])
    return ExportField(index, meant[0] if len(meant) == 1 else head, "field")


def _plain_heading(head: str) -> str:
    """A label heading as the dictionary would give it; older versions put the choice in quotes."""
    choice = _CHOICE.fullmatch(head)
    return f"{plain(choice[1])} (choice={plain(choice[2]).strip(chr(39))})" if choice else plain(head)


def _heading(sheet: Sheet, column: ExportField, text: str) -> Finding:
    head = sheet.head[column.index]
    hint = "Export the data with field names as headings (raw data)."
    return Finding(
        sheet.file, sheet.name, sheet.head_row, head, value=head, rule="heading", message=text, suggestion=hint
    )
