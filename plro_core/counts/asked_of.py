"""Whether somebody else counts: the scheduler of a Dask cluster, which the environment or a command names.

Nothing of Dask is loaded here, nor where no scheduler is named.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from plro_core.counts.model import Engine
from plro_core.problems import EngineProblem, RegistryProblem
from plro_core.store import Registry, shards_of
from plro_core.text import printable

#: Environment variable that names the scheduler.
VARIABLE = "PLRO_DASK"

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")

_asked: ContextVar[str | None] = ContextVar("scheduler", default=None)


@contextmanager
def asking(scheduler: str) -> Iterator[None]:
    """Let a scheduler count, and nobody else.

    Raises:
        EngineProblem: it is not the address of one.
    """
    before = _asked.set(checked(scheduler))
    try:
        yield
    finally:
        _asked.reset(before)


def scheduler() -> str | None:
    """The address of the scheduler that counts; ``None`` if none is named.

    Raises:
        EngineProblem: what is named is not such an address.
    """
    told = _asked.get() or os.environ.get(VARIABLE, "").strip()
    return checked(told) if told else None


def cluster_of(registry: Registry) -> Engine | None:
    """The cluster that counts for a registry; ``None`` if none is named, or the registry has no shards.

    Raises:
        EngineProblem: what is named is no address, the list of the shards is damaged, or a command names a cluster and the
            registry has no shards.
    """
    address = scheduler()
    try:
        shards = shards_of(registry) if address else None
    except RegistryProblem as problem:
        raise EngineProblem(str(problem)) from None
    if address and shards:
        from plro_core.counts.dask_engine import DaskEngine

        return DaskEngine(registry, shards, address)
    if _asked.get():
        raise EngineProblem(
            f"Version {registry.version} of “{printable(registry.folder.resolve().name)}” has no shards in its present words, "
            "so Dask cannot count it; “shard” writes them."
        )
    return None


def checked(scheduler: str) -> str:
    """The address of a scheduler as it was given.

    Raises:
        EngineProblem: it has not the form of one.
    """
    if not _ADDRESS.fullmatch(scheduler):
        raise EngineProblem(
            f"“{printable(scheduler)}” is not the address of a Dask scheduler; expected such as tcp://host:8786."
        )
    return scheduler
