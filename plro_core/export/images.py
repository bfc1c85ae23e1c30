"""A figure as SVG, PDF, EPS, PNG or TIFF at the size of a journal's column, drawn by an installed Chromium without any network.

Kaleido hands the plot to Chromium; it is loaded only when an image is asked for. The text face is written into the
picture, so that it looks the same wherever it is opened.
"""

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
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from threading import Lock, Thread

import plotly.graph_objects as go

from plro_core.export.captions import captioned, without_words
from plro_core.export.drawing import NO_PROXY, SECONDS, drawn
from plro_core.export.embedding import in_picture
from plro_core.export.eps import as_eps
from plro_core.export.recipe import Recipe
from plro_core.figures import FIGURES, Chart
from plro_core.figures.choosing import TAKEN_AS
from plro_core.figures.style import LIGHT, Look
from plro_core.problems import DataProblem, QueryProblem
from plro_core.shipped import FONTS
from plro_core.text import listed

IMAGES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "tiff": "image/tiff",
    "eps": "application/postscript",
}

#: Widths in millimetres of a journal's column, of one and a half, and of a page.
WIDTHS = {"single": 85.0, "middle": 129.0, "double": 180.0}
NARROWEST, WIDEST = 60.0, 300.0
#: Millimetres beyond which no poster is high.
_HIGHEST = 2000
#: Pixels in a millimetre for which a figure is laid out; it is then scaled, text and all: its smallest type, of 10 pixels, is
#: 8 points high in print.
_LAID_OUT = 72 / 25.4 / 0.8
#: What is left of a figure that is lower than this, beside title and caption, cannot be read.
_LOWEST = 100.0

LEAST_DPI, MOST_DPI = 300, 1200

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
NO_FACE = "The text face of figures is not installed ({file} is missing): install this program anew, or ask for HTML."
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
    flags = ["--headless", "--disable-gpu", "--no-first-run", f"--proxy-server={NO_PROXY}"]
    flags += [] if _sandboxed() else ["--no-sandbox"]
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command = [path, *flags, f"--user-data-dir={profile}", "--dump-dom", "about:blank"]
            answer = subprocess.run(  # noqa: S603 - the operator names the program, nobody else
                command, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL
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
    *,
    height_mm: float | None = None,
    bare: bool = False,
) -> bytes:
    """A figure with its title and caption as the bytes of an image; ``look`` is the one that it was drawn in.

    Widths and heights are in millimetres, those of the whole image; without a height it is as high as on the page. ``bare`` leaves
    out title and caption, which journals print themselves: they stand in :func:`plro_core.export.captions.legend`.

    Raises:
        QueryProblem: the format, a length or the resolution is not one that is offered.
        DataProblem: there is no Chromium, it failed, the text face is missing, or the figure draws what an EPS cannot hold.
    """
    if format not in IMAGES:
        raise QueryProblem(f"“{format}” is not an image format; expected {listed(list(IMAGES), 'or')}.")
    if not NARROWEST <= width_mm <= WIDEST:
        raise QueryProblem(f"A figure is {NARROWEST:g} to {WIDEST:g} mm wide, and not {width_mm:g}.")
    if not LEAST_DPI <= dpi <= MOST_DPI:
        raise QueryProblem(f"The resolution is {LEAST_DPI} to {MOST_DPI} dpi.")
    needed = FIGURES[chart.name].narrowest if chart.name in FIGURES else NARROWEST
    if width_mm < needed:
        raise QueryProblem(f"“{chart.name}” needs {needed:g} mm for type of 8 points, and not {width_mm:g}.")
    width = width_mm * _LAID_OUT
    figure = without_words(chart, width, look) if bare else captioned(chart, recipe, width, look)
    if height_mm is not None:
        _set_height(figure, height_mm * _LAID_OUT, chart)
    natural = width_mm * _PX_PER_MM / width  # the scale at which CSS pixels give the width asked for
    dots = math.ceil(width_mm / 25.4 * dpi) + 0.01  # a canvas drops fractions of a dot
    drawn_as = {"tiff": "png", "eps": "pdf"}.get(format, format)
    content = _drawn(figure, drawn_as, dots / width if drawn_as == "png" else natural)
    finish: dict[str, Callable[[], bytes]] = {
        "svg": lambda: _in_millimetres(_with_fixed_names(content.decode()), width_mm).encode(),
        "png": lambda: _with_resolution(content, dpi),
        "tiff": lambda: _as_tiff(content, dpi),
        "eps": lambda: as_eps(content, look.background),
        "pdf": lambda: content,
    }
    try:
        return in_picture(finish[format](), format, recipe, chart.title, chart.summary, chart.sha256)
    except DataProblem:
        raise
    except Exception:  # whatever libraries raise of what is no picture; their text may hold what was drawn
        raise DataProblem(_FAILED.format(kind="no picture")) from None


def _drawn(figure: go.Figure, format: str, scale: float) -> bytes:
    """What Chromium draws.

    Raises:
        DataProblem: there is none, it failed, or the text face is missing.
    """
    faces = _page_head()
    for number, trace in enumerate(figure.data, 1):
        trace.uid = f"-{number}"  # Plotly draws one by lot otherwise, and writes it into an SVG
    path = find_chromium()
    if path is None:
        raise DataProblem(NO_CHROMIUM)
    if trouble := _try_out(path):
        raise DataProblem(trouble)
    with _turn:
        try:
            return drawn(figure, {"format": format, "scale": scale}, path, _sandboxed(), faces)
        except Exception as problem:  # its text may hold what was drawn, so only its kind is told
            raise DataProblem(_FAILED.format(kind=type(problem).__name__)) from None


