"""Every figure by its name: what the command line offers, and which options each one takes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from plro_core.cohort import Cohort
from plro_core.figures.bone import t_score_strip, z_score_strip
from plro_core.figures.chart import Chart
from plro_core.figures.densitometry import TABLE, bone_density_over_time
from plro_core.figures.distribution import t_score_distribution
from plro_core.figures.dumbbell import pain_dumbbell
from plro_core.figures.estimation import estimation_plot, forest_plot
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
from plro_core.figures.published import STRICT, published_cohorts
from plro_core.figures.responders import responder_waterfall
from plro_core.figures.spine import spine
from plro_core.figures.strips import pattern_strips
from plro_core.figures.swimmer import swimmer
from plro_core.figures.time_to_control import time_to_pain_control
from plro_core.figures.treatments import treatment_matrix
from plro_core.vocabulary import Vocabulary

#: Figures that always draw the same patients, whatever the filters.
ALWAYS: dict[str, Cohort] = {published_cohorts.__name__: STRICT}


@dataclass(frozen=True)
class Entry:
    """A figure that can be asked for by name."""

    draw: Callable[..., Chart]
    #: What it needs that a registry may lack, in words, and whether it is declared.
    needs: str = ""
    can_draw: Callable[[Vocabulary], bool] = lambda vocabulary: True
    #: The least width in millimetres in which its words, none below 8 points, stand beside each other in print.
    narrowest: float = 129.0

    @property
    def about(self) -> str:
        """What it shows: the first line of its own description."""
        return (inspect.getdoc(self.draw) or "").splitlines()[0]

    @property
    def options(self) -> tuple[str, ...]:
        """The options that it takes, such as ``group`` or ``highlight``."""
        return tuple(inspect.signature(self.draw).parameters)


_DRAWN: tuple[Callable[..., Chart], ...] = (
    pain_at_a_glance,
    spine_at_a_glance,
    scores_at_a_glance,
    drugs_at_a_glance,
    who_at_a_glance,
    missingness_map,
    pain_trajectories,
    pain_dumbbell,
    responder_waterfall,
    time_to_pain_control,
    lab_trajectories,
    pattern_strips,
    t_score_strip,
    t_score_distribution,
    spine,
    fracture_map,
    treatment_matrix,
    swimmer,
    overlap,
    patient_timeline,
    estimation_plot,
    forest_plot,
    published_cohorts,
)

#: Figures that fit into a journal's column, and those that need its page; the others need a column and a half.
_COLUMN, _PAGE = 84.0, 174.0
_IN_A_COLUMN = frozenset(
    [
        pain_at_a_glance,
        spine_at_a_glance,
        scores_at_a_glance,
        drugs_at_a_glance,
        who_at_a_glance,
        pain_dumbbell,
        time_to_pain_control,
        pattern_strips,
        published_cohorts,
    ]
)
_ON_A_PAGE = frozenset(
    [missingness_map, lab_trajectories, spine, treatment_matrix, patient_timeline, estimation_plot, forest_plot]
)


def _narrowest(draw: Callable[..., Chart]) -> float:
    return _COLUMN if draw in _IN_A_COLUMN else _PAGE if draw in _ON_A_PAGE else Entry.narrowest


#: Every figure by its name; those that some registries cannot draw say what they need.
FIGURES: dict[str, Entry] = {
    **{draw.__name__: Entry(draw, narrowest=_narrowest(draw)) for draw in _DRAWN},
    bone_density_over_time.__name__: Entry(
        bone_density_over_time, f"the table {TABLE}", lambda words: TABLE in words.clinical
    ),
    z_score_strip.__name__: Entry(z_score_strip, "Z-scores", lambda words: bool(words.z_scores)),
}


def figures_of(vocabulary: Vocabulary) -> dict[str, Entry]:
    """The figures that a registry can draw, by name."""
    return {name: entry for name, entry in FIGURES.items() if entry.can_draw(vocabulary)}
