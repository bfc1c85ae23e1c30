"""How an answer reaches a file or standard output."""

import getpass
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from plro_core.cli import console
from plro_core.cli.options import Choice
from plro_core.cohort import EVERYONE, Cohort
from plro_core.export import FORMATS, Recipe, export_table
from plro_core.leaving import Taken, account, leave, unique_in
from plro_core.problems import QueryProblem
from plro_core.store import Registry, write_answer
from plro_core.tables import Table, TwoForms
from plro_core.text import listed, printable, repeated

#: Formats of a table, the one for readers first.
TABLES_AS = ("md", "csv", "json", "html", "xlsx", "parquet", "docx", "tex", "rtf")
#: As the name of a file: no file.
STANDARD_OUTPUT = "-"

_BOM = b"\xef\xbb\xbf"
_TEXT = {"bib", "svg", "xml", *(name for name, format in FORMATS.items() if format.is_text)}
#: Endings of a name that say what is in the file.
_TELLING = {*FORMATS, "bib", "pdf", "png", "svg", "xml", "zip"}

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Output:
    """Where an answer goes, and in which form: what ``--format``, ``-o`` and ``--plain`` say.

    ``first`` is the form of an answer of which nothing says another; without one the form has to be said.
    """

    forms: Sequence[str]
    first: str | None
    asked: str | None = None
    file: str | None = None
    plain: bool = True

    @property
    def form(self) -> str:
        """The form asked for, else that of the file's name, else the first.

        Raises:
            QueryProblem: the file's name says no form that this answer can have, or another than was asked for.
        """
        if self.file == "":
            raise QueryProblem("-o names no file; give one, or - for standard output.")
        ending = "" if self.file in (None, STANDARD_OUTPUT) else Path(self.file or "").suffix[1:].lower()
        alone = self.forms[0] if self.file == STANDARD_OUTPUT and len(self.forms) == 1 else None
        form = self.asked or ending or self.first or alone
        if form not in self.forms:
            raise QueryProblem(self._expected(ending))
        if self.asked and ending != form and ending in _TELLING:
            name = Path(self.file or "").name
            raise QueryProblem(
                f"“{name}” says {ending} and --format says {form}; give the file another name, or no --format."
            )
        return str(form)

    def _expected(self, ending: str) -> str:
        if self.first and ending:
            return f"“{ending}” is not a format; expected {listed(list(self.forms), 'or')}, or --format."
        return f"Give -o FILE with a name that ends in {listed(list(self.forms), 'or')}."

    def check(self, *files: str | None) -> None:
        """Refuse before anything is done what could not be answered, or would write over a file that the command reads or writes
        besides.

        Raises:
            QueryProblem: there is no such form, the answer goes to one of these files, or two of them are one.
        """
        _ = self.form
        named = [Path(file) for file in (self.file, *files) if file and file != STANDARD_OUTPUT]
        if twice := repeated(map(os.path.realpath, named)):
            raise QueryProblem(
                f"“{printable(Path(twice).name)}” would be written over; give what is written a name of its own."
            )

    def give(self, table: Table | TwoForms, recipe: Recipe | None, *taken: Taken) -> None:
        """Answer with a table, with how it was made unless ``--plain`` or JSON leave that out; ``taken`` as of :meth:`put`."""
        form = self.form
        self.put(export_table(table, form, None if self.plain or form == "json" else recipe), form, *taken)

    def put(self, content: bytes, form: str, *taken: Taken) -> None:
        """Write to the file asked for, else to standard output (where no byte order mark belongs).

        ``taken`` says of which registries' patients it tells, which are journalled first; of what holds no patient there are none.

        Raises:
            JournalProblem: it cannot be journalled; then nothing is written.
            DataProblem: the file cannot be written.
            QueryProblem: it is not text, and a terminal would show it.
        """
        to_file = self.file not in (None, STANDARD_OUTPUT)
        if not to_file and form not in _TEXT and console.is_terminal():
            raise QueryProblem(f"{form} is not text and would spoil the terminal; give -o FILE.")
        for one in taken:
            leave(one, lambda: content)
        if to_file:
            write_answer(Path(self.file or ""), content)
        else:
            console.write(content.removeprefix(_BOM))


def output(*forms: str, first: str | None = None, plain: bool = False) -> Callable[[_Function], _Function]:
    """The options ``--format`` and ``-o``, and ``--plain`` where an answer has a recipe; the command gets an ``Output``."""

    def declared(function: _Function) -> _Function:
        @wraps(function)
        def answered(*given: Any, format: str | None, output: str | None, **rest: Any) -> Any:
            bare = rest.pop("plain", True)
            return function(*given, output=Output(forms, first, format, output, bare), **rest)

        otherwise = f", otherwise {first}" if first else ""
        wrapped: Any = click.option(
            "-o", "--output", metavar="FILE", help="write to FILE, whole or not at all; - is standard output"
        )(answered)
        wrapped = click.option(
            "--format",
            type=Choice(forms),
            metavar="|".join(forms),
            help=f"format of the answer (otherwise by the name of FILE{otherwise})",
        )(wrapped)
        if plain:
            words = "leave out how the table was made (JSON never has it)"
            wrapped = click.option("--plain", is_flag=True, help=words)(wrapped)
        return wrapped

    return declared


def table_output(*forms: str, plain: bool = True) -> Callable[[_Function], _Function]:
    """The options of an answer that is a table; the first format is the one that goes to standard output."""
    forms = forms or TABLES_AS
    return output(*forms, first=forms[0], plain=plain)


def login() -> str:
    """The name of the account, for a journal whose reader was told no other."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise QueryProblem("Give --author: this account has no name.") from None


def taken(
    registry: Registry,
    table: Table | TwoForms,
    cohort: Cohort = EVERYONE,
    name: str = "",
    rows_are_patients: bool = False,
) -> Taken:
    """That the account takes a table of some patients of a registry; ``name`` is what it is called, if not by its own name."""
    called = name or (table.tidy if isinstance(table, TwoForms) else table).name
    return Taken(account(), called, registry, lambda: unique_in(table, rows_are_patients), cohort.query)
