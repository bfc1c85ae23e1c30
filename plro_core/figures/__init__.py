"""Finished figures: a question about a cohort goes in, a plot with its finding, text equivalent and numbers comes out.

Every function takes ``(registry, cohort)`` and answers a ``Chart``; an empty cohort and a single patient are drawn,
never refused. Nothing here knows of Streamlit.
"""

from plro_core.figures.bone import t_score_strip, z_score_strip
from plro_core.figures.catalogue import FIGURES, figures_of
from plro_core.figures.chart import Chart
from plro_core.figures.densitometry import bone_density_over_time
from plro_core.figures.distribution import t_score_distribution
from plro_core.figures.dumbbell import pain_dumbbell
from plro_core.figures.estimation import estimation_plot, forest_plot
from plro_core.figures.flags import flag_disagreements
from plro_core.figures.fractures import fracture_map
from plro_core.figures.glance import (
    drugs_at_a_glance,
    pain_at_a_glance,
    scores_at_a_glance,
    spine_at_a_glance,
    who_at_a_glance,
)
from plro_core.figures.labs import lab_trajectories
from plro_core.figures.missingness import missingness_map
from plro_core.figures.overlap import overlap
from plro_core.figures.pain import pain_trajectories
from plro_core.figures.patient import patient_timeline
from plro_core.figures.published import published_cohorts
from plro_core.figures.responders import responder_counts, responder_waterfall
from plro_core.figures.spine import spine
from plro_core.figures.strips import pattern_strips
from plro_core.figures.style import CONFIG
from plro_core.figures.swimmer import swimmer
from plro_core.figures.time_to_control import median_sentences, time_to_pain_control
from plro_core.figures.treatments import treatment_matrix

__all__ = [
    "CONFIG",
    "FIGURES",
    "Chart",
    "bone_density_over_time",
    "drugs_at_a_glance",
    "estimation_plot",
    "figures_of",
    "flag_disagreements",
    "forest_plot",
    "fracture_map",
    "lab_trajectories",
    "median_sentences",
    "missingness_map",
    "overlap",
    "pain_at_a_glance",
    "pain_dumbbell",
    "pain_trajectories",
    "patient_timeline",
    "pattern_strips",
    "published_cohorts",
    "responder_counts",
    "responder_waterfall",
    "scores_at_a_glance",
    "spine",
    "spine_at_a_glance",
    "swimmer",
    "t_score_distribution",
    "t_score_strip",
    "time_to_pain_control",
    "treatment_matrix",
    "who_at_a_glance",
    "z_score_strip",
]
