"""The form of a figure by how many patients it shows, and titles that stay short."""

from enum import Enum

from plro_core.figures.points import InView
from plro_core.statements import Drawn, Statement, left_out, state

#: Up to this many patients each is named; to the second number each is drawn; beyond, only what counts give.
MOST_NAMED = 12
MOST_DRAWN = 60

#: A title that is longer is not read.
LONGEST_TITLE = 110


class Form(Enum):
    """Named patients, unnamed ones with the band of the group, or what is counted of everybody alone."""

    NAMED = "named"
    DRAWN = "drawn"
    COUNTED = "counted"

    def note(self, mark: str = "point") -> str:
        """Why nobody is named, or nobody is drawn; empty if each is named. ``mark`` is what a patient would be."""
        if self is Form.NAMED:
            return ""
        if self is Form.DRAWN:
            return (
                f"In a view of more than {MOST_NAMED} each patient is a {mark} without her number; "
                "hover or click to see who."
            )
        return f"In a view of more than {MOST_DRAWN} nobody has a {mark}: what is drawn is counted from everybody."


def form_of(n: int) -> Form:
    """The form for so many in view, whichever group is drawn: panels of one figure look alike."""
    return Form.NAMED if n <= MOST_NAMED else Form.DRAWN if n <= MOST_DRAWN else Form.COUNTED


def form_notes(view: InView, mark: str = "line") -> tuple[Statement, ...]:
    """Why nobody is named, or nobody is drawn; and a choice of visits. ``mark`` is what a patient would be."""
    form = form_of(view.n)
    said = [Statement(form.note(mark))] if form is not Form.NAMED else []
    if form is not Form.COUNTED or view.cases.complete:
        return (*said, *view.notes)
    listed = state("The table behind the figure lists {drawn}.", drawn=Drawn(view.cohort, view.cases))
    return (*said, listed, *view.notes[1:])


def fitting(view: InView, *titles: str | Statement) -> str | Statement:
    """The first title that is short enough to be read, with whom a view leaves out by hand; the last if none is."""
    room = LONGEST_TITLE - len(left_out([view.cohort]))
    return next((title for title in titles if len(str(title)) <= room), titles[-1])


def by_groups(view: InView, split: Statement, whole: str | Statement) -> str | Statement:
    """A title with a clause for each group; of more groups than can be read, what holds of all, and by what they are."""
    if view.group is None:
        return whole
    of_all = whole if isinstance(whole, Statement) else Statement(whole)
    by = view.group.label_in_sentence
    told = f"; groups by {by}" if not of_all.text.endswith("?") else f" Groups by {by}"
    return fitting(view, split, Statement(of_all.text + told, of_all.amounts), of_all)
