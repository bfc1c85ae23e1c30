"""The web server around the pages: the settings it insists on, a warm start, health routes and fonts."""

import asyncio
import gc
import os
import re
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from streamlit import config

from pages.live import here, push
from pages.live.watching import routes as watching
from pages.server import errors
from pages.shared import identity, provider
from plro_core import answering, confined
from plro_core.problems import PlainProblem
from plro_core.text import listed, printable

ROOT = Path(__file__).resolve().parents[2]
FONTS = Path(__file__).resolve().parent / "fonts"
SCRIPTS = ROOT / "pages" / "shared" / "scripts"

#: Seconds that a thread computes before another one that wants to is let in, in place of Python's own 5 ms: a page sends
#: many small messages, and after each waits so long for whoever computes.
HAND_OVER = 0.0005

#: What the pages import, by the modules that import the others.
OF_PAGES = (
    "live.live",
    "live.turns",
    "parts.options",
    "parts.overview_view",
    "parts.record",
    "parts.registry.exports",
    "parts.registry.intake",
    "parts.registry.quality",
    "parts.registry.redcap",
    "parts.registry.report_picker",
    "parts.registry.reporting",
    "parts.registry.drafting",
    "parts.registry.verifying",
    "parts.registry.words",
    "parts.registry.versions",
    "parts.shared_view",
    "parts.steps",
    "parts.tour",
    "shared.border",
    "shared.filters",
)


# Settings that the dashboard refuses to start without


def refuse_unsafe_settings() -> None:
    """Stop with one plain sentence when the server would tell more, or to more people, than is meant."""
    if config.get_option("client.showErrorDetails") != "none":
        raise SystemExit(
            "The dashboard's own settings were not found: start it from its folder, which holds .streamlit."
        )
    address = config.get_option("server.address")
    if not (is_loopback(address) or behind_proxy()):
        raise SystemExit(
            f"Others can reach {address or 'every network address'}, so the dashboard does not start: put "
            "a proxy that asks for a login in front of it, set PLRO_BEHIND_PROXY=yes, or use 127.0.0.1."
        )
    if (behind_proxy() or not is_loopback(address)) and not identity.configured():
        raise SystemExit(
            "Others can reach the dashboard and no login is configured, so it does not start: set "
            f"{identity.HEADER} and {identity.SECRET_FILE} for a proxy that asks for one, or [auth] in secrets.toml for OpenID Connect."
        )
    identity.check_settings()
    if not config.get_option("server.allowedHosts"):
        raise SystemExit("The dashboard must know its names: set STREAMLIT_SERVER_ALLOWED_HOSTS to them.")
    provider.check_settings()
    frame_ancestors()
    try:
        here.shared()
    except PlainProblem as problem:
        raise SystemExit(f"{problem} The dashboard does not start.") from None


def is_loopback(address: str | None) -> bool:
    """Can this address be reached from this machine only? Without an address Streamlit listens everywhere."""
    if address == "localhost":
        return True
    try:
        return ip_address((address or "::").strip("[]")).is_loopback
    except ValueError:
        return False


def behind_proxy() -> bool:
    """Has the operator declared that a proxy asks for a login in front of the dashboard?"""
    return os.environ.get("PLRO_BEHIND_PROXY", "").lower() == "yes"


def frame_ancestors() -> str:
    """The sites that may show the dashboard in a frame: none, unless PLRO_FRAME_ANCESTORS names some."""
    allowed = os.environ.get("PLRO_FRAME_ANCESTORS", "'none'").strip()
    if not re.fullmatch(r"'none'|('self'|https?://[\w.*:-]+)( ('self'|https?://[\w.*:-]+))*", allowed):
        raise SystemExit("PLRO_FRAME_ANCESTORS must be a list of sites such as: 'self' https://wiki.example.org")
    return allowed


# Start


@asynccontextmanager
async def warm_up(_app: object) -> AsyncIterator[None]:
    """Load the heavy libraries before the first visitor comes, and exempt them from garbage collection.

    Streamlit collects garbage after every run of a page; without the libraries that is much faster.
    """
    errors.silence_exception_texts()
    answering.wait_no_longer()
    load_libraries()
    sys.setswitchinterval(HAND_OVER)
    gc.collect()
    gc.freeze()
    loop = asyncio.get_running_loop()
    push.serve(loop)
    here.streams().serve(loop)
    if here.shared() is not None:
        here.lookout()  # who watches here may come before anybody opens a page
    with ending_streams_on_signal():
        yield
    push.serve(None)
    here.streams().serve(None)
    confined.end_all()


@contextmanager
def ending_streams_on_signal() -> Iterator[None]:
    """Let the open streams of watchers end when the server is told to stop: it waits for every answer under way."""
    if threading.current_thread() is not threading.main_thread():  # where no signal arrives
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    streams = here.streams()

    def end(number: int, frame: FrameType | None) -> None:
        streams.close()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def load_libraries() -> None:
    """Import what every page needs and serialise one figure, which loads Plotly's encoders and templates.

    The pages' own modules are among it: their first visitor would wait longer for these than for the page. So is what
    Streamlit loads for the first icon that it shows.
    """
    import mimetypes

    import duckdb
    import pandas as pd
    import plotly.graph_objects as go
    import pyarrow as pa
    from PIL import Image

    mimetypes.init()
    Image.preinit()
    import_module("streamlit.material_icon_names")

    duckdb.connect().close()
    go.Figure(go.Scatter(x=[0, 1], y=pd.Series(pa.array([0, 1]).to_pandas()))).to_json()
    for module in OF_PAGES:
        import_module(f"pages.{module}")


# Routes


def routes() -> list[BaseRoute]:
    """Health for the operator, the fonts that the theme names, our scripts, and the page of those who watch a live room."""
    return [
        *watching.routes(),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Mount("/fonts", StaticFiles(directory=FONTS)),
        Mount("/scripts", StaticFiles(directory=SCRIPTS)),
    ]


async def healthz(_request: Request) -> Response:
    """The process is up."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


def readyz(_request: Request) -> Response:
    """Every registry that is meant to be served has a pointer to a version whose manifest can be read.

    No registry is opened for it: whether its files hold what the manifest says is seen when a page opens it. One that is at
    fault is named and nothing more is said of it here.
    """
    from plro_core.store import served_registries

    headers = {"Cache-Control": "no-store"}
    found = served_registries()
    versions = {name: _version(folder) for name, folder in found.folders.items()}
    closed = [f"“{printable(name)}”" for name, version in versions.items() if version is None]
    problems = list(found.problems)
    if closed:
        verb = "does" if len(closed) == 1 else "do"
        problems.append(f"{listed(closed)} {verb} not open; the Registry page says why.")
    if problems:
        return PlainTextResponse(" ".join(problems), 503, headers)
    return JSONResponse({"status": "ready", "registries": versions}, 200, headers)


def _version(folder: Path) -> str | None:
    """The published version of a registry by its pointer and manifest; None if one of them is at fault, whatever the reason."""
    from plro_core.store import sound_manifest

    try:
        return sound_manifest(folder).version
    except (PlainProblem, OSError):
        return None
