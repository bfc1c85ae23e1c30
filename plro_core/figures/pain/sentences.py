"""What the figure of pain says: on the line, in its title, in words."""

from dataclasses import dataclass

from plro_core.cohort import Criterion
from plro_core.counts import ALL, Group
from plro_core.figures.form import by_groups
from plro_core.figures.pain.scale import LINES, Scale
from plro_core.figures.points import InView, when
from plro_core.figures.style import group_name
from plro_core.statements import Course, Statement, chosen_by, only, state, together
from plro_core.text import as_recorded, capitalised, grouped
from plro_core.vocabulary import Range
from plro_core.vocabulary.thresholds import SEVERITY

QUESTION = "How fast does pain fall?"
#: Up to this score pain is called mild.
MILD = next(entry.bound for entry in SEVERITY if entry.meaning == "mild")


@dataclass(frozen=True)
class Line:
    """The finding on the drawing: what is said, of which visit, and whether it holds of everybody."""

    month: int
    said: Statement
    everybody: bool


def on_the_line(view: InView, level: Group = ALL) -> Line | None:
    """Of a group: from which visit on everybody has mild pain at most, else how many have at the last.

    The rule is the same for every view. Nothing is said of one patient, or of a view that was chosen by pain.
    """
    size = view.n if level == ALL else view.group_sizes.get(level, 0)
    if view.n < 2 or chosen_by(view.cohort, [view.vas]):
        return None
    mild = Criterion(view.vas, (Range(None, MILD),))
    later = [month for month in view.months if month > 0]
    shares = {month: share for month in later if (share := view.share(mild, month, level)).n}
    if not shares:
        return None
    at = f"at {as_recorded(MILD)} or below"
    for month in shares:
        if all(share.k == share.n == size for seen, share in shares.items() if seen >= month):
            everybody = {1: "the one", 2: "both"}.get(size, f"all {size}")
            return Line(month, Statement(f"{everybody} {at} by {when(month)}", tuple(shares.values())), True)
    last = max(shares)
    return Line(last, Statement(f"{shares[last].bare} {at} at {when(last)}", (shares[last],)), False)


def responses(scale: Scale, level: Group = ALL) -> Statement:
    """How many of a group had fallen by the drawn lines at each visit."""
    told: list[Statement] = []
    if chosen_by(scale.view.cohort, [scale.view.vas]):
        return Statement("")
    for month in (month for month in scale.view.months if month):
        for index, (rule, _) in enumerate(LINES):
            found = scale.response(month, index, level)
            if found and found.n:
                told.append(Statement(f"{rule.label.lower()} at {when(month)} {found.words}", (found,)))
    return together(told)


def title(view: InView) -> str | Statement:
    """What is seen: a fall in everybody if that is so, else the medians of those seen at both visits, else the question.

    With groups a clause for each, as far as these are short enough to be read; the drawing and the text have all of them.
    """
    vas, (first, *later) = view.vas, view.months
    if chosen := chosen_by(view.cohort, [vas]):
        return only(QUESTION, chosen)
    if view.n == 1:
        return f"Pain of patient {view.ids[0]}"
    if not later:
        return QUESTION
    late = view.courses(vas, first, later[-1])
    soon = view.courses(vas, first, later[0])[ALL]
    if first == 0 and soon.fell == soon.n > 1:
        of_all: str | Statement = state("Pain falls in {all} by {visit}", all=_everyone(soon), visit=when(later[0]))
    else:
        of_all = _medians_title(late[ALL])
    if view.group is None:
        return of_all
    clauses = view.of_groups(lambda level: late[level])
    by = view.group.label_in_sentence
    split = state("VAS to {last} by {by}: {groups}", last=when(later[-1]), by=by, groups=clauses)
    return by_groups(view, split, of_all)


def _everyone(course: Course) -> Statement:
    """Everybody who has a VAS at both visits; who has not is said."""
    if not course.unpaired:
        return Statement("every patient", (course,))
    seen = "both" if course.n == 2 else f"all {course.n}"
    return Statement(f"{seen} patients with a VAS at the two visits ({course.gap.removeprefix(', ')})", (course,))


def _medians_title(course: Course) -> str | Statement:
    """How the median of the patients seen at both visits moves; their own values if they are fewer than three."""
    if not course.n:
        return QUESTION
    before, after = course.at_first.median, course.at_last.median
    if before is None or after is None:
        return state(
            "VAS from {first} to {last}: {course}", first=when(course.first), last=when(course.last), course=course
        )
    if before == after:
        return Statement(
            f"Median VAS stays at {course.at_first.bare} by {when(course.last)} (n = {grouped(course.n)}{course.gap})",
            (course,),
        )
    start = course.at_first.bare + (f" at {when(course.first)}" if course.first else "")
    verb, ends = "falls" if after < before else "rises", f"from {start} to {course.at_last.bare}"
    return Statement(
        f"Median VAS {verb} {ends} by {when(course.last)} (n = {grouped(course.n)}{course.gap})", (course,)
    )


def summary(scale: Scale) -> Statement:
    """The figure in words: medians (or the patients' own values) at each visit, with n; of each group, if there are."""
    view = scale.view
    levels = list(view.group_sizes) if view.group else [ALL]
    start = state("VAS ({scale}) of {patients} over time.", scale="0 to 10", patients=view.patients)
    if not view.all_visits_shown:
        return start
    return together([start, *(_course_words(scale, level) for level in levels)], " ")


def _course_words(scale: Scale, level: Group) -> Statement:
    """ "Continued: baseline 9 and 9 (n = 2), …; both at 3 or below by month 3."."""
    view = scale.view
    name = f"{group_name(view.group, level)}: " if view.group else ""
    told = together(
        state("{visit} {vas}", visit=when(month), vas=view.middle(view.vas, month, level)) for month in view.months
    )
    line = on_the_line(view, level)
    whole = together([told, line.said if line else "", responses(scale, level) if scale.change else ""], "; ")
    return Statement(f"{capitalised(name + whole.text)}.", whole.amounts)
