"""Pain: how fast it falls, per patient and in the group."""

import streamlit as st

from pages.shared import page, session
from pages.shared.figures import figure
from plro_core import headlines
from plro_core.figures import pain_dumbbell, pain_trajectories

view = session.view()
group = view.options.get("by")
trajectories = figure(pain_trajectories, group=group, highlight=view.patient)
dumbbell = figure(pain_dumbbell, group=group, highlight=view.patient)
page.header("How fast does pain fall?", trajectories, dumbbell)
if not page.nobody(view):
    page.group_control()
    page.shared_traits(view)
    over_time, change = st.tabs(["Over time", "Baseline to month 6"])
    with over_time:
        left, side = st.columns([3, 1], gap="medium")
        with left:
            page.highlighted()
            page.show(trajectories)
        with side:
            page.metrics(headlines.pain(view.registry, view.cohort))
    with change:
        page.show(dumbbell)
    page.confounders(view)
