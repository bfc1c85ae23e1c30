"""SQL of the command line's user, answered on a copy that can only be read."""

from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from plro_core.problems import QueryProblem
from plro_core.store.engine import QUERY_LIMITS, connect, plainly, read_only
from plro_core.store.folder import registry_folder
from plro_core.store.verifying import verified

_MOST_SQL = 100_000
_MOST_BRACKETS = 500
_ANSWERS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def query(sql: str, folder: Path | str | None = None, version: str | None = None) -> pa.Table:
    """Answer an SQL question of the command line's user on a read-only copy of the registry.

    The copy is in memory, so that a killed process leaves no patient in a temporary folder, and without access to files
    or network. ``WITH d AS (DELETE …)`` counts as a SELECT, so a read-only transaction stops it.

    Raises:
        RegistryProblem: the registry cannot be read.
        QueryProblem: the SQL is malformed, names something unknown or tries to write, or its answer takes too long.
        EngineProblem: the memory does not suffice, or the engine broke.
    """
    check_length(sql)
    _, vocabulary, tables = verified(registry_folder(folder), version)
    with plainly(), closing(connect(tables, vocabulary, QUERY_LIMITS)) as connection:
        return answer(connection, sql)


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    try:
        statements = connection.extract_statements(sql)
        if len(statements) == 1 and statements[0].type in _ANSWERS:
            with read_only(connection):
                return connection.sql(sql).to_arrow_table()
    except (duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException):
        raise
    except duckdb.Error as error:
        raise QueryProblem(f"The query was refused: {_first_line(error)}") from None
    raise QueryProblem("The query was refused: expected one statement that asks, such as SELECT … or FROM cases.")


def check_length(sql: str) -> None:
    """The parser takes minutes over ten thousand open brackets, and no time limit holds it."""
    if len(sql) > _MOST_SQL or sum(map(sql.count, "([{")) > _MOST_BRACKETS:
        raise QueryProblem(
            f"The query was refused: expected at most {_MOST_SQL} characters and {_MOST_BRACKETS} opening brackets."
        )
    if not sql.isascii() and sql.encode(errors="ignore").decode() != sql:
        raise QueryProblem("The query was refused: it is not Unicode text.")


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if len(line) <= 200 else f"{line[:200]}…"
