"""What every column means: ``dictionary``."""

from contextlib import closing
from pathlib import Path

import click

from plro_core import store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output
from plro_core.cli.root import command
from plro_core.dictionary import as_markdown, as_table
from plro_core.export import export_table
from plro_core.problems import DataProblem


@command("dictionary")
@options.registry
@click.option("--check", metavar="FILE", help="change nothing; exit 1 if FILE is not the Markdown dictionary")
@table_output(plain=False)
def dictionary_command(registry: str | None, check: str | None, output: Output) -> None:
    with closing(store.open_registry(registry)) as opened:
        page, table = as_markdown(opened), as_table(opened.vocabulary.variables)
    if check:
        if Path(check).read_text(encoding="utf-8") != page:
            raise DataProblem(f"{Path(check).name} is stale; run “python -m plro_core dictionary -o {check}”.")
        return
    form = output.form
    output.put(page.encode() if form == "md" else export_table(table, form), form)
