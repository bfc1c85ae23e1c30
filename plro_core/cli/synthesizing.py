"""A registry of made-up patients: ``synth``."""

import sys
from pathlib import Path

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.root import command
from plro_core.problems import DataProblem
from plro_core.synthetic import SCENARIOS, Scenario, about, synthetic_shares
from plro_core.text import counted
from plro_core.vocabulary import STANDARD


@command(
    "synth",
    "The patients are drawn by chance after the published ones, no treatment has an effect, and every page, figure and file "
    "says that none of them exists. DIR must be a new folder, or hold the same made-up patients.",
)
@click.option("--cases", metavar="N", type=click.IntRange(0, 999_999_999), required=True, help="how many patients")
@click.option("--seed", metavar="S", type=click.IntRange(0), default=1, help="another number, other patients")
@click.option(
    "--scenario",
    type=options.Choice(SCENARIOS),
    default="paper",
    help="like the published patients; with awkward ones among them (edge); as many rows a patient as fit (stress)",
)
@click.option("-o", "--output", metavar="DIR", required=True, help="folder of the new registry")
def synth_command(cases: int, seed: int, scenario: Scenario, output: str) -> None:
    folder = Path(output)
    stated = about(cases, seed, scenario)
    if reason := store.why_not_built(folder, stated):
        raise DataProblem(f"{reason}; name a new folder with -o.")
    shares = synthetic_shares(cases, seed, scenario, Progress(cases))
    made = store.publish_shares(shares, stated, folder, STANDARD, journalled=True)
    rows = sum(file["rows"] for file in made.files.values())
    console.report(
        f"{folder.name}: {counted(cases, 'made-up patient')} in {counted(rows, 'row')}; none of them exists."
    )


class Progress:
    """Says on a terminal how far the drawing is."""

    def __init__(self, cases: int) -> None:
        self.cases = cases

    def __call__(self, done: int) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo(f"\r{done} of {self.cases} patients", nl=done == self.cases, err=True)
