"""Claims: every checkable statement of a document, recomputed from its own tables."""

import streamlit as st

from pages.parts import claims_view
from pages.shared import page, session, tables_view
from plro_core.export import recipe_for
from plro_core.problems import DataProblem
from plro_core.series.claims import NOTHING, claims_as_table, claims_question, claims_title, relations_table
from plro_core.text import safe_markdown

view, question = session.view(), claims_question(session.view().registry)
try:
    checked = claims_view.checked(view)
except DataProblem as problem:
    page.header(question)
    st.error(safe_markdown(str(problem)), icon=":material/error:")
    st.stop()
if not checked:
    page.header(question)
    st.info(NOTHING, icon=":material/info:")
else:
    claims_view.check(view, checked)
    view = session.view()
    figures = claims_view.figures(view, checked)
    page.header(question, *figures)
    st.html(claims_view.STYLE)
    chosen = claims_view.matching(view, checked)
    claims_view.first(view, chosen, checked)
    claims_view.found(view, figures[-1], checked)
    claims_view.controls(view, figures[-1], checked)
    claims_view.ledger(view, chosen, checked)
    with st.expander("As a table, with downloads", on_change="rerun", key="claims_table") as table:
        if table.open:
            recipe = recipe_for(
                view.registry,
                claims_title(view.registry),
                call=claims_view.call(view),
            )
            tables_view.show(claims_as_table(chosen, claims_title(view.registry)), "claims", recipe)
    with st.expander(
        "How they stand to each other, with downloads", on_change="rerun", key="claims_relations"
    ) as table:
        if table.open:
            recipe = recipe_for(
                view.registry,
                "Relations between claims",
                call=f"relations_table({claims_view.call(view)})",
            )
            tables_view.show(relations_table(chosen), "relations", recipe)
    claims_view.references(view)
