"""One run of the command line, from its start to its exit code: whatever happens, at most one plain sentence.

Exit codes: 0 done, 1 the data or a file cannot be used, 2 the command was not understood, 130 and 143 stopped.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from plro_core.cli import console
from plro_core.problems import TOO_LITTLE_MEMORY, PlainProblem, QueryProblem

DONE, BAD_DATA, BAD_USAGE = 0, 1, 2
#: What a disk says that can take no more.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StoppedError(BaseException):
    """A signal asks the program to end; what is half written is taken away on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


def run() -> NoReturn:
    """Run the command that this process was started with, and end the process."""
    try:
        console.prepare()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, _stop)
        code = main()
    except (KeyboardInterrupt, StoppedError) as problem:
        code = _stopped(problem)
    sys.exit(code)


def _stop(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # asked once is enough
    raise StoppedError(number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, otherwise the one that the process was started with, and say how it ended, as an exit code."""
    try:
        return _answered(arguments)
    except console.ReaderLeftError:
        return DONE
    except QueryProblem as problem:
        return _fail(str(problem), BAD_USAGE)
    except PlainProblem as problem:
        return _fail(str(problem), BAD_DATA)
    except OSError as problem:
        return _fail(_file_words(problem), BAD_DATA)
    except (KeyboardInterrupt, StoppedError) as problem:
        return _stopped(problem)
    except MemoryError:
        return _fail(TOO_LITTLE_MEMORY, BAD_DATA)
    except Exception as problem:  # its text may hold patients' values, so only its kind is told
        return _fail(f"Unexpected problem of type {type(problem).__name__}; nothing was written.", BAD_DATA)


def _answered(arguments: Sequence[str] | None) -> int:
    """Load what the command needs, and run it; a person who gets impatient meanwhile is answered politely as well."""
    from plro_core.cli.root import answer, program

    if arguments is None:
        return answer(sys.argv[1:], program())
    return answer(arguments)


def _fail(sentence: str, code: int) -> int:
    console.complain(sentence)
    return code


def _stopped(problem: BaseException) -> int:
    return _fail("Stopped.", problem.code if isinstance(problem, StoppedError) else 128 + signal.SIGINT)


def _file_words(problem: OSError) -> str:
    if problem.errno in _NO_ROOM and not problem.filename:
        return f"The disk has no room for what would be written ({(problem.strerror or '').lower()}); free some and try again."
    name = f"{Path(os.fsdecode(problem.filename)).name}: " if problem.filename else ""
    return f"{name}{(problem.strerror or 'a file cannot be read or written').lower()}."
