"""What may be told to whoever may not see rows: ``shared``."""

from functools import partial

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output
from plro_core.cli.root import command
from plro_core.leaving import Taken, account, unique_in
from plro_core.shared.answers import told_in_words
from plro_core.shared.tables import recipe, table


@command(
    "shared",
    "Counts that would tell of fewer than K patients, also by subtraction, are suppressed. At most two filters.",
)
@options.registry
@options.version
@click.option(
    "--where",
    metavar="QUERY",
    default="",
    help="at most two levels, such as 'smoking=yes&brace=yes' (otherwise all patients)",
)
@click.option("--by", metavar="FACT", default="", help="split patients into groups by a fact such as smoking")
@click.option(
    "-k", type=click.IntRange(2, 1000), help="the smallest number told of (otherwise that of the registry, otherwise 5)"
)
@table_output()
def shared_command(
    registry: str | None, version: str | None, where: str, by: str, k: int | None, output: Output
) -> None:
    opened = store.open_registry(registry, version)
    told = told_in_words(opened, where, by, k)
    found = table(opened, told)
    made = recipe(opened, told)
    leaving = Taken(account(), found.tidy.name, opened, partial(unique_in, found), made.query, made.n, "aggregates")
    output.give(found, made, leaving)
