"""The differences between two cohorts on a page: by theme, a single one large, and sections that stay folded until asked for."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from pages.shared import page, session
from pages.shared.figures import Figure, figure
from pages.shared.options import spelled
from pages.shared.tabs import Tab, Tabs
from pages.shared.tabs import option as tab_option
from plro_core import confounding
from plro_core.compare import Comparison, Difference, Role, name_of
from plro_core.figures import estimation_plot, forest_plot
from plro_core.text import capitalised, safe_markdown, slug

#: Names the open tab of traits and treatments in the link; that of outcomes is the page's own.
_TRAITS = "tab_traits"
#: Names the one comparison that is shown large, and the sections that are not folded.
_COMPARED, _UNFOLDED = "compared", "unfolded"
#: The sections of the page that begin folded.
_SECTIONS = ("members", "traits", "table")

#: Groups of variables that are one theme; any other group is a theme of its own.
_THEMES = dict.fromkeys(("Demographics", "Risk factors", "Symptoms", "Fractures"), "Who they are")

OPTIONS = (
    tab_option(_TRAITS),
    spelled(_COMPARED, r"[a-z0-9_.]{1,80}", "a comparison such as vas.1.change", of_one_page=True, words="{} large"),
    spelled(
        _UNFOLDED,
        rf"({'|'.join(_SECTIONS)})(,({'|'.join(_SECTIONS)}))*",
        f"some of {', '.join(_SECTIONS)}",
        of_one_page=True,
        words="{} unfolded",
    ),
)


def confounders(view: session.View, comparison: Comparison, **known: Any) -> Figure:
    """What is compared first, because any of it may explain a difference in an outcome."""
    compared = {difference.key for difference in comparison.differences}
    keys = tuple(key for key in confounding.keys(view.registry.vocabulary) if key in compared)
    return _forest("confounders", "Before any outcome", keys, known)


def primary(comparison: Comparison, **known: Any) -> Figure | None:
    """The primary outcome with every patient; ``None`` where it cannot be compared."""
    if comparison.primary is None:
        return None
    return figure(estimation_plot, name="primary", called="Primary outcome", keys=(comparison.family.primary,), **known)


def outcomes(comparison: Comparison, **known: Any) -> Tabs:
    """The primary outcome large, where it can be compared; then the outcomes by theme, and all of them behind the last tab."""
    themes = _themes(comparison, "section", "Outcomes", "tab", known, "outcome")
    first = primary(comparison, **known)
    if first is None:
        return themes
    show = partial(page.show, first, in_section=True, caveats_said=True)
    return Tabs((Tab("primary", "Primary outcome", show, (first,)), *themes.tabs), "tab")


def traits(comparison: Comparison, **known: Any) -> Tabs:
    """Every baseline trait and treatment by theme."""
    return _themes(comparison, "traits", "Traits", _TRAITS, known, "trait", "treatment")


def _forest(name: str, called: str, keys: tuple[str, ...], known: dict[str, Any]) -> Figure:
    """A forest of these comparisons; upright on a phone, whose screen is narrow."""
    upright = True if "Mobi" in st.context.headers.get("User-Agent", "") else None
    return figure(forest_plot, name=name, called=called, keys=keys, upright=upright, **known)


def _themes(comparison: Comparison, name: str, called: str, option: str, known: dict[str, Any], *roles: Role) -> Tabs:
    """The comparisons of these roles by theme, in declared order, each theme under a tab of its own."""
    found: dict[str, list[str]] = {}
    for difference in comparison.differences:
        if difference.role in roles:
            found.setdefault(_theme(difference), []).append(difference.key)
    if len(found) > 1:
        found["All of them"] = [key for keys in found.values() for key in keys]
    figures = {
        theme: _forest(f"{name}_{theme}", f"{called}: {theme}", tuple(keys), known) for theme, keys in found.items()
    }
    show = partial(page.show, in_section=True, caveats_said=True)
    return Tabs(
        tuple(Tab(slug(theme), theme, partial(show, drawn), (drawn,)) for theme, drawn in figures.items()), option
    )


def _theme(difference: Difference) -> str:
    """The theme of a comparison; an analyte is one of its own after baseline, because it has two rows at each visit."""
    entry = difference.variable
    if difference.month == 0:
        return "Pain and laboratory at baseline"
    return entry.short_label if entry.group == "Laboratory" else _THEMES.get(entry.group, entry.group)


def one_of_them(view: session.View, comparison: Comparison, **known: Any) -> None:
    """Any one comparison large, with every patient; chosen by name."""
    names = {found.key: capitalised(name_of(found)) for found in comparison.differences}
    chosen = view.options.get(_COMPARED)
    st.session_state["choose_compared"] = chosen if chosen in names else ""
    st.selectbox(
        "One comparison large, patient by patient",
        ["", *names],
        format_func=lambda key: names.get(key, "none"),
        key="choose_compared",
        on_change=lambda: session.set_option(_COMPARED, st.session_state["choose_compared"] or None),
        width=420,
    )
    if chosen in names:
        page.show(figure(estimation_plot, name="compared", keys=(chosen,), **known), in_section=True, caveats_said=True)


def folded(view: session.View, name: str, label: str, draw: Callable[[], object], opened: bool = False) -> None:
    """A section that is drawn once it is unfolded, which the link says; ``opened`` unfolds it besides."""
    shown = opened or name in _unfolded(view.options) or (name == "traits" and _TRAITS in view.options)
    key = f"unfold_{name}"
    st.session_state[key] = shown
    with st.expander(safe_markdown(label), expanded=shown, key=key, on_change=_toggle, args=(name, key)):
        if shown:
            draw()


def _unfolded(options: Mapping[str, str]) -> list[str]:
    return [name for name in options.get(_UNFOLDED, "").split(",") if name]


def _toggle(name: str, key: str) -> None:
    rest = [other for other in _unfolded(session.begin()[1]) if other != name]
    now = [*rest, *([name] if st.session_state[key] else [])]
    gone = {_TRAITS: None} if name == "traits" and not st.session_state[key] else {}
    gone |= {"tests": None} if name == "table" and not st.session_state[key] else {}
    session.set_options({_UNFOLDED: ",".join(now) or None, **gone})
