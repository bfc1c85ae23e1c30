"""``datapackage.json``: the tables and columns described after the Data Package standard, version 2.

Required by the standard: ``resources``; of each ``name`` and ``path``; of its schema ``fields`` with a ``name``. What
the standard has no word for (unit, LOINC, reference range) stands in properties of our own, which it allows.

Source: https://datapackage.org/standard/data-package/, data-resource/ and table-schema/.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from plro_core.store import Manifest
from plro_core.vocabulary import Reference, RegistryTable, Variable, Vocabulary

Part = dict[str, Any]

_PROFILES = "https://datapackage.org/profiles/2.0"
_TYPES = {
    "identifier": "integer",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "category": "string",
    "text": "string",
}
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def descriptor(
    manifest: Manifest,
    vocabulary: Vocabulary,
    heads: Mapping[str, list[str]],
    files: Mapping[str, bytes],
    licences: list[Part],
    repeated: Collection[str] = (),
) -> bytes:
    """The descriptor of a version; ``heads`` are the columns of each table, ``files`` the finished files by path.

    The tables of ``repeated`` have several rows of one key, such as courses of a treatment: they have no primary key.
    """
    told: Part = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": f"plro-{re.sub('[^a-z0-9._-]+', '-', manifest.version.lower())}",
        "title": manifest.title,
        "description": manifest.note,
        "version": manifest.version,
        "contributors": [{"title": manifest.author}] if manifest.author else [],
        "sources": [{"title": manifest.source}] if manifest.source else [],
        "licenses": licences,
        "resources": [
            _resource(
                table,
                [entry for entry in vocabulary.columns(table.name) if entry.name in heads[table.name]],
                files,
                has_key=table.name not in repeated,
            )
            for table in vocabulary.tables
            if table.name in heads
        ],
        "synthetic": manifest.synthetic,
    }
    # The standard wants a time here, and no list that is empty.
    if _DATETIME.fullmatch(manifest.time):
        told["created"] = manifest.time
    told = {key: value for key, value in told.items() if value not in ("", [])}
    return json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _resource(table: RegistryTable, entries: list[Variable], files: Mapping[str, bytes], has_key: bool) -> Part:
    path = f"data/{table.name}.csv"
    return {
        "name": table.name,
        "type": "table",
        "path": path,
        "title": table.label,
        "description": f"{table.row[:1].upper()}{table.row[1:]} a row.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "bytes": len(files[path]),
        "hash": f"sha256:{hashlib.sha256(files[path]).hexdigest()}",
        "schema": _schema(table, entries, has_key),
    }


def _schema(table: RegistryTable, entries: list[Variable], has_key: bool) -> Part:
    schema: Part = {
        "$schema": f"{_PROFILES}/tableschema.json",
        "fields": [_field(entry) for entry in entries],
        "missingValues": [""],
    }
    if has_key:
        schema["primaryKey"] = list(table.key)
    if table.name != "cases" and "case_id" in {entry.name for entry in entries}:
        reference = {"resource": "cases", "fields": ["case_id"]}
        schema["foreignKeys"] = [{"fields": ["case_id"], "reference": reference}]
    return schema


def _field(entry: Variable) -> Part:
    field: Part = {
        "name": entry.name,
        "type": _TYPES[entry.kind],
        "title": entry.label,
        "description": entry.note,
        "constraints": _constraints(entry),
        "unit": entry.stated_unit,
        "loinc": entry.loinc,
        "siUnit": entry.si_unit,
        "siFactor": entry.si_factor,
        "plausibleSource": entry.plausible.source if entry.plausible else "",
        "reference": _reference(entry.reference),
        "otherRanges": [_reference(known) for known in entry.other_ranges],
        "caveat": entry.caveat,
        "levels": {level.code: level.label for level in entry.levels} if entry.kind == "category" else {},
        "source": entry.source,
    }
    return {key: value for key, value in field.items() if value not in ("", None, {}, [])}


def _constraints(entry: Variable) -> Part:
    """What a cell must obey: the rules of the registry's own schema, no more."""
    rules: Part = {"required": True} if entry.required else {}
    if entry.kind == "category" and entry.levels:
        rules["enum"] = [level.code for level in entry.levels]
    if entry.plausible and entry.plausible.low is not None:
        rules["minimum"] = entry.plausible.low
    if entry.plausible and entry.plausible.high is not None:
        rules["maximum"] = entry.plausible.high
    return rules


def _reference(known: Reference | None) -> Part:
    """A reference range with what is known of it; what is not known is left out."""
    return {name: value for name, value in asdict(known).items() if value != ""} if known else {}
