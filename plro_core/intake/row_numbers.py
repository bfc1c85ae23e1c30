"""The first column that R and pandas write beside a table: the numbers of its rows, which are none of its cells."""

import re

from plro_core.intake.model import Finding, Place, Sheet

#: What programs call it, or make of its missing name when they read it again, in small letters.
_HEADS = frozenset(("", "x", "...1", "unnamed: 0", "rownames", "row.names"))
_MAY_BE_A_NAME = "x"


def is_row_numbers(sheet: Sheet, index: int) -> bool:
    """Whether a column is the first one, without a name of its own, and holds different whole numbers.

    They need not be in order, because rows are sorted and left out; those of a column that may have a name are 1, 2, 3 and so on.
    """
    head = sheet.head[0].strip().casefold() if sheet.head else ""
    if index != 0 or len(sheet.head) < 2 or head not in _HEADS or not sheet.rows:
        return False
    numbers = ["" if cells[0] is None else str(cells[0]).strip().removesuffix(".0") for _, cells in sheet.rows]
    if head == _MAY_BE_A_NAME:
        return numbers == [str(number) for number in range(1, len(numbers) + 1)]
    return len(set(numbers)) == len(numbers) and all(re.fullmatch("[0-9]{1,15}", number) for number in numbers)


def left_out(sheet: Sheet) -> Finding:
    """That the column is not read."""
    message = "the first column numbers the rows, as R and pandas write it; it is left out."
    place = Place(sheet.file, sheet.name, sheet.head_row, sheet.head[0], 0)
    return Finding.at(place, sheet.head[0].strip(), "row_numbers", message, "warning")
