"""Kaplan–Meier, the log-rank tests and the Turnbull estimate, against published examples and enumeration."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from plro_core.exact import interval_log_rank, kaplan_meier, log_rank, turnbull
from plro_core.exact.times import Time
from plro_core.exact.turnbull import Between, _exactly, _problem


def remission(printed: str) -> list[Time]:
    return [(float(word.rstrip("+")), not word.endswith("+")) for word in printed.split()]


#: Weeks of remission in acute leukaemia (Freireich 1963, in Gehan 1965 and Cox 1972).
DRUG = remission("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+")
PLACEBO = remission("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")

#: Months to cosmetic deterioration after radiotherapy alone (Finkelstein and Wolfe 1985).
RADIOTHERAPY = (
    "45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37 46- 26-40 46- 27-34 36-44 46- "
    "36-48 37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11 19-35 17-25 24- 32- 33- 19-26 37- 34- 36-"
)


def visits(printed: str) -> list[Between]:
    pairs = (word.split("-") for word in printed.split())
    return [(float(after), float(by) if by else None) for after, by in pairs]


def test_kaplan_meier_of_the_leukaemia_remissions() -> None:
    found = kaplan_meier(DRUG)
    survival = {step.time: round(step.survival, 3) for step in found.steps if step.events}
    assert survival == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert (found.n, found.events, found.median) == (21, 9, (23.0, 23.0))
    assert [(step.at_risk, step.events, step.censored) for step in found.steps[:2]] == [(21, 3, 1), (17, 1, 0)]
    assert kaplan_meier(PLACEBO).median == (8.0, 8.0)


def test_the_median_is_the_whole_time_in_which_exactly_half_are_without_the_event() -> None:
    assert kaplan_meier([(1, True), (2, True)]).median == (1.0, 2.0)
    assert kaplan_meier([(1, True), (4, False)]).median == (1.0, None)
    assert kaplan_meier([(1, True), (2, True), (2, True)]).median == (2.0, 2.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=15))
def test_kaplan_meier_agrees_with_scipy(times: list[tuple[int, bool]]) -> None:
    sample = stats.CensoredData(
        uncensored=[time for time, event in times if event], right=[time for time, event in times if not event]
    )
    expected = stats.ecdf(sample).sf
    for step in kaplan_meier(times).steps:
        assert step.survival == pytest.approx(float(expected.evaluate(step.time)))


def test_kaplan_meier_without_events_or_patients() -> None:
    assert kaplan_meier([(3, False), (6, False)]).median is None
    assert kaplan_meier([(3, False)]).reason == "No median: more than half are without the event throughout"
    assert (kaplan_meier([]).n, kaplan_meier([]).reason) == (0, "No patient has a time")


def test_log_rank_of_the_leukaemia_remissions() -> None:
    """Chi-square 16.79 with 19.25 expected relapses under the drug (Cox 1972; every textbook of survival analysis)."""
    found = log_rank(DRUG, PLACEBO)
    assert (found.observed, found.exact) == (9, False)
    assert found.expected == pytest.approx(19.25, abs=0.005)
    assert found.p == pytest.approx(stats.chi2.sf(16.79, 1), rel=0.01)
    assert "asymptotic" in found.test


def by_hand(a: list[Time], b: list[Time]) -> float:
    """Observed less expected events in A, time by time."""
    excess = 0.0
    for now in {time for time, event in a + b if event}:
        at_risk_a, at_risk = sum(t >= now for t, _ in a), sum(t >= now for t, _ in a + b)
        died_a, died = a.count((now, True)), (a + b).count((now, True))
        excess += died_a - died * at_risk_a / at_risk
    return excess


followed = st.lists(st.tuples(st.integers(1, 5).map(float), st.booleans()), min_size=2, max_size=5)


@settings(max_examples=60, deadline=None)
@given(followed, followed)
def test_the_exact_log_rank_goes_through_every_split(a: list[Time], b: list[Time]) -> None:
    pooled, found = a + b, log_rank(a, b)
    if not any(event for _, event in pooled):
        assert (found.p, found.reason) == (None, "No test: nobody had the event")
        return
    far = []
    for split in combinations(range(len(pooled)), len(a)):
        rest = [time for place, time in enumerate(pooled) if place not in split]
        far.append(abs(by_hand([pooled[place] for place in split], rest)))
    seen = abs(by_hand(a, b))
    assert found.exact
    assert found.expected == pytest.approx(found.observed - by_hand(a, b))
    assert found.p == pytest.approx(sum(distance >= seen - 1e-9 for distance in far) / len(far))
    assert found.p_min == pytest.approx(sum(distance >= max(far) - 1e-9 for distance in far) / len(far))


def test_log_rank_agrees_with_scipy_above_the_feasible() -> None:
    def data(times: list[Time]) -> stats.CensoredData:
        return stats.CensoredData(
            uncensored=[time for time, event in times if event], right=[time for time, event in times if not event]
        )

    expected = stats.logrank(data(DRUG), data(PLACEBO)).pvalue
    assert log_rank(DRUG, PLACEBO).p == pytest.approx(expected)


@pytest.mark.parametrize("test", [log_rank, interval_log_rank])
def test_no_log_rank_p_where_a_group_has_fewer_than_two(test: object) -> None:
    assert callable(test)
    one, two = ([(3, True)], [(1, True), (2, True)]) if test is log_rank else ([(1, 3)], [(0, 1), (1, 3)])
    assert (test(one, two).p, test(one, two).reason) == (None, "No test: group A has 1 patient")
    assert test([], two).reason == "No test: group A has 0 patients"
    assert test([], []).reason == "No test: group A has 0 patients and group B has 0 patients"


def test_turnbull_of_the_breast_cosmesis_trial() -> None:
    """The masses for radiotherapy alone are those of R's package interval (Fay and Shaw 2010, J Stat Softw 36(2))."""
    found = turnbull(visits(RADIOTHERAPY))
    assert [(mass.after, mass.by, round(mass.mass, 4)) for mass in found.masses] == [
        (4, 5, 0.0463),
        (6, 7, 0.0334),
        (7, 8, 0.0887),
        (11, 12, 0.0708),
        (24, 25, 0.0926),
        (33, 34, 0.0818),
        (38, 40, 0.1209),
        (46, 48, 0.4656),
    ]
    assert (found.n, found.converged, found.median) == (46, True, (38.0, 40.0))


