"""Truths of the figures that a clinician can check against Tables I and II; empty and single cohorts first."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from plro_core import figures
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures import Chart
from plro_core.figures.style import DARK, LIGHT, look, patient_colour, patient_symbol
from plro_core.problems import DataProblem
from plro_core.series.literature import published
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import FILE, STANDARD, words_of
from tests.small_registry import small_registry

NOBODY = Cohort.parse("age=50", STANDARD)
PATIENT_5 = Cohort.parse("age=24", STANDARD)
#: Two levels, three levels, and one that is missing in some patients.
GROUPS = tuple(STANDARD.variable(name) for name in ("breastfeeding", "case_definition", "brace"))
GROUPED = ("pain_trajectories", "pain_dumbbell", "lab_trajectories", "t_score_distribution")
DRAW: dict[str, Callable[..., Chart]] = {
    name: cache(getattr(figures, name))
    for name in (
        *GROUPED, "t_score_strip", "fracture_map", "spine", "missingness_map", "treatment_matrix", "overlap", "swimmer",
    )
}  # fmt: skip


def _alone(registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int = 5, **options: Any) -> Chart:
    """A figure of one patient in the place of one that highlights her."""
    return figures.patient_timeline(registry, cohort, case_id=highlight, **options)


ALL = {**DRAW, "patient_timeline": cache(_alone)}


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.fixture(params=ALL)
def draw(request: pytest.FixtureRequest) -> Callable[..., Chart]:
    return ALL[request.param]


def spec(chart: Chart) -> dict:
    return chart.figure.to_dict()


def patients(trace: dict) -> set[int]:
    held = [data for data in trace.get("customdata") or () if not isinstance(data, str)]
    return {data[0] if isinstance(data, list) else data for data in held}


def trace_of(chart: Chart, name: str) -> dict:
    return next(trace for trace in spec(chart)["data"] if trace.get("name") == name)


def hovers(chart: Chart) -> list[str]:
    return [
        text.replace("<br>", " ")
        for trace in spec(chart)["data"]
        for text in trace.get("hovertext") or ()
        if trace["hoverinfo"] != "skip"
    ]


def words(chart: Chart) -> str:
    return " ".join(note["text"] for note in spec(chart)["layout"].get("annotations", ()))


# Empty and one-patient cohorts first: these are where figures break.


@pytest.mark.parametrize("name", DRAW)
def test_nobody_is_a_calm_sentence(registry: Registry, name: str) -> None:
    chart = DRAW[name](registry, NOBODY)
    assert "No patient fits." in words(chart)
    assert "No patient fits." in chart.summary
    assert len(chart.figure.data) == 0
    assert chart.data == []


@pytest.mark.parametrize("name", GROUPED)
@pytest.mark.parametrize("group", GROUPS, ids=lambda entry: entry.name)
def test_nobody_in_groups(registry: Registry, name: str, group) -> None:
    assert "No patient fits." in DRAW[name](registry, NOBODY, group=group).summary


def test_an_unknown_patient_is_a_calm_sentence(registry: Registry) -> None:
    assert "No patient fits." in words(figures.patient_timeline(registry, case_id=999))


def test_one_patient_is_drawn_without_a_median(registry: Registry, draw: Callable[..., Chart]) -> None:
    chart = draw(registry, PATIENT_5)
    shown = set().union(*(patients(trace) for trace in spec(chart)["data"]))
    assert shown == {5}
    assert "edian" not in chart.title + words(chart) + chart.summary + " ".join(hovers(chart))
    assert not [shape for shape in spec(chart)["layout"].get("shapes", ()) if shape.get("type") == "box"]


def test_no_visit_in_view_is_drawn(registry: Registry, draw: Callable[..., Chart]) -> None:
    assert draw(registry, Cohort.parse("vas=10", STANDARD)).summary


# What holds for every figure.


@pytest.mark.parametrize("theme", [LIGHT, look("dark", 2)], ids=["light", "dark on a projector"])
def test_every_figure_is_valid_json_in_every_look(registry: Registry, draw: Callable[..., Chart], theme) -> None:
    text = draw(registry, EVERYONE, look=theme, highlight=8).figure.to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert theme.text in text


def test_every_point_carries_its_patient_or_whom_it_stands_for(registry: Registry, draw: Callable[..., Chart]) -> None:
    for trace in spec(draw(registry))["data"]:
        if not trace.get("name", "").startswith(("Median", "Band")):
            assert len(trace["customdata"]) == len(trace["x"])
            assert all(isinstance(case_id, int) for case_id in patients(trace))
            for piece in trace["customdata"]:
                assert not isinstance(piece, str) or Cohort.parse(piece, STANDARD).criteria


def test_every_figure_says_who_in_words_and_numbers(registry: Registry, draw: Callable[..., Chart]) -> None:
    chart = draw(registry)
    assert chart.title
    assert len(chart.summary) > 60
    assert chart.summary.endswith(".")
    assert chart.data
    assert "case_id" in chart.data[0]
    assert not chart.name.startswith("_")


@pytest.mark.parametrize("name", GROUPED)
@pytest.mark.parametrize("group", GROUPS, ids=lambda entry: entry.name)
def test_groups_are_drawn_with_their_n(registry: Registry, name: str, group) -> None:
    chart = DRAW[name](registry, group=group)
    assert "n = " in words(chart)
    assert group.name in chart.data[0] or name == "lab_trajectories"


def test_signs_are_real_minus_signs(registry: Registry, draw: Callable[..., Chart]) -> None:
    chart = draw(registry)
    shown = [chart.title, chart.summary, words(chart), *hovers(chart)]
    axes = [axis for key, axis in spec(chart)["layout"].items() if key[1:].startswith("axis")]
    shown += [tick for axis in axes for tick in axis.get("ticktext") or ()]
    assert not [text for text in shown for digit in "123456789" if f" -{digit}" in f" {text}"]


def test_a_line_of_one_patient_never_reaches_another_nor_bridges_a_gap(
    registry: Registry, draw: Callable[..., Chart]
) -> None:
    for trace in spec(draw(registry))["data"]:
        assert not trace.get("connectgaps")
        if "lines" not in trace["mode"] or "customdata" not in trace:
            continue
        joined: list[int] = []
        for data, y in zip(trace["customdata"], trace["y"], strict=True):
            joined = [] if y is None else [*joined, data[0] if isinstance(data, list) else data]
            assert len(set(joined)) <= 1


def test_a_patient_has_one_colour_and_shape_everywhere(registry: Registry) -> None:
    assert len({patient_colour(case_id) for case_id in range(1, 11)}) == 10
    assert len({patient_symbol(case_id) for case_id in range(1, 11)}) == 10
    assert patient_colour(13) == patient_colour(3)
    for name in ("pain_trajectories", "t_score_strip"):
        for theme in (LIGHT, DARK):
            assert trace_of(DRAW[name](registry, look=theme), "Patient 8")["marker"]["color"] == patient_colour(8)


def test_the_bare_word_for_a_disease_is_never_read_from_a_t_score(registry: Registry) -> None:
    for draw in (DRAW["t_score_strip"], DRAW["t_score_distribution"]):
        chart = draw(registry)
        assert "osteoporosis" not in " ".join([chart.title, chart.summary, words(chart), *chart.notes, *hovers(chart)])


def test_highlighting_somebody_who_is_not_in_view_dims_nobody(registry: Registry) -> None:
    for name in DRAW:
        chart = DRAW[name](registry, PATIENT_5, highlight=8)
        assert spec(chart)["data"] == spec(DRAW[name](registry, PATIENT_5))["data"]


# Pain.


def test_the_median_falls_as_table_2_says(registry: Registry) -> None:
    median = trace_of(DRAW["pain_trajectories"](registry), "Median")
    assert (median["x"], median["y"]) == ([0, 1, 3, 6], [7.5, 3.5, 2, 0])
    assert DRAW["pain_trajectories"](registry).title == "Pain falls in every patient by month 1"


def test_a_hover_is_a_sentence_with_its_place(registry: Registry) -> None:
    said = hovers(DRAW["pain_trajectories"](registry))
    assert "Patient 8, month 3: VAS 3, from 9 at baseline; Table II, row 31" in said
    assert "Patient 8, baseline: VAS 9; Table II, row 29" in said


def test_a_group_of_two_has_no_median(registry: Registry) -> None:
    chart = DRAW["pain_trajectories"](registry, group=STANDARD.variable("breastfeeding"))
    names = [trace["name"] for trace in spec(chart)["data"] if trace["name"].startswith("Median")]
    assert names == ["Median, stopped"]
    assert any("fewer than three" in note for note in chart.notes)


def test_a_visit_left_out_breaks_the_line(registry: Registry) -> None:
    chart = DRAW["pain_trajectories"](registry, Cohort.parse("month=0,1", STANDARD))
    assert trace_of(chart, "Patient 1")["y"] == [9, 5]
    low = DRAW["pain_trajectories"](registry, Cohort.parse("vas=0-8", STANDARD))
    assert trace_of(low, "Patient 1")["y"] == [None, 5, 1, 0]
    assert "Not recorded" not in [trace["name"] for trace in spec(low)["data"]]


def test_the_axis_is_the_whole_scale(registry: Registry) -> None:
    axis = spec(DRAW["pain_trajectories"](registry, Cohort.parse("month=6", STANDARD)))["layout"]["yaxis"]
    assert axis["range"][0] <= 0
    assert axis["range"][1] >= 10


def test_the_dumbbell_is_sorted_by_fall_then_baseline(registry: Registry) -> None:
    chart = DRAW["pain_dumbbell"](registry)
    assert [row["case_id"] for row in chart.data] == [1, 4, 8, 10, 2, 3, 5, 6, 7, 9]
    assert [row["change"] for row in chart.data] == [-9, -9, -8, -8, -7, -7, -7, -7, -7, -6]
    assert chart.title == "Pain falls by 6 to 9 points by month 6"


# Laboratory values.


def test_n_under_each_visit_of_pth(registry: Registry) -> None:
    axis = spec(DRAW["lab_trajectories"](registry))["layout"]["xaxis5"]
    assert axis["ticktext"] == ["0<br>5", "1<br>6", "3<br>7", "6<br>6"]


def test_printed_and_computed_flags_are_told_apart(registry: Registry) -> None:
    said = hovers(DRAW["lab_trajectories"](registry))
    assert (
        "Patient 1, month 3: calcium 8.3 mg/dL; printed without arrow; below 8.4–10.2 mg/dL (ARUP); Table II, row 3"
        in said
    )
    assert any("22.2 ng/mL; printed with ↓, though within 20–80 ng/mL (PMC7276095); assumed" in text for text in said)


def test_the_uncertain_analyte_has_no_band_and_says_so(registry: Registry) -> None:
    chart = DRAW["lab_trajectories"](registry)
    assert "y2" not in {shape["yref"] for shape in spec(chart)["layout"]["shapes"]}
    assert "analyte<br>uncertain" in words(chart) or "analyte uncertain" in words(chart).replace("<br>", " ")
    assert "35–104 U/L: Mayo" in words(chart).replace("<br>", " ")
    assert "not checked" not in words(chart).replace("<br>", " ")


def test_no_value_lies_outside_its_panel(registry: Registry) -> None:
    layout = spec(DRAW["lab_trajectories"](registry))
    for trace in layout["data"]:
        low, high = layout["layout"][f"yaxis{trace['yaxis'][1:]}"]["range"]
        assert all(low < value < high for value in trace["y"] if value is not None)


def test_where_the_two_flags_disagree(registry: Registry) -> None:
    table = figures.flag_disagreements(registry)
    found = [(row["case_id"], row["month"], row["value"]) for row in table.records if row["verdict"] == "disagree"]
    assert found == [(1, 3, 8.3), (4, 1, 7.8), (6, 1, 19.0), (8, 0, 22.2), (10, 0, 20.6)]
    assert sum(row["verdict"] == "agree" for row in table.records) == 7
    assert not figures.flag_disagreements(registry, NOBODY).rows


# Bone.


def test_exactly_on_the_line_counts_and_is_said(registry: Registry) -> None:
    chart = DRAW["t_score_strip"](registry)
    assert chart.title == "T-score at or below −2.5: L1–L4 in 10 of 10, femoral neck in 3 of 10"
    assert trace_of(chart, "Patient 3")["y"] == [-2.5, -2.6, -1.5]
    assert "Patient 3, L1–L4: T-score −2.5 (exactly on a WHO line); Table I" in hovers(chart)
    assert words(chart).replace("<br>", " ").count("WHO lines for orientation") == 1


def test_a_fractured_lumbar_spine_is_marked_and_left_out_on_request(registry: Registry) -> None:
    ringed = trace_of(DRAW["t_score_strip"](registry), "Fractured where measured")
    assert (ringed["customdata"], ringed["y"]) == ([[10], [10]], [-3.5, -3.5])
    chart = DRAW["t_score_strip"](registry, leave_out_lumbar_fracture=True)
    assert trace_of(chart, "Patient 10")["y"] == [None, None, -3.3]
    assert chart.title == "T-score at or below −2.5: unfractured L1–L4 in 9 of 9, femoral neck in 3 of 10"
    assert "is documented in 1 of 10 patients: patient 10 (L1, L2, L4)" in " ".join(chart.notes)
    assert not [trace for trace in spec(chart)["data"] if trace["name"] == "Fractured where measured"]


def test_a_box_needs_five_values(registry: Registry) -> None:
    chart = DRAW["t_score_distribution"](registry, group=STANDARD.variable("smoking"))
    rectangles = [shape for shape in spec(chart)["layout"]["shapes"] if shape["type"] == "rect"]
    boxes = [
        shape for shape in rectangles if shape["fillcolor"] != rectangles[0]["fillcolor"]
    ]  # the first is the WHO band
    assert len(boxes) == 3  # six without smoking; four with smoking get none


def test_fracture_levels_and_vertebroplasty(registry: Registry) -> None:
    chart = DRAW["fracture_map"](registry)
    levels = {case_id: [row["level"] for row in chart.data if row["case_id"] == case_id] for case_id in (3, 4, 8, 10)}
    assert {key: sorted(value) for key, value in levels.items()} == {
        3: ["talus"],
        4: ["T10", "T11", "T6"],
        8: ["T10", "T12", "T9"],
        10: ["L1", "L2", "L4", "T12"],
    }
    assert {row["case_id"] for row in chart.data if row["vertebroplasty"]} == {4}
    assert "Patient 8, T9: acute compression fracture" in hovers(chart)
    assert trace_of(chart, "None documented")["text"] == ["none documented"] * 6


def test_the_spine_shows_every_fracture_in_its_patients_column(registry: Registry) -> None:
    chart = DRAW["spine"](registry)
    assert chart.title == "10 fractured vertebrae in 3 of 10 patients; 5 of them at T10 to T12"
    told = trace_of(chart, "Fracture")
    assert sorted(zip(told["text"], told["x"], strict=True))[0] == ("<b>10</b>", 0)  # most fractures first
    assert len(told["x"]) == 11
    assert "Patient 8, T9: acute compression fracture" in hovers(chart)
    assert "Patient 5, T6: no fracture documented L1-L4 T-score −2.7" in hovers(chart)
    assert sorted(patients(trace_of(chart, "Vertebroplasty"))) == [4]
    assert list(spec(chart)["layout"]["xaxis"]["ticktext"])[:3] == ["−3.5", "−3.2", "−3.7"]


# What is recorded, what was given.


def test_every_missing_cell_is_hollow(registry: Registry) -> None:
    chart = DRAW["missingness_map"](registry)
    of_visits = [month is not None for _, month in trace_of(chart, "Values")["customdata"]]
    symbols = trace_of(chart, "Values")["marker"]["symbol"]
    assert sum(symbol == "square-open" and held for symbol, held in zip(symbols, of_visits, strict=True)) == 48
    assert "152 of 200" in chart.title


#: Seven, eight and nine measures, with names of one and of several words.
ANALYTE = """
[[variable]]
name = "{name}"
label = "{label}"
table = "visits"
kind = "number"
unit = "ng/mL"
plausible = [0, 1000]
"""
LABELS = ("CTX", "Bone alkaline phosphatase", "C-terminal telopeptide of collagen")


@pytest.mark.parametrize("more", [0, 1, 3])
@pytest.mark.parametrize("months", [(0,), (0, 1, 3, 6), (0, 1, 3, 6, 12), (0, 12, 24, 36), tuple(range(40))], ids=len)
@pytest.mark.parametrize("patients", [1, 12, 30])
def test_no_two_heads_of_what_is_recorded_touch_on_a_phone(
    more: int, months: tuple[int, ...], patients: int, tmp_path: Path
) -> None:
    analytes = "".join(ANALYTE.format(name=f"own_{n}", label=label) for n, label in enumerate(LABELS[:more]))
    (tmp_path / FILE).write_text(f'months = {list(months)}\nuse = ["phosphate"]\n{analytes}', encoding="utf-8")
    words = words_of(tmp_path)
    visits = [{"case_id": n, "month": month, "calcium": 9.0} for n in range(1, patients + 1) for month in months]
    own = small_registry(words, cases=[{"case_id": n + 1} for n in range(patients)], visits=visits)
    chart = figures.missingness_map(own)
    assert_apart(spec(chart)["layout"])
    once = len({row["measure"] for row in chart.data if row["month"] is None})
    assert sum(len(trace["x"]) for trace in spec(chart)["data"]) == len(chart.data)
    assert len(chart.data) == patients * ((7 + more) * len(months) + once)


def assert_apart(layout: dict, phone: float = 318) -> None:
    """No two words beside each other touch, heads, months, counts or totals, on a plot of a phone's width."""
    plot = phone - layout["margin"]["l"] - layout["margin"]["r"]
    lines: dict[tuple, list[tuple[float, str, float]]] = defaultdict(list)
    for part in layout["annotations"]:
        if part.get("xref", "x") != "paper":
            key = (part.get("xref", "x"), part["y"], part["yshift"])
            lines[key].append((part["x"], part["text"], part["font"]["size"]))
    for name in [name for name in layout if name.startswith("xaxis") and layout[name].get("ticktext")]:
        axis = layout[name]
        lines[name.replace("axis", ""), "missing"] = [
            (at, text, axis["tickfont"]["size"])
            for at, text in zip(axis["tickvals"], axis["ticktext"], strict=True)
            if text
        ]
    for (name, *_), said in lines.items():
        low, high = layout[name.replace("x", "xaxis")]["range"]
        for (left, one, size), (right, other, _) in pairwise(sorted(said)):
            assert (right - left) * plot / (high - low) >= (width(one, size) + width(other, size)) / 2, (one, other)


