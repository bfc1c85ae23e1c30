"""What every column means: ``dictionary``."""

from pathlib import Path

import click

from plro_core import dictionary, store
from plro_core.cli import options
from plro_core.cli.output import Output, table_output
from plro_core.cli.root import command
from plro_core.export import export_table
from plro_core.problems import DataProblem


@command("dictionary")
@options.registry
@click.option("--check", metavar="FILE", help="change nothing; exit 1 if FILE is not the Markdown dictionary")
@table_output(plain=False)
def dictionary_command(registry: str | None, check: str | None, output: Output) -> None:
    if registry is not None:
        store.existing_folder(registry)
    if check:
        if Path(check).read_text(encoding="utf-8") != dictionary.as_markdown():
            raise DataProblem(f"{Path(check).name} is stale; run “python -m plro_core dictionary -o {check}”.")
        return
    form = output.form
    content = dictionary.as_markdown().encode() if form == "md" else export_table(dictionary.as_table(), form)
    output.put(content, form)
