"""Columns of raw cells read as values: plain cells all at once, the others one by one, and equal cells once.

A plain cell is one that can mean one thing only: a whole number or one with a decimal point within its plausible range, or
text of usual letters. What it is read as here is what ``cells.read_cell`` reads; every other cell is read there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.intake.answers import Answers
from plro_core.intake.cells import Reading, Style, read_cell, read_in_unit
from plro_core.intake.findings import MOST_FINDINGS, Findings
from plro_core.intake.given import Given
from plro_core.intake.model import Raw, Value
from plro_core.intake.raw_cells import Cells, TextCells
from plro_core.intake.workbook import LONGEST_TEXT
from plro_core.keys import Places
from plro_core.text import MISSING_WORDS
from plro_core.vocabulary import Variable

_WHOLE = "^(?:0|-?[1-9][0-9]{0,14})$"
#: At most 15 digits; with three decimals it may be a number with a sign between thousands.
_DECIMALS = r"^-?(?:(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,2})?|(?:0|[1-9][0-9]{0,2})\.[0-9]{4,12}|[1-9][0-9]{0,14})$"
_LETTERS = '^[!-"$-~](?:[ -~]*[!-~])?$'


@dataclass(frozen=True)
class ReadColumn:
    """A column as read: its values, which of them are not the text as it stands in the file, and what is wrong."""

    values: pa.Array
    changed: NDArray[np.bool_]
    findings: Findings


def read_column(given: Given, entry: Variable, kind: pa.DataType, answers: Answers) -> ReadColumn:
    """The cells of one column.

    A column with more errors than can be shown is given up: to look for what each cell might mean takes its time.
    """
    cells, codes = given.raws[entry.name], given.raws[entry.name].codes
    plain = _plain(cells, entry, kind, given.style) if not answers.speaks_of(entry) else None
    readings = _Readings.of(cells, plain, entry, answers, given.style)
    values = readings.values(kind) if plain is None else pc.coalesce(plain, readings.values(kind))
    column, changed, found = values.take(pa.array(codes)), readings.changed[codes], readings.found[codes]
    if readings.errors.any():
        errors = readings.errors[codes]
        read = np.cumsum(errors) - errors <= MOST_FINDINGS
        column, changed, found = pc.if_else(pa.array(read), column, None), changed & read, found & read
    return ReadColumn(column, changed, _found(given, entry.name, readings, np.flatnonzero(found)))


@dataclass(frozen=True)
class _Readings:
    """What each of the different cells of a column says, by its code; of plain cells nothing is here.

    ``errors`` and ``warnings`` count the findings on each.
    """

    each: Mapping[int, Reading]
    changed: NDArray[np.bool_]
    errors: Places
    warnings: Places

    @classmethod
    def of(cls, cells: Cells, plain: pa.Array | None, entry: Variable, answers: Answers, style: Style) -> "_Readings":
        """The cells that are not plain read one by one, in the order of the rows; those behind too many errors are not."""
        each: dict[int, Reading] = {}
        changed = np.zeros(cells.different_count, dtype=np.bool_)
        counts = np.zeros((2, cells.different_count), dtype=np.int64)
        wanted = range(cells.different_count) if plain is None else np.flatnonzero(plain.is_null().to_numpy(False))
        errors = 0
        for code in map(int, wanted):
            if errors > MOST_FINDINGS:
                break
            reading = each[code] = _reading(cells.different_at(code), entry, answers, style)
            changed[code] = reading.changed
            for finding in reading.findings:
                is_error = finding.severity == "error"
                counts[0 if is_error else 1, code] += 1
                errors += is_error
        return cls(each, changed, counts[0], counts[1])

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which of the different cells have a finding."""
        return self.errors + self.warnings > 0

    def values(self, kind: pa.DataType) -> pa.Array:
        """The values of the different cells."""
        values: list[Value] = [None] * len(self.changed)
        for code, reading in self.each.items():
            values[code] = reading.value
        return pa.array(values, kind)


def _reading(raw: Raw, entry: Variable, answers: Answers, style: Style) -> Reading:
    """What a cell says; nothing if a person has said that what stands in it means missing."""
    if answers.says_missing(entry, raw):
        return replace(read_cell(None, entry, style), changed=True)
    unit = answers.unit(entry)
    return read_in_unit(raw, entry, unit, style) if unit else read_cell(raw, entry, style)


def _found(given: Given, name: str, readings: _Readings, rows: Places) -> Findings:
    """The findings on some rows of a column: all of them counted, the first of each severity made."""
    codes = given.raws[name].codes[rows]
    made = np.full(len(rows), not given.places.one_column)
    for counts in (readings.errors[codes], readings.warnings[codes]):
        made |= (counts > 0) & (np.cumsum(counts) - counts < MOST_FINDINGS)
    found = Findings.of(
        replace(finding, message=before + finding.message).at(given.place(row, name), written)
        for row, code in zip(rows[made].tolist(), codes[made].tolist(), strict=True)
        for written, before in [given.told(row, name)]
        for finding in readings.each[code].findings
    )
    errors, warnings = (int(counts[codes[~made]].sum()) for counts in (readings.errors, readings.warnings))
    return Findings(found.kept, found.more_errors + errors, found.more_warnings + warnings)


# Plain cells


def _plain(cells: Cells, entry: Variable, kind: pa.DataType, style: Style) -> pa.Array | None:
    """The values of those of the different cells that are plain; ``None`` if cells of this kind never are."""
    if not isinstance(cells, TextCells) or style.typed:
        return None
    words = cells.words
    if entry.kind == "identifier" or (entry.kind == "integer" and not entry.levels):
        return _among(words, pc.match_substring_regex(words, _WHOLE), entry, kind)
    if entry.kind == "number" and style.decimal == ".":
        return _among(words, pc.match_substring_regex(words, _DECIMALS), entry, kind)
    if entry.kind == "text" and not entry.scale:
        usual = pc.and_(pc.match_substring_regex(words, _LETTERS), pc.less_equal(pc.utf8_length(words), LONGEST_TEXT))
        missing = pc.is_in(pc.utf8_lower(words), value_set=pa.array(sorted(MISSING_WORDS)))
        return pc.if_else(pc.and_not(usual, missing), words, None)
    return None


def _among(words: pa.StringArray, where: pa.BooleanArray, entry: Variable, kind: pa.DataType) -> pa.Array:
    """Words as numbers where they are such and plausible; a negative zero is zero."""
    values = pc.cast(pc.if_else(where, words, None), kind)
    values = pc.add(values, 0.0) if pa.types.is_floating(kind) else values
    limits = entry.plausible
    if limits and limits.low is not None:
        values = pc.if_else(pc.greater_equal(values, limits.low), values, None)
    if limits and limits.high is not None:
        values = pc.if_else(pc.less_equal(values, limits.high), values, None)
    return values
