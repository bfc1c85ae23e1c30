"""Tables that are read when they are first asked for: of most versions a change touches one table and the origins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plro_core.store.columns import CodeColumn, Codes, Known, Places
from plro_core.store.tables import Condition, PlainTables, Tables


class OnDemand(Mapping[str, pa.Table]):
    """Tables by name, each made when it is first asked for and kept from then on.

    Raises:
        RegistryProblem: a table is read from a file that was altered since it was verified.
    """

    def __init__(self, makers: Mapping[str, Callable[[], pa.Table]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, pa.Table] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def replaced(self, tables: Mapping[str, pa.Table]) -> "OnDemand":
        """The same with some tables in place of those of their names; the others are made once for both."""
        return OnDemand({name: partial((tables if name in tables else self).__getitem__, name) for name in self})


class Changed(Tables):
    """The tables of a version with others in place of some."""

    def __init__(self, of: Tables, new: Mapping[str, pa.Table]) -> None:
        self._of, self._new = of, PlainTables(new)

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    def __getitem__(self, name: str) -> pa.Table:
        return self._with(name)[name]

    def names(self, table: str) -> list[str]:
        return self._with(table).names(table)

    def rows(self, table: str) -> int:
        return self._with(table).rows(table)

    def shape(self, table: str) -> pa.Schema:
        return self._with(table).shape(table)

    def pieces(
        self, table: str, columns: Sequence[str] | None = None, where: Sequence[Condition] = ()
    ) -> Iterator[pa.Table]:
        return self._with(table).pieces(table, columns, where)

    def taken(self, table: str, columns: Sequence[str], rows: NDArray[np.int64]) -> pa.Table:
        return self._with(table).taken(table, columns, rows)

    def are_near(self, table: str, rows: NDArray[np.int64]) -> bool:
        return self._with(table).are_near(table, rows)

    def encoded(self, table: str, name: str) -> Iterator[pa.Array]:
        return self._with(table).encoded(table, name)

    def _with(self, table: str) -> Tables:
        return self._new if table in self._new else self._of


class StillKnown:
    """What is known of the tables of a version still holds of those that did not change."""

    def __init__(self, known: Known, changed: Mapping[str, pa.Table]) -> None:
        self._known, self._changed = known, changed

    def column(self, table: str, name: str) -> CodeColumn | None:
        return None if table in self._changed else self._known.column(table, name)

    def places(self, table: str) -> Places | None:
        return None if self._is_moved(table) else self._known.places(table)

    def number_of_rows(self, table: str) -> Codes | None:
        return None if self._is_moved(table) else self._known.number_of_rows(table)

    def is_wide(self, table: str, name: str) -> bool:
        return table not in self._changed and self._known.is_wide(table, name)

    def _is_moved(self, table: str) -> bool:
        """Whether a table's rows, or the patients' places, may be others."""
        return table in self._changed or "cases" in self._changed
