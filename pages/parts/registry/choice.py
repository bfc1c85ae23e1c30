"""Which part of the Registry page is shown."""

from collections.abc import Mapping

import streamlit as st

from pages.shared import session
from pages.shared.options import one_of

PARTS = ("data", "words", "history", "quality", "export", "report", "check", "draft")
OPTIONS = (one_of("part", *PARTS, words="part {}"),)


def chosen() -> str:
    """The part that the view names."""
    return session.begin()[1].get("part", PARTS[0])


def choose(labels: Mapping[str, str]) -> str:
    """The part that is shown, kept in the link; ``labels`` say what each is called."""
    st.session_state["registry_part"] = chosen()
    st.segmented_control(
        "Part",
        PARTS,
        format_func=lambda part: labels[part],
        key="registry_part",
        required=True,
        on_change=_chosen,
        label_visibility="collapsed",
    )
    return str(st.session_state["registry_part"])


def _chosen() -> None:
    part = st.session_state["registry_part"]
    session.set_options({"part": None if part == PARTS[0] else part, "tab": None})
