"""What the map states: how much is recorded, counted of everybody in view."""

from collections.abc import Iterable

from plro_core.counts import ALL, Group
from plro_core.figures.form import by_groups
from plro_core.figures.missingness.rows import Grid
from plro_core.figures.points import InView, when
from plro_core.statements import Statement, Total, chosen_by, only, state, together
from plro_core.text import capitalised
from plro_core.vocabulary import Variable

QUESTION = "What is recorded, and what is missing?"


def title_of(view: InView) -> str | Statement:
    """How much of the visits is recorded; of visits that were chosen by their values nothing is said."""
    if chosen := chosen_by(view.cohort, view.vocabulary.measured):
        return only(QUESTION, chosen)
    if view.n == 1:
        return f"What is recorded of patient {view.ids[0]}"
    if view.group is None:
        return _of_all(view)
    by, cells = view.group.label_in_sentence, view.of_groups(lambda level: _cells(view, level))
    return by_groups(view, state("Recorded cells by {by}: {groups}", by=by, groups=cells), _of_all(view))


def _of_all(view: InView) -> str | Statement:
    vas, labs = view.recorded(view.vas), _cells(view, ALL, view.vocabulary.labs)
    if 0 < vas.k == vas.n and labs.k < labs.n:
        held = "" if _all_held(view) else " held"
        return Statement(f"Pain is recorded at every visit{held}, laboratory values in {labs.words} cells", (vas, labs))
    cells = _cells(view, ALL)
    return state("{cells} cells of the visits are recorded", cells=cells) if cells.n else QUESTION


def notes_of(grid: Grid) -> tuple[str | Statement, ...]:
    """How the map is ordered, and what is not counted."""
    view = grid.view
    if grid.each:
        order = (
            "Within a topic the variable that lacks most stands first; the patients who lack most stand at the right."
        )
        return (*view.notes, order, _held_note(view), "What is not recorded is missing, never zero.")
    visits = [note for note in view.notes if "oints are drawn" not in note.text]
    form = (
        "Shares, because so many patients cannot be told apart one by one; the variable that lacks most stands first."
    )
    return (*visits, form, _held_note(view), "What is not recorded is missing, never zero.")


def _all_held(view: InView) -> bool:
    """Whether everybody has every visit at which somebody was seen."""
    return all(view.frequency(view.vas.name, month).total == view.n for month in view.months)


def _held_note(view: InView) -> str:
    """That a visit that was not held is drawn and not counted, where there is one."""
    if _all_held(view) or not view.all_visits_shown:
        return ""
    return "Counted are the cells of visits that were held; a visit that was not held is hollow, too, and not counted."


def _cells(view: InView, level: Group, measures: Iterable[Variable] | None = None) -> Total:
    """How many of the cells of these measures (all, unless told) are recorded at the visits that took place."""
    chosen = view.vocabulary.measured if measures is None else measures
    return Total(tuple(view.recorded(measure, None, level) for measure in chosen))


def summary_of(grid: Grid) -> Statement:
    """Each measure of the visits, whole and by visit, then what is recorded once; with groups the cells of each."""
    view = grid.view
    start = state("Values recorded in {patients}.", patients=view.patients)
    if not view.all_visits_shown:
        return start
    measures = (
        state(
            "{name}: {all} ({visits}).",
            name=capitalised(measure.words),
            all=view.recorded(measure),
            visits=together(
                state("{n} at {visit}", n=view.recorded(measure, month), visit=when(month)) for month in view.months
            ),
        )
        for measure in view.vocabulary.measured
    )
    once = [row for row in grid.rows if row.month is None]
    of_patients = state(
        "Recorded once: {each}.",
        each=together(state("{name} {n}", name=row.variable.words, n=row.recorded) for row in once),
    )
    groups = (
        state(
            "By {by}: {groups}.",
            by=view.group.label_in_sentence,
            groups=view.of_groups(lambda level: state("{cells} cells", cells=_cells(view, level))),
        )
        if view.group
        else Statement("")
    )
    return together([start, *measures, of_patients, groups], " ")
