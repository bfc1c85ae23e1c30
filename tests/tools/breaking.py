"""What a writer leaves that is killed or fails: ``python -m tests.tools.breaking [--kills N]`` prints a Markdown table.

Each act that writes into a registry is tried on a copy of a registry with every kind of file. It is killed at random moments;
and each of its calls that write fails in turn, once as on a full disk and once as if the program were stopped there. Bad
is what follows if the published version is neither the one before nor the one after or does not open, if the journal does not
verify, if the act cannot be done again, or if ``verify-registry`` finds a fault afterwards. Exits 1 if anything was bad.
"""

import argparse
import errno
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from plro_core import journal, store, synthetic, upkeep
from plro_core.cohort import EVERYONE
from plro_core.intake.kept import keep_mapping
from plro_core.intake.redcap.writer import own_mapping
from plro_core.problems import PlainProblem, RegistryProblem, ViewProblem
from plro_core.views import SavedView, save_view
from plro_core.vocabulary import FILE, words_of
from tests.tools.flips import every_kind_of_file

#: The calls by which anything reaches the disk.
STEPS: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (os, "write"),
    (os, "open"),
    (Path, "open"),
    (Path, "mkdir"),
    (Path, "chmod"),
    (Path, "rename"),
    (Path, "replace"),
    (tempfile, "mkdtemp"),
)
#: No act has as many calls of one kind.
_MOST_CALLS = 1000
Act = Callable[[Path], object]


@dataclass(frozen=True)
class Stopped:
    """How often an act was broken off, and what was bad afterwards."""

    act: str
    times: int
    bad: tuple[str, ...]


def _bring_in(folder: Path) -> None:
    about = synthetic.about(5, 1, "paper") | {"version": "e", "author": "Ada", "note": "made up"}
    store.draft(synthetic.synthetic_tables(5, 1), about, folder, words_of(folder), store.published_version(folder))
    store.release(folder, "e", "Ada", "")


def _save_view(folder: Path) -> None:
    save_view(folder, SavedView.now("Ten", "Everybody", "overview", EVERYONE, [], "b", "Say hello"))


def _accept(folder: Path) -> None:
    path = folder / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("our laboratory", "their laboratory"), encoding="utf-8")
    store.accept(folder, "Ada", "looked through")


ACTS: dict[str, Act] = {
    "bring in and publish": _bring_in,
    "publish a draft": lambda folder: store.release(folder, "d", "Ada", ""),
    "go back a version": lambda folder: store.release(folder, "a", "Ada", ""),
    "discard a draft": lambda folder: store.discard(folder, "d", "Ada", ""),
    "restore a draft": lambda folder: store.restore_draft(folder, "c", "Ada", ""),
    "empty the trash": lambda folder: store.empty_trash(folder, "Ada", ""),
    "accept declarations": _accept,
    "journal an export": lambda folder: journal.record(
        folder, "export", who="Bea", version="b", detail={"form": "csv"}
    ),
    "save a view": _save_view,
    "keep a mapping": lambda folder: keep_mapping(folder, "other", own_mapping(words_of(folder))),
    "write shards": lambda folder: store.write_shards(folder, "b", 3),
    "back up": lambda folder: upkeep.back_up(folder, folder.parent / "backup"),
}


def what_is_bad(folder: Path, act: Act) -> str:
    """What a broken-off act left that it must not; nothing if the registry is as before or as after, and the act works now."""
    try:
        store.open_registry(folder).close()
        journal.verify(folder)
        # What cannot be done twice says that it is done.
        with suppress(RegistryProblem, ViewProblem):
            act(folder)
        faults = upkeep.verify_registry(folder).faults
        return faults[0] if faults else ""
    except (PlainProblem, OSError) as problem:
        return f"{type(problem).__name__}: {problem}"


@contextmanager
def failing_at(home: Any, name: str, nth: int, error: BaseException) -> Iterator[list[int]]:
    """Let the nth call of a kind fail and everything after it work; gives the number of calls, as the only one of a list."""
    real, calls = getattr(home, name), [0]

    def counted(*arguments: Any, **options: Any) -> Any:
        calls[0] += not (home is Path and name == "open" and "wb" not in arguments)
        if calls[0] == nth:
            calls[0] += 1  # an opening to read is no call of this kind, and must not fail again
            raise error
        return real(*arguments, **options)

    setattr(home, name, counted)
    try:
        yield calls
    finally:
        setattr(home, name, real)


def failures(start: Path, name: str) -> Stopped:
    """Each call of an act that writes fails in turn."""
    bad, times = [], 0
    for home, call in STEPS:
        for nth in range(1, _MOST_CALLS):
            for error in (OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()):
                with _copy(start) as folder:
                    with (
                        failing_at(home, call, nth, error) as calls,
                        suppress(OSError, KeyboardInterrupt, PlainProblem),
                    ):
                        ACTS[name](folder)
                    if calls[0] >= nth:
                        times += 1
                        why = what_is_bad(folder, ACTS[name])
                        bad += [f"{name}, call {nth} of {call}, {error!r}: {why}"] if why else []
            if calls[0] < nth:
                break
    return Stopped(name, times, tuple(bad))


def _do(name: str, folder: Path, begun: Event) -> None:
    begun.set()
    ACTS[name](folder)


def kills(start: Path, name: str, times: int, chance: random.Random) -> Stopped:
    """Kill an act at random moments, from its beginning to a little after its end."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.tools.flips"])
    bad = []
    with _copy(start) as folder:
        began = time.monotonic()
        ACTS[name](folder)
        takes = time.monotonic() - began
    for _ in range(times):
        with _copy(start) as folder:
            begun = processes.Event()
            writer = processes.Process(target=_do, args=(name, folder, begun))
            writer.start()
            begun.wait(60)
            after = chance.uniform(0.0, 1.2 * takes)
            time.sleep(after)
            writer.kill()
            writer.join()
            why = what_is_bad(folder, ACTS[name])
            bad += [f"{name}, killed after {1000 * after:.1f} ms: {why}"] if why else []
    return Stopped(name, times, tuple(bad))


@contextmanager
def _copy(start: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=start.parent) as made:
        yield Path(shutil.copytree(start, Path(made) / "registry"))


def main() -> int:
    """Break off each act, and print the table; 1 if anything bad was left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=504, help="in all, evenly over the acts")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    chance = random.Random(told.seed)
    print("| what was broken off | killed | calls that failed | bad states |\n|---|---:|---:|---:|")
    killed, failed, bad = 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as made:
        start = Path(made) / "start"
        every_kind_of_file(start)
        for name in ACTS:
            one, other = kills(start, name, told.kills // len(ACTS), chance), failures(start, name)
            print(f"| {name} | {one.times} | {other.times} | {len(one.bad) + len(other.bad)} |", flush=True)
            killed, failed, bad = killed + one.times, failed + other.times, [*bad, *one.bad, *other.bad]
    print(f"| in all | {killed} | {failed} | {len(bad)} |")
    for sentence in bad:
        print(sentence)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
