"""The template: one sheet or file a table, made from the declared variables, empty or filled with a registry's rows."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pyarrow as pa
import xlsxwriter

from plro_core.intake.heads import given_tables
from plro_core.intake.model import Value
from plro_core.problems import QueryProblem
from plro_core.text import digits
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

_CREATED = datetime(2022, 1, 1)  # a fixed date: the same variables give the same bytes
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_CHECKED_ROWS = 10_000  # rows of the sheets in which a spreadsheet offers the permitted codes
_LONGEST_LIST = 255  # Excel's own limit for a list of permitted codes

_READ_ME = (
    ("What this is", "One sheet a table; one row is what the sheet “Codes” says. Add rows below the column names."),
    ("Column names", "Keep them. Columns that are not needed may be removed, but not those of the key."),
    ("Missing", "Leave the cell empty. Never write N/A, a dash or 0 for a value that was not measured."),
    ("Numbers", "Plain numbers without units, arrows or signs such as < in the cell; no formulas."),
    ("Yes and no", "Write yes or no."),
    ("Codes", "The sheet “Codes” lists every column with its unit, its permitted codes and its plausible range."),
    ("Arrows", "A flag that the laboratory reported goes into the column that ends in _flag: H for high, L for low."),
    ("Patients", "Numbers only, without zeros before them; no names, no hospital numbers, no dates of birth."),
)
_CODE_HEADS = (
    "table",
    "column",
    "label",
    "unit",
    "kind",
    "permitted codes",
    "plausible range",
    "decimals",
    "required",
    "example",
    "note",
)
_EXAMPLES = {"identifier": "1", "boolean": "yes", "text": "text"}


def template(vocabulary: Vocabulary, format: str = "xlsx") -> bytes:
    """The empty template: a workbook (``xlsx``), or a zip archive of one CSV file a table (``csv``).

    Raises:
        QueryProblem: another format is asked for.
    """
    if format == "csv":
        return _zipped(template_files(vocabulary))
    if format == "xlsx":
        return filled(vocabulary, {})
    raise QueryProblem(f"The template comes as xlsx or csv, not as {format}.")


def template_files(vocabulary: Vocabulary, tables: Mapping[str, pa.Table] | None = None) -> dict[str, bytes]:
    """File name -> CSV of each table, empty or with rows; text stands as it is, to be read by ``read``."""
    return {
        f"{table.name}.csv": _as_csv(vocabulary.columns(table.name), (tables or {}).get(table.name))
        for table in given_tables(vocabulary)
    }


def filled(vocabulary: Vocabulary, tables: Mapping[str, pa.Table]) -> bytes:
    """The template as a workbook with the rows of a registry; tables that are not there stay empty."""
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    workbook.set_properties({"title": "Template of the registry", "created": _CREATED})
    bold = workbook.add_format({"bold": True, "bottom": 1})
    for table in given_tables(vocabulary):
        entries = vocabulary.columns(table.name)
        _write_table(workbook.add_worksheet(table.name), entries, tables.get(table.name), bold)
    _write_lines(workbook.add_worksheet("Read me"), _READ_ME, bold, (16, 100))
    _write_lines(
        workbook.add_worksheet("Codes"),
        (_CODE_HEADS, *_codes(vocabulary)),
        bold,
        (12, 22, 30, 16, 12, 50, 24, 9, 9, 16, 80),
    )
    workbook.close()
    return buffer.getvalue()


def _write_table(sheet: Any, entries: Sequence[Variable], frame: pa.Table | None, bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    for index, entry in enumerate(entries):
        sheet.set_column(index, index, max(9, len(entry.name) + 2))
        sheet.write_string(0, index, entry.name, bold)
        sheet.write_comment(0, index, _comment(entry))
        codes = _permitted(entry)
        if codes and len(",".join(codes)) <= _LONGEST_LIST:
            sheet.data_validation(1, index, _CHECKED_ROWS, index, {"validate": "list", "source": codes})
        for row, value in enumerate(_values(frame, entry), 1):
            _write(sheet, row, index, value)


def _values(frame: pa.Table | None, entry: Variable) -> list[Value]:
    return [] if frame is None else frame[entry.name].to_pylist()


def _write(sheet: Any, row: int, column: int, value: Value) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, value)


def _write_lines(sheet: Any, lines: tuple[tuple[str, ...], ...], bold: Any, widths: tuple[int, ...]) -> None:
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    for row, line in enumerate(lines):
        for index, text in enumerate(line):
            sheet.write_string(row, index, text, bold if index == 0 or line is _CODE_HEADS else None)


def _codes(vocabulary: Vocabulary) -> tuple[tuple[str, ...], ...]:
    tables = given_tables(vocabulary)
    return tuple(_code_line(table, entry) for table in tables for entry in vocabulary.columns(table.name))


def _code_line(table: RegistryTable, entry: Variable) -> tuple[str, ...]:
    codes = "; ".join(
        f"{level.code} = {level.label}" if level.code != level.label else level.code for level in entry.levels
    )
    return (
        table.name,
        entry.name,
        entry.label,
        entry.stated_unit,
        "yes or no" if entry.kind == "boolean" else entry.kind,
        codes,
        _range_words(entry),
        str(entry.decimals) if entry.kind == "number" else "",
        "yes" if entry.required else "",
        _example(entry),
        entry.note,
    )


def _range_words(entry: Variable) -> str:
    if not entry.plausible:
        return ""
    low, high = ("" if end is None else f"{end:.10g}" for end in (entry.plausible.low, entry.plausible.high))
    return f"{low} to {high}"


def _example(entry: Variable) -> str:
    if entry.levels:
        return entry.levels[0].code
    limits = entry.reference or entry.plausible
    if entry.is_number and limits and limits.low is not None:
        middle = limits.low if limits.high is None else (limits.low + limits.high) / 2
        return f"{middle:.{entry.decimals}f}"
    return _EXAMPLES.get(entry.kind, "")


def _comment(entry: Variable) -> str:
    lines = (entry.axis_title, f"permitted: {', '.join(_permitted(entry))}" if entry.levels else _range_words(entry))
    return "\n".join(line for line in lines if line)


def _permitted(entry: Variable) -> list[str]:
    return ["yes", "no"] if entry.kind == "boolean" else [level.code for level in entry.levels]


def _as_csv(entries: Sequence[Variable], frame: pa.Table | None) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([entry.name for entry in entries])
    writer.writerows(zip(*([_plain(value) for value in _values(frame, entry)] for entry in entries), strict=True))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _plain(value: Value) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return digits(value)
    return "" if value is None else value


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name, _CREATED.timetuple()[:6]), content)
    return buffer.getvalue()
