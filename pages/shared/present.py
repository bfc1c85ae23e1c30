"""Present mode: one figure of the page fills the screen, laid out for it and readable from the back of a room."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import desk, present_bar, qr, scene, session, staging, steps_on_stage, tables_view
from pages.shared.figures import Figure
from pages.shared.tabs import Staged
from plro_core.figures import CONFIG, Chart
from plro_core.figures.slides import OF_WORDS, text_slide
from plro_core.figures.style import STAGES
from plro_core.text import safe_markdown

STYLE = Path(__file__).resolve().parent / "present.css"
#: Served by the dashboard itself; its policy lets no other script run.
_SCRIPT = '<script src="/scripts/stage.js"></script>'

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
            _sizes(chart, title, stage)
            if chart and shown:
                _draw(chart, shown, phone)
        if chart and chart.caveats:
            with st.container(key="present_caveats", gap=None):
                for caveat in chart.caveats:
                    st.caption(f":material/balance: {safe_markdown(caveat)}")
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


def _sizes(chart: Chart | None, title: str, stage: str) -> None:
    """What the style sheet reckons with: the stage's pixels, and how long and how large the title is."""
    box = STAGES[stage]
    sizes = f"--plro-stage-w: {box.width}px; --plro-stage-h: {box.height}px; "
    sizes += f"--plro-letters: {len(chart.title if chart else title) or 1}; "
    if chart and chart.name == text_slide.__name__:
        sizes += "--plro-title: 9vh; "
    st.html(f"<style>:root {{ {sizes} }}</style>")


def _draw(chart: Chart, shown: Figure, phone: bool) -> None:
    if phone and chart.name in OF_WORDS:
        tables_view.first_rows(chart.table)
        return
    key = f"on_stage_{shown.name.replace(' ', '_')}"
    with st.container(key="present_figure"):
        st.plotly_chart(
            chart.figure,
            theme=None,
            config=CONFIG,
            alt=chart.summary,
            key=key,
            on_select=lambda: _clicked(key),
            selection_mode="points",
        )


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
