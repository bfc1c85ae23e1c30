"""The origin of a file inside the file: where each format has a place for it, and how it is found there again.

What stands there is JSON: the recipe, and of a picture also its size and the checksum of what it shows, so that a picture that
was cropped or painted over is told from the one that was made. None of it is a signature: it finds accidents, and whoever forges
a picture can forge its origin, too. The numbers of a table are computed anew and cannot be forged so.
"""

import hashlib
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from plro_core.export.recipe import Recipe
from plro_core.problems import DataProblem
from plro_core.strict import Form
from plro_core.text import ORIGIN

#: What the origin is called in every format that has names.
NAME = ORIGIN
#: Its name in the document information of a PDF.
PDF_KEY = "/PlroOrigin"
#: When a PDF was made, which would make it another one each time.
_DATES = ("/CreationDate", "/ModDate")

_JSON = Form(DataProblem, "the origin of a file", 1_000_000)
_SVG_WORDS = re.compile(r"<title>([^<]*)</title><desc>([^<]*)</desc>(?=<metadata)")
_METADATA = re.compile(rf'<metadata id="{NAME}">(.*?)</metadata>', re.DOTALL)

Origin = Mapping[str, Any]


def origin(recipe: Recipe, **more: Any) -> str:
    """The origin as JSON on one line; ``more`` is what is known of this file alone."""
    return json.dumps(recipe.as_dict | more, ensure_ascii=False)


def in_html(told: str) -> str:
    """An element that a browser neither shows nor runs."""
    return f'<script type="application/json" id="{NAME}">{told.replace("<", chr(92) + "u003c")}</script>\n'


def in_markdown(told: str) -> str:
    """A comment; two hyphens would end it."""
    safe = told.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")
    return f"<!-- {NAME} {safe} -->"


def in_picture(content: bytes, form: str, recipe: Recipe, title: str, summary: str, numbers: str) -> bytes:
    """A picture with title, text equivalent and origin in it; ``numbers`` is the checksum of what it was drawn from."""
    content = _with_alt(content, summary) if form == "pdf" else content
    told = origin(recipe, picture=picture(content, form), numbers=numbers)
    return _WAYS[form].write(content, told, title, summary)


def picture(content: bytes, form: str) -> dict[str, Any]:
    """Size and checksum of what a picture shows, whatever is said beside.

    Raises:
        ValueError: it cannot be read.
    """
    return _WAYS[form].picture(content)


def words_beside(content: bytes, form: str) -> tuple[str, str]:
    """Title and text equivalent as a picture carries them.

    Raises:
        ValueError: it cannot be read.
    """
    return _WAYS[form].words(content)


# SVG: <title>, <desc> and <metadata>


def _in_svg(content: bytes, told: str, title: str, summary: str) -> bytes:
    from xml.sax.saxutils import escape

    root = re.search(rb"<svg[^>]*>", content)
    if root is None:
        raise ValueError
    said = (
        f'<title>{escape(title)}</title><desc>{escape(summary)}</desc><metadata id="{NAME}">{escape(told)}</metadata>'
    )
    return content[: root.end()] + said.encode() + content[root.end() :]


def _svg_picture(content: bytes) -> dict[str, Any]:
    shown = _METADATA.sub("", _SVG_WORDS.sub("", content.decode(), count=1), count=1)
    size = [
        found[1] if (found := re.search(rf'<svg[^>]*?\b{side}="([^"]*)"', shown)) else ""
        for side in ("width", "height")
    ]
    return {"size": size, "sha256": hashlib.sha256(shown.encode()).hexdigest()}


def _svg_words(content: bytes) -> tuple[str, str]:
    from xml.sax.saxutils import unescape

    found = _SVG_WORDS.search(content.decode())
    return (unescape(found[1]), unescape(found[2])) if found else ("", "")


def from_svg(content: bytes) -> Origin | None:
    """The origin of an SVG, if it has one."""
    from xml.sax.saxutils import unescape

    found = _METADATA.search(content.decode())
    return parsed(unescape(found[1])) if found else None


# PNG: chunks iTXt


def _in_png(content: bytes, told: str, title: str, summary: str) -> bytes:
    after_header = 8 + 25
    chunks = b"".join(_text_chunk(*pair) for pair in (("Title", title), ("Description", summary), (NAME, told)))
    return content[:after_header] + chunks + content[after_header:]


def _text_chunk(name: str, text: str) -> bytes:
    """A chunk iTXt: international text, not compressed."""
    body = b"iTXt" + name.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


#: Chunks that a picture is made of, and those that say something beside; any other can change or add what is seen.
_PNG_CHUNKS = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"iTXt", b"tEXt", b"zTXt", b"pHYs", b"tIME"))


def _png_picture(content: bytes) -> dict[str, Any]:
    with _opened_png(content) as image:
        shown = hashlib.sha256(image.mode.encode() + image.tobytes())
        size = [str(side) for side in image.size]
    for chunk in _other_chunks(content):
        shown.update(chunk)
    return {"size": size, "sha256": shown.hexdigest()}


