"""What people hand over, on its way to a version: told apart, looked at, read, and published whole or not at all.

A page and the command line ask here step by step, and nothing is stored before :func:`store_version`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from plro_core import durable, intake, journal, store
from plro_core.access import TWO_PEOPLE, RightProblem, read_access
from plro_core.bundle import declared_words, unbundle
from plro_core.changes import changes
from plro_core.intake import Dialect, File, Finding, Intake, Source, mappings
from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.foreign import frictionless
from plro_core.intake.foreign.frictionless import Resource, applied, read_package
from plro_core.intake.mappings import AnyMapping
from plro_core.intake.opening import text_sheet
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.intake.sheets.sample import Sample
from plro_core.preview import Preview, changes_table, held_tables, preview
from plro_core.problems import DataProblem, PlainProblem
from plro_core.progress import Progress, going_on
from plro_core.store import Manifest, Registry
from plro_core.tables import Column, Table
from plro_core.text import listed
from plro_core.unpacking import unpacked
from plro_core.vocabulary import FILE, Vocabulary, parse, words_of

_SAMPLE_ROWS = 3
#: Of a title or a source: a citation is one line.
_LONGEST_ORIGIN = 1000


@dataclass(frozen=True)
class Handed:
    """Files told apart: tables, a bundle of a whole registry, a mapping; ``findings`` says what could not be opened.

    ``package`` are the files that a data package lists; ``notes`` says what is left out, or read as it says, and refuses nothing.
    ``digests`` are the checksums of the files as they came.
    """

    files: tuple[File, ...] = ()
    bundle: File | None = None
    mapping: AnyMapping | None = None
    findings: tuple[Finding, ...] = ()
    package: tuple[Resource, ...] = ()
    notes: tuple[Finding, ...] = ()
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """One checksum for all of it, so that nothing is read twice."""
        files = (*self.files, *([self.bundle] if self.bundle else []))
        parts = [f"{file.name}\0{hashlib.sha256(file.content).hexdigest()}" for file in files]
        text = "\0".join([*parts, self.mapping.json if self.mapping else "", *(one.sentence for one in self.findings)])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class VersionMetadata:
    """What a new version says of itself: who, why, and of what; ``version`` names it where the day shall not.

    ``title`` and ``source`` may be left out: then they are those of the version before, or of the registry handed over.
    """

    author: str
    note: str
    title: str = ""
    source: str = ""
    synthetic: bool = False
    version: str = ""


def told_apart(files: Iterable[File], vocabulary: Vocabulary) -> Handed:
    """Archives are opened, and mappings and bundles are told from tables; never raises for what a file holds."""
    handed = Handed()
    for file in files:
        try:
            handed = _with(handed, file, vocabulary)
        except DataProblem as problem:
            finding = Finding(file.name, rule="form", message=str(problem))
            handed = replace(handed, findings=(*handed.findings, finding))
    handed = _of_package(handed) if handed.package else handed
    if handed.bundle and (handed.files or handed.mapping):
        message = "this is a whole registry; expected it without other files."
        finding = Finding(handed.bundle.name, rule="form", message=message, suggestion="Remove it, or the others.")
        handed = replace(handed, findings=(*handed.findings, finding))
    return handed


def _of_package(handed: Handed) -> Handed:
    """The files as the data package that came with them says that they are to be read."""
    told = applied(handed.package, handed.files)
    digests = {file.name: hashlib.sha256(file.content).hexdigest() for file in handed.files}
    errors = tuple(one for one in told.findings if one.severity == "error")
    notes = tuple(one for one in told.findings if one.severity != "error")
    return replace(
        handed,
        files=told.files,
        dialects=told.dialects,
        digests=digests,
        findings=(*handed.findings, *errors),
        notes=(*handed.notes, *notes),
    )


def _with(handed: Handed, file: File, vocabulary: Vocabulary) -> Handed:
    ending = PurePosixPath(file.name).suffix.lower()
    if file.name == frictionless.NAME:
        if handed.package:
            raise DataProblem("a second data package; expected one.")
        return replace(handed, package=read_package(file.content))
    if ending == ".json":
        if handed.mapping:
            raise MappingProblem("a second mapping; expected one.")
        return replace(handed, mapping=mappings.from_json(file.content, vocabulary))
    if ending != ".zip":
        return replace(handed, files=(*handed.files, file))
    parts = unpacked(file.content)
    if parts is None:
        if handed.bundle:
            raise DataProblem("a second registry; expected one.")
        return replace(handed, bundle=file)
    for name, content in parts.files:
        handed = _with(handed, File(name, content), vocabulary)
    text = "the archive holds it for people to read; it is left out."
    notes = tuple(Finding(name, rule="left_out", severity="warning", message=text) for name in parts.left_out)
    return replace(handed, notes=(*handed.notes, *notes))


def words_for(folder: Path, bundle: File | None = None) -> Vocabulary:
    """The words that files are read with: those that the registry declares, or those of a bundle that comes into a folder
    which holds nothing yet.

    Raises:
        RegistryProblem: the registry's ``variables.toml`` is at fault.
    """
    if bundle is None or (folder.exists() and any(folder.iterdir())):
        return words_of(folder)
    try:
        return Vocabulary(parse(declared_words(bundle.content)))
    except PlainProblem:  # who reads the bundle tells what is wrong with it
        return words_of(folder)


def read_handed(
    handed: Handed,
    base: Registry | None,
    whole: bool,
    dialects: Mapping[str, Dialect],
    mapping: AnyMapping | None,
    vocabulary: Vocabulary,
    answers: Answers = UNANSWERED,
    progress: Progress = going_on,
) -> Intake:
    """What the files hold on top of ``base`` (nothing where the registry is empty); never raises for what they hold.

    Raises:
        StoppedWork: ``progress`` answered no.
    """
    if handed.findings:
        return Intake(handed.findings, (), None)
    if handed.bundle:
        return _of_bundle(handed.bundle, vocabulary)
    before = base.tables if base else None
    told = {name: dialect for name, dialect in dialects.items() if dialect != Dialect()}
    found = intake.read(
        handed.files,
        vocabulary,
        before,
        whole=whole,
        dialects={**handed.dialects, **told},
        mapping=mapping,
        answers=answers,
        sound=True,
        progress=progress,
    )
    sources = tuple(replace(one, sha256=handed.digests.get(one.name, one.sha256)) for one in found.sources)
    return replace(found, findings=(*handed.notes, *found.findings), sources=sources)


def _of_bundle(file: File, vocabulary: Vocabulary) -> Intake:
    digest = hashlib.sha256(file.content).hexdigest()
    try:
        found = unbundle(file.content, vocabulary)
    except DataProblem as problem:
        finding = Finding(file.name, rule="bundle", message=str(problem))
        return Intake((finding,), (Source(file.name, digest, "bundle", Dialect(), 0),), None)
    rows = sum(table.num_rows for table in found.tables.values())
    given = tuple(name for name, table in found.tables.items() if table.num_rows)
    source = Source(file.name, digest, "bundle", Dialect(), rows)
    return Intake((), (source,), found.tables, given, found.about)


# What is shown of it


def sample(file: File, dialect: Dialect, vocabulary: Vocabulary, mapping: AnyMapping | None) -> Sample | None:
    """The first rows of a text file as they are read; nothing of a workbook, or of what cannot be read."""
    sheet = text_sheet(file, vocabulary, dialect, mappings.of_sheets(mapping))
    if sheet is None:
        return None
    rows = [
        (str(number), *("" if raw is None else str(raw) for raw in cells))
        for number, cells in sheet.rows[:_SAMPLE_ROWS]
    ]
    return Sample(("Row", *sheet.head), tuple(rows))


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
        found = changes(held_tables(before), held_tables(after), after.vocabulary)
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
class Proposal:
    """New words for a registry: the checksum of the ``variables.toml`` that they follow (empty if there is none), and in one
    sentence what is new in them.
    """

    words_from: str
    sentence: str


@dataclass(frozen=True)
class Prepared:
    """Files that were read and may be published: what they hold, and what they would change in ``parent``.

    ``proposal`` says that ``vocabulary`` is to become that of the registry; without one it is so already.
    """

    read: Intake
    tables: Mapping[str, pa.Table]
    seen: Preview
    parent: Manifest | None
    vocabulary: Vocabulary
    proposal: Proposal | None = None

    @property
    def come(self) -> dict[str, pa.Table] | None:
        """The rows that come into tables of ``parent``, by table; ``None`` where any row may be new."""
        touched = self.read.touched
        return None if touched is None else {name: come for name, (_, come) in touched.items()}


def prepare(
    read: Intake, base: Registry | None, vocabulary: Vocabulary, progress: Progress = going_on
) -> Prepared | None:
    """The preview of what was read; nothing where an error refuses it.

    Raises:
        StoppedWork: ``progress`` answered no.
    """
    if read.tables is None or read.errors:
        return None
    seen = preview(base, read.tables, vocabulary, read.touched, progress)
    return Prepared(read, read.tables, seen, base.manifest if base else None, vocabulary)


def store_version(
    folder: Path, prepared: Prepared, metadata: VersionMetadata, publish: bool, progress: Progress = going_on
) -> Manifest:
    """Write what was previewed as a new version, and publish it or keep it as a draft.

    Raises:
        StoppedWork: ``progress``, which is asked until the first file is written, answered no; then nothing is stored.
        RegistryProblem: another version was published since the preview, or nothing would change.
        RightProblem: it is to be published at once, and the registry wants two people for that.
        JournalProblem: the journal cannot be written, or author and note cannot stand in it; then nothing is stored.
        DataProblem: the title or the source is not a line of text.
    """
    journal.check_words(metadata.author, metadata.note)
    if publish and read_access(folder).two_people:
        raise RightProblem(TWO_PEOPLE)
    before = prepared.parent
    about = _about(folder, prepared, metadata)
    _check_origin(about)
    kept = detail(prepared)
    if (
        about["author"] != metadata.author
    ):  # the version keeps the author and the note of whoever made it; the journal has both
        kept |= {"imported by": metadata.author, "imported because": metadata.note}
    if prepared.proposal is None:
        _declare(folder, prepared.vocabulary)
    parent = before.version if before else None
    words, words_from = prepared.vocabulary, prepared.proposal.words_from if prepared.proposal else None
    manifest = store.draft(prepared.tables, about, folder, words, parent, kept, prepared.come, progress, words_from)
    return store.release(folder, manifest.version, metadata.author, metadata.note) if publish else manifest


def _about(folder: Path, prepared: Prepared, metadata: VersionMetadata) -> dict[str, Any]:
    """What the version says of itself. A registry that comes into an empty folder stays what it was."""
    before, held, now = prepared.parent, prepared.read.about, datetime.now(UTC)
    if held and before is None:
        made = {name: held[name] for name in ("version", "author", "note", "time")}
        made |= {"version": metadata.version} if metadata.version else {}
    else:
        made = {
            "version": metadata.version or store.next_version(folder, now.date()),
            "author": metadata.author,
            "note": metadata.note,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    names = listed([source.name for source in prepared.read.sources])
    origin = held or (before.__dict__ if before else {"title": "A registry", "source": names, "synthetic": False})
    return made | {
        "title": metadata.title or origin["title"],
        "source": metadata.source or origin["source"],
        "synthetic": metadata.synthetic or origin["synthetic"],
    }


def _check_origin(about: Mapping[str, Any]) -> None:
    """Title and source stand above every figure and in every export; all of it may come from a bundle that others made."""
    for name, longest in (("title", _LONGEST_ORIGIN), ("source", _LONGEST_ORIGIN), ("time", 40)):
        if len(about[name]) > longest or not about[name].isprintable():
            raise DataProblem(f"The {name} cannot be stored; expected one line of at most {longest} characters.")


def _declare(folder: Path, vocabulary: Vocabulary) -> None:
    """Put the words that came with a whole registry beside it, where nothing is declared yet."""
    if vocabulary.declared.text and not (folder / FILE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with durable.writing(folder):
            durable.write_whole(folder / FILE, vocabulary.declared.text.encode())


def detail(prepared: Prepared) -> dict[str, Any]:
    """What the journal keeps of where a version came from; never a value."""
    words = {"words": prepared.proposal.sentence} if prepared.proposal else {}
    return files_detail(prepared.read) | {"changes": prepared.seen.changes.sentence} | words


def files_detail(read: Intake) -> dict[str, Any]:
    """What the journal keeps of files: names with checksums, and how much was wrong or doubtful; never a value."""
    return {
        "files": [{"name": source.name, "sha256": source.sha256} for source in read.sources],
        "errors": len(read.errors),
        "warnings": len(read.warnings),
    }
