"""What documents say against their own tables: ``claims``."""

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output, taken
from plro_core.cli.root import command
from plro_core.cohort import EVERYONE
from plro_core.export import library_call, recipe_for
from plro_core.series.claims import STATUSES, claims_listed, claims_title


@command("claims")
@options.registry
@click.option("--status", type=options.Choice(STATUSES), metavar="|".join(STATUSES), help="only claims of this status")
@click.option(
    "--relations", is_flag=True, help="how the claims stand to each other, each relation and contradiction once"
)
@options.version
@table_output()
def claims_command(
    registry: str | None, version: str | None, status: str | None, relations: bool, output: Output
) -> None:
    opened = store.open_registry(registry, version)
    call = library_call("claims", status, relations=relations or None)
    recipe = recipe_for(opened, claims_title(opened), EVERYONE, call)
    table = claims_listed(opened, status, relations)
    output.give(table, recipe, taken(opened, table))
