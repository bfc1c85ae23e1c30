"""Claims on a page: how many of each status, which are shown, and each with its place, its words and what we find."""

from typing import Any

import streamlit as st

from pages.shared import session
from pages.shared.options import one_of
from plro_core.series.claims import STATUS_WORDS, STATUSES, CheckedClaim, check_claims, claims_stamp
from plro_core.text import safe_markdown

#: What a reader should see first.
_ORDER = ("contradicted", "differs", "subset", "not_checkable", "agrees")
_EVERY = "every"
_ICONS = {
    "agrees": ":material/check_circle:",
    "subset": ":material/filter_alt:",
    "differs": ":material/difference:",
    "contradicted": ":material/sync_problem:",
    "not_checkable": ":material/help:",
}
_LABELS = {
    "agrees": "agrees",
    "subset": "only with a subset",
    "differs": "differs",
    "contradicted": "contradicted elsewhere",
    "not_checkable": "not checkable",
}


OPTIONS = (one_of("status", *STATUSES),)


def checked(view: session.View) -> tuple[CheckedClaim, ...]:
    """All claims, checked once for all sessions, and again when a document's file of claims has changed.

    Raises:
        DataProblem: a file of claims is at fault.
    """
    return _checked(view.registry, view.data, claims_stamp(view.registry))


@st.cache_resource(show_spinner="Checking every statement …", max_entries=3)
def _checked(_registry: Any, data: str, stamp: str) -> tuple[CheckedClaim, ...]:
    return check_claims(_registry)


def counts(claims: tuple[CheckedClaim, ...]) -> None:
    """How many statements have each status."""
    for column, status in zip(st.columns(len(STATUSES)), STATUSES, strict=True):
        n = sum(claim.status == status for claim in claims)
        column.metric(_LABELS[status], f"{n} of {len(claims)}", help=STATUS_WORDS[status])


def filtered(view: session.View, claims: tuple[CheckedClaim, ...]) -> tuple[CheckedClaim, ...]:
    """The claims of the chosen status and topic; the status is kept in the link."""
    chosen = view.options.get("status", _EVERY)
    st.session_state["claim_status"] = chosen
    st.segmented_control(
        "Status",
        [_EVERY, *STATUSES],
        format_func=lambda status: "all" if status == _EVERY else _LABELS[status],
        key="claim_status",
        required=True,
        on_change=_status_changed,
    )
    topics = list(dict.fromkeys(claim.topic for claim in claims))
    topic = st.pills("Topic", topics, format_func=lambda name: name.replace("_", " "), key="claim_topic")
    shown = [claim for claim in claims if chosen in (_EVERY, claim.status) and topic in (None, claim.topic)]
    return tuple(sorted(shown, key=lambda claim: _ORDER.index(claim.status)))


def _status_changed() -> None:
    chosen = st.session_state["claim_status"]
    session.set_option("status", None if chosen == _EVERY else chosen)


def call(view: session.View) -> str:
    """The claims that are shown, as Python for the recipe."""
    status, topic = view.options.get("status"), st.session_state.get("claim_topic")
    conditions = [f"claim.status == {status!r}"] * bool(status) + [f"claim.topic == {topic!r}"] * bool(topic)
    if not conditions:
        return "check_claims(registry)"
    return f"[claim for claim in check_claims(registry) if {' and '.join(conditions)}]"


def cards(claims: tuple[CheckedClaim, ...]) -> None:
    """Each claim: what is said, what is printed and what the cells give, and why."""
    st.caption(f"{len(claims)} statements")
    several = len({claim.document for claim in claims}) > 1
    for number, claim in enumerate(claims):
        key = f"claim_{number}_{claim.id}" if several else f"claim_{claim.id}"  # two documents may use one id
        with st.container(border=True, key=key, gap="small"):
            st.markdown(f"{_ICONS[claim.status]} **{_LABELS[claim.status]}** · {safe_markdown(claim.statement)}")
            printed = f"printed **{safe_markdown(claim.printed)}** · " if claim.printed else ""
            found = f"recomputed **{safe_markdown(claim.recomputed)}**" if claim.recomputed else ""
            if printed or found:
                st.markdown(f"{printed}{found}".removesuffix(" · "))
            st.markdown(safe_markdown(claim.explanation))
            place = f"{claim.document}, {claim.location}" if several else claim.location
            st.caption(safe_markdown(f"{place}: “{claim.verbatim}”"))
