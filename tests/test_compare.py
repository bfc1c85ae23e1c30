"""Two cohorts compared: every number against brute force over rows, and the sentences for what cannot be computed."""

import json
import math
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from statistics import median
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import Cohort
from plro_core.compare import Comparison, Difference, compare, comparison_table
from plro_core.counts import Answer, CodeEngine, Question
from plro_core.exact import Tally
from plro_core.exact.difference import unconditional
from plro_core.export import export_table, recipe_for
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.small_registry import small_registry

CONTINUED = Cohort.parse("breastfeeding=continued", STANDARD)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


def by_key(found: Comparison) -> dict[str, Difference]:
    keyed = {difference.key: difference for difference in found.differences}
    assert len(keyed) == len(found.differences), "two comparisons have the same name"
    return keyed


# --- nobody, one patient, everybody ------------------------------------------------------------------------------


def test_nobody_to_compare_is_a_problem_in_words(registry: Registry) -> None:
    empty = compare(registry, Cohort.parse("age=12", STANDARD))
    assert (empty.n_a, empty.n_b, empty.overlap.both) == (0, 10, 0)
    assert {difference.estimate for difference in empty.differences} == {None}
    assert all(difference.reason for difference in empty.differences)
    assert empty.problem == "Nobody is in A, so there is nothing to compare."
    other = compare(registry, CONTINUED, Cohort.parse("age=12", STANDARD))
    assert (other.n_a, other.n_b, other.problem) == (2, 0, "Nobody is in B, so there is nothing to compare.")
    all_in_a = compare(registry, Cohort.parse("age=20-40", STANDARD))
    assert (all_in_a.n_a, all_in_a.n_b, all_in_a.problem) == (10, 0, "Nobody is in B, so there is nothing to compare.")
    assert (empty.a_sentence, empty.b_sentence) == ("patients with age 12 years", "everybody else")


def test_one_patient_gets_intervals_but_no_test_and_both_reasons(registry: Registry) -> None:
    found = compare(registry, Cohort.parse("vertebroplasty=yes", STANDARD))
    age = by_key(found)["age"]
    assert (age.n_a, age.n_b, age.p, age.p_holm) == (1, 9, None, None)
    assert age.p_min == pytest.approx(2 / 10)
    assert age.level == pytest.approx(0.8)
    assert age.reason == (
        "95 % not attainable with 1 and 9 patients: the widest interval attains 80 %. No test: group A has 1 patient"
    )
    assert by_key(found)["smoking.yes"].reason == "No test: group A has 1 patient"
    assert {difference.p for difference in found.differences} == {None}


def test_everybody_alone_has_no_other_side(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="A is everybody"):
        compare(registry, Cohort())
    with pytest.raises(QueryProblem, match="A is everybody"):
        compare(registry, Cohort.parse("month=0,1", STANDARD))


def test_patients_in_both_cohorts_are_a_problem(registry: Registry) -> None:
    two = compare(registry, Cohort.parse("smoking=yes", STANDARD), CONTINUED)
    assert (two.n_a, two.n_b, two.overlap.both, two.differences) == (4, 2, 2, ())
    assert two.problem is not None
    assert two.problem.startswith("2 patients are in both A and B.")
    one = compare(registry, Cohort.parse("smoking=yes", STANDARD), Cohort.parse("bisphosphonate=yes", STANDARD))
    assert one.problem is not None
    assert one.problem.startswith("1 patient is in both A and B.")
    assert compare(registry, CONTINUED, Cohort.parse("month=0", STANDARD)).overlap.both == 2


# --- the ten -----------------------------------------------------------------------------------------------------


def test_pain_at_month_1_by_breastfeeding_worked_out_by_hand(registry: Registry) -> None:
    """A: 6, 5. B: 5, 2, 1, 1, 3, 4, 2, 4. Of 45 splits, 3 lie as far from the mean of 11 as 18.5."""
    pain = by_key(compare(registry, CONTINUED))["vas.1"]
    assert (pain.n_a, pain.n_b, pain.estimate, pain.interval) == (2, 8, 3.0, (0.0, 5.0))
    assert pain.level == pytest.approx(43 / 45)
    assert pain.p == pytest.approx(3 / 45)
    assert pain.p_min == pytest.approx(1 / 45)
    assert pain.cliffs_delta == pytest.approx(15 / 16)
    assert pain.reason is None
    plain = pain.as_dict()
    assert (plain["median_a"], plain["median_b"], plain["k_a"]) == (None, 2.5, None)
    assert (plain["values_a"], plain["values_b"]) == ([5, 6], None)


