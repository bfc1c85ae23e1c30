"""What was pointed at in a figure, by mouse or by name, and the views that acting on it leads to.

What is pointed at belongs to one figure of one view: once the view is another one, there is nothing to act on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shared import registries, session
from plro_core import marks
from plro_core.cohort import PATIENTS, Cohort, Criterion
from plro_core.counts import size
from plro_core.figures.style import Part
from plro_core.marks import Choice, Mark
from plro_core.problems import QueryProblem

_POINTED = "pointed_at"
#: How several points are chosen with the mouse, and what Plotly calls it.
WAYS = {"Box": "select", "Lasso": "lasso"}


@dataclass(frozen=True)
class Pointed:
    """What was pointed at in one figure of one view; a box on axes that say what they hold covers a ``range`` of values."""

    place: tuple[str, ...]
    found: tuple[Mark, ...]
    range: Cohort | None = None


def place(view: session.View, name: str) -> tuple[str, ...]:
    """Where something is pointed at: the figure, and the view that it belongs to."""
    return (name, view.page, view.data, view.cohort.query, view.options.get("by", ""))


def pointed(here: tuple[str, ...]) -> Pointed | None:
    """What is pointed at in a figure of a view."""
    found: Pointed | None = st.session_state.get(_POINTED)
    return found if found is not None and found.place == here else None


def forget() -> None:
    """Nothing is pointed at any more (for callbacks)."""
    st.session_state.pop(_POINTED, None)


def way(name: str) -> str:
    """The key of the way in which several points of a figure are chosen."""
    return f"way_{name}"


def drawn_for_choosing(spec: Part, name: str) -> Part:
    """The figure, ready for a box or a lasso where one was asked for; clicks need nothing."""
    mode = WAYS.get(st.session_state.get(way(name)) or "")
    if mode is None:
        return spec
    return {**spec, "layout": spec["layout"] | {"dragmode": mode, "selectdirection": "any"}}


def selected(key: str, here: tuple[str, ...], spec: Part) -> None:
    """Take over what a click, a box or a lasso has chosen (for callbacks). A second click on the same takes it back."""
    chosen = st.session_state[key]["selection"]
    boxes = chosen.get("box") or []
    if not chosen["points"] and not boxes and not chosen.get("lasso"):
        _take_back(here)
        return
    found = marks.marks_of(point.get("customdata") for point in chosen["points"])
    point_at(Pointed(here, found, _range(boxes[0], spec) if len(boxes) == 1 else None))


def point_at(chosen: Pointed) -> None:
    """Point at something; one patient is highlighted by it on every page, and taken back when pointed at again."""
    before = pointed(chosen.place)
    one = len(chosen.found) == 1 and isinstance(chosen.found[0], int)
    if one and before is not None and before.found == chosen.found:
        _take_back(chosen.place)
        return
    st.session_state[_POINTED] = chosen
    if one:
        session.set_option("patient", str(chosen.found[0]))


def take_back() -> None:
    """Let go of what is pointed at, and of the highlight that came with it (for callbacks)."""
    found: Pointed | None = st.session_state.get(_POINTED)
    if found is not None:
        _take_back(found.place)


def _take_back(here: tuple[str, ...]) -> None:
    before = pointed(here)
    forget()
    if before is not None and [str(mark) for mark in before.found] == [session.begin()[1].get("patient")]:
        session.set_option("patient", None)


def _range(box: Mapping[str, Any], spec: Part) -> Cohort | None:
    """The range of values that a box covers, if the figure says what its axes hold."""
    layout = spec["layout"]
    held = (layout.get("meta") or {}).get("axes")
    if not held:
        return None
    spans = {
        name.replace("axis", ""): tuple(axis["range"])
        for name, axis in layout.items()
        if "axis" in name and isinstance(axis, dict) and axis.get("range")
    }
    return marks.brushed(box, held, spans, registries.words())


def choices(view: session.View, now: Pointed) -> tuple[list[Choice], str]:
    """The patients that were pointed at, and those whose values lie in the range of a box; and why there are none."""
    try:
        found = marks.choice(view.registry, view.cohort, now.found)
    except QueryProblem as problem:
        return [], str(problem)
    asked = [found] if found is not None else []
    if now.range is not None:
        asked.append(Choice(now.range, marks.words_of(now.range)))
    inside = [choice for choice in asked if number(view, choice)]
    return inside, "" if inside else "Nobody lies in this selection."


def number(view: session.View, choice: Choice) -> int:
    """How many patients of the view a choice means; of a choice of visits how many visits."""
    inside = size(view.registry, Cohort((*view.cohort.criteria, *choice.these.criteria)))
    return inside.visits if choice.of_visits else inside.patients


def show(cohort: Cohort) -> None:
    """Look at what acting has led to; whom it leaves out is highlighted no longer (for callbacks)."""
    forget()
    gone = {str(left) for criterion in cohort.who if criterion.negated for left in criterion.numbers}
    session.set_view(cohort, {"patient": None} if session.begin()[1].get("patient") in gone else {})
    _clicks_again()


def leave_out(patient: int) -> None:
    """Look at everybody in view but one patient; where she had been left out, she is back (for callbacks)."""
    cohort, _ = session.begin()
    left = cohort.get(PATIENTS)
    if left is not None and is_left_out(cohort, patient):
        kept = [number for number in left.numbers if number != patient]
        others = cohort.without(PATIENTS)
        session.set_cohort(others.with_(Criterion.naming(kept, registries.words(), True)) if kept else others)
        return
    registry = registries.registry()
    rest = marks.rest(registry, cohort, Cohort((Criterion.naming([patient], registry.vocabulary),)))
    if rest is not None:
        session.set_cohort(rest)


def is_left_out(cohort: Cohort, patient: int) -> bool:
    """Whether a cohort leaves a patient out by hand."""
    left = cohort.get(PATIENTS)
    return left is not None and left.negated and patient in left.numbers


def compare(these: Cohort) -> None:
    """Go to the comparison of these with the rest of the view (for callbacks)."""
    forget()
    cohort, options = session.begin()
    kept = {key: text for key, text in options.items() if key not in ("a", "b", "beside", "overlap")}
    session.follow(session.pairs_of(cohort, kept | {"a": these.query}), "compare")
    _clicks_again()


def _clicks_again() -> None:
    """A figure of another view begins with clicks."""
    for key in _ways_in_use():
        st.session_state[key] = None


def _ways_in_use() -> Iterable[str]:
    return [str(key) for key in st.session_state if str(key).startswith(way(""))]
