"""Who a question about pain is asked of: the cohort's patients with their group and printed time, as SQL."""

from typing import Any

from plro_core.cohort import Cohort, Membership
from plro_core.counts.sql import group_column
from plro_core.vocabulary import Variable

Grouping = Variable | Membership | None

#: Said where a cohort also chooses visits.
ALL_VISITS = "All visits of these patients count here: the choice of visits does not apply."


def in_cohort(cohort: Cohort, group: Grouping = None) -> tuple[str, list[Any]]:
    """A query for ``case_id``, group code ``g`` and ``printed`` time to pain control, and its bound values."""
    column, group_values = group_column(group)
    condition, values = cohort.case_sql()
    query = f"SELECT case_id, {column} AS g, pain_control_months AS printed FROM cases AS c WHERE {condition}"
    return query, [*group_values, *values]


def of_patients_only(cohort: Cohort) -> Cohort:
    """The cohort without its choice of visits: a change needs baseline and every later visit."""
    return Cohort(cohort.who)


def visit_note(cohort: Cohort) -> tuple[str, ...]:
    return (ALL_VISITS,) if cohort.which_visits else ()
