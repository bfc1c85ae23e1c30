"""Responders and times to pain control: truths worked out by hand from Table II, integer edges, and plain loops."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import Cohort
from plro_core.exact import Tally, clopper_pearson, turnbull
from plro_core.pain_control import (
    DEFAULT,
    DEFINITIONS,
    THRESHOLDS,
    Candidate,
    Definition,
    Reconstruction,
    Threshold,
    between_words,
    compare_times,
    control_times,
    definition,
    definitions_table,
    estimate,
    estimates,
    pair_counts,
    reconstruct,
    responders,
    responders_table,
    waterfall,
)
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.small_registry import courses, small_registry

NOBODY = Cohort.parse("age=12", STANDARD)
ONE = Cohort.parse("vertebroplasty=yes", STANDARD)  # patient 4

#: VAS at baseline and after 1, 3 and 6 months, read off Table II by hand.
TABLE_2 = {
    1: (9, 5, 1, 0),
    2: (8, 2, 2, 1),
    3: (7, 1, 2, 0),
    4: (9, 1, 1, 0),
    5: (7, 3, 2, 0),
    6: (7, 4, 1, 0),
    7: (7, 2, 2, 0),
    8: (9, 6, 3, 1),
    9: (7, 4, 3, 1),
    10: (9, 5, 3, 1),
}

#: Months between which VAS fell to 2 or less for good, worked out by hand.
VAS_2 = {1: (1, 3), 2: (0, 1), 3: (0, 1), 4: (0, 1), 5: (1, 3), 6: (1, 3), 7: (0, 1), 8: (3, 6), 9: (3, 6), 10: (3, 6)}


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found(registry: Registry) -> Reconstruction:
    return reconstruct(registry)


@pytest.fixture(scope="module")
def candidates(found: Reconstruction) -> dict[str, Candidate]:
    return {candidate.definition.name: candidate for candidate in found.candidates}


# --- nobody, and one patient -------------------------------------------------------------------------------------


def joined_responders(registry: Registry, cohort: Cohort, month: int, percent: int) -> tuple[int, int]:
    """Patients whose VAS fell by at least ``percent`` from baseline, and patients with both values.

    Compared in integers, (baseline - x) * 100 >= percent * baseline: with floats the edges are misclassified.
    """
    who, values = cohort.case_sql()
    row = registry.rows(
        "SELECT count(*) FILTER ((b.vas - v.vas) * 100 >= ? * b.vas), count(*) FROM visits AS b JOIN visits AS v USING (case_id) "
        f"WHERE b.month = 0 AND v.month = ? AND b.vas > 0 AND v.vas IS NOT NULL "
        f"AND case_id IN (SELECT case_id FROM cases WHERE {who})",
        [percent, month, *values],
    )[0]
    return int(row[0]), int(row[1])


def test_nobody_has_no_responders_no_changes_and_no_time(registry: Registry) -> None:
    answers = responders(registry, NOBODY)
    assert len(answers) == len(THRESHOLDS) * 3
    assert {(entry.k, entry.n, entry.proportion.estimate, entry.patients) for entry in answers} == {(0, 0, None, 0)}
    nothing = waterfall(registry, 1, NOBODY)
    assert (nothing.changes, nothing.n, nothing.unpaired, nothing.sampled) == ((), 0, 0, False)
    found = estimate(registry, cohort=NOBODY)
    assert (found.n, found.censored, found.median, between_words(found.median)) == (0, 0, None, "–")
    assert found.turnbull.reason == "No patient has a time"
    assert estimates(registry, cohort=NOBODY, group=STANDARD.variable("smoking")) == {}
    assert control_times(registry, cohort=NOBODY) == []
    assert responders_table(registry, NOBODY).rows[0][1:5] == (1, 0, 0, None)


def test_one_patient(registry: Registry) -> None:
    month_1 = {entry.threshold.name: (entry.k, entry.n) for entry in responders(registry, ONE) if entry.month == 1}
    assert month_1 == {"fall-30": (1, 1), "fall-50": (1, 1), "fall-70": (1, 1), "points-2": (1, 1)}
    (change,) = waterfall(registry, 1, ONE).changes
    assert (change.case_id, change.baseline, change.value, change.points) == (4, 9, 1, -8)
    assert (change.percent, change.percent_words) == (Fraction(-800, 9), "−89 %")
    alone = estimate(registry, cohort=ONE)
    assert (alone.n, alone.censored, alone.exact, alone.median) == (1, 0, 0, None)
    test = compare_times(registry, STANDARD.variable("vertebroplasty"), "yes", "no")
    assert (test.p, test.reason) == (None, "No test: group A has 1 patient")


# --- responders --------------------------------------------------------------------------------------------------


def test_responders_of_the_ten_counted_by_hand(registry: Registry) -> None:
    answers = {(entry.threshold.name, entry.month): (entry.k, entry.n) for entry in responders(registry)}
    assert answers == {
        **{("fall-30", month): (10, 10) for month in (1, 3, 6)},
        ("fall-50", 1): (5, 10),  # patients 2, 3, 4, 5 and 7
        ("fall-50", 3): (10, 10),
        ("fall-50", 6): (10, 10),
        ("fall-70", 1): (4, 10),  # 2, 3, 4 and 7
        ("fall-70", 3): (7, 10),  # all but 8, 9 and 10
        ("fall-70", 6): (10, 10),
        **{("points-2", month): (10, 10) for month in (1, 3, 6)},
    }


def test_responders_come_with_an_exact_interval(registry: Registry) -> None:
    half = next(entry for entry in responders(registry) if (entry.threshold.name, entry.month) == ("fall-50", 1))
    assert half.proportion == clopper_pearson(Tally(5, 10))
    assert half.proportion.low == pytest.approx(0.1871, abs=1e-4)
    assert half.proportion.high == pytest.approx(0.8129, abs=1e-4)


def test_responders_agree_with_the_headline(registry: Registry) -> None:
    for query in ("", "smoking=yes", "bisphosphonate=no"):
        cohort = Cohort.parse(query, STANDARD)
        for entry in responders(registry, cohort):
            if entry.threshold.measure == "fall":
                assert (entry.k, entry.n) == joined_responders(registry, cohort, entry.month, entry.threshold.bound)


def test_responders_by_group(registry: Registry) -> None:
    answers = responders(registry, group=STANDARD.variable("breastfeeding"), thresholds=[Threshold("fall", 50)])
    month_1 = {entry.group: (entry.k, entry.n) for entry in answers if entry.month == 1}
    assert month_1 == {"continued": (0, 2), "stopped": (5, 8)}


@pytest.mark.parametrize(
    ("rule", "baseline", "value", "meets"),
    [
        (Threshold("fall", 30), 10, 7, True),  # exactly 30 %
        (Threshold("fall", 30), 10, 8, False),
        (Threshold("fall", 50), 8, 4, True),  # exactly 50 %
        (Threshold("fall", 50), 7, 4, False),
        (Threshold("fall", 70), 10, 3, True),  # exactly 70 %: 1 - 0.3 < 0.7 in floats
        (Threshold("fall", 70), 9, 3, False),  # 66.7 %
        (Threshold("points", 2), 3, 1, True),
        (Threshold("points", 2), 1, 0, False),
        (Threshold("fall", 30), 0, 0, False),  # nothing to fall from
        (Threshold("points", 2), 0, 0, False),
        (Threshold("vas", 2), 9, 2, True),
        (Threshold("vas", 2), 9, 3, False),
    ],
)
def test_edges_are_compared_in_whole_numbers(rule: Threshold, baseline: int, value: int, meets: bool) -> None:
    assert rule.holds(baseline, value) is meets
    assert Definition(rule).holds(baseline, value) is meets


def test_baseline_0_and_missing_visits_are_not_counted_and_said() -> None:
    registry = courses({0: 0, 1: 0}, {0: 10, 1: 7}, {0: 8, 1: None}, {1: 2}, {0: 6}, {})
    found = next(entry for entry in responders(registry) if (entry.threshold.name, entry.month) == ("fall-30", 1))
    assert (found.k, found.n, found.at_zero, found.unpaired, found.patients) == (1, 1, 1, 4, 6)
    assert pair_counts(registry)[1, None] == {
        (None, None): 1,
        (None, 2): 1,
        (0, 0): 1,
        (6, None): 1,
        (8, None): 1,
        (10, 7): 1,
    }
    fall = waterfall(registry, 1)
    assert [(change.case_id, change.percent_words) for change in fall.changes] == [(2, "−30 %"), (1, "–")]
    assert (fall.n, fall.unpaired) == (2, 4)
    notes = responders_table(registry).notes
    assert "A baseline of 0 leaves nothing to fall: up to 1 patient a month not counted." in notes


def test_the_waterfall_runs_from_the_greatest_fall(registry: Registry) -> None:
    found = waterfall(registry)
    assert [change.case_id for change in found.changes] == [4, 3, 2, 7, 5, 1, 10, 6, 9, 8]
    assert [change.percent_words for change in found.changes][-5:] == ["−44 %", "−44 %", "−43 %", "−43 %", "−33 %"]
    assert {change.case_id: (change.baseline, change.value) for change in found.changes} == {
        patient: (scores[0], scores[1]) for patient, scores in TABLE_2.items()
    }
    assert (found.month, found.n, found.unpaired, found.sampled) == (1, 10, 0, False)


def test_a_large_waterfall_is_a_sample_and_says_so(registry: Registry) -> None:
    found = waterfall(registry, 3, limit=4)
    assert (len(found.changes), found.n, found.sampled) == (4, 10, True)


def test_the_choice_of_visits_does_not_change_who_responded(registry: Registry) -> None:
    chosen = Cohort.parse("month=0,1", STANDARD)
    assert responders(registry, chosen) == responders(registry)
    assert estimate(registry, cohort=chosen) == estimate(registry)
    assert any("the choice of visits does not apply" in note for note in responders_table(registry, chosen).notes)


scores = st.one_of(st.none(), st.integers(0, 10))
series = st.lists(st.dictionaries(st.sampled_from([0, 1, 3, 6, 12]), scores), max_size=7)


@settings(max_examples=40, deadline=None)
@given(series)
def test_responders_agree_with_a_plain_loop(patients: list[dict[int, int | None]]) -> None:
    registry = courses(*patients)
    for entry in responders(registry):
        pairs = [(patient.get(0), patient.get(entry.month)) for patient in patients]
        both = [(start, later) for start, later in pairs if start is not None and later is not None]
        k = sum(_meets(entry.threshold, start, later) for start, later in both)
        assert (entry.k, entry.n) == (k, sum(start > 0 for start, _ in both))
        assert entry.patients == len(patients)
    registry.close()


def _meets(rule: Threshold, start: int, later: int) -> bool:
    if rule.measure == "vas":
        return later <= rule.bound
    if start == 0:
        return False
    return (
        start - later >= rule.bound
        if rule.measure == "points"
        else Fraction(start - later, start) >= Fraction(rule.bound, 100)
    )


# --- times to pain control ---------------------------------------------------------------------------------------


def test_times_to_a_vas_of_2_or_less_worked_out_by_hand(registry: Registry) -> None:
    times = control_times(registry, DEFAULT)
    assert {time.case_id: time.seen for time in times} == VAS_2
    assert {time.case_id: time.between for time in times} == {**VAS_2, 8: (3.5, 3.5), 10: (4, 4)}
    assert not any(time.contradicted for time in times)
    seen_only = control_times(registry, DEFAULT, printed_times=False)
    assert {time.case_id: time.between for time in seen_only} == VAS_2


def test_first_time_and_for_good_differ_in_patient_3(registry: Registry) -> None:
    """Her VAS runs 7, 1, 2, 0."""
    kept, first = (
        {time.case_id: time.seen for time in control_times(registry, definition(name))}
        for name in ("vas-1", "vas-1-first")
    )
    assert (kept[3], first[3]) == ((3, 6), (0, 1))
    assert {case_id: seen for case_id, seen in kept.items() if seen != first[case_id]} == {3: (3, 6)}


def test_who_was_never_controlled_is_cut_off_at_her_last_visit(registry: Registry) -> None:
    found = estimate(registry, definition("vas-0"), printed_times=False)
    assert (found.n, found.censored, found.events) == (10, 4, 6)  # 2, 8, 9 and 10 end at a VAS of 1
    assert found.median == (3, 6)


def test_a_missing_visit_widens_the_interval() -> None:
    registry = courses({0: 9, 1: 5, 3: None, 6: 1}, {0: 9, 6: 1}, {0: 9, 1: 1, 6: 1}, {0: 9, 1: 5, 3: 4})
    assert [time.seen for time in control_times(registry)] == [(1, 6), (0, 6), (0, 1), (3, None)]


def test_who_is_not_at_risk_is_left_out_and_counted() -> None:
    registry = courses({1: 1}, {0: 2, 1: 5, 3: 1}, {0: 8}, {0: 8, 1: None}, {0: 0, 1: 0}, {0: 8, 1: 1})
    left_out = [time.left_out for time in control_times(registry)]
    assert left_out == ["no_baseline", "at_baseline", "no_later", "no_later", "at_baseline", None]
    found = estimate(registry)
    assert (found.n, found.left_out) == (1, {"no_baseline": 1, "at_baseline": 2, "no_later": 2})


def test_a_printed_time_counts_unless_the_visits_rule_it_out() -> None:
    course = {0: 9, 1: 5, 3: 1}
    registry = courses(
        course,
        course,
        course,
        course,
        {0: 9, 1: 5},
        {0: 9},
        {0: 1, 1: 1},
        pain_control_months=[1, 1.5, 3, 3.5, 8, 2, 2],
    )
    times = control_times(registry)
    assert [time.between for time in times] == [(1, 3), (1.5, 1.5), (3, 3), (1, 3), (8, 8), (2, 2), None]
    assert [time.contradicted for time in times] == [True, False, False, True, False, False, True]
    assert [time.contradiction for time in times if time.contradicted] == [
        "Patient 1: 1 month is stated, but the recorded VAS does not yet meet this definition at month 1.",
        "Patient 4: 3.5 months is stated, but the recorded VAS already meets this definition at month 3.",
        "Patient 7: 2 months is stated, but the recorded VAS already meets this definition at baseline.",
    ]
    found = estimate(registry)
    assert (found.n, found.exact, found.contradicted, found.left_out) == (6, 4, 3, {"at_baseline": 1})


def test_the_estimate_of_the_ten(registry: Registry) -> None:
    found = estimate(registry)
    assert (found.n, found.censored, found.exact, found.contradicted, found.left_out) == (10, 0, 2, 0, {})
    masses = [(mass.after, mass.by, round(mass.mass, 6)) for mass in found.turnbull.masses]
    assert masses == [(0, 1, 0.4), (1, 3, 0.3), (3.5, 3.5, 0.15), (4, 4, 0.15)]  # patient 9 joins 8 and 10
    assert (found.median, between_words(found.median), found.half_words) == ((1, 3), "month 1 to 3", "")
    seen_only = estimate(registry, printed_times=False)
    assert [(mass.after, mass.by, round(mass.mass, 6)) for mass in seen_only.turnbull.masses] == [
        (0, 1, 0.4),
        (1, 3, 0.3),
        (3, 6, 0.3),
    ]


def test_the_estimate_by_group(registry: Registry) -> None:
    found = estimates(registry, group=STANDARD.variable("breastfeeding"))
    assert {code: (entry.n, entry.median) for code, entry in found.items()} == {
        "continued": (2, None),  # two times have no median
        "stopped": (8, (0, 3)),  # four of eight by month 1, the fifth by month 3
    }
    assert found["stopped"].half_words == ", exactly half by month 1"
    test = compare_times(registry, STANDARD.variable("breastfeeding"), "continued", "stopped")
    assert (test.n_a, test.n_b, test.exact) == (2, 8, True)
    assert test.p == pytest.approx(2 / 45)
    assert test.p_min == pytest.approx(1 / 45)


def test_words_of_a_time() -> None:
    assert [between_words(between) for between in ((0, 1), (3.5, 3.5), (6, None), None)] == [
        "month 0 to 1",
        "3.5 months",
        "after month 6",
        "–",
    ]


@settings(max_examples=40, deadline=None)
@given(series, st.sampled_from(DEFINITIONS))
def test_times_agree_with_a_plain_loop(patients: list[dict[int, int | None]], chosen: Definition) -> None:
    registry = courses(*patients)
    expected = [_plain_time(patient, chosen) for patient in patients]
    assert [time.left_out or time.seen for time in control_times(registry, chosen)] == expected
    found = estimate(registry, chosen)
    assert found.turnbull == turnbull([entry for entry in expected if isinstance(entry, tuple)], decimals=1)
    assert found.left_out == Counter(entry for entry in expected if isinstance(entry, str))
    registry.close()


def test_the_engine_and_the_rule_agree_on_every_pair_of_scores() -> None:
    pairs = [(start, later) for start in range(11) for later in range(11)]
    registry = courses(*({0: start, 1: later} for start, later in pairs))
    for chosen in DEFINITIONS:
        times = control_times(registry, chosen)
        assert [time.left_out or time.seen for time in times] == [
            _plain_time({0: start, 1: later}, chosen) for start, later in pairs
        ]
    registry.close()


def _plain_time(patient: dict[int, int | None], chosen: Definition) -> tuple[int, int | None] | str:
    recorded = {month: vas for month, vas in sorted(patient.items()) if vas is not None}
    if 0 not in recorded:
        return "no_baseline"
    start = recorded[0]
    if start == 0 or _meets(chosen.rule, start, start):
        return "at_baseline"
    if len(recorded) == 1:
        return "no_later"
    for before, month in pairwise(recorded):
        later = [vas for at, vas in recorded.items() if at >= month]
        if all(_meets(chosen.rule, start, vas) for vas in (later if chosen.sustained else later[:1])):
            return before, month
    return max(recorded), None


# --- what the paper may have meant -------------------------------------------------------------------------------


def test_the_default_is_what_the_reconstruction_chooses(found: Reconstruction) -> None:
    assert found.default == DEFAULT == definition("vas-2")
    assert found.label == "VAS 2 or less, kept to the last visit (reconstructed)"
    assert len(found.candidates) == len(DEFINITIONS) == 18


def test_figures_of_the_default_worked_out_by_hand(candidates: dict[str, Candidate]) -> None:
    """1, 5, 6: (1, 3]; 2, 3, 4, 7: (0, 1]; 9: (3, 6]; 8 and 10: 3.5 and 4 as printed."""
    best = candidates["vas-2"]
    assert best.low == Fraction(3 * 1 + 3) / 10 + Fraction(75, 100) == Fraction(135, 100)
    assert best.high == best.by_visit == Fraction(3 * 3 + 4 * 1 + 6, 10) + Fraction(75, 100) == Fraction(265, 100)
    assert best.midpoint == Fraction(2)
    assert best.visits_only == Fraction(3 * 3 + 4 * 1 + 3 * 6, 10) == Fraction(31, 10)
    assert (
        best.high_if_latest
        == Fraction(3 * 3 + 4 * 1, 10) + Fraction(35 + 75, 100)
        == best.printed_mean
        == Fraction(24, 10)
    )
    assert (best.rivals, best.can_be_latest, best.are_latest) == ((9,), True, False)
    assert best.fits
    assert best.verdict == "fits"


def test_several_definitions_fit_and_it_is_said(found: Reconstruction) -> None:
    names = [candidate.definition.name for candidate in found.fitting]
    assert names == ["vas-2", "vas-2-first", "fall-70", "fall-70-first", "vas-1-first"]
    reason = " ".join(found.reason)
    assert "these data cannot tell them apart" in reason
    assert "“VAS 1 or less, for the first time” fits only if patients 2, 5, 7 and 9" in reason
    assert "neither convention alone prints 2.4" in reason
    assert "above 1.35 and is at most 2.65 months" in reason


def test_why_the_others_do_not_fit(candidates: dict[str, Candidate]) -> None:
    assert candidates["vas-1"].low == Fraction(245, 100)  # open below, so the mean would print as 2.5 or more
    assert candidates["vas-1"].verdict == "the mean cannot be 2.4"
    for name in ("vas-3", "fall-50", "fall-30", "points-2", "vas-4"):
        assert candidates[name].contradictions
        assert candidates[name].are_latest
        assert not candidates[name].mean_fits
    assert candidates["vas-3"].high == Fraction(215, 100)
    assert candidates["vas-3"].visits_only == 2
    assert (candidates["vas-0"].high, candidates["vas-0"].can_be_latest) == (None, False)


def test_contradicted_printed_times_are_named(candidates: dict[str, Candidate]) -> None:
    assert candidates["vas-3"].contradictions == (
        "Patient 8: 3.5 months is printed, but the recorded VAS already meets this definition at month 3.",
        "Patient 10: 4 months is printed, but the recorded VAS already meets this definition at month 3.",
    )


def test_bounds_agree_with_a_plain_loop_over_table_2(candidates: dict[str, Candidate]) -> None:
    printed = {8: Fraction(35, 10), 10: Fraction(4)}
    for candidate in candidates.values():
        times = {
            patient: _plain_time(dict(zip((0, 1, 3, 6), scores, strict=True)), candidate.definition)
            for patient, scores in TABLE_2.items()
        }
        spans = [time for time in times.values() if not isinstance(time, str)]
        assert len(spans) == 10
        lows = [printed.get(patient, Fraction(after)) for patient, (after, _) in enumerate(spans, 1)]
        highs = [printed.get(patient, by) for patient, (_, by) in enumerate(spans, 1)]
        known = [Fraction(end) for end in highs if end is not None]
        assert candidate.low == sum(lows, Fraction(0)) / 10
        assert candidate.high == (sum(known, Fraction(0)) / 10 if len(known) == 10 else None)


def test_a_registry_without_the_published_patients_takes_the_default_over() -> None:
    found = reconstruct(courses({0: 9, 1: 1}, pain_control_months=[0.5]))
    assert (found.candidates, found.default) == ((), DEFAULT)
    assert found.reason[0].endswith("”, one of several definitions.")
    assert reconstruct(small_registry()).default == DEFAULT


def test_definitions_have_names_of_their_own() -> None:
    assert len({entry.name for entry in DEFINITIONS}) == len({entry.label for entry in DEFINITIONS}) == 18
    assert all(definition(entry.name) == entry for entry in DEFINITIONS)
    with pytest.raises(QueryProblem, match="is not a definition of pain control; expected vas-0, "):
        definition("vas-11")
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.sustained = False  # type: ignore[misc]


# --- tables ------------------------------------------------------------------------------------------------------


def test_the_table_of_responders(registry: Registry) -> None:
    table = responders_table(registry, group=STANDARD.variable("breastfeeding"))
    assert len(table.rows) == 4 * 3 * 2
    assert set(table.values("by")) == {"breastfeeding"}
    row = next(
        row
        for row in table.records
        if (row["threshold"], row["month"], row["group"]) == ("Fall of 50 % or more", 1, "stopped")
    )
    assert (row["k"], row["n"], row["at_zero"], row["unpaired"]) == (5, 8, 0, 0)
    assert table.subtitle.startswith("All patients: 10 of 10 patients")


def test_the_table_of_definitions(registry: Registry, found: Reconstruction) -> None:
    table = definitions_table(registry)
    assert table == definitions_table(registry, found)
    assert [row["verdict"] for row in table.records].count("fits") == 5
    first = table.records[0]
    assert (first["name"], first["low"], first["high"], first["latest"], first["rivals"]) == (
        "vas-2",
        1.35,
        2.65,
        "possible",
        "9",
    )
    assert set(found.reason) < set(table.notes)
