"""A second look at every figure: titles that can be read, words that count right, and marks that lead to whom they name."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from plro_core import marks
from plro_core.cohort import Cohort
from plro_core.counts import Size, size
from plro_core.figures import Chart
from plro_core.figures.catalogue import FIGURES
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.oracle import patients_in, registry_of, rows_of, synthetic_tables, treatments_of
from tests.small_registry import small_registry

#: More than this is no title.
LONGEST = 120
GROUPS = ("breastfeeding", "case_definition", "smoking")
#: Figures of a cohort that the standard words can draw.
NAMES = sorted(
    name
    for name, entry in FIGURES.items()
    if "cohort" in entry.options and "case_id" not in entry.options and entry.can_draw(STANDARD)
)
GROUPED = [name for name in NAMES if "group" in FIGURES[name].options]
#: A count of several, said of one.
ONE_OF_SEVERAL = re.compile(r"(?<![\d.,\u202f])1 (patients|visits|values|others|rows)\b")


@cache
def made_up(patients: int) -> Registry:
    """Patients with many missing cells: of each grouping some are in no group."""
    return registry_of(synthetic_tables(patients, patients) | {"treatments": treatments_of(patients, patients)})


@cache
def few() -> Registry:
    """Three patients, each a group of her own, of whom one alone has values at both ends."""
    return small_registry(
        cases=[
            {"case_id": 1, "breastfeeding": "stopped", "case_definition": "vertebral_fracture", "t_l1_l4": -3.0},
            {"case_id": 2, "breastfeeding": "continued", "case_definition": "other_fracture", "t_l1_l4": -2.0},
            {"case_id": 3, "smoking": True},
        ],
        visits=[
            {"case_id": 1, "month": 0, "vas": 8, "calcium": 7.0},
            {"case_id": 1, "month": 1, "vas": 2},
            {"case_id": 1, "month": 6, "vas": 0, "calcium": 9.0},
            {"case_id": 2, "month": 0, "vas": 5},
        ],
        fractures=[{"case_id": 1, "level": "T12"}],
        treatments=[{"case_id": 1, "kind": "bone_active", "agent": "zoledronate"}],
    )


def drawn(registry: Registry, name: str, query: str, by: str | None) -> Chart:
    options: dict[str, Any] = {"group": STANDARD.variable(by, "cases")} if by else {}
    return FIGURES[name].draw(registry, Cohort.parse(query, STANDARD), **options)


def texts_of(chart: Chart) -> Iterator[str]:
    """All that a figure says: around it, on it, and when it is pointed at."""
    yield from (chart.title, chart.summary, chart.who, *chart.notes)
    yield from (note.text or "" for note in chart.figure.layout.annotations)
    for trace in chart.figure.data:
        for texts in (trace.hovertext, getattr(trace, "text", None)):
            yield from (
                [texts]
                if isinstance(texts, str)
                else (str(text) for text in texts if text)
                if texts is not None
                else ()
            )


@pytest.mark.parametrize("query", ["", "patients=!1"])
@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("patients", [13, 61])
@pytest.mark.parametrize("name", GROUPED)
def test_a_title_is_short_with_three_groups(name: str, patients: int, by: str, query: str) -> None:
    chart = drawn(made_up(patients), name, query, by)
    assert len(chart.title) < LONGEST, chart.title
    assert ("without patient 1" in chart.title.casefold()) == bool(query)


@pytest.mark.parametrize("by", [None, *GROUPS])
@pytest.mark.parametrize("query", ["", "patients=1", "level=T12", "breastfeeding=continued"])
@pytest.mark.parametrize("name", NAMES)
def test_one_patient_is_never_several(name: str, query: str, by: str | None) -> None:
    if by and name not in GROUPED:
        return
    wrong = [text for text in texts_of(drawn(few(), name, query, by)) if ONE_OF_SEVERAL.search(text)]
    assert wrong == []


def test_the_size_of_one_patient_is_in_the_singular() -> None:
    assert Size(1, 1, 1, 1).sentence == "1 of 1 patient · 1 of 1 visit"
    assert Size(1, 3, 10, 40).sentence == "1 of 10 patients · 3 of 40 visits"


@pytest.mark.parametrize("query", ["", "smoking=yes", "vas=4-10", "patients=!2"])
@pytest.mark.parametrize("by", [None, "case_definition"])
@pytest.mark.parametrize("name", NAMES)
def test_these_and_the_rest_are_everybody_in_view(name: str, query: str, by: str | None) -> None:
    """What the bar counts, what "only these" shows and what "without these" leaves, walked row by row."""
    if by and name not in GROUPED:
        return
    registry, cohort = made_up(13), Cohort.parse(query, STANDARD)
    rows = rows_of(registry)
    view = set(patients_in(rows, cohort))
    offered = list(marks.marks_in(drawn(registry, name, query, by).spec, STANDARD))
    for mark in (*([mark] for mark in offered), offered[-2:]):
        choice = marks.choice(registry, cohort, mark)
        if choice is None or choice.of_visits:
            continue
        these = view & set(patients_in(rows, choice.these))
        assert size(registry, Cohort((*cohort.criteria, *choice.these.criteria))).patients == len(these), mark
        only, without = marks.narrowed(registry, cohort, choice.these), marks.rest(registry, cohort, choice.these)
        assert set(patients_in(rows, only) if only else ()) == these, mark
        assert set(patients_in(rows, without) if without else ()) == view - these, mark
