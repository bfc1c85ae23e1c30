"""Facts, bins, tables and figures of the aggregates, held against the rows and against plain loops."""

import json
from statistics import median
from typing import Any

import numpy as np
import pytest

from plro_core.export import export_table
from plro_core.figures.style import look
from plro_core.shared import bins
from plro_core.shared.answers import SUPPRESSED, Line, Part, Shared
from plro_core.shared.bins import Cut
from plro_core.shared.facts import NOT_RECORDED, SECTIONS, Fact, Facts, facts_of
from plro_core.shared.figures import charts
from plro_core.shared.questions import Literal, Question
from plro_core.shared.tables import cell, notes, recipe, table
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.shared_attack import made_up

K = 5


@pytest.fixture(scope="module")
def registry() -> Registry:
    return made_up(200)


@pytest.fixture(scope="module")
def shared(registry: Registry) -> Shared:
    return Shared.of(registry, K)


def raw(registry: Registry, fact: Fact) -> list[Any]:
    """What is recorded of each patient, row by row."""
    name, table_ = fact.variable.name, fact.variable.table
    if fact.many:
        value = fact.name.removeprefix(f"{table_}.{name}.")
        having = {row[0] for row in registry.rows(f"SELECT case_id FROM {table_} WHERE {name} = ?", [value])}
        return ["yes" if case in having else "no" for (case,) in registry.rows("SELECT case_id FROM cases")]
    if fact.month is None:
        return [row[0] for row in registry.rows(f"SELECT {name} FROM cases")]
    found = dict(registry.rows(f"SELECT case_id, {name} FROM visits WHERE month = ?", [fact.month]))
    return [found.get(case) for (case,) in registry.rows("SELECT case_id FROM cases")]


def level_of(fact: Fact, value: Any) -> str:
    """The level of a recorded value, in words, by a plain comparison with the edges."""
    if value is None:
        return NOT_RECORDED
    if not fact.variable.is_number:
        code = ("yes" if value else "no") if isinstance(value, bool) else value
        return next(level.label for level in fact.levels if level.code == code)
    at = 0
    for cut in fact.cuts:
        at += value > cut.bound if cut.lower else value >= cut.bound
    return fact.levels[at].label


@pytest.mark.parametrize("whose", ["made up", "the ten"])
def test_every_code_is_what_the_rows_say(registry: Registry, whose: str) -> None:
    asked = registry if whose == "made up" else open_registry()
    facts = facts_of(asked, K)
    for fact, codes in zip(facts.facts, facts.codes, strict=True):
        assert [fact.levels[code].label for code in codes] == [level_of(fact, value) for value in raw(asked, fact)]


def test_every_kind_of_fact_is_there_and_free_text_is_not(shared: Shared) -> None:
    names = {fact.name for fact in shared.facts.facts}
    assert {"age", "smoking", "t_l1_l4", "vas.0", "vas.6", "calcium.3", "symptoms.symptom.hip"} <= names
    assert {"treatments.agent.vitamin D", "fractures.level.L1"} <= names
    assert not any(fact.variable.kind == "text" and fact.variable.name != "agent" for fact in shared.facts.facts)
    assert "case_id" not in names


def test_an_agent_that_fewer_than_k_were_given_is_not_even_named() -> None:
    names = " ".join(fact.label for fact in facts_of(open_registry(), K).facts)
    few = [
        agent
        for agent, n in open_registry().rows("SELECT agent, count(DISTINCT case_id) FROM treatments GROUP BY agent")
        if n < K
    ]
    assert few
    assert not [agent for agent in few if agent in names]


def test_bins_hold_at_least_k_of_all_values(shared: Shared) -> None:
    for name in {fact.variable.name for fact in shared.facts.facts if fact.cuts}:
        of_one = [place for place, fact in enumerate(shared.facts.facts) if fact.variable.name == name]
        counts = sum(_sizes(shared.facts, place) for place in of_one)
        assert counts.min() >= K, name


def _sizes(facts: Facts, place: int) -> Any:
    return np.bincount(facts.codes[place], minlength=99)[: facts.facts[place].bins]


@pytest.mark.parametrize(
    ("name", "cuts"),
    [
        ("vas", [Cut(0, True), Cut(3, True), Cut(6, True), Cut(9, True)]),
        ("t_l1_l4", [Cut(-2.5, True), Cut(-1.0)]),
        ("vitamin_d", [Cut(20.0), Cut(30.0), Cut(80.0, True)]),
        ("age", []),
    ],
)
def test_bins_are_cut_where_the_thresholds_are(name: str, cuts: list[Cut]) -> None:
    assert list(bins.clinical(STANDARD.variable(name))) == cuts


@pytest.mark.parametrize(
    ("name", "cuts", "words"),
    [
        ("vas", (Cut(0, True), Cut(3, True), Cut(9, True)), ("0", "1–3", "4–9", "10")),
        ("t_l1_l4", (Cut(-2.5, True), Cut(-1.0)), ("−2.5 or less", "−2.4 to −1.1", "−1.0 or more")),
        ("vitamin_d", (Cut(20.0), Cut(80.0, True)), ("less than 20", "20 to 80", "more than 80")),
        ("age", (Cut(25.0), Cut(30.0)), ("24 or less", "25–29", "30 or more")),
        ("age", (), ("any value",)),
    ],
)
def test_bins_are_named_by_the_values_that_they_hold(name: str, cuts: tuple[Cut, ...], words: tuple[str, ...]) -> None:
    assert bins.labels(STANDARD.variable(name), cuts) == words


