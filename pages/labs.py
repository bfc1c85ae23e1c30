"""Labs: five laboratory values over time, with reference bands, reported and computed flags, and their patterns."""

import streamlit as st

from pages.parts import panels_view, patterns_view
from pages.shared import page, session, tables_view
from pages.shared.figures import figure
from pages.shared.tabs import Tab, Tabs
from plro_core.export import ranges_recipe, recipe_for
from plro_core.figures import flag_disagreements, lab_trajectories
from plro_core.tables.ranges import ranges_table

view = session.view()
trajectories = figure(
    lab_trajectories, group=view.options.get("by"), highlight=view.patient, labs=panels_view.chosen(view)
)
flags_title = view.registry.told("flags", "Reported and computed flags")


def over_time() -> None:
    page.show(trajectories)
    page.highlighted()
    panels_view.choose(view)


def flags() -> None:
    st.markdown(
        view.registry.told(
            "flags.two",
            "Reported flags and the flags computed from the reference ranges are two different things. "
            "The ranges are listed in the Dictionary with their sources.",
        )
    )
    call = "flag_disagreements(registry, cohort)"
    recipe = recipe_for(view.registry, flags_title, view.cohort, call)
    tables_view.show(page.answer(flag_disagreements), "flags", recipe)
    st.subheader("How the count depends on the range", anchor=False)
    tables_view.show(page.answer(ranges_table), "ranges", ranges_recipe(view.registry, view.cohort))


tabs = Tabs(
    (
        Tab("time", "Over time", over_time, (trajectories,)),
        Tab("flags", flags_title, flags),
        Tab("patterns", "Patterns", lambda: patterns_view.show(view), (patterns_view.strips(view),)),
    ),
    usual="patterns" if "pattern" in view.options else "",  # a link that chooses a pattern is about patterns
)
page.header("Which laboratory values leave their range?", tabs)
if not page.nobody(view):
    page.tools()
    tabs.show()
    page.confounders(view)