def test_turnbull_of_visits_that_do_not_overlap_is_the_share_in_each() -> None:
    found = turnbull({(0, 1): 4, (1, 3): 3, (3, 6): 2, (6, None): 1})
    assert [(mass.after, mass.by) for mass in found.masses] == [(0, 1), (1, 3), (3, 6), (6, None)]
    assert [mass.mass for mass in found.masses] == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert found.share_by(3) == (pytest.approx(0.7), pytest.approx(0.7))
    assert found.share_by(2) == (pytest.approx(0.4), pytest.approx(0.7))
    assert found.share_by(0) == (0.0, 0.0)
    assert found.share_by(9) == (pytest.approx(0.9), pytest.approx(1.0))


def test_turnbull_takes_exact_times_among_intervals() -> None:
    """Two printed times inside the visit from 3 to 6 draw the mass of those known only to lie between the visits."""
    found = turnbull([(0, 1), (1, 3), (3, 6), (3.5, 3.5), (4, 4)])
    assert [(mass.after, mass.by, round(mass.mass, 4)) for mass in found.masses] == [
        (0, 1, 0.2),
        (1, 3, 0.2),
        (3.5, 3.5, 0.3),
        (4, 4, 0.3),
    ]
    assert found.median == (3.5, 3.5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6).map(float), st.booleans()), min_size=1, max_size=10))
def test_turnbull_of_times_known_exactly_is_kaplan_meier(times: list[Time]) -> None:
    found = turnbull([(time, time if event else None) for time, event in times])
    for step in kaplan_meier(times).steps:
        shares = found.share_by(step.time)
        assert shares is not None
        assert 1 - shares[0] == pytest.approx(step.survival, abs=1e-6)


seen_between = st.sampled_from([0, 1, 3]).flatmap(
    lambda after: st.tuples(st.just(after), st.sampled_from([by for by in (1, 3, 6, None) if by is None or by > after]))
)


@settings(max_examples=30, deadline=None)
@given(st.lists(seen_between, min_size=1, max_size=9), st.integers(0, 2**32 - 1))
def test_no_other_distribution_is_likelier_than_turnbulls(times: list[Between], seed: int) -> None:
    found = turnbull(times)
    assert found.converged
    assert sum(mass.mass for mass in found.masses) == pytest.approx(1)
    assert found.log_likelihood is not None
    edges = [0, 1, 3, 6, None]
    cells = list(pairwise(edges))
    for shares in np.random.default_rng(seed).dirichlet(np.full(len(cells), 0.3), size=50):
        inside = [
            sum(
                share
                for share, (start, end) in zip(shares, cells, strict=True)
                if start >= after and (by is None or (end is not None and end <= by))
            )
            for after, by in times
        ]
        assert float(np.log(np.maximum(inside, 1e-300)).sum()) <= found.log_likelihood + 1e-6


anywhere = st.integers(0, 8).flatmap(
    lambda after: st.tuples(st.just(after), st.one_of(st.none(), st.integers(after, 9)))
)


@settings(max_examples=60, deadline=None)
@given(st.lists(anywhere, min_size=1, max_size=9))
def test_turnbulls_masses_are_the_only_ones(times: list[Between]) -> None:
    """The probabilities of the observed intervals are the same at every maximum; full rank leaves one set of masses."""
    cells, allowed, _ = _problem(_exactly(times, None))
    assert np.linalg.matrix_rank(allowed) == len(cells)


def test_turnbull_creeps_to_0_in_finitely_many_steps() -> None:
    found = turnbull([(3, None), (0, None), (0, 6), (6, None), (1, None), (1, 3), (1, None)])
    assert found.converged
    assert [(mass.after, mass.by, round(mass.mass, 6)) for mass in found.masses] == [(1, 3, 0.5), (6, None, 0.5)]
    assert found.steps < 5000


