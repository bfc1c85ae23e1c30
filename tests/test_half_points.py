"""Pain in parts of a point: no figure, count or sentence rounds it, and every threshold is met exactly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plro_core import headlines
from plro_core.cohort import EVERYONE
from plro_core.figures import pain_dumbbell, pain_trajectories, responder_waterfall
from plro_core.pain_control import control_times, definition, responders
from plro_core.pain_control.rules import Threshold
from plro_core.statements import Response
from plro_core.statements.amounts import About, course_of
from plro_core.store import Registry
from tests.small_registry import small_registry
from tests.test_pages import opened
from tests.test_widening import CASES, kept

VISITS = "case_id,month,vas\n1,0,7.5\n1,1,4\n1,6,0.5\n2,0,8\n2,1,2.5\n2,6,1\n3,0,7\n3,1,4.9\n3,6,6.5\n"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    found = kept(tmp_path, "[widen.vas]\ndecimals = 1\n", cases=CASES, visits=VISITS)
    yield found
    found.close()


def hovers(chart: Any) -> str:
    """All that its marks say, without line breaks."""
    return " ".join(str(trace.hovertext) for trace in chart.figure.data).replace("<br>", " ")


def rows_of(chart: Any) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in chart.table.rows}


def test_a_figure_holds_what_was_recorded(registry: Registry) -> None:
    assert rows_of(pain_dumbbell(registry))[1] == (7.5, 0.5, -7)
    assert rows_of(responder_waterfall(registry, month=1))[1] == (1, 7.5, 4, pytest.approx(-100 * 3.5 / 7.5))
    assert [row[1:4] for row in pain_trajectories(registry).table.rows if row[0] == 3] == [
        (0, 7, 0), (1, 4.9, -2.1), (6, 6.5, -0.5),
    ]  # fmt: skip


def test_a_hover_and_a_title_say_what_was_recorded(registry: Registry) -> None:
    dumbbell = pain_dumbbell(registry)
    assert "VAS 7.5 to 0.5, a change of −7" in hovers(dumbbell)
    assert str(dumbbell.title) == "Pain falls by 0.5 to 7 points by month 6"
    assert "VAS 4.9, from 7 at baseline" in hovers(responder_waterfall(registry))
    assert "VAS 0.5, from 7.5 at baseline" in hovers(pain_trajectories(registry))


def test_a_fall_of_exactly_thirty_percent_counts(registry: Registry) -> None:
    """7 to 4.9 is 30 %; as binary numbers it is a little less."""
    fall = Threshold("fall", 30)
    (found,) = [entry for entry in responders(registry, thresholds=[fall]) if entry.month == 1]
    assert (found.k, found.n) == (3, 3)
    vas = registry.vocabulary.variable("vas", "visits")
    assert Response(course_of(registry, About(vas, EVERYONE), 0, 1), fall).k == 3
    times = {time.case_id: time for time in control_times(registry, definition("fall-30-first"))}
    assert times[3].seen == (0, 1)


def test_a_value_just_above_a_bound_does_not_count() -> None:
    """A VAS of 2.5 is no VAS of 2 or less, and 7.5 to 4 no fall by half."""
    assert not Threshold("vas", 2).holds(8, 2.5)
    assert not Threshold("fall", 50).holds(7.5, 4)
    assert Threshold("points", 2).holds(4.9, 2.9)


def test_headlines_count_the_same(registry: Registry) -> None:
    (halved,) = [entry for entry in headlines.pain(registry) if entry.label.startswith("Pain halved")]
    assert halved.value == "1 of 3"


@pytest.mark.parametrize("page", ["pain", "overview", "treatments", "patients", "compare", "tables"])
def test_pages_open(page: str, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(registry.folder))
    assert not opened(page).exception


def test_whole_points_stay_whole_numbers() -> None:
    whole = small_registry(
        cases=[{"case_id": 1}], visits=[{"case_id": 1, "month": month, "vas": vas} for month, vas in ((0, 8), (6, 2))]
    )
    (row,) = pain_dumbbell(whole).table.rows
    assert [type(cell) for cell in row[1:]] == [int, int, int]
