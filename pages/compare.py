"""Compare: cohort A against cohort B; in what else they differ comes before any outcome."""

import streamlit as st

from pages.parts import two_cohorts
from pages.shared import page, session, tables_view
from pages.shared.figures import figure
from plro_core.compare import EXPLORATORY, comparison_table
from plro_core.figures import estimation_plot
from plro_core.text import safe_markdown

view = session.view()
comparison = two_cohorts.compared(view)
known = two_cohorts.options(view)
confounders = figure(estimation_plot, name="confounders", keys=two_cohorts.confounders(view, comparison), **known)
sections = {
    section: figure(estimation_plot, name=f"section_{section}", keys=keys, **known)
    for section, keys in two_cohorts.sections(comparison).items()
}
shown = (confounders, *sections.values()) if comparison.differences and not comparison.problem else ()
page.header("How do two groups of patients differ?", *shown)
if not page.nobody(view):
    two_cohorts.problems(view)
    two_cohorts.choose(view)
    two_cohorts.overlap(comparison)
    with st.expander("Who is in A and in B"):
        two_cohorts.members(view, comparison)
    if comparison.problem:
        st.info(safe_markdown(comparison.problem), icon=":material/info:")
    elif comparison.differences:
        st.caption(safe_markdown(EXPLORATORY))
        st.header("First: in what else do A and B differ?", anchor=False)
        for sentence in two_cohorts.shared_traits(view):
            st.warning(safe_markdown(sentence), icon=":material/balance:")
        page.show(confounders, in_section=True)
        st.header("Then: the outcomes", anchor=False)
        for tab, outcomes in zip(st.tabs(list(sections)), sections.values(), strict=True):
            with tab:
                page.show(outcomes, in_section=True)
        st.header("All comparisons", anchor=False)
        tests = two_cohorts.tests_control(view)
        recipe = two_cohorts.recipe(view, tests)
        tables_view.show(comparison_table(comparison, tests), "comparison", recipe)
