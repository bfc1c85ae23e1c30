"""Dictionary: every variable with label, unit, codes, ranges, note and source."""

from functools import partial

import streamlit as st

from pages.shared import registries, tables_view
from pages.shared.tabs import Tab, Tabs
from plro_core.dictionary import as_page, as_table
from plro_core.export import Recipe, dictionary_recipe
from plro_core.problems import RegistryProblem
from plro_core.tables import Table
from plro_core.tables.ranges import known_ranges, thresholds_table
from plro_core.text import slug


def shown(table: Table) -> None:
    tables_view.plain(table)
    tables_view.notes(table.notes)


def origin() -> Recipe | None:
    """How the whole dictionary is made; nothing where the registry cannot be read."""
    try:
        return dictionary_recipe(registries.registry())
    except RegistryProblem:
        return None


def tab(label: str, table: Table) -> Tab:
    return Tab(slug(label), f"{label} · {len(table.rows)}", partial(shown, table))


vocabulary = registries.words()
held_against = (
    tab("Reference ranges", known_ranges(vocabulary)),
    tab("Thresholds", thresholds_table().layout),
)
everything = (*(tab(table.label, as_page(vocabulary, table, "")) for table in vocabulary.tables), *held_against)
Tabs(everything).check()
st.title("What does each variable mean?", anchor=False)
st.caption("From the same declarations that drive filters, checks, axes and tables.")
asked = st.text_input("Find", placeholder="such as vitamin, LOINC, assumed", key="dictionary_words", width=360)
pages = [(table.label, as_page(vocabulary, table, asked)) for table in vocabulary.tables]
found = tuple(tab(label, page) for label, page in pages if page.rows) if asked else everything
if not found:
    st.info("No variable mentions that. Clear the box to see all.", icon=":material/search_off:")
Tabs(found).show()
tables_view.show_downloads(as_table(vocabulary.variables), "dictionary", origin())
