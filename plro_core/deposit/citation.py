"""``CITATION.cff``: how to cite a version, after the Citation File Format 1.2.0 (https://citation-file-format.github.io).

The format asks for authors as persons or entities. What a version calls its author is one text, which nobody can take
apart, so it is an entity.
"""

import json
import re

from plro_core.deposit.about import KEYWORDS, about
from plro_core.store import Registry

_NO_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def citation_cff(registry: Registry) -> bytes:
    """The file of a version."""
    told = about(registry)
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use these data, cite them as below, and the papers that they are from."',
        "type: dataset",
        f"title: {_text(told.title)}",
        "authors:",
        f"  - name: {_text(told.author)}",
        f"version: {_text(told.version)}",
        *([f"date-released: {_text(told.day)}"] if told.day else []),
        *([f"license: {told.licence}"] if told.licence else []),
        f"abstract: {_text(told.summary)}",
        "keywords:",
        *(f"  - {_text(word)}" for word in KEYWORDS),
    ]
    if told.papers:
        lines.append("references:")
    for short, citation, doi in told.papers:
        lines += ["  - type: article", f"    title: {_text(citation)}", "    authors:", f"      - name: {_text(short)}"]
        lines += [f"    doi: {_text(doi)}"] if doi else []
    return "\n".join(lines).encode() + b"\n"


def _text(text: str) -> str:
    """A text as YAML: JSON's strings are YAML's, but for signs that YAML takes for ends of lines or does not allow."""
    return _NO_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
