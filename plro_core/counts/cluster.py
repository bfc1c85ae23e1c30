"""The line to the scheduler of a Dask cluster: tasks go out and their results come back, or one sentence says why not.

Every wait has an end. One line to a scheduler is kept for all threads; a line that broke is made anew with the next question.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from plro_core.problems import EngineProblem

if TYPE_CHECKING:
    from distributed import Client

#: Seconds within which a scheduler has to say that it is one.
TO_CONNECT = 5.0
#: Seconds within which all workers have to answer; the first question has them open their shards.
TO_COUNT = 120.0
#: Seconds for which a scheduler that could not be reached is not tried again: a page asks many questions.
TO_REST = 5.0

Task = TypeVar("Task")

_lines: dict[str, "Client"] = {}
_refused: dict[str, tuple[float, str]] = {}
_connecting = threading.Lock()


def workers(address: str) -> list[str]:
    """The addresses of the workers of a scheduler, in a fixed order.

    Raises:
        EngineProblem: Dask is not installed, the scheduler cannot be reached, or it has no worker.
    """
    client = _line(address)

    async def asked() -> dict[str, int]:
        found: dict[str, int] = await client.nthreads()
        return found

    found = sorted(_within(client, address, TO_CONNECT, asked))
    if not found:
        raise EngineProblem(
            f"The Dask scheduler at {address} has no workers, so nothing can be counted; start some with “dask worker”."
        )
    return found


def results(address: str, function: Callable[[Task], Any], tasks: Sequence[tuple[str, Task]]) -> list[Any]:
    """What a function says of each task; each goes to the worker named with it, or to another if that one is lost.

    Raises:
        EngineProblem: the scheduler is gone, the workers are, or they take too long.
    """
    client = _line(address)

    async def gathered() -> list[Any]:
        futures = [
            client.submit(function, task, workers=[worker], allow_other_workers=True, pure=False)
            for worker, task in tasks
        ]
        found: list[Any] = await client.gather(futures, asynchronous=True)
        return found

    return _within(client, address, TO_COUNT, gathered)


def forget(address: str) -> None:
    """Let go of a line, so that the next question makes a new one."""
    with _connecting:
        client = _lines.pop(address, None)
        _refused.pop(address, None)
    if client is not None:
        _close(client)


def _line(address: str) -> "Client":
    with _connecting:
        client = _lines.get(address)
        if client is not None and client.status == "running":
            return client
        if client is not None:
            _close(_lines.pop(address))
        until, sentence = _refused.get(address, (0.0, ""))
        if time.monotonic() < until:
            raise EngineProblem(sentence)
        try:
            _lines[address] = _connected(address)
        except EngineProblem as problem:
            _refused[address] = time.monotonic() + TO_REST, str(problem)
            raise
        return _lines[address]


def _connected(address: str) -> "Client":
    """A new line to a scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise EngineProblem(
            "Dask is not installed here, so no scheduler can be asked; install the “dask” extra of this program."
        ) from None
    logging.getLogger("distributed").setLevel(
        logging.CRITICAL + 1
    )  # what it would say of a fault is said in a sentence
    try:
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, _greeted(address)).result()
        return Client(address, timeout=TO_CONNECT, set_as_default=False)
    except Exception:
        raise EngineProblem(
            f"No Dask scheduler answers at {address}; expected one there (PLRO_DASK or --dask says where)."
        ) from None


async def _greeted(address: str) -> None:
    """Shake hands once: a client of Dask waits without end for the hand of whoever says nothing."""
    from distributed.comm.core import connect
    from distributed.security import Security

    async def shaken() -> None:
        line = await connect(address, timeout=TO_CONNECT, **Security().get_connection_args("client"))
        await line.close()

    await asyncio.wait_for(shaken(), TO_CONNECT)


def _within(client: "Client", address: str, seconds: float, asked: Callable[[], Any]) -> Any:
    """The answer of the scheduler or of its workers, within some seconds."""
    try:
        return client.sync(asked, callback_timeout=seconds)
    except Exception as problem:
        gone = client.status != "running" or not isinstance(problem, asyncio.TimeoutError | TimeoutError)
        forget(address)
        raise EngineProblem(_why(address, seconds, problem, gone)) from None


def _why(address: str, seconds: float, problem: Exception, gone: bool) -> str:
    if type(problem).__name__ == "KilledWorker":
        return f"Worker after worker of the Dask scheduler at {address} was lost while counting; they may lack memory."
    if gone:
        return f"The Dask scheduler at {address} is gone; nothing was counted."
    return f"The Dask cluster at {address} did not answer within {seconds:g} seconds; nothing was counted."


def _close(client: "Client") -> None:
    """Close a line without waiting for whoever is at its other end."""
    threading.Thread(target=client.close, args=(TO_CONNECT,), daemon=True).start()
