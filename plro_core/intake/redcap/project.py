"""The registry as a REDCap project: its forms, its events, and the lists by which REDCap sets a project up."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from plro_core.intake.redcap.names import (
    MONTH,
    PATIENT,
    allowed,
    box_name,
    content,
    field_name,
    has_month,
    is_fact,
    patient_tables,
    slug,
)
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

#: One row of a file: column -> text.
Line = dict[str, str]

#: REDCap's mark of a form that was filled in.
COMPLETE = "2"
#: Days of a month, as the calendar has them on average.
_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True)
class Form:
    """One form of the project: the group of a patient's or a visit's data, or the facts of one table."""

    name: str
    table: RegistryTable
    entries: tuple[Variable, ...]
    fields: tuple[str, ...]
    is_fact: bool
    has_month: bool

    @property
    def has_boxes(self) -> bool:
        """Whether its table has nothing but one level, such as a list of symptoms without sides."""
        only = self.entries[0] if len(self.entries) == 1 else None
        return bool(self.is_fact and not self.has_month and only and only.kind == "category" and only.levels)

    @property
    def repeats(self) -> bool:
        return self.is_fact and not self.has_boxes

    @property
    def boxes(self) -> dict[str, str]:
        """Column of each box -> the level that it stands for."""
        return {box_name(self.fields[0], code): code for code in allowed(self.entries[0])} if self.has_boxes else {}

    @property
    def heads(self) -> tuple[str, ...]:
        return (*(self.boxes or self.fields), f"{self.name}_complete")


@dataclass(frozen=True)
class ProjectEvent:
    """One event of the project: the visit at a month, with the forms that are filled in there."""

    month: int
    forms: tuple[Form, ...]

    @property
    def name(self) -> str:
        """Its unique name."""
        return event_of(self.month)

    @property
    def label(self) -> str:
        """What it is called; REDCap makes the unique name of it."""
        return "Baseline" if self.month == 0 else f"Month {self.month}"

    @property
    def day(self) -> int:
        """The day on which it is planned."""
        return round(self.month * _MONTH_DAYS)


def forms_of(vocabulary: Vocabulary) -> list[Form]:
    groups: dict[str, tuple[RegistryTable, list[Variable]]] = {}
    for table in patient_tables(vocabulary):
        for entry in content(vocabulary, table.name):
            name = table.name if is_fact(table) else f"{table.name}_{slug(entry.group)}"
            groups.setdefault(name, (table, []))[1].append(entry)
    return [
        Form(
            name,
            table,
            tuple(found),
            tuple(field_name(vocabulary, entry) for entry in found),
            is_fact(table),
            has_month(vocabulary, table.name),
        )
        for name, (table, found) in groups.items()
    ]


def event_of(month: int) -> str:
    return "baseline_arm_1" if month == 0 else f"month_{month}_arm_1"


def events_of(vocabulary: Vocabulary, months: Iterable[int] = ()) -> list[ProjectEvent]:
    """The events: baseline with all forms, then the registry's visits; ``months`` are visits beside the usual ones."""
    forms = tuple(forms_of(vocabulary))
    later = tuple(form for form in forms if form.has_month)
    return [ProjectEvent(month, later if month else forms) for month in sorted({0, *vocabulary.months, *months})]


def months_of(tables: Mapping[str, pa.Table]) -> list[int]:
    """The months of which the tables of patients hold something."""
    with_month = (table for table in tables.values() if {PATIENT, MONTH} <= set(table.column_names))
    return sorted({month for table in with_month for month in table[MONTH].unique().to_pylist() if month is not None})


# How REDCap sets a project up


def setup_files(vocabulary: Vocabulary, months: Sequence[int] = ()) -> dict[str, bytes]:
    """What sets a project up besides its data dictionary, by the name of each file."""
    return {
        "events.csv": events_csv(vocabulary, months),
        "event-forms.csv": event_forms_csv(vocabulary, months),
        "repeating-forms.csv": repeating_csv(vocabulary, months),
    }


def events_csv(vocabulary: Vocabulary, months: Iterable[int] = ()) -> bytes:
    """The list of events, as REDCap's page “Define My Events” takes it."""
    heads = (
        "event_name",
        "arm_num",
        "day_offset",
        "offset_min",
        "offset_max",
        "unique_event_name",
        "custom_event_label",
    )
    rows = [(event.label, "1", str(event.day), "0", "0", event.name, "") for event in events_of(vocabulary, months)]
    return listing(heads, (dict(zip(heads, row, strict=True)) for row in rows))


def event_forms_csv(vocabulary: Vocabulary, months: Iterable[int] = ()) -> bytes:
    """Which form is filled in at which event, as REDCap's page “Designate Instruments for My Events” takes it."""
    pairs = ((event, form) for event in events_of(vocabulary, months) for form in event.forms)
    rows = ({"arm_num": "1", "unique_event_name": event.name, "form": form.name} for event, form in pairs)
    return listing(("arm_num", "unique_event_name", "form"), rows)


def repeating_csv(vocabulary: Vocabulary, months: Iterable[int] = ()) -> bytes:
    """Which form may be filled in several times at an event, as REDCap's programming interface takes it."""
    pairs = ((event, form) for event in events_of(vocabulary, months) for form in event.forms if form.repeats)
    rows = ({"event_name": event.name, "form_name": form.name, "custom_form_label": ""} for event, form in pairs)
    return listing(("event_name", "form_name", "custom_form_label"), rows)


def listing(heads: Sequence[str], rows: Iterable[Line], delimiter: str = ",") -> bytes:
    """A CSV file of these columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, heads, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
