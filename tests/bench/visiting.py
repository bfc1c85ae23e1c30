"""A browser's tab without a browser: it speaks to a running server over its WebSocket, changes a filter, and draws nothing."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect

from tests.bench import measuring
from tests.browser_tools import ROOT, Server, free_port, start, stop, wait_until_ok

_PATIENCE = 1800.0
#: The filter that is changed.
_SLIDER = "range_age"


@contextmanager
def serving(env: Mapping[str, str], script: Path | None = None) -> Iterator[Server]:
    """A running dashboard, or a server of another script; its log is kept in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="plro-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        server = start(home, env) if script is None else _start(home, env, script)
        try:
            wait_until_ok(server, "/healthz" if script is None else "/_stcore/health")
            yield server
        finally:
            stop(server.process)


def _start(home: Path, env: Mapping[str, str], script: Path) -> Server:
    port = free_port()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "HOME": str(home), **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Server(f"http://127.0.0.1:{port}", process, home)


@dataclass(frozen=True)
class Ran:
    """One run of a page: the server's processor time in ms, the bytes that came, and the seconds until all had come."""

    milliseconds: float
    size: int
    seconds: float


class Visitor:
    """A browser's tab at one page."""

    def __init__(self, server: Server, page: str = "", query: str = "") -> None:
        self._server, self._page, self._query = server, page, query
        self._hash = self._slider = ""
        self._span = (0, 0)
        self._cached: set[str] = set()
        self._socket: ClientConnection

    async def __aenter__(self) -> "Visitor":
        address = self._server.url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(address, max_size=None, compression=None, open_timeout=_PATIENCE)
        self.first = await self._run()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def change(self, number: int) -> Ran:
        """Choose a range of ages; another one for each number up to nine."""
        low, high = self._span
        state = WidgetState(id=self._slider)
        state.double_array_value.data.extend([low + number % 3, high - number // 3])
        return await self._run(WidgetStates(widgets=[state]))

    async def again(self) -> Ran:
        """Ask for the page as it is."""
        return await self._run()

    async def _run(self, widgets: WidgetStates | None = None) -> Ran:
        state = ClientState(
            query_string=self._query,
            page_script_hash=self._hash,
            page_name="" if self._hash else self._page,
            widget_states=widgets,
            cached_message_hashes=list(self._cached),
        )
        state.context_info.url = f"{self._server.url}/{self._page}"
        state.context_info.color_scheme = "light"
        before, begun, size = await self._quiet(), time.perf_counter(), 0
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        while True:
            data = await asyncio.wait_for(self._socket.recv(), _PATIENCE)
            assert isinstance(data, bytes)
            size += len(data)
            if self._ends(ForwardMsg.FromString(data)):
                took = time.perf_counter() - begun
                return Ran(1000 * (await self._quiet() - before), size, took)

    async def _quiet(self) -> float:
        """The server's processor time once it does nothing any more: it tidies up after a run."""
        return measuring.used_by(self._server.process.pid)

    def _ends(self, message: ForwardMsg) -> bool:
        """Take notice of a message; whether it is the last one of a run."""
        if message.metadata.cacheable and message.hash:
            self._cached.add(message.hash)
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "slider":
            slider = message.delta.new_element.slider
            if slider.id.endswith(_SLIDER):
                self._slider = slider.id
                self._span = self._span if any(self._span) else (int(slider.min), int(slider.max))
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(message.delta.new_element.exception.message)
        return kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


class LoneVisitor(Visitor):
    """A visitor who is alone on the server: what it spends is all spent for this one."""

    async def _quiet(self) -> float:
        spent = measuring.used_by(self._server.process.pid)
        while True:
            await asyncio.sleep(0.02)
            now = measuring.used_by(self._server.process.pid)
            if now - spent < 0.001:
                return now
            spent = now
