"""The order of what is presented: the figures of a page, or saved views as a talk; a figure of several slides is stepped
through before the next one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pages.shared import saved_views, session, staging
from pages.shared.tabs import Staged
from plro_core.views import SavedView


@dataclass(frozen=True)
class Stop:
    """One thing to present: what it is called, the way to it, and what its speaker says."""

    name: str
    go: Callable[[], None]
    notes: str = ""


@dataclass(frozen=True)
class Way:
    """All stops in their order, and where one is: the stop, and the slide of so many within it."""

    what: str
    stops: Sequence[Stop]
    at: int
    slide: int
    slides: int
    back_to_last: Callable[[], None] | None = None

    @property
    def previous(self) -> Callable[[], None] | None:
        if self.slide > 1:
            return partial(to_slide, self.slide - 1)
        return (self.back_to_last or self.stops[self.at - 1].go) if self.at else None

    @property
    def following(self) -> Callable[[], None] | None:
        if self.slide < self.slides:
            return partial(to_slide, self.slide + 1)
        return self.stops[self.at + 1].go if self.at + 1 < len(self.stops) else None

    @property
    def words(self) -> str:
        """ "2 of 6", and within a figure of several slides "2 of 6 · slide 1 of 3"."""
        parts = [f"{self.at + 1} of {len(self.stops)}"] * (len(self.stops) > 1)
        return " · ".join(parts + [f"slide {self.slide} of {self.slides}"] * (self.slides > 1))

    @property
    def next_name(self) -> str:
        """What comes next, in words; nothing at the end."""
        if self.slide < self.slides:
            return f"{self.stops[self.at].name}, slide {self.slide + 1}"
        return self.stops[self.at + 1].name if self.at + 1 < len(self.stops) else ""


def to_slide(slide: int) -> None:
    """Show another slide of the same figure (for callbacks)."""
    session.set_option("slide", str(slide) if slide > 1 else None)


def talk(view: session.View) -> tuple[SavedView, ...]:
    """The saved views that are stepped through; none where the figures of a page are."""
    found = saved_views.known() if view.options["present"] == "views" else ()
    return found if view.options.get("view") in [entry.slug for entry in found] else ()


def check(view: session.View) -> None:
    """Say so where the link asks for a talk, or for a view in it, that there is not."""
    if view.options["present"] != "views" or talk(view):
        return
    wanted = view.options.get("view")
    if not saved_views.known():
        session.leave_out("view", "There are no saved views to present here: save one in the Share menu first.")
    elif wanted is not None:
        session.leave_out("view", f"There is no saved view “{wanted}” here.")


def way(view: session.View, figures: Sequence[Staged], slides: int) -> Way:
    """The order of what is presented from here; ``slides`` is into how many the shown figure is divided."""
    slide = min(int(view.options.get("slide", "1")), slides)
    if views := talk(view):
        stops = [Stop(entry.name, partial(saved_views.present, entry), entry.notes) for entry in views]
        return Way("view", stops, [entry.slug for entry in views].index(view.options["view"]), slide, slides)
    at = staging.place(view, figures)
    stops = [Stop(entry.figure.called, partial(_to_figure, entry)) for entry in figures]
    last = partial(_to_last, figures[at - 1], view) if at else None
    return Way("figure", stops, at, slide, slides, last)


def _to_figure(entry: Staged, slide: int = 1) -> None:
    named = {"figure": entry.figure.name, "slide": str(slide) if slide > 1 else None, "slide_words": None}
    session.set_options(named | entry.opens)


def _to_last(entry: Staged, view: session.View) -> None:
    """Back to the last slide of the figure before."""
    _to_figure(entry, entry.figure.drawn(view, stage=staging.screen(view)).slides)
