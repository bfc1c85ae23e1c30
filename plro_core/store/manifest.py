"""What a version says of itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from plro_core import strict
from plro_core.problems import RegistryProblem

_JSON = strict.Form(RegistryProblem, "the manifest of a version", 1_000_000)


class Stated(TypedDict):
    """What a version says of one of its files."""

    sha256: str
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What a version says of itself."""

    version: str
    title: str
    source: str
    author: str
    note: str
    time: str
    parent: str | None
    synthetic: bool
    schema_version: int
    files: Mapping[str, Stated]

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read ``manifest.json``.

        Raises:
            RegistryProblem: the file is missing, is not JSON, lacks a field or has one of another kind.
        """
        name = f"{path.parent.name}/{path.name}"
        if not path.exists():
            raise RegistryProblem(f"{name}: the manifest is missing; restore the version's folder from a backup.")
        try:
            return cls.from_json(_JSON.file(path, follow=True))
        except RegistryProblem as problem:
            why = str(problem).removesuffix(".")
            raise RegistryProblem(f"{name}: the manifest cannot be read ({why}); restore it from a backup.") from None

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """What the bytes of a ``manifest.json`` say.

        Raises:
            RegistryProblem: one sentence that names the part at fault.
        """
        return _JSON.record(cls, _JSON.json(content), "the manifest")

    @property
    def json(self) -> bytes:
        """The bytes of its file."""
        return json.dumps(self.__dict__, indent=2, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def content_hash(manifest: Manifest) -> str:
    """One checksum for what a version holds, whatever it is called and whoever made it."""
    pairs = sorted((name, stated["sha256"]) for name, stated in manifest.files.items())
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
