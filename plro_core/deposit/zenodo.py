"""``.zenodo.json``: what Zenodo's form asks of an upload (https://developers.zenodo.org), filled in.

Without terms that Zenodo knows the files are restricted: of patients nothing becomes open because nobody said otherwise.
"""

import json
from html import escape
from typing import Any

from plro_core.deposit.about import KEYWORDS, SYNTHETIC, about
from plro_core.store import Registry

NAME = ".zenodo.json"


def zenodo(registry: Registry) -> bytes:
    """The form of a version."""
    told = about(registry)
    form: dict[str, Any] = {
        "title": told.title,
        "upload_type": "dataset",
        "description": f"<p>{escape(told.summary)}</p>",
        "creators": [{"name": told.author}],
        "version": told.version,
        "keywords": list(KEYWORDS),
        "publication_date": told.day,
        "notes": SYNTHETIC if told.synthetic else "",
        "access_right": "open" if told.licence else "restricted",
        "license": told.licence.lower(),
        "access_conditions": "" if told.licence else "No licence is stated: ask the registry's owner.",
        "related_identifiers": [
            {"identifier": doi, "relation": "isDerivedFrom", "resource_type": "publication-article"}
            for _, _, doi in told.papers
            if doi
        ],
    }
    told_parts = {name: value for name, value in form.items() if value not in ("", [])}
    return json.dumps(told_parts, indent=2, ensure_ascii=False).encode() + b"\n"
