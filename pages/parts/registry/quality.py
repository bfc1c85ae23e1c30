"""Data quality: what is missing, late, doubtful or double, and how that changed from version to version."""

from functools import partial

import streamlit as st

from pages.parts.registry import work
from pages.shared import registries, session, tables_view
from pages.shared.tabs import Tab, Tabs
from plro_core import quality, store
from plro_core.figures import CONFIG
from plro_core.quality import Part
from plro_core.text import safe_markdown

_TITLES = {
    "completeness": "What is recorded",
    "follow-up": "Follow-up",
    "rules": "Rules",
    "flags": "Flags",
    "duplicates": "Duplicates",
    "trend": "Over the versions",
}
_MOST_ROWS = 60


def show() -> None:
    """A part of the report behind each tab."""
    view = work.viewed()
    if view is None:
        st.caption("There is no version to ask yet.")
        return
    found = _report(view)
    if found is None:
        return
    tabs = Tabs(tuple(Tab(part.name, _TITLES.get(part.name, part.name), partial(_part, part)) for part in found))
    tabs.check()
    tabs.show()


def _report(view: session.View) -> tuple[Part, ...] | None:
    versions = [info.version for info in store.history(registries.folder()) if info.state != "draft"]
    report = work.patiently(
        "registry_quality",
        f"{view.data} {versions} {view.look.name}",
        "Asking the registry",
        lambda told: quality.report(view.registry, told.progress, versions=versions, look=view.look),
    )
    return report.parts if report else None


def _part(part: Part) -> None:
    if part.chart is not None:
        st.header(safe_markdown(part.chart.title), anchor=False)
        st.plotly_chart(
            part.chart.figure, theme=None, config=CONFIG, alt=part.chart.summary, key=f"quality_{part.name}"
        )
    for table in part.tables:
        if not table.rows:
            st.caption(safe_markdown(f"{table.title}."))
            continue
        key = f"quality_{part.name}_{table.name}"
        if part.chart is None or table.title != part.chart.title:
            st.header(safe_markdown(table.title), anchor=False)
        tables_view.show_long(table, key, _MOST_ROWS, work.journalled(key))
