"""A published series that comes as a folder: patients in the form of the template, beside what the document prints of them.

Nothing in it is code::

    registry.toml      version, title, source, author, note, time, synthetic: what the version says of itself
    document.toml      the document: see ``plro_core.series.documents``
    variables.toml     words that the standard ones lack, if it needs any
    cases.csv, …       the template, filled in (CSV files or a workbook)
    printed.csv        the cells of its printed tables: document, row, column, text
    provenance.csv     where cells were read from: table, key, column, source, verbatim, status, note
    claims.csv         its statements: see ``data/source/claims.csv``
    relations.csv      how they stand to each other: first, relation, second, note
    references.csv     its list of references: number, text
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from plro_core import durable, intake, plain_files
from plro_core.intake import File, Finding
from plro_core.problems import DataProblem
from plro_core.schema import arrow_schema
from plro_core.series import documents
from plro_core.series.documents import CLAIMS, KEPT, RELATIONS, Document
from plro_core.series.transcription import Row, read_about, read_rows
from plro_core.text import listed
from plro_core.vocabulary import FILE as WORDS
from plro_core.vocabulary import Vocabulary, words_of

PRINTED, PROVENANCE = "printed.csv", "provenance.csv"
#: The column that says whose a cell is; a folder holds one document's, so its files lack it.
SERIES = "series"
_BESIDE = (PRINTED, PROVENANCE, *KEPT)
_STATUSES = ("printed", "parsed", "inferred", "assumed", "conflict")


@dataclass(frozen=True)
class Series:
    """A published series as read: what a version of it says of itself, its tables, its words, and what was doubtful."""

    folder: Path
    about: Row
    document: Document
    tables: Mapping[str, pa.Table]
    vocabulary: Vocabulary
    doubts: tuple[Finding, ...]


def is_series(folder: Path) -> bool:
    """Whether a folder holds a series in the form of the template, rather than the transcription of the first paper."""
    return (folder / documents.FILE).exists() and not (folder / "table1.csv").exists()


def read_series(folder: Path, registry: Path) -> Series:
    """The series in ``folder``, read with its own words, or else with those of the registry that it goes into.

    Raises:
        PlainProblem: a file is missing or at fault; one sentence names it, with row, column, value and what was expected.
    """
    about, document = read_about(folder), documents.read(folder / documents.FILE)
    if not document.is_named_in(about["source"]):
        raise DataProblem(
            f"registry.toml, source: “{about['source'][:80]}”; expected words with the citation or DOI of {documents.FILE}."
        )
    words = _words(folder, registry)
    found = intake.read(_template_files(folder), words, whole=True)
    if found.tables is None:
        more = f" ({len(found.errors) - 1} more errors)" if len(found.errors) > 1 else ""
        raise DataProblem(f"{found.errors[0].sentence}{more}")
    tables = dict(found.tables)
    tables["provenance"] = _provenance(folder, document, tables["provenance"], words)
    tables["printed"] = _table("printed", list(_printed(folder, document, words)), words)
    tables["claims"] = _table("claims", _beside(folder, CLAIMS, words), words)
    tables["relations"] = _table("relations", _beside(folder, RELATIONS, words), words)
    _check_bound(document, tables)
    return Series(folder, about, document, tables, words, found.warnings)


def _words(folder: Path, registry: Path) -> Vocabulary:
    own, theirs = words_of(folder), words_of(registry)
    if not own.declared.text:
        return theirs
    if theirs.declared.text not in ("", own.declared.text):
        raise DataProblem(f"{registry.name}/{WORDS} differs from {folder.name}/{WORDS}; expected the same.")
    return own


def kept_files(series: Series, registry: Path) -> dict[Path, bytes]:
    """What the registry's folder must hold for its versions to be read as this series: path -> content."""
    home = registry / documents.HOME / series.document.name
    files = {home / name: series.folder / name for name in (documents.FILE, *KEPT)} | {
        registry / WORDS: series.folder / WORDS
    }
    return {path: plain_files.content(source) for path, source in files.items() if source.exists()}


def left_over(series: Series, registry: Path) -> list[Path]:
    """The registry's files of claims and the like that the series has no more."""
    home = registry / documents.HOME / series.document.name
    return [home / name for name in KEPT if (home / name).exists() and not (series.folder / name).exists()]


