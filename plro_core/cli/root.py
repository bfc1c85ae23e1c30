"""The commands by name, and what is said where a command is not understood.

Only what is asked for is loaded: help needs no registry, and a question needs no intake.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from plro_core import __version__
from plro_core.cli import console
from plro_core.problems import QueryProblem
from plro_core.text import likely, listed

#: Command -> module of this package that declares it, and what it does in one line.
COMMANDS: dict[str, tuple[str, str]] = {
    "table1": ("asking", "summarise a cohort, overall and by group"),
    "records": ("asking", "list the rows of one table of a cohort's patients"),
    "printed": ("asking", "show a printed table of a document character for character"),
    "query": ("asking", "answer an SQL question on a read-only copy of the registry"),
    "shared": ("aggregating", "tell released aggregates alone, with small counts suppressed"),
    "compare": ("comparing", "compare two cohorts on every variable"),
    "claims": (
        "checking",
        "check every printed statement of a document against its own tables and its other statements",
    ),
    "draft": ("drafting", "check the numbers of your own manuscript against the registry"),
    "figure": ("drawing", "draw a figure, with title, n, cohort and data version in it"),
    "dictionary": ("describing", "describe every column of the registry"),
    "ranges": ("describing", "list every reference range, whose it is, and how many values lie outside it"),
    "thresholds": ("describing", "list every threshold that values are held against, and who says so"),
    "build": (
        "building",
        "compile a transcription, or the folder of a published series, into the registry and publish it",
    ),
    "synth": ("synthesizing", "make a registry of made-up patients, for demonstrations and tests of size"),
    "template": ("bringing", "write an empty form to fill in, with every column that a registry can hold"),
    "check": ("bringing", "check files as “import” would, and store nothing"),
    "import": ("bringing", "bring files into the registry as a new version"),
    "versions": ("versions", "list every version: state, author, rows and content"),
    "diff": ("versions", "list every cell that differs between two versions"),
    "publish": ("versions", "publish a draft"),
    "rollback": ("versions", "go back to an older version"),
    "discard": ("versions", "move a draft to the trash; a version that was published stays"),
    "trash": ("keeping", "list, restore or delete the drafts that were discarded"),
    "accept": ("keeping", "take responsibility for the files that people wrote, as they are now"),
    "index": ("indexing", "write the code columns of a version anew, from which a large registry is counted"),
    "report": ("reporting", "write a report of cards as a file, or say what has changed since it was written"),
    "journal": ("versions", "list who did what to the registry and when"),
    "journal-key": ("keeping", "make a key that signs the journal"),
    "verify": ("verifying", "say whether files are still what they were made from, and name each cell that differs"),
    "verify-registry": ("keeping", "hold every file of a registry against its checksums"),
    "backup": ("keeping", "back up a registry, byte for byte"),
    "restore": ("keeping", "write a backup as a new registry, if it verifies"),
    "shard": ("sharding", "write the patients of a version in parts, for workers of a Dask cluster to count"),
    "bundle": ("leaving", "write a whole version as one file, which “import” takes in another folder"),
    "deposit": ("leaving", "write a version for a repository such as Zenodo, with how to cite it"),
    "sdtm": ("leaving", "write demographics and laboratory values in the shape of CDISC SDTM, units standardised"),
    "phenopackets": ("leaving", "write a GA4GH phenopacket for each patient"),
    "redcap": ("leaving", "write a version as the records of a REDCap project"),
    "quality": ("leaving", "say what is missing, came late, looks wrong or double"),
}

_QUOTED = re.compile(r"'([^']*)'")
_CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


def answer(arguments: Sequence[str], name: str = "python -m plro_core") -> int:
    """Run one command; ``name`` is how the program was called.

    Returns:
        The exit code of a command that was done.

    Raises:
        PlainProblem: one sentence that says why it was not.
    """
    try:
        with cli.make_context(name, list(arguments)) as context:
            code: int | None = cli.invoke(context)
            return code or 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as problem:
        raise QueryProblem(_sentence(problem, name)) from None


class Command(click.Command):
    """A command of click, whose help goes where every answer goes."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


