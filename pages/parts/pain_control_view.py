"""Response and pain control on a page: who responded by a month, and when pain was controlled by a chosen definition."""

from typing import Any

import streamlit as st

from pages.shared import bound, page, session, tables_view
from pages.shared.figures import Figure, figure
from pages.shared.options import Option, one_of
from plro_core.cohort import Cohort
from plro_core.export import Recipe, recipe_for
from plro_core.figures import median_sentences, responder_counts, responder_waterfall, time_to_pain_control
from plro_core.figures.pain import CHANGE, FALLS, SCORE, SUBSTANTIAL_FALL
from plro_core.pain_control import (
    DEFAULT,
    DEFINITIONS,
    Definition,
    Reconstruction,
    definition,
    definitions_table,
    definitions_title,
    how_defined,
    reconstruct,
    responders_table,
)
from plro_core.store import Registry
from plro_core.tables import Table, TwoForms
from plro_core.text import safe_markdown

OPTIONS = (
    one_of(
        "axis",
        CHANGE,
        expected=f"{CHANGE}, for the change from baseline in percent",
        words="change from baseline in percent",
    ),
    one_of(
        "fall",
        *(str(fall) for fall in FALLS if fall != SUBSTANTIAL_FALL),
        expected="30, for a fall of 30 % or more as the response",
        words="a response is a fall of {} %",
    ),
    one_of(
        "control",
        *(entry.name for entry in DEFINITIONS),
        expected="a definition of pain control such as vas-2 or fall-50",
        words="pain control by {}",
    ),
    Option(
        "at",
        lambda text, words: text in {str(month) for month in words.follow_up},
        lambda words: "a planned month after baseline: " + ", ".join(map(str, words.follow_up)),
        words="responders at month {}",
    ),
)


def _months(view: session.View) -> list[str]:
    """The planned visits after baseline; a registry may plan none."""
    return [str(month) for month in view.registry.vocabulary.follow_up] or ["0"]


def usual_tab(view: session.View) -> str:
    """The tab that a link is about which names none: time to pain control, responders, else the course of pain."""
    return "control" if "control" in view.options else "responders" if "at" in view.options else "time"


def figures(view: session.View) -> tuple[Figure, Figure]:
    """The waterfall at the chosen month, and the time to pain control under the chosen definition."""
    shared: dict[str, Any] = {"group": view.options.get("by"), "highlight": view.patient}
    month = int(view.options.get("at", _months(view)[0]))
    return (
        figure(responder_waterfall, month=month, fall=fall_of(view), **shared),
        figure(time_to_pain_control, definition=view.options.get("control", DEFAULT.name), **shared),
    )


def fall_of(view: session.View) -> int:
    """The fall in percent that is told as the response."""
    return int(view.options.get("fall", SUBSTANTIAL_FALL))


def fall_control() -> None:
    """The switch between the falls that count as a response, shared by the ribbon of changes and the responders."""
    falls = {str(fall): f"≥ {fall} %" for fall in FALLS}
    bound.choice("A response is a fall of", "fall", falls, str(SUBSTANTIAL_FALL), bare=True)


def axis_control() -> None:
    """The switch between the score and the change from baseline with its response lines."""
    bound.choice("Axis", "axis", {SCORE: "Score", CHANGE: "Change"}, SCORE, bare=True)


def responders(view: session.View) -> None:
    """The waterfall at a chosen month, and the counts at every threshold and month."""
    _choose_month(view)
    page.show(figures(view)[0])
    st.subheader("How many respond?", anchor=False)
    tables_view.show(_counts(view, numbers=False), "responder_counts", _counts_recipe(view, "responder_counts"))
    with st.expander("The same as numbers, and who is not counted"):
        tables_view.show(_counts(view, numbers=True), "responders", _counts_recipe(view, "responders_table"))


def _choose_month(view: session.View) -> None:
    st.session_state["responders_at"] = view.options.get("at", _months(view)[0])
    st.segmented_control(
        "Change from baseline to",
        _months(view),
        format_func=lambda month: f"Month {month}",
        key="responders_at",
        required=True,
        on_change=_keep,
        args=("at", "responders_at"),
    )


