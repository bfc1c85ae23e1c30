"""The rules of the statistics, as small tables: what goes in, and what comes out.

Each example is a test (``test_exact_spec.py``) and a paragraph of the manual. A column is a group; a cell is a value, a
count such as ``2 of 8``, a time (``9+`` is a last time without the event), or two visits (``3 to 6``, ``6 to`` open).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Example:
    """One rule, the function of ``plro_core.exact`` that keeps it, its input and some fields of its answer."""

    title: str
    function: str
    table: str
    expected: dict[str, object]
    options: dict[str, object] = field(default_factory=dict)


EXAMPLES = [
    Example(
        "Ties are part of the exact test: pain at month 1, breastfeeding continued (A) and stopped (B)",
        "rank_sum",
        """
        | A | B |
        | 6 | 5 |
        | 5 | 2 |
        |   | 1 |
        |   | 1 |
        |   | 3 |
        |   | 4 |
        |   | 2 |
        |   | 4 |
        """,
        {"n_a": 2, "n_b": 8, "rank_sum": 18.5, "expected": 11.0, "p": 3 / 45, "p_min": 1 / 45, "exact": True},
    ),
    Example(
        "The interval errs towards width where values are tied, and says which level it attains",
        "shift",
        """
        | A | B |
        | 6 | 5 |
        | 5 | 2 |
        |   | 1 |
        |   | 1 |
        |   | 3 |
        |   | 4 |
        |   | 2 |
        |   | 4 |
        """,
        {"estimate": 3.0, "low": 0.0, "high": 5.0, "level": 43 / 45, "tied": True, "reason": None},
    ),
    Example(
        "One patient is no group: no p, but how small p could have been is still said",
        "rank_sum",
        """
        | A | B |
        | 9 | 1 |
        |   | 2 |
        |   | 3 |
        |   | 4 |
        |   | 5 |
        |   | 6 |
        |   | 7 |
        |   | 8 |
        |   | 0 |
        """,
        {"p": None, "p_min": 0.2, "reason": "No test: group A has 1 patient"},
    ),
    Example(
        "Where 95 % cannot be attained the widest interval is given with its level",
        "shift",
        """
        | A | B |
        | 9 | 1 |
        | 8 | 2 |
        | 7 | 3 |
        """,
        {
            "estimate": 6.0,
            "low": 4.0,
            "high": 8.0,
            "level": 0.9,
            "reason": "95 % not attainable with 3 and 3 patients: the widest interval attains 90 %",
        },
    ),
    Example(
        "An empty group has nothing to compare: no number is made up",
        "shift",
        """
        | A | B |
        |   | 1 |
        |   | 2 |
        """,
        {"estimate": None, "low": None, "level": None, "reason": "No difference: group A has 0 patients"},
    ),
    Example(
        "When every value is the same no split could tell the groups apart",
        "rank_sum",
        """
        | A | B |
        | 3 | 3 |
        | 3 | 3 |
        """,
        {"p": 1.0, "p_min": 1.0},
    ),
    Example(
        "A patient whose pain did not change keeps its rank but has no sign (Pratt)",
        "signed_rank",
        """
        | change |
        |      0 |
        |     -2 |
        |     -3 |
        |     -3 |
        |      1 |
        """,
        {"n": 5, "zeros": 1, "rank_sum": 2.0, "expected": 7.0, "p": 0.25, "p_min": 0.125},
    ),
    Example(
        "Six pairs are the fewest for which 95 % can be attained",
        "paired_shift",
        """
        | change |
        |     -1 |
        |     -2 |
        |     -3 |
        |     -4 |
        |     -5 |
        """,
        {
            "estimate": -3.0,
            "low": -5.0,
            "high": -1.0,
            "level": 0.9375,
            "reason": "95 % not attainable with 5 patients: the widest interval attains 93.7 %",
        },
    ),
    Example(
        "The lady tasting tea (Fisher 1935)",
        "fisher",
        """
        |      A |      B |
        | 3 of 4 | 1 of 4 |
        """,
        {"p": 34 / 70, "p_min": 2 / 70},
    ),
    Example(
        "The difference of two proportions covers at least as often as it says, so it is wide: 2 of 2 against 2 of 8",
        "risk_difference",
        """
        |      A |      B |
        | 2 of 2 | 2 of 8 |
        """,
        {"estimate": 0.75, "low": -0.1613, "high": 0.9874, "level": 0.95, "exact": True},
    ),
    Example(
        "Above 60 patients the interval of a difference is nominal (Newcombe 1998, Table II, example a, method 10)",
        "risk_difference",
        """
        |        A |        B |
        | 56 of 70 | 48 of 80 |
        """,
        {"estimate": 0.2, "low": 0.0524, "high": 0.3339, "exact": False},
    ),
    Example(
        "Values are told apart however small they are: nothing is rounded unasked",
        "rank_sum",
        """
        |     A |     B |
        | 1e-09 | 4e-09 |
        | 2e-09 | 5e-09 |
        | 3e-09 | 6e-09 |
        """,
        {"p": 2 / 20, "p_min": 2 / 20, "tied": False},
    ),
    Example(
        "None of ten is not 0 % for certain",
        "clopper_pearson",
        """
        |       A |
        | 0 of 10 |
        """,
        {"estimate": 0.0, "low": 0.0, "high": 0.3085},
    ),
    Example(
        "Times cut off count as long as they were seen; half is reached at 4 months",
        "kaplan_meier",
        """
        | time |
        |    1 |
        |   2+ |
        |    4 |
        |    4 |
        """,
        {"n": 4, "events": 3, "median": (4.0, 4.0)},
    ),
    Example(
        "Known only to lie between two visits: the estimate stays an interval",
        "turnbull",
        """
        |   time |
        | 0 to 1 |
        | 1 to 3 |
        | 1 to 3 |
        |   6 to |
        """,
        {"n": 4, "median": (1.0, 3.0), "converged": True},
    ),
    Example(
        "Where exactly half have the event, every time until the next one is a median",
        "turnbull",
        """
        |   time |
        | 0 to 1 |
        | 0 to 1 |
        | 1 to 3 |
        |   6 to |
        """,
        {"n": 4, "median": (0.0, 3.0), "converged": True},
    ),
    Example(
        "Between-visit times of two groups are compared without pretending to know the day",
        "interval_log_rank",
        """
        |      A |      B |
        | 3 to 6 | 0 to 1 |
        | 3 to 6 | 0 to 1 |
        |        | 0 to 1 |
        |        | 1 to 3 |
        """,
        {"n_a": 2, "n_b": 4, "p": 1 / 15, "p_min": 1 / 15},
    ),
]
