"""Downloads, built only when clicked, and the recipe behind a figure or table."""

from collections.abc import Callable

import streamlit as st

from plro_core.export import FORMATS, Recipe, export_table, file_name
from plro_core.tables import Table, TableOne
from plro_core.text import safe_markdown

#: What a reader of a page is offered; programs also have JSON on the command line.
_OFFERED = ("csv", "xlsx", "html", "md", "parquet")


def table(exported: Table | TableOne, name: str, recipe: Recipe | None) -> None:
    """One button a format, behind a popover; the bytes are made on the click, of the view the button was drawn for."""
    with (
        st.popover("Download", icon=":material/download:", type="tertiary", key=f"download_{name}"),
        st.container(gap="xsmall", key=f"formats_{name}"),
    ):
        for form in _OFFERED:
            st.download_button(
                FORMATS[form].label,
                _builder(exported, form, recipe),
                file_name(name, recipe, form),
                FORMATS[form].mime,
                key=f"download_{name}_{form}",
                on_click="ignore",
                type="tertiary",
            )


def _builder(exported: Table | TableOne, form: str, recipe: Recipe | None) -> Callable[[], bytes]:
    return lambda: export_table(exported, form, recipe)


def how_made(recipe: Recipe, name: str) -> None:
    """Cohort in words, SQL, a runnable snippet and the data version."""
    with st.popover("How was this made", icon=":material/info:", type="tertiary", key=f"made_{name}"):
        st.markdown(safe_markdown(f"{recipe.title}. {recipe.n}: {recipe.cohort}. Data {recipe.version}."))
        st.caption("SQL for python -m plro_core query: the patients and visits behind it")
        st.code(recipe.sql, language="sql", wrap_lines=True)
        st.caption("Python, for a notebook")
        st.code(recipe.snippet, language="python", wrap_lines=True)
