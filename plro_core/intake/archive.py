"""A workbook as the zip archive that it is: opened with limits, and never further than they allow."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

from plro_core.archives import DAMAGED
from plro_core.intake.model import File, Finding
from plro_core.intake.refusal import Refusal
from plro_core.text import printable

MOST_ENTRIES = 1_000
MOST_RATIO = 100
MOST_UNPACKED = 200_000_000

#: A few kilobytes of repeated style sheet compress well and harm nobody; the ratio counts above this size only.
_HARMLESS = 1_000_000

_WORKBOOK = "xl/workbook.xml"
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)

#: Parts of a package that run, or fetch values from elsewhere.
_ACTIVE = (
    (r"vbaproject|xl/macrosheets/|xl/dialogsheets/", "macros", "the workbook holds macros", "Save it as .xlsx."),
    (
        r"xl/externallinks/|xl/connections\.xml|xl/querytables/|xl/model/",
        "external_link",
        "the workbook takes values from other files or databases",
        "Break the links, or copy the cells and paste them as values into a new workbook.",
    ),
)


class Archive:
    """The parts of a workbook, by name."""

    def __init__(self, file: File, part: str = _WORKBOOK) -> None:
        """Open the archive; ``part`` is one that every workbook of its kind has.

        Raises:
            Refusal: it is broken, encrypted, a bomb, active, or no workbook of that kind.
        """
        self._file = file
        try:
            self._zip = zipfile.ZipFile(BytesIO(file.content))
        except DAMAGED:
            raise self._refused("broken", "the workbook is damaged or cut short; expected a whole one.") from None
        self._check_entries(self._zip.infolist())
        self.names = frozenset(self._zip.namelist())
        if part not in self.names:
            kind = "Excel workbook (.xlsx)" if part == _WORKBOOK else "OpenDocument workbook (.ods)"
            raise self._refused("form", f"the archive is no {kind}; expected one.", "Save it as an Excel workbook.")
        if part == _WORKBOOK:
            self._check_active()
        # What a lying directory hides would be unpacked by the reader; sheets and texts are read through here anyway.
        for name in self.names:
            if not re.match(r"xl/(worksheets/sheet|sharedstrings)", name, re.IGNORECASE):
                self.read(name) if name.endswith((".xml", ".rels")) else self._unpacked(name)

    def _check_entries(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MOST_ENTRIES:
            raise self._refused("bomb", f"{len(entries)} parts in the archive; expected at most {MOST_ENTRIES}.")
        # Two programs may each take another of two parts of the same name: what is checked must be what is read.
        if len({entry.filename.casefold() for entry in entries}) < len(entries):
            raise self._refused("broken", "two parts of the archive have the same name; expected each once.")
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise self._refused("password", "the archive is protected by a password; expected an open one.")
        if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise self._refused("bomb", f"the archive unpacks to more than {MOST_UNPACKED // 1_000_000} MB.")
        for entry in entries:
            if entry.file_size > max(_HARMLESS, MOST_RATIO * entry.compress_size):
                raise self._refused("bomb", f"a part of the archive unpacks to more than {MOST_RATIO} times its size.")

    def _check_active(self) -> None:
        for name in self.names:
            for pattern, rule, message, suggestion in _ACTIVE:
                if re.search(pattern, name, re.IGNORECASE):
                    raise self._refused(rule, f"{message}; expected plain cells.", suggestion)
        if b"macroEnabled" in self.read("[Content_Types].xml"):
            raise self._refused("macros", "the workbook is one with macros; expected plain cells.", "Save it as .xlsx.")

    def read(self, name: str) -> bytes:
        """One part, unpacked; what is declared is not trusted, the bytes are counted while they come.

        Raises:
            Refusal: the part is missing or broken, larger than declared, or not the plain XML that Excel writes.
        """
        content = self._unpacked(name)
        # Another encoding, or names for pieces of text, would hide from the search for formulas.
        if b"\0" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff") or _DOCTYPE.search(content):
            raise self._refused("broken", f"the part {name} is not XML as spreadsheets write it.")
        return content

    def _unpacked(self, name: str) -> bytes:
        try:
            return b"".join(self._chunks(name))
        except DAMAGED:
            raise self._refused(
                "broken", f"the part {printable(name)} is missing or damaged; expected a whole workbook."
            ) from None

    def _chunks(self, name: str) -> Iterator[bytes]:
        limit = self._zip.getinfo(name).file_size
        with self._zip.open(name) as part:
            while chunk := part.read(1 << 20):
                limit -= len(chunk)
                if limit < 0:
                    raise self._refused("bomb", "a part of the archive is larger than it declares.")
                yield chunk

    def _refused(self, rule: str, message: str, suggestion: str = "") -> Refusal:
        return Refusal(Finding(self._file.name, rule=rule, message=message, suggestion=suggestion))
