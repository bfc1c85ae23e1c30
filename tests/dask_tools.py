"""Dask clusters on this machine, and registries in shards for their workers."""

import os
import signal
import socket
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import distributed
import pyarrow as pa

from plro_core.counts import cluster
from plro_core.counts.dask_engine import DaskEngine
from plro_core.store import Registry, open_registry, publish, shards_of, write_shards
from plro_core.vocabulary import STANDARD, Vocabulary
from tests.oracle import ABOUT


@contextmanager
def running_cluster(workers: int = 2, port: int = 0) -> Iterator[distributed.LocalCluster]:
    """A scheduler with so many workers, each a process of its own; all are gone afterwards.

    A new process runs the main module anew, and a test of a page leaves its script as that.
    """
    main, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    try:
        running = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=workers > 0,
            dashboard_address=":0",
            scheduler_port=port,
            silence_logs=100,
        )
        try:
            yield running
        finally:
            cluster.forget(running.scheduler_address)
            running.close()
    finally:
        sys.modules["__main__"] = main


def process_of(running: distributed.LocalCluster, worker: int) -> int:
    """The number of a worker's process."""
    return [nanny.process.pid for nanny in running.workers.values()][worker]


@contextmanager
def frozen(*processes: int) -> Iterator[None]:
    """Processes that do nothing meanwhile; one that is gone afterwards was killed meanwhile."""
    for number in processes:
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in processes:
            try:
                os.kill(number, signal.SIGCONT)
            except ProcessLookupError:
                continue


def in_shards(
    tables: Mapping[str, pa.Table], folder: Path, into: int = 3, vocabulary: Vocabulary = STANDARD
) -> Registry:
    """A registry with shards; whoever asks for it closes it."""
    folder.mkdir(exist_ok=True)
    if vocabulary.declared.text:
        (folder / "variables.toml").write_text(vocabulary.declared.text, encoding="utf-8")
    publish(tables, ABOUT | {"version": "v1"}, folder, vocabulary)
    write_shards(folder, "v1", into)
    return open_registry(folder)


def engine(registry: Registry, address: str) -> DaskEngine:
    """Who counts its shards at a scheduler."""
    shards = shards_of(registry)
    assert shards is not None
    return DaskEngine(registry, shards, address)


def shards_home(registry: Registry) -> Path:
    """The folder of its shards."""
    shards = shards_of(registry)
    assert shards is not None
    return registry.folder / "shards" / shards.name


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A port at which somebody answers the phone, and its address as that of a scheduler."""
    with socket.socket() as phone:
        phone.bind(("127.0.0.1", 0))
        phone.listen(20)
        yield phone, f"tcp://127.0.0.1:{phone.getsockname()[1]}"


class Workers:
    """Makes the engine of a registry that was never on disk: its tables in shards, a cluster that starts with the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = ExitStack()
        self._address = ""
        self._made: dict[int, tuple[Registry, DaskEngine]] = {}

    def __call__(self, registry: Registry) -> DaskEngine:
        if not self._address:
            self._address = self._left.enter_context(running_cluster()).scheduler_address
        if id(registry) not in self._made:
            tables = dict(registry.tables)
            home = self._folder / str(len(self._made))
            opened = in_shards(tables, home, vocabulary=registry.vocabulary)
            self._left.callback(opened.close)
            self._made[id(registry)] = (
                registry,
                engine(opened, self._address),
            )  # kept, so that no other gets its number
        return self._made[id(registry)][1]

    def close(self) -> None:
        """No process is left."""
        self._left.close()