def width(text: str, size: float) -> float:
    """How wide words are at the least: their longest line, at half the type's size a letter."""
    return max(map(len, re.sub(r"</?b>", "", text).split("<br>"))) * size / 2


def test_what_is_in_conflict_is_a_ring(registry: Registry) -> None:
    chart = DRAW["treatment_matrix"](registry)
    doubted = [row for row in chart.data if row["status"] != "as printed"]
    assert (len(doubted), sum(row["status"] == "in conflict" for row in doubted)) == (29, 20)
    assert "calcium carbonate ○, vitamin D ○" in words(chart)
    marks = trace_of(chart, "Rest")
    rings = [
        text for text, symbol in zip(marks["hovertext"], marks["marker"]["symbol"], strict=True) if "open" in symbol
    ]
    assert len(rings) == 9
    assert all("inferred" in text.replace("<br>", " ") for text in rings)


def test_the_confounded_pair_is_seen_first(registry: Registry) -> None:
    chart = DRAW["overlap"](registry)
    assert [row["case_id"] for row in chart.data][:2] == [8, 10]
    assert chart.title.startswith("Both patients who went on breastfeeding also smoke")


def test_a_timeline_has_a_gap_where_the_record_has_one(registry: Registry) -> None:
    chart = figures.patient_timeline(registry, case_id=8)
    assert trace_of(chart, "calcium")["y"] == [9.2, None, None, 9.0]
    assert trace_of(chart, "VAS")["y"] == [9, 6, 3, 1]
    assert "3.5 months" in words(chart)


