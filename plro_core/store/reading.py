"""One verified version in memory, ready to be asked."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plro_core.problems import RegistryProblem
from plro_core.series.documents import remarked
from plro_core.shipped import SHIPPED
from plro_core.store.bound import bound
from plro_core.store.columns import CodeTables, Known
from plro_core.store.engine import Engine
from plro_core.store.files import verified_bytes
from plro_core.store.folder import MANIFEST, VERSION, named_folders, registry_folder, remember
from plro_core.store.index import opened_index
from plro_core.store.limits import limits
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.tables import Condition, PlainTables, Tables
from plro_core.store.verifying import verified
from plro_core.text import patients, printable
from plro_core.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd

Answer = TypeVar("Answer")


class Registry:
    """One verified version of a registry, ready to be asked, with the words that it is written in.

    Safe to share between threads: every thread reads through its own cursor.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        vocabulary: Vocabulary,
        tables: Mapping[str, pa.Table],
        known: Known | None = None,
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        #: All tables, to be read whole, by columns or by key.
        self.tables = tables if isinstance(tables, Tables) else PlainTables(tables)
        self._engine = Engine(self.tables, vocabulary)
        self._kept: dict[str, Any] = {}
        #: The clinical tables as code columns, for counting.
        self.codes = CodeTables(self.tables, known)
        #: The documents that have patients here.
        self.documents = bound(folder, manifest, self.tables)
        self.patients, self.visits = self.codes.patients, self.codes["visits"].size
        #: The one document that all patients are from, if there is one.
        self.document = next((found.document for found in self.documents if len(found.patients) == self.patients), None)
        self.vocabulary = remarked(vocabulary, self.documents, self.patients)

    def __repr__(self) -> str:
        return f"Registry(“{printable(self.folder.resolve().name)}”, version {self.version}: {self._size})"

    def _repr_html_(self) -> str:
        warning = " · synthetic data" if self.manifest.synthetic else ""
        words = f"version {self.version} · {self._size}{warning} · {self.manifest.source}"
        return f"<p><strong>{escape(printable(self.folder.resolve().name))}</strong> · {escape(words)}</p>"

    @property
    def _size(self) -> str:
        return f"{patients(self.patients)}, {self.visits} visit{'' if self.visits == 1 else 's'}"

    @property
    def name(self) -> str:
        """What it is called beside another registry: the shipped one by its document, others like their folder."""
        shipped = self.document if self.folder.resolve() == SHIPPED.resolve() else None
        name = shipped.short if shipped else self.folder.resolve().name or self.manifest.title
        return f"{name} (synthetic data)" if self.manifest.synthetic else name

    def told(self, what: str, otherwise: str) -> str:
        """A sentence as the document says it that all patients are from; ``otherwise`` where there is no such document."""
        return self.document.says.get(what, otherwise) if self.document else otherwise

    @property
    def source_word(self) -> str:
        """What the cells were read from, in a word: "paper" where all patients are one document's, else "source"."""
        return "paper" if self.document else "source"

    @property
    def stated_word(self) -> str:
        """How the source gives a cell, in a word: "printed" where all patients are one document's, else "stated"."""
        return "printed" if self.document else "stated"

    @property
    def flag_word(self) -> str:
        """What the flag of a laboratory value is called that came with it: a "printed arrow" where a document says so."""
        return self.told("flag", "reported flag")

    @property
    def flagged_word(self) -> str:
        """How such a flag came with its value, in a word."""
        return self.told("flagged", "reported")

    @property
    def version(self) -> str:
        return self.manifest.version

    @property
    def content(self) -> str:
        """The checksum of what the version holds; another registry may give other data the same version name."""
        return content_hash(self.manifest)

    def kept(self, name: str, make: Callable[[], Answer]) -> Answer:
        """What is the same for every question, made when it is first asked for; nobody changes it."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Answer = self._kept[name]
        return found

    @cached_property
    def sample_order(self) -> NDArray[np.int64]:
        """The rank of each case by a hash of the patient's number: whoever shows a part of many takes the first."""
        ranks = np.empty(self.patients, dtype=np.int64)
        ranks[np.argsort(self._engine.hashes(self.codes.numbers), kind="stable")] = np.arange(self.patients)
        return ranks

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's cursor of the engine, with all tables in it."""
        return self._engine.cursor()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query of our own; ``values`` are bound, never pasted into the SQL.

        Raises:
            EngineProblem: the memory does not suffice, or the engine was interrupted or broke.
        """
        return self._engine.ask(sql, lambda cursor: cursor.execute(sql, list(values)).fetchall())

    def records(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries; missing values are ``None``."""

        def answered(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
            result = cursor.execute(sql, list(values))
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        return self._engine.ask(sql, answered)

    def frame(self, sql: str, values: Sequence[Any] = ()) -> "pd.DataFrame":
        """The rows of a query as a data frame with Arrow types, so that missing stays missing."""
        import pandas as pd  # takes as long to load as everything else, and no command needs it

        return self.arrow(sql, values).to_pandas(types_mapper=pd.ArrowDtype)

    def arrow(self, sql: str, values: Sequence[Any] = ()) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self._engine.ask(sql, lambda cursor: cursor.sql(sql, params=list(values)).to_arrow_table())

    def found(self, table: str, *where: Condition, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The rows of a table that meet every condition, in their order, read by key and not through the engine."""
        found: list[dict[str, Any]] = self.tables.found(table, where, columns).to_pylist()
        return found

    def file(self, name: str) -> bytes:
        """The bytes of one file of the version, as they were when it was published.

        Raises:
            RegistryProblem: the file is missing or was altered since the registry was opened.
        """
        return verified_bytes(self.folder / "versions" / self.version / name, self.manifest)

    def close(self) -> None:
        """Let go of the engine, if there is one."""
        self._engine.close()


def open_registry(folder: Path | str | None = None, version: str | None = None) -> Registry:
    """Load and verify a version of a registry: the published one, or the one that is named.

    Raises:
        RegistryProblem: the pointer, the version, its manifest or a file is missing, altered or breaks a rule, or a
            setting of the engine is at fault.
    """
    limits()
    folder = registry_folder(folder)
    manifest, vocabulary, tables = verified(folder, version)
    remember(folder)
    return Registry(folder, manifest, vocabulary, tables, opened_index(folder, manifest, tables))


def open_content(
    content: str, folder: Path | str | None = None, *, version: str = "", registry: str = "a registry"
) -> Registry:
    """Load and verify the version that holds exactly this content, whatever it is called: published, older or a draft.

    ``content`` is its content hash. It is looked for in the folder given, else in all that ``PLRO_REGISTRY`` names
    and in the shipped registry. ``version`` and ``registry`` are the names that it had: of two versions with this content
    the one of that name is taken, and a refusal says both.

    Raises:
        RegistryProblem: there is no version with this content, or it is damaged.
    """
    folders = [registry_folder(folder)] if folder else list(dict.fromkeys([*named_folders(), SHIPPED]))
    for home in folders:
        if named := version_with(content, home, version):
            return open_registry(home, named)
    raise RegistryProblem(not_found(content, folders, version, registry))


def version_with(content: str, folder: Path, version: str = "") -> str:
    """The name of the version in a folder that holds exactly this content, the one of that name if several do; empty if none does."""
    named = [name for name, held in _contents(folder) if held == content]
    return version if version in named else next(iter(named), "")


def _contents(folder: Path) -> list[tuple[str, str]]:
    """Name and content hash of every version in a folder whose manifest can be read."""
    found = []
    for home in sorted((folder / "versions").glob("*")):
        if VERSION.fullmatch(home.name):
            with suppress(RegistryProblem):
                found.append((home.name, content_hash(Manifest.read(home / MANIFEST))))
    return found


def not_found(content: str, folders: Sequence[Path], version: str, registry: str) -> str:
    """That no version in these folders holds some content, in one sentence."""
    places = " or ".join(f"“{printable(folder.resolve().name)}”" for folder in folders)
    wanted = f"version {printable(version)} of “{printable(registry)}” (content {printable(content)[:12]})"
    others = [held for folder in folders for name, held in _contents(folder) if name == version]
    other = f"; the {printable(version)} there holds other data (content {others[0][:12]})" if others else ""
    return (
        f"No version in {places} holds what this was made from, {wanted}{other}. Set PLRO_REGISTRY to the folder of that "
        "registry, or give open_content its folder."
    )
