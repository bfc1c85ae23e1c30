"""Report: the cards of this session in their order, their words with live numbers, what has changed, and the files."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.registry import report_picker, work
from pages.shared import downloads, registries, report_cards
from plro_core.problems import PlainProblem, RegistryProblem
from plro_core.report import Assembled, Card, Report, changes
from plro_core.report.blocks import Block, FigureBlock, Heading, Paragraph
from plro_core.report.checklists import CHECKLISTS
from plro_core.report.files import FORMATS, write
from plro_core.report.model import CHECKLIST, COMPUTED, LONGEST_TITLE, MOST_BYTES, OF
from plro_core.store import Registry, not_found, version_with
from plro_core.text import safe_markdown, slug

_MANY = 20


def show() -> None:
    """The report, its cards, how it reads, and its files."""
    view = work.viewed()
    if view is None:
        st.caption("There is no version to report on yet.")
        return
    downloads.said()
    now = report_cards.report()
    st.caption(
        "“Add to report” stands in the Download menu of every figure and table. Text holds live numbers such as "
        "{{vas.1 | median | smoking=yes}}. The report lives as long as this session: download it as JSON to open it again."
    )
    _head(now)
    assembled = Assembled(now, view.registry, _find, report_cards.kept(view.data))
    for place, card in enumerate(now.cards):
        _card(place, card, len(now.cards), _called(assembled, card))
    _more()
    report_picker.show(assembled)
    if _reads(assembled):
        _files(assembled)
    _open()


def _head(now: Report) -> None:
    for part, label in (
        ("title", "Title"),
        ("authors", "Authors"),
        ("cohort", "Cohort, as a query; empty is everybody"),
    ):
        key = f"report_{part}"
        st.session_state[key] = getattr(now, part)
        most = LONGEST_TITLE if part != "cohort" else None
        st.text_input(label, key=key, max_chars=most, on_change=_set_part, args=(part, key))


def _set_part(part: str, key: str) -> None:
    told: Any = str(st.session_state[key]).strip()
    report_cards.change(lambda now: replace(now, **{part: told}))


def _card(place: int, card: Card, many: int, called: str) -> None:
    """One card: what it is, its words, and the ways to move it or take it out."""
    part = "text" if card.kind == "text" else "comment"
    key = f"report_card_{place}"
    with st.container(border=True, key=f"card_{place}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"card_head_{place}"):
            st.markdown(f"**{place + 1}. {safe_markdown(called)}**")
            for words, icon, by in (("Up", "arrow_upward", -1), ("Down", "arrow_downward", 1)):
                st.button(
                    words,
                    key=f"{key}_{words}",
                    icon=f":material/{icon}:",
                    type="tertiary",
                    disabled=not 0 <= place + by < many,
                    on_click=_move,
                    args=(place, by),
                )
            st.button(
                "Remove", key=f"{key}_out", icon=":material/delete:", type="tertiary", on_click=_out, args=(place,)
            )
        if card.kind == CHECKLIST:
            _ticks(place, card, key)
        st.session_state[key] = getattr(card, part)
        st.text_area(part.capitalize(), key=key, on_change=_set_words, args=(place, part, key))


def _ticks(place: int, card: Card, key: str) -> None:
    """Which checklist it is, and the items of it that its author has done."""
    items = {item.number: f"{item.number}. {item.words}" for item in CHECKLISTS[card.of].items}
    st.session_state[f"{key}_of"] = card.of
    st.selectbox("Which checklist", OF, key=f"{key}_of", on_change=_set_checklist, args=(place, f"{key}_of"))
    st.session_state[f"{key}_ticks"] = [tick for tick in card.ticks if tick in items]
    st.multiselect(
        "Done by hand",
        list(items),
        format_func=lambda number: items.get(number, number),
        key=f"{key}_ticks",
        on_change=_set_ticks,
        args=(place, f"{key}_ticks"),
    )


def _set_checklist(place: int, key: str) -> None:
    """Another checklist has other items: ticks of the one before are taken off."""
    told = str(st.session_state[key])
    _with_cards(lambda cards: cards.__setitem__(place, replace(cards[place], of=told, ticks=())))


def _set_ticks(place: int, key: str) -> None:
    told = tuple(map(str, st.session_state[key]))
    _with_cards(lambda cards: cards.__setitem__(place, replace(cards[place], ticks=told)))


def _called(assembled: Assembled, card: Card) -> str:
    """What a card is called: its part, or the title of what its call gives; the call itself where that cannot be had."""
    if not card.call:
        return card.heading
    try:
        return f"{card.kind.capitalize()}: {assembled.made(card).recipe.title}"
    except PlainProblem:
        return f"{card.kind.capitalize()}: {card.call}"


def _set_words(place: int, part: str, key: str) -> None:
    told: Any = str(st.session_state[key])
    _with_cards(lambda cards: cards.__setitem__(place, replace(cards[place], **{part: told})))


def _move(place: int, by: int) -> None:
    _with_cards(lambda cards: cards.insert(place + by, cards.pop(place)))


def _out(place: int) -> None:
    _with_cards(lambda cards: cards.pop(place))


def _add(kind: str) -> None:
    _with_cards(lambda cards: cards.append(Card(kind)))


def _with_cards(how: Callable[[list[Card]], object]) -> None:
    def changed(now: Report) -> Report:
        cards = list(now.cards)
        how(cards)
        return replace(now, cards=tuple(cards))

    report_cards.change(changed)


def _more() -> None:
    with st.container(horizontal=True, key="report_more"):
        for kind, label in {"text": "Text", **COMPUTED}.items():
            st.button(label, key=f"report_add_{kind}", icon=":material/add:", on_click=_add, args=(kind,))


def _reads(assembled: Assembled) -> bool:
    """How it reads, and what has changed since it was written; false, and why, where it cannot be had."""
    try:
        for change in changes(assembled)[:_MANY]:
            st.warning(safe_markdown(change.words), icon=":material/history:")
        blocks = assembled.pages().blocks
    except PlainProblem as problem:
        st.warning(safe_markdown(str(problem)), icon=":material/block:")
        return False
    with st.expander("As it reads"):
        for block in blocks:
            st.markdown(_words(block))
    return True


def _words(block: Block) -> str:
    if isinstance(block, Heading):
        return f"**{safe_markdown(block.text)}**"
    if isinstance(block, Paragraph):
        return "".join(f"**{safe_markdown(run.text)}**" if run.mark else safe_markdown(run.text) for run in block.runs)
    return f"*{safe_markdown(block.caption if isinstance(block, FigureBlock) else block.printed.title)}*"


def _files(assembled: Assembled) -> None:
    registry, *others = assembled.registries
    taken = downloads.of_visitor("report", registry, assembled.unique)
    leaving = replace(taken, cohort=assembled.cohort.query)
    besides = [downloads.of_visitor("report", other, assembled.unique) for other in others]
    with st.container(horizontal=True, key="report_files"):
        for form, told in FORMATS.items():
            name = f"plro-report-{slug(assembled.report.title, 'report')}-{registry.version}.{form}"
            downloads.file(
                told.label,
                partial(write, assembled, form),
                name,
                told.mime,
                leaving,
                icon=":material/download:",
                key=f"report_take_{form}",
                besides=besides,
            )


def _find(content: str, version: str, name: str) -> Registry:
    """Another registry that a call names.

    Raises:
        RegistryProblem: it is not among those that the visitor may look at as a whole.
    """
    homes = registries.whole_and_open()
    for home in homes:
        if held := version_with(content, home, version):
            return registries.load(str(home), held)
    raise RegistryProblem(not_found(content, homes, version, name))


def _open() -> None:
    """Open a report that was kept as JSON."""
    handed = st.file_uploader(
        "Open a report (JSON)", type=["json"], key="report_open", max_upload_size=MOST_BYTES // 1_000_000
    )
    if handed is None or not st.button("Open it in the place of this one", key="report_opened"):
        return
    try:
        report_cards.keep(Report.from_json(handed.getvalue()))
    except PlainProblem as problem:
        st.warning(safe_markdown(f"{handed.name[:60]}: {problem}"), icon=":material/block:")
        return
    st.rerun()
