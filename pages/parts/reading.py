"""A table that a reader can search, sort and narrow to some of its columns; the choice stands in the link."""

import streamlit as st

from pages.shared import session, tables_view
from pages.shared.options import FIND, spelled
from plro_core.export import Recipe
from plro_core.tables import Column, Reading, Table, TwoForms, keys, read_as
from plro_core.text import number, safe_markdown

_LONGEST_SEARCH = 80
_KEY = r"[\w-]{1,80}"
_AS_IT_IS = "as it is"

OPTIONS = (
    spelled("sort", rf"-?{_KEY}", "a column to sort by", of_one_page=True, words="sorted by {}"),
    spelled(
        "columns", rf"{_KEY}(?:,{_KEY}){{0,200}}", "columns with commas between", of_one_page=True, words="columns {}"
    ),
)
#: What a reader leaves together with the table.
NAMES = tuple(option.name for option in (FIND, *OPTIONS))


def show(table: Table | TwoForms, key: str, recipe: Recipe | None) -> None:
    """The table with the controls above it; the downloads hold the whole table, and say so."""
    whole = table if isinstance(table, Table) else table.layout
    reading = _reading(whole)
    _controls(whole, key, reading)
    shown = read_as(whole, reading)
    say_found(len(shown.rows), len(whole.rows))
    tables_view.show(table, key, recipe, shown)


def searched() -> str:
    """The words that a row must hold, as the link has them."""
    return session.view().options.get("find", "")


def search(key: str) -> None:
    """Where the words are typed; ``key`` names the table."""
    find = f"find_{key}"
    st.session_state[find] = searched()
    st.text_input(
        "Search this table",
        key=find,
        max_chars=_LONGEST_SEARCH,
        placeholder="words or a number",
        on_change=lambda: session.set_option("find", " ".join(st.session_state[find].split()) or None),
        width=280,
    )


def say_found(shown: int, rows: int) -> None:
    """How many rows hold what was searched for, if not all do."""
    if shown < rows:
        st.caption(f"{number(shown)} of {number(rows)} rows hold “{safe_markdown(searched())}”.")


def _reading(table: Table) -> Reading:
    """What the link says of this table; a column that it does not have is said and left out."""
    known = keys(table)
    options = session.view().options
    sort = options.get("sort", "")
    columns = tuple(part for part in options.get("columns", "").split(",") if part)
    if sort and sort.removeprefix("-") not in known:
        session.leave_out("sort", f"This table has no column “{sort.removeprefix('-')}” to be sorted by.")
        sort = ""
    if unknown := [part for part in columns if part not in known]:
        columns = tuple(part for part in columns if part in known)
        session.leave_out("columns", f"This table has no column “{unknown[0]}”.")
    return Reading(searched(), sort, columns)


def _controls(table: Table, key: str, reading: Reading) -> None:
    """Search, order and columns. Their keys name the table, so that what was typed for one is not taken for another."""
    known = keys(table)
    sort, columns = f"sort_{key}", f"columns_{key}"
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"reading_{key}"):
        search(key)
        with st.popover("Columns and order", icon=":material/table_edit:", type="tertiary", key=f"choose_{key}"):
            _order(known, sort, reading.sort)
            first = next(iter(known), "")
            st.session_state[columns] = [name for name in known if name in reading.columns and name != first]
            st.multiselect(
                "Columns",
                [name for name in known if name != first],
                format_func=lambda name: known[name].heading,
                key=columns,
                placeholder="all columns",
                on_change=lambda: session.set_option("columns", ",".join(st.session_state[columns]) or None),
            )


def _order(known: dict[str, Column], key: str, chosen: str) -> None:
    labels = {_AS_IT_IS: "As the table is"}
    for name, column in known.items():
        labels |= {name: f"{column.heading}, upwards", f"-{name}": f"{column.heading}, downwards"}
    st.session_state[key] = chosen or _AS_IT_IS
    st.selectbox(
        "Order",
        list(labels),
        format_func=lambda name: labels[name],
        key=key,
        on_change=lambda: session.set_option("sort", _unless_usual(st.session_state[key])),
    )


def _unless_usual(chosen: str) -> str | None:
    return None if chosen == _AS_IT_IS else chosen
