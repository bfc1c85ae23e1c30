"""What a picture inside a document shows: what it was drawn from if it is as it was made, told by its own origin."""

import hashlib
from typing import Any

from plro_core.export import embedding

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CHANGED = "a picture that was changed after it was made"
FOREIGN = "another picture"


def shown_by(content: bytes) -> str:
    """The checksum of what a picture was drawn from; of one that was changed, or made elsewhere, that this is so."""
    try:
        told = embedding.from_png(content)
        as_made = embedding.picture(content, "png")
    except (OSError, ValueError, SyntaxError):
        told, as_made = None, {}
    if told is None:
        return f"{FOREIGN} ({hashlib.sha256(content).hexdigest()})"
    return str(told.get("numbers", "")) if told.get("picture") == as_made else CHANGED


def shown_in(element: Any, part: Any) -> list[str]:
    """What each picture below an element of a document of Office shows, and of a cropped one by how much."""
    return [_of_blip(blip, part) for blip in element.iter(f"{_A}blip")]


def _of_blip(blip: Any, part: Any) -> str:
    related = part.rels.get(blip.get(f"{_R}embed"))
    if related is None or related.is_external:
        return FOREIGN
    crop = blip.getparent().find(f"{_A}srcRect")
    sides = {side: much for side, much in sorted(crop.attrib.items()) if much != "0"} if crop is not None else {}
    return shown_by(related.target_part.blob) + (f", cropped by {sides}" if sides else "")
