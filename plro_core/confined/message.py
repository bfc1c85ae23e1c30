"""What a process and its reader tell each other: plain values as JSON, and whole files as bytes behind them.

Never pickle: who reads it runs what it says, and the reader has parsed bytes of strangers.
"""

import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from plro_core.problems import DataProblem
from plro_core.strict import Form

#: Of a length, before the JSON.
_LENGTH = 8
_MOST_BYTES = 1_000_000_000
_JSON = Form(DataProblem, "an answer of a reader", _MOST_BYTES)


def packed(value: Any, files: Sequence[bytes] = ()) -> bytes:
    """One message; ``value`` is of texts, numbers, truth values, nulls, lists and objects."""
    head = json.dumps([[len(file) for file in files], value], separators=(",", ":")).encode()
    return b"".join([len(head).to_bytes(_LENGTH, "big"), head, *files])


def unpacked(message: bytes) -> tuple[Any, list[bytes]]:
    """The value and the files of a message.

    Raises:
        ValueError: it is no message, or one that was cut short.
    """
    start = _LENGTH + int.from_bytes(message[:_LENGTH], "big")
    try:
        lengths, value = _JSON.parsed(message[_LENGTH:start])
    except (DataProblem, TypeError):
        raise ValueError from None
    if not isinstance(lengths, list) or not all(type(length) is int and length >= 0 for length in lengths):
        raise ValueError
    ends = list(accumulate(lengths, initial=start))
    if ends[-1] != len(message):
        raise ValueError
    return value, [message[at:end] for at, end in pairwise(ends)]
