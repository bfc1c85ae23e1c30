"""What people hand over: ``template``, ``check`` and ``import``.

A finding names a cell and its value, because the reader must mend it: findings go to standard output only. The journal
and the sentences on standard error name files and counts, never a value.
"""

import json
import shlex
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from plro_core import handover, intake, journal, store
from plro_core.cli import console, options
from plro_core.cli.output import Output, output
from plro_core.cli.root import command
from plro_core.handover import Handed, Prepared, VersionMetadata
from plro_core.intake import mappings
from plro_core.intake.answers import Answers
from plro_core.intake.model import Dialect, File, Finding, Intake
from plro_core.problems import DataProblem, QueryProblem
from plro_core.text import counted, printable
from plro_core.vocabulary import Vocabulary

_REFUSED = 1
#: More than any export of a registry; what a file may hold is looked at by the intake.
_MOST_BYTES = 50_000_000
#: How a template's file name ends -> its format: a workbook, or an archive with a CSV file a table.
_TEMPLATES = {"xlsx": "xlsx", "zip": "csv"}

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Given:
    """The files of ``check`` and ``import``, and how they are to be read."""

    files: Sequence[str]
    whole: bool
    encoding: str
    delimiter: str
    decimal: str | None
    mapping: str | None
    missing: Sequence[str]
    value: Sequence[str]
    unit: Sequence[str]

    @property
    def dialect(self) -> Dialect:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(self.delimiter, self.delimiter)
        if len(delimiter) > 1:
            raise QueryProblem("--delimiter is one character, or the word tab.")
        return Dialect(self.encoding, delimiter, self.decimal or "")

    def handed(self, vocabulary: Vocabulary) -> Handed:
        """The files told apart; a mapping may stand among them or be named by --mapping."""
        handed = handover.told_apart(_files(self.files), vocabulary)
        if self.mapping is None:
            return handed
        if handed.mapping:
            raise QueryProblem("There is a mapping among the files; give no --mapping, or take it out.")
        return replace(handed, mapping=mappings.from_json(_content(Path(self.mapping)), vocabulary))


def _given(function: _Function) -> _Function:
    """The arguments that say which files are read, and how; the command gets a ``_Given``."""

    @wraps(function)
    def answered(*args: Any, **options: Any) -> Any:
        given = _Given(**{entry.name: options.pop(entry.name) for entry in fields(_Given)})
        return function(*args, given=given, **options)

    declared: Any = answered
    for option in (
        click.option(
            "--unit",
            metavar="COLUMN=UNIT",
            multiple=True,
            help="a column is in another unit, such as vas=mm for a scale of 0 to 100: its cells are converted",
        ),
        click.option(
            "--value",
            metavar="COLUMN=CODE",
            multiple=True,
            help="a number that looks like a code for missing is a value in that column",
        ),
        click.option(
            "--missing",
            metavar="COLUMN=CODE",
            multiple=True,
            help="a number that means missing in that column, such as weeks_postpartum=99: its cells are empty",
        ),
        click.option(
            "--mapping",
            metavar="FILE",
            help="JSON that says which field of a REDCap project, or column of a sheet, is which variable",
        ),
        click.option("--decimal", type=options.Choice((".", ",")), help="the decimal sign of numbers in text"),
        click.option("--delimiter", metavar="D", default="", help="what stands between cells: , ; or tab"),
        click.option("--encoding", metavar="E", default="", help="how text is encoded, such as cp1254"),
        click.option(
            "--whole",
            is_flag=True,
            help="the files hold the whole registry: rows that they do not have are removed",
        ),
        click.argument("files", metavar="FILE", nargs=-1, required=True),
    ):
        declared = option(declared)
    return declared


@command("template", "It has every column that the registry declares. A ZIP holds CSV files.")
@options.registry
@output(*_TEMPLATES)
def template_command(registry: str | None, output: Output) -> None:
    form = output.form
    output.put(intake.template(handover.words_for(store.registry_folder(registry)), _TEMPLATES[form]), form)


@command(
    "check",
    "Every finding is printed, values included. Exit 1 where there is an error; warnings alone exit 0. FILE is a CSV file, "
    "a workbook or a REDCap export.",
)
@_given
@options.registry
@click.option("--format", type=options.Choice(("text", "json")), default="text", help="text (the default) or json")
def check_command(registry: str | None, given: _Given, format: str) -> int:
    found, _, _ = _read(given, store.registry_folder(registry))
    if format == "json":
        console.say(json.dumps([finding.as_dict() for finding in found.findings], ensure_ascii=False, indent=1))
    else:
        _say_findings(found.findings)
        _say_questions(found)
        console.say(_summary(found))
    return _REFUSED if found.errors else 0


