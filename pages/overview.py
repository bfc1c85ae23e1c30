"""Overview: who is in this view, the headline numbers with their n, and what is missing."""

import streamlit as st

from pages.shared import page, session
from pages.shared.figures import figure
from pages.shared.tabs import Tab, Tabs
from plro_core import headlines
from plro_core.figures import missingness_map, published_cohorts

recorded, others = figure(missingness_map), figure(published_cohorts)


def what_is_recorded() -> None:
    left, side = st.columns([3, 1], gap="medium")
    with left:
        page.highlighted()
        page.show(recorded)
    with side:
        page.metrics(headlines.overview)


tabs = Tabs(
    (
        Tab("recorded", "What is recorded", what_is_recorded, (recorded,)),
        Tab("published", "Beside published cohorts", lambda: page.show(others), (others,)),
    )
)
view = page.header(str(headlines.overview_title(session.view().registry, session.view().cohort)), tabs)
if not page.nobody(view):
    tabs.show()
st.header("What this series is, and is not", anchor=False)
st.markdown(headlines.about(view.registry))
