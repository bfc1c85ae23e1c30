"""Claims: every checkable statement of the paper, recomputed from its own tables."""

import streamlit as st

from pages.parts import claims_view
from pages.shared import page, tables_view
from plro_core.claims import claims_as_table
from plro_core.export import recipe_for

view = page.header("Does the paper follow from its own tables?")
checked = claims_view.checked(view)
if not checked:
    st.info("This registry holds no printed tables, so there is nothing to check.", icon=":material/info:")
else:
    st.caption("Checked on all ten patients, whatever the filters: these are statements about the whole series.")
    claims_view.counts(checked)
    chosen = claims_view.filtered(view, checked)
    claims_view.cards(chosen)
    with st.expander("As a table, with downloads"):
        recipe = recipe_for(
            view.registry,
            "The paper checked against its own tables",
            call=claims_view.call(view),
            imports=["from plro_core.claims import check_claims"],
        )
        tables_view.show(claims_as_table(chosen), "claims", recipe)
