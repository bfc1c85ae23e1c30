"""The commands that bring data into a registry and look after its versions: ``check``, ``import``, ``versions`` and more.

A finding names a cell and its value, because the reader must mend it: findings go to standard output only. The journal
and the sentences on standard error name files and counts, never a value.
"""

import argparse
import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from plro_core import console, handover, journal, store
from plro_core.answers import DONE, add_command, add_form, add_output, form_of, give, login, put
from plro_core.changes import changes
from plro_core.handover import Handed, Prepared, Words
from plro_core.intake.model import Dialect, File, Finding, Intake
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.preview import changes_table, held_tables
from plro_core.problems import DataProblem, QueryProblem
from plro_core.tables import Column, Table
from plro_core.variables import own

_REFUSED = 1
#: More than any export of a registry; what a file may hold is looked at by the intake.
_MOST_BYTES = 50_000_000
#: How a template's file name ends -> its format: a workbook, or an archive with a CSV file a table.
_TEMPLATES = {"xlsx": "xlsx", "zip": "csv"}


def add_all(commands: Any) -> None:
    """Add these commands to the command line."""
    _add_check(commands)
    _add_import(commands)
    _add_versions(commands)
    _add_diff(commands)
    _add_publish(commands)
    _add_rollback(commands)
    _add_discard(commands)
    _add_journal(commands)
    _add_template(commands)


# Files that people hand over


def _add_check(commands: Any) -> None:
    parser = add_command(
        commands,
        "check",
        _check,
        "check files as “import” would, and store nothing",
        "Every finding is printed, values included. Exit 1 where there is an error; warnings alone exit 0.",
    )
    _add_files(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (the default) or json")


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="CSV files, a workbook, or a REDCap export")
    parser.add_argument(
        "--whole", action="store_true", help="the files hold the whole registry: rows that they do not have are removed"
    )
    parser.add_argument("--encoding", metavar="E", default="", help="how text is encoded, such as cp1254")
    parser.add_argument("--delimiter", metavar="D", default="", help="what stands between cells: , ; or tab")
    parser.add_argument("--decimal", choices=(".", ","), default="", help="the decimal sign of numbers in text")
    parser.add_argument(
        "--mapping", metavar="FILE", help="JSON that says which field of a REDCap project is which variable"
    )


def _check(options: argparse.Namespace) -> int:
    found, _ = _read(options, store.registry_folder(options.registry))
    if options.format == "json":
        console.say(json.dumps([finding.as_dict() for finding in found.findings], ensure_ascii=False, indent=1))
    else:
        _print_findings(found.findings)
        console.say(_summary(found))
    return _REFUSED if found.errors else DONE


def _read(options: argparse.Namespace, folder: Path, storing: bool = False) -> tuple[Intake, store.Registry | None]:
    """What the files hold on top of the published version, and that version."""
    handed = _handed(options)
    current = store.open_registry(folder) if store.published_version(folder) else None
    if handed.bundle and current and not options.whole:
        raise DataProblem(f"{handed.bundle.name} is a whole registry; give --whole to replace what this one holds.")
    if storing and handed.bundle and handover.take_words(folder, handed.bundle):
        raise DataProblem(
            f"Nothing was imported yet: the words of {handed.bundle.name} are now in {folder.name}/{own.FILE}; give the same "
            f"command again, with PLRO_REGISTRY or --registry naming {folder.name}."
        )
    dialect = _dialect(options)
    dialects = {file.name: dialect for file in handed.files} if dialect != Dialect() else {}
    return handover.read_handed(handed, current, options.whole, dialects, handed.mapping), current


def _handed(options: argparse.Namespace) -> Handed:
    """The files told apart; a mapping may stand among them or be named by --mapping."""
    handed = handover.told_apart(_files(options.files))
    if options.mapping is None:
        return handed
    if handed.mapping:
        raise QueryProblem("There is a mapping among the files; give no --mapping, or take it out.")
    return replace(handed, mapping=RedcapMapping.from_json(_content(Path(options.mapping))))


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


def _dialect(options: argparse.Namespace) -> Dialect:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(options.delimiter, options.delimiter)
    if len(delimiter) > 1:
        raise QueryProblem("--delimiter is one character, or the word tab.")
    return Dialect(options.encoding, delimiter, options.decimal)


def _print_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        console.say(f"{finding.severity}: {_printable(finding.sentence)}")


