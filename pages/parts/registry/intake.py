"""Bring in data: files handed over, how they were read, what is wrong or doubtful; the rest is in publish.

The bytes live in this session's memory alone and go with it.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from pages.parts.registry import publish, redcap, sheets, work
from pages.shared import downloads, registries, tables_view, visitor
from plro_core import handover, intake
from plro_core.access import Right
from plro_core.handover import Handed
from plro_core.intake import Dialect, File, Finding, Intake, Source
from plro_core.intake.answers import Answers
from plro_core.intake.delimited import ENCODINGS
from plro_core.intake.mappings import AnyMapping
from plro_core.intake.model import Question, UnitQuestion
from plro_core.problems import RegistryProblem
from plro_core.store import Registry, why_not_written
from plro_core.text import counted, number, safe_markdown
from plro_core.vocabulary import Vocabulary

_FILES = "registry_files"
_INBOX = "registry_inbox"
_DIALECTS = "registry_dialects"
_ANSWERS = "registry_answers"
_UNITS = "registry_units"
_MEANT_FOR = "registry_meant_for"
#: All files of one session together, in memory.
_MOST_BYTES = 20_000_000
_FORMS = ["csv", "tsv", "txt", "xlsx", "ods", "sav", "zsav", "dta", "xpt", "zip", "json"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ADDED = "Add to the registry: known rows are replaced, others added, none removed"
_WHOLE = "They are the whole registry: what they do not hold is removed"
_DETECT = "as detected"
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_DECIMALS = {"point": ".", "comma": ","}
_MOST_ROWS = 25
_MOST_QUESTIONS = 12


def show() -> None:
    """All steps, from the template to the new version."""
    if refused := visitor.why_not(Right.CHANGE):
        st.caption(safe_markdown(refused))
        return
    folder = registries.folder()
    _only_for_this_registry()
    reason = why_not_written(folder)
    publish.told()
    if reason:
        st.info(
            f"{safe_markdown(reason)} Start the dashboard with `PLRO_REGISTRY=my-registry make run` to bring data into a "
            "folder of your own. Files can be checked here all the same.",
            icon=":material/lock:",
        )
    try:
        vocabulary = handover.words_for(folder)
    except RegistryProblem as problem:
        st.error(f"{safe_markdown(str(problem))} Mend the file before data are brought in.", icon=":material/error:")
        return
    try:
        base = work.published()
    except RegistryProblem as problem:
        st.error(
            f"{safe_markdown(str(problem))} Nothing can be brought in on top of it; “Versions” can go back to a sound version.",
            icon=":material/database_off:",
        )
        return
    handed = _hand_over(vocabulary)
    if handed.bundle:
        vocabulary = handover.words_for(folder, handed.bundle)
    if not (handed.files or handed.bundle or handed.findings):
        _steps_to_come()
        return
    dialects = _declared()
    mapping, waits = _mapping(handed, dialects, vocabulary, base)
    whole = _whole(base, handed)
    if waits or whole is None:
        return
    version = base.version if base else ""
    answers = _answers()
    said = f"{sorted(answers.missing)!r} {sorted(answers.values)!r} {sorted(answers.units)!r}"
    key = _key(
        handed, dialects, mapping.json if mapping else "", whole, f"{version} {vocabulary.declared.sha256} {said}"
    )
    read = work.patiently(
        "registry_read",
        key,
        "Reading the files",
        lambda told: handover.read_handed(handed, base, whole, dialects, mapping, vocabulary, answers, told.progress),
    )
    if read is None:
        return
    _how_read(handed, read, vocabulary, mapping)
    _problems(read)
    if mapping is None and read.errors:
        sheets.offer(handed, dialects, vocabulary, base)
    _unit_questions(read.unit_questions)
    _questions(read.questions)
    publish.show(read, base, vocabulary, key, reason, forget)


def _mapping(
    handed: Handed, dialects: dict[str, Dialect], vocabulary: Vocabulary, base: Registry | None
) -> tuple[AnyMapping | None, bool]:
    """What the columns of the files mean, and whether a person has still to say it."""
    if not handed.files or handed.findings:
        return handed.mapping, False
    project = redcap.project_in(handed, dialects, vocabulary)
    if project:
        return redcap.show(handed, project, dialects, vocabulary)
    return sheets.show(handed, dialects, vocabulary, base)


def _only_for_this_registry() -> None:
    """Files that were handed over for one registry are never offered to another: they are dropped, which is said."""
    meant = st.session_state.get(_MEANT_FOR)
    if meant not in (None, registries.name()) and st.session_state.get(_FILES):
        forget()
        st.info(
            f"The files handed over for the registry “{safe_markdown(meant)}” were dropped: this is "
            f"“{safe_markdown(registries.name())}”. Hand them over again where they belong.",
            icon=":material/swap_horiz:",
        )
    st.session_state[_MEANT_FOR] = registries.name()


def forget() -> None:
    """Drop everything that was handed over (for callbacks)."""
    for name in (_FILES, _DIALECTS, _ANSWERS, _UNITS, "registry_read", "registry_prepared"):
        st.session_state.pop(name, None)
    redcap.forget()
    sheets.forget()


def _key(handed: Handed, dialects: dict[str, Dialect], mapping: str, whole: bool, version: str) -> str:
    parts = (handed.key, repr(sorted(dialects.items())), mapping, str(whole), version)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# Files


def _hand_over(vocabulary: Vocabulary) -> Handed:
    files: tuple[File, ...] = st.session_state.get(_FILES, ())
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.header("1. Which files?", anchor=False)
        st.file_uploader(
            "Any sheet, a zip of sheets or of an exported registry, or a REDCap export with its data dictionary",
            type=_FORMS,
            accept_multiple_files=True,
            key=f"{_INBOX}_{st.session_state.get(_INBOX, 0)}",
            on_change=_take,
            max_upload_size=5,
        )
    with right:
        st.header("Nothing to hand over yet?", anchor=False)
        st.caption("The template has a sheet for each table, the permitted codes, and a page on how to fill it in.")
        with st.container(horizontal=True, key="templates"):
            _template(vocabulary, "Template for Excel", "xlsx", "plro-template.xlsx", _XLSX)
            _template(vocabulary, "Template as CSV files", "csv", "plro-template.zip", "application/zip")
    _handed_over(files)
    return handover.told_apart(files, vocabulary)


def _template(vocabulary: Vocabulary, label: str, form: str, name: str, mime: str) -> None:
    build = partial(intake.template, vocabulary, form)
    downloads.file(label, build, name, mime, None, icon=":material/download:", key=f"template_{form}", quiet=True)


def _take() -> None:
    """Take files out of the uploader, which is then empty again; one of the same name is replaced."""
    count = st.session_state.get(_INBOX, 0)
    given = st.session_state.get(f"{_INBOX}_{count}") or ()
    known = {file.name: file for file in st.session_state.get(_FILES, ())}
    known |= {one.name: File(one.name, one.getvalue()) for one in given}
    st.session_state[_INBOX] = count + 1
    if sum(len(file.content) for file in known.values()) > _MOST_BYTES:
        work.say("error", f"More than {_MOST_BYTES // 1_000_000} MB in all; hand over fewer files at a time.")
        return
    st.session_state[_FILES] = tuple(known.values())
    publish.begin_anew()


def _handed_over(files: Sequence[File]) -> None:
    if not files:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="handed_over"):
        for index, file in enumerate(files):
            st.button(
                f"{safe_markdown(file.name)} · {_size(len(file.content))}",
                icon=":material/close:",
                key=f"remove_{index}",
                help="Remove this file",
                on_click=_remove,
                args=(file.name,),
            )
        if len(files) > 1:
            st.button("Remove all", type="tertiary", key="remove_all", on_click=forget)


def _remove(name: str) -> None:
    left = tuple(file for file in st.session_state.get(_FILES, ()) if file.name != name)
    st.session_state[_FILES] = left
    if not left:
        forget()


def _size(count: int) -> str:
    return f"{number(count / 1000, 0)} kB" if count >= 1000 else f"{count} bytes"


def _steps_to_come() -> None:
    st.caption(
        "Then: 2. see how they were read · 3. see every problem by its cell · 4. see what would change · 5. publish. "
        "Nothing is stored before you publish; the files stay in this session's memory and go with it."
    )


def _whole(base: Registry | None, handed: Handed) -> bool | None:
    """Whether the files are all there is; a registry that holds data makes the reader choose."""
    if handed.bundle:
        st.caption("An exported registry is read as a whole: it replaces what the registry holds.")
        return True
    if base is None or not base.patients:
        return True
    chosen = st.radio("What are these files?", [_ADDED, _WHOLE], index=None, key=f"whole_{handed.key[:12]}")
    if chosen is None:
        st.caption("Choose one to go on.")
        return None
    return chosen == _WHOLE


# How they were read


def _declared() -> dict[str, Dialect]:
    found: dict[str, Dialect] = st.session_state.get(_DIALECTS, {})
    return dict(found)


def _how_read(handed: Handed, read: Intake, vocabulary: Vocabulary, mapping: AnyMapping | None) -> None:
    st.header("2. How were they read?", anchor=False)
    for source in read.sources:
        with st.container(key=f"source_{source.sha256[:12]}", gap="xsmall"):
            st.markdown(f"**{safe_markdown(source.name)}** · {safe_markdown(_source_words(source))}")
            file = next((file for file in handed.files if file.name == source.name), None)
            if file is not None and source.form == "csv":
                with st.expander("First rows, and how text is read", key=f"look_{source.sha256[:12]}"):
                    _sample(file, source, vocabulary, mapping)
                    _declare(file, source)


def _source_words(source: Source) -> str:
    forms = {
        "csv": "text",
        "xlsx": "Excel workbook",
        "ods": "OpenDocument workbook",
        "sav": "SPSS",
        "dta": "Stata",
        "xpt": "SAS transport",
        "bundle": "exported registry",
    }
    rows = f"{number(source.rows)} {'row' if source.rows == 1 else 'rows'}"
    return " · ".join(part for part in (forms.get(source.form, source.form), source.dialect.words, rows) if part)


def _sample(file: File, source: Source, vocabulary: Vocabulary, mapping: AnyMapping | None) -> None:
    found = handover.sample(file, source.dialect, vocabulary, mapping)
    if found:
        tables_view.plain_grid(found.heads, found.rows, f"The first rows of {file.name}")


def _declare(file: File, source: Source) -> None:
    """Say how the text of one file is read, instead of what was detected."""
    key = hashlib.sha256(file.name.encode()).hexdigest()[:12]
    told = _declared().get(file.name, Dialect())
    asked = (
        ("encoding", "Encoding", {name.upper(): name for name in ENCODINGS}, told.encoding),
        ("delimiter", "Between cells", _DELIMITERS, told.delimiter),
        ("decimal", "Decimal sign", _DECIMALS, told.decimal),
    )
    with st.container(horizontal=True, key=f"dialect_{key}"):
        for part, label, choices, current in asked:
            widget = f"{part}_{key}"
            st.session_state[widget] = next((word for word, sign in choices.items() if sign == current), _DETECT)
            st.selectbox(
                label,
                [_DETECT, *choices],
                key=widget,
                on_change=_declared_anew,
                args=(file.name, part, widget, choices),
                width=180,
            )


def _declared_anew(name: str, part: str, widget: str, choices: dict[str, str]) -> None:
    told = _declared()
    was = told.get(name, Dialect())
    parts = {"encoding": was.encoding, "delimiter": was.delimiter, "decimal": was.decimal}
    parts[part] = choices.get(st.session_state[widget], "")
    told[name] = Dialect(**parts)
    st.session_state[_DIALECTS] = {file: dialect for file, dialect in told.items() if dialect != Dialect()}


# Problems


def _problems(read: Intake) -> None:
    st.header(f"3. What is wrong or doubtful? {handover.counted(read.findings)}", anchor=False)
    if not read.findings:
        return
    if read.errors:
        st.error(
            "Files with an error are refused as a whole: mend them where they come from, and hand them over again.",
            icon=":material/block:",
        )
    shown = _filtered(read.findings)
    tables_view.show_long(handover.findings_table(shown), "problems", _MOST_ROWS)


def _answers() -> Answers:
    """What was answered in this session."""
    said: dict[tuple[str, str], bool] = st.session_state.get(_ANSWERS, {})
    return Answers(
        frozenset(pair for pair, missing in said.items() if missing),
        frozenset(pair for pair, missing in said.items() if not missing),
        frozenset(st.session_state.get(_UNITS, ())),
    )


def _unit_questions(questions: Sequence[UnitQuestion]) -> None:
    """Each column that may be in another unit with its answer, and those that were given, to be taken back."""
    said: tuple[tuple[str, str], ...] = st.session_state.get(_UNITS, ())
    for question in questions:
        pair = (question.column, question.unit)
        cells = counted(question.count, "cell")
        with st.container(horizontal=True, vertical_alignment="center", key=f"unit_{_short(pair)}"):
            st.markdown(f"{cells} of {safe_markdown(question.column)} would fit in **{question.unit}**")
            st.button(f"It is in {question.unit}", key=f"in_unit_{_short(pair)}", on_click=_say_unit, args=(pair, True))
    for pair in said:
        _take_back(f"{safe_markdown(pair[0])} is in {pair[1]}", f"undo_unit_{_short(pair)}", _say_unit, (pair, False))


def _take_back(words: str, key: str, undo: Callable[..., None], args: tuple[object, ...]) -> None:
    """An answer that was given, which a click takes back."""
    st.button(
        words, icon=":material/undo:", key=key, help="Take the answer back", type="tertiary", on_click=undo, args=args
    )


def _say_unit(pair: tuple[str, str], is_so: bool) -> None:
    said: tuple[tuple[str, str], ...] = st.session_state.get(_UNITS, ())
    others = tuple(one for one in said if one != pair)
    st.session_state[_UNITS] = (*others, pair) if is_so else others


def _questions(questions: Sequence[Question]) -> None:
    """Each code that may mean missing with its answers, and those that were given, to be taken back."""
    said: dict[tuple[str, str], bool] = st.session_state.get(_ANSWERS, {})
    if not (questions or said):
        return
    st.subheader("Missing, or a value?", anchor=False)
    for question in questions[:_MOST_QUESTIONS]:
        pair = (question.column, question.code)
        cells = counted(question.count, "cell")
        with st.container(horizontal=True, vertical_alignment="center", key=f"code_{_short(pair)}"):
            st.markdown(f"**{safe_markdown(question.code)}** in {cells} of {safe_markdown(question.column)}")
            st.button("Missing", key=f"missing_{_short(pair)}", on_click=_answer, args=(pair, True))
            if question.may_be_value:
                st.button("A value", key=f"value_{_short(pair)}", on_click=_answer, args=(pair, False))
    if len(questions) > _MOST_QUESTIONS:
        st.caption(f"{len(questions) - _MOST_QUESTIONS} more follow when these are answered.")
    for pair, missing in said.items():
        meaning = "missing" if missing else "a value"
        _take_back(
            f"{safe_markdown(pair[0])}: {safe_markdown(pair[1])} is {meaning}",
            f"undo_{_short(pair)}",
            _answer,
            (pair, None),
        )


def _short(pair: tuple[str, str]) -> str:
    return hashlib.sha256("=".join(pair).encode()).hexdigest()[:12]


def _answer(pair: tuple[str, str], missing: bool | None) -> None:
    said: dict[tuple[str, str], bool] = dict(st.session_state.get(_ANSWERS, {}))
    said.pop(pair, None)
    st.session_state[_ANSWERS] = said if missing is None else said | {pair: missing}


def _filtered(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one kind, of one file, where there are several."""
    kinds = sorted({finding.severity for finding in findings})
    files = list(dict.fromkeys(finding.file for finding in findings if finding.file))
    kind = file = None
    with st.container(horizontal=True, key="filter_problems"):
        if len(kinds) > 1:
            kind = st.selectbox("Kind", kinds, index=None, placeholder="errors and warnings", key="kind", width=220)
        if len(files) > 1:
            file = st.selectbox("File", files, index=None, placeholder="all files", key="problem_file", width=280)
    return [finding for finding in findings if kind in (None, finding.severity) and file in (None, finding.file)]
