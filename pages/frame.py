"""The main script: page settings, menu, cohort panel, then the page.

It lies inside ``pages/`` on purpose: Streamlit runs the files of a ``pages/`` folder beside the main script by
themselves, without this frame, and here there is no such folder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import streamlit as st

from pages.live import live
from pages.live.rooms import RoomProblem
from pages.live.turns import turn
from pages.parts import manuscript_view, shared_view, tour
from pages.parts.options import OPTIONS
from pages.shared import border, downloads, filters, options, registries, session, visitor
from plro_core.access import Right
from plro_core.lookups import unknown
from plro_core.problems import TOO_LITTLE_MEMORY, EngineProblem, RegistryProblem
from plro_core.store import Registry, unpublished, why_lost
from plro_core.text import patients, safe_markdown

HERE = Path(__file__).resolve().parent

ABOUT = "Patients with pregnancy- and lactation-related osteoporosis, every number traceable to its cell."

#: file, title
MENU = (
    ("overview", "Overview"),
    ("pain", "Pain"),
    ("labs", "Labs"),
    ("bone", "Bone"),
    ("treatments", "Treatments"),
    ("compare", "Compare"),
    ("patients", "Patients"),
    ("tables", "Tables"),
    ("claims", "Claims"),
    ("registry", "Registry"),
    ("dictionary", "Dictionary"),
)


#: Pages that need no count.
ALONE = ("dictionary", "registry")
#: What a page adds to the options that name nothing.
SETTLED = {"tables": manuscript_view.settled}
#: The page that nobody watches: nobody else is to see files before they are published.
UNWATCHED = "registry"


@cache
def _styles(dark: bool) -> str:
    """The style of all pages in one piece, which a browser keeps: Streamlit sends what is as large as this only once."""
    names = ("contrast", "print", "tables", *(["print_dark"] if dark else []))
    texts = [(HERE / "shared" / f"{name}.css").read_text(encoding="utf-8") for name in names]
    return f"<style>{''.join(texts)}</style>"


def main() -> None:
    with turn():
        run()


def run() -> None:
    """One run of the frame and of the page that is asked for."""
    registries.begin_run()
    st.set_page_config(
        "PLRO dashboard", page_icon=HERE / "shared" / "icon.png", layout="wide", menu_items={"About": _about()}
    )
    st.html(_styles(st.context.theme.type == "dark"))
    pages = {
        name: st.Page(
            HERE / f"{name}.py",
            title=title,
            default=name == "overview",
            visibility="hidden" if name == "claims" and not _has_documents() else "visible",
        )
        for name, title in MENU
    }
    session.attend_to_browser()
    live.resume()
    presenting = session.presenting()
    page = st.navigation(list(pages.values()), position="hidden" if presenting or not visitor.sees_rows() else "top")
    try:
        registry = registries.registry()
    except RegistryProblem as problem:
        if visitor.gate(None):
            _without_registry(problem, page)
        return
    if not visitor.gate(registry):
        return
    downloads.said()
    if visitor.mode(registry) == "aggregates":
        with _said():
            shared_view.show(registry, visitor.access())
        visitor.badge()
        return
    wanted = session.wanted_page(pages)
    here = page.url_path or "overview"
    if here == UNWATCHED and (refused := visitor.why_not_every_version()):
        st.info(safe_markdown(refused), icon=":material/block:")
        visitor.badge()
        return
    if wanted is not None and wanted != here:
        st.switch_page(pages[wanted])
    view = None
    with _said():
        view = _begin(registry, page, here, presenting)
    with _said():
        _fill(page, here, view)


def _begin(registry: Registry, page: st.Page, here: str, presenting: bool) -> session.View:
    """What stands above every page, and the view that the page is of.

    Raises:
        EngineProblem: nobody can count now.
    """
    settle = SETTLED.get(here, lambda options, asked: {})
    view = session.enter(registry, *session.begin(), here, live.share, settle)
    try:
        if here != UNWATCHED:
            live.lead(page.url_path, view)
    except RoomProblem as problem:
        st.warning(safe_markdown(str(problem)), icon=":material/sensors_off:")
    st.set_page_config(_title(page, view))
    live.strip(view)
    if not presenting:
        filters.panel(view)
        with st.sidebar:
            visitor.badge()
    tour.buttons(view)
    if told := registries.standing_in():
        st.warning(safe_markdown(told), icon=":material/history:")
    for sentence in [*session.link_problems(), *filter(None, [unknown(registry, view.cohort)])]:
        st.warning(safe_markdown(sentence), icon=":material/link_off:")
    return view


def _fill(page: st.Page, here: str, view: session.View | None) -> None:
    """The page itself; without a view only one that needs none."""
    if view is None:
        if here in ALONE:
            page.run()
        return
    if here != UNWATCHED:
        with live.shown_to_watchers(page.url_path):
            page.run()
    else:
        page.run()
    tour.card(view)


@contextmanager
def _said() -> Iterator[None]:
    """Says why nobody can count now, in the place of what would stand here."""
    try:
        yield
    except EngineProblem as problem:
        st.error(safe_markdown(str(problem)), icon=":material/cloud_off:")
    except MemoryError:
        st.error(TOO_LITTLE_MEMORY, icon=":material/memory_alt:")


def _title(page: st.Page, view: session.View) -> str:
    """What tells this browser tab from others."""
    return f"{page.title} · {patients(view.size.patients)} · PLRO"


def _has_documents() -> bool:
    """Whether the registry holds patients of a document, whose claims can be checked."""
    try:
        registry = registries.registry()
        return visitor.mode(registry) != "nothing" and bool(registry.documents)
    except RegistryProblem:
        return False


def _about() -> str:
    """What the menu says of the program and, to whoever may see something of them, its patients; they may be nobody's yet."""
    try:
        registry = registries.registry()
        return ABOUT if visitor.mode(registry) == "nothing" else registry.told("about", ABOUT)
    except RegistryProblem:
        return ABOUT


def _without_registry(problem: RegistryProblem, page: st.Page) -> None:
    """The registry cannot be shown; the dictionary needs none, and on its own page it can be filled or mended."""
    try:
        folder = registries.folder()
    except RegistryProblem:  # no registry can be told from another
        st.error(safe_markdown(str(problem)), icon=":material/database_off:")
        return
    with st.sidebar:
        filters.choose_registry()
    if lost := why_lost(folder):
        st.error(safe_markdown(lost), icon=":material/database_off:")
    elif unpublished(folder):
        st.info(
            f"Nothing is published yet in the registry folder “{safe_markdown(folder.name)}”.",
            icon=":material/database:",
        )
        if page.url_path != "registry":
            st.page_link("registry.py", label="Bring in data", icon=":material/arrow_forward:")
    else:
        st.error(f"The registry cannot be shown. {safe_markdown(str(problem))}", icon=":material/database_off:")
    if page.url_path in ALONE and visitor.may(Right.ROWS) and not visitor.why_not_whole():
        page.run()


options.accept(OPTIONS)
border.install()
main()
