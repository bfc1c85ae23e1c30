"""Bone: T-scores by site, how they are distributed, and which vertebrae are fractured."""

import streamlit as st

from pages.shared import page, session
from pages.shared.figures import figure
from plro_core import headlines
from plro_core.figures import bone_density_over_time, fracture_map, t_score_distribution, t_score_strip


def leave_out_control() -> None:
    """Leave out lumbar T-scores of patients with a fractured lumbar vertebra; kept in the link."""
    if view.following:
        return
    st.session_state["lumbar"] = leave_out
    st.toggle(
        "Leave out lumbar T-scores where a lumbar vertebra is fractured",
        key="lumbar",
        help="A fractured lumbar vertebra makes the lumbar T-score hard to interpret (ISCD).",
        on_change=lambda: session.set_option("lumbar", "leave-out" if st.session_state["lumbar"] else None),
    )


view = session.view()
leave_out = view.options.get("lumbar") == "leave-out"
by_patient = figure(t_score_strip, highlight=view.patient, leave_out_lumbar_fracture=leave_out)
distributed = figure(
    t_score_distribution,
    group=view.options.get("by"),
    highlight=view.patient,
    leave_out_lumbar_fracture=leave_out,
)
levels = figure(fracture_map, highlight=view.patient)
drawn = [by_patient, distributed, levels]
names = ["By patient", "Distribution", "Fracture levels"]
if "densitometry" in view.registry.vocabulary.clinical:  # a registry that records repeated scans
    drawn.append(figure(bone_density_over_time, highlight=view.patient))
    names.append("Over time")
page.header("How low is bone density, and where?", *drawn)
if not page.nobody(view):
    strip, distribution, fractures, *over_time = st.tabs(names)
    with strip:
        leave_out_control()
        left, side = st.columns([3, 1], gap="medium")
        with left:
            page.highlighted()
            page.show(by_patient)
        with side:
            page.metrics(headlines.bone)
    with distribution:
        page.group_control()
        page.shared_traits(view)
        page.show(distributed)
        page.confounders(view)
    with fractures:
        page.show(levels)
    for tab in over_time:
        with tab:
            page.highlighted()
            page.show(drawn[-1])
