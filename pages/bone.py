"""Bone: T-scores by site, how they are distributed, and which vertebrae are fractured."""

from typing import Any

from pages.parts import lumbar
from pages.shared import page, session
from pages.shared.figures import Figure, figure
from pages.shared.tabs import Tab, Tabs
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
scores = shared | {"leave_out_lumbar_fracture": leave_out}
by_patient, distributed = figure(t_score_strip, **scores), figure(t_score_distribution, **scores)
fractured, levels = figure(spine, **shared), figure(fracture_map, **shared)
z_scores = figure(z_score_strip, **scores)
repeated = figure(bone_density_over_time, highlight=view.patient)


def shown(drawing: Figure) -> None:
    """A figure at full width; who is highlighted stands over it, how to highlight somebody below."""
    if view.patient is not None:
        page.highlighted()
    page.show(drawing)
    if view.patient is None:
        page.highlighted()


def tab(name: str, label: str, drawing: Figure) -> Tab:
    return Tab(name, label, lambda: shown(drawing), (drawing,))


rows = [
    tab("patients", "By patient", by_patient),
    tab("distribution", "Distribution", distributed),
    tab("spine", "Spine", fractured),
    tab("levels", "Fracture levels", levels),
]
if view.registry.vocabulary.z_scores:
    rows.append(tab("z-scores", "Z-scores", z_scores))
if "densitometry" in view.registry.vocabulary.clinical:  # a registry that records repeated scans
    rows.append(tab("time", "Over time", repeated))
tabs = Tabs(tuple(rows))
page.header("How low is bone density, and where?", tabs)
if not page.nobody(view):
    scored = tabs.opened().name in ("patients", "distribution", "z-scores")
    page.tools(*([lumbar.control] if scored else []))
    tabs.show()
    page.confounders(view)
