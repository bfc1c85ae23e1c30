"""What all descriptions of a version say of it: when it was made, under which terms, after which papers."""

import re
from dataclasses import dataclass

from plro_core.bundle.words import licences
from plro_core.store import Registry

KEYWORDS = ("osteoporosis", "pregnancy- and lactation-related osteoporosis", "patient registry")
SYNTHETIC = "Synthetic data: none of these patients exist."

#: Licences that a repository knows, by their SPDX names; terms of another name are text for people.
_KNOWN = frozenset(
    (
        "CC0-1.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-4.0",
        "ODbL-1.0",
        "ODC-By-1.0",
        "PDDL-1.0",
        "MIT",
    )
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class About:
    """What a version says of itself, in the words that descriptions share. ``licence`` is an SPDX name, or empty."""

    title: str
    version: str
    author: str
    summary: str
    day: str
    licence: str
    papers: tuple[tuple[str, str, str], ...]
    synthetic: bool


def about(registry: Registry) -> About:
    """What descriptions of a version say; ``papers`` are the documents of its patients as (short name, citation, DOI)."""
    manifest = registry.manifest
    parts = [
        f"Version {manifest.version} of a registry with {registry.patients} patients.",
        SYNTHETIC if manifest.synthetic else "",
        f"Source: {manifest.source.rstrip('.')}." if manifest.source else "",
        f"{manifest.note.rstrip('.')}." if manifest.note else "",
    ]
    day = _DAY.match(manifest.time)
    name = next((told["name"] for told in licences(registry)), "")
    return About(
        manifest.title,
        manifest.version,
        manifest.author or "not stated",
        " ".join(part for part in parts if part),
        day[0] if day else "",
        name if name in _KNOWN else "",
        tuple((bound.document.short, bound.document.citation, bound.document.doi) for bound in registry.documents),
        manifest.synthetic,
    )
