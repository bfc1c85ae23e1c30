"""The tabs of a page: the open one stands in the link, and only what is behind it is computed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from pages.shared import scene, session
from pages.shared.figures import Figure
from pages.shared.options import Option, spelled
from plro_core.text import safe_markdown


def option(name: str) -> Option:
    """The option that names an open tab; which tabs there are is known to the page, because it depends on its registry."""
    return spelled(name, r"[a-z0-9_-]{1,80}", "the name of a tab", of_one_page=True, words="tab {} open")


#: Named by a page that has one row of tabs.
OPTIONS = (option("tab"),)


@dataclass(frozen=True)
class Tab:
    """A tab: its name in the link, what it is called, how it is drawn, and the figures behind it for a stage."""

    name: str
    label: str
    draw: Callable[[], object]
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Staged:
    """A figure that can be presented, the options that open its tab, and whether the page shows it at this moment."""

    figure: Figure
    opens: dict[str, str | None]
    seen: bool = True


@dataclass(frozen=True)
class Tabs:
    """A row of tabs. ``usual`` is the one that is open where the link names none: the first, if it is not given. ``leaves``
    are options that are about the open tab alone.
    """

    tabs: tuple[Tab, ...]
    option: str = "tab"
    usual: str = ""
    leaves: tuple[str, ...] = ()

    def opened(self) -> Tab:
        """The open tab of this run's view."""
        wanted = session.begin()[1].get(self.option)
        by_name = {tab.name: tab for tab in self.tabs}
        return by_name.get(wanted or self.usual) or by_name.get(self.usual) or self.tabs[0]

    def opens(self, tab: Tab) -> dict[str, str | None]:
        """The options that open a tab; the usual one needs none."""
        left = dict.fromkeys(self.leaves)
        return {self.option: None if tab.name == (self.usual or self.tabs[0].name) else tab.name} | left

    @property
    def staged(self) -> list[Staged]:
        """The figures of all tabs, in their order."""
        shown = self.opened() if self.tabs else None
        return [Staged(figure, self.opens(tab), tab is shown) for tab in self.tabs for figure in tab.figures]

    def check(self) -> None:
        """Say so where the link names a tab that there is not."""
        wanted = session.begin()[1].get(self.option)
        if self.tabs and wanted is not None and wanted not in {tab.name for tab in self.tabs}:
            session.leave_out(self.option, f"There is no tab “{wanted}” here; “{self.opened().label}” is open.")

    def show(self) -> None:
        """The row, and what is behind the open tab."""
        if not self.tabs:
            return
        shown = self.opened()
        scene.add(scene.Words(shown.label, "heading"))
        by_label = {safe_markdown(tab.label): tab for tab in self.tabs}
        key = f"tabs_{self.option}_{'_'.join(tab.name for tab in self.tabs)}"
        st.session_state[key] = safe_markdown(shown.label)
        row = st.tabs(list(by_label), key=key, on_change=self._changed, args=(key, by_label))
        for place, tab in zip(row, self.tabs, strict=True):
            if tab is shown:
                with place:
                    tab.draw()

    def _changed(self, key: str, by_label: dict[str, Tab]) -> None:
        if (tab := by_label.get(st.session_state[key])) is not None:  # a browser may say anything
            session.set_options(self.opens(tab))


def staged(shown: Iterable[Figure | Tabs]) -> list[Staged]:
    """The figures of a page that can be presented, in the order of the page."""
    return [entry for part in shown for entry in ([Staged(part, {})] if isinstance(part, Figure) else part.staged)]
