"""The bar of actions below a figure, and the ways to point at something without a click on it."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared import acting, kept, session, tables_view, visitor
from plro_core import lookups, marks, origins
from plro_core.cohort import Cohort
from plro_core.export import recipe_for
from plro_core.figures import Chart
from plro_core.marks import Choice
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import capitalised, counted, patients, safe_markdown

#: As many as are repeated by name in the field beside the figure.
_MOST_SHOWN = 2


def ways(view: session.View, chart: Chart, name: str) -> None:
    """Choose by name, which works by keyboard, or several with a box or a lasso; nothing for a figure without marks."""
    offered = marks.marks_in(chart.spec, view.registry.vocabulary)
    if not offered:
        return
    here, key = acting.place(view, name), f"named_{name}"
    now = acting.pointed(here)
    found = now.found if now is not None and len(now.found) <= _MOST_SHOWN else ()
    st.session_state[key] = [mark for mark in found if mark in offered]
    st.multiselect(
        "Choose in this figure",
        list(offered),
        format_func=lambda mark: offered[mark],
        key=key,
        placeholder="Choose in this figure",
        label_visibility="collapsed",
        width=230,
        on_change=_named,
        args=(key, here),
    )
    st.segmented_control(
        "Choose several points with the mouse",
        list(acting.WAYS),
        key=acting.way(name),
        label_visibility="collapsed",
        width="content",
    )


def _named(key: str, here: tuple[str, ...]) -> None:
    found = marks.marks_of(st.session_state[key])
    acting.forget()
    if found:
        acting.point_at(acting.Pointed(here, found))


def bar(view: session.View, chart: Chart, name: str) -> None:
    """What can be done with what was pointed at in this figure; nothing until then."""
    now = acting.pointed(acting.place(view, name))
    if now is None:
        return
    found, problem = acting.choices(view, now)
    with st.container(key=f"acting_{name}", gap="xsmall"):
        for number, choice in enumerate(found):
            with _row(f"{name}_{number}"):
                _actions(view, chart, f"{name}_{number}", choice)
        if problem:
            with _row(f"{name}_none"):
                st.markdown(safe_markdown(problem))
                _close(f"{name}_none")


def leave_out(view: session.View, patient: int, where: str) -> None:
    """Leave one patient out of the view, to see what hangs on her, and put her back; nothing for one who is not in it."""
    left = acting.is_left_out(view.cohort, patient)
    if not left and not lookups.contains(view.registry, view.cohort, patient):
        return
    st.button(
        "Put back" if left else "Leave out",
        icon=":material/undo:" if left else ":material/filter_alt_off:",
        type="tertiary",
        key=f"leave_out_{where}",
        help=None if left else "Look at everybody else, to see what hangs on this patient.",
        on_click=acting.leave_out,
        args=(patient,),
    )


def _row(key: str) -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"act_{key}")


def _actions(view: session.View, chart: Chart, name: str, choice: Choice) -> None:
    """One choice: what it is and of how many, then what can be done with it."""
    n, of = acting.number(view, choice), view.size.visits if choice.of_visits else view.size.patients
    st.markdown(f"**{safe_markdown(choice.words)}**{_share(choice, n, of)}")
    if choice.patient is not None:
        st.page_link("patients.py", label="Open the record", icon=":material/person:")
        if _button("Source", ":material/format_quote:", f"source_{name}"):
            _source(view, chart, choice.patient)
    alone = choice.patient is not None
    if n < of:
        only = f"Only {'this patient' if alone else 'these'}"
        _narrowing(view, only, ":material/filter_alt:", f"only_{name}", marks.narrowed, choice)
        rest = "Leave out" if alone else "Without these"
        _narrowing(view, rest, ":material/filter_alt_off:", f"without_{name}", marks.rest, choice)
    if n < of and not choice.of_visits:
        told = f"A: {n}, B: {of - n} of {patients(of)}."
        _button(
            "Compare with the rest",
            ":material/compare_arrows:",
            f"compare_{name}",
            told,
            partial(acting.compare, choice.these),
        )
    if not alone and not choice.of_visits:
        _keep(name, choice.these)
    _close(name)


def _share(choice: Choice, n: int, of: int) -> str:
    """Of how many the choice is, unless it is one patient."""
    return "" if choice.patient is not None else f" ({n} of {counted(of, 'visit' if choice.of_visits else 'patient')})"


def _narrowing(
    view: session.View,
    label: str,
    icon: str,
    key: str,
    lead: Callable[[Registry, Cohort, Cohort], Cohort | None],
    choice: Choice,
) -> None:
    """A button that narrows the view; it says how many are left, and in its help whom one then sees."""
    try:
        cohort = lead(view.registry, view.cohort, choice.these)
    except QueryProblem as problem:
        st.button(label, icon=icon, type="tertiary", key=key, disabled=True, help=safe_markdown(str(problem)))
        return
    if cohort is None:
        return
    found = session.View(view.registry, cohort).size
    left = found.visits if choice.of_visits else found.patients
    told = f"{capitalised(cohort.sentence)}."
    _button(f"{label} ({left} left)", icon, key, told, partial(acting.show, cohort))


def _button(label: str, icon: str, key: str, told: str = "", act: Callable[[], None] | None = None) -> bool:
    return st.button(
        label, icon=icon, type="tertiary", key=key, help=safe_markdown(told) if told else None, on_click=act
    )


def _keep(name: str, these: Cohort) -> None:
    """Keep a choice under a name, to choose it again in the panel and on the Compare page."""
    with st.popover("Keep as a list", icon=":material/bookmark:", type="tertiary", key=f"keep_{name}"):
        st.text_input("Name", key=f"list_name_{name}", placeholder="a few words", max_chars=60)
        st.button("Keep", key=f"list_keep_{name}", on_click=_kept, args=(f"list_name_{name}", these))
        st.caption("For this session, in the panel and on the Compare page. A saved view of “only these” stays longer.")


def _kept(key: str, these: Cohort) -> None:
    name = kept.keep(str(st.session_state.get(key) or ""), these)
    if name:
        st.toast(f"Kept as “{safe_markdown(name)}”.", icon=":material/bookmark_added:")


def _close(name: str) -> None:
    _button("Close", ":material/close:", f"close_{name}", act=acting.take_back)


def _source(view: session.View, chart: Chart, patient: int) -> None:
    """The cells behind a patient's values in a figure, over the page."""
    shown = origins.variables_shown(view.registry.vocabulary, chart.table, patient)
    table = origins.patient_cells(view.registry, patient, shown)
    call = f"patient_cells(registry, {patient})"
    recipe = recipe_for(view.registry, table.title, view.cohort, call)

    @st.dialog(f"Source of patient {patient}", width="large", icon=":material/format_quote:")
    def over() -> None:
        if not visitor.sees_rows():  # this runs again without the frame, which asks that of pages
            return
        st.caption("The cells behind her values in this figure." if shown else "All cells of this patient.")
        tables_view.show(table, "source", recipe)

    over()
