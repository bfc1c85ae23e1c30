"""A figure as SVG, PNG or PDF at the size of a journal's column, drawn by an installed Chromium without any network.

Kaleido hands the plot to Chromium; it is loaded only when an image is asked for. The text face is written into the
picture, so that it looks the same wherever it is opened.
"""

import asyncio
import base64
import json
import math
import os
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, Thread
from typing import Any

import plotly.graph_objects as go

from plro_core.export.captions import captioned
from plro_core.export.recipe import Recipe
from plro_core.figures import Chart
from plro_core.figures.style import LIGHT, Look
from plro_core.problems import DataProblem, QueryProblem
from plro_core.shipped import FONTS
from plro_core.text import listed

IMAGES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}

#: Width in millimetres of a journal's column and page.
WIDTHS = {"single": 85.0, "double": 180.0}
#: Width in pixels at which a figure of that width is laid out; it is then scaled, text and all.
_LAID_OUT = {85.0: 440.0, 180.0: 740.0}

LEAST_DPI, MOST_DPI = 300, 1200

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 120.0
#: A proxy that is not there: whatever Chromium itself would like to fetch stays on this machine.
_NO_PROXY = "127.0.0.1:9"
_PX_PER_MM = 96 / 25.4

#: One Chromium at a time: each takes a processor and some 200 MB.
_turn = Lock()

NO_CHROMIUM = (
    "An image of a figure needs Chromium: install it (on Debian: apt install chromium), set PLRO_CHROMIUM to its path, "
    "or ask for HTML, which needs none."
)
WILL_NOT_START = (
    "Chromium is installed but does not start here (run it by hand to see why; where its own sandbox is not allowed, "
    "PLRO_CHROMIUM_SANDBOX=no does without); ask for HTML, which needs no Chromium."
)
_FAILED = "Chromium could not draw the figure ({kind}); ask for HTML, which needs no Chromium."


