"""The zip that a bundle is, unpacked in a process of its own; names and sizes are looked at before anything is unpacked."""

import re
import zipfile
from io import BytesIO
from typing import Any

from plro_core.archives import DAMAGED
from plro_core.confined import ask
from plro_core.problems import DataProblem
from plro_core.text import printable

AGAIN = "fetch the bundle again from where it was made"

MOST_ENTRIES = 200
MOST_RATIO = 100
MOST_UNPACKED = 500_000_000

#: Short files of repeated words compress well and harm nobody; the ratio counts above this size only.
_HARMLESS = 1_000_000

#: A deposit is a bundle that is described to others, too.
_OF_DEPOSITS = r"sdtm/(DM|LB)\.csv|CITATION\.cff|\.zenodo\.json|ro-crate-metadata\.json"
_NAME = re.compile(rf"((data|parquet|series/[a-z0-9-]+)/)?[A-Za-z0-9_]+\.(csv|json|md|parquet|toml|txt)|{_OF_DEPOSITS}")


def opened(content: bytes) -> dict[str, bytes]:
    """The files of a bundle by name.

    Raises:
        DataProblem: it is no zip, or not one as bundles are, or it cannot be read within the limits.
    """
    return ask(__name__, None, [content], _taken)


def _taken(names: Any, files: list[bytes]) -> dict[str, bytes]:
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        raise ValueError
    return dict(zip(names, files, strict=True))


def answer(_: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The names with the files behind them (in the reader's process)."""
    try:
        archive = zipfile.ZipFile(BytesIO(files[0]))
        entries = archive.infolist()
        _check_entries(entries)
        # no further than an entry declares
        return [entry.filename for entry in entries], [archive.read(entry) for entry in entries]
    except DAMAGED:
        raise DataProblem(
            f"The file is no bundle, or is damaged or cut short; expected a whole zip: {AGAIN}."
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise DataProblem(f"The bundle has {len(entries)} files; expected at most {MOST_ENTRIES}.")
    for entry in entries:
        # The name as the zip holds it: Python cuts one at a zero byte, so that two differ only behind it.
        if not _NAME.fullmatch(entry.filename) or entry.orig_filename != entry.filename:
            raise DataProblem(f"The bundle has a file “{printable(entry.orig_filename)}”; expected none of that name.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataProblem(f"{entry.filename}: it is packed in a way that bundles are not; {AGAIN}.")
        if entry.flag_bits & 0x1:
            raise DataProblem(f"{entry.filename}: the file is protected by a password; expected an open one.")
        if entry.file_size > max(_HARMLESS, MOST_RATIO * entry.compress_size):
            raise DataProblem(f"{entry.filename}: it unpacks to more than {MOST_RATIO} times its size; refused.")
    names = [entry.filename.casefold() for entry in entries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataProblem(f"{twice}: the bundle has two files of this name; expected each once.")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise DataProblem(f"The bundle unpacks to more than {MOST_UNPACKED // 1_000_000} MB; refused.")
