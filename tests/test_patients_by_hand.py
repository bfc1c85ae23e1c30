"""Patients chosen by hand: as a criterion like all others, and as a choice that findings do not hide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plro_core import headlines, lookups
from plro_core import library as plro
from plro_core.cohort import MOST_VALUES, Cohort, Criterion
from plro_core.compare import compare, primary_words
from plro_core.counts import size
from plro_core.figures import FIGURES, pain_trajectories
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD

pytest_plugins = ["tests.core_fixtures"]

DRAWN = sorted(name for name, entry in FIGURES.items() if "cohort" in entry.options and name != "patient_timeline")


def cohort(query: str) -> Cohort:
    return Cohort.parse(query, STANDARD)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("patients=1,4,7", "patients chosen by hand (1, 4 and 7)"),
        ("patients=8", "patients chosen by hand (8)"),
        ("patients=!8", "all patients without patient 8"),
        ("patients=!8,3", "all patients without patients 3 and 8"),
        ("smoking=yes&patients=!8", "patients with smoking, without patient 8"),
        ("patients=1,4&smoking=yes", "patients with smoking, chosen by hand (1 and 4)"),
        ("patients=!8&month=0", "all patients without patient 8; only visits at baseline"),
        (f"patients={','.join(map(str, range(1, 31)))}", "patients chosen by hand (a list of 30)"),
        (f"patients=!{','.join(map(str, range(1, 31)))}", "all patients without 30 left out by hand"),
    ],
)
def test_a_list_is_said_in_english(query: str, sentence: str) -> None:
    assert cohort(query).sentence == sentence


@given(st.sets(st.integers(1, 999_999_999), min_size=1, max_size=30), st.booleans(), st.integers(1, 40))
def test_the_faces_of_a_list_say_the_same(numbers: set[int], negated: bool, case_id: int) -> None:
    criterion = Criterion.naming(numbers, STANDARD, negated)
    asked = Cohort((criterion,))
    assert cohort(asked.query) == Cohort.from_json(asked.json, STANDARD) == asked
    assert criterion.numbers == tuple(sorted(numbers))
    assert criterion.holds([case_id]) == ((case_id in numbers) != negated)


@given(st.sets(st.integers(1, 12), min_size=1), st.booleans())
def test_sql_finds_whom_the_list_means(registry: Registry, numbers: set[int], negated: bool) -> None:
    asked = Cohort((Criterion.naming(numbers, STANDARD, negated),))
    expected = [case_id for case_id in range(1, 11) if (case_id in numbers) != negated]
    assert lookups.numbers(registry, asked, 100) == expected
    assert size(registry, asked).visits == 4 * len(expected)


def test_a_list_longer_than_a_cohort_may_be_is_refused() -> None:
    with pytest.raises(
        QueryProblem, match=rf"“patients” has {MOST_VALUES + 1} values; expected at most {MOST_VALUES}."
    ):
        Criterion.naming(range(1, MOST_VALUES + 2), STANDARD)


def test_a_patient_whom_the_registry_does_not_have_is_named(registry: Registry) -> None:
    for query, said in (
        ("patients=1,99", "Patient 99, whom the filter names, is not in this registry."),
        ("patients=!99,98", "Patients 98 and 99, whom the filter names, are not in this registry."),
        ("patients=1,10&smoking=yes", ""),
        ("smoking=yes", ""),
    ):
        assert lookups.unknown(registry, cohort(query)) == said
    with pytest.raises(QueryProblem, match="Patient 99, whom"):
        plro.cohort(registry, "patients=99")


@pytest.mark.parametrize("name", DRAWN)
def test_of_a_list_nothing_is_stated_but_that_it_was_chosen_by_hand(registry: Registry, name: str) -> None:
    """Patients 8 and 10 are the two with the longest pain: whoever lists them knows the outcome."""
    if not FIGURES[name].can_draw(registry.vocabulary):
        return
    for query, words in (
        ("patients=8,10", "chosen by hand (8 and 10)"),
        ("patients=!8,10", "without patients 8 and 10"),
    ):
        title = FIGURES[name].draw(registry, cohort(query)).title
        assert title.endswith(f"? Only patients {words}"), title


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_found_without_one_patient_says_so_in_the_title(registry: Registry, name: str) -> None:
    if not FIGURES[name].can_draw(registry.vocabulary):
        return
    chart = FIGURES[name].draw(registry, cohort("patients=!8"))
    assert chart.title.lower().endswith("without patient 8")
    assert "Only patients" not in chart.title
    assert chart.who.startswith("9 patients without patient 8")


def test_leaving_one_out_gives_the_numbers_of_the_rest(registry: Registry) -> None:
    assert pain_trajectories(registry, cohort("patients=!8")).title == (
        "Pain falls in every patient by month 1, without patient 8"
    )
    whole, rest = (headlines.pain(registry, cohort(query))[0] for query in ("", "patients=!8"))
    assert (whole.value, rest.value) == ("7.5", "7")
    assert headlines.pain(registry, cohort("patients=1,2,3"))[0].value == "–"


def test_a_comparison_says_which_side_was_chosen_by_hand(registry: Registry) -> None:
    said = primary_words(compare(registry, cohort("patients=8,10"), None))
    assert "A was chosen by hand: what differs may be what decided the choice." in said
    assert "by hand" not in primary_words(compare(registry, cohort("smoking=yes"), None))
