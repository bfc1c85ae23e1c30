"""Overview: who is in this view, the headline numbers with their n, and what is missing."""

import streamlit as st

from pages.shared import page, session
from pages.shared.figures import figure
from plro_core import headlines
from plro_core.figures import missingness_map, published_cohorts

recorded, others = figure(missingness_map), figure(published_cohorts)
view = page.header(str(headlines.overview_title(session.view().registry, session.view().cohort)), recorded, others)
if not page.nobody(view):
    recorded_tab, published = st.tabs(["What is recorded", "Beside published cohorts"])
    with recorded_tab:
        left, side = st.columns([3, 1], gap="medium")
        with left:
            page.highlighted()
            page.show(recorded)
        with side:
            page.metrics(headlines.overview)
    with published:
        page.show(others)
st.header("What this series is, and is not", anchor=False)
st.markdown(headlines.about(view.registry))
