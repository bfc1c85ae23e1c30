"""Export: the whole version on the screen to take away, each form with a sentence on what is in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from pages.parts.registry import work
from pages.shared import downloads, tables_view, visitor
from plro_core import intake
from plro_core.access import Right, Visitor
from plro_core.bundle import bundle, zipped
from plro_core.deposit import deposit, phenopackets, sdtm
from plro_core.intake.redcap.odm import project_xml
from plro_core.intake.redcap.project import months_of, setup_files
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.journal import LONGEST_WHO
from plro_core.leaving import Taken, keeps_journal, leave, left, unique_in_version
from plro_core.preview import held_tables
from plro_core.problems import PlainProblem
from plro_core.store import Registry, why_not_written
from plro_core.text import safe_markdown

_READY = "registry_export"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Export:
    """One form of the registry: what it is called, what is in it, and how it is made, with or without a guard in its CSV files
    against spreadsheets that take a text for a formula.
    """

    name: str
    title: str
    words: str
    ending: str
    mime: str
    build: Callable[[Registry, bool], bytes]
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
        "deposit",
        "The deposit",
        "The same zip, ready for a repository such as Zenodo: with how to cite it (CITATION.cff), .zenodo.json, RO-Crate metadata, and "
        "demographics and laboratory values in the shape of SDTM.",
        "zip",
        "application/zip",
        deposit,
    ),
    Export(
        "sdtm",
        "SDTM",
        "Demographics (DM) and laboratory values (LB) in the shape of CDISC SDTM, in the registry's units and in SI units.",
        "zip",
        "application/zip",
        sdtm,
    ),
    Export(
        "phenopackets",
        "Phenopackets",
        "A GA4GH phenopacket for each patient: findings that are surely a term of the Human Phenotype Ontology, and measurements, "
        "each with the cell that it was read from.",
        "zip",
        "application/zip",
        lambda registry, _: phenopackets(registry),
    ),
    Export(
        "filled-template",
        "The filled template",
        "An Excel workbook with a sheet for each table of patients, to correct or to continue and hand in again. It says "
        "nothing of where cells come from.",
        "xlsx",
        _XLSX,
        lambda registry, _: intake.filled(registry.vocabulary, held_tables(registry)),
    ),
    Export(
        "redcap-project",
        "REDCap project",
        "The whole project in one file: fields, events and every patient. In REDCap, “Create a new project”, then “Upload a REDCap "
        "project XML file”.",
        "xml",
        "application/xml",
        lambda registry, _: project_xml(held_tables(registry), registry.vocabulary, registry.manifest),
    ),
    Export(
        "redcap-dictionary",
        "REDCap data dictionary",
        "The project that fits this registry: in REDCap, Designer, “Upload a data dictionary”. It holds no patient.",
        "csv",
        "text/csv",
        lambda registry, guard: dictionary_csv(registry.vocabulary, guarded=guard),
        of_patients=False,
    ),
    Export(
        "redcap-events",
        "REDCap events",
        "For a project that is set up by hand: a zip with the list of its events, the forms in each of them, and the forms that "
        "repeat. It holds no patient.",
        "zip",
        "application/zip",
        lambda registry, _: zipped(setup_files(registry.vocabulary, months_of(held_tables(registry)))),
        of_patients=False,
    ),
    Export(
        "redcap-records",
        "REDCap records",
        "Every patient as REDCap's Data Import Tool takes them: raw codes, one row an event or a repeated instrument.",
        "csv",
        "text/csv",
        lambda registry, guard: export_csv(held_tables(registry), registry.vocabulary, guarded=guard),
    ),
    Export(
        "redcap-mapping",
        "REDCap mapping",
        "How an export of that project is read back. It holds no patient.",
        "json",
        "application/json",
        lambda registry, guard: own_mapping(registry.vocabulary, guarded=guard).json.encode(),
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
    own = not why_not_written(view.registry.folder)
    if own and (refused := visitor.why_not(Right.CHANGE)):
        st.caption(safe_markdown(refused))
        return
    who = visitor.identified()
    if own and who:
        st.caption(f"What holds patients is journalled before it is made, as taken by {safe_markdown(who)}.")
    elif own:
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
    guard = _guard()
    for export in EXPORTS:
        with st.container(key=f"export_{export.name}", gap="xsmall"):
            st.header(export.title, anchor=False)
            st.caption(f"{safe_markdown(export.words)}")
            _offer(export, view.registry, who, guard)
    if keeps_journal(view.registry):
        _what_left(view.registry)


def _what_left(registry: Registry) -> None:
    """What the journal says of all that was taken."""
    with st.expander("What has left this registry"):
        try:
            tables_view.show_long(left(registry.folder), "left", of_patients=False)
        except PlainProblem as problem:
            st.warning(safe_markdown(str(problem)), icon=":material/warning:")


def _guard() -> bool:
    """Whether CSV files are made for somebody who opens them in a spreadsheet."""
    return st.checkbox(
        "CSV files for a spreadsheet: a quote before each text that it would take for a formula",
        key="export_guard",
        help="Off, texts stand as they are stored, as other programs need them. On, a text that begins with one of = + - @ has a "
        "quote before it; “Bring in data” takes it off again, with the REDCap mapping that is made with it. Workbooks need none.",
    )


def _offer(export: Export, registry: Registry, who: str, guard: bool) -> None:
    """The download itself; of an own registry only once the journal has it."""
    name = f"plro-{export.name}-{registry.version}.{export.ending}"
    build = partial(export.build, registry, guard)
    if not export.of_patients:
        _download(export, name, build)
        return
    if why_not_written(registry.folder):
        _download(export, name, build, _leaving(export, registry))
        return
    ready = st.session_state.get(_READY)
    if ready and ready[0] == (export.name, registry.version, guard):
        _download(export, name, partial(_still, registry, visitor.of_run(), ready[1]))  # it is journalled
        return
    st.button(
        f"Prepare {_called(export)}",
        key=f"prepare_{export.name}",
        disabled=not who,
        on_click=_prepare,
        args=(export, registry, who, guard),
    )


def _still(registry: Registry, who: Visitor | None, content: bytes) -> bytes:
    """What was prepared, for whoever may still export.

    Raises:
        RightProblem: he may no longer.
    """
    downloads.check_still(registry, who, Right.CHANGE)
    return content


def _called(export: Export) -> str:
    """The title inside a sentence: "the filled template", but "REDCap records"."""
    return export.title.replace("The ", "the ", 1)


def _leaving(export: Export, registry: Registry) -> Taken:
    return downloads.of_visitor(export.name, registry, lambda: unique_in_version(held_tables(registry)))


def _download(export: Export, name: str, build: Callable[[], bytes], leaving: Taken | None = None) -> None:
    label, key = f"Download {_called(export)}", f"take_{export.name}"
    downloads.file(label, build, name, export.mime, leaving, icon=":material/download:", key=key)


def _prepare(export: Export, registry: Registry, who: str, guard: bool) -> None:
    """Journal first, then make; the bytes stay in this session until another is prepared."""
    who = visitor.name(who)
    st.session_state[work.WHO] = who
    try:
        visitor.require(Right.CHANGE)
        content = leave(_leaving(export, registry), partial(export.build, registry, guard))
        st.session_state[_READY] = ((export.name, registry.version, guard), content)
    except PlainProblem as problem:
        work.say("error", str(problem))
