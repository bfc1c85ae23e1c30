"""What a version says of itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from plro_core import sealed, strict
from plro_core.problems import RegistryProblem

_MARK = "plro_manifest"
_JSON = strict.Form(RegistryProblem, "the manifest of a version", 1_000_000)


class Stated(TypedDict):
    """What a version says of one of its files."""

    sha256: str
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What a version says of itself.

    ``words_from`` is the checksum of the registry's ``variables.toml`` that new words were proposed on, empty where there
    was none: once the version is published, its words become those of the registry. ``None`` of a version that proposes none.
    """

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
    words_from: str | None = None

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
        return sealed.record(_JSON, _MARK, cls, content, "the manifest")

    @property
    def _told(self) -> dict[str, Any]:
        """The parts that stand in its file: a version that proposes no words does not speak of them."""
        return {name: value for name, value in self.__dict__.items() if name != "words_from" or value is not None}

    @property
    def sealed(self) -> bytes:
        """The bytes of its file in a registry, which carries its own checksum."""
        return sealed.sealed(_MARK, dict(sorted(self._told.items())))

    @property
    def sha256(self) -> str:
        """The checksum of its file in a registry."""
        return hashlib.sha256(self.sealed).hexdigest()

    @property
    def json(self) -> bytes:
        """The bytes of its file where other checksums vouch for it, as in a bundle."""
        return json.dumps(self._told, indent=2, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def content_hash(manifest: Manifest) -> str:
    """One checksum for what a version holds, whatever it is called and whoever made it."""
    pairs = sorted((name, stated["sha256"]) for name, stated in manifest.files.items())
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
