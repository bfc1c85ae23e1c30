"""The spine: its anatomy, what stands in its vertebrae, who stands beside it, and what its title says of where fractures lie."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures import Chart, spine
from plro_core.figures.spine.anatomy import Column
from plro_core.figures.spine.column import shade
from plro_core.figures.spine.seen import seen
from plro_core.figures.style import DARK, LIGHT, Look, group_styles, look
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD, Variable
from plro_core.vocabulary.standard import VERTEBRAE
from tests.oracle import synthetic_registry
from tests.small_registry import small_registry
from tests.test_contrast import WORDS, ratio
from tests.test_widening import kept

pytest_plugins = ["tests.core_fixtures"]

GROUP = STANDARD.variable("breastfeeding", "cases")
LOOKS = [LIGHT, DARK, look("light", 2), look("dark", 2)]


def with_fractures(*levels: str, patients: int | None = None) -> Registry:
    """A patient for each text of levels, and further patients without a fracture."""
    cases = [{"case_id": case_id} for case_id in range(1, (patients or len(levels)) + 1)]
    rows = [{"case_id": at, "level": level} for at, own in enumerate(levels, 1) for level in own.split()]
    return small_registry(cases=cases, fractures=rows)


def trace(chart: Chart, name: str) -> dict:
    return next(part for part in chart.figure.to_dict()["data"] if part["name"] == name)


def notes(chart: Chart) -> list[dict]:
    return chart.figure.to_plotly_json()["layout"]["annotations"]


def numbers(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]


@pytest.mark.parametrize("neck", [(), ("C5", "C6", "C7")])
def test_vertebrae_grow_from_t1_to_l5_and_lie_one_below_the_other(neck: tuple[str, ...]) -> None:
    column = Column(24, cervical=neck)
    for above, below in pairwise(column.levels):
        assert column.places[above] + column.half_height(above) < column.places[below] - column.half_height(below)
    for above, below in pairwise(VERTEBRAE):
        assert column.half_height(above) < column.half_height(below)
        assert column.half_depth(above) < column.half_depth(below)
    assert column.bottom == pytest.approx(len(VERTEBRAE))


def test_the_chest_curves_backward_and_the_loins_forward() -> None:
    column = Column(24)
    bulge = {level: column.across(column.places[level]) for level in VERTEBRAE}
    assert min(bulge, key=bulge.__getitem__) in {"T6", "T7"}
    assert max(bulge, key=bulge.__getitem__) in {"L3", "L4"}
    assert bulge["T6"] < 0 < bulge["L3"]


@pytest.mark.parametrize("theme", LOOKS, ids=lambda theme: f"{theme.name} {theme.scale}")
def test_the_column_stays_within_its_margin(registry: Registry, theme: Look) -> None:
    layout = spine(registry, look=theme).figure.to_dict()["layout"]
    paths = [shape["path"] for shape in layout["shapes"] if shape.get("xsizemode") == "pixel" and "path" in shape]
    across = [x for path in paths for x, _ in numbers(path)]
    assert len(paths) > 2 * len(VERTEBRAE)
    assert -layout["margin"]["l"] <= min(across)
    assert max(across) < 0


@pytest.mark.parametrize("theme", LOOKS, ids=lambda theme: f"{theme.name} {theme.scale}")
@pytest.mark.parametrize("group", [None, GROUP], ids=["alone", "groups"])
def test_a_number_in_a_vertebra_can_be_read_on_its_fill(
    registry: Registry, theme: Look, group: Variable | None
) -> None:
    found = seen(registry, EVERYONE, group, None, theme)
    code_at = {place: code for code, place in found.places.items()}
    inside = [
        (note["text"], code_at[note["y"]], note["font"]["color"])
        for note in notes(spine(registry, look=theme, group=group))
        if note["xanchor"] == "center"
        and note.get("xref") == "paper"
        and note["y"] in code_at
        and "textangle" not in note
    ]
    assert {code: text for text, code, _ in inside} == {code: f"<b>{n}</b>" for code, n in found.found.values.items()}
    assert {code for _, code, ink in inside if ratio(ink, theme.tint(found.hue, found.strength(code))) < WORDS} == set()


def test_patients_stand_by_their_number_of_fractures_and_carry_their_numbers() -> None:
    registry = with_fractures("T7", "L1 L2 L3", "", "T12 L1")
    chart = spine(registry)
    assert [note["text"] for note in notes(chart) if note.get("yshift") == LIGHT.px(3)] == [
        "<b>2</b>", "<b>4</b>", "<b>1</b>", "3",
    ]  # fmt: skip
    told = trace(chart, "Fracture")
    assert {(text, x) for text, x in zip(told["text"], told["x"], strict=True)} == {
        ("<b>2</b>", 0), ("<b>4</b>", 1), ("<b>1</b>", 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "title"),
    [
        (("T11 T12 L1", "T12 L1", "T4"), "6 fractured vertebrae in 3 of 3 patients; 4 of them at T12 to L1"),
        (("T12", "T12", "T12", "T12", "T3"), "5 fractured vertebrae in 5 of 5 patients; 4 of them at T12"),
        (("T1 T5", "T9 L1", "L5"), "5 fractured vertebrae in 3 of 3 patients"),  # nowhere together
        (("T5 T6 T7 L1 L2 L3",), "Documented fractures of patient 1"),
        (("T5 T6 T7 T8 T9", ""), "5 fractured vertebrae in 1 of 2 patients"),  # of one patient
        (("T4 T5", "L1 L2"), "4 fractured vertebrae in 2 of 2 patients"),  # few
        (("T4 T5 T6", "L1 L2 L3"), "6 fractured vertebrae in 2 of 2 patients"),  # two places, equally
        (("talus", "L1"), "1 fractured vertebra in 1 of 2 patients"),
        (("talus", ""), "No fractured vertebra is documented in 2 patients"),
    ],
)
def test_the_title_says_where_fractures_lie_only_where_they_lie_together(levels: tuple[str, ...], title: str) -> None:
    assert spine(with_fractures(*levels)).title == title


def test_groups_are_answered_for_and_a_selection_by_fractures_is_not(registry: Registry) -> None:
    split = spine(registry, group=GROUP)  # a clause for each group would be too long a title
    assert split.title == "10 fractured vertebrae in 3 of 10 patients; groups by breastfeeding after diagnosis"
    assert (
        "By breastfeeding after diagnosis: stopped 3 in 1 of 8 patients; continued 7 in 2 of 2 patients."
        in split.summary
    )
    chosen = spine(registry, Cohort.parse("level=T12", STANDARD))
    assert chosen.title.startswith("Which vertebrae are fractured, and in whom? Only")
    assert not any(" of " in note["text"] and note.get("textangle") for note in notes(chosen))


def test_with_groups_a_fracture_has_the_colour_of_its_group_and_no_other(registry: Registry) -> None:
    shapes = spine(registry, group=GROUP).figure.to_dict()["layout"]["shapes"]
    own = [shape["line"]["color"] for shape in shapes if shape["type"] == "path" and shape.get("layer") == "below"]
    styles = group_styles(GROUP, LIGHT)
    assert own.count(styles["stopped"].colour) == 4  # three vertebrae and a talus
    assert own.count(styles["continued"].colour) == 7
    assert LIGHT.accent not in str(shapes)


def test_acute_is_full_not_stated_hollow_and_another_age_dotted(tmp_path: Path) -> None:
    fractures = "case_id,level,acuity\n1,sacrum,acute\n1,L1,chronic\n2,C5,\n2,rib,\n"
    registry = kept(tmp_path, 'use = ["further_fractures"]', cases="case_id,age\n1,31\n2,33\n", fractures=fractures)
    chart = spine(registry)
    marks = [
        (shape["fillcolor"], shape["line"].get("dash"))
        for shape in chart.figure.to_dict()["layout"]["shapes"]
        if shape["line"].get("color") == LIGHT.accent and shape.get("layer") == "below"
    ]
    assert sorted(marks) == sorted(
        [(LIGHT.accent, "solid"), (LIGHT.background, "dot"), (LIGHT.background, "solid"), (LIGHT.background, "solid")]
    )
    assert any("one stated to be chronic has a dotted edge" in note for note in chart.notes)
    named = trace(chart, "Level")["text"]
    assert {"<b>C5</b>", "C6", "C7", "<b>sacrum</b>", "<b>rib</b>"} <= set(named)  # a neck has no gap
    assert "C4" not in named
    assert "talus" not in named  # only bones with a fracture


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_ring_can_be_seen_on_a_full_and_on_a_hollow_vertebra(theme: Look) -> None:
    fractures = [{"case_id": 1, "level": "T6", "acuity": "acute"}, {"case_id": 1, "level": "T10"}]
    given = [{"case_id": 1, "kind": "procedure", "agent": "vertebroplasty T6, T10"}]
    registry = small_registry(cases=[{"case_id": 1}], fractures=fractures, treatments=given)
    rings = trace(spine(registry, look=theme), "Vertebroplasty")["marker"]["color"]
    grounds = {"T10": theme.background, "T6": theme.accent}
    assert all(ratio(ring, ground) >= WORDS for ring, ground in zip(rings, grounds.values(), strict=True))


def test_who_is_in_no_group_has_no_grey_of_a_t_score() -> None:
    registry = small_registry(cases=[{"case_id": 1, "t_l1_l4": -5.0}], fractures=[{"case_id": 1, "level": "T6"}])
    shapes = spine(registry, group=GROUP).figure.to_dict()["layout"]["shapes"]
    mark = next(shape["line"]["color"] for shape in shapes if shape.get("fillcolor") == LIGHT.background)
    assert mark not in {shape.get("fillcolor") for shape in shapes}
    assert ratio(mark, shade(-5.0, LIGHT)) > 1.5


def test_many_patients_are_counted_at_each_level_and_nobody_is_sampled() -> None:
    registry = synthetic_registry(3, 1000)
    chart = spine(registry)
    bars = trace(chart, "Patients")
    for row, x in zip(chart.data, bars["x"], strict=True):
        sql = f"SELECT count(DISTINCT case_id) FROM fractures WHERE level = '{row['level']}'"
        assert row["patients"] == x == registry.rows(sql)[0][0]
    assert "sample" not in " ".join([chart.who, *chart.notes, chart.summary])
    by_group = spine(registry, group=GROUP).data
    for level in ("T1", "L5"):
        whole = sum(row["patients"] for row in by_group if row["level"] == level)
        assert whole == next(row["patients"] for row in chart.data if row["level"] == level)


def test_the_highlighted_patient_is_found_among_many() -> None:
    registry = synthetic_registry(3, 60)
    patient, levels = registry.rows("SELECT case_id, count(*) FROM fractures GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 1")[
        0
    ]
    chart = spine(registry, highlight=patient)
    assert len(trace(chart, f"Patient {patient}")["x"]) == levels
    assert f"A diamond marks the levels of patient {patient}." in " ".join(chart.notes)


def test_the_bare_word_is_never_said(registry: Registry) -> None:
    for chart in (spine(registry), spine(registry, EVERYONE, group=GROUP, highlight=8)):
        said = " ".join([chart.title, chart.summary, *chart.notes, *(note["text"] for note in notes(chart))])
        assert "osteopor" not in said.lower()
        assert "for orientation" in said
