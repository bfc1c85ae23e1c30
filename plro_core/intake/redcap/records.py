"""From REDCap's record ids to the registry's patients."""

import re
from collections.abc import Sequence

import pyarrow as pa

from plro_core.intake.model import Finding, Placed
from plro_core.intake.redcap.names import PATIENT, SOURCE_ID, column_names, written
from plro_core.vocabulary import Vocabulary


class Patients:
    """Which patient a record is. Whole numbers are the patient's number; other ids need ``source_id`` among the variables.

    A known ``source_id`` keeps its number; new ones get the next free numbers in the order of the file.
    """

    def __init__(self, words: Vocabulary, cells: Sequence[Placed], base: pa.Table | None, forget: bool = False) -> None:
        """``forget`` says that other ids may be numbered although the registry does not keep them."""
        self._words, self._forget = words, forget
        self.findings: list[Finding] = []
        self._base = base
        first: dict[str, Placed] = {}
        for cell in cells:
            first.setdefault(written(cell.raw), cell)
        self._first = first
        self.by_source = any(not _is_number(record) for record in first)
        if self.by_source:
            self._numbers = self._assigned(first)
        else:
            self._numbers = {record: record.lstrip("0") or "0" for record in first}
        self._refuse_doubles(first)
        self._known = {str(number) for number in base[PATIENT].to_pylist()} if base is not None else set()

    def number(self, record: str) -> str:
        """The patient's number as text."""
        return self._numbers[record]

    def is_new(self, record: str) -> bool:
        """Whether the registry that the rows go into does not know the patient yet."""
        return self._numbers[record] not in self._known

    def of_others(self) -> list[Finding]:
        """Records whose number the registry gave to a patient from another source: the same number, another patient?"""
        if self.by_source:
            return []
        given = {str(number): source for source, number in self._known_sources().items()}
        return [
            Finding.at(
                cell.place,
                record,
                "record_id",
                f"patient {self._numbers[record]} of the registry came as “{given[self._numbers[record]]}”.",
                "warning",
                "Is this the same patient?",
            )
            for record, cell in self._first.items()
            if given.get(self._numbers[record], record) != record
        ]

    def _assigned(self, first: dict[str, Placed]) -> dict[str, str]:
        if SOURCE_ID not in column_names(self._words, "cases") and not self._forget:
            record, cell = next((record, cell) for record, cell in first.items() if not _is_number(record))
            text = "expected a whole number as record id, which becomes the patient's number."
            hint = f"To keep other ids, add {SOURCE_ID} (text) to the registry's variables of cases."
            self.findings.append(Finding.at(cell.place, record, "record_id", text, suggestion=hint))
        known = self._known_sources()
        free = max((row for row in self._base[PATIENT].to_pylist() if row), default=0) if self._base is not None else 0
        numbers = {}
        for record in first:
            if record not in known:
                free += 1
            numbers[record] = str(known.get(record, free))
        return numbers

    def _known_sources(self) -> dict[str, int]:
        if self._base is None or SOURCE_ID not in self._base.column_names:
            return {}
        pairs = zip(self._base[SOURCE_ID].to_pylist(), self._base[PATIENT].to_pylist(), strict=True)
        return {source: number for source, number in pairs if source is not None}

    def _refuse_doubles(self, first: dict[str, Placed]) -> None:
        """Ids that REDCap or a person could take for the same patient: 1 and 001, DAG-7 and dag-7, P01 and P 1."""
        seen: dict[str, str] = {}
        for record, cell in first.items():
            folded = _folded(record)
            other = seen.setdefault(folded, record)
            if other != record:
                place = first[other].place.cell
                text = f"the record id is also written “{other}” ({place}); expected one way of writing it."
                self.findings.append(Finding.at(cell.place, record, "record_id", text))


def _folded(record: str) -> str:
    """An id without what people write now one way and now another: capitals, zeros before a number, a sign after its letters."""
    joined = re.sub(r"(?<=[^\W\d_])[\s._-]+(?=[0-9])", "", " ".join(record.split()).casefold())
    plain = re.sub(r"^([0-9]+)[.,]0+$", r"\1", joined)  # a number as some programs write it
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", plain)


def _is_number(record: str) -> bool:
    return re.fullmatch(r"[0-9]+", record) is not None