def test_a_timeline_marks_what_is_uncertain(registry: Registry) -> None:
    chart = figures.patient_timeline(registry, case_id=8)
    assert trace_of(chart, "calcium")["marker"]["symbol"][0] == "star"
    assert trace_of(chart, "25(OH) vitamin D")["marker"]["symbol"][0] == "star-open-dot"
    doses = [text for text in hovers(chart) if "vitamin D, " not in text and "1\u202f000 IU" in text]
    assert doses
    assert all("in conflict: The Discussion prints 880 IU" in text for text in doses)


# The way from delivery, and the company of published cohorts.


def test_lanes_are_sorted_by_the_week_of_diagnosis(registry: Registry) -> None:
    chart = DRAW["swimmer"](registry)
    found = trace_of(chart, "Diagnosis")
    assert [data[0] for data in found["customdata"]] == [3, 9, 7, 8, 2, 6, 10, 5, 4, 1]
    assert found["x"] == [2, 2, 3, 3, 4, 4, 4, 7, 8, 24]
    assert chart.title == "Diagnosis came 2 to 24 weeks after delivery, within 8 weeks in 9 of 10"


def test_visits_lie_at_their_months_after_diagnosis(registry: Registry) -> None:
    visits = trace_of(DRAW["swimmer"](registry), "Visits")
    weeks = [x for x, data in zip(visits["x"], visits["customdata"], strict=True) if data[0] == 1]
    assert weeks == [28.35, 37.04, 50.09]
    assert "Patient 8, month 3 after diagnosis, week 16 from delivery: VAS 3; Table II, row 31" in hovers(
        DRAW["swimmer"](registry)
    )


