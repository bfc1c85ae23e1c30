"""Counting by the workers of a Dask cluster: each counts the shards that it holds, and their answers are added."""

import math
import pickle
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from plro_core import __version__
from plro_core.counts import at_worker, cluster
from plro_core.counts.at_worker import Task
from plro_core.counts.model import Engine
from plro_core.counts.questions import Answer, Question, together
from plro_core.problems import EngineProblem
from plro_core.store import SHARDS, Registry, Shards
from plro_core.text import printable

#: What a key is made of.
_PLAIN = (str, int, float, bool, type(None))


class DaskEngine(Engine):
    """Asks a scheduler. The shards are those of everything that the registry holds, in its words."""

    def __init__(self, registry: Registry, shards: Shards, address: str) -> None:
        self._home, self._shards, self._address = registry.folder / SHARDS / shards.name, shards, address

    def answer(self, question: Question) -> Answer:
        return self.answers([question])[0]

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        """The answers to several questions, in one round.

        Raises:
            EngineProblem: Dask, its scheduler, its workers or a shard fails; nothing is counted in part.
        """
        asked = tuple(questions)
        tasks = self._tasks(asked, cluster.workers(self._address))
        told = cluster.results(self._address, at_worker.count, tasks)
        parts = [checked(found, len(asked)) for found in told]
        counted = [shard for shards, _ in parts for shard in shards.items()]
        if sorted(counted) != sorted((name, part["content"]) for name, part in self._shards.parts.items()):
            raise EngineProblem(
                f"The workers at {self._address} did not count every shard of version {self._shards.version} once; "
                "nothing was counted."
            )
        return [together(answers) for answers in zip(*(answers for _, answers in parts), strict=True)]

    def _tasks(self, asked: tuple[Question, ...], workers: Sequence[str]) -> list[tuple[str, Task]]:
        """A task for each worker: always the same shards for the same worker, which has them open then."""
        names = list(self._shards.parts)
        home, shipped = str(Path(self._home).resolve()), pickle.dumps(asked)
        shared = {worker: tuple(names[at :: len(workers)]) for at, worker in enumerate(workers)}
        return [
            (worker, Task(__version__, home, self._shards, mine, shipped)) for worker, mine in shared.items() if mine
        ]


def checked(told: Any, questions: int) -> tuple[Mapping[str, str], list[Answer]]:
    """Which shards a worker says that it counted, and its answers: keys of plain values, with whole numbers above 0.

    Raises:
        EngineProblem: it says why it counted nothing, or what it says is no answer.
    """
    match told:
        case (at_worker.REFUSED, str() as why):
            raise EngineProblem(f"A worker counted nothing: {printable(why, 500)}")
        case (at_worker.COUNTED, dict() as shards, list() as answers):
            named = all(isinstance(text, str) for pair in shards.items() for text in pair)
            if named and len(answers) == questions and all(map(_is_answer, answers)):
                return shards, answers
    raise EngineProblem("A worker's answer is not one; expected whole numbers by their keys. Nothing was counted.")


def _is_answer(found: Any) -> bool:
    return type(found) is dict and all(
        type(key) is tuple and all(map(_is_part, key)) and type(number) is int and number > 0
        for key, number in found.items()
    )


def _is_part(value: Any) -> bool:
    """A value, none, or several of one patient."""
    return all(map(_is_plain, value)) if type(value) is tuple else _is_plain(value)


def _is_plain(value: Any) -> bool:
    return type(value) in _PLAIN and not (type(value) is float and not math.isfinite(value))
