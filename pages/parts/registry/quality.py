"""Data quality: what is missing, late, doubtful or double, and how that changed from version to version."""

from functools import partial

import streamlit as st

from pages.parts.registry import work
from pages.shared import page, plot, registries, session, tables_view
from pages.shared.figures import Figure, figure
from pages.shared.tabs import Tab, Tabs
from plro_core import quality, store
from plro_core.figures import missingness_map
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


def tabs(view: session.View) -> Tabs:
    """A part of the report behind each tab, and the map of what is missing, which can be presented."""
    missing = figure(missingness_map, group=view.options.get("by"), highlight=view.patient)
    parts = [Tab(name, title, partial(_part_of, view, name)) for name, title in _TITLES.items()]
    return Tabs((parts[0], Tab("map", "Missing values", partial(_map, missing), (missing,)), *parts[1:]))


def show() -> None:
    """The report, part by part."""
    view = work.viewed()
    if view is None:
        st.caption("There is no version to ask yet.")
        return
    tabs(view).show()


def _map(missing: Figure) -> None:
    st.caption("Of the patients in view, unlike the other parts of this page.")
    page.highlighted()
    page.show(missing)


def _part_of(view: session.View, name: str) -> None:
    """One part of the report, which is made once for all of them."""
    for part in _report(view) or ():
        if part.name == name:
            _part(part)


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
        plot.show(part.chart.spec, part.chart.summary, f"quality_{part.name}")
    for table in part.tables:
        if not table.rows:
            st.caption(safe_markdown(f"{table.title}."))
            continue
        key = f"quality_{part.name}_{table.name}"
        if part.chart is None or table.title != part.chart.title:
            st.header(safe_markdown(table.title), anchor=False)
        tables_view.show_long(table, key, _MOST_ROWS)
