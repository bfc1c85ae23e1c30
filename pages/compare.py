"""Compare: cohort A against cohort B; what patients bring with them comes before any outcome, and one outcome is primary."""

import streamlit as st

from pages.parts import differences_view, two_cohorts
from pages.shared import page, session, tables_view
from plro_core.compare import comparison_table, exploratory, primary_words
from plro_core.text import safe_markdown

view = session.view()
comparison = two_cohorts.compared(view)
known = two_cohorts.options(view)
confounders = differences_view.confounders(view, comparison, **known)
outcomes = differences_view.outcomes(comparison, **known)
traits = differences_view.traits(comparison, **known)


def table() -> None:
    tests = two_cohorts.tests_control(comparison)
    tables_view.show(comparison_table(comparison, tests), "comparison", two_cohorts.recipe(view, tests))


shown = (confounders, outcomes, traits)
page.header(
    "How do two groups of patients differ?", *(shown if comparison.differences and not comparison.problem else ())
)
if not page.nobody(view):
    two_cohorts.problems(view)
    two_cohorts.choose(view)
    two_cohorts.overlap(comparison)
    if comparison.problem:
        st.info(safe_markdown(comparison.problem), icon=":material/info:")
    elif comparison.differences:
        st.header("First: in what else do A and B differ?", anchor=False)
        if shared := two_cohorts.shared_traits(view):
            page.caveats(["  \n".join(shared)])
        page.show(confounders, in_section=True, caveats_said=True)
        st.header("Then: the outcomes", anchor=False)
        st.caption(safe_markdown(f"{primary_words(comparison)} {exploratory(comparison)}"))
        outcomes.show()
        differences_view.one_of_them(view, comparison, **known)
        differences_view.folded(view, "traits", "Every baseline trait and treatment", traits.show)
        differences_view.folded(view, "table", "All comparisons as a table", table, "tests" in view.options)
    differences_view.folded(view, "members", "Who is in A and in B", lambda: two_cohorts.members(view, comparison))
