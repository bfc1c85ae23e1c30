"""What the columns of a sheet hold: their different words, dates, flags, and where its rows end."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from plro_core.intake.given import shown
from plro_core.intake.model import Raw, Sheet
from plro_core.intake.redcap.mapping import ORDERS
from plro_core.intake.sheets.dates import day_of
from plro_core.intake.sheets.layout import table
from plro_core.intake.sheets.mapping import Patient, SheetMapping

#: Rows at the end of a sheet among which a footer is looked for.
_MOST_FOOTERS = 40
#: Words for a row that is worked out of those above it.
_WORKED_OUT = re.compile(
    r"(?:n\s*[=:]|(?:grand |sub)?totals?|sums?|means?|medians?|averages?|avg|sd|std|min|max|minimum|maximum|range|iqr|count|"
    r"toplam|genel toplam|ortalama|ort|ortanca|medyan|ss|say[ıi]|summe|gesamt|mittelwert|mittel|mw|anzahl)(?![^\W\d_]|[-/]\w)",
    re.IGNORECASE,
)


class Contents:
    """A sheet whose columns are asked for more than once; each is looked through when it is first asked for."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.words = cache(self._words)
        self.orders = cache(self._orders)

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads that name a column; of two alike the first counts."""
        return tuple(dict.fromkeys(head for head in self.sheet.head if head))

    def cells(self, column: str) -> list[Raw]:
        """The cells of a column; none if the sheet does not have it."""
        if column not in self.sheet.head:
            return []
        at = self.sheet.head.index(column)
        return [cells[at] for _, cells in self.sheet.rows]

    def without(self, footers: Sequence[str]) -> "Contents":
        """The sheet without the rows below its table."""
        cut = table(self.sheet, SheetMapping(Patient(), head_row=self.sheet.head_row, footers=tuple(footers)))
        return Contents(cut) if footers else self

    def _words(self, column: str) -> Counter[str]:
        return Counter(text for raw in self.cells(column) if (text := shown(raw).strip()))

    def _orders(self, column: str) -> tuple[str, ...]:
        cells = [raw for raw in self.cells(column) if shown(raw).strip()]
        return tuple(order for order in ORDERS if cells and all(day_of(raw, order) for raw in cells))

    def truths(self, column: str) -> frozenset[str]:
        """The words of a column that are truth values of a spreadsheet, which need no code."""
        return frozenset(shown(raw) for raw in self.cells(column) if isinstance(raw, bool))

    def is_carried(self, patient: str) -> bool:
        """Whether the patient stands in the first of several rows alone: the first is told, others are not."""
        filled = [bool(shown(raw).strip()) for raw in self.cells(patient)]
        return bool(filled) and filled[0] and not all(filled)

    def repeats(self, patient: str) -> bool:
        """Whether a patient has several rows."""
        return self.is_carried(patient) or any(count > 1 for count in self.words(patient).values())

    def footer(self, patient: str) -> str:
        """The first cell of a row below the table: from it on, no patient is written like those above. Empty if none is."""
        first = [_first(cells) for _, cells in self.sheet.rows]
        told = [shown(raw).strip() for raw in self.cells(patient)]
        numbered = 2 * sum(any(map(str.isdecimal, text)) for text in told) >= sum(1 for text in told if text)
        start = len(told)
        while start > max(1, len(told) - _MOST_FOOTERS) and _is_words(first[start - 1], told[start - 1], numbered):
            start -= 1
        begins = next((text for text in first[start:] if text), "")
        above = {text for text in first[:start] if text}
        return "" if any(text.startswith(begins) for text in above) else begins


def dates(contents: Contents) -> Mapping[str, tuple[str, ...]]:
    """The columns that hold dates alone, each with the orders in which all of them can be read."""
    return {head: orders for head in contents.heads if (orders := contents.orders(head))}


def _first(cells: Sequence[Raw]) -> str:
    return next((text for raw in cells if (text := shown(raw).strip())), "")


def _is_words(first: str, patient: str, numbered: bool) -> bool:
    """Whether a row begins with nothing at all, with a word for what is worked out of the rows above it, or with words as no
    patient is called: ``* N/A: not available``, or, in a sheet whose patients have numbers in their names, ``See above``."""
    if not first or (first != patient and patient):
        return not first
    if _WORKED_OUT.match(first):
        return True
    if first != patient:
        return False
    return re.search("[0-9]", first) is None if numbered else re.search(r"\s", first) is not None
