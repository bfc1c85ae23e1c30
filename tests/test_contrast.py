"""Words and marks can be told from their ground, in both themes, by the ratios of WCAG 2.2."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plro_core import figures
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart
from plro_core.figures.style import DARK, LIGHT, PATIENT_HUES, Look, group_styles, patient_colour
from plro_core.store import open_registry
from plro_core.vocabulary import STANDARD

LOOKS = pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
WORDS, MARKS = 4.5, 3.0
HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_that_of_the_standard() -> None:
    assert ratio("#000000", "#FFFFFF") == 21
    assert round(ratio("#777777", "#FFFFFF"), 2) == 4.48


@LOOKS
def test_marks_reach_three_to_one(look: Look) -> None:
    groups = [style.colour for group in STANDARD.groupings for style in group_styles(group, look).values()]
    marks = {*PATIENT_HUES, *groups, look.accent, look.line}
    assert {
        mark: round(ratio(mark, look.background), 2) for mark in marks if ratio(mark, look.background) < MARKS
    } == {}


@LOOKS
def test_words_on_the_ground_and_in_hover_boxes_reach_four_and_a_half(look: Look) -> None:
    inks = {look.text, look.quiet, *(look.ink(hue) for hue in (*PATIENT_HUES, look.accent))}
    for ground in (look.background, look.surface):
        assert {ink for ink in inks if ratio(ink, ground) < WORDS} == set()


def colours_of_words(part: Any, key: str = "") -> Iterator[str]:
    """Every colour in which a figure writes on the ground: fonts of any kind, and coloured words inside a text."""
    if isinstance(part, dict) and HEX.fullmatch(str(part.get("bgcolor"))):
        assert ratio(part["font"]["color"], part["bgcolor"]) >= WORDS, part  # words with a ground of their own
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "template":  # Plotly's own defaults, which every figure overrides
                continue
            if key.endswith("font") and name == "color":
                yield from HEX.findall(str(value))
            yield from colours_of_words(value, name)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from colours_of_words(value, key)
    elif isinstance(part, str):
        yield from re.findall(r"color:\s*(#[0-9A-Fa-f]{6})", part)


def drawn(look: Look) -> list[Chart]:
    """A figure of every kind, nobody highlighted, because a highlight lets the others step back on purpose."""
    registry = open_registry()
    smoking = STANDARD.variable("smoking", "cases")
    charts = [
        figures.missingness_map(registry, EVERYONE, look=look),
        figures.pain_at_a_glance(registry, EVERYONE, look=look),
        figures.spine_at_a_glance(registry, EVERYONE, look=look),
        figures.scores_at_a_glance(registry, EVERYONE, look=look),
        figures.drugs_at_a_glance(registry, EVERYONE, look=look),
        figures.who_at_a_glance(registry, EVERYONE, look=look),
        figures.pain_trajectories(registry, EVERYONE, look=look, group=smoking),
        figures.pain_trajectories(registry, EVERYONE, look=look),
        figures.pain_dumbbell(registry, EVERYONE, look=look, group=smoking),
        figures.lab_trajectories(registry, EVERYONE, look=look),
        figures.t_score_strip(registry, EVERYONE, look=look),
        figures.t_score_distribution(registry, EVERYONE, look=look, group=smoking),
        figures.fracture_map(registry, EVERYONE, look=look),
        figures.treatment_matrix(registry, EVERYONE, look=look),
        figures.overlap(registry, EVERYONE, look=look),
        figures.patient_timeline(registry, EVERYONE, look=look, case_id=8),
        figures.estimation_plot(
            registry, look=look, a=Cohort.parse("smoking=yes", STANDARD), keys=("vas.0", "t_l1_l4")
        ),
    ]
    registry.close()
    return charts


def colours_of_marks(chart: Chart) -> Iterator[str]:
    """The colour of every point; where it is filled with the ground, that of its outline is in the same trace."""
    for trace in chart.figure.to_plotly_json()["data"]:
        marker = trace.get("marker", {})
        yield from HEX.findall(str(marker.get("color", "")))


def faint_on_purpose(look: Look) -> set[str]:
    """What stands for nothing: the ground inside a hollow mark, a set that a group is not in, an end not recorded."""
    return {look.background, look.rule, look.tint(patient_colour(8), 0.35)}


def faint(chart: Chart, colours: Iterable[str], look: Look, least: float) -> set[tuple[str, str, float]]:
    return {
        (chart.name, colour, round(ratio(colour, look.background), 2))
        for colour in colours
        if ratio(colour, look.background) < least
    }


@LOOKS
def test_every_word_and_point_of_a_figure_can_be_told_from_the_ground(look: Look) -> None:
    found: set[tuple[str, str, float]] = set()
    for chart in drawn(look):
        found |= faint(chart, colours_of_words(chart.figure.to_plotly_json()), look, WORDS)
        found |= faint(chart, {*colours_of_marks(chart)} - faint_on_purpose(look), look, MARKS)
    assert found == set()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_themes_words_can_be_read_on_its_grounds(name: str) -> None:
    config = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    theme = config["theme"][name]
    pairs = [(theme[f"{hue}TextColor"], theme[f"{hue}BackgroundColor"]) for hue in ("red", "yellow", "green", "blue")]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        pairs += [
            (theme[words], theme[ground]) for words in ("textColor", "linkColor", "primaryColor", "grayTextColor")
        ]
    assert [(words, ground) for words, ground in pairs if ratio(words, ground) < WORDS] == []