def find_chromium() -> str | None:
    """The path of a Chromium: the one that PLRO_CHROMIUM names, else one that is installed under a usual name."""
    named = os.environ.get("PLRO_CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, _NAMES)), None)


#: Programs that have been tried out, and what is wrong with each, if anything.
_tried: dict[str, str] = {}
_trying = Lock()


def image_trouble() -> str:
    """Why no image can be made here, in one sentence; empty where one can, as far as is known without waiting.

    An installed Chromium is tried out once, in the background, so that nobody is offered what would fail.
    """
    path = find_chromium()
    if path is None:
        return NO_CHROMIUM
    if path not in _tried and not _trying.locked():
        Thread(target=_try_out, args=(path,), daemon=True).start()
    return _tried.get(path, "")


def _try_out(path: str) -> str:
    """What is wrong with a program, tried once: Kaleido would wait for two minutes for one that does not start."""
    with _trying:
        if path not in _tried:
            _tried[path] = "" if _starts(path) else WILL_NOT_START
    return _tried[path]


def _starts(path: str) -> bool:
    """Whether a program is a Chromium that starts under this user and opens an empty page."""
    flags = ["--headless", "--disable-gpu", "--no-first-run", f"--proxy-server={_NO_PROXY}"]
    flags += [] if _sandboxed() else ["--no-sandbox"]
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command = [path, *flags, f"--user-data-dir={profile}", "--dump-dom", "about:blank"]
            answer = subprocess.run(  # noqa: S603 - the operator names the program, nobody else
                command, capture_output=True, timeout=_SECONDS, stdin=subprocess.DEVNULL
            )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and b"<html" in answer.stdout


def _sandboxed() -> bool:
    """Chromium's own sandbox, except where it cannot be: as root, or in a service that confines it already."""
    return os.geteuid() != 0 and os.environ.get("PLRO_CHROMIUM_SANDBOX") != "no"


def figure_image(
    chart: Chart,
    recipe: Recipe,
    format: str,
    width_mm: float = WIDTHS["double"],
    dpi: int = LEAST_DPI,
    look: Look = LIGHT,
) -> bytes:
    """A figure with its title and caption as the bytes of an image; ``look`` is the one that it was drawn in.

    Raises:
        QueryProblem: the format, the width or the resolution is not one that is offered.
        DataProblem: there is no Chromium, or it failed.
    """
    if format not in IMAGES:
        raise QueryProblem(f"“{format}” is not an image format; expected {listed(list(IMAGES), 'or')}.")
    if width_mm not in _LAID_OUT:
        raise QueryProblem(f"A figure is {listed([f'{width:g}' for width in _LAID_OUT], 'or')} mm wide.")
    if not LEAST_DPI <= dpi <= MOST_DPI:
        raise QueryProblem(f"The resolution is {LEAST_DPI} to {MOST_DPI} dpi.")
    width = _LAID_OUT[width_mm]
    figure = captioned(chart, recipe, width, look)
    natural = width_mm * _PX_PER_MM / width  # the scale at which CSS pixels give the width asked for
    dots = math.ceil(width_mm / 25.4 * dpi) + 0.01  # a canvas drops fractions of a dot
    content = _drawn(figure, format, dots / width if format == "png" else natural)
    if format == "svg":
        return _in_millimetres(content.decode(), width_mm).encode()
    return _with_resolution(content, dpi) if format == "png" else content


def _drawn(figure: go.Figure, format: str, scale: float) -> bytes:
    """Kaleido's answer, from a thread of its own: it needs an event loop, and the caller may have one already."""
    path = find_chromium()
    if path is None:
        raise DataProblem(NO_CHROMIUM)
    if trouble := _try_out(path):
        raise DataProblem(trouble)
    with _turn, ThreadPoolExecutor(1) as thread:
        try:
            return thread.submit(asyncio.run, _ask_kaleido(figure, format, scale, path)).result()
        except Exception as problem:  # its text may hold what was drawn, so only its kind is told
            raise DataProblem(_FAILED.format(kind=type(problem).__name__)) from None


async def _ask_kaleido(figure: go.Figure, format: str, scale: float, path: str) -> bytes:
    import kaleido

    class Page:
        """Kaleido's page without its formula script, which it would load from the network, and with our text face."""

        def generate_index(self) -> str:
            page: str = kaleido.PageGenerator(mathjax=False).generate_index()
            return page.replace("</head>", f"{_page_head()}</head>")

    async def draw() -> bytes:
        options = {"path": path, "enable_sandbox": _sandboxed(), "proxy_server": _NO_PROXY}
        async with kaleido.Kaleido(page_generator=Page(), timeout=_SECONDS, **options) as browser:
            return await browser.calc_fig(figure, opts={"format": format, "scale": scale})

    work: Coroutine[Any, Any, bytes] = draw()
    return await asyncio.wait_for(work, _SECONDS)


# The text face.

_FACES = {
    "ibm-plex-sans-latin-wght-normal.woff2": "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, "
    "U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215",
    "ibm-plex-sans-symbols-wght-normal.woff2": "U+2070-2079, U+2080-2089, U+2190, U+2192, U+2194-2199, U+2248, U+2260, "
    "U+2264-2265",
}


def font_faces() -> str:
    """The dashboard's text face as style rules that hold the fonts; empty where they are missing (then any sans)."""
    rules = []
    for name, characters in _FACES.items():
        path = FONTS / name
        if path.is_file():
            data = base64.b64encode(path.read_bytes()).decode()
            rules.append(
                '@font-face{font-family:"IBM Plex Sans";font-weight:100 700;'
                f'src:url(data:font/woff2;base64,{data}) format("woff2");unicode-range:{characters}}}'
            )
    return "".join(rules)


def _page_head() -> str:
    """Fonts for measuring text in the page, and written into each picture; a page without margins."""
    return f"""<style>@page {{ margin: 0 }} {font_faces()}</style>
<script>
const faces = {json.dumps(font_faces())};
const serialize = XMLSerializer.prototype.serializeToString;
XMLSerializer.prototype.serializeToString = function (node) {{
  const text = serialize.call(this, node);
  return text.startsWith("<svg") ? text.replace(/^<svg[^>]*>/, (root) => root + "<style>" + faces + "</style>") : text;
}};
for (const face of document.fonts) face.load();
</script>
"""


# What Chromium leaves open.


def _in_millimetres(svg: str, width_mm: float) -> str:
    """The picture's own size in millimetres, so that a layout program places it at the width asked for."""
    found = re.search(r'<svg[^>]*?\bviewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise DataProblem(_FAILED.format(kind="no viewBox"))
    height_mm = width_mm * float(found[2]) / float(found[1])
    root = re.sub(r'\b(width|height)="[^"]*"', "", found[0])
    sized = root.replace("<svg", f'<svg width="{width_mm:g}mm" height="{height_mm:.2f}mm"', 1)
    return svg.replace(found[0], sized, 1)


def _with_resolution(png: bytes, dpi: int) -> bytes:
    """The picture with its resolution written into it, which journals check (chunk pHYs, in dots a metre)."""
    dots = round(dpi / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", dots, dots, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    after_header = 8 + 25
    return png[:after_header] + chunk + png[after_header:]
