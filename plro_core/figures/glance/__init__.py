"""Small figures that answer one question each at a glance: pain, spine, T-scores, treatments, and who is in view.

They stand beside each other on one screen, show everybody in view without groups, and fill a stage one by one.
"""

from plro_core.figures.glance.drugs import drugs_at_a_glance
from plro_core.figures.glance.pain import pain_at_a_glance
from plro_core.figures.glance.scores import scores_at_a_glance
from plro_core.figures.glance.spine import spine_at_a_glance
from plro_core.figures.glance.who import who_at_a_glance

__all__ = ["drugs_at_a_glance", "pain_at_a_glance", "scores_at_a_glance", "spine_at_a_glance", "who_at_a_glance"]
