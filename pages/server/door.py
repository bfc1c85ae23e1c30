"""Who may ask at all: what comes from where nothing should come from is refused before Streamlit sees it.

Settings alone do not suffice: Streamlit's configuration does not see ``uvicorn --host``, Streamlit looks at the name by which it
is called on its WebSocket alone, and it asks a host on the internet for this machine's address when another site tries to open
a connection.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from pages.server.server import behind_proxy
from pages.shared import identity

#: What Streamlit answers and nobody is to be told: how many sessions there are, and what they take.
CLOSED = ("/_stcore/metrics", "/_stcore/script-health-check")
#: What a monitor of this machine asks without a proxy in between; neither tells of a patient.
HEALTH = ("/healthz", "/readyz")
#: Where Streamlit takes files, from whoever has opened a session.
UPLOADS = "/_stcore/upload_file"
#: Headers by which a proxy says for whom it asks.
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Doorkeeper:
    """Refuses what is not welcome, and says in one sentence why."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = None if scope["type"] == "lifespan" else refusal(scope)
        if reason is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        elif reason is not None:
            await PlainTextResponse(reason, 403)(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].rstrip("/").endswith(CLOSED):
            await PlainTextResponse("There is nothing at this address.", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def refusal(scope: Scope) -> str | None:
    """Why a request is refused, in one sentence; None if it is welcome."""
    if arrived_from_outside(scope) and not behind_proxy():
        return "The dashboard answers on this machine only, until a proxy with a login is in front of it."
    if not identity.configured() and asked_for_somebody(scope):
        return "The dashboard answers this machine only, because no login is configured."
    if scope["path"] not in HEALTH or asked_for_somebody(scope):
        try:
            asking = identity.of_request(scope)
        except identity.Forged as problem:
            return str(problem)
        if asking is None and identity.configured() and UPLOADS in scope["path"]:
            return "The dashboard takes files from those who are logged in only."
    if not called_by_its_name(scope):
        return "The dashboard does not answer to this name; server.allowedHosts lists those to which it does."
    if sent_by_another_site(scope):
        return "The dashboard answers its own pages only, not those of another site."
    return None


def arrived_from_outside(scope: Scope) -> bool:
    """Did the request reach a network address that other machines can reach?"""
    return _is_elsewhere(scope, "server")


def asked_for_somebody(scope: Scope) -> bool:
    """Does the request come from another machine, itself or through a proxy?"""
    return _is_elsewhere(scope, "client") or any(name in Headers(scope=scope) for name in FORWARDED)


def _is_elsewhere(scope: Scope, end: str) -> bool:
    """Is an end of the connection a network address that is not this machine's own?"""
    host = (scope.get(end) or ("",))[0]
    try:
        return not ip_address(host).is_loopback
    except ValueError:  # a Unix socket or a test client has no network address
        return False


def called_by_its_name(scope: Scope) -> bool:
    """Does the request name one host, and one that ``server.allowedHosts`` lists?

    Otherwise another site could give this machine's address for its own name, and read what is answered.
    """
    named = Headers(scope=scope).getlist("host")
    return len(named) == 1 and is_host_allowed(named[0])


def sent_by_another_site(scope: Scope) -> bool:
    """Does a browser say that a page of another site sent this request? Without an origin nothing is claimed."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None or origin in config.get_option("server.corsAllowedOrigins"):
        return False
    claimed = urlsplit(origin)
    own = {headers.get("host", "").removesuffix(port) for port in ("", {"https": ":443"}.get(claimed.scheme, ":80"))}
    return claimed.netloc not in own
