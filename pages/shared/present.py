"""Present mode: one figure of the page fills the screen, large enough for the back of a room."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from pages.shared import qr, saved_views, scene, session, tables_view
from pages.shared.figures import Figure
from pages.shared.tabs import Staged
from plro_core.figures import CONFIG, Chart
from plro_core.text import safe_markdown

STYLE = Path(__file__).resolve().parent / "present.css"

#: How much text and lines are enlarged, and how far a figure may be pressed below its own height before it is shrunk:
#: one of several panels has words over each, which need their room.
_LARGER = 2.0
_PRESSED, _PRESSED_PANELS = 1.3, 1.08


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


def check(figures: Sequence[Staged]) -> None:
    """Say so where the link names a figure that the page does not have."""
    wanted = session.begin()[1].get("figure")
    if figures and wanted is not None and wanted not in [entry.figure.name for entry in figures]:
        session.leave_out("figure", f"There is no figure “{wanted}” on this page.")


def _place(view: session.View, figures: Sequence[Staged]) -> int:
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


def fill(view: session.View, figures: Sequence[Staged], title: str, address: str) -> None:
    """Show one figure of the page and nothing else; the run of the page ends here.

    ``address`` goes into the QR code.
    """
    st.html(STYLE)
    place = _place(view, figures)
    with st.container(key="present", gap="small"):
        chart, least = _enlarged(figures[place].figure, view) if figures else (None, 0.0)
        scene.head(chart.title if chart else title, _who(view, chart) if chart else view.sentence)
        if figures:
            scene.add_figure(figures[place].figure, view)
        with st.container(horizontal=True, key="present_head", vertical_alignment="top"):
            with st.container(width="stretch", gap="xsmall", key="present_words"):
                st.title(safe_markdown(chart.title if chart else title), anchor=False)
                st.caption(safe_markdown(_who(view, chart) if chart else "This page has no figure to present."))
            with st.container(
                horizontal=True, width="content", key="present_controls", gap="xsmall", vertical_alignment="center"
            ):
                if chart and chart.notes:
                    with st.popover("Notes", icon=":material/notes:", type="tertiary", key="present_notes"):
                        tables_view.notes(chart.notes)
                _controls(view, figures, place)
            qr.code(address, 116, "QR code of this view's address")
        if chart:
            st.html(f"<style>:root {{ --plro-least: {least:.0f}px; }}</style>")
            with st.container(key="present_figure"):
                st.plotly_chart(
                    chart.figure,
                    theme=None,
                    config=CONFIG,
                    alt=chart.summary,
                    key=f"on_stage_{figures[place].figure.name}",
                )
            if chart.caveats:
                with st.container(key="present_caveats", gap=None):
                    for caveat in chart.caveats:
                        st.caption(f":material/balance: {safe_markdown(caveat)}")
    st.stop()


def _who(view: session.View, chart: Chart) -> str:
    """Who is in view, then what the figure says besides of its groups, its sample and its highlighted patient."""
    return " · ".join([view.sentence, *chart.who.split(" · ")[1:]])


def _enlarged(figure: Figure, view: session.View) -> tuple[Chart, float]:
    """The figure in large type (on a phone in its own), and the least height at which nothing in it collides."""
    if "Mobi" in st.context.headers.get("User-Agent", ""):
        chart = figure.drawn(view)
        return chart, chart.figure.layout.height
    chart = figure.drawn(view, _LARGER)
    panels = sum(axis.startswith("yaxis") for axis in chart.figure.layout.to_plotly_json())
    return chart, chart.figure.layout.height / (_PRESSED if panels == 1 else _PRESSED_PANELS)


def _controls(view: session.View, figures: Sequence[Staged], place: int) -> None:
    saved = saved_views.known() if view.options["present"] == "views" else ()
    slugs = [entry.slug for entry in saved]
    if view.options.get("view") in slugs:
        _steps("view", [partial(saved_views.present, entry) for entry in saved], slugs.index(view.options["view"]))
    else:
        ways = [partial(session.set_options, {"figure": entry.figure.name} | entry.opens) for entry in figures]
        _steps("figure", ways, place)
    opens = figures[place].opens if "figure" in view.options and figures else {}
    st.button("Leave", type="tertiary", key="present_leave", shortcut="Esc", on_click=_leave, args=(opens,))


def _steps(what: str, shown: Sequence[Callable[[], None]], place: int) -> None:
    """Back and forth in a sequence, of which ``shown`` are the ways to each."""
    if len(shown) > 1:
        _step(f"Previous {what}", ":material/chevron_left:", "Left", shown[place - 1] if place else None)
        st.caption(f"{place + 1} of {len(shown)}")
        after = shown[place + 1] if place + 1 < len(shown) else None
        _step(f"Next {what}", ":material/chevron_right:", "Right", after)


def _step(words: str, icon: str, key: str, act: Callable[[], None] | None) -> None:
    st.button(
        words.split()[0],
        icon=icon,
        type="tertiary",
        key=f"present_{words.split()[0].lower()}",
        help=words,
        shortcut=key,
        disabled=act is None,
        on_click=act,
    )


def _leave(opens: Mapping[str, str | None]) -> None:
    """Back to the page, with the tab open of which the figure was on the stage."""
    session.set_options({"figure": None, "view": None, "present": None} | dict(opens))
