"""Long work that tells how far it is and can be stopped."""

from collections.abc import Callable

from plro_core.problems import PlainProblem

#: Takes how much is done (0 to 1) and what is done next; answers whether to go on.
Progress = Callable[[float, str], bool]


class StoppedWork(PlainProblem):
    """Somebody did not want the work any more."""


def going_on(share: float, words: str) -> bool:
    """The progress of somebody who does not want to know."""
    return True


def tell(progress: Progress, share: float, words: str) -> None:
    """Say how far the work is.

    Raises:
        StoppedWork: it is not wanted any more.
    """
    if not progress(share, words):
        raise StoppedWork("Stopped; nothing was stored.")


def part(progress: Progress, start: float, end: float) -> Progress:
    """The progress of one part of the work, from one share of the whole to another."""
    return lambda share, words: progress(start + share * (end - start), words)
