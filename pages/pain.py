"""Pain: how fast it falls, per patient and in the group, who responds, and when it is controlled."""

import streamlit as st

from pages.shared import page, pain_control_view
from plro_core import headlines
from plro_core.figures import pain_dumbbell, pain_trajectories

_TABS = ["Over time", "Baseline to month 6", "Responders", "Time to pain control"]

view = page.header("How fast does pain fall?")
if not page.nobody(view):
    page.group_control()
    page.shared_traits(view)
    group = view.options.get("by")
    over_time, change, responders, control = st.tabs(_TABS, default=pain_control_view.opened_tab(view, _TABS))
    with over_time:
        figure, side = st.columns([3, 1], gap="medium")
        with figure:
            page.highlighted()
            page.show(pain_trajectories, group=group, highlight=view.patient)
        with side:
            if group:
                st.caption("All patients in view, not split into groups:")
            page.metrics(headlines.pain(view.registry, view.cohort))
    with change:
        page.show(pain_dumbbell, group=group, highlight=view.patient)
    with responders:
        pain_control_view.responders(view)
    with control:
        pain_control_view.time_to_control(view)
    page.confounders(view)
