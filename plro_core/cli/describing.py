"""What every column means, and what values are held against: ``dictionary``, ``ranges`` and ``thresholds``."""

from contextlib import closing
from pathlib import Path

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output, taken
from plro_core.cli.root import command
from plro_core.dictionary import as_markdown, as_table
from plro_core.export import dictionary_recipe, export_table, ranges_recipe
from plro_core.problems import DataProblem
from plro_core.tables.ranges import ranges_table, thresholds_table


@command("dictionary")
@options.registry
@options.version
@click.option("--check", metavar="FILE", help="change nothing; exit 1 if FILE is not the Markdown dictionary")
@table_output(plain=False)
def dictionary_command(registry: str | None, version: str | None, check: str | None, output: Output) -> None:
    with closing(store.open_registry(registry, version)) as opened:
        page, table, recipe = as_markdown(opened), as_table(opened.vocabulary.variables), dictionary_recipe(opened)
    if check:
        if Path(check).read_text(encoding="utf-8") != page:
            raise DataProblem(f"{Path(check).name} is stale; run “python -m plro_core dictionary -o {check}”.")
        return
    form = output.form
    told = None if form == "json" else recipe  # rows alone, as of every command
    output.put(page.encode() if form == "md" else export_table(table, form, told), form)


@command("ranges", "Flags are computed from the range in use; a registry names or states its own in variables.toml.")
@options.registry
@options.version
@options.dask
@options.where
@table_output()
def ranges_command(registry: str | None, version: str | None, where: str, output: Output) -> None:
    opened = store.open_registry(registry, version)
    cohort = options.cohort_of(where, opened)
    table = ranges_table(opened, cohort)
    output.give(table, ranges_recipe(opened, cohort), taken(opened, table, cohort))


@command("thresholds")
@table_output(plain=False)
def thresholds_command(output: Output) -> None:
    output.give(thresholds_table(), None)
