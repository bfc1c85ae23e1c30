"""Bone: T-scores by site, how they are distributed, and which vertebrae are fractured."""

import streamlit as st

from pages.parts import lumbar
from pages.shared import page, session
from pages.shared.figures import figure
from plro_core import headlines
from plro_core.figures import bone_density_over_time, fracture_map, t_score_distribution, t_score_strip, z_score_strip

view = session.view()
leave_out = lumbar.left_out(view)
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
if view.registry.vocabulary.z_scores:
    drawn.append(figure(z_score_strip, highlight=view.patient, leave_out_lumbar_fracture=leave_out))
    names.append("Z-scores")
if "densitometry" in view.registry.vocabulary.clinical:  # a registry that records repeated scans
    drawn.append(figure(bone_density_over_time, highlight=view.patient))
    names.append("Over time")
page.header("How low is bone density, and where?", *drawn)
if not page.nobody(view):
    strip, distribution, fractures, *further = st.tabs(names)
    with strip:
        lumbar.control(view)
        left, side = st.columns([3, 1], gap="medium")
        with left:
            page.highlighted()
            page.show(by_patient)
        with side:
            page.metrics(headlines.bone)
    with distribution:
        page.group_control()
        page.show(distributed)
        page.confounders(view)
    with fractures:
        page.show(levels)
    for tab, drawing in zip(further, drawn[3:], strict=True):
        with tab:
            page.highlighted(f"_{drawing.name}")
            page.show(drawing)
