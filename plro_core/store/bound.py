"""Which documents have patients in a version, and who these patients are."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from plro_core.problems import RegistryProblem
from plro_core.series import documents
from plro_core.series.documents import Bound, Document
from plro_core.shipped import SHIPPED
from plro_core.store.manifest import Manifest

_SHIPPED_DOCUMENT = SHIPPED / "source" / documents.FILE
_MOST_ANCESTORS = 1000


def bound(folder: Path, manifest: Manifest, connect: Callable[[], duckdb.DuckDBPyConnection]) -> tuple[Bound, ...]:
    """The documents of a version.

    A version has a document where it, or one that it descends from, names it as its source, and where the cells that it
    calls printed are the document's own. Its patients are those whose cells were read from its places. A cell that names
    no document may be any document's. ``connect`` gives the engine, which is asked only where a document is named.

    Raises:
        RegistryProblem: a ``document.toml`` of the registry is at fault.
    """
    found = []
    sources = tuple(_sources(folder, manifest))
    for document in documents.known(folder, _SHIPPED_DOCUMENT):
        named = any(document.is_named_in(source) for source in sources)
        if named and _has_its_cells(document, connect()):
            patients = frozenset(_patients(document, connect()))
            found += [Bound(document, patients)] if patients else []
    return tuple(found)


def _sources(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What a version and those that it descends from say of where their data come from."""
    for _ in range(_MOST_ANCESTORS):
        yield manifest.source
        if manifest.parent is None:
            return
        try:
            manifest = Manifest.read(folder / "versions" / Path(manifest.parent).name / "manifest.json")
        except RegistryProblem:
            return


def _has_its_cells(document: Document, connection: duckdb.DuckDBPyConnection) -> bool:
    if not document.printed_sha256:
        return True
    sql = 'SELECT document, "row", "column", text FROM printed WHERE list_contains(?, document) AND coalesce(series, ?) = ?'
    rows = connection.execute(sql, [list(document.tables), document.name, document.name]).fetchall()
    return documents.printed_sha256(rows) == document.printed_sha256


def _patients(document: Document, connection: duckdb.DuckDBPyConnection) -> Iterator[int]:
    """Patients whose row of ``cases`` was read from the document."""
    sql = (
        "SELECT DISTINCT key FROM provenance WHERE \"table\" = 'cases' AND coalesce(series, ?) = ? "
        "AND list_bool_or(list_transform(?::VARCHAR[], lambda place: starts_with(source, place)))"
    )
    values = [document.name, document.name, list(document.places)]
    return (int(key) for (key,) in connection.execute(sql, values).fetchall())
