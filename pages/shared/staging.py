"""What of a page is on the stage: which figure, which slide of it, who is in the spotlight."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.shared import session
from pages.shared.figures import Figure, figure
from pages.shared.tabs import Staged
from plro_core.figures.slides import printed_slide, table_one_slide, text_slide
from plro_core.figures.spotlight import Spotlight
from plro_core.problems import QueryProblem
from plro_core.text import slug

_SHAPE = "window_shape"


def check(figures: Sequence[Staged]) -> None:
    """Say so where the link names a figure that the page does not have."""
    wanted = session.begin()[1].get("figure")
    if figures and wanted is not None and wanted not in [entry.figure.name for entry in figures]:
        session.leave_out("figure", f"There is no figure “{wanted}” on this page.")


def place(view: session.View, figures: Sequence[Staged]) -> int:
    """Which figure is on the stage: the named one, else that of a tab which the link names, else the first in sight."""
    ranks = [
        (
            entry.figure.name != view.options.get("figure"),
            not any(text and view.options.get(key) == text for key, text in entry.opens.items()),
            not entry.seen,
            place,
        )
        for place, entry in enumerate(figures)
    ]
    return min(ranks)[-1] if ranks else 0


def shown(view: session.View, figures: Sequence[Staged]) -> Figure | None:
    """The figure on the stage: words of its own where the view has some, else one of the page's."""
    if "slide_words" in view.options:
        return figure(text_slide, words=view.options["slide_words"])
    return figures[place(view, figures)].figure if figures else None


def screen(view: session.View) -> str:
    """For which screen is drawn: the presenter's choice, else the shape of the window."""
    chosen = view.options.get("screen")
    return chosen or str(st.session_state.get(_SHAPE, "16x9"))


def set_shape(shape: str) -> None:
    """The window has this shape (for callbacks)."""
    st.session_state[_SHAPE] = shape


def on_stage(what: Figure, view: session.View, stage: str) -> Figure:
    """The figure as it stands on a stage: the slide that the view names, others than those in the spotlight muted.

    A slide or a spotlight that there is not is left out, which is said.
    """
    slide, light = int(view.options.get("slide", "1")), view.options.get("spot")
    if slide > 1 and slide > (of := what.drawn(view, stage=stage).slides):
        has = "one slide" if of == 1 else f"{of} slides"
        session.leave_out("slide", f"There is no slide {slide}: this figure has {has}.")
        slide = 1
    if light is not None:
        try:
            Spotlight.of(light, view.registry, view.cohort)
        except QueryProblem as problem:
            session.leave_out("spot", str(problem))
            light = None
    more = {"slide": slide if slide > 1 else None, "spot": light}
    return replace(what, options=(*what.options, *((key, value) for key, value in more.items() if value is not None)))


def summary_slide(view: session.View) -> Figure:
    """Table 1 in short, to be presented."""
    return figure(table_one_slide, name="summary", group=view.options.get("by"))


def printed_table_slide(document: str) -> Figure:
    """A printed table, to be presented."""
    return figure(printed_slide, name=slug(document), document=document)
