"""The engine behind a registry: a DuckDB in memory that can reach neither files nor the network.

A table is loaded into it when the first question names it.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plro_core.pace import pause
from plro_core.problems import EngineProblem
from plro_core.store.limits import limits
from plro_core.store.tables import Tables
from plro_core.vocabulary import Vocabulary

QUERY_LIMITS = {"max_execution_time": "60000"}
_LOCKED = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET python_enable_replacements = false",
    "SET enable_progress_bar = false",  # it would write among the answers of a command
    "SET lock_configuration = true",
)
#: The view of what is measured at visits, and the table that it is made of.
_VIEW, _VISITS = "measurements", "visits"

_TEXT = re.compile(r"'[^']*'")
_WORD = re.compile(r"\w+")

Answer = TypeVar("Answer")


class Engine:
    """Answers questions in SQL about some tables. Threads may share it: each asks through a cursor of its own."""

    def __init__(self, tables: Tables, vocabulary: Vocabulary) -> None:
        self._tables, self._vocabulary = tables, vocabulary
        self._loading = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._loaded: set[str] = set()
        self._local = threading.local()

    def ask(self, sql: str, answered: Callable[[duckdb.DuckDBPyConnection], Answer]) -> Answer:
        """What ``answered`` makes of a cursor that knows the tables of a question.

        Raises:
            EngineProblem: the memory does not suffice, or the engine was interrupted or broke; the next question is answered.
        """
        with plainly(self._broken):
            return answered(self.cursor(sql))

    def hashes(self, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The hash of each of some numbers."""

        def answered(cursor: duckdb.DuckDBPyConnection) -> NDArray[np.uint64]:
            cursor.register("numbers", pa.table({"number": numbers}))
            try:
                return np.asarray(cursor.sql("SELECT hash(number) AS hash FROM numbers").fetchnumpy()["hash"])
            finally:
                cursor.unregister("numbers")

        return self.ask("", answered)

    def cursor(self, sql: str | None = None) -> duckdb.DuckDBPyConnection:
        """This thread's cursor, which knows the tables that a question names; without one, all of them. Others may ask before."""
        pause()
        connection = self._with(self._tables if sql is None else named(sql, self._tables))
        if getattr(self._local, "of", None) is not connection:
            self._local.of, self._local.cursor = connection, connection.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor

    def close(self) -> None:
        """Let go of everything; who asks again loads again."""
        with self._loading:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._loaded = set()

    def _with(self, names: Iterable[str]) -> duckdb.DuckDBPyConnection:
        with self._loading:
            if self._connection is None:
                self._connection, self._loaded = _locked(limits()), set()
            for name in names:
                if name not in self._loaded:
                    _load(self._connection, name, self._tables, self._vocabulary)
                    self._loaded.add(name)
            return self._connection

    def _broken(self) -> None:
        """A database that can answer nothing any more is left to whoever still asks it, and a new one is begun."""
        with self._loading:
            self._connection = None
            self._loaded = set()


@contextmanager
def plainly(broken: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Faults of an engine as one sentence; ``broken`` is called where it can answer nothing any more.

    Raises:
        EngineProblem: in place of the fault.
    """
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError):
        raise EngineProblem(
            f"The answer needs more memory than the {limits()['memory_limit']} that PLRO_MEMORY allows, or than the "
            "machine has; ask for fewer patients or columns, or allow more."
        ) from None
    except duckdb.InterruptException as fault:
        told = "took longer than it may" if "execution time" in str(fault) else "was stopped"
        raise EngineProblem(f"The question {told}, so it has no answer; ask it again, or ask less.") from None
    except (duckdb.FatalException, duckdb.InternalException):
        broken()
        raise EngineProblem(
            "The engine broke over the question; it was started anew, and other questions work."
        ) from None
    except (duckdb.IOException, duckdb.HTTPException):
        raise EngineProblem("The engine could not read or write what the question needs; ask it again.") from None


def connect(tables: Tables, vocabulary: Vocabulary, more: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A locked database of all the tables, in memory only: whatever ends the process leaves nothing of them behind."""
    connection = _locked({**limits(), **(more or {})})
    for name in tables:
        _load(connection, name, tables, vocabulary)
    return connection


@contextmanager
def read_only(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction in which the engine itself refuses every write, and which leaves no trace."""
    connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # of a question that was stopped the engine may have ended the transaction itself
            connection.execute("ROLLBACK")


def named(sql: str, tables: Iterable[str]) -> list[str]:
    """Which tables a question names; a column or an alias called like one counts as one."""
    words = {word.lower() for word in _WORD.findall(_TEXT.sub("", sql))}
    if _VIEW in words:
        words.add(_VISITS)
    return [name for name in tables if name.lower() in words]


def _locked(config: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config=dict(config))
    for statement in _LOCKED:
        connection.execute(statement)
    return connection


def _load(connection: duckdb.DuckDBPyConnection, name: str, tables: Tables, vocabulary: Vocabulary) -> None:
    """One table, whole or not at all; with the visits the view of what is measured at them."""
    connection.execute("BEGIN TRANSACTION")
    try:
        connection.register("incoming", tables.batches(name))
        connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
        if name == _VISITS:
            connection.execute(_measurements(vocabulary))
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise
    finally:
        with suppress(duckdb.Error):
            connection.unregister("incoming")


def _measurement(name: str, flag: str) -> str:
    return (
        f"SELECT case_id, month, '{name}' AS analyte, \"{name}\"::DOUBLE AS value, {flag} AS printed_flag FROM visits"
    )


def _measurements(vocabulary: Vocabulary) -> str:
    """The long form of the visits, as a view: one row for each recorded measurement."""
    measured = [_measurement("vas", "NULL"), *(_measurement(lab.name, f'"{lab.name}_flag"') for lab in vocabulary.labs)]
    return f"CREATE VIEW {_VIEW} AS SELECT * FROM ({' UNION ALL '.join(measured)}) WHERE value IS NOT NULL"
