"""Every address of the server and how to ask it in the ways that are refused: what tests and ``make attack`` share."""

import http.client
from collections.abc import Iterable, Iterator, Mapping
from unittest.mock import MagicMock
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Mount
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from pages.server import middleware
from pages.server import server as rooms

SECURITY = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
)
#: What a browser sends to open a WebSocket.
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FOREIGN_SITE = {"Origin": "https://evil.example"}
FOREIGN_NAME = {"Host": "evil.example"}

Answer = tuple[int, http.client.HTTPMessage, bytes]


def filled(path: str) -> str:
    """A path with "none" for each parameter."""
    pieces = path.split("{")
    return pieces[0] + "".join("none" + piece.partition("}")[2] for piece in pieces[1:])


def every_address() -> list[str]:
    """Those of Streamlit and ours; what Streamlit adds one day is among them by itself."""
    found = {filled(path) or "/" for path in _paths([*create_streamlit_routes(MagicMock()), *rooms.routes()])}
    return sorted(found | {"/watch/ABCDEF/steps/page/light", "/pain", "/nowhere/at/all", "/static/%2e%2e/index.html"})


def _paths(routes: Iterable[BaseRoute], below: str = "") -> Iterator[str]:
    for route in routes:
        path = below + str(getattr(route, "path", ""))
        if isinstance(route, Mount):
            yield from _paths(route.routes, path) if route.routes else [path + "/none"]
        else:
            yield path


def asked(
    server: str, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", hosts: Iterable[str] = ()
) -> Answer:
    """The answer to a request whose head is written as it stands here."""
    place = urlsplit(server)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    named = [headers["Host"]] if headers and "Host" in headers else [place.netloc]
    try:
        connection.putrequest(method, path, skip_host=True)
        for host in hosts or named:
            connection.putheader("Host", host)
        for name, value in (headers or {}).items():
            if name != "Host":
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, b"" if answer.status == 101 else answer.read()
    finally:
        connection.close()


def is_covered(headers: http.client.HTTPMessage) -> bool:
    """Whether an answer has each security header, once."""
    policy = headers["Content-Security-Policy"]
    return policy == middleware.content_security_policy() and all(
        len(headers.get_all(name, [])) == 1 for name in SECURITY
    )
