"""A statement with what its sentence names around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from plro_core.drafts.mentions import Mention, Time, Visit
from plro_core.drafts.model import Bound, Statement

_Named = TypeVar("_Named", Mention, Visit, Time, Bound)

_NEXT = re.compile(r"[,;]|\b(?:and|versus|vs|compared|but|while|whereas)\b")


@dataclass(frozen=True)
class Around:
    """A statement with what its sentence names, and the statements beside it."""

    statement: Statement
    mentions: Sequence[Mention]
    visits: Sequence[Visit]
    before: Statement | None
    after: Statement | None
    #: Which of the measurements of the sentence it is, and of how many.
    place: tuple[int, int] = (0, 1)
    bounds: Sequence[Bound] = ()
    #: Where the first statement of the sentence begins.
    first: int = 0
    #: Times for which there is no visit.
    times: Sequence[Time] = ()

    @property
    def text(self) -> str:
        return self.statement.sentence.text

    @property
    def begins(self) -> int:
        """Where the words before it begin that are not those of the number before."""
        return self.before.end if self.before else 0

    @property
    def ends(self) -> int:
        return self.after.start if self.after else len(self.text)

    def between(self, named: Sequence[_Named], start: int, end: int) -> list[_Named]:
        """What is named from one place to another."""
        return [one for one in named if start <= one.start < end]

    def near(self, named: Sequence[_Named]) -> list[_Named]:
        """What stands beside the number in its own part of the sentence: behind it, else before it."""
        stop = _NEXT.search(self.text, self.statement.end, self.ends)
        begun = _NEXT.search(self.text, self.begins, self.statement.start) if self.before else None
        own = self.between(named, self.statement.end, stop.start() if stop else self.ends)
        if not own:
            own = self.between(named, begun.start() if begun else self.begins, self.statement.start)
        return own
