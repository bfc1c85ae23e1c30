"""Which laboratory values are shown, where not all are wanted: chosen on the page and kept in the link."""

import streamlit as st

from pages.shared import session
from pages.shared.options import Option
from plro_core.vocabulary import Variable, Vocabulary


def _are_labs(text: str, words: Vocabulary) -> bool:
    names = text.split(",")
    return set(names) <= {lab.name for lab in words.labs} and len(set(names)) == len(names)


def _told(text: str, words: Vocabulary) -> str:
    return "only " + ", ".join(words.variable(name, "visits").short_label for name in text.split(","))


OPTIONS = (Option("panels", _are_labs, "laboratory variables with commas between", of_one_page=True, words=_told),)


def chosen(view: session.View) -> tuple[Variable, ...] | None:
    """The laboratory values of the link in its order; nothing where all are shown."""
    told = view.options.get("panels", "")
    return tuple(view.registry.vocabulary.variable(name, "visits") for name in told.split(",")) if told else None


def choose(view: session.View) -> None:
    """The control; with nothing chosen all are shown."""
    labs = {lab.name: lab.label for lab in view.registry.vocabulary.labs}
    st.session_state["lab_panels"] = [lab.name for lab in chosen(view) or ()]
    st.multiselect(
        "Panels",
        list(labs),
        format_func=lambda name: labs.get(name, name),
        key="lab_panels",
        placeholder="all; choose those that a page has room for",
        on_change=lambda: session.set_option("panels", ",".join(st.session_state["lab_panels"]) or None),
        width=720,
    )
