"""The program of a reader's process: it limits itself, reads one message, answers it, and ends.

Started by path as ``python -I -S -B child.py MODULE MEMORY SECONDS PATH...``; ``MODULE`` has a function ``answer``. A
memory of 0 is one that somebody else watches.
"""

import os
import resource
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

#: How the process ends where it could not answer; ``asking`` makes a sentence of it.
NO_MEMORY, UNEXPECTED = 71, 72

_IN, _OUT = 0, 1


def main(task: str, memory: int, seconds: int, path: list[str]) -> None:
    """Read, answer, end."""
    _limit(memory, seconds)
    sys.path[:] = path
    try:
        request = _request()
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        _write(_answered(_answer_of(task), request))
    except MemoryError:
        os._exit(NO_MEMORY)
    except Exception as problem:  # its text may hold patients' values, so only its kind is told
        _write(type(problem).__name__.encode())
        os._exit(UNEXPECTED)
    os._exit(0)


def _limit(memory: int, seconds: int) -> None:
    """No more memory and processor time than this; no file is written, and a crash leaves no image of the memory."""
    _at_most(resource.RLIMIT_CORE, 0)
    _at_most(resource.RLIMIT_FSIZE, 0)
    _at_most(resource.RLIMIT_CPU, seconds, seconds + 5)
    if memory:
        _at_most(resource.RLIMIT_AS, memory)


def _at_most(kind: int, soft: int, hard: int | None = None) -> None:
    """Beyond the soft limit of processor time a signal says why the process ends, beyond the hard one it is killed."""
    now = resource.getrlimit(kind)[1]
    hard = soft if hard is None else hard
    hard = hard if now == resource.RLIM_INFINITY else min(hard, now)
    with suppress(ValueError, OSError):  # a system without this limit; the parent's clock holds everywhere
        resource.setrlimit(kind, (min(soft, hard), hard))


def _request() -> bytes:
    length = int.from_bytes(_read(8), "big")
    return _read(length)


def _read(length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        chunk = os.read(_IN, min(length - len(content), 1 << 20))
        if not chunk:
            os._exit(UNEXPECTED)
        content += chunk
    return bytes(content)


def _end_with_the_parent() -> None:
    """The parent holds the other end of the pipe open until it has its answer; the pipe closes however the parent ends."""
    os.read(_IN, 1)
    os._exit(UNEXPECTED)


def _answer_of(task: str) -> Callable[[Any, list[bytes]], tuple[Any, list[bytes]]]:
    """The function of a module, whose package is not run: what it gathers takes ten times as long to load."""
    package = task.rpartition(".")[0]
    spec = find_spec(package)
    if spec is not None and package not in sys.modules:
        sys.modules[package] = module_from_spec(spec)
    found: Callable[[Any, list[bytes]], tuple[Any, list[bytes]]] = import_module(task).answer
    return found


def _answered(answer: Callable[[Any, list[bytes]], tuple[Any, list[bytes]]], request: bytes) -> bytes:
    from plro_core.confined.message import packed, unpacked
    from plro_core.problems import PlainProblem

    try:
        value, files = answer(*unpacked(request))
    except PlainProblem as problem:
        return packed({"problem": str(problem)})
    return packed({"answer": value}, files)


def _write(content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(_OUT, left) :]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
