"""A mapping that is taken from those that the registry keeps, saved, or kept: the same for a REDCap project and for other sheets."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.parts.registry import work
from pages.shared import downloads, registries, visitor
from plro_core.access import Right
from plro_core.intake import kept
from plro_core.intake.mappings import AnyMapping
from plro_core.problems import PlainProblem
from plro_core.store import why_not_written
from plro_core.text import safe_markdown
from plro_core.vocabulary import Vocabulary

M = TypeVar("M")


def beginnings(
    kind: type[M], vocabulary: Vocabulary, take: Callable[[M, str], None], propose_anew: Callable[[], None]
) -> None:
    """Take a mapping of a kind that the registry keeps, or the proposal (``take`` and ``propose_anew`` are callbacks)."""
    found, problems = kept.kept_mappings(registries.folder(), vocabulary)
    mappings = {name: one for name, one in found.items() if isinstance(one, kind)}
    for problem in problems:
        st.caption(safe_markdown(problem))
    if not mappings:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="kept_mappings"):
        name = st.selectbox(
            "A mapping that this registry keeps", list(mappings), index=None, key="kept_name", width=280
        )
        st.button(
            "Take it",
            key="take_kept",
            disabled=name is None,
            on_click=lambda: take(mappings[str(name)], origin(str(name))),
        )
        st.button("Propose anew", key="propose_anew", type="tertiary", on_click=propose_anew)


def origin(name: str) -> str:
    """Where a kept mapping comes from, in a sentence."""
    return f"The mapping “{name}” that this registry keeps."


def carry(mapping: AnyMapping, file: str) -> None:
    """The mapping as a file, and a place in the registry to keep it in."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="carry_mapping"):
        downloads.file(
            "Save the mapping (JSON)",
            mapping.json.encode,
            file,
            "application/json",
            None,
            icon=":material/download:",
            key="download_mapping",
            quiet=True,
        )
        if not why_not_written(registries.folder()):
            st.text_input("Keep it in the registry as", key="keep_name", placeholder="such as our-clinic", width=240)
            st.button("Keep", key="keep_mapping", on_click=_keep, args=(mapping,))


def _keep(mapping: AnyMapping) -> None:
    name = str(st.session_state.get("keep_name") or "").strip()
    try:
        visitor.require(Right.CHANGE)
        kept.keep_mapping(registries.folder(), name, mapping)
    except PlainProblem as problem:
        work.say("error", str(problem))
    else:
        work.say("success", f"The mapping is kept as “{name}”.")
