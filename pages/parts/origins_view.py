"""Where a number of the summary table comes from: choose the number, see each patient's value and its place."""

import streamlit as st

from pages.shared import registries, session, tables_view
from pages.shared.options import Option
from plro_core.export import Recipe, recipe_for
from plro_core.lookups import LIMIT
from plro_core.origins import cells_behind
from plro_core.tables import Table
from plro_core.tables.summary import NOT_RECORDED
from plro_core.text import k_of_n, safe_markdown, visit_name
from plro_core.vocabulary import Variable, Vocabulary

_EVERYONE = "overall"


def _is_number(text: str, words: Vocabulary) -> bool:
    """A variable of the summary table, with its visit if it is recorded at visits."""
    return text in {
        f"{entry.name}.{month}" if entry.per_visit else entry.name
        for entry in words.summarised
        for month in words.months
    }


def _is_column(text: str, words: Vocabulary) -> bool:
    return text in {NOT_RECORDED, *(level.code for entry in words.groupings for level in entry.levels)}


OPTIONS = (
    Option("number", _is_number, "a variable of the summary table, such as age or vas.3", words="values behind {}"),
    Option("column", _is_column, "a level of a grouping variable", words="of the group {}"),
)


def show(view: session.View) -> None:
    """Choose a variable (its visit, a group), then the values behind that number with their places."""
    st.subheader("Where does a number come from?", anchor=False)
    entry, month = chosen(view)
    level = _level(view)
    _choose(view, entry, month, level)
    table = cells_behind(view.registry, entry, view.cohort, month, view.group, level)
    st.caption(safe_markdown(f"{table.subtitle}. {_how_many(entry, table)}"))
    tables_view.show(table, "cells", _recipe(view, table, entry, month, level))


def chosen(view: session.View) -> tuple[Variable, int | None]:
    """The variable of this view and, for a visit variable, its visit."""
    offered = list(view.registry.vocabulary.summarised)
    name, _, month = view.options.get("number", offered[0].name).partition(".")
    entry = next(entry for entry in offered if entry.name == name)
    return entry, int(month or 0) if entry.per_visit else None


def _level(view: session.View) -> str | None:
    """The column of a grouped table; none for all patients."""
    level = view.options.get("column")
    known = [entry.code for entry in view.group.levels] if view.group else []
    return level if view.group and level in (*known, NOT_RECORDED) else None


def _choose(view: session.View, entry: Variable, month: int | None, level: str | None) -> None:
    with st.container(horizontal=True, key="choose_number"):
        st.session_state["number_of"] = entry.name
        st.selectbox(
            "Variable",
            [known.name for known in view.registry.vocabulary.summarised],
            format_func=lambda name: view.registry.vocabulary.variable(name).label,
            key="number_of",
            on_change=_changed,
            width=280,
        )
        if month is not None:
            st.session_state["number_at"] = month
            months = view.registry.vocabulary.months
            st.selectbox("Visit", months, format_func=visit_name, key="number_at", on_change=_changed, width=160)
        if view.group is not None:
            _choose_column(view.group, level)


def _choose_column(group: Variable, level: str | None) -> None:
    st.session_state["number_in"] = level or _EVERYONE
    st.selectbox(
        f"Group: {safe_markdown(group.label)}",
        [_EVERYONE, *(known.code for known in group.levels), NOT_RECORDED],
        format_func=lambda code: "Overall" if code == _EVERYONE else group.level_label(code),
        key="number_in",
        on_change=_column_changed,
        width=280,
    )


def _changed() -> None:
    entry = registries.words().variable(st.session_state["number_of"])
    at = f".{st.session_state.get('number_at') or 0}" if entry.per_visit else ""
    session.set_option("number", f"{entry.name}{at}")


def _column_changed() -> None:
    level = st.session_state["number_in"]
    session.set_option("column", None if level == _EVERYONE else level)


def _how_many(entry: Variable, table: Table) -> str:
    """How many values are recorded, and how many of them are uncertain; of many patients those of the sample that is listed."""
    recorded = {
        (row["case_id"], row.get("month"), row[entry.name]): str(row["mark"]).startswith("uncertain")
        for row in table.records
        if row[entry.name] is not None
    }
    if not recorded:
        return "No value is recorded."
    values = "recorded value is" if len(recorded) == 1 else "recorded values are"
    if len({row["case_id"] for row in table.records}) >= LIMIT:
        values = f"listed and {values}"
    return f"{k_of_n(sum(recorded.values()), len(recorded))} {values} uncertain: inferred, assumed or in conflict."


def _recipe(view: session.View, table: Table, entry: Variable, month: int | None, level: str | None) -> Recipe:
    words = [f'registry, registry.vocabulary.variable("{entry.name}", "{entry.table}"), cohort']
    words += [] if month is None else [f"month={month}"]
    if level is not None and view.group is not None:
        words.append(f'group=registry.vocabulary.variable("{view.group.name}", "cases"), level="{level}"')
    return recipe_for(view.registry, table.title, view.cohort, f"cells_behind({', '.join(words)})")
