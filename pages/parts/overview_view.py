"""The overview's one screen: what is found, five small figures that lead to their pages, and what to ask next."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared import acting_bar, page, scene, session
from pages.shared.figures import Figure, figure
from pages.shared.options import accepted
from plro_core import findings
from plro_core.figures import (
    drugs_at_a_glance,
    pain_at_a_glance,
    scores_at_a_glance,
    spine_at_a_glance,
    who_at_a_glance,
)
from plro_core.text import patients, safe_markdown

STYLE = Path(__file__).resolve().parent / "overview.css"


@dataclass(frozen=True)
class Glance:
    """A small figure with its name and the page that has more of it; ``tab`` is the one to open there."""

    figure: Figure
    label: str
    page: str
    tab: str = ""


def glances(view: session.View) -> tuple[Glance, ...]:
    """The small figures in the order of their columns: from top to bottom, then from left to right."""

    def small(draw: object) -> Figure:
        return figure(draw, highlight=view.patient)  # type: ignore[arg-type]

    scale = view.registry.vocabulary.variable("vas", "visits").stated_unit
    return (
        Glance(small(pain_at_a_glance), f"Pain, VAS {scale}", "pain", "time"),
        Glance(small(scores_at_a_glance), "T-scores", "bone", "patients"),
        Glance(small(spine_at_a_glance), "Fractures by level", "bone", "spine"),
        Glance(small(drugs_at_a_glance), "Treatments", "treatments"),
        Glance(small(who_at_a_glance), "Who is in view", "tables"),
    )


def show(view: session.View, shown: tuple[Glance, ...]) -> None:
    """The whole screen; the spine is as tall as two figures."""
    st.html(STYLE)
    _findings()
    pain, scores, fractures, drugs, who = shown
    with st.container(key="glance"):
        for column, held in zip(
            st.columns([1.08, 0.84, 1.08], gap="medium"), ((pain, scores), (fractures,), (drugs, who)), strict=True
        ):
            with column:
                for glance in held:
                    _framed(view, glance)
    _highlighted(view)
    _questions(view)
    with st.popover("Choose by name", icon=":material/ads_click:", type="tertiary", key="glance_ways"):
        for glance in shown:
            st.caption(safe_markdown(glance.label))
            acting_bar.ways(view, glance.figure.drawn(view), glance.figure.name)


def _findings() -> None:
    """Up to three findings beside each other."""
    said = page.answer(findings.findings)
    if not said:
        return
    scene.add_words("text", [str(finding) for finding in said])
    with st.container(key="findings"):
        for column, finding in zip(st.columns(len(said), gap="medium"), said, strict=True):
            with column:
                st.markdown(safe_markdown(str(finding)))


def _framed(view: session.View, glance: Glance) -> None:
    """A small figure under its name, which leads to its page."""
    name = glance.figure.name
    with st.container(key=f"small_{name}", gap=None):
        words = f"**{safe_markdown(glance.label)}** · {patients(view.size.patients)}"
        drawn = glance.figure.drawn(view)
        st.button(
            words,
            key=f"open_{name}",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="tertiary",
            help=safe_markdown(" ".join((f"{drawn.title}.", *drawn.notes))),
            on_click=_go,
            args=(glance.page, (("tab", glance.tab),) if glance.tab else ()),
        )
        page.small(glance.figure)


def _highlighted(view: session.View) -> None:
    """Who is highlighted; and that groups are for the pages of the figures, if the link names some."""
    if view.patient is not None:
        page.highlighted()
    if view.group is not None:
        by = safe_markdown(view.group.label_in_sentence)
        st.caption(f"Everybody in view, not split by {by}: the pages of these figures show the groups.")


def _questions(view: session.View) -> None:
    """Up to three questions worth asking here."""
    asked = page.answer(findings.questions)
    if not asked:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="questions", gap="small"):
        st.caption("Try this", width="content")
        for number, question in enumerate(asked):
            st.button(
                safe_markdown(question.words),
                key=f"try_{number}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=_go,
                args=(question.page, question.options),
            )


def _go(to: str, options: tuple[tuple[str, str], ...]) -> None:
    """Look at a page with the same patients (for callbacks); options of this page alone stay here."""
    cohort, held = session.begin()
    kept = {key: text for key, text in held.items() if not accepted()[key].of_one_page} | dict(options)
    kept.pop("view", None)
    session.follow(session.pairs_of(cohort, kept), to, session.IN_LINK)


def moved() -> None:
    """Lead a link to what stood here once to where it is now: the map of what is recorded."""
    cohort, held = session.begin()
    if held.get("tab") != "recorded" and held.get("figure") != "missingness_map":
        return
    kept = {key: text for key, text in held.items() if key not in ("tab", "part")}
    kept |= {"part": "quality", "tab": "map"}
    session.follow(session.pairs_of(cohort, kept), "registry", session.IN_LINK)
    session.remark("What is recorded and what is missing has moved here from the Overview.")
    st.rerun()
