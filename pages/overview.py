"""Overview: who is in this view, the headline numbers with their n, and what is missing."""

import streamlit as st

from pages.shared import page, session
from plro_core import headlines
from plro_core.figures import missingness_map, published_cohorts

view = page.header(headlines.overview_title(session.view().registry, session.view().cohort))
if not page.nobody(view):
    recorded, published = st.tabs(["What is recorded", "Beside published cohorts"])
    with recorded:
        figure, side = st.columns([3, 1], gap="medium")
        with figure:
            page.highlighted()
            page.show(missingness_map)
        with side:
            page.metrics(headlines.overview(view.registry, view.cohort))
    with published:
        page.show(published_cohorts)
st.header("What this series is, and is not", anchor=False)
st.markdown(headlines.ABOUT)
