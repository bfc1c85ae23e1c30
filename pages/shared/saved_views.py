"""Saved views in the Share menu: keep this one under a name, open another, carry them as JSON.

A registry that can be written to keeps them for everybody who opens it; otherwise they live as long as the session.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared import downloads, registries, session, visitor
from plro_core import views
from plro_core.access import Right
from plro_core.export import file_name
from plro_core.problems import ViewProblem
from plro_core.text import listed, safe_markdown
from plro_core.views import SavedView

_OF_SESSION = "views_of_session"
_SAID = "views_said"
_IMPORT = "import_views"
#: Asks the page for the dialog in which a talk is arranged.
ARRANGING = "talk_open"
#: Above this many, a list to choose from is easier than a wall of buttons.
_MOST_BUTTONS = 8


def known() -> tuple[SavedView, ...]:
    """The registry's views and those of this session."""
    return _with_those_of_session(_of_folder()[0])


def _with_those_of_session(kept: tuple[SavedView, ...]) -> tuple[SavedView, ...]:
    return views.in_order({view.slug: view for view in (*_of_session(), *kept)}.values())


def change(changed: Iterable[SavedView]) -> None:
    """Keep views anew that are known already, each where it is kept.

    Raises:
        ViewProblem: a view cannot be written.
    """
    mine = {view.slug for view in _of_session()}
    new = {view.slug: view for view in changed}
    st.session_state[_slot()] = tuple(new.get(view.slug, view) for view in _of_session())
    before = {view.slug: view for view in _of_folder()[0]}
    kept = [view for slug, view in new.items() if slug not in mine and before.get(slug) != view]
    if kept:
        _may_write()
        views.change_views(registries.folder(), kept)


def add(view: SavedView) -> None:
    """Keep a view, at the end of the talk where there is an order.

    Raises:
        ViewProblem: the name is taken, or there are too many views.
    """
    last = max((other.place for other in known()), default=0)
    _keep([replace(view, place=last + 1 if last else 0)])


def _of_session() -> tuple[SavedView, ...]:
    return tuple(st.session_state.get(_slot(), ()))


def _slot() -> str:
    """Where the session keeps its views of this registry; another one has other words."""
    return f"{_OF_SESSION} {registries.name()}"


def _of_folder() -> tuple[tuple[SavedView, ...], tuple[str, ...]]:
    """The views that the folder keeps, which are of the whole registry, and what is wrong with others."""
    if visitor.why_not_whole():
        return (), ()
    return views.read_views(registries.folder(), registries.words())


def _why_not_kept() -> str:
    """Why a view stays in this session, in one sentence; empty where the registry's folder keeps it."""
    return views.why_not_kept(registries.folder()) or visitor.why_not(Right.CHANGE)


def _may_write() -> None:
    """
    Raises:
        ViewProblem: the visitor may not change what the folder keeps.
    """
    if refused := visitor.why_not(Right.CHANGE):
        raise ViewProblem(refused)


def menu(view: session.View) -> None:
    """All about saved views, for the Share popover."""
    kept, problems = _of_folder()
    found = _with_those_of_session(kept)
    reason = _why_not_kept()
    _save_form(view, reason)
    _said()
    for problem in problems:
        st.caption(safe_markdown(problem))
    if found:
        _open(found)
        _carry(found)
    st.button(
        "Arrange a talk",
        icon=":material/reorder:",
        type="tertiary",
        key="arrange_talk",
        help="Order the saved views, add slides of words, and write what to say",
        on_click=_arrange,
    )
    st.file_uploader("Add views from a JSON file", type=["json"], key=_IMPORT, on_change=_import)


def _arrange() -> None:
    st.session_state[ARRANGING] = True


def _save_form(view: session.View, reason: str) -> None:
    with st.form("save_view", clear_on_submit=True, border=False):
        st.text_input("Save this view as", key="view_name", placeholder="a name", max_chars=views.LONGEST_NAME)
        st.text_input("What it shows, if you like", key="view_description", max_chars=views.LONGEST_DESCRIPTION)
        st.text_area("What to say, for a talk", key="view_notes", max_chars=views.LONGEST_NOTES, height=68)
        st.form_submit_button("Save this view", icon=":material/bookmark_add:", on_click=_save, args=(view,))
    if reason:
        st.caption(safe_markdown(f"{reason} A view saved here lasts until you close the page."))


def _save(view: session.View) -> None:
    name, description, notes = (
        str(st.session_state.get(key) or "") for key in ("view_name", "view_description", "view_notes")
    )
    version = view.registry.version
    try:
        saved = SavedView.now(name, description, view.page, view.cohort, view.option_pairs, version, notes)
        add(saved)
    except ViewProblem as problem:
        _say("error", str(problem))
    else:
        _say("success", f"Saved as “{saved.name}”.")


