"""Readers that go wrong in every way, for ``test_confined``: each runs in a reader's process, never in the test's own."""

import os
import signal
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from plro_core.problems import DataProblem


def answer(value: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """What goes wrong is named by the first word of the request."""
    kind, *words = value
    if kind == "echo":
        return words, files
    if kind == "environment":
        return sorted(os.environ), []
    if kind == "problem":
        raise DataProblem("the file is not as it should be.")
    if kind == "workbook":  # without the gate before it
        sheet = CalamineWorkbook.from_filelike(BytesIO(files[0])).get_sheet_by_index(0)
        return len(sheet.to_python(skip_empty_area=False)), []
    if kind == "wait":
        (Path(words[0]) / str(os.getpid())).touch()
        time.sleep(600)
    _go_wrong(kind)
    return None, []


def _go_wrong(kind: str) -> None:
    if kind == "abort":
        os.abort()
    if kind == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "exit":
        os._exit(3)
    if kind == "exception":
        raise KeyError("a patient's value")
    if kind == "nonsense":
        os.write(1, b"\0\0\0\0\0\0\0\2[]and more")
        os._exit(0)
    if kind == "nothing":
        os._exit(0)
    if kind == "flood":
        while True:
            os.write(1, bytes(1 << 16))
    if kind == "write":
        Path("/", "tmp", "left-by-a-reader").write_bytes(b"x" * 10)
    while kind == "spin":
        pass
    held = []
    while kind == "hog":
        held.append(bytearray(b"x" * 20_000_000))
        time.sleep(0.01)
