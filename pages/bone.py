"""Bone: T-scores by site, how they are distributed, and which vertebrae are fractured."""

import streamlit as st

from pages.parts import lumbar
from pages.shared import page, session
from pages.shared.figures import figure
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
group, leave_out = view.options.get("by"), lumbar.left_out(view)
by_patient = figure(t_score_strip, group=group, highlight=view.patient, leave_out_lumbar_fracture=leave_out)
distributed = figure(t_score_distribution, group=group, highlight=view.patient, leave_out_lumbar_fracture=leave_out)
fractured = figure(spine, group=group, highlight=view.patient)
levels = figure(fracture_map, group=group, highlight=view.patient)
drawn = [by_patient, distributed, fractured, levels]
names = ["By patient", "Distribution", "Spine", "Fracture levels"]
if view.registry.vocabulary.z_scores:
    drawn.append(figure(z_score_strip, group=group, highlight=view.patient, leave_out_lumbar_fracture=leave_out))
    names.append("Z-scores")
if "densitometry" in view.registry.vocabulary.clinical:  # a registry that records repeated scans
    drawn.append(figure(bone_density_over_time, highlight=view.patient))
    names.append("Over time")
page.header("How low is bone density, and where?", *drawn)
if not page.nobody(view):
    page.group_control()
    strip, distribution, *further = st.tabs(names)
    with strip:
        lumbar.control(view)
        left, side = st.columns([3, 1], gap="medium")
        with left:
            page.highlighted()
            page.show(by_patient)
        with side:
            if group or leave_out:
                st.caption("All patients in view, fractured spines included, not split into groups:")
            page.metrics(headlines.bone)
    with distribution:
        page.show(distributed)
    for tab, drawing in zip(further, drawn[2:], strict=True):
        with tab:
            if drawing is not levels:
                page.highlighted(f"_{drawing.name}")
            page.show(drawing)
    page.confounders(view)
