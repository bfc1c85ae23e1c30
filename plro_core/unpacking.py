"""Archives that people hand over, unpacked in a process of their own: a few bytes of an archive can say gigabytes.

A bundle of a registry is only recognised here; ``bundle`` reads it.
"""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from plro_core.archives import DAMAGED
from plro_core.confined import ask
from plro_core.problems import DataProblem

_MOST_ENTRIES = 50
_MOST_UNPACKED = 50_000_000
#: What every bundle of ours holds.
_BUNDLE_PARTS = {"manifest.json", "checksums.txt"}
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".ods", ".sav", ".zsav", ".dta", ".xpt")
#: What file managers put into archives by themselves.
_NO_DATA = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")

#: What is written for people beside data, by the beginning or the end of its name.
_FOR_PEOPLE = ("readme", "licence", "license", "copying", "citation", "changelog")
_DOCUMENTS = (".pdf", ".md", ".rtf", ".docx", ".html", ".htm", ".png", ".jpg", ".jpeg", ".svg", ".cff")

#: Name without folders, and bytes.
Unpacked = tuple[str, bytes]


@dataclass(frozen=True)
class Contents:
    """The tables and mappings in an archive, and the names of what is written for people and was left out."""

    files: tuple[Unpacked, ...]
    left_out: tuple[str, ...] = ()


def unpacked(content: bytes) -> Contents | None:
    """What lies in an archive; ``None`` if it is a bundle of a registry.

    Raises:
        DataProblem: it is damaged, holds too much or something else, or cannot be read within the limits.
    """
    return ask(__name__, None, [content], _taken)


def _taken(told: Any, files: list[bytes]) -> Contents | None:
    if told is None:
        return None
    names, left_out = told
    if not all(isinstance(name, str) for name in (*names, *left_out)):
        raise TypeError
    return Contents(tuple(zip(names, files, strict=True)), tuple(left_out))


def answer(_: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The names with the files behind them, or nothing for a bundle (in the reader's process)."""
    with _archive(files[0]) as archive:
        if set(archive.namelist()) >= _BUNDLE_PARTS:
            return None, []
        found, left_out = _unpacked(archive)
    return [[name for name, _ in found], left_out], [content for _, content in found]


def _archive(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except DAMAGED:
        raise DataProblem("the archive is damaged or cut short; expected a whole one.") from None
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        megabytes = _MOST_UNPACKED // 1_000_000
        raise DataProblem(f"the archive holds too much; expected {_MOST_ENTRIES} files and {megabytes} MB at most.")
    return archive


def _unpacked(archive: zipfile.ZipFile) -> tuple[list[Unpacked], list[str]]:
    """The tables in an archive, under their names without folders; no more is unpacked than an entry declares.

    What is written for people is left out, by name. A file that is neither that nor a table nor a mapping refuses the archive:
    passed over, what it holds would be lost in silence.
    """
    found: list[Unpacked] = []
    left_out = []
    for entry in archive.infolist():
        name = PurePosixPath(entry.filename).name
        if entry.is_dir() or entry.filename.startswith(_NO_DATA) or name in _NO_DATA:
            continue
        if name.lower().startswith(_FOR_PEOPLE) or name.lower().endswith(_DOCUMENTS):
            left_out.append(name[:80])
            continue
        if not name.lower().endswith((*_TABLES, ".json")):
            raise DataProblem(
                f"the archive holds {name[:80]}, which is no table; expected CSV files or a workbook alone."
            )
        try:
            with archive.open(entry) as part:
                content = part.read(entry.file_size + 1)
        except DAMAGED:
            raise DataProblem(f"{name} in the archive cannot be unpacked; expected it whole and open.") from None
        if any(name == other for other, _ in found):
            raise DataProblem(f"the archive holds two files called {name[:80]}; expected different names.")
        found.append((name, content))
    if not found:
        raise DataProblem("the archive holds no table; expected CSV files, a workbook or a registry's own export.")
    return found, left_out
