"""One verified version in memory, ready to be asked."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from plro_core.store.engine import connect
from plro_core.store.folder import registry_folder
from plro_core.store.manifest import Manifest
from plro_core.store.verifying import verified, verified_bytes

if TYPE_CHECKING:
    import pandas as pd


class Registry:
    """One verified version of a registry, ready to be asked.

    Safe to share between threads: every thread reads through its own cursor.
    """

    def __init__(self, folder: Path, manifest: Manifest, tables: Mapping[str, pa.Table]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._connection = connect(tables)
        self._local = threading.local()

    @property
    def version(self) -> str:
        return self.manifest.version

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query of our own; ``values`` are bound, never pasted into the SQL."""
        return self.cursor.execute(sql, list(values)).fetchall()

    def records(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries; missing values are ``None``."""
        result = self.cursor.execute(sql, list(values))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def frame(self, sql: str, values: Sequence[Any] = ()) -> "pd.DataFrame":
        """The rows of a query as a data frame with Arrow types, so that missing stays missing."""
        import pandas as pd  # takes as long to load as everything else, and no command needs it

        return self.arrow(sql, values).to_pandas(types_mapper=pd.ArrowDtype)

    def arrow(self, sql: str, values: Sequence[Any] = ()) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self.cursor.sql(sql, params=list(values)).to_arrow_table()

    def file(self, name: str) -> bytes:
        """The bytes of one file of the version, as they were when it was published.

        Raises:
            RegistryProblem: the file is missing or was altered since the registry was opened.
        """
        return verified_bytes(self.folder / "versions" / self.version / name, self.manifest)

    def close(self) -> None:
        self._connection.close()


def open_registry(folder: Path | str | None = None, version: str | None = None) -> Registry:
    """Load and verify a version of a registry: the published one, or the one that is named.

    Raises:
        RegistryProblem: the pointer, the version, its manifest or a file is missing, altered or breaks a rule.
    """
    folder = registry_folder(folder)
    return Registry(folder, *verified(folder, version))
