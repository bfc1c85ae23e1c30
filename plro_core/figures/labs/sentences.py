"""What the figure of laboratory values says: in its title, in words, in its notes."""

from collections.abc import Sequence

from plro_core.counts import ALL, Group
from plro_core.figures.flags import lab_variables, out_of_range
from plro_core.figures.form import by_groups
from plro_core.figures.points import InView, when
from plro_core.figures.style import group_name
from plro_core.statements import Statement, Total, chosen_by, only, state, together
from plro_core.text import capitalised, listed
from plro_core.vocabulary import Variable

QUESTION = "Which laboratory values leave their reference range?"


def title(view: InView, labs: Sequence[Variable]) -> str | Statement:
    """How many values leave their range at the first and last visit, of those recorded; in each group, if that is short."""
    if chosen := chosen_by(view.cohort, lab_variables(view.vocabulary)):
        return only(QUESTION, chosen)
    if view.n == 1:
        return f"Laboratory values of patient {view.ids[0]}"
    if not any(lab.reference for lab in labs):
        return QUESTION
    months = list(dict.fromkeys((view.months[0], view.months[-1])))
    clauses = [state("{out} at {visit}", out=outside(view, labs, [month]), visit=when(month)) for month in months]
    whole = state("Values outside their range: {found}", found=together(clauses))
    if view.group is None:
        return whole
    groups = view.of_groups(lambda level: together((outside(view, labs, [month], level) for month in months), ", "))
    visits, by = listed([when(month) for month in months]), view.group.label_in_sentence
    split = state("Values outside their range at {visits}, by {by}: {groups}", visits=visits, by=by, groups=groups)
    return by_groups(view, split, whole)


def outside(view: InView, labs: Sequence[Variable], months: Sequence[int], level: Group = ALL) -> Total:
    """The values outside their range at these visits, of those recorded of analytes that have one."""
    with_range = [lab for lab in labs if lab.reference]
    return Total(tuple(view.share(out_of_range(lab), month, level) for lab in with_range for month in months))


def summary(view: InView, labs: Sequence[Variable]) -> Statement:
    """Each analyte in words: medians by visit with n (values where patients are few), and values out of range."""
    start = state("Laboratory values of {patients}.", patients=view.patients)
    if not view.all_visits_shown:
        return start
    return together([start, *(_lab_words(view, lab) for lab in labs)], " ")


def _lab_words(view: InView, lab: Variable) -> Statement:
    """One analyte, in each group if there are."""
    levels = list(view.group_sizes) if view.group else [ALL]
    clauses = []
    for level in levels:
        visits = together(
            state("{visit} {value}", visit=when(month), value=view.middle(lab, month, level)) for month in view.months
        )
        told: list[Statement | str] = [visits, "" if lab.reference else "no reference range"]
        if lab.reference and (found := outside(view, [lab], view.months, level)).n:
            told.append(state("outside {range} in {out}", range=lab.reference.words, out=found))
        name = f"{group_name(view.group, level)}: " if view.group else ""
        clauses.append(state("{name}{told}", name=name, told=together(told, "; ")))
    whole = together(clauses, "; ")
    return Statement(f"{capitalised(lab.words)}, {lab.stated_unit}: {whole.text}.", whole.amounts)


def lab_notes(labs: Sequence[Variable]) -> list[str]:
    """The declared notes, headed by their analyte where they do not name it."""
    return [lab.note if lab.note.startswith('"') else f"{lab.label}: {lab.note}" for lab in labs if lab.note]
