"""One difference from two frequencies. The method is fixed by the kind of variable: nothing is chosen after looking."""

from plro_core.compare.model import Difference, LevelIs, having
from plro_core.counts import Frequency
from plro_core.exact import Tally, cliffs_delta, fisher, rank_sum, risk_difference, shift
from plro_core.vocabulary import Variable


def of_numbers(entry: Variable, month: int | None, a: Frequency, b: Frequency, change: bool = False) -> Difference:
    """The shift between two groups of numbers, or of changes from baseline."""
    moved, tested = shift(a, b), rank_sum(a, b)
    return Difference(
        entry,
        month,
        None,
        a,
        b,
        moved.method,
        moved.estimate,
        _interval(moved.low, moved.high),
        moved.level,
        "attained" if moved.exact else "nominal",
        cliffs_delta(a, b).estimate,
        tested.test,
        tested.p,
        tested.p_min,
        reason=_why(moved.estimate, moved.reason, tested.reason),
        change=change,
    )


def of_level(
    entry: Variable, month: int | None, code: str, a: Frequency, b: Frequency, sizes: tuple[int, int]
) -> Difference:
    """Patients who have the level among those in whom the variable is recorded.

    A patient may have several symptoms, so there the recorded are the group's patients less those without any.
    """
    in_a, in_b = (
        Tally(having(group, code), size - group.missing if entry.many else group.n)
        for group, size in zip((a, b), sizes, strict=True)
    )
    risk, tested = risk_difference(in_a, in_b), fisher(in_a, in_b)
    interval = _interval(risk.low, risk.high)
    level_is: LevelIs = "at least" if risk.exact else "nominal"
    return Difference(
        entry,
        month,
        code,
        Frequency({code: in_a.k, "": in_a.n - in_a.k}, a.missing),
        Frequency({code: in_b.k, "": in_b.n - in_b.k}, b.missing),
        risk.method,
        risk.estimate,
        interval,
        risk.level if interval else None,
        level_is,
        None,
        tested.test,
        tested.p,
        tested.p_min,
        reason=_why(risk.estimate, risk.reason, tested.reason),
    )


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _why(estimate: float | None, of_estimate: str | None, of_test: str | None) -> str | None:
    """Why something is missing: of the interval and of the test, or of everything where there is no estimate."""
    reasons = [of_estimate] if estimate is None else [of_estimate, of_test]
    return ". ".join(reason for reason in reasons if reason) or None
