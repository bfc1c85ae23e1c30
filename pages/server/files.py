"""A file that a page has made goes to the browser, and to whom, it was made for, and to nobody once that session has ended.

Streamlit gives what lies at ``/media/…`` to whoever knows the address. Here a browser has a cookie that no script reads; it comes
with the handshake of each of its sessions and with what it fetches, and both must be the same, as must be who is logged in.
"""

import hmac
import re
import secrets
from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.session_manager import SessionClient

from pages.server.server import frame_ancestors
from pages.shared import held_files, identity

COOKIE = "plro_browser"
_LONG_ENOUGH = re.compile(r"[\w-]{43}", re.ASCII)
#: As long as browsers keep one: two tabs that come at once without it would be taken for two browsers.
_A_YEAR = 365 * 24 * 3600


def file_of(scope: Scope) -> str:
    """The name of the file that a request asks for; empty if it asks for something else, such as Streamlit's own fonts."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    path, place = str(scope["path"]).removeprefix(scope.get("root_path", "")), f"/{base}/media/" if base else "/media/"
    return path.removeprefix(place) if path.startswith(place) else ""


class OwnFiles:
    """Gives a browser its cookie with the first page, and answers for a file as if there were none, unless it is its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif file_of(scope) and not await run_in_threadpool(is_own, scope):
            await PlainTextResponse("There is nothing at this address.", 404)(scope, receive, send)
        elif _browser(scope):
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, _with_cookie(scope, send))


def is_own(scope: Scope) -> bool:
    """Whether a session that goes on, of the same browser and person as this request, was given the file that it asks for.

    Pictures that stand on a page hold no patient (the icon, the code of a live room): any session of the browser will do.
    """
    if not runtime.exists():
        return False
    here = runtime.get_instance()
    file = here.media_file_mgr.read_file(file_of(scope))
    if file is None:
        return False
    if file.kind == MediaFileKind.MEDIA:
        clients: list[SessionClient | None] = [info.client for info in here._session_mgr.list_active_sessions()]
    else:
        clients = [here.get_client(session) for session in held_files.holders(file.content)]
    return _is_among(scope, clients)


def _is_among(scope: Scope, clients: Iterable[SessionClient | None]) -> bool:
    browser = _browser(scope)
    if not browser:
        return False
    person = _person(scope)
    begun = [_beginning(client) for client in clients if client is not None]
    return any(
        hmac.compare_digest(browser, _browser(other)) and person == _person(other) != "forged" for other in begun
    )


def _beginning(client: SessionClient) -> Scope:
    """The request with which a session began, as far as it tells of browser and person."""
    about = client.client_context
    headers = list(about.headers) if about else []
    return {
        "type": "http",
        "headers": [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers],
    }


def _person(scope: Scope) -> str | None:
    """Who is logged in; "forged" of what does not come from the proxy, and None where no login is configured."""
    try:
        found = identity.of_request(scope)
    except identity.Forged:
        return "forged"
    return f"named {found.name}" if found else None


def _browser(scope: Scope) -> str:
    """The cookie of the browser; empty where it has none, or one that is not of ours."""
    told = HTTPConnection(scope).cookies.get(COOKIE, "")
    return told if _LONG_ENOUGH.fullmatch(told) else ""


def _with_cookie(scope: Scope, send: Send) -> Send:
    """Sends the answer; a page comes with a cookie."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers.append("Set-Cookie", _cookie(scope))
        await send(message)

    return sent


def _cookie(scope: Scope) -> str:
    """A new cookie. In a frame of another site browsers send it only if that is said, and only over TLS."""
    safe = scope.get("scheme") == "https"
    framed = safe and "http" in frame_ancestors()
    where = "SameSite=None; Partitioned" if framed else "SameSite=Lax"
    base = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_A_YEAR}; HttpOnly; {where}"
    return f"{base}; Secure" if safe else base
