"""Which documents have patients in a version, and who these patients are."""

from collections.abc import Iterator
from pathlib import Path

from plro_core.problems import RegistryProblem
from plro_core.series import documents
from plro_core.series.documents import Bound, Document
from plro_core.shipped import SHIPPED
from plro_core.store.folder import MANIFEST
from plro_core.store.manifest import Manifest
from plro_core.store.tables import OneOf, Tables

_SHIPPED_DOCUMENT = SHIPPED / "source" / documents.FILE
_MOST_ANCESTORS = 1000


def bound(folder: Path, manifest: Manifest, tables: Tables) -> tuple[Bound, ...]:
    """The documents of a version.

    A version has a document where it, or one that it descends from, names it as its source, and where the cells that it
    calls printed are the document's own. Its patients are those whose cells were read from its places. A cell that names
    no document may be any document's. Nothing is read where no document is named.

    Raises:
        RegistryProblem: a ``document.toml`` of the registry is at fault.
    """
    found = []
    sources = tuple(_sources(folder, manifest))
    for document in documents.known(folder, _SHIPPED_DOCUMENT):
        named = any(document.is_named_in(source) for source in sources)
        if named and _has_its_cells(document, tables):
            patients = frozenset(_patients(document, tables))
            found += [Bound(document, patients)] if patients else []
    return tuple(found)


def _sources(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What a version and those that it descends from say of where their data come from."""
    for _ in range(_MOST_ANCESTORS):
        yield manifest.source
        if manifest.parent is None:
            return
        try:
            manifest = Manifest.read(folder / "versions" / Path(manifest.parent).name / MANIFEST)
        except RegistryProblem:
            return


def _has_its_cells(document: Document, tables: Tables) -> bool:
    if not document.printed_sha256:
        return True
    where = (OneOf("document", tuple(document.tables)), _its_own(document))
    found = tables.found("printed", where, ("document", "row", "column", "text"))
    return documents.printed_sha256(zip(*found.to_pydict().values(), strict=True)) == document.printed_sha256


def _patients(document: Document, tables: Tables) -> Iterator[int]:
    """Patients whose row of ``cases`` was read from the document."""
    places = tuple(document.places)
    found = tables.found("provenance", (OneOf("table", ("cases",)), _its_own(document)), ("key", "source"))
    for key, source in zip(*found.to_pydict().values(), strict=True):
        if (source or "").startswith(places):
            yield int(key)


def _its_own(document: Document) -> OneOf:
    """What names this document, or none."""
    return OneOf("series", (document.name, None))
