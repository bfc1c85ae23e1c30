"""How good the records are: what is missing, what came late, what looks wrong or double, and how that changes.

Every function asks a registry and answers a finished table, some a figure too. Nothing here mends anything: a finding
is for a person to look up.
"""

from plro_core.quality.completeness import completeness, completeness_map
from plro_core.quality.duplicates import alike, duplicates
from plro_core.quality.follow_up import WINDOWS, follow_up, follow_up_by_patient
from plro_core.quality.progress import Progress
from plro_core.quality.report import Part, Report, report
from plro_core.quality.rules import flag_disagreement, rule_counts, rule_hits, rule_tables
from plro_core.quality.trend import trend, trend_lines

__all__ = [
    "WINDOWS",
    "Part",
    "Progress",
    "Report",
    "alike",
    "completeness",
    "completeness_map",
    "duplicates",
    "flag_disagreement",
    "follow_up",
    "follow_up_by_patient",
    "report",
    "rule_counts",
    "rule_hits",
    "rule_tables",
    "trend",
    "trend_lines",
]