def keep(series: Series, registry: Path) -> None:
    """Put the document, with its claims and words, into the registry's folder.

    Raises:
        OSError: the folder cannot be written to.
    """
    for path in left_over(series, registry):
        path.unlink()
    for path, content in kept_files(series, registry).items():
        if not path.exists() or plain_files.content(path) != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            with durable.writing(path.parent):
                durable.write_whole(path, content)


def _template_files(folder: Path) -> list[File]:
    paths = sorted(path for ending in ("csv", "xlsx") for path in folder.glob(f"*.{ending}"))
    return [File(path.name, plain_files.content(path)) for path in paths if path.name not in _BESIDE]


def _table(name: str, rows: list[Row], words: Vocabulary) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=arrow_schema(name, words))


def _beside(folder: Path, name: str, words: Vocabulary) -> list[Row]:
    """The rows of a file that may be left out, empty cells as ``None``."""
    if not (folder / name).exists():
        return []
    heads = [entry.name for entry in words.columns(name.removesuffix(".csv")) if entry.name != SERIES]
    return [{head: row[head] or None for head in heads} for row in read_rows(folder, name, heads, first=2)]


def _printed(folder: Path, document: Document, words: Vocabulary) -> Iterator[Row]:
    heads = {table.title: table.heads for table in document.printed}
    for number, row in enumerate(_beside(folder, PRINTED, words), 2):
        _expect(PRINTED, number, row, "document", tuple(heads))
        _expect(PRINTED, number, row, "column", heads[row["document"]])
        if not str(row["row"]).isdecimal() or not str(row["row"]).isascii() or len(row["row"]) > 6:
            raise DataProblem(f"{PRINTED}, row {number}, column row: “{row['row'] or ''}”; expected a whole number.")
        yield row | {"row": int(row["row"]), SERIES: document.name}


def _provenance(folder: Path, document: Document, lines: pa.Table, words: Vocabulary) -> pa.Table:
    """Where cells were read from: what the document's transcriber says of a row stands in the place of our own line."""
    told = _beside(folder, PROVENANCE, words)
    own = lines.to_pylist()
    known = {(line["table"], line["key"]) for line in own}
    for number, row in enumerate(told, 2):
        _expect(PROVENANCE, number, row, "table", tuple(dict.fromkeys(table for table, _ in sorted(known))))
        _expect(PROVENANCE, number, row, "key", tuple(key for table, key in sorted(known) if table == row["table"]))
        _expect(PROVENANCE, number, row, "column", tuple(entry.name for entry in words.columns(row["table"])))
        _expect(PROVENANCE, number, row, "status", _STATUSES)
        if row["source"] is None:
            raise DataProblem(f"{PROVENANCE}, row {number}, column source: “”; expected a place in the document.")
    replaced = {(row["table"], row["key"]) for row in told}
    kept = [*told, *(line for line in own if (line["table"], line["key"]) not in replaced)]
    return _table("provenance", [line | {SERIES: document.name} for line in kept], words)


def _expect(file: str, number: int, row: Mapping[str, Any], column: str, known: tuple[str, ...]) -> None:
    if row[column] not in known:
        few = listed(list(known[:12]), "or") if known else "nothing, because the document declares none"
        raise DataProblem(f"{file}, row {number}, column {column}: “{(row[column] or '')[:80]}”; expected {few}.")


def _check_bound(document: Document, tables: Mapping[str, pa.Table]) -> None:
    """What binds a document to its patients must hold, or none of it would be shown."""
    lines = tables["provenance"].to_pylist()
    if not any(line["table"] == "cases" and line["source"].startswith(document.places) for line in lines):
        raise DataProblem(f"{documents.FILE}, places: expected how the places of its patients begin in {PROVENANCE}.")
    printed = [(row["document"], row["row"], row["column"], row["text"]) for row in tables["printed"].to_pylist()]
    checksum = documents.printed_sha256(printed)
    if document.printed_sha256 not in ("", checksum):
        raise DataProblem(f"{documents.FILE}, printed_sha256: expected {checksum}, as {PRINTED} gives it.")
