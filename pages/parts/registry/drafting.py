"""A manuscript that somebody hands in, held against the registry: statement by statement, with his help where it is needed."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from pages.parts.registry import work
from pages.shared import downloads, session
from plro_core.drafts import (
    STATUSES,
    Answer,
    Answers,
    Checked,
    Draft,
    Status,
    check_draft,
    draft_table,
    draft_title,
    key_of,
    questions,
    read_answers,
    read_draft,
    reading_words,
    written_answers,
)
from plro_core.drafts.answers import STATISTICS
from plro_core.export import draft_recipe
from plro_core.problems import PlainProblem
from plro_core.text import capitalised, counted, safe_markdown, visit_name
from plro_core.vocabulary import Vocabulary

STYLE = Path(__file__).resolve().parent / "drafting.css"
_ANSWERS = "draft_answers"
_SHOWN = "draft_status"
_ANSWERING = "draft_answering"
#: As many statements as are drawn at once.
_MOST = 60
_VERDICTS: dict[Status, str] = {"differs": "Differs", "unknown": "Cannot be told", "agrees": "Agrees"}
_ICONS: dict[Status, str] = {
    "differs": ":material/error:",
    "unknown": ":material/help:",
    "agrees": ":material/check_circle:",
}


def show() -> None:
    """A draft and earlier answers handed in, and what the registry makes of each statistic in it."""
    st.header("Do the numbers of my draft agree?", anchor=False)
    st.caption(
        "Hand in a manuscript: its means, medians, spreads, ranges, changes, counts and percentages are found in their sentences and held "
        "against the whole registry, whoever is in view. Nothing of it is stored."
    )
    view = work.viewed()
    if view is None:
        st.info("There is no version to hold a draft against yet.", icon=":material/info:")
        return
    given, told = st.columns(2)
    draft = given.file_uploader(
        "Manuscript (DOCX, PDF, text, Markdown)",
        type=["docx", "pdf", "txt", "md"],
        key="draft_file",
        max_upload_size=20,
    )
    told.file_uploader(
        "Answers about it, if you kept them (JSON)", type=["json"], key="draft_kept", max_upload_size=2, on_change=_take
    )
    work.said()
    if draft is not None:
        _check(view, draft.getvalue())


def _check(view: session.View, content: bytes) -> None:
    answers: Answers = st.session_state.get(_ANSWERS, {})
    digest = hashlib.sha256(content + written_answers(answers.values())).hexdigest()

    def checked(_: work.Told) -> Draft | str:
        try:
            return check_draft(view.registry, read_draft(content), answers)
        except PlainProblem as problem:
            return str(problem)

    found = work.patiently("draft_checked", f"{digest} {view.registry.content}", "Reading the draft", checked)
    if isinstance(found, str):
        sentence = f"The file {found}" if found[:1].islower() else found
        st.error(safe_markdown(sentence), icon=":material/error:")
        if answers:
            st.button("Forget the answers", key="draft_forget", on_click=_forget)
    elif found is not None:
        _results(view, found, answers, hashlib.sha256(content).hexdigest())


def _results(view: session.View, draft: Draft, answers: Answers, sha256: str) -> None:
    st.html(STYLE)
    st.subheader(safe_markdown(draft_title(draft)), anchor=False)
    table = draft_table(draft)
    with st.container(horizontal=True, vertical_alignment="center", key="draft_controls"):
        shown = _chosen(draft)
        downloads.table(table, "draft", draft_recipe(view.registry, table.title, sha256, bool(answers)))
        asked = questions(draft.checked, answers)
        if asked:
            downloads.file(
                "Answers", lambda: written_answers(asked), "answers.json", "application/json", None,
                key="download_answers", quiet=True, icon=":material/save:",
            )  # fmt: skip
    chosen = [one for one in draft.checked if shown in (None, one.found.status)]
    for place, one in enumerate(chosen[:_MOST]):
        _statement(view, one, answers, place)
    if len(chosen) > _MOST:
        st.caption(f"The first {_MOST} of {counted(len(chosen), 'statement')}; the download has them all.")
    st.caption("  \n".join(map(safe_markdown, table.notes)))


def _chosen(draft: Draft) -> Status | None:
    """The verdict of which the statements are shown; what differs first."""
    numbers: Mapping[Status, int] = {status: len(draft.of(status)) for status in STATUSES}
    if st.session_state.get(_SHOWN) is None:
        st.session_state[_SHOWN] = next((status for status in STATUSES if numbers[status]), "agrees")
    chosen: Status | None = st.segmented_control(
        "Verdict",
        STATUSES,
        format_func=lambda status: f"{_VERDICTS[status]} ({numbers[status]})",
        key=_SHOWN,
        label_visibility="collapsed",
        required=True,
    )
    return chosen


# One statement


def _statement(view: session.View, one: Checked, answers: Answers, place: int) -> None:
    statement, reading, found = one.statement, one.reading, one.found
    with st.container(key=f"draft_{found.status}_{place}", gap="xsmall"):
        st.markdown(f"{_sentence(one)}  \n:small[{safe_markdown(statement.sentence.place)}]")
        given = f"the registry gives **{safe_markdown(found.gives)}**." if found.gives else ""
        verdict = f"{_ICONS[found.status]} **{_VERDICTS[found.status]}**{': ' if given else '.'}{given}"
        st.markdown(f"{verdict} {safe_markdown(found.explanation)}")
        about = reading_words(reading)
        if about:
            st.caption(f"Read as {safe_markdown(about)}.")
        with st.container(horizontal=True, key=f"draft_ways_{place}"):
            is_said = key_of(statement) in answers
            st.button(
                "You said what is meant" if is_said else "Say what is meant", type="tertiary", icon=":material/edit:",
                key=f"draft_say_{place}", on_click=_open, args=(one,),
            )  # fmt: skip
            _ways_to_values(view.registry.vocabulary, one, place)
            if reading.variable is not None:
                st.button(
                    "The patients", type="tertiary", icon=":material/group:", key=f"draft_patients_{place}",
                    help="Leads to the records of these patients", on_click=_to_patients, args=(one,),
                )  # fmt: skip
        if st.session_state.get(_ANSWERING) == key_of(statement):
            _form(view.registry.vocabulary, one, place)


def _sentence(one: Checked) -> str:
    """The sentence with its numbers marked."""
    text, start, end = one.statement.sentence.text, one.statement.start, one.statement.end
    before, printed, after = text[:start], text[start:end].strip(), text[end:]
    return f"{safe_markdown(before)}:orange-background[**{safe_markdown(printed)}**]{safe_markdown(after)}"


def _ways_to_values(words: Vocabulary, one: Checked, place: int) -> None:
    """To the values behind the registry's number, each with its place in the source: of a change those at both visits."""
    for number in _numbers(words, one):
        entry, _, month = number.partition(".")
        at = f" at {visit_name(int(month)).lower()}" if month else ""
        st.button(
            f"The values{at}", type="tertiary", icon=":material/table_rows:", key=f"draft_values_{place}_{number}",
            help=f"Leads to the values of {safe_markdown(words.variable(entry).label)} that are counted", on_click=_to_values,
            args=(one, number),
        )  # fmt: skip


