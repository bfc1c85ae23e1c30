"""The engine behind a registry: a DuckDB of its tables that can reach neither files nor the network."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from plro_core.vocabulary import Vocabulary

#: No temporary folder: a large answer must not spill patients' data into the folder that the program runs in.
_LIMITS = {"memory_limit": "4GB", "threads": "2", "temp_directory": ""}
QUERY_LIMITS = {**_LIMITS, "max_execution_time": "60000"}
_LOCKED = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)


def connect(
    tables: Mapping[str, pa.Table], vocabulary: Vocabulary, path: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A database of the tables: in memory and locked, or a file for :func:`read_only` to open."""
    connection = duckdb.connect(str(path or ":memory:"), config=_LIMITS)  # type: ignore[arg-type]
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
        connection.unregister("incoming")
    connection.execute(_measurements(vocabulary))
    if path is None:
        _lock(connection)
    return connection


def read_only(path: Path, tables: Mapping[str, pa.Table], vocabulary: Vocabulary) -> duckdb.DuckDBPyConnection:
    """A connection to a copy of the tables at ``path`` that can only read them, and nothing else."""
    connect(tables, vocabulary, path).close()
    connection = duckdb.connect(str(path), read_only=True, config=QUERY_LIMITS)  # type: ignore[arg-type]
    _lock(connection)
    return connection


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in _LOCKED:
        connection.execute(statement)


def _measurement(name: str, flag: str) -> str:
    return (
        f"SELECT case_id, month, '{name}' AS analyte, \"{name}\"::DOUBLE AS value, {flag} AS printed_flag FROM visits"
    )


def _measurements(vocabulary: Vocabulary) -> str:
    """The long form of the visits, as a view: one row for each recorded measurement."""
    measured = [_measurement("vas", "NULL"), *(_measurement(lab.name, f'"{lab.name}_flag"') for lab in vocabulary.labs)]
    return f"CREATE VIEW measurements AS SELECT * FROM ({' UNION ALL '.join(measured)}) WHERE value IS NOT NULL"
