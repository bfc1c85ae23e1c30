"""What a page costs without any care: the files are read, everything is computed and every chart is drawn in each run."""

import os
from pathlib import Path

import pandas as pd
import plotly.express as px
import streamlit as st

home = Path(os.environ["BENCH_VERSION"])
cases = pd.read_parquet(home / "cases.parquet")
visits = pd.read_parquet(home / "visits.parquet")
treatments = pd.read_parquet(home / "treatments.parquet")

st.set_page_config("A page", layout="wide")
low, high = st.sidebar.slider("Age", 12, 60, (12, 60), key="range_age")
for name in ("smoking", "twin_pregnancy", "breastfeeding", "bisphosphonate", "brace", "vertebroplasty"):
    st.sidebar.multiselect(name, list(cases[name].value_counts().items()))
cases = cases[cases["age"].between(low, high)]
joined = visits.merge(cases[["case_id", "breastfeeding"]], on="case_id")

st.title("Pain, laboratory values, density and treatments")
st.caption(f"{len(cases)} patients, {len(joined)} visits")
medians = joined.groupby(["month", "breastfeeding"], dropna=False)[["vas", "calcium", "magnesium", "pth"]].median()
medians = medians.reset_index()
drawn = joined[joined["case_id"] <= 200]
st.plotly_chart(px.line(drawn, x="month", y="vas", line_group="case_id", color="breastfeeding"), key="pain")
st.plotly_chart(px.line(medians, x="month", y=["calcium", "magnesium", "pth"], facet_col="variable"), key="labs")
st.plotly_chart(px.histogram(cases, x="t_l1_l4", color="breastfeeding"), key="density")
st.plotly_chart(px.bar(treatments["agent"].value_counts().reset_index(), x="agent", y="count"), key="treatments")
st.dataframe(cases.groupby("breastfeeding", dropna=False)[["age", "t_l1_l4", "t_femoral_neck"]].describe())
