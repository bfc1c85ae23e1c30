"""Versions: the history, what differs between any two, and the steps that move the published one."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from pages.parts.registry import publish, work
from pages.shared import registries, tables_view, visitor
from plro_core import access, handover, journal, store
from plro_core.access import Right
from plro_core.problems import JournalProblem, PlainProblem
from plro_core.store import VersionInfo, why_not_written
from plro_core.tables import Column, Table
from plro_core.text import listed, safe_markdown

_STATES = {"current": "published now", "published": "published before", "draft": "draft", "unknown": "unknown"}


def show() -> None:
    """All of it."""
    work.said()
    found = store.history(registries.folder())
    st.header("Which versions are there?", anchor=False)
    if not found:
        st.caption("None yet: “Bring in data” makes the first.")
        return
    tables_view.show_long(_table(found), "history", of_patients=False)
    _journal()
    _edited()
    _one(found)
    _trash()
    _two(found)


def _table(found: Sequence[VersionInfo]) -> Table:
    shown = viewed_version()
    columns = (
        Column("version", "Version"),
        Column("state", "State"),
        Column("published", "Published (UTC)"),
        Column("by", "By"),
        Column("patients", "Patients", "integer"),
        Column("visits", "Visits", "integer"),
        Column("parent", "Made from"),
        Column("author", "Made by"),
        Column("note", "Note"),
        Column("content", "Content"),
        Column("problem", "Problem"),
    )
    rows = tuple(_row(info, shown) for info in reversed(found))
    used = [index for index in range(len(columns)) if any(row[index] is not None for row in rows)]
    notes = ("Two versions with the same content hold the same cells, whatever they are called. Newest first.",)
    return Table(
        "history",
        "Versions of the registry",
        tuple(columns[index] for index in used),
        tuple(tuple(row[index] for index in used) for row in rows),
        notes,
    )


def _row(info: VersionInfo, shown: str | None) -> tuple[str | int | None, ...]:
    about = info.manifest
    state = _STATES[info.state] + (" · on this screen" if info.version == shown else "")
    return (
        info.version,
        state,
        info.published.replace("T", " ")[:16] or None,
        info.by or (about.author if about else None),
        info.rows.get("cases"),
        info.rows.get("visits"),
        about.parent if about else None,
        about.author if about and info.by and about.author != info.by else None,
        about.note if about else None,
        info.content or None,
        info.problem or None,
    )


def viewed_version() -> str | None:
    """The version that this session looks at."""
    view = work.viewed()
    return view.registry.version if view else None


def _journal() -> None:
    """Whether the journal is whole, in one line."""
    folder = registries.folder()
    if why_not_written(folder):
        st.caption("The shipped registry keeps no journal: it changes only with the program.")
        return
    try:
        st.caption(safe_markdown(journal.verify(folder).sentence))
    except JournalProblem as problem:
        st.error(safe_markdown(str(problem)), icon=":material/history:")


def _edited() -> None:
    """Files that people wrote and that are not as somebody accepted them, with a form to accept them."""
    folder = registries.folder()
    if why_not_written(folder):
        return
    changed = [one for one in store.edited(folder) if one.was_accepted]
    for one in changed:
        st.warning(safe_markdown(one.sentence), icon=":material/edit_document:")
    if changed and (refused := visitor.why_not(Right.MANAGE)):
        st.caption(safe_markdown(refused))
    elif changed:
        with st.form("accept_edited", border=False):
            publish.who_and_why("accept")
            st.form_submit_button("Accept as they are now", on_click=_done, args=(_accept,))


def _accept() -> None:
    visitor.require(Right.MANAGE)
    words = publish.words("accept")
    names = store.accept(registries.folder(), words.author, words.note)
    work.say("success", f"Accepted: {listed(list(names))}.")


# One version


def _one(found: Sequence[VersionInfo]) -> None:
    st.header("Look at a version, publish it, or go back to it", anchor=False)
    names = [info.version for info in reversed(found)]
    states = {info.version: _STATES[info.state] for info in found}
    chosen = st.selectbox(
        "Version", names, format_func=lambda name: f"{name} · {states[name]}", key="one_version", width=360
    )
    info = next(info for info in found if info.version == chosen)
    with st.container(horizontal=True, vertical_alignment="center", key="look_at"):
        st.button(
            "Look at this version",
            icon=":material/visibility:",
            key="look_at_version",
            disabled=bool(info.problem) or info.version == viewed_version(),
            on_click=_look,
            args=(info.version,),
        )
        if info.version == viewed_version():
            st.caption("It is the one on this screen.")
    if not why_not_written(registries.folder()) and info.state != "current":
        _move(info)


def _look(version: str) -> None:
    registries.use_version(version)
    work.say("success", f"Every page of this session now shows version {version}.")


def _move(info: VersionInfo) -> None:
    """The steps that change which version is published; the journal keeps who took them and why."""
    version = info.version
    if refused := visitor.why_not(Right.PUBLISH):
        st.caption(safe_markdown(refused))
        return
    if info.state == "draft":
        st.caption("A draft was never published. It can be published, or discarded: then it lies in the trash.")
    else:
        st.caption(
            "Going back publishes this version again. Nothing is deleted: the newer versions stay and can be gone back to."
        )
    with st.form(f"move_{version}", border=False):
        publish.who_and_why()
        with st.container(horizontal=True, key="moves"):
            if info.state == "draft":
                _step("Publish this draft", partial(_release, version, "published"), info, primary=True)
                _step("Discard it", partial(_discard, version), info)
            else:
                _step("Go back to this version", partial(_release, version, "published again"), info, primary=True)


def _step(label: str, act: Callable[[], None], info: VersionInfo, primary: bool = False) -> None:
    kind = "primary" if primary else "secondary"
    broken = bool(info.problem) and primary
    st.form_submit_button(label, type=kind, on_click=_done, args=(act,), disabled=broken)  # type: ignore[arg-type]


def _done(act: Callable[[], None]) -> None:
    try:
        act()
    except PlainProblem as problem:
        work.say("error", str(problem))
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        work.say("error", f"The registry's folder cannot be written ({reason}); look at the history below.")


def _release(version: str, how: str) -> None:
    visitor.require(Right.PUBLISH)
    words = publish.words()
    access.release(registries.folder(), version, words.author, words.note)
    registries.use_version(version)
    work.say("success", f"Version {version} is {how}, and on this screen.")


def _discard(version: str) -> None:
    visitor.require(Right.PUBLISH)
    words = publish.words()
    store.discard(registries.folder(), version, words.author, words.note)
    if version == viewed_version() and (now := registries.published_version()):
        registries.use_version(now)
    work.say("success", f"The draft {version} is discarded.")


def _trash() -> None:
    """The drafts that were discarded, each to be taken out again."""
    folder = registries.folder()
    names = () if why_not_written(folder) else store.trashed(folder)
    if not names or not visitor.may(Right.PUBLISH):
        return
    with st.form("trash", border=False):
        st.caption("Drafts in the trash; the command “trash” deletes them for good.")
        st.selectbox("Draft", names, key="trashed", width=360)
        publish.who_and_why("restore")
        st.form_submit_button("Make it a draft again", on_click=_done, args=(_restore,))


def _restore() -> None:
    visitor.require(Right.PUBLISH)
    words, version = publish.words("restore"), str(st.session_state["trashed"])
    store.restore_draft(registries.folder(), version, words.author, words.note)
    work.say("success", f"{version} is a draft again.")


# Two versions


def _two(found: Sequence[VersionInfo]) -> None:
    st.header("What differs between two versions?", anchor=False)
    names = [info.version for info in reversed(found) if not info.problem]
    if len(names) < 2:
        st.caption("There is only one version so far.")
        return
    with st.container(horizontal=True, key="two_versions"):
        old = st.selectbox("From", names, index=1, key="old_version", width=280)
        new = st.selectbox("To", names, index=0, key="new_version", width=280)
    folder = registries.folder()
    table = work.patiently(
        "registry_diff",
        f"{folder} {old} {new}",
        "Comparing two versions",
        lambda told: handover.differences(folder, str(old), str(new)),
    )
    if table is not None:
        st.markdown(f"**{safe_markdown(table.subtitle)}**")
        tables_view.show_long(handover.changes_first(table), "differences")
