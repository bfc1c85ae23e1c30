"""What files would change, and the new version: who and why, then one click."""

from collections.abc import Callable

import streamlit as st

from pages.parts.registry import work
from pages.shared import registries, tables_view, visitor
from plro_core import access, handover, store
from plro_core.access import AccessProblem, Right
from plro_core.handover import Prepared, VersionMetadata
from plro_core.intake import Intake
from plro_core.journal import LONGEST_NOTE, LONGEST_WHO
from plro_core.preview import changes_table, effects_table
from plro_core.problems import PlainProblem
from plro_core.store import Registry
from plro_core.text import safe_markdown
from plro_core.vocabulary import Vocabulary

_DONE = "registry_done"


def told() -> None:
    """That a version was published or kept, until files are handed over again; or why it was not."""
    work.said()
    done = st.session_state.get(_DONE)
    if done is None:
        return
    version, content, published = done
    with st.container(key="published", gap="small"):
        if published:
            st.success(
                safe_markdown(f"Version {version} is published. Its content has the checksum {content}."),
                icon=":material/check_circle:",
            )
            st.page_link("overview.py", label="See it on the Overview", icon=":material/arrow_forward:")
        else:
            st.success(
                safe_markdown(f"Version {version} is kept as a draft ({content}); “Versions” publishes it."),
                icon=":material/draft:",
            )


def begin_anew() -> None:
    """Say no longer what was published (for callbacks)."""
    st.session_state.pop(_DONE, None)


def show(
    read: Intake, base: Registry | None, vocabulary: Vocabulary, key: str, reason: str, done: Callable[[], None]
) -> None:
    """Preview and publishing of what was read; nothing of it where an error refuses the files.

    ``done`` is called when it is stored.
    """
    if read.errors or read.tables is None:
        return
    prepared = work.patiently(
        "registry_prepared",
        key,
        "Comparing with the registry",
        lambda told: handover.prepare(read, base, vocabulary, told.progress),
    )
    if prepared is None:
        return
    _preview(prepared)
    if reason:
        st.caption("Checked only: this registry cannot be written.")
        return
    if not prepared.seen.changes:
        st.info("Nothing would change: the registry holds all of this already.", icon=":material/done_all:")
        return
    st.header("5. Publish", anchor=False)
    form(prepared, key, done)


def _preview(prepared: Prepared) -> None:
    seen = prepared.seen
    against = f"version {prepared.parent.version}" if prepared.parent else "an empty registry"
    st.header(f"4. What would change? Against {safe_markdown(against)}", anchor=False)
    st.markdown(f"**{safe_markdown(seen.sentence)}**")
    cells, reads = st.tabs(["Cell by cell", f"What reads differently · {len(effects_table(seen).rows)}"])
    with cells:
        tables_view.show_long(handover.changes_first(changes_table(seen.changes)), "changes")
    with reads:
        what_reads_differently(prepared)


def what_reads_differently(prepared: Prepared) -> None:
    """The saved views, headlines and lines of the summary table that say something else."""
    effects = effects_table(prepared.seen)
    if effects.rows:
        tables_view.show_long(effects, "effects")
    else:
        st.caption("No saved view and no headline number reads differently.")


def form(prepared: Prepared, key: str, done: Callable[[], None]) -> None:
    """Who, why, and the buttons; ``done`` is called when it is stored."""
    warnings = len(prepared.read.warnings)
    looked = not warnings or st.checkbox(
        f"I have looked at the {warnings} warnings" if warnings > 1 else "I have looked at the warning",
        key=f"looked_{key[:12]}",
    )
    with st.form(f"publish_{key[:12]}", border=False):
        who_and_why()
        if prepared.parent is None or not prepared.parent.files["cases.parquet"]["rows"]:
            left, right = st.columns(2)
            left.text_input("Title of the registry", key="new_title", placeholder="such as: PLRO registry, our clinic")
            right.text_input("Where the data come from", key="new_source", placeholder="such as: REDCap project 12")
            st.checkbox("None of these patients exist (made-up data); every export says so", key="new_synthetic")
        refused = _why_not_published()
        with st.container(horizontal=True, key="publish_buttons"):
            for label, publish in [("Publish", True)] * (not refused) + [("Keep as draft", False)]:
                st.form_submit_button(
                    label,
                    type="primary" if publish else "secondary",
                    disabled=not looked,
                    on_click=_store,
                    args=(prepared, publish, done),
                )
    if refused:
        st.caption(safe_markdown(refused))
    if not looked:
        st.caption("The buttons wait until the warnings have been looked at.")


def _why_not_published() -> str:
    """Why whoever brings this in cannot publish it at once, in one sentence; empty if he can."""
    try:
        two_people = visitor.access().two_people
    except AccessProblem as problem:
        return str(problem)
    return visitor.why_not(Right.PUBLISH) or access.TWO_PEOPLE * two_people


def who_and_why(form: str = "") -> None:
    """Author and note, which the journal keeps; the name is remembered for this session. ``form`` tells several apart."""
    left, right = st.columns([1, 2])
    if called := visitor.identified():
        left.caption(f"In the journal it is done by {safe_markdown(called)}.")
    else:
        name = st.session_state.get(work.WHO, "")
        left.text_input(
            "Who does it", value=name, key=f"{form}who", max_chars=LONGEST_WHO, placeholder="a name for the journal"
        )
    right.text_input("Why, or what is new", key=f"{form}why", max_chars=LONGEST_NOTE, placeholder="a few words")


def words(form: str = "") -> VersionMetadata:
    """What was written into the form."""
    names = {"who": f"{form}who", "why": f"{form}why", "new_title": "new_title", "new_source": "new_source"}
    text = {name: str(st.session_state.get(key) or "").strip() for name, key in names.items()}
    text["who"] = visitor.name(text["who"])
    st.session_state[work.WHO] = text["who"]
    synthetic = bool(st.session_state.get("new_synthetic"))
    return VersionMetadata(text["who"], text["why"], text["new_title"], text["new_source"], synthetic)


def _store(prepared: Prepared, publish: bool, done: Callable[[], None]) -> None:
    """Publish what this very preview showed; the registry refuses where it has moved on since.

    A click elsewhere breaks it off until the first file is written; then nothing is stored.
    """
    place = st.empty()

    def told(share: float, what: str) -> bool:
        place.progress(share, f"Storing: {what}")
        return True

    try:
        visitor.require(Right.PUBLISH if publish else Right.CHANGE)
        manifest = handover.store_version(registries.folder(), prepared, words(), publish, told)
    except PlainProblem as problem:
        work.say("error", f"Nothing was published. {problem}")
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        work.say("error", f"Nothing was published: the registry's folder cannot be written ({reason}).")
    else:
        if publish:
            registries.use_version(manifest.version)
        done()
        st.session_state[_DONE] = (manifest.version, store.content_hash(manifest)[:12], publish)
    place.empty()
