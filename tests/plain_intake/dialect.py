"""The decimal sign of text files, and what a person is asked to confirm about how they are read."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from plro_core.intake.cells import Style
from plro_core.intake.dialect import _GROUPED, _USUAL, _WITH_DECIMALS
from plro_core.intake.model import Dialect, Finding, Raw, Sheet
from plro_core.vocabulary import Variable
from tests.plain_intake.given import Given


def text_style(
    sheet: Sheet, entries: Iterable[Variable], found: Mapping[str, int], declared: str, delimiter: str
) -> Style:
    """The decimal sign of a text file: the one in most of the cells that can be read in one way only.

    Programs that separate cells by commas write decimal points; with another delimiter nothing is sure without such a cell.
    """
    if declared:
        return Style(declared if declared in (".", ",") else ".", declared=True)
    signs: Counter[str] = Counter()
    for entry in entries:
        if (entry.is_number or entry.kind == "identifier") and entry.name in found:
            for text in {cells[found[entry.name]] for _, cells in sheet.rows}:
                number = _WITH_DECIMALS.fullmatch(str(text).strip())
                if number and not _GROUPED.fullmatch(number[0]):
                    signs[number[1]] += 1
    return Style("," if signs[","] > signs["."] else ".", sure=signs.total() > 0 or delimiter == ",")


def unusual(given: Sequence[Given], sheet: Sheet, dialect: Dialect, declared: Dialect) -> Iterator[Finding]:
    """How text is read, with a sample, wherever that is not UTF-8 with commas and points and nobody has declared it."""
    parts = ("encoding", "delimiter", "decimal")
    if all(getattr(dialect, part) == getattr(_USUAL, part) or getattr(declared, part) for part in parts):
        return
    message, question = f"read as {dialect.words}.", "Is this right?"
    sample = next(_with_comma(given), None) if dialect.decimal == "," else None
    if sample:
        source, row, name, raw = sample
        words = f"{message} “{raw.strip()}” is read as {raw.strip().replace(',', '.')}."
        yield Finding.at(source.place(row, name), raw, "dialect", words, "warning", question)
        return
    first: Sequence[Raw] = sheet.rows[0][1] if sheet.rows else sheet.head
    words = f"{message} The first row is {' | '.join('' if cell is None else str(cell) for cell in first)}."
    yield Finding(sheet.file, rule="dialect", severity="warning", message=words, suggestion=question)


def _with_comma(given: Sequence[Given]) -> Iterator[tuple[Given, int, str, str]]:
    """Cells that a decimal comma makes a number of."""
    for source in given:
        for entry in source.entries:
            for row, raw in enumerate(source.raws.get(entry.name, ()) if entry.kind == "number" else ()):
                if isinstance(raw, str) and re.fullmatch(r"[-−]?[0-9]+,[0-9]+", raw.strip()):
                    yield source, row, entry.name, raw