def _numbers(words: Vocabulary, one: Checked) -> list[str]:
    """The variable with its visits as the link names them; nothing of a variable that no summary shows."""
    reading, entry = one.reading, one.reading.variable
    if entry is None or entry not in words.summarised:
        return []
    if not entry.per_visit:
        return [entry.name]
    is_change = (
        reading.change is not None
        or "first" in one.statement.values
        or (reading.bound is not None and reading.bound.is_change)
    )
    first = words.months[0] if reading.since is None else reading.since
    months = [first, reading.month] if is_change else [reading.month]
    return [f"{entry.name}.{month}" for month in months if month in words.months]


def _to_values(one: Checked, number: str) -> None:
    session.follow(session.pairs_of(one.reading.cohort, {"number": number}), "tables")


def _to_patients(one: Checked) -> None:
    session.follow(session.pairs_of(one.reading.cohort, {}), "patients")


# What the reader says


def _form(words: Vocabulary, one: Checked, place: int) -> None:
    with st.form(f"draft_form_{place}", border=True):
        _fields(words, one, place)
        with st.container(horizontal=True, key=f"draft_said_{place}"):
            st.form_submit_button("Keep", type="primary", on_click=_keep_answer, args=(one, place))
            st.form_submit_button("It is not about these patients", on_click=_set, args=(one, False))
            st.form_submit_button("As it was read", on_click=_set, args=(one, None))


