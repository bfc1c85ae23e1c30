"""Which registries are served, and which version of which one this session looks at."""

import os
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from weakref import WeakValueDictionary

import streamlit as st

from pages.shared import identity
from plro_core import plain_files
from plro_core.access import CENTRE, LOCAL, Access, AccessProblem, Right, Visitor, is_public, read_access
from plro_core.answering import patient
from plro_core.problems import JournalProblem, RegistryProblem
from plro_core.store import (
    SHIPPED_NAME,
    Registry,
    Served,
    current_version,
    only_with,
    open_registry,
    served_registries,
    shown_version,
    why_lost,
)
from plro_core.store.published import Standings
from plro_core.vocabulary import FILE, STANDARD, Vocabulary

_VERSION = "data_version"
_NAME = "registry_name"
_STANDING_IN = "standing_in"


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
    change under a reader's eyes, whatever happens to the folder. What is broken when a session begins is stood in for by
    the version published before it, which :func:`standing_in` says.

    Raises:
        RegistryProblem: the registry cannot be trusted or read.
    """
    if (known := _of_run.get()) is not None:
        return known
    found = _of_session()
    if centre := centre_of(folder()):
        found = _of_centre(found, data_of(found), centre)
    _of_run.set(found)
    return found


def whole() -> Registry:
    """The version that this session looks at with the patients of all centres: for what looks at all to tell of some.

    Raises:
        RegistryProblem: as of :func:`registry`.
    """
    return _of_session() if centre_of(folder()) else registry()


#: What each registry said last about those who may use it.
_access: dict[str, Access] = {}


def access_of(folder: Path) -> Access:
    """What a registry says about those who may use it; while its disk is away, what it said last.

    Raises:
        AccessProblem: its ``access.toml`` is at fault.
    """
    found = read_access(folder)
    if found == Access() and str(folder) in _access and why_lost(folder):
        return _access[str(folder)]
    _access[str(folder)] = found
    return found


def visitor_of(folder: Path) -> Visitor:
    """Who asks, with his role in a registry.

    Raises:
        AccessProblem: the registry's ``access.toml`` is at fault, so that nobody has a role.
    """
    if not identity.configured():
        return LOCAL
    found = identity.of_session()
    return Visitor("", None) if found is None else access_of(folder).visitor(found.name)


def centre_of(folder: Path) -> str | None:
    """The centre whose patients alone the visitor may see in a registry; nothing if he may see all, or has no role there."""
    try:
        return visitor_of(folder).centre
    except AccessProblem:  # then nobody has a role
        return None


@st.cache_resource(show_spinner=False, max_entries=8)
def _of_centre(_registry: Registry, data: str, centre: str) -> Registry:
    return only_with(_registry, CENTRE, centre)


def _of_session() -> Registry:
    """The version that this session looks at, with all patients."""
    chosen, key = folder(), _version_key()
    version = st.session_state.get(key)
    if version is None:
        found = _begun(chosen, key)
    else:
        try:
            found = load(str(chosen), version)
        except RegistryProblem:
            del st.session_state[key]
            raise
        if not may_look_at(found):  # it was chosen while he might
            found = _begun(chosen, key)
    return found


def may_look_at(found: Registry) -> bool:
    """Whether the visitor may look at this version of the registry of this session: at any if he may see rows, else at the one
    that the session began with or that is published now, and at what was published anyway. The aggregates of two versions tell
    by their difference of single patients, and a draft of what nobody has looked over.
    """
    if _has_rows(found.folder):
        return True
    began, _ = st.session_state.get(f"{_STANDING_IN} {name()}", ("", ""))
    if found.version in (began, published_version()):
        return True
    try:
        return may_see_rows(found) and Standings.of(found.folder).state(found.version) == "published"
    except JournalProblem:  # nobody can say that it was
        return False


def _begun(chosen: Path, key: str) -> Registry:
    """What a session begins with."""
    shown = shown_version(chosen, lambda version: load(str(chosen), version))
    st.session_state[key] = shown.version
    st.session_state[f"{_STANDING_IN} {name()}"] = (shown.version, shown.sentence)
    return shown.opened


def standing_in() -> str:
    """Why this session does not look at the published version, in one sentence; empty if nothing is wrong."""
    version, sentence = st.session_state.get(f"{_STANDING_IN} {name()}", ("", ""))
    return str(sentence) if version == st.session_state.get(_version_key()) else ""


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
    found = load(str(beside), current_version(beside))
    if not may_see_rows(found) or centre_of(beside):
        raise RegistryProblem(f"“{other[:60]}” is not open to you beside another registry.")
    return found


def may_see_rows(registry: Registry) -> bool:
    """Whether the visitor may see single patients of a registry."""
    try:
        found = visitor_of(registry.folder)
    except AccessProblem:
        return False
    return found.may(Right.ROWS) or (found.identified and is_public(registry))


def _has_rows(folder: Path) -> bool:
    """Whether the visitor's role lets him see single patients of all versions of a registry."""
    try:
        return visitor_of(folder).may(Right.ROWS)
    except AccessProblem:
        return False


def whole_and_open() -> list[Path]:
    """The folders of the served registries of which the visitor may see all patients of all versions, his own of this session first."""
    here = folder()
    homes = [here, *(home for home in served().values() if home != here)]
    return [home for home in homes if _has_rows(home) and not centre_of(home)]


def shown(name: str, version: str) -> Registry:
    """A version of a served registry, for whoever watches it being shown; without a name of the first that is served.

    Raises:
        RegistryProblem: there is no such registry or version, or it cannot be read.
    """
    known = served()
    chosen = name or next(iter(known), "")
    if chosen not in known:
        raise RegistryProblem(f"“{chosen[:60]}” is not served here; expected one of {', '.join(known)}.")
    return load(str(known[chosen]), version)


def name_of(registry: Registry) -> str:
    """The name under which a version's registry is served here.

    Raises:
        RegistryProblem: it is not.
    """
    for name, folder in served().items():
        if folder == registry.folder:
            return name
    raise RegistryProblem(f"“{registry.folder.name[:60]}” is not served here.")


def _version_key() -> str:
    """Where a session keeps which version of a registry it looks at."""
    return f"{_VERSION} {name()}"


def words() -> Vocabulary:
    """The words of the registry that this session looks at; the standard ones where it cannot be read."""
    try:
        return registry().vocabulary
    except RegistryProblem:
        return STANDARD


#: What was opened last of each version, as long as somebody holds it.
_opened: WeakValueDictionary[tuple[str, str], Registry] = WeakValueDictionary()


def load(folder: str, version: str) -> Registry:
    """A version in the words that its registry declares now: opened once for all sessions, anew once the words change.

    What is in memory stays, whatever becomes of the folder; only words that are at fault are told.

    Raises:
        RegistryProblem: the version cannot be trusted or read, or what is declared is at fault.
    """
    try:
        found = _load(folder, version, _written(patient(folder) / FILE))
    except RegistryProblem as problem:
        known = _opened.get((folder, version))
        if known is None or str(problem).startswith(FILE):  # a fault in the words is told to whoever wrote them
            raise
        return known
    _opened[folder, version] = found
    return found


@st.cache_resource(show_spinner=False, max_entries=8)
def _load(folder: str, version: str, words: str) -> Registry:
    return open_registry(patient(folder), version)


def _written(declarations: Path) -> str:
    """By what a changed ``variables.toml`` is told from the one that was read; empty if there is none that can be read."""
    try:
        return sha256(plain_files.content(declarations)).hexdigest()
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
