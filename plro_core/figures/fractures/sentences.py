"""What is said of documented fractures: who has one, where they are most frequent, and each patient's levels."""

from collections.abc import Mapping, Sequence

from plro_core.cohort import Criterion
from plro_core.counts import ALL, Frequency, Group
from plro_core.figures.form import by_groups
from plro_core.figures.fractures.levels import PLACES, Levels
from plro_core.figures.points import InView, sentence
from plro_core.lookups import Record
from plro_core.statements import About, Each, PartOf, Statement, chosen_by, only, state
from plro_core.text import capitalised, listed, safe_plotly
from plro_core.vocabulary.standard import VERTEBRAE

QUESTION = "Which vertebrae are fractured, and in whom?"
NOTE = "Only fractures that the source documents at a named level; none documented is not the same as none."


def marks_note(view: InView, fractures: Sequence[Record]) -> str:
    """What the marks mean; crossed squares where the age of a fracture is stated and is not acute."""
    acuity = view.vocabulary.variable("acuity", "fractures")
    ages = sorted({acuity.level_label(row["acuity"]) for row in fractures if row["acuity"] not in (None, "acute")})
    others = (
        f"one that is stated to be {listed(ages, 'or')} is crossed, one whose age is not stated hollow"
        if ages
        else "the others, whose age is not stated, are hollow"
    )
    return f"A ring is a level that had vertebroplasty. An acute fracture is a full square; {others}."


def hover(view: InView, row: Record, cemented: Mapping[int, set[str]], levels: Levels) -> str:
    kind = view.vocabulary.variable("type", "fractures").level_label(row["type"]) if row["type"] else "fracture"
    acuity = view.vocabulary.variable("acuity", "fractures")
    age = f"{safe_plotly(acuity.level_label(row['acuity']))} " if row["acuity"] else ""
    treated = "vertebroplasty at this level" if row["level"] in cemented.get(row["case_id"], set()) else ""
    return sentence(
        f"Patient {row['case_id']}, {safe_plotly(levels.labels[row['level']])}: {age}{safe_plotly(kind)}", treated
    )


def documented(view: InView, level: Group = ALL) -> PartOf:
    """In how many a fracture is documented, at whatever level."""
    some = Criterion(view.vocabulary.variable("level", "fractures"), negated=True)
    return PartOf.of(view.registry, view.cohort, some, by=view.group, level=level)


def _at_each(view: InView, found: Frequency) -> Each:
    """In how many a fracture is documented at each level."""
    return Each(About(view.vocabulary.variable("level", "fractures"), view.cohort), found)


def title_of(view: InView, found: Frequency) -> str | Statement:
    """Who has a documented fracture, and where fractures are most frequent; with groups, in how many of each.

    Groups by what is documented say nothing of it.
    """
    fracture = view.vocabulary.of_fractures
    if chosen := chosen_by(view.cohort, fracture):
        return only(QUESTION, chosen)
    if view.n == 1:
        return Statement(f"Documented fractures of patient {view.ids[0]}")
    if view.group is None or view.group in fracture:
        return _of_all(view, found)
    by, groups = view.group.label_in_sentence, view.of_groups(lambda level: documented(view, level))
    split = state("A documented fracture by {by}: {groups}", by=by, groups=groups)
    return by_groups(view, split, _of_all(view, found))


def _of_all(view: InView, found: Frequency) -> Statement:
    found_in = documented(view)
    if not found_in.k:
        return state("No fracture is documented in these {n}", n=view.patients)
    return state("{k} have a documented fracture{where}", k=found_in, where=_most_frequent(view, found))


def _most_frequent(view: InView, found: Frequency) -> Statement:
    """ "; T11 and T12 in 2 each": the vertebrae that most patients have fractured, where these are more than one."""
    most = max((found.values.get(level, 0) for level in PLACES), default=0)
    common = [level for level in sorted(PLACES, key=PLACES.__getitem__) if found.values.get(level, 0) == most > 1]
    if not common:
        return Statement("")
    each = " each" if len(common) > 1 else ""
    return Statement(f"; {listed(common)} in {most}{each}", (_at_each(view, found),))


def summary_of(
    view: InView, fractures: Sequence[Record], cemented: Mapping[int, set[str]], found: Frequency, levels: Levels
) -> Statement:
    """Every patient's levels in words where patients are few; else the number of patients at each level."""
    start = state("A fracture is documented in {k}.", k=documented(view))
    if view.group:
        groups = view.of_groups(lambda level: documented(view, level))
        start += state(" By {by}: {groups}.", by=view.group.label_in_sentence, groups=groups)
    if view.numbered:
        told = "; ".join(of_patient(case_id, fractures, cemented, levels) for case_id in with_one(view, fractures))
        return start + Statement(f" {capitalised(told)}." if told else "")
    return state("{start} {levels}.", start=start, levels=_at_each(view, found)) if found.n else start


def with_one(view: InView, fractures: Sequence[Record]) -> list[int]:
    """The drawn patients with a documented fracture."""
    return [case_id for case_id in view.ids if any(row["case_id"] == case_id for row in fractures)]


def of_patient(case_id: int, fractures: Sequence[Record], cemented: Mapping[int, set[str]], levels: Levels) -> str:
    """ "patient 4: T6, T10 and T11 (acute), vertebroplasty of T6"."""
    own = sorted((row for row in fractures if row["case_id"] == case_id), key=lambda row: levels.place(row["level"]))
    acute = " (acute)" if all(row["acuity"] == "acute" for row in own) else ""
    treated = cemented.get(case_id, set())
    cement = f", vertebroplasty of {listed(sorted(treated, key=VERTEBRAE.index))}" if treated else ""
    return f"patient {case_id}: {listed([levels.labels[row['level']] for row in own])}{acute}{cement}"
