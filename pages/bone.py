"""Bone: T-scores by site, how they are distributed, and which vertebrae are fractured."""

from typing import Any

import streamlit as st

from pages.parts import lumbar
from pages.shared import page, session
from pages.shared.figures import Figure, figure
from pages.shared.tabs import Tab, Tabs
from plro_core import headlines
from plro_core.figures import (
    bone_density_over_time,
    fracture_map,
    spine,
    t_score_distribution,
    t_score_strip,
    z_score_strip,
)

view = session.view()
leave_out = lumbar.left_out(view)
shared: dict[str, Any] = {"group": view.options.get("by"), "highlight": view.patient}
by_patient = figure(t_score_strip, leave_out_lumbar_fracture=leave_out, **shared)
distributed = figure(t_score_distribution, leave_out_lumbar_fracture=leave_out, **shared)
fractured, levels = figure(spine, **shared), figure(fracture_map, **shared)
z_scores = figure(z_score_strip, leave_out_lumbar_fracture=leave_out, **shared)
repeated = figure(bone_density_over_time, highlight=view.patient)


def strip() -> None:
    lumbar.control(view)
    left, side = st.columns([3, 1], gap="medium")
    with left:
        shown(by_patient)
    with side:
        if view.group or leave_out:
            st.caption("All patients in view, fractured spines included, not split into groups:")
        page.metrics(headlines.bone)


def shown(drawing: Figure) -> None:
    page.highlighted()
    page.show(drawing)


rows = [
    Tab("patients", "By patient", strip, (by_patient,)),
    Tab("distribution", "Distribution", lambda: page.show(distributed), (distributed,)),
    Tab("spine", "Spine", lambda: shown(fractured), (fractured,)),
    Tab("levels", "Fracture levels", lambda: page.show(levels), (levels,)),
]
if view.registry.vocabulary.z_scores:
    rows.append(Tab("z-scores", "Z-scores", lambda: shown(z_scores), (z_scores,)))
if "densitometry" in view.registry.vocabulary.clinical:  # a registry that records repeated scans
    rows.append(Tab("time", "Over time", lambda: shown(repeated), (repeated,)))
tabs = Tabs(tuple(rows))
page.header("How low is bone density, and where?", tabs)
if not page.nobody(view):
    page.group_control()
    tabs.show()
    page.confounders(view)
