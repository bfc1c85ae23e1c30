"""Cohorts that a session has kept under a name, to choose them again: those of each registry by themselves."""

import streamlit as st

from pages.shared import registries
from plro_core.cohort import Cohort

_LONGEST_NAME = 60


def kept() -> dict[str, str]:
    """The cohorts that this session has kept of the registry in view: name -> query."""
    found: dict[str, str] = st.session_state.get(_slot(), {})
    return found


def keep(name: str, cohort: Cohort) -> str:
    """Keep whom a cohort means under a name; returns the name as it is kept, empty if it says nothing."""
    tidy = " ".join(name.split())[:_LONGEST_NAME]
    if tidy:
        st.session_state[_slot()] = kept() | {tidy: Cohort(cohort.who).query}
    return tidy


def _slot() -> str:
    return f"kept_cohorts {registries.name()}"
