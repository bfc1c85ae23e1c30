"""From a version of a registry to a bundle: the same version gives the same bytes."""

import hashlib
import zipfile
from collections.abc import Mapping
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from plro_core import plain_files
from plro_core.bundle.descriptor import descriptor
from plro_core.bundle.laboratory import lb_csv
from plro_core.bundle.text import csv_of
from plro_core.bundle.words import licence, licences, readme
from plro_core.dictionary import as_markdown, as_table
from plro_core.export import export_table
from plro_core.series.documents import FILE as DOCUMENT
from plro_core.series.documents import HOME, KEPT
from plro_core.store import Registry
from plro_core.vocabulary import FILE, Vocabulary

CHECKSUMS = "checksums.txt"
MANIFEST = "manifest.json"

#: The earliest time that a zip can state; a file's own time would make each bundle another one.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def _repeated(vocabulary: Vocabulary, tables: Mapping[str, pa.Table]) -> set[str]:
    """The tables in which a key has several rows, told apart by a further column."""
    asked = [table for table in vocabulary.tables if table.apart and table.name in tables]
    return {
        table.name
        for table in asked
        if tables[table.name].group_by(list(table.key)).aggregate([]).num_rows < tables[table.name].num_rows
    }


def bundle(registry: Registry, guarded: bool = False) -> bytes:
    """One version of a registry as a zip: tables as CSV and Parquet, dictionaries, descriptor, manifest, checksums.

    ``guarded``: in its CSV files a text that a spreadsheet would take for a formula has a quote before it, which
    :func:`~plro_core.bundle.unbundle` knows.

    Raises:
        RegistryProblem: a file of the version is missing or was altered since the registry was opened.
    """
    files = bundle_files(registry, guarded)
    files[CHECKSUMS] = checksums(files)
    return zipped(files)


def bundle_files(registry: Registry, guarded: bool = False) -> dict[str, bytes]:
    """The files of :func:`bundle` by their paths, without their checksums.

    Raises:
        RegistryProblem: as of :func:`bundle`.
    """
    # REDCap's dictionary is asked for here only, so that reading a bundle does not load what reads its exports.
    from plro_core.intake.redcap.writer import dictionary_csv

    manifest = registry.manifest
    stored = {name: registry.file(name) for name in manifest.files}
    tables = {name.removesuffix(".parquet"): _read(content) for name, content in stored.items() if name != FILE}
    files = {f"data/{name}.csv": csv_of(table, guarded) for name, table in tables.items()}
    files |= {f"parquet/{name}": content for name, content in stored.items() if name != FILE}
    files |= {FILE: stored[FILE]} if FILE in stored else {}
    documents = _documents(registry)
    files |= documents
    heads = {name: table.column_names for name, table in tables.items()}
    files |= {
        MANIFEST: manifest.json,
        "datapackage.json": descriptor(
            manifest, registry.vocabulary, heads, files, licences(registry), _repeated(registry.vocabulary, tables)
        ),
        "dictionary.md": as_markdown(registry).encode(),
        "dictionary.csv": export_table(as_table(registry.vocabulary.variables), "csv"),
        "redcap_dictionary.csv": dictionary_csv(registry.vocabulary, guarded=guarded),
        "LB.csv": lb_csv(registry, guarded),
        "README.md": readme(registry, FILE in stored, bool(documents), guarded).encode(),
        "LICENCE.txt": licence(registry).encode(),
    }
    return files


def _documents(registry: Registry) -> dict[str, bytes]:
    """What the registry's own documents print and claim, under the names that they have in its folder."""
    homes = [bound.document.folder for bound in registry.documents if bound.document.folder]
    return {
        f"{HOME}/{home.name}/{name}": plain_files.content(home / name)
        for home in homes
        if home.parent == registry.folder / HOME
        for name in (DOCUMENT, *KEPT)
        if (home / name).exists()
    }


def checksums(files: Mapping[str, bytes]) -> bytes:
    """One line a file, as ``sha256sum`` writes and checks them."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip with its names sorted, and without times or anything else of the machine that made it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _read(content: bytes) -> pa.Table:
    return pq.read_table(BytesIO(content), page_checksum_verification=True)
