"""``ro-crate-metadata.json``: what lies in a deposit, after RO-Crate 1.1 (https://w3id.org/ro/crate/1.1)."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from plro_core.deposit.about import KEYWORDS, About, about
from plro_core.store import Registry

NAME = "ro-crate-metadata.json"

_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".cff": "application/yaml",
}
_NO_TERMS = {"@id": "#terms", "@type": "CreativeWork", "name": "No licence stated: ask the registry's owner."}


def crate(registry: Registry, files: Mapping[str, bytes]) -> bytes:
    """The description of these files, by path."""
    told = about(registry)
    graph = [
        {
            "@id": NAME,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        _root(told, files),
        {"@id": "#author", "@type": "Organization", "name": told.author},
        *([] if told.licence else [_NO_TERMS]),
        *_papers(told),
        *(_file(path, content) for path, content in sorted(files.items())),
    ]
    content = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _root(told: About, files: Mapping[str, bytes]) -> dict[str, Any]:
    terms = f"https://spdx.org/licenses/{told.licence}" if told.licence else "#terms"
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": told.title,
        "description": told.summary,
        "version": told.version,
        "author": {"@id": "#author"},
        "license": {"@id": terms},
        "keywords": list(KEYWORDS),
        "hasPart": [{"@id": path} for path in sorted(files)],
        "citation": [{"@id": paper["@id"]} for paper in _papers(told)],
    }
    return root | ({"datePublished": told.day} if told.day else {})


def _papers(told: About) -> list[dict[str, Any]]:
    return [
        {"@id": f"https://doi.org/{doi}" if doi else f"#paper-{number}", "@type": "ScholarlyArticle", "name": citation}
        for number, (_, citation, doi) in enumerate(told.papers, 1)
    ]


def _file(path: str, content: bytes) -> dict[str, Any]:
    return {
        "@id": path,
        "@type": "File",
        "name": PurePosixPath(path).name,
        "contentSize": str(len(content)),
        "encodingFormat": _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream"),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