def test_only_the_brace_and_stopped_breastfeeding_have_an_end(registry: Registry) -> None:
    chart = DRAW["swimmer"](registry)
    rows = [row for row in chart.data if row["case_id"] == 8]
    ends = {row["event"]: (row["start_week"], row["stop_week"]) for row in rows if row["stop_week"] is not None}
    assert ends == {"spinal brace": (3, 7)}
    assert ("breastfeeding continued", 0) in [(row["event"], row["start_week"]) for row in rows]
    assert [(row["event"], row["stop_week"]) for row in chart.data if row["case_id"] == 9 and row["stop_week"]] == [
        ("breastfeeding stopped", 2)
    ]
    assert "bisphosphonate" in words(chart)  # without a date, so beside its lane
    assert "bisphosphonate" not in " ".join(hovers(chart))


def test_pain_control_is_drawn_only_where_it_is_printed(registry: Registry) -> None:
    found = trace_of(DRAW["swimmer"](registry), "Pain control, printed")
    assert found["customdata"] == [[8], [10]]
    assert found["x"] == [18.22, 21.39]


def test_this_series_is_compared_under_the_strict_definition(registry: Registry) -> None:
    chart = figures.published_cohorts(registry)
    here = [row for row in chart.data if row["cohort"] == "This series"]
    assert {row["case_id"] for row in here} == {4, 8, 10}
    assert [row["value"] for row in here if "Vertebral fractures" in row["measure"]] == [3, 3, 4]
    assert words(chart).count("This series</b>, n = 3") == 5
    assert any("3 of 10 patients" in note and "whatever the filters" in note for note in chart.notes)


