"""Statistics for small samples: exact tests, intervals with the level that they attain, and times to an event.

Every function takes values with their counts and answers with a frozen result that names its method and its
group sizes. What cannot be computed is ``None``, with the ``reason`` in one sentence. Nothing here prints, and
nothing judges a p-value.
"""

from plro_core.exact.difference import RiskDifference, risk_difference
from plro_core.exact.influence import Influence, Without, leave_one_out
from plro_core.exact.multiplicity import Adjusted, holm
from plro_core.exact.paired import PairedShift, SignedRank, changes, paired_shift, signed_rank
from plro_core.exact.proportions import (
    Fisher,
    Proportion,
    Tally,
    clopper_pearson,
    fisher,
    tally,
    wilson,
)
from plro_core.exact.times import KaplanMeier, LogRank, Step, kaplan_meier, log_rank
from plro_core.exact.turnbull import IntervalLogRank, Mass, Turnbull, interval_log_rank, turnbull
from plro_core.exact.two_groups import CliffsDelta, RankSum, Shift, cliffs_delta, rank_sum, shift, smallest_p

__all__ = [
    "Adjusted",
    "CliffsDelta",
    "Fisher",
    "Influence",
    "IntervalLogRank",
    "KaplanMeier",
    "LogRank",
    "Mass",
    "PairedShift",
    "Proportion",
    "RankSum",
    "RiskDifference",
    "Shift",
    "SignedRank",
    "Step",
    "Tally",
    "Turnbull",
    "Without",
    "changes",
    "cliffs_delta",
    "clopper_pearson",
    "fisher",
    "holm",
    "interval_log_rank",
    "kaplan_meier",
    "leave_one_out",
    "log_rank",
    "paired_shift",
    "rank_sum",
    "risk_difference",
    "shift",
    "signed_rank",
    "smallest_p",
    "tally",
    "turnbull",
    "wilson",
]
