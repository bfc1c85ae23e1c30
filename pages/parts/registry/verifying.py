"""Whether a file that somebody hands in still says what the registry says."""

import hashlib
from dataclasses import dataclass

import streamlit as st

from pages.parts.registry import work
from pages.shared import registries, tables_view
from plro_core.problems import RegistryProblem
from plro_core.report.verifying import verify_report
from plro_core.store import Registry, current_version, not_found, version_with
from plro_core.text import safe_markdown
from plro_core.verify import STATES, State, Verdict, verify

_FORMS = [
    "csv",
    "xlsx",
    "html",
    "md",
    "parquet",
    "json",
    "docx",
    "pptx",
    "tex",
    "rtf",
    "svg",
    "png",
    "pdf",
    "tiff",
    "eps",
]
_ICONS: dict[State, str] = {
    "same": ":material/check_circle:",
    "differs": ":material/error:",
    "other version": ":material/history:",
    "not here": ":material/help:",
    "not ours": ":material/block:",
}


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes


def show() -> None:
    """Files handed in, and what is said of each."""
    st.header("Is this file still right?", anchor=False)
    st.caption(
        "A table or figure that was downloaded here carries its origin. It is made again from the version that it names and "
        "compared cell by cell. Nothing is stored."
    )
    handed = st.file_uploader(
        "Tables or figures from this dashboard",
        type=_FORMS,
        accept_multiple_files=True,
        key="to_verify",
        max_upload_size=5,
    )
    for place, one in enumerate(handed or []):
        _say(_File(one.name, one.getvalue()), place)


def _say(file: _File, place: int) -> None:
    homes = registries.whole_and_open()

    def find(content: str, version: str, name: str) -> Registry:
        for home in homes:
            if held := version_with(content, home, version):
                return registries.load(str(home), held)
        raise RegistryProblem(not_found(content, homes, version, name))

    digest = hashlib.sha256(file.content).hexdigest()
    found = work.patiently(
        f"verified_{place}",
        f"{digest} {registries.registry().content}",
        f"Making “{file.name[:60]}” again",
        lambda _: verify(file.content, find, _published, verify_report),
    )
    if found is None:
        return
    _verdict(file.name, found, place)


def _published(held: Registry) -> Registry:
    return registries.load(str(held.folder), current_version(held.folder))


def _verdict(name: str, found: Verdict, place: int) -> None:
    say = st.success if found.is_same else st.warning
    say(
        f"**{safe_markdown(name[:80])}: {STATES[found.state]}.** {safe_markdown(found.sentence)}",
        icon=_ICONS[found.state],
    )
    if found.differences is not None:
        tables_view.plain(found.differences)
        tables_view.notes(found.differences.notes)