# The text face.

_RANGES = {
    "latin": "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2191, "
    "U+2193, U+2212, U+2215",
    "symbols": "U+2070-2079, U+2080-2089, U+2190, U+2192, U+2194-2199, U+2248, U+2260, U+2264-2265",
    "latin-ext": "U+0100-0130, U+0132-0151, U+0154-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1E00-1E9F, U+1EF2-1EFF",
}


def font_faces() -> str:
    """The dashboard's text face as style rules that hold the fonts; empty where they are missing (then any sans)."""
    return _rules((f"{name}-wght", "100 700", _RANGES[name]) for name in ("latin", "symbols"))


def printed_faces() -> str:
    """The same with a file for each weight: of one file for all weights Chromium makes drawings of letters in a PDF (Type 3), which
    no journal takes and nobody can search.

    Raises:
        DataProblem: a file is missing; another face would need other room, and words would collide.
    """
    files = [_file(f"{name}-{weight}") for name in _RANGES for weight in (400, 700)]
    if missing := [file.name for file in files if not file.is_file()]:
        raise DataProblem(NO_FACE.format(file=missing[0]))
    return _rules((f"{name}-{weight}", str(weight), _RANGES[name]) for name in _RANGES for weight in (400, 700))


def _rules(faces: Iterable[tuple[str, str, str]]) -> str:
    rules = []
    for name, weight, characters in faces:
        path = _file(name)
        if path.is_file():
            data = base64.b64encode(path.read_bytes()).decode()
            rules.append(
                f'@font-face{{font-family:"IBM Plex Sans";font-weight:{weight};'
                f'src:url(data:font/woff2;base64,{data}) format("woff2");unicode-range:{characters}}}'
            )
    return "".join(rules)


def _file(name: str) -> Path:
    return FONTS / f"ibm-plex-sans-{name}-normal.woff2"


def _page_head() -> str:
    """Fonts for measuring text in the page, and written into each picture; a page without margins."""
    return f"""<style>@page {{ margin: 0 }} {printed_faces()}</style>
<script>
const faces = {json.dumps(printed_faces())};
const serialize = XMLSerializer.prototype.serializeToString;
XMLSerializer.prototype.serializeToString = function (node) {{
  const text = serialize.call(this, node);
  return text.startsWith("<svg") ? text.replace(/^<svg[^>]*>/, (root) => root + "<style>" + faces + "</style>") : text;
}};
for (const face of document.fonts) face.load();
</script>
"""


# What Chromium leaves open.


def _with_fixed_names(svg: str) -> str:
    """The picture with names of its parts that are the same each time: Plotly draws six random digits for each picture."""
    drawn = re.search(r'<defs id="defs-([0-9a-f]{6})"', svg)
    if drawn is None:
        return svg
    named = rf"""((?:id="|url\((?:'|&quot;)?#)[A-Za-z-]*){drawn[1]}"""
    return re.sub(named, r"\1plro", svg)


def _in_millimetres(svg: str, width_mm: float) -> str:
    """The picture's own size in millimetres, so that a layout program places it at the width asked for."""
    found = re.search(r'<svg[^>]*?\bviewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise ValueError
    height_mm = width_mm * float(found[2]) / float(found[1])
    root = re.sub(r'\b(width|height)="[^"]*"', "", found[0])
    sized = root.replace("<svg", f'<svg width="{width_mm:g}mm" height="{height_mm:.2f}mm"', 1)
    return svg.replace(found[0], sized, 1)


def _set_height(figure: go.Figure, height: float, chart: Chart) -> None:
    """
    Raises:
        QueryProblem: no room would be left for the plot itself.
    """
    margin = figure.layout.margin
    in_panels = chart.name in TAKEN_AS  # they stand below each other, each as high as its words need
    needed = figure.layout.height if in_panels else margin.t + margin.b + _LOWEST
    if not needed <= height <= _HIGHEST * _LAID_OUT:
        fewer = "; choose fewer panels, or give no height" if in_panels else ""
        least = math.ceil(needed / _LAID_OUT)
        if not height < needed:
            raise QueryProblem(f"“{chart.name}” is {least} to {_HIGHEST} mm high, and not {height / _LAID_OUT:g}.")
        raise QueryProblem(f"“{chart.name}” needs {least} mm of height, and not {height / _LAID_OUT:g}{fewer}.")
    figure.update_layout(height=height)


def _as_tiff(png: bytes, dpi: int) -> bytes:
    """The picture as TIFF without loss (LZW), in RGB on its ground, as printers want it."""
    from PIL import Image

    written = BytesIO()
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        image.convert("RGB").save(written, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi))
    return written.getvalue()


def _with_resolution(png: bytes, dpi: int) -> bytes:
    """The picture with its resolution written into it, which journals check (chunk pHYs, in dots a metre)."""
    dots = round(dpi / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", dots, dots, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    after_header = 8 + 25
    return png[:after_header] + chunk + png[after_header:]