def _other_chunks(content: bytes) -> Iterator[bytes]:
    """Chunks of a PNG beside those that every one has: transparency, gamma, frames; and what follows its end."""
    at, kind = 8, b""
    while at < len(content) and kind != b"IEND":
        length, kind = struct.unpack(">I4s", content[at : at + 8].ljust(8, b"\0"))
        if kind not in _PNG_CHUNKS:
            yield content[at : at + 12 + length]
        at += 12 + length
    yield content[at:]


def _png_words(content: bytes) -> tuple[str, str]:
    with _opened_png(content) as image:
        image.load()
        return str(image.text.get("Title", "")), str(image.text.get("Description", ""))


def from_png(content: bytes) -> Origin | None:
    """The origin of a PNG, if it has one."""
    with _opened_png(content) as image:
        image.load()
        told = image.text.get(NAME)
    return parsed(str(told)) if told else None


def _opened_png(content: bytes) -> Any:
    from PIL import Image

    return Image.open(BytesIO(content), formats=["PNG"])


# TIFF: the tag ImageDescription, which is ASCII

_DESCRIPTION = 270


def _in_tiff(content: bytes, told: str, title: str, summary: str) -> bytes:
    from PIL import Image

    ascii_only = json.dumps({"title": title, "description": summary, NAME: parsed(told)})
    written = BytesIO()
    with Image.open(BytesIO(content), formats=["TIFF"]) as image:
        dpi = image.info["dpi"]
        image.save(written, "TIFF", compression="tiff_lzw", dpi=dpi, tiffinfo={_DESCRIPTION: ascii_only})
    return written.getvalue()


def _tiff_picture(content: bytes) -> dict[str, Any]:
    from PIL import Image, ImageSequence

    shown = hashlib.sha256()
    with Image.open(BytesIO(content), formats=["TIFF"]) as image:
        size = [str(side) for side in image.size]
        for page in ImageSequence.Iterator(image):
            shown.update(page.mode.encode() + page.tobytes())
    return {"size": size, "sha256": shown.hexdigest()}


def _tiff_words(content: bytes) -> tuple[str, str]:
    told = _tiff_description(content)
    return str(told.get("title", "")), str(told.get("description", ""))


def _tiff_description(content: bytes) -> Origin:
    from PIL import Image

    with Image.open(BytesIO(content), formats=["TIFF"]) as image:
        return parsed(str(image.getexif().get(_DESCRIPTION, ""))) or {}


def from_tiff(content: bytes) -> Origin | None:
    """The origin of a TIFF, if it has one."""
    found = _tiff_description(content).get(NAME)
    return found if isinstance(found, dict) else None


# PDF: the document's information and XMP


def _with_alt(content: bytes, summary: str) -> bytes:
    """A PDF whose picture has a text equivalent for screen readers."""
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, TextStringObject

    writer = PdfWriter(clone_from=BytesIO(content))
    for drawn in _pictures_of(writer.root_object.get("/StructTreeRoot")):
        if "/Alt" not in drawn:
            drawn[NameObject("/Alt")] = TextStringObject(summary)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def into_pdf(content: bytes, told: str, title: str, summary: str) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=BytesIO(content))
    writer.pdf_header = "%PDF-1.7"  # that of transparent and of tagged parts, which it may have
    undated = {name: text for name, text in (writer.metadata or {}).items() if name not in _DATES}
    said = {"/Title": title, "/Subject": summary, "/Creator": "", "/Producer": "", PDF_KEY: told}
    writer.metadata = undated | said
    _in_xmp(writer, _xmp(told, title, summary))
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _in_xmp(writer: Any, packet: bytes) -> None:
    """The packet as the document's metadata, under the type by which readers know it."""
    from pypdf.generic import NameObject

    writer.xmp_metadata = packet
    stream = writer.root_object["/Metadata"].get_object()
    stream[NameObject("/Type")], stream[NameObject("/Subtype")] = NameObject("/Metadata"), NameObject("/XML")


def _pictures_of(element: Any) -> Iterator[Any]:
    """The pictures in the tree of what a PDF's parts are: where a screen reader looks for a text equivalent."""
    element = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(element, list):
        for one in element:
            yield from _pictures_of(one)
    elif isinstance(element, dict):
        if element.get("/S") == "/Figure":
            yield element
        yield from _pictures_of(element.get("/K"))


def _xmp(told: str, title: str, summary: str) -> bytes:
    """The packet that catalogues read; its form is that of ISO 16684-1."""
    from xml.sax.saxutils import escape

    def words(name: str, text: str) -> str:
        return f'<dc:{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></dc:{name}>'

    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:plro="urn:plro:origin">'
        f"{words('title', title)}{words('description', summary)}<plro:origin>{escape(told)}</plro:origin>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


#: What the catalogue of a PDF says beside what is seen.
_BESIDE = ("/Metadata", "/Lang", "/Type", "/Version", "/Extensions")
#: How a stream is packed.
_OF_STREAM = ("/Length", "/Filter", "/DecodeParms")


