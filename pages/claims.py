"""Claims: every checkable statement of a document, recomputed from its own tables."""

import streamlit as st

from pages.parts import claims_view
from pages.shared import page, session, tables_view
from plro_core.claims import NOTHING, TITLE, claims_as_table
from plro_core.export import recipe_for

view = session.view()
checked = claims_view.checked(view)
page.header("Does the paper follow from its own tables?" if checked else "Does a document follow from its own tables?")
if not checked:
    st.info(NOTHING, icon=":material/info:")
else:
    st.caption(
        view.registry.told(
            "claims.whom",
            "Checked on all its patients, whatever the filters: these are statements about a whole series.",
        )
    )
    claims_view.counts(checked)
    chosen = claims_view.filtered(view, checked)
    claims_view.cards(chosen)
    with st.expander("As a table, with downloads"):
        recipe = recipe_for(
            view.registry,
            TITLE,
            call=claims_view.call(view),
            imports=["from plro_core.claims import check_claims"],
        )
        tables_view.show(claims_as_table(chosen), "claims", recipe)
