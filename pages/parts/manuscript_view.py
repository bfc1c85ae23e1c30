"""A summary as a journal prints it: rows, visits, statistic and style are chosen, and stand in the link; each number leads to its cells."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import reading
from pages.shared import bound, page, session, tables_view
from pages.shared.options import FIND, Option, one_of, switch
from plro_core.confounding import confounded
from plro_core.export import summary_recipe
from plro_core.manuscript import STATISTICS, STYLES, Behind, TableSpec, compact_table, rows_that_hold, two_groups
from plro_core.problems import QueryProblem
from plro_core.text import safe_markdown, visit_name
from plro_core.vocabulary import Vocabulary


def _are_rows(text: str, words: Vocabulary) -> bool:
    try:
        TableSpec.parse(words, text)
    except QueryProblem:
        return False
    return bool(text)


OPTIONS = (
    Option("rows", _are_rows, "variables with their visits, such as age,vas:0-6", of_one_page=True, words="rows {}"),
    one_of("statistic", *STATISTICS, words="{}", of_one_page=True),
    one_of("style", *STYLES, words="as {} prints it", of_one_page=True),
    switch("difference", words="with how the groups differ"),
)
#: What a reader leaves together with the table.
NAMES = tuple(option.name for option in (FIND, *OPTIONS))
_ROWS, _VISITS = "manuscript_rows", "manuscript_visits"
TAB, FULL = "manuscript", "summary"


def settled(options: Mapping[str, str], asked: bool) -> dict[str, str]:
    """The tab that the page opens where none is named: this one, unless a link or a saved view asked for the page, which without a
    name meant the full table; so what is shown is always named, and a link shows for ever what it showed. Of one that
    names a number, its cells.
    """
    if options.keys() & {"tab", "number", "column"}:
        return {}
    return {"tab": FULL if asked else TAB}


def show(view: session.View) -> None:
    """The choices, and the table with its downloads for a manuscript."""
    whom = st.container(horizontal=True, vertical_alignment="center", key="manuscript_whom")
    with whom:
        page.group_control()
    if page.nobody(view):
        return
    spec = _chosen(view, whom)
    if view.group is not None:
        page.caveats(confounded(view.registry, view.group, view.cohort))
    try:
        table = compact_table(view.registry, spec, view.cohort, view.group)
    except QueryProblem as problem:  # the only row chosen makes the groups
        st.info(safe_markdown(str(problem)))
        return
    recipe = summary_recipe(view.registry, spec, view.cohort, view.group)
    found = rows_that_hold(table.printed, reading.searched())
    reading.say_found(len(found.rows), len(table.printed.rows))
    tables_view.show_printed(table, "summary", recipe, lambda behind: _address(view, behind), found)
    page.confounders(view)


def _address(view: session.View, behind: Behind) -> str:
    """The link to the cells behind a number, on this page."""
    chosen = {name: text for name, text in view.options.items() if name not in NAMES}
    chosen |= {
        "tab": "source",
        "number": behind.variable if behind.month is None else f"{behind.variable}.{behind.month}",
    }
    chosen |= {"column": behind.group} if behind.group else {}
    return "?" + session.link(session.pairs_of(view.cohort, chosen)).partition("?")[2]


def _chosen(view: session.View, whom: DeltaGenerator) -> TableSpec:
    """What the controls say; they are drawn from the link, and write into it. What is chosen of rows and columns stands beside
    ``whom``, the choice of groups, so that the table begins on the first screen.
    """
    words = view.registry.vocabulary
    rows = view.options.get("rows", "")
    with st.container(horizontal=True, vertical_alignment="bottom", key="manuscript_choices"):
        reading.search("summary")
        style = bound.choice(
            "Style", "style", {name: style.label for name, style in STYLES.items()}, "plain", width=250
        )
        usual = STYLES[style].statistic
        words_for = {str(name): told for name, told in STATISTICS.items()}
        statistic = bound.choice("Numbers as", "statistic", words_for, usual, width=300)
    differs = two_groups(view.registry, view.cohort, view.group)
    spec = TableSpec.parse(words, rows, statistic, style, difference=differs and bound.is_on("difference"))
    with whom:
        with st.popover("Rows and visits", icon=":material/table_edit:", type="tertiary", key="manuscript_choose"):
            _rows_control(spec, words)
        if differs:
            bound.toggle(
                "Difference", "difference", help="The first group less the second, with its interval; no p-value."
            )
    return spec


def _rows_control(spec: TableSpec, words: Vocabulary) -> None:
    known = {entry.name: entry for entry in words.summarised}
    st.session_state[_ROWS] = [shown.variable.name for shown in spec.show]
    st.session_state[_VISITS] = sorted({month for shown in spec.show for month in shown.months})
    st.multiselect(
        "Rows, in their order",
        list(known),
        format_func=lambda name: known[name].label,
        key=_ROWS,
        on_change=_write,
        args=(words,),
    )
    st.multiselect("Visits", list(words.months), format_func=visit_name, key=_VISITS, on_change=_write, args=(words,))
    st.button(
        "All rows and visits", key="manuscript_all", type="tertiary", on_click=session.set_option, args=("rows", None)
    )


def _write(words: Vocabulary) -> None:
    """Keep what was chosen in the link; nothing chosen is everything."""
    names, months = list(st.session_state[_ROWS]), sorted(st.session_state[_VISITS])
    visits = "/".join(map(str, months))
    per_visit = {entry.name for entry in words.summarised if entry.per_visit}
    whole = not months or months == sorted(words.months)
    told = [f"{name}:{visits}" if name in per_visit and not whole else name for name in names]
    everything = whole and names == [entry.name for entry in words.summarised]
    session.set_option("rows", None if everything or not told else ",".join(told))
