"""The options that commands share, and how their values are read."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import click

from plro_core import links, lookups
from plro_core.cli import console
from plro_core.cohort import Cohort
from plro_core.counts.asked_of import asking
from plro_core.problems import EngineProblem, QueryProblem
from plro_core.store import Registry
from plro_core.text import likely, listed
from plro_core.vocabulary import Variable, Vocabulary

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Choice(click.Choice[str]):
    """One of a few words that every registry knows."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        words = [str(choice) for choice in self.choices]
        return f"“{str(value)[:60]}” is not one of {listed(words)}{likely(str(value), words)}"


registry = click.option(
    "--registry",
    metavar="DIR",
    help="folder of the registry; “published” is the shipped one (otherwise that of PLRO_REGISTRY, otherwise the shipped one)",
)
version = click.option("--version", metavar="ID", help="ask an older version or a draft (otherwise the published one)")
where = click.option(
    "--where",
    metavar="QUERY",
    default="",
    help="the cohort: a link of the dashboard or what stands after its “?”, such as 'smoking=yes&age=25-31&vas.1=0-3' "
    "(otherwise all patients)",
)
by = click.option("--by", metavar="VARIABLE", help="split patients into groups by a variable such as smoking")
leave_out_of = click.option(
    "--leave-out-of", type=Choice(("a", "b")), help="count patients who are in both in the other only"
)


guard = click.option(
    "--guard",
    is_flag=True,
    help="put a quote before each text in CSV files that a spreadsheet would take for a formula; “import” takes it off again",
)


def _let_count(context: click.Context, _: click.Parameter, address: str | None) -> None:
    """Let the named cluster count until the command is done."""
    if address is not None:
        try:
            context.with_resource(asking(address))
        except EngineProblem as problem:
            raise QueryProblem(f"--dask: {problem}") from None


dask = click.option(
    "--dask",
    metavar="tcp://HOST:PORT",
    expose_value=False,
    callback=_let_count,
    help="let the workers of this Dask scheduler count the registry's shards (otherwise that of PLRO_DASK, otherwise this "
    "machine)",
)


def who(function: _Function) -> _Function:
    """The options ``--author`` and ``--note``, which the journal needs."""
    function = click.option("--note", metavar="N", required=True, help="why, or what is new, in a few words")(function)
    return click.option("--author", metavar="A", required=True, help="who does it, for the journal")(function)


def taker(function: _Function) -> _Function:
    """The options ``--author`` and ``--note`` of a step that need not be explained."""
    function = click.option("--note", metavar="N", default="", help="why, or what for")(function)
    return click.option("--author", metavar="A", help="who does it, for the journal (otherwise the login name)")(
        function
    )


def cohort_of(text: str, registry: Registry) -> Cohort:
    """The cohort of a query string or of a whole link; what a link says beside it is left out, which is told.

    Raises:
        QueryProblem: one sentence that names the part or the patient that is unknown, or what is malformed.
    """
    filters, options = links.told_apart(links.pairs(text), registry.vocabulary.filters)
    cohort = Cohort.parse(filters, registry.vocabulary)
    if unknown := lookups.unknown(registry, cohort):
        raise QueryProblem(unknown)
    if options:
        left = listed([f"{name}={value}"[:60] for name, value in options])
        console.complain(f"Only the patients of the link are taken; left out: {left}.")
    return cohort


def grouping(name: str | None, vocabulary: Vocabulary) -> Variable | None:
    """The variable by which patients are split; nothing where none is asked for.

    Raises:
        QueryProblem: patients cannot be split by it.
    """
    if name is None:
        return None
    known = {entry.name: entry for entry in vocabulary.groupings}
    return known[one_of(name, known, "a variable that patients can be split by")]


def one_of(text: str, known: Collection[str], what: str) -> str:
    """A word that must be among those that are known, which a registry may decide.

    Raises:
        QueryProblem: it is not; the sentence names what is meant, perhaps, and all that there are.
    """
    if text not in known:
        raise QueryProblem(f"“{text[:60]}” is not {what}{likely(text, known)}; expected {listed(list(known), 'or')}.")
    return text
