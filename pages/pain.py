"""Pain: how fast it falls, per patient and in the group."""

import streamlit as st

from pages.shared import page
from plro_core import headlines
from plro_core.figures import pain_dumbbell, pain_trajectories

view = page.header("How fast does pain fall?")
if not page.nobody(view):
    page.group_control()
    page.shared_traits(view)
    group = view.options.get("by")
    over_time, change = st.tabs(["Over time", "Baseline to month 6"])
    with over_time:
        figure, side = st.columns([3, 1], gap="medium")
        with figure:
            page.highlighted()
            page.show(pain_trajectories, group=group, highlight=view.patient)
        with side:
            page.metrics(headlines.pain(view.registry, view.cohort))
    with change:
        page.show(pain_dumbbell, group=group, highlight=view.patient)
    page.confounders(view)
