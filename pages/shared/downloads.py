"""Downloads, built only when clicked, and the recipe behind a figure or table.

Every file of every page is offered by :func:`file`, which lets it leave by the one door: journalled first, and held for the
session that asked for it alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from secrets import token_hex
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from pages.shared import held_files, registries, report_cards, session, visitor
from plro_core.access import Right, RightProblem, Visitor, is_public
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
from plro_core.export.captions import legend
from plro_core.figures import Chart
from plro_core.leaving import Taken, leave, note_down, unique_in
from plro_core.problems import PlainProblem, RegistryProblem
from plro_core.store import Registry
from plro_core.tables import Table, TwoForms
from plro_core.text import safe_markdown

_COPIED = "The table as it is shown, for a word processor or a spreadsheet: with its rules, its caption and its notes."
#: What a reader of a page is offered; programs also have JSON on the command line.
_OFFERED = ("docx", "csv", "xlsx", "html", "md", "tex", "rtf", "parquet")


def table(
    exported: Table | TwoForms,
    name: str,
    recipe: Recipe | None,
    says: str = "",
    of_patients: bool = True,
) -> None:
    """One button a format, behind a popover; the bytes are made on the click, of the view the button was drawn for.

    ``says`` tells what the file holds. ``of_patients`` is false of what tells of none, and is not journalled.
    """
    with _popover(name):
        if says:
            st.caption(says)
        report_cards.button(recipe, "table", name)
        _table_buttons(exported, name, recipe and _linked(recipe), of_patients)


def copy(shown: Table | TwoForms, name: str, recipe: Recipe | None) -> None:
    """A button that gives the table on the page to the clipboard, journalled first like a file.

    The page's script copies when it sees the mark of a click; without the line in the journal there is no mark.
    """
    label, icon = "Copy", ":material/content_copy:"
    if not st.button(label, icon=icon, type="tertiary", key=f"copy_{name}", help=_COPIED):
        return
    leaving = taken(f"{name}, to the clipboard", shown, recipe)
    try:
        if leaving is not None:
            _left(leaving, visitor.of_run(), bytes)
    except PlainProblem as problem:
        st.error(safe_markdown(str(problem)), icon=":material/block:")
        return
    st.html(f'<span class="plro-leaves" data-click="{token_hex(8)}"></span>')


def figure(chart: Chart, on_white: Callable[[], Chart], name: str, recipe: Recipe) -> None:
    """The figure and its numbers behind one popover.

    ``on_white`` draws the same figure in the light look, as a journal wants it. Where the server can make no images, the
    interactive page has a camera that does: a plot never leaves without its n, cohort and data version.
    """
    leaving, recipe = taken(name, chart.table, recipe), _linked(recipe)
    with _popover(name):
        report_cards.button(recipe, "figure", name)
        trouble = image_trouble()
        for label, form in () if trouble else (("SVG, two columns", "svg"), ("PDF", "pdf"), ("PNG, 300 dpi", "png")):
            build = partial(_image, on_white, recipe, form)
            _button(label, build, name, recipe, form, IMAGES[form], leaving)
        if not trouble:
            st.caption("For print: no title and caption in the picture")
            build = partial(_image, on_white, recipe, "tiff", bare=True)
            _button("TIFF, 600 dpi", build, name, recipe, "tiff", IMAGES["tiff"], leaving, "bare")
            build = partial(_image, on_white, recipe, "eps", bare=True)
            _button("EPS, lines and letters", build, name, recipe, "eps", IMAGES["eps"], leaving, "bare")
            build = partial(_image, on_white, recipe, "pdf", bare=True)
            _button("PDF, without words around", build, name, recipe, "pdf", IMAGES["pdf"], leaving, "bare")
        html = FORMATS["html"].mime
        if trouble:
            st.caption("No Chromium draws images on this server: the camera in this page makes one in the browser.")
        _button(
            "Interactive HTML", lambda: figure_html(on_white(), recipe), name, recipe, "html", html, leaving, "figure"
        )
        _button(
            "Legend as text", lambda: legend(on_white(), recipe).encode(), name, recipe, "txt", "text/plain", leaving
        )
        st.caption("The numbers")
        _table_buttons(chart.table, name, recipe, of_patients=True)


def _linked(recipe: Recipe) -> Recipe:
    """The recipe with the link of this view: what stands behind the dashboard's address, which is nobody else's business."""
    if not visitor.sees_rows():  # aggregates have no view that a link could say
        return recipe
    told = urlsplit(session.link())
    return replace(recipe, link=f"{told.path or '/'}?{told.query}" if told.query else told.path)


@contextmanager
def _popover(name: str) -> Iterator[None]:
    with (
        st.popover("Download", icon=":material/download:", type="tertiary", key=f"download_{name}"),
        st.container(gap="xsmall", key=f"formats_{name}"),
    ):
        yield


def _table_buttons(exported: Table | TwoForms, name: str, recipe: Recipe | None, of_patients: bool) -> None:
    leaving = taken(name, exported, recipe) if of_patients else None
    for form in _OFFERED:
        build = partial(export_table, exported, form, recipe)
        _button(FORMATS[form].label, build, name, recipe, form, FORMATS[form].mime, leaving)


def _image(draw: Callable[[], Chart], recipe: Recipe, form: str, bare: bool = False) -> bytes:
    return figure_image(draw(), recipe, form, dpi=600 if form == "tiff" else 300, bare=bare)


def _button(
    label: str,
    build: Callable[[], bytes],
    name: str,
    recipe: Recipe | None,
    form: str,
    mime: str,
    leaving: Taken | None,
    what: str = "",
) -> None:
    """A download that is built on the click; ``what`` tells apart two files of one format."""
    called = f"{name}_{what}" if what else name
    given, besides = file_name(called, recipe, form), _besides(leaving, recipe)
    file(label, build, given, mime, leaving, key=f"download_{called}_{form}", quiet=True, besides=besides)


def _besides(leaving: Taken | None, recipe: Recipe | None) -> tuple[Taken, ...]:
    """The same of the registry that its patients are compared with, which keeps a journal of its own."""
    if leaving is None or recipe is None or recipe.snippet.count("open_content(") < 2:
        return ()  # a page without a view makes nothing of two registries
    name = session.view().options.get("beside")
    if not name:
        return ()
    return (of_visitor(leaving.what, registries.open_beside(str(name)), leaving.unique),)


# The door


def taken(name: str, exported: Table | TwoForms, recipe: Recipe | None) -> Taken | None:
    """That the visitor takes something made of the version he looks at; nothing where there is none to take patients of."""
    try:
        registry = registries.registry()
    except RegistryProblem:
        return None
    return of_visitor(name, registry, partial(unique_in, exported), recipe)


def of_visitor(name: str, registry: Registry, unique: Callable[[], int], recipe: Recipe | None = None) -> Taken:
    """That the visitor takes something of a version, in the mode in which he is shown it."""
    found = Taken(visitor.taker(), name, registry, unique, recipe.query if recipe else "")
    if visitor.mode(registry) != "aggregates":
        return found
    return replace(found, n=recipe.n if recipe else "", mode="aggregates")


def file(
    label: str,
    build: Callable[[], bytes],
    name: str,
    mime: str,
    leaving: Taken | None,
    *,
    key: str,
    quiet: bool = False,
    icon: str | None = None,
    besides: Sequence[Taken] = (),
) -> None:
    """One button for one file; ``leaving`` says of whom it tells, and is nothing where it tells of nobody.

    ``besides`` is the same of other registries that it tells of, each of which journals it. What is refused on the click is said by :func:`said` in the next run.
    """
    holder, who = held_files.session(), visitor.of_run()

    def given() -> bytes:
        try:
            content = build() if leaving is None else _left(leaving, who, build, besides)
        except PlainProblem as problem:
            held_files.refuse(holder, str(problem))
            raise
        held_files.hold(holder, content)
        return content

    kind: Literal["secondary", "tertiary"] = "tertiary" if quiet else "secondary"
    st.download_button(label, given, name, mime, icon=icon, key=key, on_click="ignore", type=kind)


def _left(leaving: Taken, who: Visitor | None, build: Callable[[], bytes], besides: Sequence[Taken] = ()) -> bytes:
    """
    Raises:
        RightProblem: the visitor has lost since the page was drawn what he needs for it.
        JournalProblem: it cannot be journalled.
    """
    for one in (leaving, *besides):
        check_still(one.registry, who, Right.AGGREGATES if one.mode == "aggregates" else Right.ROWS)
    content = leave(leaving, build)
    for one in besides:
        note_down(one)
    return content


def check_still(registry: Registry, who: Visitor | None, needed: Right) -> None:
    """Refuse on the click what the visitor has lost the right to since the page was drawn for ``who``.

    Raises:
        RightProblem: he has lost it, or is of another centre now.
        AccessProblem: the registry's ``access.toml`` is at fault.
    """
    if who is None or not who.identified:
        return
    now = registries.access_of(registry.folder).visitor(who.name)
    if now.centre != who.centre or not (now.may(needed) or (needed == Right.ROWS and is_public(registry))):
        raise RightProblem("You may no longer take this away; whoever runs it gives roles in access.toml.")


def said() -> None:
    """Say once why a download was refused."""
    if sentence := held_files.refusal(held_files.session()):
        st.error(safe_markdown(sentence), icon=":material/block:")


def how_made(recipe: Recipe, name: str) -> None:
    """Cohort in words, SQL, a runnable snippet and the data version."""
    with st.popover("How was this made", icon=":material/info:", type="tertiary", key=f"made_{name}"):
        st.markdown(safe_markdown(f"{recipe.title}. {recipe.n}: {recipe.cohort}. Data {recipe.version}."))
        st.caption("SQL for python -m plro_core query: the patients and visits behind it")
        st.code(recipe.sql, language="sql", wrap_lines=True)
        if recipe.command:
            st.caption("The command line")
            st.code(recipe.command, language="bash", wrap_lines=True)
        st.caption("Python, for a notebook")
        st.code(recipe.snippet, language="python", wrap_lines=True)