def test_a_median_lies_in_the_bin_that_is_told(registry: Registry, shared: Shared) -> None:
    told = shared.tell(Question((Literal("smoking", "yes"),)))
    smoking = raw(registry, shared.facts.facts[shared.facts.place("smoking") or 0])
    seen = 0
    for place, fact in enumerate(shared.facts.facts):
        words = told.line(place, told.groups[0]).quantile(0.5)
        if not words:
            continue
        values = [
            value for value, smokes in zip(raw(registry, fact), smoking, strict=True) if smokes and value is not None
        ]
        assert _holds(fact, words, float(median(values))), (fact.name, words, median(values))
        seen += 1
    assert seen > 10


def _holds(fact: Fact, words: str, value: float) -> bool:
    """Whether a value lies in neighbouring bins of these words."""
    for low in range(fact.bins):
        for high in range(low, fact.bins):
            if fact.between(low, high) == words:
                above = low == 0 or value >= fact.cuts[low - 1].bound
                return above and (high == fact.bins - 1 or value <= fact.cuts[high].bound)
    raise AssertionError(words)


def test_a_median_between_two_bins_is_told_as_both_and_of_suppressed_counts_not_at_all() -> None:
    fact = facts_of(made_up(100), K).facts[0]
    parts = (Part((0,), 6), Part((1,), 6), Part((2,), 0), Part((3,), 0))
    assert Line(fact, 12, parts).quantile(0.5) == fact.between(0, 1)
    assert Line(fact, 12, parts).quantile(0.75) == fact.between(1, 1)
    assert Line(fact, 12, (Part((0, 1, 2, 3), 12),)).quantile(0.5) == ""
    assert Line(fact, None, ()).quantile(0.5) == ""


def test_a_table_never_says_a_suppressed_cell_is_nought_or_nothing() -> None:
    ten = open_registry()
    told = Shared.of(ten, K).tell(Question())
    made = table(ten, told)
    smoking = [row for row in made.tidy.records if row["fact"] == "smoking"]
    assert [row["patients"] for row in smoking] == [SUPPRESSED, SUPPRESSED]
    assert all(cell not in (None, "") for row in made.tidy.rows for cell in row)
    assert any(SUPPRESSED in note and "never 0" in note for note in made.layout.notes)


def test_a_count_says_its_denominator_and_a_share_only_of_many(shared: Shared) -> None:
    told = shared.tell(Question())
    place = shared.facts.place("smoking") or 0
    assert "of 200 (" in cell(told.line(place, told.groups[0]), 0)
    few = Shared.of(made_up(60), K)
    line = few.tell(Question()).line(few.facts.place("smoking") or 0, told.groups[0])
    assert cell(line, 0).endswith("of 60")


def test_what_was_made_says_the_mode_k_and_the_data_in_every_form(registry: Registry, shared: Shared) -> None:
    told = shared.tell(Question((Literal("smoking", "yes"),), "brace"))
    made, how = table(registry, told), recipe(registry, told)
    for form in ("csv", "html", "md"):
        text = export_table(made, form, how).decode()
        assert "smallest cell 5" in text
        assert "all patients" not in text
        assert SUPPRESSED in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_tell_released_counts_and_hover_nothing(registry: Registry, shared: Shared, theme: str) -> None:
    told = shared.tell(Question((Literal("smoking", "yes"),), "brace"))
    released = {
        part.patients for place in range(len(shared.facts.facts)) for line in told.lines(place) for part in line.parts
    }
    for section in SECTIONS:
        for chart in charts(registry, told, section, look(theme)):
            assert chart.figure is not None  # Plotly takes every part of it
            assert {trace["hoverinfo"] for trace in chart.spec["data"]} <= {"skip"}
            assert "customdata" not in json.dumps(chart.spec)
            for row in chart.data:
                assert row["patients"] == SUPPRESSED or int(str(row["patients"]).replace("\u202f", "")) in released
            for y in {trace["y"][0] for trace in chart.spec["data"]}:
                assert sum(trace["x"][0] for trace in chart.spec["data"] if trace["y"][0] == y) == pytest.approx(
                    100, abs=0.1
                )


def test_what_is_told_together_is_hatched_and_named(registry: Registry, shared: Shared) -> None:
    told = shared.tell(Question((Literal("smoking", "yes"),), "brace"))
    hatched = 0
    for chart in charts(registry, told, "Pain", look("light")):
        together = [trace for trace in chart.spec["data"] if "pattern" in trace["marker"]]
        hatched += len(together)
        named = [row["part"] for row in chart.data if row["part"] == SUPPRESSED or " or " in str(row["part"])]
        assert not together or named
    assert hatched


def test_notes_say_that_groups_are_no_trial(registry: Registry, shared: Shared) -> None:
    grouped = notes(registry, shared.tell(Question((), "brace")))
    assert any("no effect of a treatment" in note for note in grouped)


def test_a_group_of_nobody_is_told_as_nobody_and_never_as_suppressed(registry: Registry, shared: Shared) -> None:
    told = shared.tell(Question((), "case_definition"))
    assert [told.line(0, group).patients for group in told.groups][2] == 0
    chart = charts(registry, told, "Pain", look("light"))[0]
    elsewhere = [row for row in chart.data if "elsewhere" in str(row["bar"])]
    assert {(row["part"], row["patients"]) for row in elsewhere} == {("nobody", "0")}
    assert "fracture elsewhere: nobody." in chart.summary
