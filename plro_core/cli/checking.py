"""What documents say against their own tables: ``claims``."""

from dataclasses import replace

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output
from plro_core.cli.root import command
from plro_core.cohort import EVERYONE
from plro_core.export import recipe_for
from plro_core.series.claims import (
    STATUSES,
    check_claims,
    claims_as_table,
    claims_finding,
    claims_title,
    relations_table,
)


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
    checked = tuple(claim for claim in check_claims(opened) if status in (None, claim.status))
    call, imports = "check_claims(registry)", ["from plro_core.series.claims import check_claims"]
    if status:
        call = f"[claim for claim in {call} if claim.status == {status!r}]"
    if relations:
        call, imports = f"relations_table({call})", [f"{imports[0]}, relations_table"]
    recipe = recipe_for(opened, claims_title(opened), EVERYONE, call, imports=imports)
    table = relations_table(checked) if relations else claims_as_table(checked, claims_title(opened))
    if not (relations or status) and checked:
        table = replace(table, notes=(claims_finding(checked),))
    output.give(table, recipe)
