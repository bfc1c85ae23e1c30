"""Two cohorts side by side: ``compare``."""

import json

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output, taken
from plro_core.cli.root import command
from plro_core.cohort import Cohort
from plro_core.compare import compare, comparison_table
from plro_core.export import comparison_recipe
from plro_core.problems import QueryProblem
from plro_core.store import Registry


@command(
    "compare",
    "Without --b, A is compared with everybody else. p-values are given with --tests only.",
)
@options.registry
@click.option("--a", metavar="QUERY", required=True, help="cohort A, such as 'breastfeeding=continued'")
@click.option("--b", metavar="QUERY", help="cohort B (otherwise everybody who is not in A)")
@click.option(
    "--other", metavar="DIR", help="the registry that B is from, “published” the shipped one (otherwise that of A)"
)
@options.leave_out_of
@options.version
@options.dask
@options.where
@click.option("--tests", is_flag=True, help="give p-values, with the smallest that this split can reach")
@table_output()
def compare_command(
    registry: str | None,
    version: str | None,
    a: str,
    b: str | None,
    other: str | None,
    leave_out_of: str | None,
    where: str,
    tests: bool,
    output: Output,
) -> None:
    opened = store.open_registry(registry, version)
    beside = None if other is None else store.open_registry(other)
    left = _side("--a", a, opened)
    right = None if b is None else _side("--b", b, beside or opened)
    within = options.cohort_of(where, opened)
    found = compare(opened, left, right, within=within, leave_out_of=leave_out_of, other=beside)
    if found.problem:
        raise QueryProblem(f"{found.problem}{' Give --leave-out-of a or b.' if found.overlap.both else ''}")
    table = comparison_table(found, tests)
    leaving = [taken(opened, table, within), *([] if beside is None else [taken(beside, table)])]
    if output.form == "json":
        text = json.dumps([difference.as_dict(tests) for difference in found.differences], ensure_ascii=False, indent=1)
        output.put(f"{text}\n".encode(), "json", *leaving)
        return
    recipe = comparison_recipe(opened, left, right, within, leave_out_of, beside, tests)
    output.give(table, recipe, *leaving)


def _side(option: str, text: str, registry: Registry) -> Cohort:
    """The cohort of one side, in the words of its registry; what is wrong with it says of which side."""
    try:
        return options.cohort_of(text, registry)
    except QueryProblem as problem:
        raise QueryProblem(f"{option}: {problem}") from None
