"""Which registries are served, and which version of which one this session looks at."""

import os
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import streamlit as st

from plro_core.problems import RegistryProblem
from plro_core.store import SHIPPED_NAME, Registry, Served, current_version, open_registry, served_registries
from plro_core.vocabulary import FILE, STANDARD, Vocabulary

_VERSION = "data_version"
_NAME = "registry_name"


#: The version that the run in progress looks at, once it is known: a page asks for it many times.
_of_run: ContextVar[Registry | None] = ContextVar("registry_of_run", default=None)


def begin_run() -> None:
    """The run looks up its version once, and once more where it is led to another one."""
    _of_run.set(None)


def choose(name: str) -> None:
    """Look at another of the served registries from now on."""
    begin_run()
    st.session_state[_NAME] = name


def registry() -> Registry:
    """The version that this session looks at, loaded once for all sessions.

    It is the one that was published when the session began, until ``use_version`` names another: numbers must not
    change under a reader's eyes. Where it can no longer be read, the next run takes what is published then.

    Raises:
        RegistryProblem: the registry cannot be trusted or read.
    """
    if (known := _of_run.get()) is not None:
        return known
    chosen, key = folder(), _version_key()
    if key not in st.session_state:
        st.session_state[key] = current_version(chosen)
    try:
        found = load(str(chosen), st.session_state[key])
    except RegistryProblem:
        del st.session_state[key]
        raise
    _of_run.set(found)
    return found


def served() -> Mapping[str, Path]:
    """The registries that this server shows side by side, by name."""
    return _served().folders


def _served() -> Served:
    """What is served, looked up once a second: a page asks for it many times a run."""
    return _served_within(os.environ.get("PLRO_REGISTRY", ""), int(time.monotonic()))


@lru_cache(maxsize=1)
def _served_within(told: str, second: int) -> Served:
    return served_registries()


def not_served() -> tuple[str, ...]:
    """Why registries that were meant to be shown are not, one sentence each."""
    return _served().problems


def name() -> str:
    """The registry that this session looks at: the chosen one, else the first that is served.

    Raises:
        RegistryProblem: none is served.
    """
    known = list(served())
    if not known:
        raise RegistryProblem(not_served()[0])
    chosen = st.session_state.get(_NAME)
    return chosen if chosen in known else known[0]


def called(chosen: str) -> str:
    """What readers know a registry as: the shipped one by its document, the others like their folder."""
    if chosen != SHIPPED_NAME:
        return chosen
    try:
        return open_beside(chosen).name
    except RegistryProblem:
        return chosen


def folder() -> Path:
    """The folder of the registry that this session looks at.

    Raises:
        RegistryProblem: none is served.
    """
    return served()[name()]


def open_beside(other: str) -> Registry:
    """The published version of another registry that is served here.

    Raises:
        RegistryProblem: there is no such registry, or it cannot be read.
    """
    if other not in served():
        raise RegistryProblem(f"“{other[:60]}” is not served here; expected one of {', '.join(served())}.")
    beside = served()[other]
    return load(str(beside), current_version(beside))


def _version_key() -> str:
    """Where a session keeps which version of a registry it looks at."""
    return f"{_VERSION} {name()}"


def words() -> Vocabulary:
    """The words of the registry that this session looks at; the standard ones where it cannot be read."""
    try:
        return registry().vocabulary
    except RegistryProblem:
        return STANDARD


def load(folder: str, version: str) -> Registry:
    """A version in the words that its registry declares now: opened once for all sessions, anew once the words change.

    Raises:
        RegistryProblem: the version cannot be trusted or read, or what is declared is at fault.
    """
    return _load(folder, version, _written(Path(folder) / FILE))


@st.cache_resource(show_spinner=False, max_entries=8)
def _load(folder: str, version: str, words: str) -> Registry:
    return open_registry(folder, version)


def _written(declarations: Path) -> str:
    """By what a changed ``variables.toml`` is told from the one that was read; empty if there is none that can be read."""
    try:
        return sha256(declarations.read_bytes()).hexdigest()
    except OSError:
        return ""


def published_version() -> str | None:
    """The version of this session's registry that is published now; nothing where the pointer cannot be read now."""
    try:
        return current_version(folder())
    except RegistryProblem:
        return None


def use_version(version: str) -> None:
    """Look at this version from the next run on."""
    begin_run()
    st.session_state[_version_key()] = version


def data_of(registry: Registry) -> str:
    """Which data these are, and in which words. A folder may be restored to other data under the same version name."""
    return f"{registry.folder}/{registry.version} {registry.content} {registry.vocabulary.declared.sha256}".rstrip()
