"""What the bare and the constant page have in common: a menu as large as the dashboard's, and a panel of as many filters."""

from collections.abc import Callable

import streamlit as st

TITLES = (
    "Overview",
    "Pain",
    "Labs",
    "Bone",
    "Treatments",
    "Compare",
    "Patients",
    "Tables",
    "Claims",
    "Registry",
    "Words",
)
LEVELS = ("yes · 4", "no · 5", "not recorded · 1")
SPANS = ("weeks", "vas", "spine", "hip", "neck")
#: Lines of a figure: a patient each.
LINES = [{"type": "scatter", "x": [0, 3, 6, 12], "y": [9, 6, number % 5, 1]} for number in range(10)]


def around(page: Callable[[], None], choices: int) -> None:
    """One run of the page, below its menu and beside a panel with so many choices."""
    pages = [st.Page(page, title=title, url_path=title.lower(), default=not at) for at, title in enumerate(TITLES)]
    with st.sidebar:
        st.slider("Age", 12, 60, (12, 60), key="range_age")
        for name in SPANS:
            st.slider(name, 0.0, 10.0, (0.0, 10.0), 0.1, key=name)
        for number in range(choices):
            st.pills(f"Choice {number}", LEVELS, selection_mode="multi", key=f"choice_{number}")
    st.navigation(pages, position="top").run()
