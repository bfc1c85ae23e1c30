"""Treatments: who got what, which groups overlap, and what the text leaves open."""

import streamlit as st

from pages.shared import page, session, tables_view
from pages.shared.figures import figure
from plro_core.export import recipe_for
from plro_core.figures import overlap, swimmer, treatment_matrix
from plro_core.origins import open_questions

view = session.view()
interventions = figure(treatment_matrix, group=view.options.get("by"), highlight=view.patient)
groups_overlap = figure(overlap, highlight=view.patient)
lanes = figure(swimmer, highlight=view.patient)
page.header("Who got what?", interventions, lanes, groups_overlap)
if not page.nobody(view):
    page.group_control()
    matrix, course, groups, left_open = st.tabs(
        ["Interventions", "From delivery", "Which groups overlap", "What the text leaves open"]
    )
    with matrix:
        page.highlighted()
        page.show(interventions)
    with course:
        page.show(lanes)
    with groups:
        page.show(groups_overlap)
    with left_open:
        call = "open_questions(registry, cohort)"
        imports = ["from plro_core.origins import open_questions"]
        recipe = recipe_for(
            view.registry, f"What the {view.registry.source_word} leaves open", view.cohort, call, imports=imports
        )
        tables_view.show(page.answer(open_questions), "open_questions", recipe)
    page.confounders(view)
