"""What every command shares: its options, and how its answer reaches a file or standard output."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plro_core.export import FORMATS, Recipe, export_table
from plro_core.problems import DataProblem, QueryProblem
from plro_core.tables import Table, TwoForms
from plro_core.text import listed

DONE = 0

_BOM = b"\xef\xbb\xbf"
#: Formats of a table, the one for readers first.
TABLES_AS = ("md", "csv", "json", "html", "xlsx", "parquet")


def add_command(commands: Any, name: str, run: Any, help: str, more: str = "") -> argparse.ArgumentParser:
    """A command that ``run`` answers with an exit code."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=f"{help[:1].upper()}{help[1:]}. {more}".strip()
    )
    parser.add_argument(
        "--registry",
        metavar="DIR",
        help="folder of the registry (otherwise that of PLRO_REGISTRY, otherwise the shipped one)",
    )
    parser.set_defaults(run=run)
    return parser


def add_output(parser: argparse.ArgumentParser, formats: Sequence[str] = TABLES_AS) -> None:
    """The options ``--format`` and ``-o``; the first format is the one that goes to standard output."""
    parser.add_argument(
        "--format",
        choices=formats,
        help=f"format of the answer (otherwise by the name of FILE, otherwise {formats[0]})",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, whole or not at all")
    parser.set_defaults(first_format=formats[0])


def add_version(parser: argparse.ArgumentParser) -> None:
    """The option ``--version``, for commands that only read."""
    parser.add_argument("--version", metavar="ID", help="ask an older version or a draft (otherwise the published one)")


def add_where(parser: argparse.ArgumentParser) -> None:
    """The option ``--where``."""
    parser.add_argument(
        "--where",
        metavar="QUERY",
        default="",
        help="the cohort, in the language of the dashboard's links, such as 'smoking=yes&age=25-31&vas.1=0-3' "
        "(otherwise all patients)",
    )


def add_plain(parser: argparse.ArgumentParser) -> None:
    """The option ``--plain``."""
    parser.add_argument("--plain", action="store_true", help="leave out how the table was made (JSON never has it)")


def format_of(options: argparse.Namespace) -> str:
    """The format asked for, else that of the file's name, else the command's first."""
    suffix = Path(options.output or "").suffix[1:].lower()
    if options.format or not suffix:
        return str(options.format or options.first_format)
    if suffix not in FORMATS:
        raise QueryProblem(f"“{suffix}” is not a format; expected {listed(list(FORMATS), 'or')}, or --format.")
    return suffix


def give(table: Table | TwoForms, options: argparse.Namespace, recipe: Recipe | None) -> int:
    """Answer with a table, with how it was made unless ``--plain`` or JSON leave that out."""
    format = format_of(options)
    plain = format == "json" or getattr(options, "plain", True)
    return put(export_table(table, format, None if plain else recipe), format, options)


def put(content: bytes, format: str, options: argparse.Namespace) -> int:
    """Write to the file asked for, else to standard output (where no byte order mark belongs)."""
    if options.output:
        write_whole(Path(options.output), content)
        return DONE
    if not FORMATS[format].is_text and sys.stdout.isatty():
        raise QueryProblem(f"{format} is not text and would spoil the terminal; give -o FILE.")
    sys.stdout.buffer.write(content.removeprefix(_BOM))
    sys.stdout.buffer.flush()
    return DONE


def login() -> str:
    """The name of the account, for a journal whose reader was told no other."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise QueryProblem("Give --author: this account has no name.") from None


def write_whole(path: Path, content: bytes) -> None:
    """Write aside and rename, so that the file is never seen half written; never over a version of a registry."""
    if (path.parent / "manifest.json").exists():
        raise DataProblem(f"{path.name} cannot be written: its folder is a version of a registry, which never changes.")
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as problem:
        aside.unlink(missing_ok=True)
        raise DataProblem(f"{path.name} cannot be written: {(problem.strerror or 'unknown reason').lower()}.") from None
