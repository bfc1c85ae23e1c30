"""Variables and visits: what the registry declares, changed on the page; a change is a draft version until somebody publishes it."""

import hashlib

import streamlit as st

from pages.parts.registry import publish, words_draft, words_forms, work
from pages.shared import registries, tables_view, visitor
from plro_core import declaring, store
from plro_core.access import Right
from plro_core.declaring import Proposed
from plro_core.problems import PlainProblem, RegistryProblem
from plro_core.store import Registry, why_not_written
from plro_core.text import counted, safe_markdown
from plro_core.vocabulary import FILE, Vocabulary, words_of

_OF = {"everything": "", "declared or widened here": "here", "ready-made": "ready-made", "every registry": "every"}


def show() -> None:
    """What is declared, how to change it, what becomes of it, and the draft."""
    folder = registries.folder()
    publish.told()
    try:
        now = words_of(folder)
        base = work.published()
    except RegistryProblem as problem:
        st.error(f"{safe_markdown(str(problem))} Nothing can be declared on top of it.", icon=":material/error:")
        return
    begun = base is not None or bool(now.declared.text)
    st.header("What does this registry declare?" if begun else "What shall this registry declare?", anchor=False)
    if not begun:
        st.caption(
            "This registry holds nothing yet. Every registry has the words below; begin with these, or add your own visits, "
            "centres and variables first."
        )
    _declared(now)
    if reason := _why_not_changed(now):
        st.info(safe_markdown(reason), icon=":material/lock:")
        return
    if words_draft.begin(now.declared.sha256):
        st.info("The registry's words were changed by now, so what you had begun was dropped.", icon=":material/sync:")
    words = words_forms.show(now, base)
    if words is not None and words.declared.text != now.declared.text:
        _outcome(words, now, base)


def _why_not_changed(now: Vocabulary) -> str:
    """Why nobody, or not whoever looks, can change the words here; empty if he can."""
    folder = registries.folder()
    if reason := why_not_written(folder):
        return f"{reason} Its words can be looked at here."
    if refused := visitor.why_not(Right.CHANGE):
        return refused
    try:
        reason = store.why_not_proposed(folder, now.declared.sha256)
    except PlainProblem as problem:
        return str(problem)
    return f"{reason} “Versions” has a form for it." if reason else ""


def _declared(now: Vocabulary) -> None:
    for name, told in declaring.said_of(now):
        st.markdown(f"**{safe_markdown(name)}:** {safe_markdown(told)}")
    with st.expander("All variables with their levels and ranges", key="declared_variables"):
        with st.container(horizontal=True, key="which_variables"):
            of = st.selectbox("Declared by", list(_OF), key="declared_by", width=260)
            table = st.selectbox(
                "Table", now.clinical, index=None, placeholder="all tables", key="declared_in", width=260
            )
        found = declaring.variables_table(now, _OF[str(of)], str(table or ""))
        tables_view.show_long(found, "declared", most=12, of_patients=False)
    if now.declared.text:
        with st.expander(f"{FILE} as it is now", key="declared_file"):
            st.code(now.declared.text, language="toml", wrap_lines=True)


def _outcome(words: Vocabulary, now: Vocabulary, base: Registry | None) -> None:
    """The file that it becomes, what changes of the data, and the way to a draft."""
    st.header("What does it become?", anchor=False)
    lines, whole = st.tabs(["Lines that change", f"The whole {FILE}"])
    lines.code(declaring.lines_that_change(now.declared.text, words.declared.text), language="diff", wrap_lines=True)
    whole.code(words.declared.text, language="toml", wrap_lines=True)
    key = hashlib.sha256(f"{base.content if base else ''} {words.declared.sha256}".encode()).hexdigest()
    found = work.patiently(
        "registry_words_seen",
        key,
        "Holding the data against the new words",
        lambda told: declaring.proposed(words, now, base, told.progress),
    )
    if found is not None:
        _changes(found, base)
        if found.prepared:
            st.header("Keep or publish it", anchor=False)
            publish.form(found.prepared, key, words_draft.forget)


def _changes(found: Proposed, base: Registry | None) -> None:
    against = f"the data of version {base.version}" if base else "an empty registry"
    st.header(f"What would change? For {safe_markdown(against)}", anchor=False)
    if found.changes:
        tables_view.show_long(declaring.word_changes_table(found.changes), "word_changes", of_patients=False)
    else:
        st.caption("Only comments or the layout of the file.")
    if found.misfits:
        st.error(
            f"{counted(len(found.misfits), 'value')} that the registry holds would not fit any more, so this cannot be kept: "
            "change the words, or mend the values first.",
            icon=":material/block:",
        )
        tables_view.show_long(declaring.misfits_table(found.misfits), "misfits")
    elif found.prepared and base is not None:
        st.caption("Every value that the registry holds still fits; no cell changes.")
        publish.what_reads_differently(found.prepared)
