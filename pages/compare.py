"""Compare: cohort A against cohort B; what patients bring with them comes before any outcome, and one outcome is primary."""

import streamlit as st

from pages.parts import two_cohorts
from pages.shared import page, session, tables_view
from pages.shared.figures import figure
from plro_core.compare import EXPLORATORY, comparison_table, primary_words
from plro_core.figures import estimation_plot
from plro_core.text import safe_markdown

view = session.view()
comparison = two_cohorts.compared(view)
known = two_cohorts.options(view)
confounders = figure(estimation_plot, name="confounders", keys=two_cohorts.confounders(view, comparison), **known)
traits = two_cohorts.themes(
    {
        theme: figure(estimation_plot, name=f"traits_{theme}", keys=keys, **known)
        for theme, keys in two_cohorts.sections(comparison, "trait", "treatment").items()
    },
    two_cohorts.TRAITS,
)
primary = figure(estimation_plot, name="primary", keys=(comparison.family.primary,), **known)
outcomes = two_cohorts.themes(
    {
        theme: figure(estimation_plot, name=f"section_{theme}", keys=keys, **known)
        for theme, keys in two_cohorts.sections(comparison, "outcome").items()
    },
    "tab",
)
first = (primary,) if comparison.primary else ()
shown = (confounders, *first, outcomes, traits)
page.header(
    "How do two groups of patients differ?", *(shown if comparison.differences and not comparison.problem else ())
)
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
        page.show(confounders, in_section=True, caveats_said=True)
        with st.expander("Every baseline trait and treatment", expanded=two_cohorts.TRAITS in view.options):
            traits.show()
        st.header("Then: the outcomes", anchor=False)
        st.markdown(safe_markdown(primary_words(comparison)))
        if comparison.primary:
            page.show(primary, in_section=True, caveats_said=True)
        outcomes.show()
        st.header("All comparisons", anchor=False)
        tests = two_cohorts.tests_control(view)
        recipe = two_cohorts.recipe(view, tests)
        tables_view.show(comparison_table(comparison, tests), "comparison", recipe)
