"""What a version says of itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plro_core import durable
from plro_core.problems import RegistryProblem


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
    files: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read ``manifest.json``.

        Raises:
            RegistryProblem: the file is missing, is not JSON, lacks a field or has one of another kind.
        """
        name = f"{path.parent.name}/{path.name}"
        try:
            manifest = cls(**json.loads(path.read_text(encoding="utf-8")))
            if manifest._is_sound():
                return manifest
        except FileNotFoundError:
            raise RegistryProblem(
                f"{name}: the manifest is missing; restore the version's folder from a backup."
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass
        raise RegistryProblem(f"{name}: the manifest cannot be read; restore it from a backup.")

    def _is_sound(self) -> bool:
        words = (self.version, self.title, self.source, self.author, self.note, self.time, self.parent or "")
        return (
            all(isinstance(text, str) for text in words)
            and isinstance(self.synthetic, bool)
            and isinstance(self.schema_version, int)
            and all(isinstance(stated["sha256"], str) for stated in self.files.values())
            and all(isinstance(stated["rows"], int) for stated in self.files.values())
        )

    def write(self, path: Path) -> None:
        text = json.dumps(self.__dict__, indent=2, ensure_ascii=False, sort_keys=True)
        durable.write(path, text.encode() + b"\n")


def content_hash(manifest: Manifest) -> str:
    """One checksum for what a version holds, whatever it is called and whoever made it."""
    pairs = sorted((name, stated["sha256"]) for name, stated in manifest.files.items())
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
