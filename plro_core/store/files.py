"""The files of a version as they were verified: small ones in memory, large ones through the handle that was verified.

A file is never mapped into memory: one that is cut short under a running process would end the process.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import Any

from plro_core import plain_files
from plro_core.problems import RegistryProblem
from plro_core.store.manifest import Manifest

#: Files up to so many bytes are held in memory.
_HELD = 4_000_000
#: How long a file was when it was looked at, and when it was last written.
_Stamp = tuple[int, int, int]


class VerifiedFile:
    """A file that was compared with its checksum, to be read again and again: what is read is what was verified."""

    def __init__(self, path: Path, sha256: str, name: str) -> None:
        """
        Raises:
            RegistryProblem: the file is missing, unreadable, altered or cut short; ``name`` is what the sentence calls it.
        """
        self._name, self._sha256 = name, sha256
        self._content: bytes | None = None
        try:
            self._file = plain_files.opened(path)
            self._stamp = self._looked_at()
            if self._stamp[0] <= _HELD:
                with self._file:
                    self._content = self._file.readall()
        except OSError:
            raise RegistryProblem(f"{name}: the file is missing or unreadable; restore it from a backup.") from None
        self._verify()

    def open(self) -> "io.BytesIO | _Reader":
        """The file from its beginning, for one reader; others read at the same time."""
        return io.BytesIO(self._content) if self._content is not None else _Reader(self._file)

    def check(self) -> None:
        """Make sure, after reading, that nobody wrote into the file since it was verified.

        Raises:
            RegistryProblem: somebody did.
        """
        if self._content is None and (stamp := self._looked_at()) != self._stamp:
            self._verify()
            self._stamp = stamp

    def _verify(self) -> None:
        try:
            found = hashlib.file_digest(self.open(), "sha256").hexdigest()
        except OSError:
            raise RegistryProblem(f"{self._name}: the file cannot be read; restore it from a backup.") from None
        if found != self._sha256:
            raise altered(self._name)

    def _looked_at(self) -> _Stamp:
        found = self._file.stat()
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns


class _Reader(io.RawIOBase):
    """A place of its own in an open file, which stays that file whatever its name comes to stand for."""

    def __init__(self, file: plain_files.PlainFile) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        self._at = offset + (self._file.stat().st_size if start is None else start)
        return self._at

    def readinto(self, buffer: Any) -> int:
        found = self._file.read_at(buffer, self._at)
        self._at += found
        return found


def verified_file(path: Path, manifest: Manifest) -> VerifiedFile:
    """A file of a version.

    Raises:
        RegistryProblem: the manifest does not list it, or it is not what the manifest says.
    """
    name = f"{path.parent.name}/{path.name}"
    stated = manifest.files.get(path.name)
    if stated is None:
        raise RegistryProblem(f"{name}: the manifest does not list the file; restore the manifest from a backup.")
    return VerifiedFile(path, stated["sha256"], name)


def verified_bytes(path: Path, manifest: Manifest) -> bytes:
    """The bytes of a file of a version.

    Raises:
        RegistryProblem: as :func:`verified_file`.
    """
    file = verified_file(path, manifest)
    content = file.open().read() or b""
    file.check()
    return content


def sha256_of(path: Path) -> str:
    """The checksum of a file, however large it is.

    Raises:
        OSError: it cannot be read.
    """
    with plain_files.opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def altered(name: str) -> RegistryProblem:
    return RegistryProblem(
        f"{name}: the file was altered or cut short (its checksum differs); restore it from a backup."
    )
