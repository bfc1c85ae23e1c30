"""The questions that a mapping leaves open, each with its values, its counts and its answers."""

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from plro_core.intake.sheets.editing import Editing
from plro_core.intake.sheets.questions import LEFT_OUT, NO, ORDER_WORDS, YES, Kind, Question
from plro_core.text import counted, listed, printable, safe_markdown

#: Goes on from the mapping as it is at the click, which may be newer than the one that was drawn.
Change = Callable[[Callable[[Editing], Editing]], None]

_MOST = 12
_MOST_BUTTONS = 5
#: What a yes and a no are called.
_SAID: dict[Kind, tuple[str, str]] = {
    "missing": ("Missing", "A value"),
    "flags": ("A flag", "No flag"),
    "limits": ("Leave it out", "A value"),
    "footer": ("Leave out", "Rows of patients"),
    "ids": ("Number them", "No"),
    "new": ("New patients", "No"),
    "centre": ("Two centres", "The same patients"),
}
#: Kinds whose questions may all get one answer.
_ALIKE: tuple[Kind, ...] = ("missing", "flags", "limits")


def show(editing: Editing, number: int, change: Change, can_go_back: bool, go_back: Callable[[], None]) -> None:
    """All that is open, and how to take an answer back (``change`` and ``go_back`` are for callbacks)."""
    questions = editing.questions
    rest = sum(one.kind in ("column", "test") for _, one in questions)
    with head(len(questions), rest, lambda: change(Editing.rest_left_out), can_go_back, go_back):
        for kind in _ALIKE:
            same = [(at, one) for at, one in questions if one.kind == kind]
            if len(same) > 1:
                label = f"{_SAID[kind][0]}, in all {len(same)} columns"
                st.button(label, key=f"all_{kind}", on_click=_all, args=(same, change))
    several = len(editing.proposals) > 1
    for at, question in questions[:_MOST]:
        with st.container(key=f"question_{at}_{question.key}", gap="xsmall"):
            _one(editing, at, question, number, change, several)
    if len(questions) > _MOST:
        st.caption(f"{len(questions) - _MOST} more follow when these are answered.")


def head(
    count: int, rest: int, leave_out: Callable[[], None], can_go_back: bool, go_back: Callable[[], None]
) -> DeltaGenerator:
    """How many questions are open, what leaves out the ``rest`` of them, and what takes an answer back: a row to add to."""
    row = st.container(horizontal=True, vertical_alignment="center", key="questions_head")
    with row:
        noun = "One question is" if count == 1 else f"{count} questions are"
        st.markdown(f":material/help: **{noun} open.**" if count else ":material/check: No question is open.")
        if rest:
            st.button(f"Leave out the rest · {rest}", key="leave_rest", on_click=leave_out)
        if can_go_back:
            label = "Take the last answer back"
            st.button(label, icon=":material/undo:", type="tertiary", key="take_back", on_click=go_back)
    return row


def _all(same: list[tuple[int, Question]], change: Change) -> None:
    def answered(editing: Editing) -> Editing:
        for at, question in same:
            editing = editing.answered(at, question, YES)
        return editing

    change(answered)


def _one(editing: Editing, at: int, question: Question, number: int, change: Change, several: bool) -> None:
    file = editing.proposals[at].mapping
    where = f"{safe_markdown(file.sheet or file.file)} · " if several else ""
    key = f"{at}_{question.key}_{number}"

    def said(choice: str) -> None:
        change(lambda now: now.answered(at, question, choice))

    if question.kind == "codes":
        st.markdown(where + safe_markdown(question.sentence.partition(" Perhaps ")[0]))
        _codes(question, key, said)
        return
    with beside(where + safe_markdown(question.sentence) + _values(question)):
        _choices(question, key, said)


def _values(question: Question) -> str:
    """The first values that a question is about, and in how many cells they stand."""
    if question.kind not in ("column", "test", "order", "unit") or not question.count:
        return ""
    words = listed([f"“{printable(word, 20)}”" for word in question.words])
    return f" :gray[{safe_markdown(words)}{' in ' if words else ''}{counted(question.count, 'cell')}]"


def _choices(question: Question, key: str, said: Callable[[str], None]) -> None:
    if question.kind in _SAID:
        for choice, label in zip((YES, NO), _SAID[question.kind], strict=True):
            st.button(label, key=f"{choice}_{key}", on_click=said, args=(choice,))
        return
    if question.guess and len(question.choices) > _MOST_BUTTONS:
        st.button(f"It is {safe_markdown(question.guess)}", key=f"guess_{key}", on_click=said, args=(question.guess,))
    answers(
        question.choices,
        f"What is {safe_markdown(printable(question.column))}?",
        key,
        said,
        lambda choice: _label(question, choice),
    )


def beside(question: str) -> DeltaGenerator:
    """A question in Markdown, and the place beside it for its answers."""
    left, right = st.columns([5, 4], vertical_alignment="center")
    left.markdown(question)
    return right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center")


def answers(
    choices: Sequence[str],
    asks: str,
    key: str,
    said: Callable[[str], None],
    label: Callable[[str], str] = safe_markdown,
) -> None:
    """A button for each of a few answers, or a list to choose from, beside which is the button that leaves out."""
    if len(choices) <= _MOST_BUTTONS:
        for choice in choices:
            words = "Leave out" if choice == LEFT_OUT else label(choice)
            st.button(words, key=f"{choice}_{key}", on_click=said, args=(choice,))
        return
    st.selectbox(
        asks,
        [choice for choice in choices if choice != LEFT_OUT],
        index=None,
        key=f"choose_{key}",
        placeholder="choose",
        label_visibility="collapsed",
        width=220,
        on_change=lambda: said(str(st.session_state[f"choose_{key}"])),
    )
    if LEFT_OUT in choices:
        st.button("Leave out", key=f"leave_{key}", on_click=said, args=(LEFT_OUT,))


def _label(question: Question, choice: str) -> str:
    if question.kind == "visit":
        return f"Month {choice}"
    return ORDER_WORDS.get(choice, choice) if question.kind == "order" else safe_markdown(choice)


def _codes(question: Question, key: str, said: Callable[[str], None]) -> None:
    """What each word of a column means; the guesses are filled in."""
    guesses = question.guess.split(";")
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"codes_{key}"):
        chosen = [
            st.selectbox(
                f"“{safe_markdown(printable(word, 30))}”",
                question.choices,
                index=question.choices.index(guess) if guess in question.choices else None,
                key=f"code_{at}_{key}",
                placeholder="choose",
                width=140,
            )
            for at, (word, guess) in enumerate(zip(question.words, guesses, strict=True))
        ]
        st.button(
            "So they mean",
            key=f"codes_said_{key}",
            disabled=None in chosen,
            on_click=lambda: said(";".join(str(choice) for choice in chosen)),
        )
