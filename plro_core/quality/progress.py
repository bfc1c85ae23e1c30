"""How long lists of a report are, and the progress of making one."""

from plro_core.progress import Progress, going_on

__all__ = ["MOST_LISTED", "Progress", "going_on", "listed_of"]

#: Rows that a list of findings shows at most; its title and notes count them all.
MOST_LISTED = 1_000


def listed_of(listed: int, total: int) -> tuple[str, ...]:
    """The note of a list that was cut."""
    return (f"The first {listed} of {total} are listed.",) if listed < total else ()
