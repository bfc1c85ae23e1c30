"""A mapping changed by hand: what each column gives, and what the rows of the sheet are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from pages.parts.registry import work
from pages.parts.registry.asking import Change
from pages.shared import tables_view
from plro_core.intake import Dialect, File
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.intake.sheets.editing import Editing, reheaded
from plro_core.intake.sheets.mapping import Target
from plro_core.intake.sheets.proposal import Rows, rows_asked_anew, rows_of, with_column, with_rows, with_target
from plro_core.intake.sheets.questions import LEFT_OUT, Proposal, column_choices, target_word
from plro_core.tables import Column, Table
from plro_core.text import listed, printable, safe_markdown

_NONE = "none"
_FIRST_VALUES = 3


def show(editing: Editing, number: int, files: Sequence[File], dialects: Mapping[str, Dialect], change: Change) -> None:
    """What every column gives, and the forms that change it (``change`` is for callbacks)."""
    at = 0
    if len(editing.proposals) > 1:
        names = [one.mapping.sheet or one.mapping.file for one in editing.proposals]
        at = st.selectbox(
            "Sheet", range(len(names)), format_func=lambda index: names[index], key="sheet_by_hand", width=280
        )
    proposal = editing.proposals[at]
    columns, rows = st.tabs(["Columns", "Rows"])
    with columns:
        heads = ("Column", "First values", "What it means here", "Unit", "Words")
        columns_of = tuple(Column(f"c{at}", head) for at, head in enumerate(heads))
        described = tuple(_described(proposal, head) for head in proposal.table.heads)
        tables_view.plain(Table("columns", "What each column means", columns_of, described))
        _column(editing, at, number, change)
    with rows:
        _rows(editing, at, number, files, dialects, change)


def _described(proposal: Proposal, head: str) -> tuple[str, ...]:
    """A column in words: its first values, what it means, its unit and what its words mean."""
    one = proposal.mapping
    first = ", ".join(word for word, _ in proposal.table.words(head).most_common(_FIRST_VALUES))
    target = one.columns.get(head)
    if target is None:
        return head, first, _told(proposal, head), "", ""
    words = [f"{word} = {level}" for word, level in target.codes.items() if word != level]
    words += [f"{word} = missing" for word in target.missing]
    words += ["flags"] * target.flags + ["limits left out"] * target.limits
    return head, first, target_word(target), target.unit, ", ".join(words)


def _told(proposal: Proposal, head: str) -> str:
    one = proposal.mapping
    rows = rows_of(one)
    named = {rows.patient: "the patient", rows.centre: "the centre", rows.visit: "the visit", rows.test: "the test"}
    named |= {rows.value: "the value", rows.unit: "the unit"}
    if head in named:
        return named[head]
    if head in one.read:
        return "a date; it is not stored"
    is_date = bool(proposal.contents.orders(head))
    if head in one.ignored:
        return LEFT_OUT + (": dates are not stored" if is_date else "")
    return LEFT_OUT if one.rest else "not decided"


def _column(editing: Editing, at: int, number: int, change: Change) -> None:
    proposal = editing.proposals[at]
    one = proposal.mapping
    told = set(one.read) - set(one.columns)
    heads = [head for head in proposal.table.heads if head not in told]
    with st.container(horizontal=True, vertical_alignment="bottom", key="change_column"):
        head = st.selectbox(
            "Change a column", heads, index=None, key=f"column_by_hand_{at}", placeholder="choose one", width=240
        )
        if head is None:
            return
        choices = column_choices(proposal)
        target = one.columns.get(head)
        now = target_word(target) if target else LEFT_OUT if head in one.ignored else None
        words = list(dict.fromkeys((LEFT_OUT, *choices, *([now] if now else []))))
        key = f"meaning_{at}_{number}"
        st.selectbox(
            "What it means here",
            words,
            index=words.index(now) if now else None,
            key=key,
            placeholder="not decided",
            width=280,
            on_change=lambda: _say(at, head, str(st.session_state[key]), change),
        )
        if target:
            st.button(
                "Ask about its cells anew",
                key=f"ask_anew_{at}",
                on_click=lambda: change(
                    lambda now: now.with_proposal(at, _asked_anew(now.proposals[at], head, target))
                ),
            )


def _say(at: int, head: str, word: str, change: Change) -> None:
    def changed(now: Editing) -> Editing:
        target = None if word == LEFT_OUT else column_choices(now.proposals[at]).get(word)
        return now.with_proposal(at, with_column(now.proposals[at], head, target))

    change(changed)


def _asked_anew(proposal: Proposal, head: str, target: Target) -> Proposal:
    """The proposal in which nothing is said of a column's cells."""
    settled = frozenset(pair for pair in proposal.settled if pair[1] not in ("", head) or pair[0] not in ("unit",))
    plain = Target(target.table, target.variable, target.month, target.date)
    return with_target(replace(proposal, settled=settled), head, plain)


def _rows(
    editing: Editing, at: int, number: int, files: Sequence[File], dialects: Mapping[str, Dialect], change: Change
) -> None:
    """Where the head stands, and which columns tell what a row is."""
    proposal = editing.proposals[at]
    one = proposal.mapping
    if one.footers:
        st.caption(
            safe_markdown(f"The table ends before {listed([f'“{printable(word)}”' for word in one.footers], 'or')}.")
        )
    with st.container(horizontal=True, vertical_alignment="bottom", key="rows_by_hand"):
        row = f"head_row_{at}_{number}"
        st.number_input(
            "Row of the head",
            min_value=1,
            value=one.head_row,
            key=row,
            width=140,
            on_change=lambda: _reheaded(at, files, dialects, int(st.session_state[row]), change),
        )
        said = rows_of(one)
        for part, label in (
            ("patient", "Patient"),
            ("visit", "Visit"),
            ("centre", "Centre"),
            ("test", "Test"),
            ("value", "Its value"),
            ("unit", "Its unit"),
        ):
            _part(editing, at, said, part, label, number, change)
    label = "Ask about patients, visits and footers anew"
    st.button(label, key=f"rows_anew_{at}", on_click=change, args=(partial(_rows_anew, at=at),))
    st.caption(
        "Without a visit column, a sheet has one row a patient, and each column says at which month it is. With a column of "
        "tests and one of their values, it has one row a measurement."
    )


def _rows_anew(now: Editing, at: int) -> Editing:
    return now.with_proposal(at, rows_asked_anew(now.proposals[at]))


def _reheaded(at: int, files: Sequence[File], dialects: Mapping[str, Dialect], row: int, change: Change) -> None:
    try:
        change(lambda now: reheaded(now, at, files, dialects, row))
    except MappingProblem as problem:
        work.say("error", str(problem))


def _part(editing: Editing, at: int, said: Rows, part: str, label: str, number: int, change: Change) -> None:
    proposal = editing.proposals[at]
    now = str(getattr(said, part))
    heads = [*([] if part == "patient" and now else [_NONE]), *proposal.contents.heads]
    key = f"rows_{part}_{at}_{number}"

    def changed() -> None:
        chosen = str(st.session_state[key])
        rows = replace(said, **{part: "" if chosen == _NONE else chosen})
        change(lambda now: now.with_proposal(at, with_rows(now.proposals[at], rows)))

    st.selectbox(label, heads, index=heads.index(now) if now in heads else 0, key=key, width=200, on_change=changed)
