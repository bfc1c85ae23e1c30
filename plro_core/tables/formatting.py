"""How a statistic is written in a cell: decimals as recorded, one more for a mean, and n ruling what is said.

Below three values the values are written in the median's place, and there is no SD; with none, an en dash.
"""

from plro_core.tables.summary import Statistic
from plro_core.text import NONE, from_to, k_of_n, number
from plro_core.vocabulary import Variable


def span(low: float, high: float, variable: Variable) -> str:
    """Two ends of a range: an en dash between, the word "to" where a minus would run into it."""
    joint = " to " if min(low, high) < 0 else "–"
    return from_to(variable.written(low), variable.written(high), joint)


def median_and_quartiles(statistic: Statistic) -> str:
    """The median with its quartiles; below three values the values themselves."""
    if statistic.minimum is None or statistic.maximum is None:
        return NONE
    if statistic.n == 1:
        return statistic.variable.written(statistic.minimum)
    if statistic.median is None or statistic.q1 is None or statistic.q3 is None:
        return f"{statistic.variable.written(statistic.minimum)}, {statistic.variable.written(statistic.maximum)}"
    return f"{statistic.variable.written(statistic.median)} ({span(statistic.q1, statistic.q3, statistic.variable)})"


def mean_and_sd(statistic: Statistic) -> str:
    """The mean with its SD, each with one decimal more than recorded."""
    if statistic.mean is None or statistic.n < 2:
        return NONE
    decimals = statistic.variable.decimals + 1
    return f"{number(statistic.mean, decimals)} ({number(statistic.sd, decimals)})"


def extremes(statistic: Statistic) -> str:
    """The lowest and the highest value."""
    if statistic.minimum is None or statistic.maximum is None or statistic.n < 2:
        return NONE
    return span(statistic.minimum, statistic.maximum, statistic.variable)


def share(statistic: Statistic) -> str:
    """How many of the recorded have the level."""
    return k_of_n(statistic.k or 0, statistic.n) if statistic.n else NONE
