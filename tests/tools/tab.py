"""A session of the dashboard over its WebSocket that answers as a browser's tab does and draws nothing."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 180.0


@dataclass
class Tab:
    """One session: what a browser's tab would know of it."""

    url: str
    query: str
    path: str = ""
    #: What the browser sends with the handshake beside what it must, such as its cookies.
    headers: dict[str, str] = field(default_factory=dict)
    socket: ClientConnection | None = None
    session: str = ""
    page: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    #: Downloads that are made on the click: key -> under which name the click asks for one.
    files: dict[str, str] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)
    answers: dict[str, BackendOperationResponse] = field(default_factory=dict)
    complete: dict[str, float] = field(default_factory=dict)
    cached: dict[str, ForwardMsg] = field(default_factory=dict)
    timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    #: Whether a run of the page is under way.
    running: bool = False
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Tab":
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket = await connect(
            address, max_size=None, compression=None, open_timeout=PATIENCE, additional_headers=self.headers
        )
        self._listener = asyncio.create_task(self._listen())
        await self.ask()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (*self.timers.values(), self._listener):
            if task is not None:
                task.cancel()
        if self.socket is not None:
            await self.socket.close()

    async def ask(self, button: str = "", page: str = "", fragment: str = "", history: bool = False) -> None:
        """Ask for a run: of the page as it is, of another page, after a click on a button, of a fragment, or of the view
        that the address names, as the browser's Back does.
        """
        state = ClientState(
            query_string=self.query,
            page_script_hash=page or self.page,
            page_name="" if self.page else self.path,
            fragment_id=fragment,
            is_auto_rerun=bool(fragment),
            is_history_navigation=history,
            cached_message_hashes=list(self.cached),
        )
        state.context_info.url = f"{self.url}/{self.path}"
        state.context_info.color_scheme = "light"
        if button:
            state.widget_states.widgets.append(WidgetState(id=button, trigger_value=True))
        if self.socket is not None:
            await self.socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def act(self, action: str) -> None:
        """Open a page by its name, or press a button by the end of its key, which begins with a hyphen."""
        if action.startswith("-"):
            await self.ask(button=next(known for known in self.buttons if known.endswith(action)))
        else:
            await self.ask(page=self.pages[action])

    async def take(self, key: str) -> str:
        """The path at which a download lies after a click on its button; empty if it was refused."""
        asked = BackendOperationRequest(request_id=secrets.token_hex(8), session_id=self.session)
        known = next(number for name, number in self.files.items() if name.endswith(f"-{key}"))
        asked.deferred_file.file_id = known
        assert self.socket is not None
        await self.socket.send(BackMsg(backend_operation_request=asked).SerializeToString())
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: asked.request_id in self.answers), PATIENCE)
        return self.answers[asked.request_id].deferred_file.url

    async def shows(self, words: str, since: float = 0.0) -> float:
        """When, after a moment, a run had arrived completely that has these words."""

        def found() -> float | None:
            return next((when for text, when in self.complete.items() if words in text and when > since), None)

        async with self._changed:
            return await asyncio.wait_for(self._changed.wait_for(found), PATIENCE) or 0.0

    async def _listen(self) -> None:
        assert self.socket is not None
        try:
            async for data in self.socket:
                message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
                await self._take(message)
        except ConnectionClosed:
            return

    async def _take(self, message: ForwardMsg) -> None:
        if message.HasField("ref_hash"):
            message = self.cached[message.ref_hash]
        elif message.metadata.cacheable:
            self.cached[message.hash] = message
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            if not message.metadata.run.fragment_ids:
                self._start_anew()
                self.running = True
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._ring_every(message.auto_rerun.interval, message.auto_rerun.fragment_id)
        elif kind == "backend_operation_response":
            async with self._changed:
                answer = message.backend_operation_response
                self.answers[answer.request_id] = answer
                self._changed.notify_all()
        elif kind == "page_config_changed" and message.page_config_changed.favicon:
            self.pictures.append(message.page_config_changed.favicon)
        elif kind == "delta" and message.delta.HasField("new_element"):
            self._note(message)
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            await self._finish()

    def _start_anew(self) -> None:
        self.texts.clear()
        self.complete = {}
        self.buttons.clear()
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind in ("heading", "markdown"):
            self.texts.append(getattr(element, kind).body.replace("\\", ""))
        elif kind == "button":
            self.buttons[element.button.id] = element.button.label
        elif kind == "download_button":
            self.files[element.download_button.id] = element.download_button.deferred_file_id

    async def _finish(self) -> None:
        self.running = False
        async with self._changed:
            now = time.perf_counter()
            self.complete = {text: self.complete.get(text, now) for text in self.texts}
            self._changed.notify_all()

    def _ring_every(self, seconds: float, fragment: str) -> None:
        if fragment in self.timers:
            self.timers[fragment].cancel()
        self.timers[fragment] = asyncio.create_task(self._ring(seconds, fragment))

    async def _ring(self, seconds: float, fragment: str) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.ask(fragment=fragment)
