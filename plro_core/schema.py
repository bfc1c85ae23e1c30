"""The shape of the registry's tables and the rules their cells obey, all derived from the variables."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plro_core.keys import first_rows, numbered
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary, written_key

SCHEMA_VERSION = 1

#: Significant digits of a recorded number: as many as a spreadsheet keeps, and as a binary number holds for certain.
_DIGITS = 15

_ARROW_TYPES = {
    "identifier": pa.int64(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "category": pa.string(),
    "text": pa.string(),
}


@dataclass(frozen=True)
class Violation:
    """One cell, column or row that breaks a rule."""

    table: str
    row: str
    column: str
    value: str
    expected: str

    @property
    def sentence(self) -> str:
        where = f"{self.table}, {self.row}, column {self.column}" if self.row else f"{self.table}, column {self.column}"
        return f"{where}: {self.value}; expected {self.expected}."


def arrow_schema(table: str, vocabulary: Vocabulary) -> pa.Schema:
    """The Arrow schema of one table: a field a variable, in the declared order, missing values as null."""
    entries = vocabulary.columns(table)
    return pa.schema([pa.field(entry.name, _ARROW_TYPES[entry.kind], not entry.required) for entry in entries])


def completed(frames: Mapping[str, pa.Table], vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """Frames as they were stored, with what a registry added to the vocabulary since: nothing is recorded there yet.

    Columns come in the declared order; what is not declared stays, at the end, for ``violations`` to name.
    """
    whole = dict(frames)
    for table in vocabulary.tables:
        if table.name in frames:
            whole[table.name] = completed_table(frames[table.name], table.name, vocabulary)
        elif table.optional:
            whole[table.name] = arrow_schema(table.name, vocabulary).empty_table()
    return whole


def completed_table(frame: pa.Table, table: str, vocabulary: Vocabulary) -> pa.Table:
    """One frame as it was stored, or some of its columns, with what a registry added to the vocabulary since."""
    shape = arrow_schema(table, vocabulary)
    return _with_columns(_declared_lack(frame, shape), vocabulary.columns(table), shape)


def _declared_lack(frame: pa.Table, shape: pa.Schema) -> pa.Table:
    """The frame with columns that may lack values as they are declared: whether any does is for the rules to say, not for a file."""
    fields = [
        field.with_nullable(shape.field(field.name).nullable) if field.name in shape.names else field
        for field in frame.schema
    ]
    return frame if fields == list(frame.schema) else pa.table(frame.columns, schema=pa.schema(fields))


def rules_of(vocabulary: Vocabulary) -> str:
    """A checksum of everything that decides whether cells may be stored: what was checked by it need not be checked again."""
    told = [
        (
            table.name,
            table.optional,
            table.identity,
            [
                (
                    entry.name,
                    entry.kind,
                    entry.required,
                    entry.optional,
                    entry.decimals,
                    [level.code for level in entry.levels],
                    entry.plausible and (entry.plausible.low, entry.plausible.high),
                )
                for entry in vocabulary.columns(table.name)
            ],
        )
        for table in vocabulary.tables
    ]
    return hashlib.sha256(repr((SCHEMA_VERSION, told)).encode()).hexdigest()


def _with_columns(frame: pa.Table, entries: Iterable[Variable], shape: pa.Schema) -> pa.Table:
    frame = _widened(frame, shape)
    added = [entry.name for entry in entries if entry.optional and entry.name not in frame.column_names]
    if not added:
        return frame
    for name in added:
        frame = frame.append_column(shape.field(name), pa.nulls(frame.num_rows, shape.field(name).type))
    known = [name for name in shape.names if name in frame.column_names]
    return frame.select([*known, *(name for name in frame.column_names if name not in known)])


def _widened(frame: pa.Table, shape: pa.Schema) -> pa.Table:
    """A frame whose whole numbers are numbers where a registry allows decimals since it was stored."""
    for index, field in enumerate(frame.schema):
        now = shape.field(field.name).type if field.name in shape.names else field.type
        if (field.type, now) == (pa.int64(), pa.float64()):
            frame = frame.set_column(index, field.with_type(now), frame.column(index).cast(now))
    return frame


def stored(frames: Mapping[str, pa.Table], vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """Frames as they are stored: without optional tables and columns in which nothing is recorded.

    So a version does not change because its registry learned a word.
    """
    found = {table.name: stored_table(frames[table.name], table, vocabulary) for table in vocabulary.tables}
    return {name: frame for name, frame in found.items() if frame is not None}


def stored_table(frame: pa.Table, table: RegistryTable, vocabulary: Vocabulary) -> pa.Table | None:
    """One frame as it is stored; ``None`` if its table is optional and empty."""
    if table.optional and not frame.num_rows:
        return None
    optional = {entry.name for entry in vocabulary.columns(table.name) if entry.optional}
    empty = [name for name in optional if frame[name].null_count == frame.num_rows]
    return frame.drop_columns(empty) if empty else frame


def violations(
    frames: Mapping[str, pa.Table], vocabulary: Vocabulary, come: Mapping[str, pa.Table] | None = None
) -> list[Violation]:
    """Every rule that ``frames`` (Arrow tables by name) break; an empty list when they can be stored.

    ``come`` are the rows, by table, that came into tables which kept the rules; then only they are held against the rules,
    and no other table is looked at unless the patients are among those that changed.
    """
    tables = vocabulary.tables
    found = []
    for table in tables:
        if come is None or table.name not in frames:
            found += _table_violations(table, frames.get(table.name), vocabulary)
        elif table.name in come:
            found += row_violations(table, come[table.name], vocabulary)
            found += _duplicates(table, _with_keys_of(table, frames[table.name], come[table.name]))
    strangers = sorted(set(frames) - {table.name for table in tables})
    found += [Violation(name, "", "all", "the table is not declared", "no such table") for name in strangers]
    return found or _orphans(frames, vocabulary, come)


def _table_violations(table: RegistryTable, frame: pa.Table | None, vocabulary: Vocabulary) -> list[Violation]:
    if frame is None:
        return [Violation(table.name, "", "all", "the table is missing", f"one row for {table.row}")]
    found = row_violations(table, frame, vocabulary)
    shapeless = any(not violation.row for violation in found)
    return found if shapeless else found + _duplicates(table, frame)


def row_violations(table: RegistryTable, frame: pa.Table, vocabulary: Vocabulary) -> list[Violation]:
    """Every rule that the columns of a table, or single cells, break."""
    shape = _shape_violations(table.name, frame, arrow_schema(table.name, vocabulary))
    if shape:
        return shape
    entries = vocabulary.columns(table.name)
    return [violation for entry in entries for violation in _cell_violations(table, frame, entry)]


def _with_keys_of(table: RegistryTable, frame: pa.Table, rows: pa.Table) -> pa.Table:
    """The rows of a frame that may have the key of one of some rows."""
    known = [pc.is_in(frame[name], value_set=pc.unique(rows[name])) for name in table.identity]
    return frame.filter(reduce(pc.and_, known))


def _shape_violations(table: str, frame: pa.Table, shape: pa.Schema) -> list[Violation]:
    found = []
    for field in shape:
        if field.name not in frame.column_names:
            found.append(Violation(table, "", field.name, "the column is missing", f"a column of type {field.type}"))
        elif frame.column_names.count(field.name) > 1:
            found.append(Violation(table, "", field.name, "the column is given more than once", "each column once"))
        elif frame.schema.field(field.name).type != field.type:
            actual = frame.schema.field(field.name).type
            found.append(Violation(table, "", field.name, f"type {actual}", f"type {field.type}"))
    unknown = set(frame.column_names) - set(shape.names)
    return found + [
        Violation(table, "", name, "the column is not declared", "no such column") for name in sorted(unknown)
    ]


def _cell_violations(table: RegistryTable, frame: pa.Table, entry: Variable) -> list[Violation]:
    """Missing required cells, undeclared levels, implausible numbers of one column."""
    column = frame[entry.name]
    checks = []
    if entry.required:
        checks.append((pc.is_null(column), "a value"))
    if entry.levels and entry.kind == "category":
        codes = [level.code for level in entry.levels]
        known = pc.is_in(column, value_set=pa.array(codes, pa.string()))
        checks.append((pc.and_(pc.is_valid(column), pc.invert(known)), f"one of {', '.join(codes)}"))
    if entry.is_number or entry.kind == "identifier":
        checks += _number_checks(entry, column)
    return [
        Violation(table.name, _row_name(table, frame, index), entry.name, _cell_words(column[index].as_py()), expected)
        for broken, expected in checks
        for index in pc.indices_nonzero(pc.fill_null(broken, False)).to_pylist()
    ]


def _cell_words(value: object) -> str:
    return "no value" if value is None else f"value {value}"


def _number_checks(entry: Variable, column: pa.ChunkedArray) -> list[tuple[pa.ChunkedArray, str]]:
    checks = []
    if entry.kind == "number":
        finite = pc.is_finite(column)
        checks.append((pc.invert(finite), "a finite number or nothing"))
        column = pc.if_else(finite, column, None)
        checks.append((_beyond_digits(column, entry.decimals), f"at most {_DIGITS} digits"))
    if entry.plausible:
        low, high = entry.plausible.low, entry.plausible.high
        expected = f"{entry.words} between {low:.10g} and {high:.10g} {entry.unit}".rstrip()
        checks.append((pc.or_(pc.less(column, low), pc.greater(column, high)), expected))
    return checks


def _beyond_digits(column: pa.ChunkedArray, usual: int) -> pa.ChunkedArray:
    """Which numbers have more digits than a recorded one; those with the ``usual`` decimals have not, and are told fast."""
    unusual = pc.not_equal(column, pc.round(column, ndigits=usual))
    if not pc.any(unusual).as_py():
        return unusual
    words = pc.cast(pc.if_else(unusual, column, None), pa.string())
    mantissa = pc.replace_substring_regex(words, r"^-?0*\.?0*|\.|e.*$", "")
    return pc.fill_null(pc.greater(pc.utf8_length(mantissa), _DIGITS), False)


def _row_name(table: RegistryTable, frame: pa.Table, index: int) -> str:
    if not table.key:
        return f"row {index + 1}"
    known = [str(frame[name][index].as_py()) for name in table.key]
    return f"row {written_key((*known, *(frame[name][index].as_py() for name in table.apart)))}"


def _ascends(frame: pa.Table, names: Iterable[str]) -> bool:
    """Whether each row's key is larger than that of the row before, so that no two are equal; cheap to find out."""
    larger: pa.Array | bool = False
    for name in reversed(list(names)):
        column = frame[name].combine_chunks()
        if column.null_count:
            return False
        before, after = column.slice(0, len(column) - 1), column.slice(1)
        larger = pc.or_(pc.greater(after, before), pc.and_(pc.equal(after, before), larger))
    return bool(pc.all(larger).as_py())


