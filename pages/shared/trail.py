"""The last steps of a session, each a view that it has seen: what Undo, Redo and the browser's Back lead to."""

from dataclasses import dataclass, field, replace

import streamlit as st

_KEY = "trail"
_MOST = 30


@dataclass(frozen=True)
class Step:
    """A view that was seen: its page, what the link says of it, and both in words."""

    page: str
    pairs: tuple[tuple[str, str], ...]
    words: str = field(default="", compare=False)


@dataclass(frozen=True)
class Trail:
    """Steps in the order in which they were taken, and the place of the one in view."""

    steps: tuple[Step, ...] = ()
    at: int = -1

    def after(self, step: Step) -> "Trail":
        """The trail once a step was taken; what had been undone before is gone."""
        if self.steps and self.steps[self.at] == step:
            return self
        steps = (*self.steps[: self.at + 1], step)[-_MOST:]
        return Trail(steps, len(steps) - 1)

    def back_at(self, step: Step) -> "Trail":
        """The trail once the browser went to a step: the nearest one that is the same, else a new one."""
        same = [place for place, known in enumerate(self.steps) if known == step]
        return replace(self, at=min(same, key=lambda place: abs(place - self.at))) if same else self.after(step)

    def amended(self, step: Step) -> "Trail":
        """The trail with another step in place of the one in view, which could not be shown as it was asked for."""
        return replace(self, steps=(*self.steps[: self.at], step, *self.steps[self.at + 1 :])) if self.steps else self

    def holds(self, step: Step) -> bool:
        """Whether a view was seen."""
        return step in self.steps

    def meant(self, step: Step) -> Step:
        """The view that the browser goes back to with a step.

        Where the menu left a page together with its open tab, the browser keeps an address that nobody has seen between
        the two: the page that was left, already without its tab. The view before is meant.
        """
        before, now = self.towards(-1), self.towards(0)
        left = before is not None and now is not None and before.page == step.page != now.page
        return before if left and before and now and step.pairs == now.pairs else step

    def once_more(self, step: Step) -> Step:
        """The view that the browser goes back to with a step that is in view already: the one before.

        Where :meth:`meant` has shown a view in place of an address that nobody has seen, the browser comes upon that view
        once more at its own address, and a reader who goes back would see nothing happen. On another page it cannot be
        shown in its place.
        """
        before, now = self.towards(-1), self.towards(0)
        return before if before is not None and now == step and before.page == step.page else step

    def towards(self, by: int) -> Step | None:
        """The step that lies so many steps ahead (or behind, if negative) of the one in view."""
        return self.steps[self.at + by] if 0 <= self.at + by < len(self.steps) else None


def trail() -> Trail:
    """This session's steps."""
    found: Trail = st.session_state.get(_KEY, Trail())
    return found


def keep(changed: Trail) -> None:
    """From now on these are the session's steps."""
    st.session_state[_KEY] = changed


def go(by: int) -> None:
    """Put the place so many steps ahead or behind (for callbacks)."""
    now = trail()
    keep(replace(now, at=now.at + by))
