"""From marks of a figure to cohorts: only these, without these, and the range that a box covers, held against plain sets."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core import marks
from plro_core.cohort import EVERYONE, MOST_VALUES, Cohort, Criterion
from plro_core.lookups import numbers
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.oracle import cohorts, criteria, synthetic_registry

pytest_plugins = ["tests.core_fixtures"]


@pytest.fixture(scope="module")
def sixty() -> Iterator[Registry]:
    opened = synthetic_registry(2, 60)
    yield opened
    opened.close()


def cohort(query: str) -> Cohort:
    return Cohort.parse(query, STANDARD)


def who(registry: Registry, found: Cohort | None) -> set[int]:
    """The patients of a cohort; nobody where there is none."""
    return set() if found is None else set(numbers(registry, Cohort(found.who), MOST_VALUES))


@pytest.mark.parametrize(
    ("customdata", "mark"),
    [
        (8, 8),
        (8.0, 8),
        ([8, 3], 8),
        ((8,), 8),
        ("smoking=yes", "smoking=yes"),
        (["level=T12", 4], "level=T12"),
        (["10.1000/xyz"], None),
        (None, None),
        ([], None),
        (True, None),
        (0, None),
        (-1, None),
        (1.5, None),
        (float("nan"), None),
        (float("inf"), None),
        ({"a": 1}, None),
    ],
)
def test_what_a_point_stands_for(customdata: object, mark: marks.Mark | None) -> None:
    assert marks.mark_of(customdata) == mark


def test_of_patients_and_pieces_the_patients_count_each_once() -> None:
    assert marks.marks_of([[8, 0], [8, 1], "level=T12", 3, None]) == (3, 8)
    assert marks.marks_of(["level=T12", "level=T12", "level=T11"]) == ("level=T12", "level=T11")


def test_the_marks_of_a_figure_are_called_by_their_words() -> None:
    spec = {
        "data": [
            {"type": "scatter", "x": [1, 2], "y": [1, 2], "customdata": [[8, 3], [2, 3]]},
            {"type": "bar", "x": [1, 2, 3], "customdata": ["level=T12", "level=nonsense", "smoking=yes&age=25-31"]},
            {"type": "scatter", "x": [1], "y": [1]},
        ]
    }
    assert marks.marks_in(spec, STANDARD) == {
        2: "Patient 2",
        8: "Patient 8",
        "level=T12": "Fracture at T12",
        "smoking=yes&age=25-31": "Patients with smoking and age 25 to 31 years",
    }


@pytest.mark.parametrize(
    ("pointed", "query", "words"),
    [
        ((8,), "patients=8", "Patient 8"),
        ((1, 4, 7), "patients=1,4,7", "3 patients (1, 4 and 7)"),
        (("level=T12",), "level=T12", "Fracture at T12"),
        (("level=T12", "level=T10"), "level=T12,T10", "Fracture at T12 or T10"),
        (("smoking=yes", "twin_pregnancy=yes"), "patients=3,4,6,8,10", "5 patients (3, 4, 6, 8 and 10)"),
    ],
)
def test_what_was_pointed_at_is_a_cohort(
    registry: Registry, pointed: tuple[marks.Mark, ...], query: str, words: str
) -> None:
    found = marks.choice(registry, EVERYONE, pointed)
    assert found is not None
    if pointed[0] == "smoking=yes":
        assert who(registry, found.these) == who(registry, cohort("smoking=yes")) | who(
            registry, cohort("twin_pregnancy=yes")
        )
        assert found.these.criteria[0].by_hand
    else:
        assert (found.these.query, found.words) == (query, words)
    assert found.patient == (8 if pointed == (8,) else None)


def test_marks_that_mean_nothing_here_are_no_choice(registry: Registry) -> None:
    assert marks.choice(registry, EVERYONE, ()) is None
    assert marks.choice(registry, EVERYONE, ("level=nonsense", "unknown=1", "=")) is None


def test_more_patients_than_a_cohort_may_name_are_refused(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="expected at most"):
        marks.choice(registry, EVERYONE, tuple(range(1, MOST_VALUES + 2)))


@given(view=cohorts, pointed=st.lists(criteria(), min_size=1, max_size=2, unique_by=lambda found: found.key))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_only_these_and_without_these_part_the_view(
    registry: Registry, sixty: Registry, view: Cohort, pointed: list[Criterion]
) -> None:
    these = Cohort(tuple(criterion for criterion in pointed if not criterion.about_visits))
    if not these.criteria:
        return
    for patients in (registry, sixty):
        everybody, inside = who(patients, view), who(patients, these)
        only, rest = marks.narrowed(patients, view, these), marks.rest(patients, view, these)
        assert who(patients, only) == everybody & inside
        assert who(patients, rest) == everybody - inside
        for found in (only, rest):
            assert found is None or found.which_visits == view.which_visits
            assert found is None or Cohort.parse(found.query, STANDARD) == found


@pytest.mark.parametrize(
    ("view", "pointed", "only", "rest"),
    [
        ("", "patients=8", "patients=8", "patients=!8"),
        ("patients=!3", "patients=8", "patients=8", "patients=!3,8"),
        ("patients=1,4,8", "patients=8", "patients=8", "patients=1,4"),
        ("", "smoking=yes", "smoking=yes", "smoking=!yes"),
        ("", "weight_gain_kg=20-30", "weight_gain_kg=20-30", "weight_gain_kg=!20-30,~"),
        ("smoking=yes", "smoking=yes", "smoking=yes", None),
        ("age=25-31", "age=28-40", "age=28-31", None),
        ("", "vas.3=2-10", "vas.3=2-10", "vas.3=!2-10"),
        (
            "breastfeeding=continued,stopped",
            "breastfeeding=stopped",
            "breastfeeding=stopped",
            "breastfeeding=continued",
        ),
        ("", "level=T12", "level=T12", "level=!T12,~"),
        ("level=T12", "level=T10", "level=T12&patients=8", None),
        ("month=0,1", "month=1", "month=1", "month=0"),
        ("patients=1", "patients=8", None, "patients=1"),
    ],
)
def test_a_view_says_what_was_done_in_its_own_words(
    registry: Registry, view: str, pointed: str, only: str | None, rest: str | None
) -> None:
    narrowed = marks.narrowed(registry, cohort(view), cohort(pointed))
    assert (narrowed.query if narrowed else None) == only
    left = marks.rest(registry, cohort(view), cohort(pointed))
    if rest is not None:
        assert left is not None
        assert left.query == rest


BOX = {"xref": "x", "yref": "y", "x": [2.6, 3.4], "y": [9.7, 3.6]}
VISITS = {"x": {"0": "vas.0", "1": "vas.1", "3": "vas.3", "6": "vas.6"}}


@pytest.mark.parametrize(
    ("box", "held", "spans", "query"),
    [
        ({}, VISITS, {}, "vas.3=4-9"),
        ({"x": [0.5, 3.4]}, VISITS, {}, None),
        ({"x": [4, 5]}, VISITS, {}, None),
        ({"y": [3.6, 14]}, VISITS, {}, "vas.3=4-10"),
        ({"y": [3.2, 3.8]}, VISITS, {}, None),
        ({}, {"x": {"3": "vas.2"}}, {}, None),
        ({}, {"y": "t_l1_l4"}, {}, "t_l1_l4=3.6-6"),
        ({"y": [-3.04, -1.96]}, {"y": "t_l1_l4"}, {}, "t_l1_l4=-3--2"),
        ({"x": [24.2, 31.9]}, {"x": "age", "y": "vas.3"}, {}, "age=25-31&vas.3=4-9"),
        ({"x": [24.2, 31.9], "y": [-1, 11]}, {"x": "age", "y": "vas.3"}, {"y": (-0.8, 10.4)}, "age=25-31"),
        ({"xref": "x2"}, VISITS, {}, None),
        ({}, {"y": "smoking"}, {}, None),
        ({}, {}, {}, None),
    ],
)
def test_a_box_covers_a_range_where_the_axes_say_what_they_hold(
    box: dict[str, object], held: dict[str, marks.Axis], spans: dict[str, marks.Ends], query: str | None
) -> None:
    found = marks.brushed(BOX | box, held, spans, STANDARD)
    assert (found.query if found else None) == query