def _all_different(frame: pa.Table, names: Sequence[str]) -> bool:
    """Whether no two rows have the same texts in some columns; no answer of other columns. Cheaper than numbering the rows."""
    if not all(pa.types.is_string(frame.schema.field(name).type) for name in names):
        return False
    fewer = names[:-1]  # whose difference suffices, and mostly there is one
    return any(
        frame.group_by(list(told), use_threads=False).aggregate([]).num_rows == frame.num_rows
        for told in (fewer, names)
        if told
    )


def _duplicates(table: RegistryTable, frame: pa.Table) -> list[Violation]:
    if frame.num_rows > 1 and (_ascends(frame, table.identity) or _all_different(frame, table.identity)):
        return []
    numbers = numbered([frame], table.identity)[0]
    first, others = first_rows(numbers)
    repeated = first[np.isin(numbers[first], numbers[others])] if len(others) else others
    return [
        Violation(
            table.name, _row_name(table, frame, index), ", ".join(table.key), "given more than once", "each row once"
        )
        for index in repeated.tolist()
    ]


def _orphans(
    frames: Mapping[str, pa.Table], vocabulary: Vocabulary, come: Mapping[str, pa.Table] | None
) -> list[Violation]:
    """Rows of patients that ``cases`` does not have; where patients stay as they are only rows that ``come`` can be such."""
    known = frames["cases"]["case_id"].combine_chunks()
    looked_at = frames if come is None or "cases" in come else come
    found = []
    for table in vocabulary.tables:
        if table.name == "cases" or table.name not in looked_at:
            continue
        frame = looked_at[table.name]
        if "case_id" not in frame.column_names:
            continue
        column = frame["case_id"]
        strangers = pc.unique(column.filter(pc.invert(pc.is_in(column, value_set=known)))).to_pylist()
        found += [
            Violation(table.name, f"patient {stranger}", "case_id", "no such patient in cases", "a patient of cases")
            for stranger in strangers
        ]
    return found
