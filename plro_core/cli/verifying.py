"""Files held against the data that they say they were made from: ``verify``."""

from pathlib import Path

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.root import command
from plro_core.problems import DataProblem
from plro_core.report.verifying import verify_report
from plro_core.store import Registry
from plro_core.text import number, printable
from plro_core.verify import MOST_BYTES, STATES, Verdict, verify

_NOT_SAME = 1
#: As many differences of a file as are said.
_SAID = 20
_LONGEST = 200


@command(
    "verify",
    "Tables as CSV, XLSX, HTML, Markdown, Parquet, JSON, DOCX, TEX or RTF, figures as HTML, SVG, PNG or PDF. Each file is made again from the version "
    "that it names, found in --registry, else in PLRO_REGISTRY and in the shipped registry. Exit 0 only if every file is the "
    "same.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@options.registry
def verify_command(files: tuple[str, ...], registry: str | None) -> int:
    verdicts = []
    for name in files:
        found = _verdict(Path(name), registry)
        verdicts.append(found)
        console.say(f"{printable(Path(name).name)}: {STATES[found.state]}. {found.sentence}", *_differences(found))
    return 0 if all(found.is_same for found in verdicts) else _NOT_SAME


def _verdict(path: Path, folder: str | None) -> Verdict:
    """
    Raises:
        DataProblem: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise DataProblem(f"{path.name}: {problem.strerror}.") from None

    def find(content: str, version: str, registry: str) -> Registry:
        return store.open_content(content, folder, version=version, registry=registry)

    return verify(content, find, lambda held: store.open_registry(held.folder), verify_report)


def _differences(found: Verdict) -> list[str]:
    table = found.differences
    if table is None:
        return []
    told, anew = (column.heading for column in table.columns[1:])
    lines = [f"{place}: {told.lower()} “{old}”, {anew.lower()} “{new}”" for place, old, new in table.rows]
    more = [f"and {number(len(lines) - _SAID)} more"] if len(lines) > _SAID else []
    return [f"  {printable(line, _LONGEST)}" for line in [*lines[:_SAID], *more]]
