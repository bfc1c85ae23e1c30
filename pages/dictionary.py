"""Dictionary: every variable with label, unit, codes, ranges, note and source."""

import streamlit as st

from pages.shared import registries, tables_view
from plro_core.dictionary import as_page, as_table
from plro_core.tables.ranges import known_ranges, thresholds_table

st.title("What does each variable mean?", anchor=False)
st.caption("From the same declarations that drive filters, checks, axes and tables.")
asked = st.text_input("Find", placeholder="such as vitamin, LOINC, assumed", key="dictionary_words", width=360)
vocabulary = registries.words()
pages = [(table, as_page(vocabulary, table, asked)) for table in vocabulary.tables]
found = [(table.label, page) for table, page in pages if page.rows]
held_against = (("Reference ranges", known_ranges(vocabulary)), ("Thresholds", thresholds_table().layout))
found += [] if asked else held_against
if not found:
    st.info("No variable mentions that. Clear the box to see all.", icon=":material/search_off:")
else:
    for tab, (_, page) in zip(st.tabs([f"{label} · {len(page.rows)}" for label, page in found]), found, strict=True):
        with tab:
            tables_view.plain(page)
            tables_view.notes(page.notes)
tables_view.show_downloads(as_table(vocabulary.variables), "dictionary")
