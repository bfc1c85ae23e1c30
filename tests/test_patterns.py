"""Patterns over the visits: truths read off Table II by hand, and a plain loop over rows."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import Cohort
from plro_core.patterns import Board, Kind, board, kinds, patterns_table, wording
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD, Variable
from plro_core.vocabulary.standard import MG_NOTE
from tests.small_registry import small_registry

VAS, CALCIUM, MG, VITAMIN_D, ALP, PTH = STANDARD.measured
NOBODY = Cohort.parse("age=12", STANDARD)
ONE = Cohort.parse("vertebroplasty=yes", STANDARD)  # patient 4


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


def words(found: Board) -> dict[tuple[str, ...], tuple[int, ...]]:
    return {pattern.words: pattern.patients for pattern in found.patterns}


# --- nobody, and one patient -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entry", "kind"), [(entry, kind) for entry in STANDARD.measured for kind in kinds(entry)])
def test_nobody_has_no_pattern(registry: Registry, entry: Variable, kind: Kind) -> None:
    found = board(registry, entry, kind, NOBODY)
    assert (found.n, found.k, found.patterns, found.patients, found.complete) == (0, 0, (), (), True)
    assert all(not seen for seen in found.by_visit.values())
    assert patterns_table(registry, entry, kind, NOBODY).layout.rows == ()


def test_one_patient(registry: Registry) -> None:
    """Patient 4: VAS 9, 1, 1, 0; calcium 10.1, 7.8, 9.2, 8.9; alkaline phosphatase 69, 42, then nothing."""
    assert words(board(registry, VAS, "steps", ONE)) == {("improved", "unchanged", "improved"): (4,)}
    assert words(board(registry, CALCIUM, "positions", ONE)) == {("within", "below", "within", "within"): (4,)}
    assert words(board(registry, CALCIUM, "range_steps", ONE)) == {
        ("left the range", "came into range", "stayed within"): (4,)
    }
    assert words(board(registry, ALP, "steps", ONE)) == {("fell", "not recorded", "not recorded"): (4,)}
    assert words(board(registry, ALP, "overall", ONE)) == {("fell",): (4,)}


# --- the ten -----------------------------------------------------------------------------------------------------


def test_pain_read_off_table_2(registry: Registry) -> None:
    assert words(board(registry, VAS, "steps")) == {
        ("improved", "improved", "improved"): (1, 5, 6, 8, 9, 10),
        ("improved", "unchanged", "improved"): (2, 4, 7),
        ("improved", "worse", "improved"): (3,),
    }
    assert words(board(registry, VAS)) == {
        ("severe", "mild", "mild", "no pain"): (3, 4, 5, 7),
        ("severe", "moderate", "mild", "mild"): (8, 9, 10),
        ("severe", "moderate", "mild", "no pain"): (1, 6),
        ("severe", "mild", "mild", "mild"): (2,),
    }
    assert words(board(registry, VAS, "overall")) == {("improved",): tuple(range(1, 11))}


def test_calcium_read_off_table_2(registry: Registry) -> None:
    found = board(registry, CALCIUM)
    assert found.months == (0, 1, 3, 6)
    assert words(found)["above", "within", "within", "within"] == (3,)
    assert words(found)["below", "below", "within", "within"] == (10,)
    assert words(found)["within", "within", "below", "within"] == (1,)
    assert found.by_visit == {
        0: {"below": 2, "within": 7, "above": 1},
        1: {"below": 2, "within": 6, "not recorded": 2},
        3: {"below": 1, "within": 8, "not recorded": 1},
        6: {"within": 8, "not recorded": 2},
    }
    assert words(board(registry, CALCIUM, "range_overall")) == {
        ("stayed within",): (1, 2, 4, 5, 7, 8, 9),
        ("came into range",): (3, 6, 10),
    }


def test_a_value_on_the_edge_of_its_range_is_within(registry: Registry) -> None:
    """Calcium of patient 5 at month 1 is 8.4, the lower end itself."""
    assert 5 in board(registry, CALCIUM).where({1: "within"}).patients


def test_printed_arrows_stand_apart_from_the_range(registry: Registry) -> None:
    """Vitamin D of patient 8 is 22.2 with an arrow: within the declared range, low as printed."""
    assert 8 in board(registry, VITAMIN_D, "arrows").where({0: "low"}).patients
    assert 8 in board(registry, VITAMIN_D, "positions").where({0: "within"}).patients
    assert words(board(registry, CALCIUM, "arrows").where({0: "low"})) == {
        ("low", "low", "no arrow", "no arrow"): (10,),
        ("low", "no arrow", "no arrow", "no arrow"): (6,),
    }


def test_mg_is_never_below_or_above(registry: Registry) -> None:
    assert kinds(MG) == ("positions", "steps", "overall", "arrows")
    found = board(registry, MG)
    assert {word for pattern in found.patterns for word in pattern.words} == {"no range", "not recorded"}
    assert words(board(registry, MG, "steps"))["first value", "not recorded", "not recorded"] == (3,)
    assert words(board(registry, MG, "overall"))["no baseline",] == (3,)
    assert any(MG_NOTE in note for note in patterns_table(registry, MG).layout.notes)
    with pytest.raises(QueryProblem, match="has no patterns of the kind “range_steps”"):
        board(registry, MG, "range_steps")
    with pytest.raises(QueryProblem, match="expected positions, steps or overall"):
        board(registry, VAS, "arrows")


# --- filtering ---------------------------------------------------------------------------------------------------


def test_a_board_is_filtered_by_words_at_visits(registry: Registry) -> None:
    found = board(registry, CALCIUM).where({0: ("below", "above"), 6: "within"})
    assert (found.k, found.n, found.patients, found.complete) == (3, 10, (3, 6, 10), True)
    assert found.where({1: "below"}).patients == (10,)
    assert board(registry, CALCIUM, "overall").where({None: "rose"}).patients == (1, 6, 7, 9, 10)
    assert board(registry, CALCIUM).where({}).k == 10
    assert board(registry, CALCIUM).where({0: ()}).k == 0


def test_a_filter_that_cannot_be_met_is_refused(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="no visit at month 2; expected 0, 1, 3 or 6"):
        board(registry, CALCIUM).where({2: "within"})
    with pytest.raises(QueryProblem, match="“high” is not said in these patterns; expected below, within"):
        board(registry, CALCIUM).where({0: "high"})
    with pytest.raises(QueryProblem, match="no visit at month 0; expected none"):
        board(registry, CALCIUM, "overall").where({0: "rose"})


def test_patients_are_listed_up_to_a_limit(registry: Registry) -> None:
    found = board(registry, VAS, "overall", limit=3)
    assert [(pattern.k, pattern.patients) for pattern in found.patterns] == [(10, (1, 2, 3))]
    assert not found.complete
    made = patterns_table(registry, VAS, "overall", limit=3)
    table = made.layout
    assert table.rows == (("improved", 10, 10, "1, 2, 3 and 7 more"),)
    assert made.tidy.rows == (("vas", "overall", None, None, "improved", 10, 10, "1 2 3", 3),)
    assert "Only the first patients of each pattern are named." in table.notes


def test_the_choice_of_visits_does_not_change_a_course(registry: Registry) -> None:
    assert board(registry, VAS, cohort=Cohort.parse("month=0,1", STANDARD)) == board(registry, VAS)


def test_the_table(registry: Registry) -> None:
    table = patterns_table(registry, CALCIUM).layout
    assert table.title == "Calcium: against the reference range by visit"
    assert table.columns[0].label == "Pattern, baseline to month 6"
    assert table.rows[0] == ("within → within → within → within", 2, 10, "2 and 9")
    assert any("8.4–10.2 mg/dL" in note for note in table.notes)
    assert sum(int(str(cell)) for cell in table.values("k")) == 10


# --- against a plain loop ----------------------------------------------------------------------------------------

cells = st.one_of(st.none(), st.sampled_from([7.0, 8.3, 8.4, 9.0, 10.2, 10.3, 12.0]))
scores = st.one_of(st.none(), st.integers(0, 10))
visits = st.dictionaries(st.sampled_from([0, 1, 3, 6, 12]), st.tuples(scores, cells, st.sampled_from([None, "H", "L"])))


@settings(max_examples=40, deadline=None)
@given(st.lists(visits, max_size=6))
def test_boards_agree_with_a_plain_loop(patients: list[dict[int, tuple[Any, Any, Any]]]) -> None:
    registry = small_registry(
        cases=[{"case_id": number} for number in range(1, len(patients) + 1)],
        visits=[
            {"case_id": number, "month": month, "vas": vas, "calcium": value, "calcium_flag": flag, "magnesium": value}
            for number, patient in enumerate(patients, 1)
            for month, (vas, value, flag) in patient.items()
        ],
    )
    months = sorted({0, 1, 3, 6, *(month for patient in patients for month in patient)})
    for entry, column in ((VAS, 0), (CALCIUM, 1), (MG, 1)):
        for kind in kinds(entry):
            found = board(registry, entry, kind)
            expected = Counter(_plain(entry, kind, patient, column, months) for patient in patients)
            assert {pattern.words: pattern.k for pattern in found.patterns} == expected
            assert (found.n, found.k, found.complete) == (len(patients), len(patients), True)
            assert [pattern.k for pattern in found.patterns] == sorted(expected.values(), reverse=True)
            for pattern in found.patterns:
                for number in pattern.patients:
                    assert _plain(entry, kind, patients[number - 1], column, months) == pattern.words
            said = {word for pattern in found.patterns for word in pattern.words}
            assert said <= set(wording(entry, kind).words)
    registry.close()


def _plain(entry: Variable, kind: Kind, patient: dict[int, Any], column: int, months: list[int]) -> tuple[str, ...]:
    recorded = {month: cells[column] for month, cells in sorted(patient.items()) if cells[column] is not None}
    if kind == "positions":
        return tuple(_position(entry, recorded[month]) if month in recorded else "not recorded" for month in months)
    if kind == "arrows":
        arrow = {"H": "high", "L": "low", None: "no arrow"}
        if entry == MG:
            return tuple("no arrow" if month in recorded else "not recorded" for month in months)
        return tuple(arrow[patient[month][2]] if month in recorded else "not recorded" for month in months)
    move = _range_step if kind.startswith("range") else _step
    if kind in ("overall", "range_overall"):
        if not recorded:
            return ("not recorded",)
        if 0 not in recorded:
            return ("no baseline",)
        return ("no later value",) if len(recorded) == 1 else (move(entry, recorded[0], recorded[max(recorded)]),)
    answer = []
    for month in months[1:]:
        earlier = [at for at in recorded if at < month]
        if month not in recorded:
            answer.append("not recorded")
        else:
            answer.append(move(entry, recorded[max(earlier)], recorded[month]) if earlier else "first value")
    return tuple(answer)


def _position(entry: Variable, value: float) -> str:
    if entry == VAS:
        return (
            "no pain"
            if value == 0
            else "mild"
            if value <= 3
            else "moderate"
            if value <= 6
            else "severe"
            if value <= 9
            else "excruciating"
        )
    if entry == MG:
        return "no range"
    return "below" if value < 8.4 else "above" if value > 10.2 else "within"


def _step(entry: Variable, before: float, value: float) -> str:
    if value == before:
        return "unchanged"
    if entry == VAS:
        return "improved" if value < before else "worse"
    return "fell" if value < before else "rose"


def _range_step(entry: Variable, before: float, value: float) -> str:
    first, second = _position(entry, before), _position(entry, value)
    if second == "within":
        return "stayed within" if first == "within" else "came into range"
    if first == "within":
        return "left the range"
    return "stayed outside" if first == second else "crossed the range"


def test_every_measured_variable_has_titles_and_words() -> None:
    for entry in STANDARD.measured:
        for kind in kinds(entry):
            found = wording(entry, kind)
            assert found.title
            assert len(set(found.words)) == len(found.words)
    assert STANDARD.variable("magnesium").reference is None
