"""Long work that tells how far it is and can be stopped."""

from collections.abc import Callable

#: Takes how much is done (0 to 1) and what is done next; answers whether to go on.
Progress = Callable[[float, str], bool]

#: Rows that a list of findings shows at most; its title and notes count them all.
MOST_LISTED = 1_000


def going_on(share: float, words: str) -> bool:
    """The progress of somebody who does not want to know."""
    return True


def listed_of(listed: int, total: int) -> tuple[str, ...]:
    """The note of a list that was cut."""
    return (f"The first {listed} of {total} are listed.",) if listed < total else ()
