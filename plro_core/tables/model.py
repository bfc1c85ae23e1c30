"""A finished table as a value: typed columns, raw cells, notes. How it is printed is the exporter's business."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, count
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from plro_core.problems import QueryProblem
from plro_core.tables.markup import as_markup
from plro_core.text import MINUS, number, repeated
from plro_core.vocabulary import Variable

if TYPE_CHECKING:
    import pandas as pd

ColumnKind = Literal["text", "number", "integer", "boolean"]
Cell = str | float | int | bool | None

_ARROW = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}


@dataclass(frozen=True)
class Column:
    """One column: its name for programs, its label for readers, and how its cells are read.

    ``decimals`` is how many decimals a number is shown with; ``None`` shows up to ten significant digits.
    """

    name: str
    label: str
    kind: ColumnKind = "text"
    decimals: int | None = 0
    unit: str = ""

    @classmethod
    def of(cls, variable: Variable) -> "Column":
        """The column of a declared variable's raw values."""
        kinds: dict[str, ColumnKind] = {
            "identifier": "integer",
            "integer": "integer",
            "number": "number",
            "boolean": "boolean",
        }
        kind = kinds.get(variable.kind, "text")
        decimals = None if variable.mixed_decimals else variable.decimals
        return cls(variable.name, variable.label, kind, decimals, variable.stated_unit)

    @classmethod
    def like(cls, variable: Variable, name: str, label: str) -> "Column":
        """A column of values of a variable, or of their changes, under another name."""
        return replace(cls.of(variable), name=name, label=label, unit="")

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "integer")

    @property
    def field(self) -> pa.Field:
        """The column's Arrow field, with its label and unit."""
        return pa.field(self.name, _ARROW[self.kind], metadata={"label": self.label, "unit": self.unit})

    @property
    def heading(self) -> str:
        """The label with its unit, as it stands over the column."""
        return with_unit(self.label, self.unit)

    def shown(self, cell: Cell) -> str:
        """A cell as a reader sees it: fixed decimals and a real minus, yes or no, empty where missing."""
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return "yes" if cell else "no"
        if isinstance(cell, int):
            return str(cell).replace("-", MINUS)
        if isinstance(cell, float):
            return f"{cell:.10g}".replace("-", MINUS) if self.decimals is None else number(cell, self.decimals)
        return cell


@dataclass(frozen=True)
class Table:
    """A title, typed columns, rows of raw cells (numbers are numbers, ``None`` is missing) and notes.

    ``name`` is short and plain, for file names and sheet names; ``subtitle`` says who is in the table.

    Raises:
        ValueError: two columns have the same name, or the same heading: a reader, or a dictionary, would lose one.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    subtitle: str = ""

    def __post_init__(self) -> None:
        for heads in ([column.name for column in self.columns], [column.heading for column in self.columns]):
            if (twice := repeated(heads)) is not None:
                raise ValueError(f"Table {self.name} has two columns “{twice}”.")

    @property
    def records(self) -> list[dict[str, Cell]]:
        """The rows as plain dictionaries by column name."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    @property
    def shown(self) -> list[list[str]]:
        """The rows as a reader sees them."""
        return [[column.shown(cell) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows]

    def to_arrow(self) -> pa.Table:
        """The raw cells as an Arrow table; each field carries label and unit, the schema title and notes."""
        told = {"title": self.title, "notes": json.dumps(self.notes, ensure_ascii=False)}
        schema = pa.schema([column.field for column in self.columns], metadata=told)
        cells = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        return pa.Table.from_arrays(
            [pa.array(column, field.type) for column, field in zip(cells, schema, strict=True)], schema=schema
        )

    def to_frame(self) -> "pd.DataFrame":
        """The raw cells as a pandas frame with Arrow types, so that missing stays missing and a count stays an integer."""
        import pandas as pd  # a table that is only printed needs no frames

        return self.to_arrow().to_pandas(types_mapper=pd.ArrowDtype)

    def _repr_html_(self) -> str:
        return as_markup(self)

    def values(self, name: str) -> list[Cell]:
        """The cells of one column.

        Raises:
            KeyError: there is no such column.
        """
        for index, column in enumerate(self.columns):
            if column.name == name:
                return [row[index] for row in self.rows]
        raise KeyError(name)


@dataclass(frozen=True)
class TwoForms:
    """The same numbers twice: ``tidy`` for programs (typed, one row a statistic), ``layout`` for readers."""

    tidy: Table
    layout: Table

    def to_arrow(self) -> pa.Table:
        """The tidy form as an Arrow table."""
        return self.tidy.to_arrow()

    def to_frame(self) -> "pd.DataFrame":
        """The tidy form as a pandas frame with Arrow types."""
        return self.tidy.to_frame()

    def _repr_html_(self) -> str:
        return as_markup(self.layout)


def told_apart(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns; one whose heading another had before it says its name, too: "Smoking (smoking_now)".

    A name that another had before it is numbered: "source_2". Both come from what a registry declares for itself.
    """
    names: set[str] = set()
    headings: set[str] = set()
    answer = []
    for column in columns:
        while column.heading in headings:
            column = replace(column, label=f"{column.label} ({column.name})")
        free = next(
            name for name in chain([column.name], map(f"{column.name}_{{}}".format, count(2))) if name not in names
        )
        column = replace(column, name=free)
        names.add(column.name)
        headings.add(column.heading)
        answer.append(column)
    return tuple(answer)


def with_unit(label: str, unit: str) -> str:
    """A label and its unit, in brackets unless the label already ends with some."""
    return label if not unit else f"{label}, {unit}" if label.endswith(")") else f"{label} ({unit})"


def from_arrow(name: str, title: str, table: pa.Table) -> Table:
    """An Arrow table (the answer to an SQL query) as a table of plain cells.

    Dates and times become ISO 8601 text, what is not finite becomes missing, nested values become JSON text.

    Raises:
        QueryProblem: two columns have the same name.
    """
    if (twice := repeated(table.column_names)) is not None:
        raise QueryProblem(f"The answer has two columns named “{twice}”; name one of them with AS.")
    columns = tuple(Column(field.name, field.name, _kind(field.type), None) for field in table.schema)
    cells = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    return Table(name, title, columns, tuple(zip(*cells, strict=True)))


def _kind(arrow_type: pa.DataType) -> ColumnKind:
    if pa.types.is_boolean(arrow_type):
        return "boolean"
    if pa.types.is_integer(arrow_type) or (pa.types.is_decimal(arrow_type) and arrow_type.scale == 0):
        return "integer"
    return "number" if pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type) else "text"


def _cell(value: Any) -> Cell:
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else str(value)
