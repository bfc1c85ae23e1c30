"""Numbers that many people write where a value is missing: 99, -9, 9999. Stored as values they make false medians.

Such a number may be a value too, so none is left out by itself: one that is improbable in its column is a question.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plro_core.intake.answers import Answers, code_of
from plro_core.intake.cells import LIMIT
from plro_core.intake.model import Finding, Question, Value
from plro_core.intake.rows import Rows
from plro_core.text import SAID_MISSING, counted, is_usual_code, listed
from plro_core.vocabulary import Variable

_NINES = re.compile(r"-?9+")
#: What a spreadsheet makes of a date from 1990 to 2029 where the column holds numbers; round ones are doses.
_DATES = range(32_874, 47_483)
#: Of the plausible range: a code that is less far from the other values is not far.
_FAR = 0.2
#: Of the span of the other values: as far has a code to be from them that stands in several cells.
_NEAR = 0.25


@dataclass(frozen=True)
class _Column:
    """The cells of one column that was given: which hold a usual code, and what the others hold."""

    rows: Rows
    entry: Variable
    codes: Mapping[str, Sequence[int]]
    others: Sequence[float]


def _is_a_date(code: str) -> bool:
    return re.fullmatch(r"[34][0-9]{4}", code) is not None and int(code) in _DATES and int(code) % 100 != 0


def ask(
    given: Mapping[str, Rows], stored: Mapping[str, pa.Table], answers: Answers, declared: Sequence[str]
) -> tuple[tuple[Question, ...], list[Finding]]:
    """The codes of which nobody has said what they are, and one error for each column that holds an improbable one.

    ``declared`` are codes that the mapping of a REDCap project says are missing: then others of their kind are likely.
    """
    columns = [column for rows in given.values() for column in _columns(rows, stored)]
    spread = Counter(code for column in columns for code in column.codes)
    kin = {frozenset(code.lstrip("-")) for code in declared if is_usual_code(code)}
    questions: list[Question] = []
    findings: list[Finding] = []
    for column in columns:
        asked = {
            code: cells
            for code, cells in column.codes.items()
            if not answers.says_value(column.entry, code)
            and _is_improbable(column, code, spread[code], frozenset(code.lstrip("-")) in kin)
        }
        if asked:
            findings.append(_finding(column, asked))
        questions += [_question(column.entry, code, len(cells)) for code, cells in asked.items()]
        questions += _refused(column, answers)
    return tuple(questions), findings


def _question(entry: Variable, code: str, count: int, may_be_value: bool = True) -> Question:
    return Question(f"{entry.table}.{entry.name}", code, count, may_be_value)


def _columns(rows: Rows, stored_tables: Mapping[str, pa.Table]) -> Iterator[_Column]:
    for name, entry in rows.entries.items():
        if name in rows.table.key or not len(rows):
            continue
        stored = set(pc.unique(stored_tables[rows.table.name][name]).to_pylist())
        values = set(pc.unique(rows.frame[name]).to_pylist())
        known = {code_of(value) for value in stored}  # who stored it has answered for it
        told = {value: code_of(value) for value in values}
        usual = {value: code for value, code in told.items() if is_usual_code(code) or _is_a_date(code)}
        usual = {value: code for value, code in usual.items() if code not in known}
        codes = _rows_of(rows.frame[name], usual) if entry.is_number or entry.kind == "text" else {}
        yield _Column(rows, entry, codes, _numbers(stored | values, usual))


def _rows_of(column: pa.ChunkedArray, codes: Mapping[Value, str]) -> dict[str, list[int]]:
    """The rows that hold each code, in the order of the first of them."""
    if not codes:
        return {}
    values = pa.array(list(codes), column.type)
    at = pc.index_in(column, value_set=values)
    rows = np.flatnonzero(at.is_valid().to_numpy())
    found: dict[str, list[int]] = {}
    words = list(codes.values())
    for row, place in zip(rows.tolist(), at.drop_null().to_pylist(), strict=True):
        found.setdefault(words[place], []).append(row)
    return found


def _numbers(values: Iterable[Value], codes: Collection[Value]) -> list[float]:
    return [float(value) for value in values if isinstance(value, (int, float)) and value not in codes]


def _is_improbable(column: _Column, code: str, columns: int, kin: bool) -> bool:
    """Whether a code lies off what else its column holds.

    Less far is enough where it stands in several cells or columns or is of nines alone, and any distance where its kin is
    declared missing.
    """
    entry, value, others = column.entry, float(code), column.others
    if entry.kind == "text":
        return is_usual_code(code)
    if entry.reference and value in entry.reference:
        return False
    repeated = columns > 1 or len(column.codes[code]) > 1
    if not others:
        return is_usual_code(code) and (repeated or kin or code != "-1")
    low, high = min(others), max(others)
    if value < 0 <= low and (repeated or code != "-1"):
        return True
    gap = max(low - value, value - high)
    if kin:
        return gap > 0
    if (code == "-1" and low >= 0) or _is_a_date(code):
        return gap > high - low
    if _NINES.fullmatch(code) and not entry.reference:
        return gap > _NEAR * (high - low)
    limits = entry.plausible
    wide = limits.high - limits.low if limits and limits.high is not None and limits.low is not None else 0
    if value < 0 or not repeated:
        return gap > max(high - low, _FAR * wide)
    return gap > _NEAR * (high - low)


def _finding(column: _Column, asked: Mapping[str, Sequence[int]]) -> Finding:
    """One question for a column, at the first cell that it is about."""
    counts = listed([f"{code} in {counted(len(cells), 'cell')}" for code, cells in asked.items()])
    what = "a usual code for missing" if any(map(is_usual_code, asked)) else "which a spreadsheet makes of a date"
    message = f"{column.entry.name} holds {counts}, {what}; expected an answer before it is read."
    place = column.rows.place(min(cells[0] for cells in asked.values()), column.entry.name)
    hint = "Is it missing, or a value?"
    return Finding.at(place, listed(list(asked)), "missing_code", message, suggestion=hint)


def says_no_value(code: str) -> bool:
    """Whether it is a usual code or word for missing, or a limit of measurement."""
    return is_usual_code(code) or code.casefold() in SAID_MISSING or LIMIT.fullmatch(code) is not None


def _refused(column: _Column, answers: Answers) -> Iterator[Question]:
    """Codes, words and limits that were refused as no value of their column: they may still be said to be missing."""
    counts: Counter[str] = Counter()
    for raw, count in column.rows.unread(column.entry.name):
        if says_no_value(code := code_of(raw)):
            counts[code] += count
    for code, count in counts.items():
        if not answers.says_missing(column.entry, code):
            yield _question(column.entry, code, count, may_be_value=False)