def test_turnbull_of_nobody_and_of_one() -> None:
    assert (turnbull([]).masses, turnbull([]).reason) == ((), "No patient has a time")
    assert turnbull([]).share_by(3) is None
    assert turnbull([(1, 3)]).median == (1.0, 3.0)
    assert turnbull([(6, None)]).median == (6.0, None)
    assert turnbull([(0, 1), (1, 3)]).median == (0.0, 3.0)
    assert turnbull([(6, float("inf"))]) == turnbull([(6, None)])


@pytest.mark.parametrize(
    ("times", "median"),
    [
        ([(0, 1), (0, 1), (1, 3), (3, 6)], (0.0, 3.0)),
        ([(0, 1), (0, 1), (3, 6), (6, None)], (0.0, 6.0)),
        ([(0, 1), (0, 1), (6, None), (6, None)], (0.0, None)),
        ([(0, 1), (0, 1), (0, 1), (3, 6)], (0.0, 1.0)),
        ([(0, 1), (1, 3), (1, 3), (3, 6)], (1.0, 3.0)),
        ([(2, 2), (4, 4)], (2.0, 4.0)),
        ({(0, 1): 500, (1, 3): 500}, (0.0, 3.0)),
        ({(0, 1): 501, (1, 3): 499}, (0.0, 1.0)),
    ],
)
def test_the_turnbull_median_spans_everything_over_which_the_curve_is_one_half(
    times: list[Between], median: Between
) -> None:
    """With 2 of 4 by month 1 the second patient came by then and the third by month 3: a median lies anywhere between."""
    assert turnbull(times).median == median


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_medians_of_exact_times_are_those_between_the_middle_patients(times: list[int]) -> None:
    ordered = sorted(times)
    middle = (float(ordered[(len(times) - 1) // 2]), float(ordered[len(times) // 2]))
    assert kaplan_meier([(time, True) for time in times]).median == middle
    assert turnbull([(time, time) for time in times]).median == middle


def test_times_are_told_apart_however_near_they_are() -> None:
    found = turnbull([(1e-9, 1e-9), (2e-9, 2e-9), (3e-9, 3e-9)])
    assert [mass.after for mass in found.masses] == [1e-9, 2e-9, 3e-9]
    assert [step.time for step in kaplan_meier([(1e-9, True), (2e-9, True)]).steps] == [1e-9, 2e-9]
    early, late = [(1e-9, True), (2e-9, True)], [(3e-9, True), (4e-9, True)]
    assert log_rank(early, late) == log_rank([(1, True), (2, True)], [(3, True), (4, True)])


def test_an_interval_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="after 3 and by 1"):
        turnbull([(3, 1)])


def peto_score(pooled: list[Between], one: Between) -> float:
    """The score of one interval from the printed masses of the pooled estimate."""
    left, score, inside = 1.0, 0.0, 0.0
    for mass in turnbull(pooled).masses:
        right = max(0.0, left - mass.mass)
        right = right if right > 1e-9 else 0.0
        if mass.after >= one[0] and (one[1] is None or (mass.by is not None and mass.by <= one[1])):
            score += left * np.log(left) - (right * np.log(right) if right else 0.0)
            inside += mass.mass
        left = right
    return score / inside


@settings(max_examples=30, deadline=None)
@given(st.lists(seen_between, min_size=2, max_size=4), st.lists(seen_between, min_size=2, max_size=4))
def test_the_interval_log_rank_goes_through_every_split(a: list[Between], b: list[Between]) -> None:
    pooled = a + b
    scores = [peto_score(pooled, one) for one in pooled]
    found = interval_log_rank(a, b)
    if max(map(abs, scores)) < 1e-6:
        assert found.reason == "No test: the times do not tell one patient from another"
        return
    far = [abs(sum(split)) for split in combinations(scores, len(a))]
    assert sum(scores) == pytest.approx(0, abs=1e-5)
    assert found.excess == pytest.approx(sum(scores[: len(a)]), abs=1e-5)
    assert found.p == pytest.approx(sum(distance >= abs(sum(scores[: len(a)])) - 1e-5 for distance in far) / len(far))
    assert found.p_min == pytest.approx(sum(distance >= max(far) - 1e-5 for distance in far) / len(far))


def test_the_interval_log_rank_of_many_patients_says_that_it_is_asymptotic() -> None:
    early, late = {(0, 1): 30, (1, 3): 10}, {(0, 1): 10, (1, 3): 30}
    found = interval_log_rank(early, late)
    assert not found.exact
    assert "asymptotic" in found.test
    assert found.excess is not None
    assert found.excess > 0
    assert found.p == pytest.approx(stats.chi2.sf(20 * 79 / 80, 1))


def test_the_order_in_which_patients_are_given_changes_no_digit() -> None:
    times = visits(RADIOTHERAPY)
    expected = repr(turnbull(times))
    rng = np.random.default_rng(1)
    for _ in range(20):
        shuffled = [times[index] for index in rng.permutation(len(times))]
        assert repr(turnbull(shuffled)) == expected
