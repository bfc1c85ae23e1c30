"""What every answer passes through: security headers, who may ask at all, compression.

All of it is plain ASGI, so that WebSockets pass through untouched.
"""

import base64
import hashlib
import logging
import re
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.live.watching.packed import gzipped, wants_gzip
from pages.server.door import Doorkeeper
from pages.server.errors import frames
from pages.server.files import OwnFiles, file_of
from pages.server.server import frame_ancestors
from plro_core import links

log = logging.getLogger("plro.server")

STREAMLIT_FILES = Path(st.__file__).parent / "static"
ONE_YEAR = "public, immutable, max-age=31536000"


def layers() -> list[Middleware]:
    """From the outside in: headers on every answer, who may ask at all, files for those they were made for,
    compressed program files."""
    return [
        Middleware(SecurityHeaders, policy=content_security_policy()),
        Middleware(Doorkeeper),
        Middleware(RoomLinks),
        Middleware(OwnFiles),
        Middleware(CompressedAssets, folder=STREAMLIT_FILES / "static"),
    ]


#: How an answer begins, also that to a WebSocket which is refused.
_BEGINNINGS = ("http.response.start", "websocket.http.response.start")


class SecurityHeaders:
    """Puts the security headers on every answer, whoever gives it, and keeps downloads out of every cache.

    A refused WebSocket is answered as a refused page is, and what nobody has handled is told by its kind and place alone: left to
    the web server both would go out bare, and the text of an exception into the log.
    """

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
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "websocket.close" and not begun and _takes_an_answer(scope):
                words = message.get("reason") or "The connection was refused."
                await PlainTextResponse(words, 403)(scope, receive, send_with_headers)
                return
            begun = True
            if message["type"] in _BEGINNINGS:
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                headers.update(caching(scope, message["status"]))
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except OSError:  # the browser has gone
            raise
        except Exception as error:
            log.error("An answer failed: %s at %s", type(error).__name__, frames(error))
            if begun:
                raise RuntimeError("An answer broke off.") from None
            await PlainTextResponse("The dashboard met an error.", 500)(scope, receive, send_with_headers)


def _takes_an_answer(scope: Scope) -> bool:
    """Can a WebSocket that is refused be told so with headers and words?"""
    return "websocket.http.response" in scope.get("extensions", {})


def caching(scope: Scope, status: int) -> dict[str, str]:
    """Downloads are never stored, fonts are kept for a year; the rest is as Streamlit says."""
    if file_of(scope):
        return {"Cache-Control": "no-store"}
    if scope["path"].startswith("/fonts/") and status < 400:
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
