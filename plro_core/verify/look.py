"""What hides, covers or changes the words of a document of Office: told beside each word, so that it is compared like the words.

Programs save a document in many ways that look alike. What is known to leave the words readable is passed over, and all else is told.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from plro_core.problems import DataProblem
from plro_core.verify.themes import is_of_signs

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: How a run of text is set; what is not named here is told with its value.
_SET_PLAINLY = frozenset(
    [
        "b",
        "bCs",
        "i",
        "iCs",
        "szCs",
        "lang",
        "kern",
        "rStyle",
        "noProof",
        "u",
        "snapToGrid",
        "rPrChange",
        "eastAsianLayout",
        "effect",
    ]
)
_BLACK = ("auto", "000000")
_INKS = (None, "text1", "dark1")
#: Half points below which nobody reads.
_LEAST_HALF_POINTS = 10
#: Parts of a paragraph, a table and a page that add no word and hide none.
_PLAIN_PARTS = frozenset(
    [
        "p",
        "r",
        "t",
        "pPr",
        "rPr",
        "tbl",
        "tblPr",
        "tblGrid",
        "gridCol",
        "tr",
        "trPr",
        "tc",
        "tcPr",
        "body",
        "sectPr",
        "delText",
        "ins",
        "del",
        "tab",
        "br",
        "cr",
        "noBreakHyphen",
        "softHyphen",
        "bookmarkStart",
        "bookmarkEnd",
        "proofErr",
        "lastRenderedPageBreak",
        "hyperlink",
        "sdt",
        "sdtPr",
        "sdtContent",
        "smartTag",
        "drawing",
        "pict",
        "object",
    ]
)
#: Of those, what stands for other content, whose words are read or whose picture is compared.
_OF_ROWS = frozenset(("tblHeader", "cantSplit", "jc", "cnfStyle", "trHeight"))
_TOO_LOW = 100


def parts(content: bytes) -> list[str]:
    """The names of a document's parts.

    Raises:
        DataProblem: two parts have one name, of which programs read different ones.
    """
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
    if len(set(map(str.lower, names))) < len(names):
        raise DataProblem("holds two parts of one name; no program of Office writes that.")
    return names


class Faces:
    """The styles of a Word document, by which text is set that says nothing itself."""

    def __init__(self, styles: Any) -> None:
        self._styles = {} if styles is None else {one.get(W + "styleId"): one for one in styles.iter(W + "style")}
        defaults = None if styles is None else styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._defaults = _properties(defaults)
        self._usual = next((name for name, one in self._styles.items() if _is_usual(one)), None)

    def told(self, text: Any) -> str:
        """How a piece of text is set, if not plainly: "⟨vanish⟩"."""
        run = next(text.iterancestors(W + "r"), None)
        paragraph = next(text.iterancestors(W + "p"), None)
        table = next(text.iterancestors(W + "tbl"), None)
        found = dict(self._defaults)
        for owner, kind in ((table, "tblPr/tblStyle"), (paragraph, "pPr/pStyle"), (run, "rPr/rStyle")):
            named = None if owner is None else owner.find("/".join(W + part for part in kind.split("/")))
            found |= self._of_style(named.get(W + "val") if named is not None else None, kind)
        found |= _properties(run.find(W + "rPr") if run is not None else None)
        told = [f"{name} {value}".strip() for name, value in sorted(found.items()) if value is not None]
        return f"⟨{', '.join(told)}⟩" if told else ""

    def _of_style(self, name: str | None, kind: str) -> dict[str, str | None]:
        name = name or (self._usual if kind.endswith("pStyle") else None)
        chain: list[Any] = []
        while name in self._styles and self._styles[name] not in chain:
            chain.append(self._styles[name])
            based = chain[-1].find(W + "basedOn")
            name = based.get(W + "val") if based is not None else None
        found: dict[str, str | None] = {}
        for style in reversed(chain):
            for properties in style.iter(W + "rPr"):
                found |= _properties(properties)
        return found


def _is_usual(style: Any) -> bool:
    return style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true")


def _properties(properties: Any) -> dict[str, str | None]:
    """What is said of a run: by name its value, or ``None`` of what leaves it readable."""
    found: dict[str, str | None] = {}
    for one in () if properties is None else properties:
        name, value = one.tag.removeprefix(W), one.get(W + "val")
        if name not in _SET_PLAINLY:
            found[name] = None if _is_plain(name, value, one.attrib) else str(value or "")
    return found


def _is_plain(name: str, value: str | None, said: Mapping[str, str]) -> bool:
    if name == "color":
        return value in _BLACK and said.get(W + "themeColor") in _INKS and W + "themeTint" not in said
    if name == "sz":
        return str(value).isdecimal() and int(str(value)) >= _LEAST_HALF_POINTS
    if name == "rFonts":
        return not any(map(is_of_signs, said.values()))
    if name == "shd":
        return said.get(W + "fill") in (None, "auto", "FFFFFF") and value in (None, "clear", "nil")
    return value in ("0", "false", "none", "baseline")


def around(element: Any) -> Iterable[tuple[str, str]]:
    """What stands in a Word document beside plain text and tables, and rows that are not seen, by what it is."""
    for one in element.iter():
        if not isinstance(one.tag, str):
            continue
        name, parent = one.tag.rpartition("}")[2], one.getparent()
        of = parent.tag.removeprefix(W) if parent is not None else ""
        if of == "trPr" and (name not in _OF_ROWS or _is_low(one)):
            yield f"row with {name}", str(dict(one.attrib))
        elif of == "tcPr" and name in ("vMerge", "hMerge", "gridSpan"):
            yield f"cells joined by {name}", str(one.get(W + "val"))
        elif (of == "pPr" and name in ("numPr", "framePr")) or (name == "vanish" and of == "rPr"):
            yield name, "".join(one.itertext())
        elif of in ("p", "r", "body", "tc", "tbl", "tr") and (name not in _PLAIN_PARTS or not one.tag.startswith(W)):
            yield name, digest((part.tag, sorted(part.attrib.items()), part.text) for part in one.iter())
        elif name in ("pict", "object"):
            yield name, digest((part.tag, sorted(part.attrib.items())) for part in one.iter())


def digest(told: Iterable[object]) -> str:
    """The checksum by which what is no text is told."""
    return sha256(repr(list(told)).encode()).hexdigest()


def _is_low(height: Any) -> bool:
    return height.get(W + "hRule") == "exact" and int(height.get(W + "val", "0")) < _TOO_LOW
