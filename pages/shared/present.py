"""Present mode: one figure of the page fills the screen, laid out for it and readable from the back of a room."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import desk, plot, present_bar, qr, scene, session, staging, steps_on_stage, tables_view
from pages.shared.figures import Figure
from pages.shared.tabs import Staged
from plro_core.figures import Chart
from plro_core.figures.slides import OF_WORDS, text_slide
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, Stage
from plro_core.text import safe_markdown

STYLE = Path(__file__).resolve().parent / "present.css"
#: Served by the dashboard itself; its policy lets no other script run.
_SCRIPT = '<script src="/scripts/stage.js"></script>'
#: The screen that sizes are reckoned for, in lines, and what its edges take: beside the figure, and above and below all.
_LINES, _SIDES, _EDGES = 720, 56, 32
_TITLES = (32.0, 29.0, 26.0, 23.0, 21.0)
#: How wide a letter is at most on average, in its size.
_LETTER = 0.49

check = staging.check


def button() -> None:
    """The way into present mode."""
    st.button(
        "Present",
        icon=":material/slideshow:",
        type="tertiary",
        key="present_open",
        on_click=session.set_option,
        args=("present", "1"),
    )


def fill(view: session.View, figures: Sequence[Staged], title: str, address: str) -> None:
    """Show one figure of the page and nothing else; the run of the page ends here.

    ``address`` goes into the QR code.
    """
    st.html(STYLE)
    if desk.is_window(view.options["present"]):
        desk.show(view.options["present"])
        st.stop()
    st.html(_SCRIPT, unsafe_allow_javascript=True)
    steps_on_stage.check(view)
    view = session.view()
    shown = staging.shown(view, figures)
    stage, phone = staging.screen(view), "Mobi" in st.context.headers.get("User-Agent", "")
    if shown:
        shown = staging.on_stage(shown, view, stage)
        view = session.view()
        scene.add_figure(shown, view)
    chart = shown.drawn(view, stage="" if phone else stage) if shown else None
    scene.head(chart.title if chart else title, _who(view, chart) if chart else view.sentence)
    with st.container(key="present", gap=None):
        _words(view, chart, title)
        with st.container(key="present_stage", gap=None):
            _sizes(view, chart, title, stage)
            if chart and shown:
                _draw(chart, shown, phone)
        if chart and chart.caveats:
            with st.container(key="present_caveats", gap=None):
                st.caption(" ".join(f":material/balance: {safe_markdown(caveat)}" for caveat in _caveats(chart)))
        present_bar.show(view, figures, chart, stage)
        present_bar.shapes(view, stage)
        with st.container(key="present_qr"):
            qr.code(address, 116, "QR code of this view's address")
    st.stop()


def _words(view: session.View, chart: Chart | None, title: str) -> None:
    """Title and who is in view; above them nothing, so that the title begins where everybody looks."""
    with st.container(key="present_words", gap=None):
        st.title(safe_markdown(chart.title if chart else title), anchor=False)
        if chart is None:
            st.caption("This page has no figure to present.")
        elif said := _who(view, chart):
            st.caption(safe_markdown(said))


def _who(view: session.View, chart: Chart) -> str:
    """Who is in view, then what the figure says besides of its groups, its sample and its highlighted patient; in a talk
    first the name under which the view was saved.
    """
    named = next((entry.name for entry in steps_on_stage.talk(view) if entry.slug == view.options["view"]), "")
    if chart.name == text_slide.__name__:
        return ""
    return " · ".join(filter(None, [named, view.sentence, *chart.who.split(" · ")[1:]]))


def _caveats(chart: Chart) -> list[str]:
    """What must be said of the figure; a sentence with which several caveats end is said once, after the last of them."""
    said: list[str] = []
    endings: set[str] = set()
    for caveat in reversed(chart.caveats):
        start, stop, ending = caveat.rpartition(". ")
        said.insert(0, start + "." if stop and ending in endings else caveat)
        endings.add(ending)
    return said


def _sizes(view: session.View, chart: Chart | None, title: str, stage: str) -> None:
    """What the style sheet reckons with: the stage's pixels and the size of the title."""
    box = STAGES[stage]
    sizes = f"--plro-stage-w: {box.width}px; --plro-stage-h: {box.height}px; "
    if chart and chart.name == text_slide.__name__:
        sizes += "--plro-title: 9vh; --plro-top: 12vh; "
    elif chart:
        size = _title_size(chart.title, [_who(view, chart), " ".join(_caveats(chart))], box)
        sizes += f"--plro-title: min({size / _LINES * 100:.2f}vh, {size / (box.width + _SIDES) * 100:.2f}vw); "
    st.html(f"<style>:root {{ {sizes} }}</style>")


def _title_size(title: str, others: Sequence[str], box: Stage) -> float:
    """The largest size at which a title takes two lines at most and leaves the figure its room, on a screen of 720 lines.

    ``others`` are the words above and below the figure; were it scaled down for them, its words would be too small.
    """
    small = sum(_lines(text, SMALLEST_ON_STAGE, box) for text in others) * SMALLEST_ON_STAGE * 1.25
    for size in _TITLES:
        lines = _lines(title, size, box)
        if lines <= 2 and box.height + _EDGES + small + lines * size * 1.15 <= _LINES:
            return size
    return _TITLES[-1]


def _lines(text: str, size: float, box: Stage) -> int:
    """How many lines a text takes at most."""
    return math.ceil(len(text) * size * _LETTER / box.width)


def _draw(chart: Chart, shown: Figure, phone: bool) -> None:
    if phone and chart.name in OF_WORDS:
        tables_view.first_rows(chart.table)
        return
    key = f"on_stage_{shown.name.replace(' ', '_')}"
    with st.container(key="wide_present" if phone and chart.wide else "present_figure"):
        plot.show(chart.spec, chart.summary, key, lambda: _clicked(key))


def _clicked(key: str) -> None:
    """A click on a patient's point highlights her, a second one no longer; one on a level puts it in the spotlight."""
    _, options = session.begin()
    for point in st.session_state[key]["selection"]["points"]:
        data: Any = point.get("customdata")
        meant = data[0] if isinstance(data, list) and data else data
        if isinstance(meant, int | float):
            _toggle(options, "patient", str(int(meant)))
            return
        if isinstance(meant, str) and "=" in meant:
            _toggle(options, "spot", meant)
            return


def _toggle(options: Mapping[str, str], key: str, text: str) -> None:
    session.set_option(key, None if options.get(key) == text else text)
