"""What people hand over, on its way to a version: told apart, looked at, read, and published whole or not at all.

A page asks here step by step, and nothing is stored before :func:`store_version`.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from plro_core import intake, journal, store
from plro_core.bundle import unbundle
from plro_core.changes import changes
from plro_core.intake import Dialect, File, Finding, Intake, Source, delimited, heads
from plro_core.intake.gates import form
from plro_core.intake.redcap.mapping import MappingProblem, RedcapMapping
from plro_core.intake.refusal import Refusal
from plro_core.preview import Preview, changes_table, held_tables, preview
from plro_core.problems import DataProblem
from plro_core.store import Manifest, Registry
from plro_core.tables import Column, Table
from plro_core.text import listed

_MOST_ENTRIES = 50
_MOST_UNPACKED = 50_000_000
#: What every bundle of ours holds.
_BUNDLE_PARTS = {"manifest.json", "checksums.txt"}
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, OSError, EOFError, RuntimeError)
_SAMPLE_ROWS = 3


@dataclass(frozen=True)
class Handed:
    """Files told apart: tables, a bundle of a whole registry, a mapping; ``findings`` says what could not be opened."""

    files: tuple[File, ...] = ()
    bundle: File | None = None
    mapping: RedcapMapping | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def key(self) -> str:
        """One checksum for all of it, so that nothing is read twice."""
        files = (*self.files, *([self.bundle] if self.bundle else []))
        parts = [f"{file.name}\0{hashlib.sha256(file.content).hexdigest()}" for file in files]
        text = "\0".join([*parts, self.mapping.json if self.mapping else "", *(one.sentence for one in self.findings)])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Words:
    """What a new version says of itself: who, why, and of what. ``title`` and ``source`` may be left out later on."""

    author: str
    note: str
    title: str = ""
    source: str = ""
    synthetic: bool = False


def told_apart(files: Iterable[File]) -> Handed:
    """Archives are opened, and mappings and bundles are told from tables; never raises for what a file holds."""
    handed = Handed()
    for file in files:
        try:
            handed = _with(handed, file)
        except DataProblem as problem:
            finding = Finding(file.name, rule="form", message=str(problem))
            handed = replace(handed, findings=(*handed.findings, finding))
    if handed.bundle and handed.files:
        message = "this is a whole registry; expected it without other files."
        finding = Finding(handed.bundle.name, rule="form", message=message, suggestion="Remove it, or the others.")
        handed = replace(handed, findings=(*handed.findings, finding))
    return handed


def _with(handed: Handed, file: File) -> Handed:
    ending = PurePosixPath(file.name).suffix.lower()
    if ending == ".json":
        if handed.mapping:
            raise MappingProblem("a second mapping; expected one.")
        return replace(handed, mapping=RedcapMapping.from_json(file.content))
    if ending != ".zip":
        return replace(handed, files=(*handed.files, file))
    with _archive(file.content) as archive:
        if set(archive.namelist()) >= _BUNDLE_PARTS:
            if handed.bundle:
                raise DataProblem("a second registry; expected one.")
            return replace(handed, bundle=file)
        return replace(handed, files=(*handed.files, *_unpacked(archive)))


def _archive(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except _BROKEN:
        raise DataProblem("the archive is damaged or cut short; expected a whole one.") from None
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        megabytes = _MOST_UNPACKED // 1_000_000
        raise DataProblem(f"the archive holds too much; expected {_MOST_ENTRIES} files and {megabytes} MB at most.")
    return archive


def _unpacked(archive: zipfile.ZipFile) -> list[File]:
    """The tables in an archive, under their names without folders; no more is unpacked than an entry declares."""
    found = []
    for entry in archive.infolist():
        name = PurePosixPath(entry.filename).name
        if entry.is_dir() or not name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx")):
            continue
        try:
            with archive.open(entry) as part:
                content = part.read(entry.file_size + 1)
        except _BROKEN:
            raise DataProblem(f"{name} in the archive cannot be unpacked; expected it whole and open.") from None
        found.append(File(name, content))
    if not found:
        raise DataProblem("the archive holds no table; expected CSV files, a workbook or a registry's own export.")
    return found


def read_handed(
    handed: Handed, base: Registry | None, whole: bool, dialects: Mapping[str, Dialect], mapping: RedcapMapping | None
) -> Intake:
    """What the files hold on top of ``base`` (nothing where the registry is empty); never raises for what they hold."""
    if handed.findings:
        return Intake(handed.findings, (), None)
    if handed.bundle:
        return _of_bundle(handed.bundle)
    before = held_tables(base) if base else None
    return intake.read(handed.files, before, whole=whole, dialects=dialects, mapping=mapping)


def _of_bundle(file: File) -> Intake:
    digest = hashlib.sha256(file.content).hexdigest()
    try:
        tables = unbundle(file.content).tables
    except DataProblem as problem:
        finding = Finding(file.name, rule="bundle", message=str(problem))
        return Intake((finding,), (Source(file.name, digest, "bundle", Dialect(), 0),), None)
    rows = sum(table.num_rows for table in tables.values())
    given = tuple(name for name, table in tables.items() if table.num_rows)
    return Intake((), (Source(file.name, digest, "bundle", Dialect(), rows),), tables, given)


# What is shown of it


def sample(file: File, dialect: Dialect) -> Table | None:
    """The first rows of a text file as they are read; nothing of a workbook, or of what cannot be read."""
    try:
        if form(file) != "csv":
            return None
        sheet, _ = delimited.sheet(file, dialect, heads.is_known)
    except Refusal:
        return None
    columns = tuple(Column(f"c{index}", head) for index, head in enumerate(sheet.head))
    rows = tuple(tuple(None if raw is None else str(raw) for raw in cells) for _, cells in sheet.rows[:_SAMPLE_ROWS])
    return Table("sample", f"The first rows of {file.name}", columns, rows)


def findings_table(findings: Sequence[Finding]) -> Table:
    """Every finding by its coordinates, errors first."""
    names = {
        "severity": "Kind",
        "file": "File",
        "sheet": "Sheet",
        "cell": "Cell",
        "column": "Column",
        "value": "Value",
        "message": "What is expected",
        "suggestion": "What may mend it",
    }
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    rows = tuple(tuple(getattr(finding, name) or _row(finding, name) for name in names) for finding in ordered)
    used = [index for index, name in enumerate(names) if name != "sheet" or any(row[index] for row in rows)]
    columns = [Column(name, label) for name, label in names.items()]
    return Table(
        "findings",
        counted(findings),
        tuple(columns[index] for index in used),
        tuple(tuple(row[index] for index in used) for row in rows),
    )


def _row(finding: Finding, name: str) -> str | None:
    return f"row {finding.row}" if name == "cell" and finding.row else None


def counted(findings: Sequence[Finding]) -> str:
    """Findings in numbers: "2 errors and 1 warning"."""
    errors = sum(finding.severity == "error" for finding in findings)
    counts = ((errors, "error"), (len(findings) - errors, "warning"))
    return listed([f"{count} {noun if count == 1 else f'{noun}s'}" for count, noun in counts if count]) or "No problems"


def differences(folder: Path, old: str, new: str, most: int | None = None) -> Table:
    """Every cell that differs between two versions.

    Raises:
        RegistryProblem: one of them cannot be read.
    """
    before, after = (store.open_registry(folder, version) for version in (old, new))
    try:
        found = changes(held_tables(before), held_tables(after))
        return changes_table(found, f"From version {old} to version {new}", most)
    finally:
        before.close()
        after.close()


def changes_first(table: Table) -> Table:
    """A table of changes with what may be a mistake on top: changed cells, then removed ones, then new ones."""
    order = {"changed": 0, "removed": 1, "new": 2}
    return replace(table, rows=tuple(sorted(table.rows, key=lambda row: order.get(str(row[0]), 3))))


# Storing


@dataclass(frozen=True)
class Prepared:
    """Files that were read and may be published: what they hold, and what they would change in ``parent``."""

    read: Intake
    tables: Mapping[str, pa.Table]
    seen: Preview
    parent: Manifest | None


def prepare(read: Intake, base: Registry | None) -> Prepared | None:
    """The preview of what was read; nothing where an error refuses it."""
    if read.tables is None or read.errors:
        return None
    return Prepared(read, read.tables, preview(base, read.tables), base.manifest if base else None)


def store_version(folder: Path, prepared: Prepared, words: Words, publish: bool) -> Manifest:
    """Write what was previewed as a new version, and publish it or keep it as a draft.

    Raises:
        RegistryProblem: another version was published since the preview, or nothing would change.
        JournalProblem: the journal cannot be written, or the words cannot stand in it; then nothing is stored.
    """
    journal.check_words(words.author, words.note)
    before, now = prepared.parent, datetime.now(UTC)
    names = listed([source.name for source in prepared.read.sources])
    about = {
        "version": store.next_version(folder, now.date()),
        "title": words.title or (before.title if before else "A registry"),
        "source": words.source or (before.source if before else names),
        "author": words.author,
        "note": words.note,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "synthetic": words.synthetic or bool(before and before.synthetic),
    }
    manifest = store.draft(prepared.tables, about, folder, before.version if before else None, detail(prepared))
    return store.release(folder, manifest.version, words.author, words.note) if publish else manifest


def detail(prepared: Prepared) -> dict[str, Any]:
    """What the journal keeps of where a version came from: files with their checksums, and counts; never a value."""
    return {
        "files": [{"name": source.name, "sha256": source.sha256} for source in prepared.read.sources],
        "warnings": len(prepared.read.warnings),
        "changes": prepared.seen.changes.sentence,
    }
