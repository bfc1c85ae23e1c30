"""The questions: ``table1``, ``records``, ``printed`` and ``query``."""

from contextlib import closing
from pathlib import Path

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output, taken
from plro_core.cli.root import command
from plro_core.export import printed_recipe, records_recipe, summary_recipe, table_one_recipe
from plro_core.manuscript import MANUSCRIPT, STATISTICS, STYLES, TableSpec, compact_table, read_spec
from plro_core.problems import QueryProblem
from plro_core.tables import from_arrow, printed_table, printed_tables, record_tables, records_table, table_one


@command(
    "table1",
    "With --show, --stat, --style, --number, --difference or --spec, and as docx, tex or rtf: one row a variable, as a journal prints it. "
    "Otherwise every statistic.",
)
@options.registry
@options.version
@options.dask
@options.where
@options.by
@click.option("--show", metavar="ROWS", default="", help="rows in their order, such as age,smoking,vas:0-6,calcium:0/6")
@click.option("--stat", metavar="|".join(STATISTICS), default="", help="what numbers are summarised with")
@click.option("--style", metavar="|".join(STYLES), default="", help="the journal that the table is for")
@click.option("--number", metavar="N", type=click.IntRange(1, 39), help="the number of the table (1 unless told)")
@click.option("--difference", is_flag=True, help="how two groups differ, with the interval (with --by)")
@click.option("--spec", metavar="FILE", help="a JSON file that says show, statistic, style, number and difference")
@table_output()
def table1_command(
    registry: str | None,
    version: str | None,
    where: str,
    by: str | None,
    show: str,
    stat: str,
    style: str,
    number: int | None,
    difference: bool,
    spec: str | None,
    output: Output,
) -> None:
    opened = store.open_registry(registry, version)
    cohort, group = options.cohort_of(where, opened), options.grouping(by, opened.vocabulary)
    output.check(spec)
    told = read_spec(Path(spec)) if spec else {}
    asked = told | {key: text for key, text in (("show", show), ("statistic", stat), ("style", style)) if text}
    numbered = number or int(told.get("number", 1))
    if not (spec or asked or number or difference or output.form in MANUSCRIPT):
        table = table_one(opened, cohort, group)
        output.give(table, table_one_recipe(opened, cohort, group), taken(opened, table, cohort))
        return
    chosen = TableSpec.parse(
        opened.vocabulary,
        *(str(asked.get(key, "")) for key in ("show", "statistic", "style")),
        difference=difference or bool(told.get("difference")),
    )
    compact = compact_table(opened, chosen, cohort, group, numbered)
    output.give(compact, summary_recipe(opened, chosen, cohort, group, numbered), taken(opened, compact, cohort))


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
    found = records_table(opened, table, cohort)
    output.give(found, records_recipe(opened, table, cohort), taken(opened, found, cohort))


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
    found = printed_table(opened, title, cohort)
    output.give(found, printed_recipe(opened, title, cohort), taken(opened, found, cohort, rows_are_patients=True))


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
    found = from_arrow("query", "Answer", store.query(sql, registry, version))
    with closing(store.open_registry(registry, version)) as opened:
        output.give(found, None, taken(opened, found, rows_are_patients=True))
