"""JSON files that carry their own checksum, so that no bit in them can change unnoticed, white space included.

The checksum stands last, under ``sha256``, and is of the file as it would be without it. A file is read only if its bytes
are exactly those that this program writes for what it says. Files of earlier releases carry none: they have another number
of their form, so that a file does not become one of those by losing its checksum.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plro_core import strict

KEY = "sha256"
#: Number of the form of a file without a checksum, and of one with it.
PLAIN, SEALED = 1, 2


@dataclass(frozen=True)
class Opened:
    """What a file says, under its key ``PLAIN`` as files have it without a checksum; and whether it carried one."""

    value: Any
    is_sealed: bool


def sealed(mark: str, entries: Mapping[str, Any]) -> bytes:
    """The bytes of a file that carries its checksum; ``mark`` is the key that holds the number of its form."""
    told = {mark: SEALED, **{key: value for key, value in entries.items() if key != mark}}
    return _written({**told, KEY: hashlib.sha256(_written(told)).hexdigest()})


def opened(form: strict.Form, mark: str, content: str | bytes) -> Opened:
    """What the bytes of a file say that may carry its checksum.

    Raises:
        PlainProblem: of the form; the file is no JSON, was altered since it was written, or lost its checksum.
    """
    found = form.json(content)
    if not isinstance(found, dict):
        return Opened(found, False)
    number, is_sealed = found.get(mark, PLAIN), KEY in found
    if is_sealed != (type(number) is int and number == SEALED):
        kind = f"{SEALED}, the form of a file with" if is_sealed else f"{PLAIN}, the form of a file without"
        raise form.refusal(f"“{mark}” is not {kind} a checksum.")
    if not is_sealed:
        return Opened(found, False)
    entries = {key: value for key, value in found.items() if key != KEY}
    if sealed(mark, entries) != (content.encode() if isinstance(content, str) else content):
        raise form.refusal("the file was altered since it was written (its checksum differs).")
    return Opened(entries | {mark: PLAIN}, True)


def record(form: strict.Form, mark: str, kind: type[strict.Record], content: bytes, whole: str) -> strict.Record:
    """What a file says as a dataclass, which does not have the number of its form.

    Raises:
        PlainProblem: as of :func:`opened` and of :meth:`strict.Form.record`.
    """
    found = opened(form, mark, content).value
    if isinstance(found, dict) and found.get(mark) == PLAIN:
        found = {key: value for key, value in found.items() if key != mark}
    return form.record(kind, found, whole)


def is_sealed(content: bytes) -> bool:
    """Whether the bytes of a file that was read say that it carries its checksum."""
    return any(line.startswith(f'  "{KEY}": "'.encode()) for line in content.splitlines()[-2:-1])


def _written(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
