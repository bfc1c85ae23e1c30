"""Dictionary: every variable with label, unit, codes, ranges, note and source."""

import streamlit as st

from pages.shared import tables_view
from plro_core import dictionary

st.title("What does each variable mean?", anchor=False)
st.caption("Derived from the declarations that also drive filters, checks, axes and tables.")
tables_view.show(dictionary.as_table(), "dictionary", None)
