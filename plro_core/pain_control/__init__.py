"""Pain relief and pain control: responders, changes patient by patient, and times known only between visits.

A document may print times of pain control without defining it. ``reconstruct`` tests definitions against them; its
choice is the default everywhere, labelled reconstructed, and every other definition can be chosen instead.
"""

from plro_core.pain_control.reconstruction import Candidate, Reconstruction, how_defined, reconstruct
from plro_core.pain_control.responders import (
    Meeting,
    PainChange,
    Responders,
    Waterfall,
    meeting,
    pair_counts,
    responders,
    waterfall,
)
from plro_core.pain_control.rules import (
    DEFAULT,
    DEFINITIONS,
    HALVED,
    THRESHOLDS,
    Definition,
    Threshold,
    beyond,
    definition,
)
from plro_core.pain_control.tables import definitions_table, definitions_title, responders_table
from plro_core.pain_control.times import (
    LEFT_OUT,
    ControlTime,
    Estimate,
    between_words,
    compare_times,
    control_times,
    estimate,
    estimates,
)

__all__ = [
    "DEFAULT",
    "DEFINITIONS",
    "HALVED",
    "LEFT_OUT",
    "THRESHOLDS",
    "Candidate",
    "ControlTime",
    "Definition",
    "Estimate",
    "Meeting",
    "PainChange",
    "Reconstruction",
    "Responders",
    "Threshold",
    "Waterfall",
    "between_words",
    "beyond",
    "compare_times",
    "control_times",
    "definition",
    "definitions_table",
    "definitions_title",
    "estimate",
    "estimates",
    "how_defined",
    "meeting",
    "pair_counts",
    "reconstruct",
    "responders",
    "responders_table",
    "waterfall",
]