def test_smoking_by_breastfeeding_worked_out_by_hand(registry: Registry) -> None:
    """2 of 2 against 2 of 8: p = C(4, 2) / C(10, 2) = 6/45, the smallest that these margins reach."""
    smoking = by_key(compare(registry, CONTINUED))["smoking.yes"]
    assert (smoking.n_a, smoking.n_b, smoking.estimate) == (2, 8, 0.75)
    assert smoking.p == pytest.approx(6 / 45)
    assert smoking.p_min == pytest.approx(6 / 45)
    plain = smoking.as_dict()
    assert (plain["k_a"], plain["k_b"], plain["median_a"], plain["level"]) == (2, 2, None, 0.95)
    assert plain["level_is"] == "at least"


def test_what_defines_a_cohort_is_not_compared(registry: Registry) -> None:
    found = by_key(compare(registry, CONTINUED, Cohort.parse("breastfeeding=stopped&smoking=no", STANDARD)))
    assert not {"breastfeeding", "smoking"} & {key.partition(".")[0] for key in found}
    by_pain = by_key(compare(registry, Cohort.parse("vas.1=0-3", STANDARD)))
    assert "vas.1" not in by_pain
    assert {"vas.0", "vas.3", "vas.6", "vas.3.change"} < set(by_pain)
    by_baseline = by_key(compare(registry, Cohort.parse("vas.0=9-10", STANDARD)))
    assert not [key for key in by_baseline if key.startswith("vas.") and key.endswith(".change")]
    assert "vas.1" in by_baseline


def test_a_variable_recorded_on_one_side_only_says_why_there_is_no_difference(registry: Registry) -> None:
    times = by_key(compare(registry, CONTINUED))["pain_control_months"]
    assert (times.n_a, times.n_b, times.estimate, times.interval, times.p) == (2, 0, None, None, None)
    assert times.reason == "No difference: group B has 0 patients"


def test_a_comparison_is_plain_json(registry: Registry) -> None:
    for difference in compare(registry, CONTINUED).differences:
        plain = json.loads(json.dumps(difference.as_dict(), allow_nan=False))
        assert plain["n_a"] + plain["missing_a"] in (0, 2)
        assert plain["n_b"] + plain["missing_b"] <= 8


