"""Tables: the summary table of the cohort, and Tables I and II as the paper prints them, with downloads."""

import streamlit as st

from pages.parts import origins_view
from pages.shared import page, tables_view
from plro_core.export import printed_recipe, table_one_recipe
from plro_core.tables import printed_table, table_one

view = page.header("Summary and printed tables")
summary, first, second = st.tabs(["Summary (Table 1)", "Printed Table I", "Printed Table II"])
with summary:
    page.group_control()
    if not page.nobody(view):
        page.shared_traits(view)
        table = table_one(view.registry, view.cohort, view.group)
        tables_view.show(table, "table1", table_one_recipe(view.registry, view.cohort, view.group))
        page.confounders(view)
        origins_view.show(view)
for tab, document, key in ((first, "Table I", "table_i"), (second, "Table II", "table_ii")):
    with tab:
        printed = printed_table(view.registry, document, view.cohort)
        tables_view.show(printed, key, printed_recipe(view.registry, document, view.cohort))
