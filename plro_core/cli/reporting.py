"""A report of cards, written as a file or held against the data: ``report``."""

from collections.abc import Callable
from pathlib import Path

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.output import Output, output
from plro_core.cli.root import command
from plro_core.leaving import Taken, account
from plro_core.problems import DataProblem
from plro_core.report import Assembled, Report, ReportProblem, changes
from plro_core.report.files import FORMATS, write
from plro_core.report.model import MOST_BYTES
from plro_core.store import Registry
from plro_core.text import counted, printable

_CHANGED = 1


@command(
    "report",
    "FILE is the JSON of a report: text with live numbers such as {{vas.1 | median | smoking=yes}}, figures, tables and claims. "
    "Figures in DOCX, PPTX and PDF need an installed Chromium; HTML needs none. JSON is the report with what its numbers are now, which "
    "--check is held against; BIB its references. With --check exit 0 only if nothing has changed.",
)
@click.argument("file", metavar="FILE")
@click.option("--check", is_flag=True, help="say what has changed since it was written, and write nothing")
@options.registry
@options.version
@output(*FORMATS)
def report_command(file: str, check: bool, registry: str | None, version: str | None, output: Output) -> int:
    report = _read(Path(file))
    opened = store.open_registry(registry, version)

    def find(content: str, version: str, name: str) -> Registry:
        return store.open_content(content, registry, version=version, registry=name)

    assembled = Assembled(report, opened, find)
    if check:
        return _checked(assembled)
    form = output.form
    content = write(assembled, form)
    output.put(content, form, *(_taken(one, assembled) for one in assembled.registries))
    if form != "json" and (found := changes(assembled)):
        console.complain(f"Changed or contradicted in the report: {counted(len(found), 'place')}; see --check.")
    return 0


def _read(path: Path) -> Report:
    """
    Raises:
        DataProblem: there is no such file, or it cannot be read.
        ReportProblem: it is no report; the sentence begins with its name.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise DataProblem(f"{path.name}: {problem.strerror}.") from None
    try:
        return Report.from_json(content)
    except ReportProblem as problem:
        raise ReportProblem(f"{printable(path.name)}: {problem}") from None


def _checked(assembled: Assembled) -> int:
    """Say what has changed; the exit code."""
    written, found = assembled.report.written, changes(assembled)
    console.say(*(printable(one.words, None) for one in found))
    if written is None:
        console.complain("The report keeps no numbers yet: write it with -o and a name that ends in json.")
    elif not found:
        console.say(f"Nothing has changed since version {printable(written.version)}.")
    return _CHANGED if found else 0


def _taken(registry: Registry, assembled: Assembled) -> Taken:
    unique: Callable[[], int] = assembled.unique
    return Taken(
        account(), "report", registry, unique, assembled.cohort.query if registry is assembled.registry else ""
    )