def _printable(text: str) -> str:
    """Text from a file without what would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _summary(found: Intake) -> str:
    count = f"{_counted(len(found.errors), 'error')}, {_counted(len(found.warnings), 'warning')}"
    rows = sum(source.rows for source in found.sources)
    return f"{count} in {_counted(len(found.sources), 'file')} with {_counted(rows, 'row')}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _add_import(commands: Any) -> None:
    parser = add_command(
        commands,
        "import",
        _import,
        "bring files into the registry as a new version",
        "Refused where a file has an error, and where it has a warning unless --accept-warnings. The shipped registry "
        "is never imported into: name a folder with --registry or PLRO_REGISTRY; it need not exist.",
    )
    _add_files(parser)
    _add_who(parser)
    parser.add_argument("--accept-warnings", action="store_true", help="import although there are warnings")
    parser.add_argument("--draft", action="store_true", help="write the version without publishing it")
    parser.add_argument("--title", metavar="T", help="title of the data (otherwise that of the published version)")
    parser.add_argument("--source", metavar="S", help="where the data come from (otherwise as the published version)")
    parser.add_argument("--synthetic", action="store_true", help="none of these patients exist; every export says so")
    parser.add_argument(
        "--version", metavar="ID", help="name of the new version (otherwise the day, such as 2026-11-23)"
    )


def _add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--author", metavar="A", required=True, help="who does it, for the journal")
    parser.add_argument("--note", metavar="N", required=True, help="why, or what is new, in a few words")


def _import(options: argparse.Namespace) -> int:
    folder = store.registry_folder(options.registry)
    if reason := store.why_not_written(folder):
        raise DataProblem(reason)
    journal.check_words(options.author, options.note)
    found, current = _read(options, folder, storing=True)
    _print_findings(found.findings)
    prepared = _accepted(found, current, options, folder)
    seen = prepared.seen
    for line in (seen.sentence, *(view.sentence for view in seen.views), *seen.problems):
        console.say(_printable(line))
    if not seen.changes:
        raise DataProblem("Nothing was imported: the registry holds all of this already.")
    manifest = _stored(prepared, options, folder)
    done = "drafted; “publish” publishes it" if options.draft else "published"
    console.report(f"Version {manifest.version} {done} (content {store.content_hash(manifest)[:12]}).")
    return DONE


def _accepted(found: Intake, current: store.Registry | None, options: argparse.Namespace, folder: Path) -> Prepared:
    """What may be stored, unless an error or an unaccepted warning refuses it; a refusal is journalled."""
    prepared = handover.prepare(found, current)
    if prepared and (options.accept_warnings or not found.warnings):
        return prepared
    if folder.is_dir():
        detail = handover.files_detail(found)
        journal.record(folder, "import refused", who=options.author, note=options.note, detail=detail)
    hint = "" if found.errors else " Look at them, then give --accept-warnings."
    raise DataProblem(f"Nothing was imported: {_summary(found)}{hint}")


def _stored(prepared: Prepared, options: argparse.Namespace, folder: Path) -> store.Manifest:
    words = Words(
        options.author,
        options.note,
        options.title or "",
        options.source or "",
        options.synthetic,
        options.version or "",
    )
    try:
        return handover.store_version(folder, prepared, words, publish=not options.draft)
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        raise DataProblem(f"Nothing was imported: the registry's folder cannot be written ({reason}).") from None


def _add_template(commands: Any) -> None:
    parser = add_command(
        commands,
        "template",
        _template,
        "write an empty form to fill in, with every column that a registry can hold",
        "It is the same for every registry, so --registry changes nothing.",
    )
    add_form(parser, tuple(_TEMPLATES))


def _template(options: argparse.Namespace) -> int:
    from plro_core import intake

    form = form_of(options, tuple(_TEMPLATES))
    return put(intake.template(_TEMPLATES[form]), form, options)


# Versions


def _add_versions(commands: Any) -> None:
    parser = add_command(commands, "versions", _versions, "list every version: state, author, rows and content")
    add_output(parser)


def _versions(options: argparse.Namespace) -> int:
    found = store.history(store.existing_folder(options.registry))
    return give(_versions_table(found), options, None)


def _versions_table(found: Sequence[store.VersionInfo]) -> Table:
    columns = (
        Column("version", "Version"),
        Column("state", "State"),
        Column("published", "Published"),
        Column("by", "By"),
        Column("parent", "Made from"),
        Column("patients", "Patients", "integer"),
        Column("visits", "Visits", "integer"),
        Column("rows", "Rows in all", "integer"),
        Column("content", "Content"),
        Column("author", "Author"),
        Column("note", "Note"),
        Column("problem", "Problem"),
    )
    rows = tuple(
        (
            info.version,
            info.state,
            info.published or None,
            info.by or None,
            info.manifest.parent if info.manifest else None,
            info.rows.get("cases"),
            info.rows.get("visits"),
            sum(info.rows.values()) if info.manifest else None,
            info.content or None,
            info.manifest.author if info.manifest else None,
            info.manifest.note if info.manifest else None,
            info.problem or None,
        )
        for info in found
    )
    notes = ("Two versions with the same content hold the same cells, whatever they are called.",)
    return Table("versions", "Versions", columns, rows, notes, _counted(len(found), "version"))


def _add_diff(commands: Any) -> None:
    parser = add_command(commands, "diff", _diff, "list every cell that differs between two versions")
    parser.add_argument("old", metavar="A", help="one version")
    parser.add_argument("new", metavar="B", help="the other")
    add_output(parser)


def _diff(options: argparse.Namespace) -> int:
    tables = []
    for version in (options.old, options.new):
        with closing(store.open_registry(options.registry, version)) as registry:
            tables.append(held_tables(registry))
    title = f"From version {options.old} to version {options.new}"
    return give(changes_table(changes(*tables), title), options, None)


def _add_publish(commands: Any) -> None:
    parser = add_command(commands, "publish", _publish, "publish a draft")
    parser.add_argument("version", metavar="ID", help="the draft, as “versions” lists it")
    _add_who(parser)


def _publish(options: argparse.Namespace) -> int:
    folder = store.existing_folder(options.registry)
    if store.was_published(folder, options.version):
        raise DataProblem(f"Version {options.version} was published before; “rollback” goes back to it.")
    return _released(folder, options)


def _add_rollback(commands: Any) -> None:
    parser = add_command(
        commands,
        "rollback",
        _rollback,
        "go back to an older version",
        "Nothing is deleted: the newer versions stay, and can be gone back to as well.",
    )
    parser.add_argument("version", metavar="ID", help="the version, as “versions” lists it")
    _add_who(parser)


def _rollback(options: argparse.Namespace) -> int:
    folder = store.existing_folder(options.registry)
    if not store.was_published(folder, options.version):
        raise DataProblem(f"Version {options.version} was never published; “publish” publishes it.")
    return _released(folder, options)


def _released(folder: Path, options: argparse.Namespace) -> int:
    manifest = store.release(folder, options.version, options.author, options.note)
    console.report(
        f"Version {manifest.version} is now the published one (content {store.content_hash(manifest)[:12]})."
    )
    return DONE


def _add_discard(commands: Any) -> None:
    parser = add_command(commands, "discard", _discard, "delete a draft; a version that was published stays")
    parser.add_argument("version", metavar="ID", help="the draft, as “versions” lists it")
    parser.add_argument("--author", metavar="A", help="who does it, for the journal (otherwise the login name)")
    parser.add_argument("--note", metavar="N", default="", help="why")


def _discard(options: argparse.Namespace) -> int:
    folder = store.existing_folder(options.registry)
    store.discard(folder, options.version, options.author or login(), options.note)
    console.report(f"Draft {options.version} discarded.")
    return DONE


def _add_journal(commands: Any) -> None:
    parser = add_command(
        commands,
        "journal",
        _journal,
        "list who did what to the registry and when",
        "With --verify the chain of checksums is checked, and one sentence says whether it is whole.",
    )
    parser.add_argument("--verify", action="store_true", help="check that no line was altered or removed")
    add_output(parser)


def _journal(options: argparse.Namespace) -> int:
    folder = store.existing_folder(options.registry)
    if options.verify:
        console.say(journal.verify(folder).sentence)
        return DONE
    names = ("time", "what", "who", "version", "parent", "note", "detail", "sha256")
    labels = ("Time (UTC)", "What", "Who", "Version", "From", "Note", "Detail", "Checksum")
    rows = tuple(tuple(_cell(getattr(entry, name)) for name in names) for entry in journal.read(folder))
    notes = (store.why_not_written(folder),) if store.why_not_written(folder) else ()
    table = Table("journal", "Journal", tuple(map(Column, names, labels)), rows, notes, _counted(len(rows), "line"))
    return give(table, options, None)


def _cell(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value or None
