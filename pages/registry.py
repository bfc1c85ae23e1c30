"""Registry: bring in data, its versions, its quality, and the whole of it to take away."""

import streamlit as st

from pages.parts.registry import exports, intake, quality, versions, work
from pages.shared import page, session

TITLE = "What does the registry hold, and how did it get there?"
PARTS = {
    "data": ("Bring in data", intake.show),
    "history": ("Versions", versions.show),
    "quality": ("Data quality", quality.show),
    "export": ("Export", exports.show),
}


def choose() -> str:
    """The part that is shown, kept in the link."""
    st.session_state["registry_part"] = session.begin()[1].get("part", session.PARTS[0])
    st.segmented_control(
        "Part",
        session.PARTS,
        format_func=lambda part: PARTS[part][0],
        key="registry_part",
        required=True,
        on_change=_chosen,
        label_visibility="collapsed",
    )
    return str(st.session_state["registry_part"])


def _chosen() -> None:
    part = st.session_state["registry_part"]
    session.set_option("part", None if part == session.PARTS[0] else part)


if work.viewed():
    page.header(TITLE)
    st.caption("This page is about the whole registry, whoever is in view.")
else:
    st.title(TITLE, anchor=False)
PARTS[choose()][1]()
