"""The decimal sign of a sheet that is read through a mapping."""

import re
from collections import Counter
from collections.abc import Iterator

from plro_core.intake.cells import Style
from plro_core.intake.model import Sheet
from plro_core.intake.sheets.mapping import SheetMapping, Target, variable
from plro_core.intake.sheets.values import FLAGGED
from plro_core.vocabulary import Vocabulary

_WITH_DECIMALS = re.compile(r"[-−]?[0-9]+([.,])[0-9]+")
_GROUPED = re.compile(r"[-−]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def style_of(declared: str, sheet: Sheet, mapping: SheetMapping, vocabulary: Vocabulary) -> Style:
    """How the numbers of a sheet are written: as a person declared, or as most cells that can be read in one way only."""
    if declared:
        return Style(declared, declared=True)
    signs: Counter[str] = Counter()
    for text in _texts(sheet, mapping, vocabulary):
        found = _WITH_DECIMALS.fullmatch(text)
        if found and not _GROUPED.fullmatch(text):
            signs[found[1]] += 1
    return Style("," if signs[","] > signs["."] else ".", sure=signs.total() > 0)


def _texts(sheet: Sheet, mapping: SheetMapping, vocabulary: Vocabulary) -> Iterator[str]:
    """The texts of a sheet that give numbers, without the flags that are glued to them."""
    columns = {name: target for name, target in mapping.columns.items() if _is_number(target, vocabulary)}
    tests = mapping.tests
    if tests and any(_is_number(target, vocabulary) for target in tests.results.values()):
        columns[tests.value] = next(iter(tests.results.values()))
    for name, target in columns.items():
        at = sheet.head.index(name) if name in sheet.head else -1
        for _, cells in sheet.rows if at >= 0 else ():
            if isinstance(raw := cells[at], str):
                text = raw.strip()
                flagged = FLAGGED.fullmatch(text) if target.flags else None
                yield flagged[1] if flagged else text


def _is_number(target: Target, vocabulary: Vocabulary) -> bool:
    return variable(vocabulary, target).is_number
