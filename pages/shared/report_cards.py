"""The report of a session: figures and tables are added to it beside their downloads; it lives as long as the session."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.shared import registries, visitor
from plro_core.export import Recipe
from plro_core.export.calls import needs_a_file
from plro_core.problems import PlainProblem
from plro_core.report.made import Drawn
from plro_core.report.model import Card, Report
from plro_core.verify.remaking import call_of

_EMPTY = Report("Untitled report", cards=(Card("text", "# Results"),))


def report() -> Report:
    """The session's report of the registry on the screen; at first one without a card of its own."""
    found: Report = st.session_state.get(_slot(), _EMPTY)
    return found


def kept(data: str) -> dict[str, Drawn]:
    """What was drawn for the session's report of these data, by the keys of its cards; of cards that are gone nothing."""
    slot = f"drawn {_slot()}"
    of, held = st.session_state.get(slot, ("", {}))
    keys = {card.key for card in report().cards}
    st.session_state[slot] = (data, {key: one for key, one in held.items() if of == data and key in keys})
    found: dict[str, Drawn] = st.session_state[slot][1]
    return found


def keep(changed: Report) -> None:
    """Make this the session's report."""
    st.session_state[_slot()] = changed


def _slot() -> str:
    """Each registry has a report of its own: another has other words."""
    return f"report {registries.name()}"


def button(recipe: Recipe | None, kind: str, name: str) -> None:
    """Add to the report what has this recipe; nothing for who sees aggregates alone, and of what cannot be made again."""
    if recipe is not None and not needs_a_file(recipe.snippet) and visitor.sees_rows():
        st.button(
            "Add to report",
            key=f"report_{name}",
            icon=":material/post_add:",
            type="tertiary",
            on_click=_add,
            args=(recipe, kind),
        )


def _add(recipe: Recipe, kind: str) -> None:
    change(lambda now: replace(now, cards=(*now.cards, card_of(recipe, kind))))
    st.toast("Added to the report: Registry, Report", icon=":material/post_add:")


def card_of(recipe: Recipe, kind: str) -> Card:
    """The card that shows what a recipe makes."""
    return Card(kind, call=call_of(recipe.snippet), cohort=recipe.query if "cohort" in recipe.snippet else "")


def change(how: Callable[[Report], Report]) -> None:
    """Change the session's report; what a report cannot be is said and not kept."""
    try:
        keep(how(report()))
    except PlainProblem as problem:
        st.toast(str(problem).replace("*", r"\*"), icon=":material/block:")
