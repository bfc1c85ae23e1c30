"""Figures: ``figure``."""

from typing import Any

import click

from plro_core import lookups, store
from plro_core.cli import console, options
from plro_core.cli.output import Output, output, taken
from plro_core.cli.root import command
from plro_core.cohort import EVERYONE, Cohort
from plro_core.export import IMAGES, WIDTHS, figure_html, figure_image, figure_recipe
from plro_core.export.captions import legend
from plro_core.figures import FIGURES, figures_of
from plro_core.figures.chart import Chart
from plro_core.figures.choosing import panels_asked
from plro_core.figures.style import look as look_of
from plro_core.leaving import Taken
from plro_core.problems import DataProblem, QueryProblem
from plro_core.text import likely, listed

_NEEDED = (("--a", "a"), ("--patient", "case_id"))


def _millimetres(_context: click.Context, _option: click.Parameter, told: str) -> float:
    """
    Raises:
        QueryProblem: it is neither a name nor a number.
    """
    try:
        return WIDTHS.get(told) or float(told)
    except ValueError:
        raise QueryProblem(f"--width: “{told[:20]}” is none of {listed(list(WIDTHS))}, and no millimetres.") from None


@command(
    "figure", "NAME is one that --list names. SVG, PNG, PDF, TIFF and EPS need an installed Chromium; HTML needs none."
)
@click.argument("name", required=False)
@click.option("--list", "listing", is_flag=True, help="name every figure, say what it shows, and end")
@options.registry
@options.version
@options.dask
@options.where
@options.by
@click.option("--patient", metavar="N", type=int, help="highlight patient N (of patient_timeline: draw N)")
@click.option("--a", metavar="QUERY", help="cohort A of estimation_plot")
@click.option("--b", metavar="QUERY", help="cohort B of estimation_plot (otherwise everybody not in A)")
@options.leave_out_of
@click.option(
    "--panel",
    "panels",
    metavar="NAME",
    multiple=True,
    help="only this panel of lab_trajectories, estimation_plot or forest_plot, as it is called there (give it again for more)",
)
@click.option("--look", type=options.Choice(("light", "dark")), default="light", help="colours (light unless told)")
@click.option(
    "--width",
    metavar="single|middle|double|MM",
    callback=_millimetres,
    default="double",
    help="a journal's column (85 mm), one and a half (129), its page (180), or millimetres",
)
@click.option("--height", metavar="MM", type=float, help="the height of the image (otherwise as on the page)")
@click.option("--bare", is_flag=True, help="without title and caption, which the format txt gives as text")
@click.option("--dpi", metavar="N", type=int, default=300, help="dots an inch of a PNG or TIFF, 300 to 1200")
@output(*IMAGES, "html", "txt")
def figure_command(name: str | None, listing: bool, output: Output, **asked: Any) -> None:
    if listing:
        console.say(*(f"{name:22} {entry.about}" for name, entry in FIGURES.items()))
        return
    _check_name(name)
    form = output.form
    content, leaving = _drawn(str(name), form, **asked)
    output.put(content, form, leaving)


def _check_name(name: str | None) -> None:
    if name not in FIGURES:
        wrong = f"“{name[:60]}” is not a figure{likely(name, FIGURES)}" if name else "Name a figure"
        raise QueryProblem(f"{wrong}; there are {listed(list(FIGURES))}.")


def _drawn(
    name: str,
    form: str,
    *,
    registry: str | None,
    version: str | None,
    look: str,
    width: float,
    height: float | None,
    bare: bool,
    dpi: int,
    panels: tuple[str, ...],
    **asked: Any,
) -> tuple[bytes, Taken]:
    """The finished figure as the bytes of a file, and of whom it tells."""
    opened = store.open_registry(registry, version)
    if name not in figures_of(opened.vocabulary):
        raise QueryProblem(f"“{name}” needs {FIGURES[name].needs}, which this registry does not declare.")
    takes, draw = FIGURES[name].options, FIGURES[name].draw
    chosen = _chosen(name, takes, opened, **asked)
    cohort = chosen.pop("cohort", EVERYONE)
    _check_patient(opened, cohort, asked["patient"], "case_id" in takes)
    if panels:
        chosen |= panels_asked(name, opened, panels, chosen)
    colours = look_of(look)
    chart: Chart = draw(opened, *([cohort] if "cohort" in takes else []), **chosen, look=colours)
    if chart.nothing:
        raise DataProblem(f"Nothing was drawn: {chart.nothing[:1].lower()}{chart.nothing[1:]}")
    recipe = figure_recipe(opened, chart.title, draw, cohort, chosen.items())
    leaving = taken(opened, chart.table, cohort, name)
    if form == "html":
        return figure_html(chart, recipe, colours), leaving
    if form == "txt":
        return legend(chart, recipe).encode(), leaving
    return figure_image(chart, recipe, form, width, dpi, colours, height_mm=height, bare=bare), leaving


def _chosen(
    name: str,
    takes: tuple[str, ...],
    registry: store.Registry,
    *,
    by: str | None,
    patient: int | None,
    a: str | None,
    b: str | None,
    leave_out_of: str | None,
    where: str,
) -> dict[str, Any]:
    """The options as the figure takes them; one that it does not take is refused rather than passed over."""
    given = {
        "--by": ("group", options.grouping(by, registry.vocabulary)),
        "--patient": ("case_id" if "case_id" in takes else "highlight", patient),
        "--a": ("a", None if a is None else options.cohort_of(a, registry)),
        "--b": ("b", None if b is None else options.cohort_of(b, registry)),
        "--leave-out-of": ("leave_out_of", leave_out_of),
        "--where": ("cohort" if "cohort" in takes else "within", options.cohort_of(where, registry) if where else None),
    }
    for option, (key, value) in given.items():
        if value is not None and key not in takes:
            raise QueryProblem(f"“{name}” takes no {option}.")
    for option, needed in _NEEDED:
        if needed in takes and given[option][1] is None:
            raise QueryProblem(f"“{name}” needs {option}.")
    return {key: value for key, value in given.values() if value is not None}


def _check_patient(opened: store.Registry, cohort: Cohort, patient: int | None, anybody: bool) -> None:
    """The patient who is asked for must be there to be seen; a timeline is of any patient of the registry."""
    if patient is None:
        return
    if not lookups.contains(opened, EVERYONE, patient):
        raise QueryProblem(f"There is no patient {patient} in this registry.")
    if not anybody and not lookups.contains(opened, cohort, patient):
        raise QueryProblem(f"Patient {patient} does not belong to the cohort of --where: {cohort.sentence}.")
