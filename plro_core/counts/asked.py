"""Answers that have been asked for are kept, for all who look at the same data, and each is counted once.

An answer is kept under the content of the registry and the question, which names cohort, variables and group: so it is never
that of another registry, of another version or of a question in other words. The engine behind is asked for the rest.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from plro_core.counts.model import Engine
from plro_core.counts.questions import Answer, Question
from plro_core.pace import pause

#: So many counts are kept for all registries together; one takes some 200 bytes.
MOST_COUNTS = 1_000_000
#: Seconds between two looks whether who waits for another's answer is still to wait.
_LOOKING = 0.1

Key = TypeVar("Key", bound=Hashable)


class Answers:
    """Answers by what was asked, the latest used, up to a number of counts. Safe to share between threads."""

    def __init__(self, most: int = MOST_COUNTS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._coming: dict[Hashable, threading.Event] = {}
        #: How many counts are kept.
        self.counts = 0

    def get(self, asked: Sequence[Key], count: Callable[[list[Key]], Iterable[Answer]]) -> list[Answer]:
        """The answers to what is asked: kept, or counted now, all that are missing at once.

        Whoever asks the same meanwhile waits for it; if it cannot be counted, that is raised, and who waits counts by herself.
        An answer is a copy: nobody can change what others are given.
        """
        found: dict[Key, Answer] = {}
        while missing := [key for key in dict.fromkeys(asked) if key not in found]:
            with self._lock:
                found |= {key: self._used(key) for key in missing if key in self._kept}
                mine = [key for key in missing if key not in found and key not in self._coming]
                others = [self._coming[key] for key in missing if key in self._coming]
                self._coming |= {key: threading.Event() for key in mine}
            if mine:
                found |= self._counted(mine, count)
            elif others:
                _wait(others[0])
        return [dict(found[key]) for key in asked]

    def forget(self) -> None:
        """Keep nothing of what was counted so far."""
        with self._lock:
            self._kept.clear()
            self.counts = 0

    def _used(self, key: Hashable) -> Answer:
        self._kept.move_to_end(key)
        return self._kept[key]

    def _counted(self, mine: list[Key], count: Callable[[list[Key]], Iterable[Answer]]) -> dict[Key, Answer]:
        """Count what nobody else counts just now, and keep it."""
        try:
            found = dict(zip(mine, count(mine), strict=True))
            for key, answer in found.items():
                self._keep(key, answer)
            return found
        finally:
            with self._lock:
                for key in mine:
                    self._coming.pop(key).set()

    def _keep(self, asked: Hashable, answer: Answer) -> None:
        """Keep an answer; one that would take more than a quarter of the room is not."""
        if _room(answer) > self._most // 4:
            return
        with self._lock:
            self._kept[asked] = answer
            self.counts += _room(answer)
            while self.counts > self._most:
                _, oldest = self._kept.popitem(last=False)
                self.counts -= _room(oldest)


def _room(answer: Answer) -> int:
    """How many counts an answer takes up; the question itself counts, too."""
    return len(answer) + 1


def _wait(coming: threading.Event) -> None:
    """Until somebody else has counted, or this run is no longer wanted."""
    while not coming.wait(_LOOKING):
        pause()


#: The answers that this process keeps.
ANSWERS = Answers()


class AskedEngine(Engine):
    """An engine that has another one count, and only what has not been asked before.

    ``content`` says which data that engine counts: two with the same have the same answers.
    """

    def __init__(self, engine: Engine, content: Hashable, kept: Answers = ANSWERS) -> None:
        #: Who counts what was not asked before.
        self.behind = engine
        self._content, self._answers = content, kept

    def answer(self, question: Question) -> Answer:
        (found,) = self.answers((question,))
        return found

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        asked = [(self._content, question) for question in questions]
        return self._answers.get(asked, lambda missing: self.behind.answers([question for _, question in missing]))
