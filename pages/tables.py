"""Tables: the summary table of the cohort, and the tables that a document prints, with downloads."""

import streamlit as st

from pages.parts import origins_view
from pages.shared import page, session, tables_view
from plro_core.confounding import confounded
from plro_core.export import printed_recipe, table_one_recipe
from plro_core.tables import printed_table, printed_tables, table_one

view = session.view()
documents = list(printed_tables(view.registry))
page.header("Summary and printed tables" if documents else "Summary table")
summary, *tabs = st.tabs(["Summary (Table 1)", *(f"Printed {title}" for title in documents)])
with summary:
    page.group_control()
    if not page.nobody(view):
        if view.group is not None:
            page.caveats(confounded(view.registry, view.group, view.cohort))
        table = table_one(view.registry, view.cohort, view.group)
        tables_view.show(table, "table1", table_one_recipe(view.registry, view.cohort, view.group))
        page.confounders(view)
        origins_view.show(view)
for tab, document in zip(tabs, documents, strict=True):
    key = document.lower().replace(" ", "_")
    with tab:
        printed = printed_table(view.registry, document, view.cohort)
        tables_view.show(printed, key, printed_recipe(view.registry, document, view.cohort))