class _Root(Command, click.Group):
    """All commands, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            raise QueryProblem(
                f"“{cmd_name[:60]}” is not a command{likely(cmd_name, COMMANDS)}; see “{ctx.info_name} --help”."
            )
        found: click.Command = getattr(
            import_module(f"plro_core.cli.{COMMANDS[cmd_name][0]}"), f"{cmd_name.replace('-', '_')}_command"
        )
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in COMMANDS.items()])


def command(name: str, more: str = "") -> Callable[[Callable[..., Any]], click.Command]:
    """Declares the command of that name; the function answers it, and may return an exit code."""
    help = COMMANDS[name][1]
    words = f"{help[:1].upper()}{help[1:]}. {more}".strip()
    return click.command(name, cls=Command, help=words, context_settings=_CONTEXT)


def _show_help(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        console.say(context.get_help())
        context.exit()


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        console.say(f"plro {__version__}")
        context.exit()


@click.group(
    cls=_Root,
    context_settings=_CONTEXT,
    help="Ask the PLRO registry: summary tables, rows, SQL, printed tables of documents, the data dictionary.",
    epilog="Exit codes: 0 done, 1 the data or a file cannot be used, 2 the command was not understood, 130 or 143 stopped. "
    "More, with examples: docs/command-line.md.",
    subcommand_metavar="COMMAND …",
    no_args_is_help=False,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    callback=_show_version,
    expose_value=False,
    help="say which program this is",
)
def cli() -> None:
    pass


def program() -> str:
    """How this program was called, for its help."""
    name = os.path.basename(sys.argv[0])
    return "python -m plro_core" if name in ("__main__.py", "-m", "-c", "") else name


def _sentence(problem: click.UsageError, name: str) -> str:
    """What click has to say about a command that it does not understand, as one sentence of ours."""
    called = problem.ctx.command_path if problem.ctx else name
    return f"{_complaint(problem)}; see “{called} --help”."


def _complaint(problem: click.UsageError) -> str:
    if isinstance(problem, click.NoSuchOption):
        known = [name for option in problem.ctx.command.params for name in option.opts] if problem.ctx else []
        return f"There is no option {problem.option_name[:60]}{likely(problem.option_name, known)}"
    if isinstance(problem, click.MissingParameter):
        return f"Give {listed(_missing(problem))}"
    if isinstance(problem, click.BadParameter) and problem.param is not None:
        if isinstance(problem.param.type, click.types.IntParamType):
            given = problem.message.partition(" is not ")[0]
            return f"{problem.param.opts[0]}: {_plain(given)} is not {_whole_number(problem.param.type)}"
        return f"{problem.param.opts[0]}: {_plain(problem.message)}"
    if problem.message.startswith("Missing command"):
        return "Give a command"
    return _plain(problem.message)


def _whole_number(kind: click.types.IntParamType) -> str:
    """What a number may be, in words: click says "0<=x<=9"."""
    ends = (kind.min, kind.max) if isinstance(kind, click.IntRange) else (None, None)
    told = [f"{word} {end}" for word, end in zip(("from", "to"), ends, strict=True) if end is not None]
    return " ".join(["a whole number", *told])


def _missing(problem: click.MissingParameter) -> list[str]:
    """Everything that has to be given and is not, rather than only the first of it."""
    context = problem.ctx
    if context is None:
        return [problem.param_hint or "what is missing"] if isinstance(problem.param_hint, str) else []
    needed = [entry for entry in context.command.params if entry.required and not context.params.get(entry.name or "")]
    return [entry.opts[0] if isinstance(entry, click.Option) else entry.make_metavar(context) for entry in needed]


def _plain(message: str) -> str:
    words = _QUOTED.sub(r"“\1”", message.strip().rstrip("."))
    return f"{words[:1].upper()}{words[1:]}"
