"""Who looks at the registry of this session, and what he may."""

from typing import Literal

import streamlit as st

from pages.shared import identity, registries
from plro_core.access import LOCAL, Access, AccessProblem, Right, RightProblem, Visitor
from plro_core.leaving import account
from plro_core.problems import RegistryProblem
from plro_core.store import Registry, why_not_written
from plro_core.text import safe_markdown

#: Rows of patients and all that is made of them, or released aggregates alone; nothing where somebody has no right at all.
Mode = Literal["rows", "aggregates", "nothing"]

#: Where a session keeps the name that somebody typed for the journal.
TYPED = "registry_who"

_MAY = {
    Right.AGGREGATES: "look at this registry",
    Right.ROWS: "look at single patients of this registry",
    Right.CHANGE: "bring data in or take them away",
    Right.PUBLISH: "publish versions, go back to one or discard drafts",
    Right.MANAGE: "accept edited files or empty the trash",
}


def visitor() -> Visitor:
    """Who asks, with his role in the registry of this session.

    Raises:
        AccessProblem: the registry's ``access.toml`` is at fault, so that nobody has a role.
        RegistryProblem: no registry is served that anybody could have a role in.
    """
    return registries.visitor_of(registries.folder()) if identity.configured() else LOCAL


def access() -> Access:
    """What the registry of this session says about those who may use it.

    Raises:
        AccessProblem: its ``access.toml`` is at fault.
    """
    return registries.access_of(registries.folder())


def may(right: Right) -> bool:
    """Whether the visitor has a right in the registry of this session."""
    found = of_run()
    return found is not None and found.may(right)


def require(right: Right) -> None:
    """Refuse what the visitor may not.

    Raises:
        RightProblem: he may not.
    """
    if refused := why_not(right):
        raise RightProblem(refused)


def why_not(right: Right) -> str:
    """Why the visitor may not do something, in one sentence; empty if he may."""
    try:
        found = visitor()
    except AccessProblem as problem:
        return f"Nobody may {_MAY[right]} now. {problem}"
    if found.may(right):
        return ""
    who = f"“{found.role}”" if found.role else "somebody without a role"
    return f"As {who} you may not {_MAY[right]}; whoever runs it gives roles in access.toml."


def mode(registry: Registry) -> Mode:
    """What the visitor is shown of a version: rows where he may see them, or where they were published anyway."""
    if registries.may_see_rows(registry):
        return "rows"
    return "aggregates" if may(Right.AGGREGATES) else "nothing"


def why_not_whole() -> str:
    """Why what is about the whole registry is not for the visitor, in one sentence; empty if it is."""
    centre = registries.centre_of(registries.folder())
    return f"This is about all centres, and your role is for “{centre}” alone." if centre else ""


def why_not_every_version() -> str:
    """Why what is about every version of the registry, drafts and all, is not for the visitor, in one sentence; empty if it is.

    That he may see a version which was published anyway opens no other one.
    """
    if refused := why_not_whole():
        return refused
    return "" if why_not_written(registries.folder()) else why_not(Right.ROWS)


def sees_rows() -> bool:
    """Whether the ordinary pages are for the visitor, all of which show single patients or counts of them."""
    try:
        return mode(registries.registry()) == "rows"
    except RegistryProblem:
        return may(Right.ROWS)


def name(typed: str = "") -> str:
    """Who is named in the journal: whoever is logged in, and on this machine alone whoever says so."""
    found = visitor()
    return found.name if found.identified else typed


def taker() -> str:
    """Who takes something away, for the journal: whoever is logged in; on this machine alone who said his name in this session,
    else the account that the dashboard runs under.
    """
    return name(str(st.session_state.get(TYPED) or "")) or account()


def of_run() -> Visitor | None:
    """Who asks, for a check of his rights later; nobody where ``access.toml`` is at fault or no registry is served."""
    try:
        return visitor()
    except (AccessProblem, RegistryProblem):
        return None


def identified() -> str:
    """How the login calls the visitor; empty where none is configured."""
    found = identity.of_session()
    return found.name if found else ""


def gate(registry: Registry | None) -> bool:
    """Say why somebody sees nothing, and let him log in; true if he may go on."""
    if not identity.configured():
        return True
    if identity.of_session() is None:
        st.info("This registry is open to those who log in.", icon=":material/login:")
        if identity.way() == "oidc":
            st.button("Log in", icon=":material/login:", type="primary", key="log_in", on_click=st.login)
        return False
    if registry is None or mode(registry) != "nothing":
        return True
    st.error(safe_markdown(why_not(Right.AGGREGATES)), icon=":material/block:")
    badge()
    return False


def badge() -> None:
    """Who is logged in, as what, and the way out; nothing where no login is configured."""
    called = identified()
    if not called:
        return
    found = of_run()
    role = found.role if found else None
    with st.container(horizontal=True, vertical_alignment="center", key="visitor"):
        st.caption(safe_markdown(f"{called} · {role or 'no role'}"))
        if identity.way() == "oidc":
            st.button("Log out", type="tertiary", key="log_out", on_click=st.logout)
