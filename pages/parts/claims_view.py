"""Claims on a page: how many of each status, which are shown, and each with its place, its words and what we find."""

from typing import Any

import streamlit as st

from pages.shared import session
from pages.shared.options import one_of
from plro_core.problems import DataProblem
from plro_core.series.claims import (
    STATUS_WORDS,
    STATUSES,
    CheckedClaim,
    Status,
    check_claims,
    claims_stamp,
    contradictions,
)
from plro_core.series.literature import read_references
from plro_core.text import safe_markdown

#: What a reader should see first.
_ORDER: tuple[Status, ...] = (
    "contradicted",
    "differs",
    "subset",
    "incomplete",
    "omission",
    "circular",
    "not_checkable",
    "agrees",
)
_EVERY = "every"
_A_ROW = 4
_ICONS = {
    "agrees": ":material/check_circle:",
    "subset": ":material/filter_alt:",
    "differs": ":material/difference:",
    "contradicted": ":material/sync_problem:",
    "incomplete": ":material/rule:",
    "omission": ":material/comments_disabled:",
    "circular": ":material/cached:",
    "not_checkable": ":material/help:",
}
_LABELS = {
    "agrees": "agrees",
    "subset": "exactly with a subset",
    "differs": "differs",
    "contradicted": "contradicted elsewhere",
    "incomplete": "incomplete",
    "omission": "not said",
    "circular": "circular",
    "not_checkable": "not checkable",
}


OPTIONS = (one_of("status", *STATUSES, words="claims with status {}"),)


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
    """How many pairs of statements contradict each other, and how many statements have each other status."""
    several = [status for status in _ORDER if status != "contradicted"]
    rows = [column for _ in range(0, len(several) + 1, _A_ROW) for column in st.columns(_A_ROW)]
    marked = sum(claim.status == "contradicted" for claim in claims)
    words = f"Pairs of statements that cannot both be true, each counted once; {marked} statements are marked by them."
    rows[0].metric("contradictions", str(len(contradictions(claims))), help=words)
    for column, status in zip(rows[1:], several, strict=True):
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
            for relation in claim.related:
                said = f"“{relation.printed}” ({relation.location})" if relation.printed else relation.location
                note = f": {relation.note}" if relation.note else ""
                st.caption(safe_markdown(f"→ {relation.words} {relation.id}, {said}{note}"))


def references(view: session.View) -> None:
    """The reference lists of the documents, as printed."""
    for bound in view.registry.documents:
        try:
            listed_works = read_references(bound.document.folder) if bound.document.folder else ()
        except DataProblem as problem:
            st.error(safe_markdown(str(problem)), icon=":material/error:")
            continue
        if listed_works:
            with st.expander(f"References of {bound.document.short} ({len(listed_works)})"):
                st.markdown("\n".join(f"{work.number}. {safe_markdown(work.text)}" for work in listed_works))
