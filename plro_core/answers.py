"""What every command shares: its options, and how its answer reaches a file or standard output."""

import argparse
import getpass
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plro_core import console, links, store
from plro_core.cohort import Cohort
from plro_core.export import FORMATS, IMAGES, Recipe, export_table
from plro_core.output import write_output
from plro_core.problems import DataProblem, QueryProblem
from plro_core.tables import Table, TwoForms
from plro_core.text import listed

DONE = 0

#: As the name of a file: no file.
STANDARD_OUTPUT = "-"

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
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write to FILE, whole or not at all; - is standard output"
    )
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


def add_form(parser: argparse.ArgumentParser, forms: Sequence[str]) -> None:
    """The options ``--format`` and ``-o`` of a command whose answer is no table, and is a file unless asked otherwise."""
    names = listed([f"FILE.{form}" for form in forms], "or")
    parser.add_argument("--format", choices=forms, help="form of the answer (otherwise by the name of FILE)")
    parser.add_argument("-o", "--output", metavar="FILE", help=f"{names}, written whole; - is standard output")


def form_of(options: argparse.Namespace, forms: Sequence[str]) -> str:
    """The form asked for, else that of the file's name, which must be named.

    Raises:
        QueryProblem: neither is one of ``forms``, or the two contradict each other.
    """
    ending = _ending(options)
    alone = forms[0] if options.output == STANDARD_OUTPUT and len(forms) == 1 else ""
    form = str(options.format or ending or alone)
    if form not in forms:
        raise QueryProblem(f"Give -o FILE with a name that ends in {listed(list(forms), 'or')}.")
    _check_ending(options, ending, form, forms)
    return form


def _ending(options: argparse.Namespace) -> str:
    return "" if options.output in (None, STANDARD_OUTPUT) else Path(options.output).suffix[1:].lower()


def _check_ending(options: argparse.Namespace, ending: str, form: str, forms: Iterable[str]) -> None:
    if ending != form and ending in {*forms, *FORMATS, *IMAGES, "zip"}:
        raise QueryProblem(
            f"“{Path(options.output).name}” says {ending} and --format says {form}; give the file another name, or no --format."
        )


def format_of(options: argparse.Namespace) -> str:
    """The format asked for, else that of the file's name, else the command's first.

    Raises:
        QueryProblem: the file's name is of no format, or contradicts ``--format``.
    """
    ending = _ending(options)
    if not options.format and ending and ending not in FORMATS:
        raise QueryProblem(f"“{ending}” is not a format; expected {listed(list(FORMATS), 'or')}, or --format.")
    format = str(options.format or ending or options.first_format)
    _check_ending(options, ending, format, FORMATS)
    return format


def give(table: Table | TwoForms, options: argparse.Namespace, recipe: Recipe | None) -> int:
    """Answer with a table, with how it was made unless ``--plain`` or JSON leave that out."""
    format = format_of(options)
    plain = format == "json" or getattr(options, "plain", True)
    return put(export_table(table, format, None if plain else recipe), format, options)


def put(content: bytes, form: str, options: argparse.Namespace) -> int:
    """Write to the file asked for, else to standard output (where no byte order mark belongs).

    Raises:
        DataProblem: the file cannot be written.
        QueryProblem: it is not text, and a terminal would show it.
    """
    if options.output not in (None, STANDARD_OUTPUT):
        _write_file(Path(options.output), content)
    elif not (form == "svg" or (form in FORMATS and FORMATS[form].is_text)) and console.is_terminal():
        raise QueryProblem(f"{form} is not text and would spoil the terminal; give -o FILE.")
    else:
        console.write(content.removeprefix(_BOM))
    return DONE


def _write_file(path: Path, content: bytes) -> None:
    if store.is_of_registry(path):
        raise DataProblem(
            f"{path.name} cannot be written: it is a file of a registry, which only its own commands change."
        )
    try:
        write_output(path, content)
    except OSError as problem:
        raise DataProblem(f"{path.name} cannot be written: {(problem.strerror or 'unknown reason').lower()}.") from None


def cohort_of(text: str) -> Cohort:
    """The cohort of a query string or of a whole link; what a link says beside it is left out, which is told.

    Raises:
        QueryProblem: one sentence that names the part that is unknown or malformed.
    """
    filters, options = links.told_apart(links.pairs(text))
    cohort = Cohort.parse(filters)
    if options:
        left = listed([f"{name}={value}"[:60] for name, value in options])
        console.complain(f"Only the patients of the link are taken; left out: {left}.")
    return cohort


def login() -> str:
    """The name of the account, for a journal whose reader was told no other."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise QueryProblem("Give --author: this account has no name.") from None
