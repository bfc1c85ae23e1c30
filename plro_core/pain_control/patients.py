"""Who a question about pain is asked of: all visits of the cohort's patients, whichever visits it chooses."""

from plro_core.cohort import Cohort
from plro_core.counts.questions import Grouping
from plro_core.counts.questions import patients_of as of_patients_only

__all__ = ["ALL_VISITS", "Grouping", "of_patients_only", "visit_note"]

#: Said where a cohort also chooses visits.
ALL_VISITS = "All visits of these patients count here: the choice of visits does not apply."


def visit_note(cohort: Cohort) -> tuple[str, ...]:
    return (ALL_VISITS,) if cohort.which_visits else ()
