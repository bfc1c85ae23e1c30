"""Overview: what is seen in these patients on one screen, and where to look next."""

import streamlit as st

from pages.parts import overview_view
from pages.shared import page, session
from pages.shared.figures import figure
from pages.shared.tabs import Tab, Tabs
from plro_core import headlines
from plro_core.figures import published_cohorts

overview_view.moved()
view = session.view()
shown = overview_view.glances(view)
others = figure(published_cohorts)


def about() -> None:
    st.markdown(headlines.about(view.registry))


tabs = Tabs(
    (
        Tab("about", "What this series is, and is not", about),
        Tab("published", "Beside published cohorts", lambda: page.show(others), (others,)),
    )
)
title = str(headlines.overview_title(view.registry, view.cohort))
view = page.header(title, *(glance.figure for glance in shown), tabs)
if not page.nobody(view):
    overview_view.show(view, shown)
tabs.show()
