"""Standard output and standard error: answers in UTF-8 whatever the locale, complaints as one plain sentence."""

import os
import sys
import time
from contextlib import suppress

from plro_core.problems import DataProblem
from plro_core.text import printable

#: Seconds that nobody need be told of.
_SHORT = 1.0


class ReaderLeftError(Exception):
    """Who read the answer has had enough of it, which is no fault."""


def say(*lines: str) -> None:
    """Answer with these lines.

    Raises:
        DataProblem, ReaderLeftError: as :func:`write`.
    """
    write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def report(sentence: str) -> None:
    """Say what was done. It is done even if nobody can be told."""
    with suppress(DataProblem):
        say(printable(" ".join(sentence.split()), None))


def write(content: bytes) -> None:
    """Answer with these bytes.

    Raises:
        DataProblem: standard output is closed or cannot take them.
        ReaderLeftError: its reader went away.
    """
    if sys.stdout is None:
        raise DataProblem("Standard output is closed, so the answer has nowhere to go.")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _silence()
        raise ReaderLeftError from None
    except OSError as problem:
        _silence()
        reason = (problem.strerror or "unknown reason").lower()
        raise DataProblem(f"Standard output cannot be written: {reason}.") from None


def is_terminal() -> bool:
    """Whether a person reads standard output as it comes."""
    return sys.stdout is not None and sys.stdout.isatty()


class Bar:
    """Says on a terminal how far a piece of work is that takes longer than a second; Ctrl-C ends the program and it."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._begun = time.monotonic()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._write("")

    def __call__(self, share: float, words: str) -> bool:
        """Say it; work on the command line always goes on."""
        self._write(printable(f"{share:4.0%} {self._words}: {words}", 78))
        return True

    def _write(self, line: str) -> None:
        if sys.stderr is not None and sys.stderr.isatty() and time.monotonic() - self._begun > _SHORT:
            with suppress(OSError):
                sys.stderr.write(f"\r{line:<79}\r")
                sys.stderr.flush()


def complain(sentence: str) -> None:
    """One sentence on standard error; where even that cannot be written, the exit code has to do."""
    words = printable(" ".join(sentence.split()), None)  # a name of a file may hold what moves a terminal
    if sys.stderr is not None:
        with suppress(OSError):
            print(words if words.endswith((".", "!", "?")) else f"{words}.", file=sys.stderr, flush=True)


def prepare() -> None:
    """Make the streams of a new process fit to answer on.

    A closed stream leaves a number that the next opened file would get, and with it whatever a library prints.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if stream is not None:
            stream.reconfigure(encoding="utf-8" if stream is sys.stdout else None, errors=errors)  # type: ignore[union-attr]


def _silence() -> None:
    """Let what is still held back go nowhere, so that the end of the process does not complain a second time."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
