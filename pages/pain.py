"""Pain: how fast it falls, per patient and in the group, who responds, and when it is controlled."""

import streamlit as st

from pages.parts import pain_control_view
from pages.shared import page, session
from pages.shared.figures import figure
from pages.shared.tabs import Tab, Tabs
from plro_core import headlines
from plro_core.figures import pain_dumbbell, pain_trajectories

view = session.view()
group = view.options.get("by")
trajectories = figure(pain_trajectories, group=group, highlight=view.patient)
dumbbell = figure(pain_dumbbell, group=group, highlight=view.patient)
waterfall, control_times = pain_control_view.figures(view)


def over_time() -> None:
    left, side = st.columns([3, 1], gap="medium")
    with left:
        page.highlighted()
        page.show(trajectories)
    with side:
        if group:
            st.caption("All patients in view, not split into groups:")
        page.metrics(headlines.pain)


tabs = Tabs(
    (
        Tab("time", "Over time", over_time, (trajectories,)),
        Tab("change", "Baseline to month 6", lambda: page.show(dumbbell), (dumbbell,)),
        Tab("responders", "Responders", lambda: pain_control_view.responders(view), (waterfall,)),
        Tab("control", "Time to pain control", lambda: pain_control_view.time_to_control(view), (control_times,)),
    ),
    usual=pain_control_view.usual_tab(view),
)
page.header("How fast does pain fall?", tabs)
if not page.nobody(view):
    page.group_control()
    tabs.show()
    page.confounders(view)
