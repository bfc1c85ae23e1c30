"""Numbers that many people write where a value is missing: 99, -9, 9999. Stored as values they make false medians.

Such a number may be a value too, so none is left out by itself: one that is improbable in its column is a question.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from plro_core.intake.answers import Answers, code_of
from plro_core.intake.missing_codes import (
    _Column,
    _finding,
    _is_a_date,
    _is_improbable,
    _numbers,
    _question,
    says_no_value,
)
from plro_core.intake.model import Finding, Question
from plro_core.text import is_usual_code
from tests.plain_intake.rows import Rows


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


def _columns(rows: Rows, stored_tables: Mapping[str, pa.Table]) -> Iterator[_Column]:
    for name, values in rows.values.items():
        if name in rows.table.key or not values:
            continue
        entry = rows.entries[name]
        stored = set(stored_tables[rows.table.name][name].to_pylist())
        known = {code_of(value) for value in stored}  # who stored it has answered for it
        told = {value: code_of(value) for value in set(values)}
        usual = {value: code for value, code in told.items() if is_usual_code(code) or _is_a_date(code)}
        usual = {value: code for value, code in usual.items() if code not in known}
        codes: dict[str, list[int]] = {}
        for at, value in enumerate(values if usual and (entry.is_number or entry.kind == "text") else ()):
            if value in usual:
                codes.setdefault(usual[value], []).append(at)
        yield _Column(rows, entry, codes, _numbers(stored | set(values), usual))


def _refused(column: _Column, answers: Answers) -> Iterator[Question]:
    """Codes that were refused as no value of their column: they may still be said to be missing."""
    raws = (
        column.rows.raw(at, column.entry.name)
        for at, value in enumerate(column.rows.values[column.entry.name])
        if value is None
    )
    counts = Counter(code for raw in raws if says_no_value(code := code_of(raw)))
    for code, count in counts.items():
        if not answers.says_missing(column.entry, code):
            yield _question(column.entry, code, count, may_be_value=False)