def _pdf_picture(content: bytes) -> dict[str, Any]:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(content))
    shown, size = hashlib.sha256(), ""
    met: dict[int, int] = {}
    for page in reader.pages:
        size = f"{float(page.mediabox.width):.2f} × {float(page.mediabox.height):.2f} pt"
        shown.update(size.encode())
    for key in sorted(reader.root_object.keys() - set(_BESIDE)):
        shown.update(key.encode())
        for part in _pdf_parts(reader.root_object.raw_get(key), met):
            shown.update(part)
    return {"size": [size], "sha256": shown.hexdigest()}


def _pdf_parts(value: Any, met: dict[int, int]) -> Iterator[bytes]:
    """All that hangs on an object of a PDF, in one order: pages, fonts, forms, notes. The numbers of objects, which saving changes, do not count."""
    from pypdf.generic import ArrayObject, IndirectObject, StreamObject

    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in met:
                yield b"again %d\n" % met[one.idnum]
                continue
            met[one.idnum] = len(met)
            one = one.get_object()
        if isinstance(one, StreamObject):
            yield one.get_data()
        if isinstance(one, dict):
            keys = sorted(key for key in one if key not in _OF_STREAM)
            yield repr(keys).encode()
            waiting += [dict.__getitem__(one, key) for key in reversed(keys)]
        elif isinstance(one, ArrayObject):
            yield b"list of %d\n" % len(one)
            waiting += list.__reversed__(one)
        else:
            yield repr(one).encode() + b"\n"


def _pdf_words(content: bytes) -> tuple[str, str]:
    from pypdf import PdfReader

    told = PdfReader(BytesIO(content)).metadata
    return ((told.title or ""), (told.subject or "")) if told else ("", "")


def from_pdf(content: bytes) -> Origin | None:
    """The origin of a PDF, if it has one.

    Raises:
        ValueError: it is encrypted.
    """
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise ValueError
    told = reader.metadata.get(PDF_KEY) if reader.metadata else None
    return parsed(str(told)) if told else None


# EPS: the comment %%Title, and comments of our own with what is said beside, in ASCII and in lines that are short enough

_EPS_LINE = f"%{NAME} "
_LONGEST_LINE = 200
_END_OF_HEAD = b"%%EndComments\n"


def _in_eps(content: bytes, told: str, title: str, summary: str) -> bytes:
    said = json.dumps({"title": title, "description": summary, NAME: parsed(told)})
    lines = [said[at : at + _LONGEST_LINE] for at in range(0, len(said), _LONGEST_LINE)]
    short = re.sub(r"([()\\])", r"\\\1", title[:_LONGEST_LINE]).encode("ascii", "replace").decode()
    beside = "".join(f"{_EPS_LINE}{line}\n" for line in lines)
    head = f"%%Title: ({short})\n".encode() + _END_OF_HEAD + beside.encode()
    return content.replace(_END_OF_HEAD, head, 1)


def _eps_picture(content: bytes) -> dict[str, Any]:
    lines = content.decode("ascii").splitlines()
    shown = [line for line in lines if not line.startswith((_EPS_LINE, "%%Title:"))]
    size = next((line for line in shown if line.startswith("%%HiResBoundingBox:")), "")
    digest = hashlib.sha256("\n".join(shown).encode()).hexdigest()
    return {"size": [size.partition(":")[2].strip()], "sha256": digest}


def _eps_told(content: bytes) -> Origin:
    lines = content.decode("ascii").splitlines()
    return parsed("".join(line.removeprefix(_EPS_LINE) for line in lines if line.startswith(_EPS_LINE))) or {}


def _eps_words(content: bytes) -> tuple[str, str]:
    told = _eps_told(content)
    return str(told.get("title", "")), str(told.get("description", ""))


def from_eps(content: bytes) -> Origin | None:
    """The origin of an EPS, if it has one."""
    found = _eps_told(content).get(NAME)
    return found if isinstance(found, dict) else None


# A picture's format, and what is done with it


@dataclass(frozen=True)
class _Way:
    """Writes origin, title and text equivalent into a picture; says what it shows; reads title and text equivalent."""

    write: Callable[[bytes, str, str, str], bytes]
    picture: Callable[[bytes], dict[str, Any]]
    words: Callable[[bytes], tuple[str, str]]


_WAYS = {
    "svg": _Way(_in_svg, _svg_picture, _svg_words),
    "png": _Way(_in_png, _png_picture, _png_words),
    "tiff": _Way(_in_tiff, _tiff_picture, _tiff_words),
    "pdf": _Way(into_pdf, _pdf_picture, _pdf_words),
    "eps": _Way(_in_eps, _eps_picture, _eps_words),
}


# Text


_HTML = re.compile(rf'<script type="application/json" id="{NAME}">(.*?)</script>', re.DOTALL)
_MARKDOWN = re.compile(rf"<!-- {NAME} (.*?) -->", re.DOTALL)


def from_text(text: str) -> Origin | None:
    """The origin of an HTML page or of Markdown, if it has one."""
    found = _HTML.search(text) or _MARKDOWN.search(text)
    return parsed(found[1]) if found else None


def parsed(told: str | bytes) -> Origin | None:
    """An origin from its JSON; what is no JSON object is none."""
    try:
        found = _JSON.json(told)
    except DataProblem:
        return None
    return found if isinstance(found, dict) else None
