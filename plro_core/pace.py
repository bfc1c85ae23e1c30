"""Where computing may be held up: before each piece of it, whoever serves several people at once can let others go first.

The core computes and knows nobody else. A server says for each run what is to happen between two pieces of computing: wait,
or end the run by raising.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_between: ContextVar[Callable[[], None] | None] = ContextVar("between", default=None)


def pause() -> None:
    """Called before each piece of computing, in the thread that computes; does nothing unless it runs within :func:`paced`."""
    between = _between.get()
    if between is not None:
        between()


@contextmanager
def paced(between: Callable[[], None]) -> Iterator[None]:
    """Within, ``between`` is called before each piece of computing; what it raises ends the computing."""
    token = _between.set(between)
    try:
        yield
    finally:
        _between.reset(token)
