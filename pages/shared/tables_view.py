"""A table of the core on a page: shown as text that wraps, with its notes, downloads and recipe."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from pages.shared import downloads, scene
from plro_core.export import Recipe
from plro_core.manuscript import Behind, Compact, PrintTable, on_screen
from plro_core.manuscript.markup import html_below, html_caption, html_grid
from plro_core.tables import Table, TwoForms
from plro_core.tables.texts import texts
from plro_core.text import counted, number, safe_markdown

#: Above this many rows a table becomes a grid that scrolls.
_MOST_ROWS = 250
#: As many rows as one scrolls through; whoever wants more searches, or takes the download.
_MOST_IN_WINDOW = 1000
#: As many rows as the text equivalent of a figure reads out.
_ROWS_AS_TEXT = 60


def show(table: Table | TwoForms, key: str, recipe: Recipe | None, shown: Table | None = None) -> None:
    """A finished table in its frame; of two forms the one for reading is shown, downloads for programs carry the numbers.

    ``shown`` is the part of it that a reader has chosen to see, in a window of its own that scrolls.
    """
    layout = table if isinstance(table, Table) else table.layout
    _framed(layout if shown is None else shown, table, key, recipe, shown is not None)


def show_printed(
    table: Compact, key: str, recipe: Recipe, address: Callable[[Behind], str], printed: PrintTable | None = None
) -> None:
    """A table as it stands in print, each number a link to its cells, with the same downloads and notes as any other.

    ``printed`` is the part of it that a reader has chosen to see.
    """
    printed = printed or table.printed
    scene.add(scene.Rows(replace(table.layout, rows=on_screen(printed).rows)))
    with st.container(key=f"table_{key}", gap="small"):
        _actions(table, key, recipe)
        if not printed.rows:
            st.caption("No rows for this view.")
            return
        below = "".join(f"<p>{text}</p>" for text in html_below(printed))
        st.html(
            f'<div class="plro-window plro-print" role="region" tabindex="0" aria-label="{escape(printed.title)}">'
            f"<table>{html_caption(printed)}{html_grid(printed, address)}</table></div>"
            f'<div class="plro-below">{below}</div>'
        )


def show_long(table: Table, key: str, most: int = 20, of_patients: bool = True) -> None:
    """A table that may be long: its first rows to read, more when asked for, and all of them in the downloads.

    ``of_patients`` is false of a table that tells of none: its downloads are not journalled.
    """
    scene.add(scene.Rows(table))
    with st.container(key=f"table_{key}", gap="small"):
        with st.container(horizontal=True, key=f"actions_{key}"):
            downloads.table(table, key, None, of_patients=of_patients)
        if len(table.rows) < most * 1.5:
            most = len(table.rows)  # a toggle for a few rows more is more work than the rows
        shown = most
        if len(table.rows) > most:
            shown = min(_MOST_ROWS, len(table.rows)) if st.session_state.get(f"more_{key}") else most
        _grid(replace(table, rows=table.rows[:shown]))
        if len(table.rows) > most:
            with st.container(horizontal=True, vertical_alignment="center", key=f"rest_{key}"):
                st.toggle(f"Show {min(_MOST_ROWS, len(table.rows))} rows", key=f"more_{key}")
                if shown < len(table.rows):
                    st.caption(f"The first {shown} of {number(len(table.rows))} rows; the download has them all.")
        notes(table.notes)


def plain(table: Table) -> None:
    """A table for reading alone."""
    _grid(table)


def first_rows(table: Table) -> None:
    """The numbers behind a figure as a table with headers, for whoever hears the page; the rest is in the downloads."""
    if not table.rows:
        return
    _grid(replace(table, rows=table.rows[:_ROWS_AS_TEXT]))
    if len(table.rows) > _ROWS_AS_TEXT:
        st.caption(f"The first {_ROWS_AS_TEXT} of {number(len(table.rows))} rows; the download has them all.")


def show_downloads(table: Table, key: str, recipe: Recipe | None) -> None:
    """Only the downloads of a table that tells of no patient and is shown in another form, with its notes."""
    downloads.table(table, key, recipe, of_patients=False)
    notes(table.notes)


def _framed(shown: Table, exported: Table | TwoForms, key: str, recipe: Recipe | None, window: bool) -> None:
    scene.add(scene.Rows(shown))
    with st.container(key=f"table_{key}", gap="small"):
        _actions(exported, key, recipe)
        if window and shown.rows:
            _window(shown)
        else:
            with st.container(key=f"whole_{key}"):
                _grid(shown)
        notes(shown.notes)


def _actions(exported: Table | TwoForms, key: str, recipe: Recipe | None) -> None:
    with st.container(horizontal=True, key=f"actions_{key}"):
        downloads.table(exported, key, recipe, says="The file holds the whole table, every row and column.")
        downloads.copy(exported, key, recipe)
        if recipe:
            downloads.how_made(recipe, key)


def notes(texts: tuple[str, ...]) -> None:
    """Notes, small: the first is read, the others are one click away."""
    if not texts:
        return
    first, *rest = map(safe_markdown, texts)
    st.caption(first)
    if rest:
        with st.expander(counted(len(rest), "more note"), type="compact"):
            st.caption("  \n".join(rest))


def _window(table: Table) -> None:
    """A table that scrolls by itself, by keyboard too: Streamlit's own cannot be reached by the Tab key."""
    kinds = [' class="n"' if column.is_number else "" for column in table.columns]
    heads = "".join(
        f'<th scope="col"{kind}>{escape(column.heading)}</th>'
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    shown = replace(table, rows=table.rows[:_MOST_IN_WINDOW]).shown
    rows = "".join(f"<tr>{_row(row, kinds)}</tr>" for row in shown)
    st.html(
        f'<div class="plro-window" role="region" tabindex="0" aria-label="{escape(table.title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    if len(shown) < len(table.rows):
        st.caption(f"The first {number(len(shown))} of {number(len(table.rows))} rows; the download has them all.")


def _row(cells: list[str], kinds: list[str]) -> str:
    first = f'<th scope="row"{kinds[0]}>{escape(cells[0])}</th>' if cells[0] else "<td></td>"
    return first + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(cells[1:], kinds[1:], strict=True))


def _grid(table: Table) -> None:
    heads = [column.heading for column in table.columns]
    if not table.rows:
        st.caption("No rows for this view.")
    elif len(table.rows) <= _MOST_ROWS:
        plain_grid(heads, table.shown, table.title)
    else:
        _window(table)  # Streamlit's own grid has a button that saves it past the door


def plain_grid(heads: Sequence[str], rows: Iterable[Sequence[str]], alt: str | None = None) -> None:
    """Texts in rows under their heads."""
    escaped = [list(map(safe_markdown, row)) for row in rows]
    st.table(texts(list(map(safe_markdown, heads)), escaped), border="horizontal", hide_index=True, alt=alt)
