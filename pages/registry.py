"""Registry: bring in data, its versions, its quality, and the whole of it to take away."""

import streamlit as st

from pages.parts.registry import choice, exports, intake, quality, versions, work
from pages.shared import page

TITLE = "What does the registry hold, and how did it get there?"
PARTS = {
    "data": ("Bring in data", intake.show),
    "history": ("Versions", versions.show),
    "quality": ("Data quality", quality.show),
    "export": ("Export", exports.show),
}


shown = work.viewed()
if shown:
    page.header(TITLE, *([quality.tabs(shown)] if choice.chosen() == "quality" else []))
    st.caption("This page is about the whole registry, whoever is in view.")
else:
    st.title(TITLE, anchor=False)
PARTS[choice.choose({part: label for part, (label, _) in PARTS.items()})][1]()