def _fields(words: Vocabulary, one: Checked, place: int) -> None:
    reading = one.reading
    variables = _variables(words)
    names = ["", *variables]
    current = reading.variable.name if reading.variable and reading.variable.name in variables else ""
    st.selectbox(
        "Variable", names, index=names.index(current), key=f"draft_variable_{place}",
        format_func=lambda name: variables.get(name, "not named"),
    )  # fmt: skip
    months: Sequence[int] = words.months
    st.selectbox(
        "Visit, of what is recorded at visits", months, key=f"draft_month_{place}", format_func=visit_name,
        index=months.index(reading.month) if reading.month in months else 0,
    )  # fmt: skip
    st.text_input(
        "Patients, as a link says them (empty: as read; “all”: everybody)", reading.cohort.query,
        key=f"draft_cohort_{place}", max_chars=500, placeholder="smoking=yes",
    )  # fmt: skip
    if one.statement.is_count:
        st.text_input(
            "Values that are counted", ",".join(reading.levels), key=f"draft_levels_{place}", max_chars=300,
            placeholder="yes",
        )  # fmt: skip
    else:
        st.selectbox(
            "Statistic", ["", *STATISTICS], key=f"draft_statistic_{place}",
            format_func=lambda name: capitalised(name) if name else "as read",
        )  # fmt: skip


def _variables(words: Vocabulary) -> dict[str, str]:
    """What may be meant, by name: what is summarised, and what has values that are counted."""
    return {
        entry.name: entry.label
        for entry in words.variables
        if (entry.summarised or (entry.filterable and entry.levels)) and entry.name != "month"
    }


def _open(one: Checked) -> None:
    """Open what is to be said of a statement; close it where it is open."""
    key = key_of(one.statement)
    st.session_state[_ANSWERING] = None if st.session_state.get(_ANSWERING) == key else key


def _keep_answer(one: Checked, place: int) -> None:
    told = {
        part: str(st.session_state.get(f"draft_{part}_{place}") or "").strip()
        for part in ("variable", "cohort", "levels", "statistic")
    }
    month = st.session_state.get(f"draft_month_{place}")
    _put(
        one,
        Answer(
            *key_of(one.statement),
            one.statement.printed,
            about=True,
            variable=told["variable"],
            month=month,
            cohort=told["cohort"],
            statistic=told["statistic"],
            levels=told["levels"],
        ),
    )


def _set(one: Checked, about: bool | None) -> None:
    _put(one, Answer(*key_of(one.statement), one.statement.printed, about=about))


def _put(one: Checked, answer: Answer) -> None:
    held: Answers = dict(st.session_state.get(_ANSWERS, {}))
    held.pop(key_of(one.statement), None)
    if answer.says_something:
        held[key_of(one.statement)] = answer
    st.session_state[_ANSWERS] = held
    st.session_state[_ANSWERING] = None


def _take() -> None:
    """Take the answers of the file that was handed in."""
    handed = st.session_state.get("draft_kept")
    if handed is None:
        return
    try:
        st.session_state[_ANSWERS] = read_answers(handed.getvalue(), handed.name)
    except PlainProblem as problem:
        work.say("error", str(problem))


def _forget() -> None:
    st.session_state[_ANSWERS] = {}
