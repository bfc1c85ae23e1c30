"""The words that somebody is changing in this session: their text, the steps to it, and on what they were begun."""

from collections.abc import Callable

import streamlit as st

from pages.parts.registry import publish, work
from pages.shared import registries
from plro_core import declaring
from plro_core.problems import RegistryProblem
from plro_core.vocabulary import Vocabulary

#: A change of the text of a ``variables.toml``.
Change = Callable[[str], str]

_STEPS = "registry_words_steps"
_FROM = "registry_words_from"
_COUNT = "registry_words_count"


def begin(sha256: str) -> bool:
    """Begin on the words with this checksum; true if something was dropped that had been begun on others."""
    ground = (registries.name(), sha256)
    if st.session_state.get(_FROM) == ground:
        return False
    dropped = bool(st.session_state.get(_STEPS))
    forget()
    st.session_state[_FROM] = ground
    return dropped


def forget() -> None:
    """Drop what was begun (for callbacks)."""
    for name in (_STEPS, _FROM, "registry_words_seen"):
        st.session_state.pop(name, None)
    _anew()


def text(now: Vocabulary) -> str:
    """The text as it is changed so far."""
    steps: tuple[str, ...] = st.session_state.get(_STEPS, ())
    return steps[-1] if steps else now.declared.text


def steps() -> int:
    """How many changes were made."""
    return len(st.session_state.get(_STEPS, ()))


def key(name: str) -> str:
    """The key of a widget whose value goes once a change is taken."""
    return f"words_{name}_{st.session_state.get(_COUNT, 0)}"


def take(change: Change, now: Vocabulary, is_published: bool) -> None:
    """Change the text as it is at the click, if the outcome can be declared (for callbacks)."""
    try:
        found = change(text(now))
        declaring.checked(found, now, is_published)
    except RegistryProblem as problem:
        work.say("error", str(problem))
        return
    st.session_state[_STEPS] = (*st.session_state.get(_STEPS, ()), found)
    publish.begin_anew()
    _anew()


def take_back() -> None:
    """Undo the last change (for callbacks)."""
    st.session_state[_STEPS] = st.session_state.get(_STEPS, ())[:-1]
    _anew()


def _anew() -> None:
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
