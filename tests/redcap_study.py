"""A made-up REDCap project of the shape that trials have: 100 patients, two arms, planned and unplanned visits.

Nobody in it exists; its title says so. ``records`` are as REDCap exports them, ``truth`` is what they hold.
"""

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd

from plro_core.intake.redcap.dictionary import HEADINGS
from plro_core.vocabulary import Vocabulary, parse

TITLE = "SYNTHETIC trial: none of these patients exist"
PATIENTS = 100
MONTHS = (0, 1, 3, 6)
WORDS = Vocabulary(
    parse(
        'use = ["source_id", "bmi", "day", "unscheduled"]\n'
        '[[variable]]\nname="arm"\nlabel="Arm"\ntable="cases"\nkind="category"\nlevels={drug="Drug",placebo="Placebo"}\n'
    )
)

#: name, form, type, label, choices, note, validation, identifier
_FIELDS = (
    ("record_id", "enrolment", "text", "Record ID", "", "", "", ""),
    ("initials", "enrolment", "text", "Initials", "", "", "", "y"),
    ("dob", "enrolment", "text", "Date of birth", "", "", "date_dmy", "y"),
    ("consent_date", "enrolment", "text", "Date of consent", "", "", "date_ymd", ""),
    ("age", "enrolment", "text", "Age (years)", "", "", "integer", ""),
    ("bmi", "enrolment", "calc", "BMI", "round([kg]/([m]^2),1)", "kg/m2", "", ""),
    ("weeks_postpartum", "enrolment", "text", "Weeks postpartum at diagnosis", "", "weeks", "integer", ""),
    ("smoking", "enrolment", "radio", "Smoking", "1, Yes | 2, No | 3, Stopped before pregnancy", "", "", ""),
    ("twin_pregnancy", "enrolment", "yesno", "Twin pregnancy", "", "", "", ""),
    ("weight_gain_kg", "enrolment", "text", "Weight gain", "", "kg", "integer", ""),
    ("dxa_spine", "enrolment", "text", "L1-L4 T-score", "", "", "number_comma_decimal", ""),
    ("sympt", "symptoms", "checkbox", "Symptoms", "1, Back pain | 2, Low back pain | 3, Hip pain", "", "", ""),
    ("visit_date", "visit", "text", "Date of visit", "", "", "date_ymd", ""),
    ("vas", "visit", "text", "Pain (VAS)", "", "0-10", "integer", ""),
    ("calcium", "visit", "text", "Calcium", "", "mg/dL", "number", ""),
    ("alp", "visit", "text", "ALP", "", "IU/L", "integer", ""),
    ("pth", "visit", "text", "PTH", "", "pg/mL", "number", ""),
    ("visit_comments", "visit", "notes", "Comments", "", "", "", ""),
    ("visit_by", "visit", "text", "Seen by", "", "", "", ""),
    ("agent", "medication", "text", "Intervention", "", "", "", ""),
    ("kind", "medication", "dropdown", "Kind of intervention", "a, Supplement | b, Analgesic", "", "", ""),
    ("dose", "medication", "text", "Dose", "", "", "number", ""),
    ("ae_term", "adverse_event", "text", "Adverse event", "", "", "", ""),
    ("ae_grade", "adverse_event", "radio", "Grade", "1, Mild | 2, Moderate | 3, Severe", "", "", ""),
)
_FORMS = tuple(dict.fromkeys(field[1] for field in _FIELDS))
_OWN = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group")


@dataclass(frozen=True)
class Study:
    """The files of the project, and what they hold: table -> rows of columns that a registry keeps."""

    dictionary: str
    records: str
    truth: dict[str, list[dict[str, Any]]]


@cache
def study(patients: int = PATIENTS) -> Study:
    """The project; the same each time."""
    made = _Made(random.Random(14))
    for number in range(1, patients + 1):
        made.patient(number)
    return Study(_dictionary(), _csv(_heads(), made.rows), made.truth)


def _heads() -> list[str]:
    heads = ["record_id", *_OWN]
    for form in _FORMS:
        for name, own, kind, _, choices, *_ in _FIELDS:
            if own == form and name != "record_id":
                codes = [part.partition(",")[0] for part in choices.split(" | ")] if kind == "checkbox" else []
                heads += [f"{name}___{code}" for code in codes] or [name]
        heads.append(f"{form}_complete")
    return heads


def _dictionary() -> str:
    rows = []
    for name, form, kind, label, choices, note, validation, identifier in _FIELDS:
        parts = (name, form, "", kind, label, choices, note, validation, "", "", identifier)
        rows.append(dict(zip(HEADINGS, parts, strict=False)))
    return _csv(list(HEADINGS), rows)