def _keep(added: Iterable[SavedView]) -> None:
    """Into the registry's folder, or into the session where the folder keeps none; a name is given once."""
    taken = {view.slug: view for view in known()}
    new = [view for view in added if taken.get(view.slug) != view]
    if clash := [f"“{view.name}”" for view in new if view.slug in taken]:
        names = listed(clash[:5])
        raise ViewProblem(f"Already saved under that name: {names}; choose another name, or delete the old view first.")
    if len(taken) + len(new) > views.MOST_VIEWS:
        raise ViewProblem(f"That would make {len(taken) + len(new)} views; at most {views.MOST_VIEWS} are kept.")
    if _why_not_kept():
        st.session_state[_slot()] = (*_of_session(), *new)
    else:
        for view in new:
            views.save_view(registries.folder(), view)


def _say(kind: str, sentence: str) -> None:
    st.session_state[_SAID] = (kind, sentence)


def _said() -> None:
    """What the last click led to, once."""
    kind, sentence = st.session_state.pop(_SAID, ("", ""))
    if kind == "error":
        st.error(safe_markdown(sentence))
    elif sentence:
        st.success(safe_markdown(sentence))


def _open(found: tuple[SavedView, ...]) -> None:
    st.caption("Saved views")
    by_name = {view.name: view for view in found}
    with st.container(gap="xsmall", key="saved_views"):
        for view in found[:_MOST_BUTTONS]:
            st.button(
                safe_markdown(view.name),
                icon=":material/bookmark:",
                type="tertiary",
                key=f"open_view_{view.slug}",
                help=safe_markdown(told(view)),
                on_click=follow,
                args=(view,),
            )
    st.button(
        "Present these views",
        icon=":material/slideshow:",
        type="tertiary",
        key="present_views",
        help="One after the other on the whole screen, by the arrow keys",
        on_click=present,
        args=(found[0],),
    )
    if len(found) > _MOST_BUTTONS:
        _choose("Open another", "open_view", list(by_name)[_MOST_BUTTONS:], lambda name: follow(by_name[name]))
    _choose("Delete a view", "delete_view", list(by_name), lambda name: _delete(by_name[name]))


def _choose(label: str, key: str, names: list[str], act: Any) -> None:
    """A list to choose from, and what happens on a choice and a click on the button beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"choose_{key}"):
        chosen = st.selectbox(label, names, index=None, placeholder="choose", key=f"{key}_name")
        st.button(
            label.split()[0],
            key=key,
            disabled=chosen is None,
            on_click=lambda: act(chosen),
        )


def told(view: SavedView) -> str:
    """What a saved view shows, in a sentence or two."""
    words = f"{view.page.capitalize()}: {view.cohort.sentence} (data {view.data_version})."
    return f"{view.description.rstrip('.')}. {words}" if view.description else words


def follow(view: SavedView) -> None:
    """Look at a saved view from the next run on (for callbacks)."""
    session.follow(view.pairs, view.page)
    version = registries.registry().version
    if version != view.data_version:
        session.remark(f"“{view.name}” was saved on data {view.data_version}; these are data {version}.")


def present(view: SavedView) -> None:
    """Show a saved view on the whole screen, as one of a sequence (for callbacks)."""
    kept = [(key, text) for key, text in view.pairs if key not in ("present", "view")]
    session.follow([*kept, ("present", "views"), ("view", view.slug)], view.page)


def _delete(view: SavedView) -> None:
    st.session_state.pop("delete_view_name", None)
    if view in _of_session():
        st.session_state[_slot()] = tuple(other for other in _of_session() if other != view)
        return
    try:
        _may_write()
        views.delete_view(registries.folder(), view)
    except ViewProblem as problem:
        _say("error", str(problem))


def _carry(found: tuple[SavedView, ...]) -> None:
    downloads.file(
        "Download the saved views (JSON)",
        lambda: views.views_as_json(found).encode(),
        file_name("saved-views", None, "json"),
        "application/json",
        None,
        icon=":material/download:",
        key="download_views",
        quiet=True,
    )


def _import() -> None:
    uploaded = st.session_state.get(_IMPORT)
    if uploaded is None:
        return
    try:
        added = views.views_from_json(uploaded.getvalue(), registries.words())
        _keep(added)
    except ViewProblem as problem:
        _say("error", str(problem))
    else:
        _say("success", f"{len(added)} {'view' if len(added) == 1 else 'views'} added.")
