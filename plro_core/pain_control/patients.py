"""Who a question about pain is asked of: all visits of the cohort's patients, whichever visits it chooses."""

from plro_core.counts.questions import Grouping
from plro_core.counts.questions import patients_of as of_patients_only
from plro_core.tables.notes import ALL_VISITS, visit_note

__all__ = ["ALL_VISITS", "Grouping", "of_patients_only", "visit_note"]
