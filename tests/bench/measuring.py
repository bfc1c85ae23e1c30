"""Processor time, medians and memory of a process; other people's work on the machine is not in them."""

import gc
import resource
import sys
import time
from collections.abc import Callable
from statistics import median

#: Few repetitions suffice where one takes long.
_LONG = 2.0
#: How Linux numbers the clock of a process's processor time: the process, and this.
_PROCESS_CLOCK = 2


def used() -> float:
    """Seconds of processor time of this process and of the processes that it has ended."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def used_by(process: int) -> float:
    """Seconds of processor time of another process of ours."""
    return time.clock_gettime(~process << 3 | _PROCESS_CLOCK)


def peak() -> float:
    """The most memory that this process held, in MiB."""
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_each / 2**20


def peak_of(process: int) -> float:
    """The most memory that another process held, in MiB."""
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        stated = next(line for line in file if line.startswith("VmHWM"))
    return int(stated.split()[1]) / 1024


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time of one piece of work."""
    start = used()
    work()
    return 1000 * (used() - start)


def median_of(runs: int, work: Callable[[int], object], warm: bool = True) -> float:
    """Median milliseconds of ``work(1)``, ``work(2)`` …, after ``work(0)``, which does not count.

    Each is to ask for something new. Work that takes long is repeated three times only.
    """
    first = milliseconds(lambda: work(0)) if warm else 0.0
    times: list[float] = []
    for number in range(1, runs + 1):
        if len(times) >= 3 and first > 1000 * _LONG:
            break
        times.append(milliseconds(lambda number=number: work(number)))  # type: ignore[misc]
    return median(times)


def settle() -> None:
    """Leave what is loaded out of garbage collection, as the server does when it starts."""
    gc.collect()
    gc.freeze()