def test_published_means_are_context_and_have_their_source(registry: Registry) -> None:
    chart = figures.published_cohorts(registry)
    others = [row for row in chart.data if row["cohort"] != "This series"]
    assert {(row["cohort"], row["n"]) for row in others} == {
        ("Laroche 2017", 52),
        ("Hadji 2017", 102),
        ("Qian 2021", 338),
    }
    assert all(row["doi"].startswith("10.") and row["doi"] in " ".join(chart.notes) for row in others)
    assert any("Nothing is pooled" in note for note in chart.notes)
    by_cohort = {(row["cohort"], row["measure"]): row["value"] for row in others if "ractures" in str(row["measure"])}
    assert by_cohort == {
        ("Laroche 2017", "Vertebral fractures in a patient"): 3.8,
        ("Hadji 2017", "Fractures in a patient, at any site"): 3.3,
    }
    assert "Laroche 2017, n = 52: mean 3.8, SD 2; vertebral fractures; DOI 10.1007/s00198-017-4165-2" in hovers(chart)
    assert " -" not in chart.summary


def test_a_bad_line_of_context_is_named(tmp_path) -> None:
    path = tmp_path / "published_cohorts.csv"
    path.write_text("cohort,doi,design,n,measure,mean,sd,note\nX,10.1/x,cohort,many,age,30,,\n", encoding="utf-8")
    with pytest.raises(DataProblem, match=r"published_cohorts.csv, line 2"):
        published(path)
