"""What a referee asks of a comparison: change from baseline, traits apart, one primary outcome, and honest levels."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import (
    Comparison,
    Difference,
    compare,
    comparison_table,
    estimate_words,
    interval_level,
    name_of,
    position,
    primary_words,
)
from plro_core.compare.family import multiplicity_sentence
from plro_core.compare.model import ROLES
from plro_core.confounding import confounded_cohorts
from plro_core.counts import changed, changes, changes_from_baseline, pairs_from_baseline
from plro_core.problems import RegistryProblem
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD, Vocabulary
from plro_core.vocabulary.declared import parse
from tests.small_registry import courses

CONTINUED = Cohort.parse("breastfeeding=continued", STANDARD)
SMOKERS = Cohort.parse("smoking=yes", STANDARD)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


def by_key(found: Comparison) -> dict[str, Difference]:
    return {difference.key: difference for difference in found.differences}


# Change from baseline


def test_groups_that_start_at_nine_and_seven_are_compared_by_how_far_they_fell(registry: Registry) -> None:
    """At month 1 A stands 3 points above B; of that, 2 were there before. A falls by 3 and 4, B by 3 to 8."""
    found = by_key(compare(registry, CONTINUED))
    assert (found["vas.0"].estimate, found["vas.1"].estimate, found["vas.1.change"].estimate) == (2.0, 3.0, 1.0)
    assert found["vas.1.change"].a.values == {-4.0: 1, -3.0: 1}
    assert found["vas.1.change"].b.values == {-8.0: 1, -6.0: 2, -5.0: 1, -4.0: 2, -3.0: 2}
    assert name_of(found["vas.1.change"]) == "Pain (VAS), change from baseline to month 1"
    keys = list(found)
    for key in keys:
        if key.endswith(".change"):
            assert keys[keys.index(key) - 1] == key.removesuffix(".change")


def test_a_change_needs_both_visits_and_says_who_lacks_one() -> None:
    made = courses({0: 9, 1: 3}, {0: 8}, {1: 4}, {0: 7, 1: 2}, smoking=[True, True, True, False])
    change = by_key(compare(made, SMOKERS))["vas.1.change"]
    assert (change.a.values, change.a.missing, change.b.values, change.b.missing) == ({-6.0: 1}, 2, {-5.0: 1}, 0)


course = st.fixed_dictionaries({}, optional={month: st.one_of(st.none(), st.integers(0, 10)) for month in (0, 1, 3, 6)})


@settings(max_examples=40, deadline=None)
@given(st.lists(course, min_size=1, max_size=6))
def test_pairs_from_baseline_are_those_of_the_patients(given_courses: list[dict[int, int | None]]) -> None:
    made = courses(*given_courses)
    found = pairs_from_baseline(made, [STANDARD.variable("vas")])
    for month in (1, 3, 6):
        expected = sorted(
            (one[0], one[month]) for one in given_courses if one.get(0) is not None and one.get(month) is not None
        )
        counted = found.get(("vas", month, None), {})
        assert sorted(pair for pair, count in counted.items() for _ in range(count)) == expected
    made.close()


@pytest.mark.parametrize("widest", [1_000_000, 0], ids=["subtracted", "pair by pair"])
def test_changes_from_baseline_are_those_of_the_pairs(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, widest: int
) -> None:
    monkeypatch.setattr(changed, "_WIDEST", widest)
    asked, group = list(STANDARD.labs), STANDARD.variable("smoking")
    expected = {key: changes(pairs) for key, pairs in pairs_from_baseline(registry, asked, EVERYONE, group).items()}
    assert changes_from_baseline(registry, asked, EVERYONE, group) == expected
    assert any(change % 1 for frequency in expected.values() for change in frequency.values)


def test_a_change_is_exact() -> None:
    assert changes({(8.9, 9.2): 2, (9.2, 8.9): 1}, missing=4).values == {-0.3: 1, 0.3: 2}


# Traits, treatment, outcomes


def test_what_patients_bring_comes_before_what_was_done_and_what_came_of_it(registry: Registry) -> None:
    found = compare(registry, CONTINUED).differences
    assert [ROLES.index(difference.role) for difference in found] == sorted(
        ROLES.index(difference.role) for difference in found
    )
    roles = {difference.key: difference.role for difference in found}
    assert {roles[key] for key in ("age", "smoking.yes", "t_l1_l4", "vas.0", "calcium.0", "symptom.back")} == {"trait"}
    assert {roles[key] for key in ("bisphosphonate.yes", "vertebroplasty.yes")} == {"treatment"}
    assert {roles[key] for key in ("vas.1", "vas.6.change", "calcium.3", "pain_control_months")} == {"outcome"}
    outcomes = [difference.key for difference in found if difference.role == "outcome"]
    assert outcomes[:2] == ["vas.1", "vas.1.change"]


# One primary outcome and its family


def test_the_usual_primary_outcome_is_said_to_be_the_usual_one(registry: Registry) -> None:
    found = compare(registry, CONTINUED)
    assert found.family.primary == "vas.1.change"
    assert found.family.keys == ("vas.1.change", "vas.3.change", "vas.6.change")
    assert primary_words(found) == (
        "Primary outcome: Pain (VAS), change from baseline to month 1, the usual choice, because the registry declares none."
    )
    adjusted = {difference.key: difference.p_holm for difference in found.differences if difference.p_holm is not None}
    # p of 0.244, 0.467 and 0.556: the smallest three times, and none below the one before
    assert adjusted == {
        key: pytest.approx(p)
        for key, p in zip(
            ("vas.6.change", "vas.1.change", "vas.3.change"), (3 * 11 / 45, 2 * 21 / 45, 2 * 21 / 45), strict=True
        )
    }


def test_the_other_tests_are_called_exploratory_and_are_not_adjusted(registry: Registry) -> None:
    found = compare(registry, CONTINUED)
    tested = sum(difference.p is not None for difference in found.differences)
    said = multiplicity_sentence(found)
    assert said.startswith(
        "Holm's adjustment is over one family, VAS, change from baseline to month 1, month 3 and month 6 (3 tests). "
    )
    assert f"The other {tested - 3} p-values are exploratory and not adjusted" in said
    alone = multiplicity_sentence(compare(registry, Cohort.parse("age=24", STANDARD)))
    assert alone == "No p-value is adjusted, because none of the primary outcome's family was tested."


def own(text: str) -> Vocabulary:
    return Vocabulary(parse(text))


def test_a_registry_declares_its_primary_outcome() -> None:
    assert own("").primary_outcome == (STANDARD.variable("vas"), 1)
    assert own("months = [0, 2, 12]").primary_outcome == (own("months = [0, 2, 12]").variable("vas"), 2)
    assert own("months = [0]").primary_outcome is None
    calcium = own('primary_outcome = "calcium.6"')
    assert calcium.primary_outcome == (STANDARD.variable("calcium"), 6)
    refractured = own(
        'primary_outcome = "refracture"\n[[variable]]\nname = "refracture"\nlabel = "Fracture within two years"\n'
        'table = "cases"\nkind = "boolean"\noutcome = true\n'
    )
    assert refractured.primary_outcome == (refractured.variable("refracture"), None)
    assert refractured.variable("refracture").outcome


def test_the_declared_outcome_leads_the_family() -> None:
    made = courses(*[{0: 9 - at % 3, 1: 5, 3: at % 4} for at in range(8)], smoking=[at < 4 for at in range(8)])
    made.vocabulary = own('primary_outcome = "vas.3"')
    found = compare(made, SMOKERS)
    assert found.family.primary == "vas.3.change"
    assert (
        primary_words(found)
        == "Primary outcome: Pain (VAS), change from baseline to month 3, as the registry declares."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('primary_outcome = "vas"', "one of the months 1, 3, 6"),
        ('primary_outcome = "vas.0"', "one of the months 1, 3, 6"),
        ('primary_outcome = "vas.12"', "one of the months 1, 3, 6"),
        ('primary_outcome = "age"', "outcome = true"),
        ('primary_outcome = "nowhere.1"', "outcome = true"),
        ("primary_outcome = 3", 'such as "vas.1"'),
    ],
)
def test_a_primary_outcome_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(RegistryProblem, match="primary_outcome") as told:
        parse(text)
    assert words in str(told.value)


def test_without_the_primary_outcome_nothing_comes_first(registry: Registry) -> None:
    found = compare(registry, Cohort.parse("vas.0=9-10", STANDARD))
    assert (found.primary, found.family.keys) == (None, ())
    assert primary_words(found).startswith("The primary outcome cannot be compared here")


# What is told of n, medians, p and levels, whatever the size


def crowd(n: int) -> Registry:
    """Patients by turns with and without smoking, whose pain falls."""
    return courses(
        *[{0: 10 - at % 4, 1: at % 6, 3: at % 3, 6: at % 2} for at in range(n)],
        smoking=[at % 2 == 0 for at in range(n)],
        twin_pregnancy=[at % 5 == 0 for at in range(n)],
        age=[25 + at % 9 for at in range(n)],
    )


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 60, 61, 1000])
def test_no_median_of_two_no_p_unasked_and_no_nominal_level_called_exact(n: int) -> None:
    made = crowd(n)
    found = compare(made, SMOKERS, Cohort.parse("smoking=no", STANDARD))
    assert bool(found.problem) == (n < 2)
    for difference in found.differences:
        plain, tested = difference.as_dict(), difference.as_dict(tests=True)
        assert not {"p", "p_min", "p_holm", "test"} & set(plain)
        assert {"p", "p_min", "p_holm", "test"} < set(tested)
        for side, frequency in (("a", difference.a), ("b", difference.b)):
            few = frequency.n < SMALLEST_N_FOR_MEDIAN
            assert (plain[f"median_{side}"] is None) == (few or difference.value is not None)
            if difference.value is None:
                assert plain[f"values_{side}"] == (sorted(_each(frequency.values)) if few else None)
        if difference.interval:
            exact = difference.n_a + difference.n_b <= 60
            words = interval_level(difference)
            assert words.startswith("nominal") != exact
            assert ("nominal" in difference.method or "asymptotic" in difference.method) != exact
            assert words in estimate_words(difference)
        if difference.p is not None and difference.p_min is not None:
            assert difference.p >= difference.p_min * (1 - 1e-9)
    made.close()


def _each(values: object) -> list[float]:
    assert isinstance(values, dict)
    return [value for value, count in values.items() for _ in range(count)]


def test_one_interval_has_one_level_wherever_it_is_said() -> None:
    """With 1 and 8 patients the widest interval attains 7 of 9: 77.7 % in the table stood beside 77.8 % elsewhere."""
    made = courses(*[{0: 10 - at} for at in range(9)], smoking=[at == 4 for at in range(9)])
    pain = by_key(compare(made, SMOKERS))["vas.0"]
    assert pain.level == pytest.approx(7 / 9)
    assert "attains 77.7 %)" in estimate_words(pain)
    assert pain.reason is not None
    assert "attains 77.7 %" in pain.reason


def test_two_equal_values_are_listed_and_have_no_median(registry: Registry) -> None:
    found = by_key(compare(registry, CONTINUED))["vas.0"]
    assert position(found, found.a) == "9, 9"
    assert position(found, found.b) == "7 (n = 8)"


def test_tests_stand_in_the_table_only_when_asked_for(registry: Registry) -> None:
    found = compare(registry, CONTINUED)
    plain, tested = comparison_table(found), comparison_table(found, tests=True)
    for form, columns in product((plain.tidy, plain.layout), ("p", "p_min", "p_holm", "test")):
        assert columns not in {column.name for column in form.columns}
    rows = {str(row["comparison"]): row for row in tested.layout.records}
    primary = rows["Pain (VAS), change from baseline to month 1 (0-10)"]
    assert (primary["role"], primary["p"], primary["p_min"], primary["p_holm"]) == (
        "Primary outcome",
        "0.467",
        "0.044",
        "0.933",
    )
    assert (rows["Smoking"]["role"], rows["Smoking"]["p_holm"]) == ("Baseline trait", "–")
    notes = "\n".join(tested.layout.notes)
    assert "Tests, Fisher: Fisher's exact test" in notes
    assert "Tests, rank sum: exact rank-sum test" in notes
    assert "Holm" not in "\n".join(plain.layout.notes)
    assert [row["primary_outcome"] for row in plain.tidy.records].count(True) == 1


def test_a_group_of_one_patient_shares_everything_with_herself(registry: Registry) -> None:
    assert confounded_cohorts(registry, Cohort.parse("vertebroplasty=yes", STANDARD), None) == (
        "Only one patient is in A: nothing that differs can be told apart from her other characteristics.",
    )
