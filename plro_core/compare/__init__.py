"""Two cohorts compared, every variable in the same way: differences with intervals, and how little n allows.

What patients bring with them comes apart from what came of it, and every value after baseline with its change from
baseline. The method is fixed by the kind of variable: the Hodges–Lehmann shift with its rank-sum interval for numbers, the
risk difference with the exact unconditional interval for levels; their tests are the exact rank-sum test and Fisher's
exact test. Tests are for those who ask: a p-value comes with the smallest p that its split and ties could reach at all.
One outcome is primary, and Holm's adjustment is over its small family alone.
"""

from plro_core.compare.model import LEAVE_OUT, Comparison, Difference, Family, Overlap, Role, having
from plro_core.compare.question import compare
from plro_core.compare.table import ROLE_WORDS, comparison_table
from plro_core.compare.words import (
    WANTED,
    estimate_words,
    exploratory,
    interval_level,
    name_of,
    position,
    primary_words,
    printed_words,
)

__all__ = [
    "LEAVE_OUT",
    "ROLE_WORDS",
    "WANTED",
    "Comparison",
    "Difference",
    "Family",
    "Overlap",
    "Role",
    "compare",
    "comparison_table",
    "estimate_words",
    "exploratory",
    "having",
    "interval_level",
    "name_of",
    "position",
    "primary_words",
    "printed_words",
]
