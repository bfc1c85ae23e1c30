"""Pain: how fast it falls, per patient and in the group, who responds, and when it is controlled."""

import streamlit as st

from pages.parts import pain_control_view
from pages.shared import page, session
from pages.shared.figures import figure
from plro_core import headlines
from plro_core.figures import pain_dumbbell, pain_trajectories

_TABS = ["Over time", "Baseline to month 6", "Responders", "Time to pain control"]

view = session.view()
group = view.options.get("by")
trajectories = figure(pain_trajectories, group=group, highlight=view.patient)
dumbbell = figure(pain_dumbbell, group=group, highlight=view.patient)
waterfall, control_times = pain_control_view.figures(view)
page.header("How fast does pain fall?", trajectories, dumbbell, waterfall, control_times)
if not page.nobody(view):
    page.group_control()
    over_time, change, responders, control = st.tabs(_TABS, default=pain_control_view.opened_tab(view, _TABS))
    with over_time:
        left, side = st.columns([3, 1], gap="medium")
        with left:
            page.highlighted()
            page.show(trajectories)
        with side:
            if group:
                st.caption("All patients in view, not split into groups:")
            page.metrics(headlines.pain)
    with change:
        page.show(dumbbell)
    with responders:
        pain_control_view.responders(view)
    with control:
        pain_control_view.time_to_control(view)
    page.confounders(view)
