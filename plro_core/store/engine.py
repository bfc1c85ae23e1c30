"""The engine behind a registry: a DuckDB of its tables in memory that can reach neither files nor the network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

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
    tables: Mapping[str, pa.Table], vocabulary: Vocabulary, limits: Mapping[str, str] = _LIMITS
) -> duckdb.DuckDBPyConnection:
    """A locked database of the tables, in memory only: whatever ends the process leaves nothing of them behind."""
    connection = duckdb.connect(":memory:", config=dict(limits))
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
        connection.unregister("incoming")
    connection.execute(_measurements(vocabulary))
    _lock(connection)
    return connection


@contextmanager
def read_only(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction in which the engine itself refuses every write, and which leaves no trace."""
    connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


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
