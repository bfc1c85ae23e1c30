"""What every answer passes through: who may ask at all, security headers, compression.

All of it is plain ASGI, so that WebSockets pass through untouched.
"""

import base64
import hashlib
import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from pages.live.watching.packed import gzipped, wants_gzip
from pages.server.server import behind_proxy, frame_ancestors
from plro_core import links

STREAMLIT_FILES = Path(st.__file__).parent / "static"
ONE_YEAR = "public, immutable, max-age=31536000"


def layers() -> list[Middleware]:
    """From the outside in: who may ask at all, headers on every answer, compressed program files."""
    return [
        Middleware(Doorkeeper),
        Middleware(SecurityHeaders, policy=content_security_policy()),
        Middleware(RoomLinks),
        Middleware(CompressedAssets, folder=STREAMLIT_FILES / "static"),
    ]


class Doorkeeper:
    """Refuses, before Streamlit sees it, what comes from where nothing should come from.

    Settings alone do not suffice: Streamlit's configuration does not see ``uvicorn --host``, and Streamlit asks a
    host on the internet for this machine's address when another site tries to open a connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = None if scope["type"] == "lifespan" else refusal(scope)
        if reason is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(reason, 403)(scope, receive, send)


def refusal(scope: Scope) -> str | None:
    """Why a request is refused, in one sentence; None if it is welcome."""
    if arrived_from_outside(scope) and not behind_proxy():
        return "The dashboard answers on this machine only, until a proxy with a login is in front of it."
    if sent_by_another_site(scope):
        return "The dashboard answers its own pages only, not those of another site."
    return None


def arrived_from_outside(scope: Scope) -> bool:
    """Did the request reach a network address that other machines can reach?"""
    host = (scope.get("server") or ("",))[0]
    try:
        return not ip_address(host).is_loopback
    except ValueError:  # a Unix socket or a test client has no network address
        return False


def sent_by_another_site(scope: Scope) -> bool:
    """Does a browser say that a page of another site sent this request? Without an origin nothing is claimed."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None or origin in config.get_option("server.corsAllowedOrigins"):
        return False
    claimed = urlsplit(origin)
    own = {headers.get("host", "").removesuffix(port) for port in ("", {"https": ":443"}.get(claimed.scheme, ":80"))}
    return claimed.netloc not in own


class SecurityHeaders:
    """Puts the security headers on every HTTP answer, and keeps downloads out of every cache."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                headers.update(caching(scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def caching(path: str, status: int) -> dict[str, str]:
    """Downloads are never stored, fonts are kept for a year; the rest is as Streamlit says."""
    if "/media/" in path:
        return {"Cache-Control": "no-store"}
    if path.startswith("/fonts/") and status < 400:
        return {"Cache-Control": ONE_YEAR}
    return {}


def content_security_policy() -> str:
    """Only our own origin, and of inline scripts only the one that the installed Streamlit ships."""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {' '.join(inline_script_hashes())}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "frame-src 'none'",
            f"frame-ancestors {frame_ancestors()}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


def inline_script_hashes() -> list[str]:
    """The CSP hash of each inline script in Streamlit's page; it changes with Streamlit's version."""
    page = (STREAMLIT_FILES / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


class RoomLinks:
    """Leads a link such as ``/?room=ABCDEF``, as it was given out before, to the page of those who watch."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        code = room_of_link(scope)
        if code is None:
            await self.app(scope, receive, send)
        else:
            await RedirectResponse(f"watch/{quote(code, safe='')}", 302)(scope, receive, send)


def room_of_link(scope: Scope) -> str | None:
    """The code of the room that the address of a page names; None if it names none."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or not re.fullmatch(r"/\w*", scope["path"]):
        return None
    named = dict(links.pairs(scope["query_string"].decode("latin-1")))
    return named.get("room", "").strip()[:20] or None


class CompressedAssets:
    """Serves Streamlit's program files gzipped, each compressed once; by itself it sends them uncompressed.

    A first visit loads several megabytes of them, which matters on a slow network.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self.app = app
        # Only names from this list are ever opened, so a hostile path cannot leave the folder.
        names = [path for path in folder.rglob("*") if path.suffix in {".js", ".css"}]
        self.files = {f"/static/{path.relative_to(folder).as_posix()}": path for path in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.files.get(scope.get("path", ""))
        if file is None or scope["type"] != "http" or not wants_gzip(scope):
            await self.app(scope, receive, send)
            return
        content = await run_in_threadpool(gzipped, file)
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": ONE_YEAR}
        media_type = "text/css" if file.suffix == ".css" else "text/javascript"
        await Response(content, headers=headers, media_type=media_type)(scope, receive, send)
