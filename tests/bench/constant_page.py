"""What Streamlit itself costs in a run of a page with as many elements as Pain has, of which nothing is computed."""

import streamlit as st

from tests.bench.furniture import LEVELS, LINES, around

NUMBERS = [{"visit": month, "patients": 10, "median": 9 - month // 2} for month in (0, 3, 6, 12)]


def page() -> None:
    """As many blocks, controls, words, downloads and figures, each the same in every run."""
    with st.container(horizontal=True):
        st.title("A page")
        st.caption("10 of 10 patients")
        with st.popover("Share"):
            st.code("https://example.org/?age=20..40")
            for name in ("Name", "Note", "Leader"):
                st.text_input(name)
            st.text_area("Views")
            st.file_uploader("A file of views")
    with st.container():
        st.header("What happened?")
        st.plotly_chart({"data": LINES, "layout": {}}, key="chart")
        with st.container(horizontal=True):
            with st.popover("Download"), st.container():
                for form in ("svg", "pdf", "png", "page", "csv", "xlsx", "html", "md", "parquet"):
                    st.download_button(form, lambda: b"", f"pain.{form}", key=form, on_click="ignore")
            with st.popover("As text"):
                st.markdown("Ten patients.")
                st.table(NUMBERS)
            with st.popover("How was this made"):
                st.code("SELECT 1")
                st.code("import plro_core")
    for number in range(5):
        with st.container():
            st.metric(f"Number {number}", number)
            st.caption("of 10 patients")
    for number in range(12):
        with st.container():
            st.button("Choose", key=f"button_{number}")
    for number in range(8):
        with st.container(horizontal=True):
            st.markdown(f"Line {number}")
    for name in ("Groups", "Months"):
        st.selectbox(name, LEVELS)


around(page, choices=12)
