"""Where computing may be held up: before each piece of it, whoever serves several people at once can let others go first.

The core computes and knows nobody else. A server says for each run what is to happen between two pieces of computing: wait,
or end the run by raising.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

#: What is entered while a run waits for something that is not computed here.
Aside = Callable[[], AbstractContextManager[None]]

_between: ContextVar[Callable[[], None] | None] = ContextVar("between", default=None)
_aside: ContextVar[Aside] = ContextVar("aside", default=nullcontext)


def pause() -> None:
    """Called before each piece of computing, in the thread that computes; does nothing unless it runs within :func:`paced`."""
    between = _between.get()
    if between is not None:
        between()


def aside() -> AbstractContextManager[None]:
    """Within, this thread waits for something else, such as a process that reads a file, and computes nothing."""
    return _aside.get()()


@contextmanager
def paced(between: Callable[[], None], beside: Aside = nullcontext) -> Iterator[None]:
    """Within, ``between`` is called before each piece of computing, and ``beside`` gives what is entered by :func:`aside`; what they
    raise ends the computing.
    """
    tokens = _between.set(between), _aside.set(beside)
    try:
        yield
    finally:
        _between.reset(tokens[0])
        _aside.reset(tokens[1])