def test_the_size_of_a_group_is_not_read_patient_by_patient(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grouped by the patient's number, a million patients would be a million counts."""
    asked: list[str] = []
    answer = CodeEngine.answer

    def listen(self: CodeEngine, question: Question) -> Answer:
        asked.extend(entry.name for entry in getattr(question, "variables", ()))
        return answer(self, question)

    monkeypatch.setattr(CodeEngine, "answer", listen)
    compare(registry, Cohort.parse("age=26-29", STANDARD))  # which nobody has compared before
    assert "vas" in asked
    assert "case_id" not in asked


# --- against brute force -----------------------------------------------------------------------------------------

maybe = st.one_of(st.none(), st.booleans())
patient = st.fixed_dictionaries(
    {
        "smoking": st.booleans(),
        "twin_pregnancy": maybe,
        "age": st.one_of(st.none(), st.integers(20, 26)),
        "t_l1_l4": st.one_of(st.none(), st.integers(-35, -30).map(lambda tenths: tenths / 10)),
        "case_definition": st.sampled_from([None, "vertebral_fracture", "other_fracture", "none_documented"]),
        "vas.0": st.one_of(st.none(), st.integers(7, 10)),
        "vas.3": st.one_of(st.none(), st.integers(0, 4)),
        "took_place": st.booleans(),
        "symptom": st.sets(st.sampled_from(["back", "hip"])),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(patient, min_size=1, max_size=8), st.booleans())
def test_every_difference_agrees_with_brute_force(patients: list[dict[str, Any]], named: bool) -> None:
    registry = _registry(patients)
    a, b = Cohort.parse("smoking=yes", STANDARD), Cohort.parse("smoking=no", STANDARD)
    found = compare(registry, a, b if named else None)
    smokers, others = ([row for row in patients if row["smoking"] is smokes] for smokes in (True, False))
    assert (found.n_a, found.n_b, found.overlap.both) == (len(smokers), len(others), 0)
    if not smokers or not others:
        assert found.problem
        return
    keyed = by_key(found)
    for name in ("age", "t_l1_l4", "vas.0", "vas.3"):
        _check_numbers(keyed.get(name), _values(smokers, name), _values(others, name))
    _check_change(keyed.get("vas.3.change"), keyed.get("vas.3"), smokers, others)
    levels = [level.code for level in STANDARD.variable("case_definition").levels]
    for key, name, code in [
        ("twin_pregnancy.yes", "twin_pregnancy", True),
        *((f"case_definition.{code}", "case_definition", code) for code in levels),
    ]:
        groups = [[value == code for value in _values(group, name)] for group in (smokers, others)]
        _check_level(keyed.get(key), *groups)
    for code in ("back", "hip"):
        groups = [[code in row["symptom"] for row in group if row["symptom"]] for group in (smokers, others)]
        _check_level(keyed.get(f"symptom.{code}"), *groups)
    _check_holm(found)
    registry.close()


def _registry(patients: list[dict[str, Any]]) -> Registry:
    rows = list(enumerate(patients, 1))
    return small_registry(
        cases=[{"case_id": number} | {name: row[name] for name in row if name != "took_place"} for number, row in rows],
        visits=[
            {"case_id": number, "month": month, "vas": row[f"vas.{month}"]}
            for number, row in rows
            for month in (0, 3)
            if month == 0 or row["took_place"]
        ],
        symptoms=[{"case_id": number, "symptom": code} for number, row in rows for code in row["symptom"]],
    )


def _values(group: list[dict[str, Any]], name: str) -> list[Any]:
    """The recorded values; of a visit that did not take place there is none."""
    held = [row for row in group if name != "vas.3" or row["took_place"]]
    return [row[name] for row in held if row[name] is not None]


def _check_numbers(difference: Difference | None, a: list[float], b: list[float]) -> None:
    if difference is None:
        assert not a
        assert not b
        return
    if difference.key == "vas.3":
        a, b = _expanded(difference.a.values), _expanded(difference.b.values)  # some visits did not take place
    assert (difference.n_a, difference.n_b) == (len(a), len(b))
    if not a or not b:
        assert difference.estimate is None
        assert difference.reason
        return
    pairs = [first - second for first in a for second in b]
    assert difference.estimate == pytest.approx(median(pairs))
    signs = sum((gap > 1e-9) - (gap < -1e-9) for gap in pairs)
    assert difference.cliffs_delta == pytest.approx(signs / len(pairs))
    _check_interval(difference, sorted(pairs))
    all_p = _all_rank_sums(a, b)
    assert difference.p_min == pytest.approx(min(all_p.values()))
    assert (difference.p is None) == (len(a) < 2 or len(b) < 2)
    if difference.p is not None:
        assert difference.p == pytest.approx(all_p[frozenset(range(len(a)))])


def _check_interval(difference: Difference, pairs: list[float]) -> None:
    """The k-th smallest and k-th largest difference, for the largest k whose level without ties reaches 95 %."""
    n, n_a = difference.n_a + difference.n_b, difference.n_a
    counts = [sum(split) - n_a * (n_a + 1) // 2 for split in combinations(range(1, n + 1), n_a)]
    levels = {k: 1 - 2 * sum(u < k for u in counts) / len(counts) for k in range(1, len(pairs) // 2 + 1)}
    k = max((k for k, level in levels.items() if level >= 0.95 - 1e-12), default=1)
    if levels.get(k, 0) <= 0:
        assert (difference.interval, difference.level) == (None, None)
        return
    assert difference.interval == pytest.approx((pairs[k - 1], pairs[-k]))
    assert difference.level == pytest.approx(levels[k])


def _expanded(values: Any) -> list[float]:
    return [value for value, count in values.items() for _ in range(count)]


def _all_rank_sums(a: list[float], b: list[float]) -> dict[frozenset[int], float]:
    """The p of every split, by walking all splits."""
    pooled = [*a, *b]
    ranks = [
        sum(other < value for other in pooled) + (sum(other == value for other in pooled) + 1) / 2 for value in pooled
    ]
    splits = {frozenset(split): sum(ranks[i] for i in split) for split in combinations(range(len(pooled)), len(a))}
    mean = len(a) * (len(pooled) + 1) / 2
    return {
        split: sum(abs(other - mean) >= abs(total - mean) - 1e-9 for other in splits.values()) / len(splits)
        for split, total in splits.items()
    }


def _check_level(difference: Difference | None, a: list[bool], b: list[bool]) -> None:
    if difference is None:
        assert not any(a)
        assert not any(b)
        return
    assert (difference.n_a, difference.n_b) == (len(a), len(b))
    plain = difference.as_dict()
    assert (plain["k_a"], plain["k_b"]) == (sum(a), sum(b))
    if not a or not b:
        assert (difference.estimate, difference.interval, difference.p) == (None, None, None)
        assert difference.reason
        return
    assert difference.estimate == pytest.approx(sum(a) / len(a) - sum(b) / len(b))
    assert difference.interval == unconditional(Tally(sum(a), len(a)), Tally(sum(b), len(b)))
    chances = _fisher_tables(sum(a) + sum(b), len(a), len(b))
    observed = chances[sum(a)]
    assert difference.p_min == pytest.approx(sum(p for p in chances.values() if p <= min(chances.values()) + 1e-12))
    if len(a) > 1 and len(b) > 1:
        assert difference.p == pytest.approx(sum(p for p in chances.values() if p <= observed + 1e-12))
    else:
        assert difference.p is None


def _fisher_tables(events: int, n_a: int, n_b: int) -> dict[int, float]:
    possible = range(max(0, events - n_b), min(events, n_a) + 1)
    return {k: math.comb(n_a, k) * math.comb(n_b, events - k) / math.comb(n_a + n_b, events) for k in possible}


def _check_change(
    difference: Difference | None,
    raw: Difference | None,
    smokers: list[dict[str, Any]],
    others: list[dict[str, Any]],
) -> None:
    """Paired in each patient, and told beside the raw value: who lacks one of the two is missing."""
    assert (difference is None) == (raw is None)
    if difference is None:
        return
    sides = (smokers, others)
    changes = [
        [row["vas.3"] - row["vas.0"] for row in side if row["took_place"] and None not in (row["vas.0"], row["vas.3"])]
        for side in sides
    ]
    assert [_expanded(found.values) for found in (difference.a, difference.b)] == [sorted(found) for found in changes]
    assert (difference.a.missing, difference.b.missing) == tuple(
        len(side) - len(found) for side, found in zip(sides, changes, strict=True)
    )
    _check_numbers(difference, *changes)


def _check_holm(found: Comparison) -> None:
    """Adjusted within the family of the primary outcome alone."""
    family = [difference for difference in found.differences if difference.key in found.family.keys]
    assert all(difference.change and difference.variable.name == "vas" for difference in family)
    tested = sorted((difference.p, difference.p_holm) for difference in family if difference.p is not None)
    raised = [min(1.0, (len(tested) - place) * (p or 0.0)) for place, (p, _) in enumerate(tested)]
    for place, (_, adjusted) in enumerate(tested):
        assert adjusted == pytest.approx(max(raised[: place + 1]))
    outside = [difference for difference in found.differences if difference not in family or difference.p is None]
    assert all(difference.p_holm is None for difference in outside)


def test_patients_in_both_can_be_left_out_of_one(registry: Registry) -> None:
    smokers, young = Cohort.parse("smoking=yes", STANDARD), Cohort.parse("age=25-31", STANDARD)
    without_b = compare(registry, smokers, young, leave_out_of="a")
    assert (without_b.n_a, without_b.n_b, without_b.overlap.both) == (2, 7, 2)
    assert without_b.a_sentence == "patients with smoking without those of B"
    without_a = compare(registry, smokers, young, leave_out_of="b")
    assert (without_a.n_a, without_a.n_b, without_a.problem) == (4, 5, None)


def test_a_cohort_can_narrow_both(registry: Registry) -> None:
    found = compare(registry, CONTINUED, within=Cohort.parse("smoking=yes", STANDARD))
    assert (found.n_a, found.n_b) == (2, 2)


def test_of_two_levels_only_one_is_compared(registry: Registry) -> None:
    keys = {difference.key for difference in compare(registry, Cohort.parse("smoking=yes", STANDARD)).differences}
    assert "breastfeeding.continued" in keys
    assert "breastfeeding.stopped" not in keys


# The table, for programs and for readers


@pytest.mark.parametrize("tests", [False, True])
def test_the_tidy_form_holds_the_numbers_of_every_difference(registry: Registry, tests: bool) -> None:
    found = compare(
        registry, Cohort.parse("smoking=yes", STANDARD), Cohort.parse("age=25-31", STANDARD), leave_out_of="b"
    )
    table = comparison_table(found, tests).tidy
    kinds = {column.name: column.kind for column in table.columns}
    numbers = {"estimate", "low", "high", "level", "cliffs_delta", "median_a", "median_b"}
    numbers |= {"p", "p_min", "p_holm"} if tests else set()
    assert {name for name, kind in kinds.items() if kind == "number"} == numbers
    counted = {f"{name}_{side}" for name in ("n", "missing", "k") for side in "ab"}
    assert {name for name, kind in kinds.items() if kind == "integer"} == {"month", *counted}
    assert {name for name, kind in kinds.items() if kind == "boolean"} == {"primary_outcome", "change_from_baseline"}
    for row, difference in zip(table.records, found.differences, strict=True):
        told = difference.as_dict(tests)
        for name in {
            "role",
            "month",
            "value",
            "change_from_baseline",
            "method",
            "estimate",
            "level",
            *counted,
            *(numbers & {"p", "p_min", "p_holm"}),
        }:
            assert row[name] == told[name]
        assert (row["low"], row["high"]) == (difference.interval or (None, None))
        assert row["variable"] == difference.variable.name
        assert row["cohort_a"] == "patients with smoking"
        assert str(row["cohort_b"]).endswith(" without those of A")
        assert row["median_a"] == told["median_a"]
        assert difference.n_a >= 3 or row["median_a"] is None
    assert any(row["low"] is not None for row in table.records)


def test_a_comparison_leaves_as_numbers_in_every_format_for_programs(registry: Registry) -> None:
    found = comparison_table(compare(registry, Cohort.parse("breastfeeding=continued", STANDARD)))
    recipe = recipe_for(registry, "A against B")
    place = next(
        index
        for index, row in enumerate(found.tidy.records)
        if (row["variable"], row["month"], row["change_from_baseline"]) == ("vas", 1, False)
    )
    csv = pd.read_csv(BytesIO(export_table(found, "csv", recipe)))
    parquet = pd.read_parquet(BytesIO(export_table(found, "parquet", recipe)))
    sheets = pd.read_excel(BytesIO(export_table(found, "xlsx", recipe)), sheet_name=["Table", "Data"])
    json_rows = pd.DataFrame(json.loads(export_table(found, "json")))
    for frame in (csv, parquet, json_rows):
        for name in ("estimate", "low", "high", "level", "n_a", "n_b", "k_a", "median_b"):
            assert pd.api.types.is_numeric_dtype(frame[name]), name
        assert (frame["estimate"][place], frame["n_a"][place], frame["n_b"][place]) == (3.0, 2, 8)
        assert pd.isna(frame["median_a"][place])
    heads = {column.heading: column for column in found.tidy.columns}
    for head in ("A − B", "Interval from", "Level of the interval"):
        assert pd.api.types.is_numeric_dtype(sheets["Data"][head]), head
    assert set(sheets["Data"].columns) == set(heads)
    assert sheets["Table"]["A − B (interval; its level)"].str.contains("%").any()