@command(
    "import",
    "Refused where a file has an error, and where it has a warning unless --accept-warnings. The shipped registry is never "
    "imported into: name a folder with --registry or PLRO_REGISTRY; it need not exist. FILE is a CSV file, a workbook or "
    "a REDCap export.",
)
@_given
@options.registry
@options.who
@click.option("--accept-warnings", is_flag=True, help="import although there are warnings")
@click.option("--draft", is_flag=True, help="write the version without publishing it")
@click.option("--title", metavar="T", default="", help="title of the data (otherwise that of the published version)")
@click.option("--source", metavar="S", default="", help="where the data come from (otherwise as the published version)")
@click.option("--synthetic", is_flag=True, help="none of these patients exist; every export says so")
@click.option(
    "--version", metavar="ID", default="", help="name of the new version (otherwise the day, such as 2026-11-23)"
)
def import_command(registry: str | None, given: _Given, accept_warnings: bool, draft: bool, **told: Any) -> None:
    folder, metadata = store.registry_folder(registry), VersionMetadata(**told)
    if reason := store.why_not_written(folder):
        raise DataProblem(reason)
    journal.check_words(metadata.author, metadata.note)
    found, current, vocabulary = _read(given, folder)
    _say_findings(found.findings)
    _say_questions(found)
    prepared = _accepted(found, current, vocabulary, folder, metadata, accept_warnings)
    seen = prepared.seen
    for line in (seen.sentence, *(view.sentence for view in seen.views), *seen.problems):
        console.say(printable(line, None))
    if not seen.changes:
        raise DataProblem("Nothing was imported: the registry holds all of this already.")
    manifest = _stored(prepared, folder, metadata, publish=not draft)
    done = "drafted; “publish” publishes it" if draft else "published"
    console.report(f"Version {manifest.version} {done} (content {store.content_hash(manifest)[:12]}).")


def _accepted(
    found: Intake,
    current: store.Registry | None,
    vocabulary: Vocabulary,
    folder: Path,
    metadata: VersionMetadata,
    accept_warnings: bool,
) -> Prepared:
    """What may be stored, unless an error or an unaccepted warning refuses it; a refusal is journalled."""
    with console.Bar("comparing") as told:
        prepared = handover.prepare(found, current, vocabulary, told)
    if prepared and (accept_warnings or not found.warnings):
        return prepared
    if folder.is_dir():
        detail = handover.files_detail(found)
        journal.record(folder, "import refused", who=metadata.author, note=metadata.note, detail=detail)
    hint = "" if found.errors else " Look at them, then give --accept-warnings."
    raise DataProblem(f"Nothing was imported: {_summary(found)}{hint}")


def _stored(prepared: Prepared, folder: Path, metadata: VersionMetadata, publish: bool) -> store.Manifest:
    try:
        with console.Bar("storing") as told:
            return handover.store_version(folder, prepared, metadata, publish, told)
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        raise DataProblem(f"Nothing was imported: the registry's folder cannot be written ({reason}).") from None


def _read(given: _Given, folder: Path) -> tuple[Intake, store.Registry | None, Vocabulary]:
    """What the files hold on top of the published version, that version, and the words that they were read with."""
    handed = given.handed(handover.words_for(folder))
    current = store.open_registry(folder) if store.published_version(folder) else None
    if handed.bundle and current and not given.whole:
        raise DataProblem(f"{handed.bundle.name} is a whole registry; give --whole to replace what this one holds.")
    vocabulary = handover.words_for(folder, handed.bundle)
    dialect = given.dialect
    dialects = {file.name: dialect for file in handed.files} if dialect != Dialect() else {}
    answers = Answers.of(given.missing, given.value, vocabulary, given.unit)
    with console.Bar("reading") as told:
        found = handover.read_handed(handed, current, given.whole, dialects, handed.mapping, vocabulary, answers, told)
    return found, current, vocabulary


def _files(paths: Sequence[str]) -> list[File]:
    names = [Path(path).name for path in paths]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise QueryProblem(f"Two files are named {twice}; give them different names.")
    return [File(name, _content(Path(path))) for name, path in zip(names, paths, strict=True)]


def _content(path: Path) -> bytes:
    """The bytes of a file; of a pipe or a device nobody knows when they end."""
    about = path.stat()
    if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
        raise DataProblem(f"{path.name} is a pipe or a device; expected a file.")
    if about.st_size > _MOST_BYTES:
        raise DataProblem(
            f"{path.name} is larger than {_MOST_BYTES // 1_000_000} MB; expected the files of a registry."
        )
    return path.read_bytes()


def _say_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        console.say(f"{finding.severity}: {printable(finding.sentence, None)}")


def _say_questions(found: Intake) -> None:
    """How each code that may mean missing, and each column that may be in another unit, is answered."""
    for asked in found.unit_questions:
        cells = counted(asked.count, "cell")
        console.say(f"answer: --unit {asked.column}={asked.unit} if the column is in {asked.unit} ({cells})")
    for question in found.questions:
        said = shlex.quote(f"{question.column}={question.code}")
        value = f", or --value {said} if it is a value" if question.may_be_value else ""
        console.say(f"answer: --missing {said} if it means missing ({counted(question.count, 'cell')}){value}")


def _summary(found: Intake) -> str:
    count = f"{counted(len(found.errors), 'error')}, {counted(len(found.warnings), 'warning')}"
    rows = sum(source.rows for source in found.sources)
    return f"{count} in {counted(len(found.sources), 'file')} with {counted(rows, 'row')}."
