"""Counting at a worker of a Dask cluster: some shards of a version, each opened and verified once, then kept."""

import os
import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from plro_core import __version__
from plro_core.counts.codes import CodeEngine
from plro_core.counts.questions import Answer, Question, together
from plro_core.problems import PlainProblem
from plro_core.store import Registry, Shards, open_shard
from plro_core.text import printable

#: Where a worker that shares no disk with its askers has its copies of shards: the folder in which their folders lie.
VARIABLE = "PLRO_SHARDS"
#: So many shards stay open, the last ones that were asked for.
KEPT = 128

COUNTED, REFUSED = "counted", "refused"
#: What a worker says: which shards it counted, by name and content, and the answers; or why it did not.
Told = tuple[str, dict[str, str], list[Answer]] | tuple[str, str]


@dataclass(frozen=True)
class Task:
    """Questions about some shards. ``home`` is where the asker sees the shards, ``questions`` are pickled, once for all."""

    program: str
    home: str
    shards: Shards
    names: tuple[str, ...]
    questions: bytes


_open: OrderedDict[tuple[str, str, str], Registry] = OrderedDict()
_opening = threading.RLock()


def count(task: Task) -> Told:
    """The answers about all shards of a task together. What is wrong is told, not raised: nobody else needs our types."""
    try:
        if task.program != __version__:
            return (
                REFUSED,
                f"It runs version {__version__} of this program; expected {printable(task.program)}, as its asker.",
            )
        questions: tuple[Question, ...] = pickle.loads(task.questions)  # noqa: S301 (who may ask a worker may run anything)
        found: list[list[Answer]] = []
        for name in task.names:
            found.append(CodeEngine(_shard(task, name).codes).answers(questions))
        answers = [together(parts) for parts in zip(*found, strict=True)]
        return COUNTED, {name: task.shards.parts[name]["content"] for name in task.names}, answers
    except PlainProblem as problem:
        return REFUSED, str(problem)
    except Exception as problem:  # its text may hold patients' values, so only its kind is told
        return REFUSED, f"Unexpected problem of type {type(problem).__name__}."


def _shard(task: Task, name: str) -> Registry:
    own = os.environ.get(VARIABLE)
    home = Path(own) / task.shards.name if own else Path(task.home)
    key = (str(home), name, task.shards.parts[name]["content"])
    with _opening:
        if key not in _open:
            _open[key] = open_shard(home, name, task.shards)
        _open.move_to_end(key)
        while len(_open) > KEPT:
            _open.popitem(last=False)
        return _open[key]
