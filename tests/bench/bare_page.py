"""What Streamlit itself costs in a run: a menu, a panel of filters, a title and one chart, of which nothing is computed."""

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


def page() -> None:
    """A page that shows the same whatever is chosen."""
    st.title("A page")
    st.caption("10 of 10 patients")
    lines = [{"type": "scatter", "x": [0, 3, 6, 12], "y": [9, 6, number % 5, 1]} for number in range(10)]
    st.plotly_chart({"data": lines, "layout": {}}, key="chart")


pages = [st.Page(page, title=title, url_path=title.lower(), default=not at) for at, title in enumerate(TITLES)]
with st.sidebar:
    st.slider("Age", 12, 60, (12, 60), key="range_age")
    for name in SPANS:
        st.slider(name, 0.0, 10.0, (0.0, 10.0), 0.1, key=name)
    for number in range(10):
        st.pills(f"Choice {number}", LEVELS, selection_mode="multi", key=f"choice_{number}")
st.navigation(pages, position="top").run()
