"""The core of the PLRO dashboard: vocabulary, registry, cohorts, statistics, tables and figures.

Pure Python: it never imports Streamlit, so a notebook and ``python -m plro_core`` use the same code as the pages.
"""

__version__ = "0.1.0"
