"""The questions: ``table1``, ``records``, ``printed`` and ``query``."""

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output
from plro_core.cli.root import command
from plro_core.export import printed_recipe, records_recipe, table_one_recipe
from plro_core.problems import QueryProblem
from plro_core.tables import RECORDS, from_arrow, printed_table, records_table, table_one

_PRINTED = {"1": "Table I", "2": "Table II", "I": "Table I", "II": "Table II"}


@command("table1")
@options.registry
@options.version
@options.where
@options.by
@table_output()
def table1_command(registry: str | None, version: str | None, where: str, by: str | None, output: Output) -> None:
    opened = store.open_registry(registry, version)
    cohort, group = options.cohort_of(where), options.grouping(by)
    output.give(table_one(opened, cohort, group), table_one_recipe(opened, cohort, group))


@command("records", "A wrong TABLE is answered with the names of all.")
@click.argument("table")
@options.registry
@options.version
@options.where
@table_output()
def records_command(registry: str | None, version: str | None, table: str, where: str, output: Output) -> None:
    opened = store.open_registry(registry, version)
    options.one_of(table, RECORDS, "a table of this registry")
    cohort = options.cohort_of(where)
    output.give(records_table(opened, table, cohort), records_recipe(opened, table, cohort))


@command("printed", "TABLE is “Table I” or “Table II” (or 1 or 2).")
@click.argument("table")
@options.registry
@options.version
@options.where
@table_output()
def printed_command(registry: str | None, version: str | None, table: str, where: str, output: Output) -> None:
    opened = store.open_registry(registry, version)
    cohort, title = options.cohort_of(where), _PRINTED.get(table, table)
    output.give(printed_table(opened, title, cohort), printed_recipe(opened, title, cohort))


@command(
    "query",
    "A cohort goes into the SQL itself: --where is refused here, because it cannot restrict every table of any query. "
    "SQL is one SELECT or FROM statement in DuckDB's dialect, about the tables that “records” knows.",
)
@click.argument("sql")
@options.registry
@options.version
@click.option("--where", hidden=True)
@table_output("json", "csv", "md", "html", "xlsx", "parquet", plain=False)
def query_command(registry: str | None, version: str | None, sql: str, where: str | None, output: Output) -> None:
    if where is not None:
        raise QueryProblem(
            "“query” takes no --where; put the condition into the SQL, such as FROM cases WHERE smoking."
        )
    output.give(from_arrow("query", "Answer", store.query(sql, registry, version)))
