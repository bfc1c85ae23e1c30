"""A live number is picked: of which variable, when, which statistic, of whom; what it says now, and into which card it goes."""

from dataclasses import replace

import streamlit as st

from pages.shared import report_cards
from plro_core.report import Assembled, ReportProblem
from plro_core.report.live import NUMBERS, PATIENTS, SHARES, in_braces, live_numbers, words_of
from plro_core.report.model import LONGEST_TITLE, TEXT, Card
from plro_core.text import safe_markdown, visit_name
from plro_core.vocabulary import Variable, Vocabulary

_KEY = "report_pick"


def show(assembled: Assembled) -> None:
    """The choices, what the number says now, and the button that puts it into a card."""
    cards, words = assembled.report.cards, assembled.registry.vocabulary
    with st.expander("Put in a live number", icon=":material/data_object:"):
        with st.container(horizontal=True, key="report_picker"):
            told = _picked(words)
        query = st.text_input(
            "Of whom, as a query; empty is the report’s cohort", key=f"{_KEY}_query", max_chars=LONGEST_TITLE
        )
        braces = in_braces(*told, query)
        st.markdown(f"`{braces}`" if "`" not in braces else safe_markdown(braces))
        says = _says(assembled, braces)
        if says is None or not cards:
            return
        st.markdown(f"says now: **{safe_markdown(says)}**")
        place = st.selectbox(
            "Into which card",
            range(len(cards)),
            format_func=lambda at: f"{at + 1}. {cards[at].heading}" if at < len(cards) else "",
            key=f"{_KEY}_place",
        )
        st.button("Put it at the end", key=f"{_KEY}_in", icon=":material/add:", on_click=_put, args=(place, braces))


def _picked(words: Vocabulary) -> tuple[str, str, int | None, str]:
    """Variable, statistic, month and value."""
    name = st.selectbox(
        "Variable",
        [PATIENTS, *words.filters],
        format_func=lambda one: words.filters[one].label if one in words.filters else "Patients",
        key=f"{_KEY}_variable",
    )
    entry = words.filters.get(name)
    if entry is None:
        return name, "n", None, ""
    statistic = st.selectbox("Statistic", _statistics(entry), key=f"{_KEY}_statistic_{name}")
    month = (
        st.selectbox("Visit", words.months, format_func=visit_name, key=f"{_KEY}_month") if entry.per_visit else None
    )
    return name, statistic, month, _level(entry) if statistic in SHARES else ""


def _statistics(entry: Variable) -> list[str]:
    return [*NUMBERS, "n", *SHARES] if entry.is_number else [*SHARES, "n"]


def _level(entry: Variable) -> str:
    """The value that is counted: of a number a span of them."""
    if entry.is_number or not entry.levels:
        usual = "0-3" if entry.is_number else "yes"
        return st.text_input("Value", usual, key=f"{_KEY}_value_{entry.name}", max_chars=LONGEST_TITLE).strip()
    codes = {one.code: one.label for one in entry.levels}
    return st.selectbox(
        "Value", list(codes), format_func=lambda code: codes.get(code, code), key=f"{_KEY}_level_{entry.name}"
    )


def _says(assembled: Assembled, braces: str) -> str | None:
    """What it says; nothing, and why, where it cannot be had."""
    numbers = live_numbers(braces)
    try:
        return words_of(assembled.registry, numbers[0] if numbers else "", assembled.cohort)
    except ReportProblem as problem:
        st.warning(safe_markdown(str(problem)), icon=":material/block:")
        return None


def _put(place: int, braces: str) -> None:
    def with_it(card: Card) -> Card:
        part = TEXT if card.kind == TEXT else "comment"
        before = str(getattr(card, part))
        gap = " " if before and not before[-1].isspace() else ""
        told: dict[str, str] = {part: f"{before}{gap}{braces}"}
        return replace(card, **told)  # type: ignore[arg-type]

    report_cards.change(
        lambda now: replace(
            now, cards=tuple(with_it(card) if at == place else card for at, card in enumerate(now.cards))
        )
    )
