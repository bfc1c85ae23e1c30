"""Files of SPSS (.sav, .zsav), Stata (.dta) and SAS transport (.xpt) as raw cells. It runs in a process of its own: ask ``workbooks``.

Where every value of a column has a label, the labels are what its cells say; where only some have (the two ends of a scale, a code
for missing), its numbers are, and which labels there are is told. What the file itself declares missing is read as empty, and
counted.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from plro_core.intake.gates import MOST_COLUMNS, MOST_ROWS, Form
from plro_core.intake.model import File, Finding, Raw, Sheet
from plro_core.intake.refusal import Refusal
from plro_core.text import counted, listed, printable

_MOST_LABELS = 5
#: Bytes of a record of a transport file, and how each of its tables begins.
_RECORD = 80
_TABLE = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER  |V8  )HEADER RECORD")


@dataclass(frozen=True)
class _Column:
    """One column: its values, the labels of some, and what is missing by declaration: values, or ranges of numbers."""

    name: str
    values: Sequence[Any]
    labels: Mapping[Any, str]
    missing: Sequence[Mapping[str, Any]]


def sheets(file: File, kind: Form) -> tuple[list[Sheet], list[Finding]]:
    """The one table of a file, and what is doubtful about it.

    Raises:
        Refusal: it is damaged, protected or too large.
    """
    columns = _columns(file, kind)
    if len(columns) > MOST_COLUMNS:
        raise _refused(file, "too_large", f"{len(columns):,} columns; expected at most {MOST_COLUMNS:,}.")
    rows = max((len(column.values) for column in columns), default=0)
    if rows > MOST_ROWS:
        raise _refused(file, "too_many_rows", f"more than {MOST_ROWS:,} rows; expected fewer.")
    findings: list[Finding] = []
    cells = [list(_cells(file, column, findings)) for column in columns]
    table = tuple(
        (number, row) for number, row in enumerate(zip(*cells, strict=True), 2) if any(c is not None for c in row)
    )
    return ([Sheet(file.name, "", tuple(column.name for column in columns), table)] if columns else []), findings


def _columns(file: File, kind: Form) -> list[_Column]:
    if kind == "xpt":
        _check_transport(file)
    try:
        import pyreadstat  # it is loaded only where such a file is read
    except ImportError:
        text = "this installation has no pyreadstat, which reads such files; expected a workbook or CSV."
        raise _refused(file, "form", text) from None
    reader: Any = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta, "xpt": pyreadstat.read_xport}[kind]
    asked: dict[str, Any] = {"user_missing": True} if kind == "sav" else {}
    try:
        data, about = reader(BytesIO(file.content), output_format="dict", **asked)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception:  # whatever a damaged file makes of the library
        raise _refused(file, "broken", "the file is damaged, cut short or protected; expected a whole one.") from None
    labels, ranges = about.variable_value_labels or {}, getattr(about, "missing_ranges", None) or {}
    return [_Column(name, values, labels.get(name, {}), ranges.get(name, ())) for name, values in data.items()]


def _check_transport(file: File) -> None:
    """That a transport file ends with a whole record, and that its one table is all of it: the reader takes the first."""
    if len(file.content) % _RECORD:
        raise _refused(file, "broken", "the file ends within a record; expected a whole one.")
    tables = len(_TABLE.findall(file.content))
    if tables > 1:
        raise _refused(file, "too_large", f"the file holds {tables} tables; expected one a file.")


def _cells(file: File, column: _Column, findings: list[Finding]) -> Iterator[Raw]:
    raws = [_raw(value) for value in column.values]
    declared = {raw for raw in set(raws) if raw is not None and _is_missing(raw, column.missing)}
    held = {raw for raw in set(raws) if raw is not None} - declared
    if declared:
        count = sum(raw in declared for raw in raws)
        words = listed([printable(_word(raw)) for raw in sorted(declared, key=str)])
        text = f"the file declares {words} missing; {counted(count, 'cell')} read as empty."
        findings.append(_warning(file, column, "missing", text))
    labelled = held & set(column.labels)
    if labelled and labelled != held:
        shown = sorted(labelled, key=str)[:_MOST_LABELS]
        words = listed([f"{_word(raw)} (“{printable(column.labels[raw])}”)" for raw in shown])
        text = f"only some values have a label, such as {words}; the values are read, and no label."
        findings.append(_warning(file, column, "labels", text))
    by_label = bool(held) and labelled == held
    for raw in raws:
        known = None if raw is None or raw in declared else raw
        yield str(column.labels[known]).strip() or None if by_label and known is not None else known


def _raw(value: Any) -> Raw:
    """A value as a cell; a number that is none, and text without a letter, are empty."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, str):
        return plain.strip() or None
    if isinstance(plain, float):
        return plain if math.isfinite(plain) else None
    if isinstance(plain, time):
        return datetime.combine(date(1899, 12, 31), plain)
    return plain if isinstance(plain, (bool, int, date)) else None


def _is_missing(raw: Raw, ranges: Sequence[Mapping[str, Any]]) -> bool:
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if isinstance(raw, str) or isinstance(low, str):
            if raw == (low.strip() if isinstance(low, str) else low):
                return True
        elif isinstance(raw, (int, float)) and low <= raw <= high:
            return True
    return False


def _word(raw: Raw) -> str:
    return f"{raw:.15g}" if isinstance(raw, float) else str(raw)


def _warning(file: File, column: _Column, rule: str, text: str) -> Finding:
    return Finding(file.name, row=1, column=column.name, rule=rule, severity="warning", message=text)


def _refused(file: File, rule: str, message: str) -> Refusal:
    return Refusal(Finding(file.name, rule=rule, message=message))
