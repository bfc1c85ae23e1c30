"""Export: the whole version on the screen to take away, each form with a sentence on what is in it."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.parts.registry import work
from plro_core import intake, journal
from plro_core.bundle import bundle
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.journal import LONGEST_WHO
from plro_core.preview import held_tables
from plro_core.problems import PlainProblem
from plro_core.store import Registry, why_not_written
from plro_core.text import safe_markdown

_READY = "registry_export"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Export:
    """One form of the registry: what it is called, what is in it, and how it is made."""

    name: str
    title: str
    words: str
    ending: str
    mime: str
    build: Callable[[Registry], bytes]
    of_patients: bool = True


EXPORTS = (
    Export(
        "registry",
        "The whole registry",
        "A zip with every table as CSV and Parquet, the dictionary, where each cell comes from, and checksums. Handed to "
        "another folder under “Bring in data”, it gives the same version again.",
        "zip",
        "application/zip",
        bundle,
    ),
    Export(
        "filled-template",
        "The filled template",
        "An Excel workbook with a sheet for each table of patients, to correct or to continue and hand in again. It says "
        "nothing of where cells come from.",
        "xlsx",
        _XLSX,
        lambda registry: intake.filled(registry.vocabulary, held_tables(registry)),
    ),
    Export(
        "redcap-dictionary",
        "REDCap data dictionary",
        "The project that fits this registry: in REDCap, Designer, “Upload a data dictionary”. It holds no patient.",
        "csv",
        "text/csv",
        lambda registry: dictionary_csv(registry.vocabulary),
        of_patients=False,
    ),
    Export(
        "redcap-records",
        "REDCap records",
        "Every patient as REDCap's Data Import Tool takes them: raw codes, one row an event or a repeated instrument.",
        "csv",
        "text/csv",
        lambda registry: export_csv(held_tables(registry), registry.vocabulary),
    ),
    Export(
        "redcap-mapping",
        "REDCap mapping",
        "How an export of that project is read back. It holds no patient.",
        "json",
        "application/json",
        lambda registry: own_mapping(registry.vocabulary).json.encode(),
        of_patients=False,
    ),
)


def show() -> None:
    """All forms, one below the other."""
    view = work.viewed()
    if view is None:
        st.caption("There is no version to export yet.")
        return
    work.said()
    who = ""
    if not why_not_written(view.registry.folder):
        who = st.text_input(
            "Who takes it, for the journal",
            value=st.session_state.get(work.WHO, ""),
            key="export_who",
            max_chars=LONGEST_WHO,
            placeholder="a name; then it can be prepared",
            width=360,
        ).strip()
        st.caption(
            "What holds patients is journalled before it is made, and refused where the journal cannot be written."
        )
    for export in EXPORTS:
        with st.container(key=f"export_{export.name}", gap="xsmall"):
            st.header(export.title, anchor=False)
            st.caption(f"{safe_markdown(export.words)}")
            _offer(export, view.registry, who)


def _offer(export: Export, registry: Registry, who: str) -> None:
    """The download itself; of an own registry only once the journal has it."""
    name = f"plro-{export.name}-{registry.version}.{export.ending}"
    if why_not_written(registry.folder) or not export.of_patients:
        _download(export, name, lambda: export.build(registry))
        return
    ready = st.session_state.get(_READY)
    if ready and ready[0] == (export.name, registry.version):
        _download(export, name, ready[1])
        return
    st.button(
        f"Prepare {_called(export)}",
        key=f"prepare_{export.name}",
        disabled=not who,
        on_click=_prepare,
        args=(export, registry, who),
    )


def _called(export: Export) -> str:
    """The title inside a sentence: "the filled template", but "REDCap records"."""
    return export.title.replace("The ", "the ", 1)


def _download(export: Export, name: str, data: bytes | Callable[[], bytes]) -> None:
    st.download_button(
        f"Download {_called(export)}",
        data,
        name,
        export.mime,
        icon=":material/download:",
        key=f"take_{export.name}",
        on_click="ignore",
    )


def _prepare(export: Export, registry: Registry, who: str) -> None:
    """Journal first, then make; the bytes stay in this session until another is prepared."""
    st.session_state[work.WHO] = who
    try:
        journal.record(registry.folder, "export", who=who, version=registry.version, detail={"form": export.name})
        st.session_state[_READY] = ((export.name, registry.version), export.build(registry))
    except PlainProblem as problem:
        work.say("error", str(problem))
