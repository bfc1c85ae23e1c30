"""One claim, open: the words as printed, what the cells give and which they are, how sure that is, and related claims."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.shared import session, tables_view
from pages.shared.figures import Figure, figure
from plro_core.figures.claim_card import VERDICT_WORDS, claim_card
from plro_core.series.claims import STATUS_WORDS, CheckedClaim, cells_of_claim, claims_stamp
from plro_core.tables import Table
from plro_core.text import NONE, capitalised, safe_markdown

#: As many ways to records as are offered.
_MOST_RECORDS = 20


def card(claim: CheckedClaim, stamp: str) -> Figure:
    """The claim as a picture, for a stage."""
    phone = "Mobi" in st.context.headers.get("User-Agent", "")
    return figure(claim_card, claim=claim.id, document=claim.document, narrow=phone or None, as_of=stamp)


def show(
    view: session.View, claim: CheckedClaim, claims: Sequence[CheckedClaim], go_to: Callable[[str, str], None]
) -> None:
    """Everything that is known of one of the claims; ``go_to`` opens another one by document and id."""
    cells = _cells(view.registry, view.data, claims_stamp(view.registry), claim.document, claim.id)
    _quotation(claim)
    printed, found = st.columns(2, gap="medium")
    with printed.container(key="claim_printed", gap=None):
        st.caption("It prints")
        st.markdown(safe_markdown(claim.printed or NONE))
    with found.container(key=f"claim_recomputed_{claim.status}", gap=None):
        st.caption("Its own cells give" if cells.rows else "Held against it")
        st.markdown(safe_markdown(claim.recomputed or NONE))
    meaning = capitalised(STATUS_WORDS[claim.status])
    st.markdown(f"**{VERDICT_WORDS[claim.status]}.** {safe_markdown(claim.explanation)}", help=f"{meaning}.")
    _how_sure(cells)
    _from(view, cells)
    _related(view, claim, claims, go_to)
    _send(view)


@st.cache_resource(show_spinner=False, max_entries=200)
def _cells(_registry: Any, data: str, stamp: str, document: str, claim: str) -> Table:
    return cells_of_claim(_registry, document, claim)


def _quotation(claim: CheckedClaim) -> None:
    """The words, with the part that is checked in bold, and where they stand."""
    before, part, after = claim.verbatim.partition(claim.printed) if claim.printed else (claim.verbatim, "", "")
    bold = f"**{safe_markdown(part)}**" if part.strip() == part and part else safe_markdown(part)
    said = f"“{safe_markdown(before)}{bold}{safe_markdown(after)}”"
    st.markdown(f"> {said}  \n> {safe_markdown(f'{claim.document}, {claim.location}')}")


def _how_sure(cells: Table) -> None:
    if cells.notes:
        st.caption("How sure: " + " ".join(safe_markdown(note) for note in cells.notes))


def _from(view: session.View, cells: Table) -> None:
    """The cells that were read, a row a patient, with the way to each patient's record."""
    if not cells.rows:
        st.caption("No cell of the registry is read for this; it is judged by what is printed.")
        return
    with st.container(key="claim_cells", gap="small"):
        tables_view.plain(cells)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="claim_records"):
            st.caption("Open the record of patient", width="content")
            for row in cells.rows[:_MOST_RECORDS]:
                st.button(
                    str(row[0]), type="tertiary", key=f"record_{row[0]}", on_click=_to_record, args=(int(str(row[0])),)
                )


def _to_record(case_id: int) -> None:
    cohort, options = session.begin()
    kept = {key: text for key, text in options.items() if key not in ("claim", "find", "topic", "patient")}
    session.follow(session.pairs_of(cohort, kept | {"patient": str(case_id)}), "patients")


def _related(
    view: session.View, claim: CheckedClaim, claims: Sequence[CheckedClaim], go_to: Callable[[str, str], None]
) -> None:
    statements = {other.id: other.statement for other in claims if other.document == claim.document}
    for relation in claim.related:
        said = f"“{relation.printed}” ({relation.location})" if relation.printed else f"({relation.location})"
        note = f" {relation.note}" if relation.note else ""
        words = safe_markdown(f"{capitalised(relation.words)}: {statements[relation.id]} {said}{note}")
        st.button(
            words,
            type="tertiary",
            icon=":material/arrow_forward:",
            key=f"related_{relation.id}_{relation.relation}",
            on_click=partial(go_to, claim.document, relation.id),
        )


def _send(view: session.View) -> None:
    """The address of this claim alone."""
    pairs = [(key, view.options[key]) for key in ("claim",) if key in view.options]
    with st.popover("Send this claim", icon=":material/link:", type="tertiary", key="send_claim"):
        st.caption("This address shows a colleague this claim, with the words, the cells and the verdict.")
        st.code(session.link(pairs), language=None, wrap_lines=True)
