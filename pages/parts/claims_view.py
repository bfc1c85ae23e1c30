"""Claims on a page: what was found, which are shown, a line for each, and the open one beside what its cells give."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from pages.parts import claim_open
from pages.shared import downloads, plot, session
from pages.shared.figures import Figure, figure
from pages.shared.options import one_of, spelled
from plro_core.export import recipe_for
from plro_core.figures.claims import VERDICTS, claims_found
from plro_core.problems import DataProblem
from plro_core.series.claims import (
    FOUND,
    READING_ORDER,
    STATUS_WORDS,
    STATUSES,
    CheckedClaim,
    Status,
    check_claims,
    claims_rest,
    claims_stamp,
)
from plro_core.series.literature import read_references
from plro_core.text import capitalised, counted, safe_markdown

STYLE = Path(__file__).resolve().parent / "claims.css"
_EVERY = "every"
_STRIP = "claims_found"
_OPENED_HERE = "claim_opened_here"
#: So few claims are all listed, also those without a finding.
_FEW = 40
#: As many lines as are drawn at once.
_MOST = 200

#: Words of a document, in any writing.
_WORDS = r"[^<>\x00-\x1f]"

OPTIONS = (
    one_of("status", *STATUSES, words="claims with status {}"),
    spelled("topic", f"{_WORDS}{{1,60}}", "a topic of the claims", of_one_page=True, words="claims on {}"),
    spelled("claim", f"{_WORDS}{{1,90}}", "the name of a claim", of_one_page=True, words="claim {} open"),
)


def checked(view: session.View) -> tuple[CheckedClaim, ...]:
    """All claims, checked once for all sessions, and again when a document's file of claims has changed.

    Raises:
        DataProblem: a file of claims is at fault.
    """
    return _checked(view.registry, view.data, claims_stamp(view.registry))


@st.cache_resource(show_spinner="Checking every statement …", max_entries=3)
def _checked(_registry: Any, data: str, stamp: str) -> tuple[CheckedClaim, ...]:
    return check_claims(_registry)


def figures(view: session.View, claims: Sequence[CheckedClaim]) -> list[Figure]:
    """What can be presented: the open claim, and what was found."""
    stamp = claims_stamp(view.registry)
    found = figure(claims_found, chosen=view.options.get("status", ""), as_of=stamp)
    opened = open_claim(view, claims)
    return [claim_open.card(opened, stamp), found] if opened else [found]


def name_of(claim: CheckedClaim, claims: Sequence[CheckedClaim]) -> str:
    """The name of a claim in a link: its id, before which its document stands where several documents have claims."""
    return f"{claim.document}: {claim.id}" if len({other.document for other in claims}) > 1 else claim.id


def open_claim(view: session.View, claims: Sequence[CheckedClaim]) -> CheckedClaim | None:
    """The claim that the link names."""
    wanted = view.options.get("claim")
    return next((claim for claim in claims if wanted in (name_of(claim, claims), claim.id)), None)


def check(view: session.View, claims: Sequence[CheckedClaim]) -> None:
    """Say so where the link names a claim or a topic that there is not."""
    if "claim" in view.options and open_claim(view, claims) is None:
        session.leave_out("claim", f"There is no claim “{view.options['claim']}” here.")
    if "topic" in view.options and view.options["topic"] not in {claim.topic for claim in claims}:
        session.leave_out("topic", f"There is no topic “{view.options['topic']}” here.")


def found(view: session.View, shown: Figure, claims: Sequence[CheckedClaim]) -> None:
    """The picture of all verdicts: a click on a square opens its claim, and narrows to its verdict."""
    drawn = shown.drawn(view)
    with st.container(key=f"frame_{_STRIP}", gap="small"):
        st.header(safe_markdown(drawn.title), anchor=False)
        st.caption(safe_markdown(" ".join(filter(None, (claims_rest(claims), *drawn.notes)))))
        plot.show(drawn.spec, drawn.summary, f"chart_{_STRIP}", partial(_square_clicked, claims))


def _downloads(view: session.View, shown: Figure) -> None:
    drawn = shown.drawn(view)
    recipe = recipe_for(view.registry, drawn.title, call="claims_found(registry)")
    downloads.figure(drawn, partial(shown.on_white, view), _STRIP, recipe)
    downloads.how_made(recipe, _STRIP)


def _square_clicked(claims: Sequence[CheckedClaim]) -> None:
    for point in st.session_state[f"chart_{_STRIP}"]["selection"]["points"]:
        document, wanted = point["customdata"]
        for claim in claims:
            if (claim.document, claim.id) == (document, wanted):
                _open(claim, claims, status=claim.status)
                return


def controls(view: session.View, shown: Figure, claims: Sequence[CheckedClaim]) -> None:
    """Words to look for, the verdict and the topic, all of them in the link; and the picture to take along."""
    topics = sorted({claim.topic for claim in claims})
    with st.container(horizontal=True, vertical_alignment="bottom", key="claims_controls"):
        st.session_state["claims_find"] = view.options.get("find", "")
        st.text_input(
            "Search",
            label_visibility="collapsed",
            key="claims_find",
            placeholder="Search words, values, topics",
            icon=":material/search:",
            max_chars=80,
            on_change=_chosen,
            args=("find",),
            width=260,
        )
        st.session_state["claims_topic"] = view.options.get("topic", _EVERY)
        st.selectbox(
            "Topic",
            [_EVERY, *topics],
            format_func=lambda topic: "all topics" if topic == _EVERY else topic.replace("_", " "),
            key="claims_topic",
            label_visibility="collapsed",
            on_change=_chosen,
            args=("topic",),
            width=170,
        )
        st.session_state["claims_status"] = view.options.get("status", _EVERY)
        st.selectbox(
            "Verdict",
            [_EVERY, *(status for status in READING_ORDER if any(claim.status == status for claim in claims))],
            format_func=lambda status: "all verdicts" if status == _EVERY else VERDICTS[status],
            key="claims_status",
            label_visibility="collapsed",
            on_change=_chosen,
            args=("status",),
            width=170,
        )
        if is_narrowed(view):
            st.button("Show all", type="tertiary", key="claims_reset", on_click=session.set_options, args=(_NONE,))
        _downloads(view, shown)


_NONE = dict.fromkeys(("find", "topic", "status"))


def _chosen(option: str) -> None:
    text = re.sub(r"[<>\x00-\x1f]", " ", str(st.session_state[f"claims_{option}"])).strip()
    session.set_option(option, None if text in ("", _EVERY) else text)


def is_narrowed(view: session.View) -> bool:
    return bool(set(view.options) & set(_NONE))


def matching(view: session.View, claims: Sequence[CheckedClaim]) -> tuple[CheckedClaim, ...]:
    """The claims of the chosen verdict and topic that hold all the words looked for; contradictions first."""
    status, topic = view.options.get("status"), view.options.get("topic")
    words = view.options.get("find", "").casefold().split()
    kept = [
        claim
        for claim in claims
        if status in (None, claim.status) and topic in (None, claim.topic) and _holds(claim, words)
    ]
    return tuple(sorted(kept, key=lambda claim: READING_ORDER.index(claim.status)))


def _holds(claim: CheckedClaim, words: Sequence[str]) -> bool:
    told = (
        claim.id, claim.topic, claim.statement, claim.location, claim.verbatim, claim.printed, claim.recomputed,
        claim.explanation, VERDICTS[claim.status], claim.document,
    )  # fmt: skip
    text = " ".join(told).casefold()
    return all(word in text for word in words)


def call(view: session.View) -> str:
    """The claims that are shown, as Python for the recipe."""
    status, topic = view.options.get("status"), view.options.get("topic")
    conditions = [f"claim.status == {status!r}"] * bool(status) + [f"claim.topic == {topic!r}"] * bool(topic)
    if not conditions:
        return "check_claims(registry)"
    return f"[claim for claim in check_claims(registry) if {' and '.join(conditions)}]"


def is_first(view: session.View, chosen: Sequence[CheckedClaim], claims: Sequence[CheckedClaim]) -> bool:
    """Whether the open claim stands before all else: a link led to it, or the list does not hold it."""
    opened = open_claim(view, claims)
    if opened is None:
        return False
    here = st.session_state.get(_OPENED_HERE) == name_of(opened, claims)
    return not here or opened not in _unfolded(view, chosen, claims)


def first(view: session.View, chosen: Sequence[CheckedClaim], claims: Sequence[CheckedClaim]) -> None:
    """The claim that a link leads to, before all else."""
    opened = open_claim(view, claims)
    if opened is not None and is_first(view, chosen, claims):
        _line(view, opened, claims, opened, "pinned")


def ledger(view: session.View, chosen: Sequence[CheckedClaim], claims: Sequence[CheckedClaim]) -> None:
    """A line a claim, by document and verdict. Of many claims verdicts without a finding are one line each, until chosen."""
    opened = None if is_first(view, chosen, claims) else open_claim(view, claims)
    st.caption(f"{counted(len(chosen), 'statement')}" if chosen else "No statement fits; show all to see them.")
    documents = dict.fromkeys(claim.document for claim in claims)
    for document in documents:
        own = [claim for claim in chosen if claim.document == document]
        if len(documents) > 1 and own:
            st.subheader(safe_markdown(document), anchor=False)
        for status in READING_ORDER:
            of_status = [claim for claim in own if claim.status == status]
            if of_status and _is_unfolded(view, status, claims):
                _group(view, status, of_status, claims, opened)
            elif of_status:
                _folded(status, of_status, len(documents) > 1)


def _unfolded(view: session.View, chosen: Sequence[CheckedClaim], claims: Sequence[CheckedClaim]) -> list[CheckedClaim]:
    return [claim for claim in chosen if _is_unfolded(view, claim.status, claims)]


def _is_unfolded(view: session.View, status: Status, claims: Sequence[CheckedClaim]) -> bool:
    return is_narrowed(view) or status in FOUND or len(claims) <= _FEW


def _group(
    view: session.View,
    status: Status,
    of_status: Sequence[CheckedClaim],
    claims: Sequence[CheckedClaim],
    opened: CheckedClaim | None,
) -> None:
    with st.container(gap=None, key=f"claims_of_{status}_{_number_of(of_status[0], claims)}"):
        st.caption(f"**{len(of_status)} {VERDICTS[status]}** · {safe_markdown(STATUS_WORDS[status])}")
        for claim in of_status[:_MOST]:
            _line(view, claim, claims, opened, "line")
        if len(of_status) > _MOST:
            st.caption(f"The first {_MOST} of {len(of_status)}; search to see others.")


def _folded(status: Status, of_status: Sequence[CheckedClaim], several: bool) -> None:
    several_words = f" of {of_status[0].document}" if several else ""
    st.button(
        f"Show the {len(of_status)} {VERDICTS[status]}{safe_markdown(several_words)}: {STATUS_WORDS[status]}",
        type="tertiary",
        icon=":material/unfold_more:",
        key=f"unfold_{status}_{of_status[0].document}",
        on_click=session.set_option,
        args=("status", status),
    )


def _number_of(claim: CheckedClaim, claims: Sequence[CheckedClaim]) -> int:
    return claims.index(claim)


def _line(
    view: session.View, claim: CheckedClaim, claims: Sequence[CheckedClaim], opened: CheckedClaim | None, kind: str
) -> None:
    """One claim in a line, and below it what was recomputed where it is open."""
    is_open = claim == opened
    number = _number_of(claim, claims)
    found = claim.recomputed or "–"
    st.button(
        f"{capitalised(safe_markdown(claim.statement))} **{safe_markdown(claim.printed or '–')}** *{safe_markdown(found)}*",
        type="tertiary",
        icon=":material/keyboard_arrow_down:" if is_open else ":material/chevron_right:",
        key=f"claim_{kind}_{number}_{claim.status}",
        width="stretch",
        on_click=_close if is_open else _open,
        args=() if is_open else (claim, claims),
    )
    if is_open:
        with st.container(key="claim_open"):
            claim_open.show(view, claim, claims, partial(_open_named, claims=claims))


def _open(claim: CheckedClaim, claims: Sequence[CheckedClaim], status: str | None = None) -> None:
    name = name_of(claim, claims)
    st.session_state[_OPENED_HERE] = name
    session.set_options({"claim": name} | ({"status": status, "find": None, "topic": None} if status else {}))


def _open_named(document: str, wanted: str, claims: Sequence[CheckedClaim]) -> None:
    """Open another claim of a document: it is shown first."""
    for claim in claims:
        if (claim.document, claim.id) == (document, wanted):
            st.session_state[_OPENED_HERE] = None
            session.set_option("claim", name_of(claim, claims))


def _close() -> None:
    session.set_option("claim", None)


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
