"""The questions: ``table1``, ``records``, ``printed`` and ``query``."""

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output
from plro_core.cli.root import command
from plro_core.export import printed_recipe, records_recipe, table_one_recipe
from plro_core.problems import QueryProblem
from plro_core.tables import from_arrow, printed_table, printed_tables, record_tables, records_table, table_one


@command("table1")
@options.registry
@options.version
@options.dask
@options.where
@options.by
@table_output()
def table1_command(registry: str | None, version: str | None, where: str, by: str | None, output: Output) -> None:
    opened = store.open_registry(registry, version)
    cohort, group = options.cohort_of(where, opened), options.grouping(by, opened.vocabulary)
    output.give(table_one(opened, cohort, group), table_one_recipe(opened, cohort, group))


@command("records", "A wrong TABLE is answered with the names of all.")
@click.argument("table")
@options.registry
@options.version
@options.where
@table_output()
def records_command(registry: str | None, version: str | None, table: str, where: str, output: Output) -> None:
    opened = store.open_registry(registry, version)
    options.one_of(table, record_tables(opened.vocabulary), "a table of this registry")
    cohort = options.cohort_of(where, opened)
    output.give(records_table(opened, table, cohort), records_recipe(opened, table, cohort))


@command(
    "printed",
    "TABLE is its title, the end of its title, or its number among them; a wrong one is answered with all titles.",
)
@click.argument("table")
@options.registry
@options.version
@options.where
@table_output()
def printed_command(registry: str | None, version: str | None, table: str, where: str, output: Output) -> None:
    opened = store.open_registry(registry, version)
    cohort, title = options.cohort_of(where, opened), _title(opened, table)
    output.give(printed_table(opened, title, cohort), printed_recipe(opened, title, cohort))


def _title(registry: store.Registry, told: str) -> str:
    """The title of a printed table, told in full, by its number among them, or by the end of its title."""
    titles = list(printed_tables(registry))
    numbered = {str(number): title for number, title in enumerate(titles, 1)}
    return numbered.get(told) or next((title for title in titles if title.rpartition(" ")[2] == told), told)


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
