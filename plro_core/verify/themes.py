"""Colours and faces that a document of Office names and its theme decides: told where they would hide or change words."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from plro_core.figures import style

#: Of letters the luminance above, and of the ground the one below which they are lost on each other (contrast below 3 to 1).
LIGHTEST_INK, DARKEST_GROUND = 0.3, 0.7
_INKS, _GROUNDS = ("dk1", "dk2"), ("lt1", "lt2")


def luminance(colour: str) -> float:
    """Of a colour as six hexadecimal digits: 0 is black and 1 white; of what is no colour that of white."""
    try:
        return style.luminance(f"#{colour}")
    except ValueError:
        return 1.0


def is_of_signs(face: str) -> bool:
    """Whether a face has signs for letters."""
    return any(sign in face.lower() for sign in ("dings", "symbol"))


def of_themes(content: bytes) -> dict[str, str]:
    """What the themes of a document of Office set so that words cannot be read, by its place; nothing of usual ones."""
    from docx.oxml import parse_xml

    found: dict[str, str] = {}
    with ZipFile(BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if "/theme/theme" in name and name.endswith(".xml")]
        for name in names:
            found |= {f"theme, {place}": told for place, told in _of_one(parse_xml(archive.read(name)))}
    return found


def _of_one(theme: Any) -> Iterator[tuple[str, str]]:
    for one in theme.iter("{*}dk1", "{*}dk2", "{*}lt1", "{*}lt2"):
        name = one.tag.rpartition("}")[2]
        colour = next((part.get("lastClr") or part.get("val", "") for part in one), "")
        light = luminance(colour)
        if (name in _INKS and light > LIGHTEST_INK) or (name in _GROUNDS and light < DARKEST_GROUND):
            yield name, colour
    for face in theme.iter("{*}latin"):
        if is_of_signs(face.get("typeface", "")):
            yield face.getparent().tag.rpartition("}")[2], face.get("typeface")
