"""Pain: how fast it falls, per patient and in the group, who responds, and when it is controlled."""

import streamlit as st

from pages.parts import pain_control_view
from pages.shared import page, session
from pages.shared.figures import figure
from pages.shared.tabs import Tab, Tabs
from plro_core import headlines
from plro_core.figures import pain_dumbbell, pain_trajectories

view = session.view()
group, axis = view.options.get("by"), view.options.get("axis")
trajectories = figure(
    pain_trajectories, group=group, highlight=view.patient, axis=axis, fall=pain_control_view.fall_of(view)
)
dumbbell = figure(pain_dumbbell, group=group, highlight=view.patient, axis=axis)
waterfall, control_times = pain_control_view.figures(view)


def over_time() -> None:
    """The ribbon over the whole width; the numbers, which its lines say already, below."""
    page.show(trajectories)
    page.highlighted()
    if group:
        st.caption("All patients in view, not split into groups:")
    page.metrics(headlines.pain, across=True)


def first_to_last() -> None:
    page.show(dumbbell)


tabs = Tabs(
    (
        Tab("time", "Over time", over_time, (trajectories,)),
        Tab("change", f"Baseline to month {view.registry.vocabulary.months[-1]}", first_to_last, (dumbbell,)),
        Tab("responders", "Responders", lambda: pain_control_view.responders(view), (waterfall,)),
        Tab("control", "Time to pain control", lambda: pain_control_view.time_to_control(view), (control_times,)),
    ),
    usual=pain_control_view.usual_tab(view),
)
page.header("How fast does pain fall?", tabs)
if not page.nobody(view):
    opened = tabs.opened().name
    switches = [pain_control_view.axis_control] if opened in ("time", "change") else []
    if opened == "responders" or (opened == "time" and axis):
        switches.append(pain_control_view.fall_control)
    page.tools(*switches)
    tabs.show()
    page.confounders(view)