def _csv(heads: list[str], rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, heads, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class _Made:
    """The rows as they come."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.rows = chance, list[dict[str, str]]()
        self.truth: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("cases", "visits", "unscheduled", "symptoms", "treatments")
        }

    def patient(self, number: int) -> None:
        arm, begun = 1 + number % 2, date(2021, 1, 4) + timedelta(days=3 * number)
        self._enrolled(number, arm, begun)
        for month in MONTHS[1:]:
            if self.chance.random() < 0.9:
                day = round(month * 30.4) + self.chance.randrange(-5, 6)
                self._visit(number, f"month_{month}_arm_{arm}", begun + timedelta(days=day), month, day)
        for instance in range(1, 1 + self.chance.randrange(0, 3)):
            day = 40 + 30 * instance
            self._unplanned(number, arm, instance, begun + timedelta(days=day), day)

    def _line(self, number: int, event: str, instrument: str = "", instance: str = "", **cells: str) -> None:
        untouched = {name: "0" for name in _heads() if "___" in name} if not instrument else {}
        centre = "izmir" if number % 3 else "bursa"
        own = dict(zip(_OWN, (event, instrument, instance, centre), strict=True))
        self.rows.append({"record_id": f"T-{number:03d}", **own, **untouched, **cells})

    def _enrolled(self, number: int, arm: int, begun: date) -> None:
        event, chance = f"baseline_arm_{arm}", self.chance
        age, weeks, smoking, twins = (
            chance.randrange(22, 42),
            chance.randrange(1, 30),
            chance.randrange(1, 4),
            number % 10 == 0,
        )
        gain, spine, bmi = chance.randrange(8, 30), -chance.randrange(10, 50) / 10, chance.randrange(190, 330) / 10
        boxes = [chance.random() < 0.5 for _ in range(3)]
        visit, measured = self._measured()
        cells = {
            "initials": "XX",
            "dob": "1990-01-01",
            "consent_date": begun.isoformat(),
            "age": str(age),
            "bmi": str(bmi),
            "weeks_postpartum": "-99" if number % 25 == 0 else str(weeks),
            "smoking": str(smoking),
            "twin_pregnancy": str(int(twins)),
            "weight_gain_kg": str(gain),
            "dxa_spine": str(spine).replace(".", ","),
            "visit_date": begun.isoformat(),
            "enrolment_complete": "2",
            "symptoms_complete": "2",
            "visit_complete": "2",
        }
        cells |= {f"sympt___{code}": str(int(ticked)) for code, ticked in enumerate(boxes, 1)}
        self._line(number, event, **cells, **visit)
        self._line(
            number, event, "medication", "1", agent="calcium carbonate", kind="a", dose="1000", medication_complete="2"
        )
        if number % 7 == 0:
            self._line(number, event, "adverse_event", "1", ae_term="nausea", ae_grade="1", adverse_event_complete="2")
        self.truth["cases"].append(
            {
                "case_id": number,
                "source_id": f"T-{number:03d}",
                "arm": ("drug", "placebo")[arm - 1],
                "age": age,
                "bmi": bmi,
                "weeks_postpartum": None if number % 25 == 0 else weeks,
                "smoking": (True, False, False)[smoking - 1],
                "twin_pregnancy": twins,
                "weight_gain_kg": gain,
                "t_l1_l4": spine,
            }
        )
        self.truth["visits"].append({"case_id": number, "month": 0, "day": 0, **measured})
        self.truth["symptoms"] += [
            {"case_id": number, "symptom": name}
            for name, ticked in zip(("back", "low_back", "hip"), boxes, strict=True)
            if ticked
        ]
        self.truth["treatments"].append(
            {"case_id": number, "agent": "calcium carbonate", "kind": "supplement", "dose": 1000}
        )

    def _measured(self) -> tuple[dict[str, str], dict[str, Any]]:
        """What a visit measures, as cells and as values."""
        chance = self.chance
        values = {
            "vas": chance.randrange(0, 11),
            "calcium": chance.randrange(84, 102) / 10,
            "alp": chance.randrange(40, 100),
            "pth": chance.randrange(150, 640) / 10,
        }
        cells = {name: str(value) for name, value in values.items()}
        return cells | {"visit_comments": "no remarks", "visit_by": "nurse"}, values

    def _visit(self, number: int, event: str, when: date, month: int, day: int) -> None:
        cells, measured = self._measured()
        if self.chance.random() < 0.05:  # filled in, with nothing recorded
            cells, measured = {}, dict.fromkeys(measured)
        self._line(number, event, visit_date=when.isoformat(), visit_complete="2", **cells)
        self.truth["visits"].append({"case_id": number, "month": month, "day": day, **measured})

    def _unplanned(self, number: int, arm: int, instance: int, when: date, day: int) -> None:
        cells, measured = self._measured()
        event = f"unplanned_arm_{arm}"
        self._line(number, event, "", str(instance), visit_date=when.isoformat(), visit_complete="2", **cells)
        self.truth["unscheduled"].append({"case_id": number, "day": day, **measured})


# The same project as others hand it over


def labelled(of: Study) -> str:
    """Its records with labels in place of codes, under the names of the fields: arms are told by their names."""
    choices = {name: dict(part.split(", ", 1) for part in row.split(" | ")) for name, row in _coded().items()}
    rows = list(csv.DictReader(io.StringIO(of.records)))
    for row in rows:
        for name, text in row.items():
            if not text:
                continue
            if "___" in name:
                row[name] = {"0": "Unchecked", "1": "Checked"}[text]
            elif name.endswith("_complete"):
                row[name] = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}[text]
            elif name in choices:
                row[name] = choices[name][text]
        event, _, arm = row["redcap_event_name"].partition("_arm_")
        words = event.replace("_", " ").capitalize()
        row["redcap_event_name"] = f"{words} (Arm {arm}: {('Drug', 'Placebo')[int(arm) - 1]})"
        row["redcap_repeat_instrument"] = row["redcap_repeat_instrument"].replace("_", " ").capitalize()
    return _csv(_heads(), rows)


def _coded() -> dict[str, str]:
    """Field -> its choices, of those that have one answer."""
    found = {name: choices for name, _, kind, _, choices, *_ in _FIELDS if kind in ("radio", "dropdown")}
    return found | {name: "1, Yes | 0, No" for name, _, kind, *_ in _FIELDS if kind == "yesno"}


def written_back(of: Study) -> str:
    """Its records as pandas writes them after it has read them: numbers of rows first, whole numbers as decimals."""
    return str(pd.read_csv(io.StringIO(of.records)).to_csv())
