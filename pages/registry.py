"""Registry: bring in data, its versions, its quality, and the whole of it to take away."""

from contextlib import suppress

import streamlit as st

from pages.parts.registry import (
    choice,
    drafting,
    exports,
    intake,
    quality,
    reporting,
    verifying,
    versions,
    words,
    work,
)
from pages.shared import identity, page
from plro_core.problems import EngineProblem

TITLE = "What does the registry hold, and how did it get there?"
PARTS = {
    "data": ("Bring in data", intake.show),
    "words": ("Variables and visits", words.show),
    "history": ("Versions", versions.show),
    "quality": ("Data quality", quality.show),
    "export": ("Export", exports.show),
    "report": ("Report", reporting.show),
    "check": ("Check a file", verifying.show),
    "draft": ("Check my draft", drafting.show),
}


def header() -> None:
    """The title, and whom the view is of where there is one and somebody can count it: what is missing is said above."""
    shown = work.viewed()
    with suppress(EngineProblem):
        if shown:
            page.header(TITLE, *([quality.tabs(shown)] if choice.chosen() == "quality" else []))
            st.caption("This page is about the whole registry, whoever is in view.")
            return
    st.title(TITLE, anchor=False)


header()
if not identity.configured():
    st.caption(
        "No login is configured: the dashboard answers on this machine only, and asks for a name where its journal needs one."
    )
PARTS[choice.choose({part: label for part, (label, _) in PARTS.items()})][1]()
