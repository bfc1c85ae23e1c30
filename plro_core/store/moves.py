"""What the journal says of the pointer: where it was moved, and which versions are drafts or were discarded."""

from collections.abc import Collection, Sequence

from plro_core import journal

_MOVES = ("publish", "rollback", "build")


def last_move(entries: Sequence[journal.Entry]) -> journal.Entry | None:
    return next((entry for entry in reversed(entries) if entry.what in (*_MOVES, "interrupted")), None)


def stayed(entry: journal.Entry, current: str | None, marked: Collection[str] = ()) -> bool:
    """Whether a move was journalled and then not done: the pointer is still where it was before.

    ``marked`` are versions that carry the mark of having been published: of such a one the first publishing was done.
    """
    was_done = entry.what != "rollback" and entry.version in marked
    return not was_done and current != entry.version and current == entry.parent


def moves_made(
    entries: Sequence[journal.Entry], current: str | None, marked: Collection[str] = ()
) -> list[journal.Entry]:
    """The lines of the journal that moved the pointer, without those that were interrupted before they did."""
    moves: list[journal.Entry] = []
    for entry in entries:
        if entry.what == "interrupted" and moves:
            moves.pop()
        elif entry.what in _MOVES:
            moves.append(entry)
    last = last_move(entries)
    if moves and last is moves[-1] and stayed(last, current, marked):
        moves.pop()
    return moves


def draft_names(entries: Sequence[journal.Entry], current: str | None, marked: Collection[str] = ()) -> set[str]:
    """Versions that the journal knows as drafts and that were never published, whatever the pointer names."""
    drafts = {entry.version for entry in entries if entry.what == "draft" and entry.version}
    return drafts - {entry.version for entry in moves_made(entries, current, marked)}


def discarded_names(entries: Sequence[journal.Entry]) -> set[str]:
    return {entry.version for entry in entries if entry.what == "discard" and entry.version}
