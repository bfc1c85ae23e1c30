"""What Streamlit itself costs in a run: a menu, a panel of filters, a title and one chart, of which nothing is computed."""

import streamlit as st

from tests.bench.furniture import LINES, around


def page() -> None:
    """A page that shows the same whatever is chosen."""
    st.title("A page")
    st.caption("10 of 10 patients")
    st.plotly_chart({"data": LINES, "layout": {}}, key="chart")


around(page, choices=10)
