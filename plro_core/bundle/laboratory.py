"""The laboratory values in the shape of CDISC SDTM's domain LB: one value of one visit a row.

The shape only: test codes are the registry's own names and no controlled terminology. Two columns are supplemental
(in a submission they would be in SUPPLB): the reported flag, which is never merged with the indicator that is computed
from the reference range, and what is uncertain about the unit.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from plro_core.store import Registry
from plro_core.text import guarded as guarded_text
from plro_core.text import visit_name
from plro_core.vocabulary import Variable

HEAD = (
    "STUDYID", "DOMAIN", "USUBJID", "LBSEQ", "LBTESTCD", "LBTEST", "LBORRES", "LBORRESU", "LBSTRESN", "LBSTRESU",
    "LBORNRLO", "LBORNRHI", "LBNRIND", "LBLOINC", "VISITNUM", "VISIT", "LBDY", "PRINTFL", "UNITNOTE",
)  # fmt: skip

STUDY = "PLRO"

#: SDTM allows a test's code 8 characters and its name 40.
_LONGEST_CODE, _LONGEST_NAME = 8, 40

_INDICATOR = {"H": "HIGH", "L": "LOW", None: "NORMAL"}


#: A number as a result is written, which is no formula.
_NUMBER = re.compile(r"-?[\d.]+")


@dataclass(frozen=True)
class _Test:
    """What all rows of one analyte share."""

    lab: Variable
    code: str
    name: str
    low: str
    high: str
    unit: str
    unit_note: str
    standard_unit: str
    factor: float

    def result(self, value: float) -> tuple[object, ...]:
        """A row from its test's code to its LOINC."""
        indicator = _INDICATOR[self.lab.flag(value)] if self.lab.reference else ""
        return (
            self.code, self.name, self.written(value), self.unit, self.standard(value), self.standard_unit, self.low, self.high, indicator,
            self.lab.loinc,
        )  # fmt: skip

    def standard(self, value: float) -> float:
        """The value in the standard unit, with six digits where it was converted."""
        return value if self.factor == 1 else float(f"{value * self.factor:.6g}")

    def written(self, value: float) -> str:
        """The value with the decimals that it was recorded with."""
        whole = self.lab.mixed_decimals and value == round(value)
        return f"{value:.{0 if whole else self.lab.recorded_decimals([value])}f}"


def lb_csv(registry: Registry, guarded: bool = False, standardised: bool = False) -> bytes:
    """The recorded laboratory values of the planned visits, by patient, visit and analyte.

    ``LBSTRESN`` is the stored number in the registry's unit, unconverted; ``standardised``: in SI units, where the variable
    declares its factor, so that registries with other units can be put together. ``LBDY`` counts the day of baseline as 1 and
    knows no day 0, and is empty where the registry records no days. ``guarded``: a text that a spreadsheet would take for a
    formula has a quote before it.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEAD)
    rows = _rows(registry, standardised)
    writer.writerows(map(_guarded, rows) if guarded else rows)
    return text.getvalue().encode()


def _guarded(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(guarded_text(cell) if isinstance(cell, str) and not _NUMBER.fullmatch(cell) else cell for cell in row)


def _rows(registry: Registry, standardised: bool) -> Iterator[tuple[object, ...]]:
    tests = _tests(registry, standardised)
    day = "day" if any(entry.name == "day" for entry in registry.vocabulary.columns("visits")) else "NULL"
    cells = ", ".join(f'"{test.lab.name}", "{test.lab.name}_flag"' for test in tests)
    patient, sequence = None, 0
    # Values have few distinct levels, so what a row says of its value is put together once a level.
    said: list[dict[float, tuple[object, ...]]] = [{} for _ in tests]
    for case_id, month, on, *measured in registry.rows(
        f"SELECT case_id, month, {day}, {cells} FROM visits ORDER BY case_id, month"
    ):
        if case_id != patient:
            patient, sequence = case_id, 0
        visit = (month, visit_name(month), _study_day(on))
        for test, known, value, arrow in zip(tests, said, measured[::2], measured[1::2], strict=True):
            if value is None:
                continue
            sequence += 1
            if value not in known:
                known[value] = test.result(value)
            yield (STUDY, "LB", f"{STUDY}-{case_id}", sequence, *known[value], *visit, arrow, test.unit_note)


def _study_day(day: int | None) -> int | None:
    """The registry counts from 0 at baseline; SDTM's first day is 1, and the one before it -1."""
    return day + 1 if day is not None and day >= 0 else day


def _tests(registry: Registry, standardised: bool) -> list[_Test]:
    tests: list[_Test] = []
    for lab in registry.vocabulary.labs:
        note = "assumed" if lab.assumed_unit else ""
        low, high = (
            ("" if end is None else f"{end:.10g}" for end in (lab.reference.low, lab.reference.high))
            if lab.reference
            else ("", "")
        )
        standard = (lab.si_unit, lab.si_factor) if standardised and lab.si_factor else (lab.unit, 1.0)
        code = _code(lab, [test.code for test in tests])
        tests.append(_Test(lab, code, _name(registry, lab), low, high, lab.unit, note, *standard))
    return tests


def _code(lab: Variable, taken: list[str]) -> str:
    """A code of at most 8 characters; "Mg" must not go for magnesium."""
    code = "MGPRINT" if lab.name == "magnesium" else lab.name.replace("_", "").upper()[:_LONGEST_CODE]
    number = 2
    while code in taken:
        code = f"{code[: _LONGEST_CODE - len(str(number))]}{number}"
        number += 1
    return code


def _name(registry: Registry, lab: Variable) -> str:
    if lab.name == "magnesium":
        return registry.told("laboratory.magnesium", "Mg; analyte uncertain")
    return lab.label[:_LONGEST_NAME]