def time_to_control(view: session.View) -> None:
    """The choice of a definition and why, the curve, medians in words, and every definition against the document."""
    chosen = definition(view.options.get("control", DEFAULT.name))
    found = _reconstruction(view.registry, view.data)
    _choose_definition(found, chosen)
    st.markdown(safe_markdown(_why(view.registry, found, chosen.name)))
    contradictions = _contradictions(found, chosen.name)
    if contradictions:
        st.warning(safe_markdown(" ".join(contradictions)), icon=":material/sync_problem:")
    if view.group is not None:
        st.markdown("\n".join(f"- {safe_markdown(sentence)}" for sentence in _medians(view, chosen.name)))
    page.show(figures(view)[1])
    if found.candidates:
        with st.expander(
            f"Why this definition: all that were tried, against what the {view.registry.source_word} prints"
        ):
            tables_view.show(_definitions(view.registry, view.data), "definitions", _definitions_recipe(view))


def _choose_definition(found: Reconstruction, chosen: Definition) -> None:
    st.session_state["control_definition"] = chosen.name
    st.selectbox(
        "Pain control means",
        [entry.name for entry in _best_first(found)],
        format_func=lambda name: _label(found, name),
        key="control_definition",
        on_change=_keep,
        args=("control", "control_definition"),
        width=520,
    )


def _keep(option: str, key: str) -> None:
    """Keep a choice in the link, the usual one too: a link that names no tab then opens on its own."""
    session.set_option(option, st.session_state[key])


def _best_first(found: Reconstruction) -> list[Definition]:
    tried = [candidate.definition for candidate in found.candidates]
    return [*tried, *(entry for entry in DEFINITIONS if entry not in tried)]


def _label(found: Reconstruction, name: str) -> str:
    return found.label if name == found.default.name and found.candidates else definition(name).label


def _why(registry: Registry, found: Reconstruction, name: str) -> str:
    """Why the default is the default; for another definition, how it stands against the document."""
    if not found.candidates:
        return f"Pain control is not agreed on; this is one of {len(DEFINITIONS)} definitions."
    if name == found.default.name:
        return " ".join(found.reason[:2])
    verdict = next((entry.verdict for entry in found.candidates if entry.definition.name == name), "not tested")
    fit = "fits what it prints, too" if verdict == "fits" else f"against what it prints: {verdict}"
    defined = how_defined(registry)
    return (
        f"{defined[:1].upper()}{defined[1:]}; this is one of {len(DEFINITIONS)} definitions tried ({fit}). "
        f"The default, “{found.default.label}”, is reconstructed and fits best."
    )


def _contradictions(found: Reconstruction, name: str) -> tuple[str, ...]:
    """Printed times of a document's patients that a definition cannot be brought together with."""
    return next((entry.contradictions for entry in found.candidates if entry.definition.name == name), ())


@st.cache_resource(show_spinner=False, max_entries=3)
def _reconstruction(_registry: Registry, data: str) -> Reconstruction:
    return reconstruct(_registry)


@st.cache_resource(show_spinner=False, max_entries=3)
def _definitions(_registry: Registry, data: str) -> Table:
    return definitions_table(_registry, _reconstruction(_registry, data))


def _medians(view: session.View, name: str) -> list[str]:
    return _found_medians(view.registry, view.data, view.cohort.query, view.options["by"], name)


@st.cache_data(show_spinner=False, max_entries=200)
def _found_medians(_registry: Registry, data: str, query: str, group: str, name: str) -> list[str]:
    return median_sentences(
        _registry,
        Cohort.parse(query, _registry.vocabulary),
        definition=name,
        group=_registry.vocabulary.variable(group, "cases"),
    )


def _counts(view: session.View, numbers: bool) -> Table | TwoForms:
    return _found_counts(view.registry, view.data, view.cohort.query, view.options.get("by"), numbers)


@st.cache_data(show_spinner=False, max_entries=200)
def _found_counts(_registry: Registry, data: str, query: str, group: str | None, numbers: bool) -> Table | TwoForms:
    count = responders_table if numbers else responder_counts
    return count(
        _registry,
        Cohort.parse(query, _registry.vocabulary),
        _registry.vocabulary.variable(group, "cases") if group else None,
    )


def _counts_recipe(view: session.View, name: str) -> Recipe:
    group = f', group=registry.vocabulary.variable("{view.group.name}", "cases")' if view.group else ""
    call = f"{name}(registry, cohort{group})"
    title = "Response to treatment: fall in VAS from baseline"
    return recipe_for(view.registry, title, view.cohort, call)


def _definitions_recipe(view: session.View) -> Recipe:
    return recipe_for(view.registry, definitions_title(view.registry), call="definitions_table(registry)")
