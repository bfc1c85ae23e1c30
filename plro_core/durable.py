"""Writing that survives a full disk and a pulled plug."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write, flush, sync and read back: a full disk once published an empty pointer."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OSError(f"{path.name} was not written whole")


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
