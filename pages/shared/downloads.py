"""Downloads, built only when clicked, and the recipe behind a figure or table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from plro_core.export import (
    FORMATS,
    IMAGES,
    Recipe,
    export_table,
    figure_html,
    figure_image,
    file_name,
    image_trouble,
)
from plro_core.figures import Chart
from plro_core.tables import Table, TwoForms
from plro_core.text import safe_markdown

#: What a reader of a page is offered; programs also have JSON on the command line.
_OFFERED = ("csv", "xlsx", "html", "md", "parquet")


def table(
    exported: Table | TwoForms,
    name: str,
    recipe: Recipe | None,
    before: Callable[[], object] | None = None,
    says: str = "",
) -> None:
    """One button a format, behind a popover; the bytes are made on the click, of the view the button was drawn for.

    ``before`` is done first; where it fails nothing is made. ``says`` tells what the file holds.
    """
    with _popover(name):
        if says:
            st.caption(says)
        _table_buttons(exported, name, recipe, before)


def figure(chart: Chart, on_white: Callable[[], Chart], name: str, recipe: Recipe) -> None:
    """The figure and its numbers behind one popover.

    ``on_white`` draws the same figure in the light look, as a journal wants it. Where the server can make no images, the
    interactive page has a camera that does: a plot never leaves without its n, cohort and data version.
    """
    with _popover(name):
        trouble = image_trouble()
        if not trouble:
            _button("SVG, two columns", lambda: _image(on_white(), recipe, "svg"), name, recipe, "svg", IMAGES["svg"])
            _button("PDF", lambda: _image(on_white(), recipe, "pdf"), name, recipe, "pdf", IMAGES["pdf"])
            _button("PNG, 300 dpi", lambda: _image(on_white(), recipe, "png"), name, recipe, "png", IMAGES["png"])
        html = FORMATS["html"].mime
        if trouble:
            st.caption("No Chromium draws images on this server: the camera in this page makes one in the browser.")
        _button("Interactive HTML", lambda: figure_html(on_white(), recipe), name, recipe, "html", html, "figure")
        st.caption("The numbers")
        _table_buttons(chart.table, name, recipe)


@contextmanager
def _popover(name: str) -> Iterator[None]:
    with (
        st.popover("Download", icon=":material/download:", type="tertiary", key=f"download_{name}"),
        st.container(gap="xsmall", key=f"formats_{name}"),
    ):
        yield


def _table_buttons(
    exported: Table | TwoForms, name: str, recipe: Recipe | None, before: Callable[[], object] | None = None
) -> None:
    for form in _OFFERED:
        build = _builder(exported, form, recipe, before)
        _button(FORMATS[form].label, build, name, recipe, form, FORMATS[form].mime)


def _builder(
    exported: Table | TwoForms, form: str, recipe: Recipe | None, before: Callable[[], object] | None
) -> Callable[[], bytes]:
    def build() -> bytes:
        if before:
            before()
        return export_table(exported, form, recipe)

    return build


def _image(chart: Chart, recipe: Recipe, form: str) -> bytes:
    return figure_image(chart, recipe, form)


def _button(
    label: str, build: Callable[[], bytes], name: str, recipe: Recipe | None, form: str, mime: str, what: str = ""
) -> None:
    """A download that is built on the click; ``what`` tells apart two files of one format."""
    called = f"{name}_{what}" if what else name
    st.download_button(
        label,
        build,
        file_name(called, recipe, form),
        mime,
        key=f"download_{called}_{form}",
        on_click="ignore",
        type="tertiary",
    )


def how_made(recipe: Recipe, name: str) -> None:
    """Cohort in words, SQL, a runnable snippet and the data version."""
    with st.popover("How was this made", icon=":material/info:", type="tertiary", key=f"made_{name}"):
        st.markdown(safe_markdown(f"{recipe.title}. {recipe.n}: {recipe.cohort}. Data {recipe.version}."))
        st.caption("SQL for python -m plro_core query: the patients and visits behind it")
        st.code(recipe.sql, language="sql", wrap_lines=True)
        st.caption("Python, for a notebook")
        st.code(recipe.snippet, language="python", wrap_lines=True)
