"""Bone: T-scores by site, how they are distributed, and which vertebrae are fractured."""

import streamlit as st

from pages.shared import page, session
from plro_core import headlines
from plro_core.figures import fracture_map, t_score_distribution, t_score_strip


def leave_out_control() -> bool:
    """Leave out lumbar T-scores of patients with a fractured lumbar vertebra; kept in the link."""
    st.session_state["lumbar"] = session.view().options.get("lumbar") == "leave-out"
    st.toggle(
        "Leave out lumbar T-scores where a lumbar vertebra is fractured",
        key="lumbar",
        help="A fractured lumbar vertebra makes the lumbar T-score hard to interpret (ISCD).",
        on_change=lambda: session.set_option("lumbar", "leave-out" if st.session_state["lumbar"] else None),
    )
    return session.view().options.get("lumbar") == "leave-out"


view = page.header("How low is bone density, and where?")
if not page.nobody(view):
    strip, distribution, fractures = st.tabs(["By patient", "Distribution", "Fracture levels"])
    with strip:
        leave_out = leave_out_control()
        figure, side = st.columns([3, 1], gap="medium")
        with figure:
            page.highlighted()
            page.show(t_score_strip, highlight=view.patient, leave_out_lumbar_fracture=leave_out)
        with side:
            page.metrics(headlines.bone(view.registry, view.cohort))
    with distribution:
        page.group_control()
        page.shared_traits(view)
        page.show(
            t_score_distribution,
            group=view.options.get("by"),
            highlight=view.patient,
            leave_out_lumbar_fracture=leave_out,
        )
        page.confounders(view)
    with fractures:
        page.show(fracture_map, highlight=view.patient)
