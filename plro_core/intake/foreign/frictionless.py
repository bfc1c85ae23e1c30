"""Frictionless data packages: what ``datapackage.json`` says of the CSV files that come with it.

How text is written (encoding, delimiter, decimal sign) and which words mean missing is taken from it; which column is which
variable is not, since its names are its author's. A file that it lists and that did not come, or that has another checksum, is
told. Source: https://datapackage.org/standard/.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from plro_core import strict
from plro_core.intake.delimited import DELIMITERS
from plro_core.intake.model import Dialect, File, Finding
from plro_core.problems import DataProblem
from plro_core.text import counted, listed, printable

NAME = "datapackage.json"
_JSON = strict.Form(DataProblem, "the description of a data package", 5_000_000)
_HASHES = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True)
class Resource:
    """One file of a package: how it is written, its checksum (``sha256:…``, or empty), and which words mean missing in it."""

    file: str
    dialect: Dialect
    hash: str = ""
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Applied:
    """The files as the package says that they are to be read, how each is written, and what is to be told of it."""

    files: tuple[File, ...]
    dialects: Mapping[str, Dialect]
    findings: tuple[Finding, ...]


def read_package(content: bytes) -> tuple[Resource, ...]:
    """The files that a package lists.

    Raises:
        DataProblem: one sentence that names the part at fault.
    """
    told = _JSON.object("the file", _JSON.json(content))
    found = told.get("resources")
    if not isinstance(found, list) or not found:
        raise DataProblem("“resources” is missing; expected a list of the package's files.")
    resources = tuple(_resource(_JSON.object("resources", part)) for part in found)
    names = [resource.file for resource in resources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataProblem(f"two resources are called {printable(twice)}; expected files of different names.")
    return resources


def applied(resources: Sequence[Resource], files: Sequence[File]) -> Applied:
    """What the package makes of the files that came with it."""
    known = {resource.file: resource for resource in resources}
    given = {file.name for file in files}
    findings = [_absent(name) for name in known if name not in given]
    read: list[File] = []
    for file in files:
        resource = known.get(file.name)
        if resource is None:
            read.append(file)
            continue
        if not _is_whole(file, resource):
            text = f"the file differs from the checksum that {NAME} gives; expected the file that was described."
            findings.append(Finding(file.name, rule="package", message=text))
        kept, count = _without_missing(file, resource)
        if count:
            words = listed([f"“{printable(word)}”" for word in sorted(resource.missing)], "or")
            text = f"{NAME} says that {words} means missing; {counted(count, 'cell')} are read as empty."
            findings.append(Finding(file.name, rule="package", severity="warning", message=text))
        read.append(kept)
    dialects = {resource.file: resource.dialect for resource in resources if resource.dialect != Dialect()}
    return Applied(tuple(read), dialects, tuple(findings))


def _absent(name: str) -> Finding:
    text = f"{NAME} lists {printable(name)}, which did not come with it; expected all files of the package."
    return Finding(NAME, rule="package", message=text)


def _resource(part: Mapping[str, Any]) -> Resource:
    path = part.get("path")
    path = path[0] if isinstance(path, list) and len(path) == 1 else path
    if not isinstance(path, str) or not path:
        raise DataProblem("a resource has no “path” of one file; expected the name of a CSV file.")
    pure = PurePosixPath(path)
    if "://" in path or pure.is_absolute() or ".." in pure.parts:
        raise DataProblem(f"{printable(path)} lies elsewhere; expected a file of the package, nothing is fetched.")
    told = part.get("dialect", {})
    dialect = _JSON.object("dialect", told) if told else {}
    delimiter, encoding = dialect.get("delimiter", ""), part.get("encoding", "")
    if not isinstance(encoding, str) or delimiter not in ("", *DELIMITERS):
        raise DataProblem(f"{printable(path)} is written in a way that is not read; expected comma, semicolon or tab.")
    schema = part.get("schema", {})
    fields = _JSON.object("schema", schema).get("fields", []) if isinstance(schema, dict) else []
    own = schema.get("missingValues", []) if isinstance(schema, dict) else []
    stated = part.get("hash", "")
    return Resource(
        pure.name,
        Dialect(encoding.lower(), delimiter, _decimal(fields)),
        stated if isinstance(stated, str) else "",
        frozenset(word for word in own if isinstance(word, str) and word) if isinstance(own, list) else frozenset(),
    )


def _decimal(fields: Any) -> str:
    """The decimal sign, if every field that has one has the same."""
    parts = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    signs = {field.get("decimalChar", ".") for field in parts if field.get("type") == "number"}
    return "," if signs == {","} else ""


def _is_whole(file: File, resource: Resource) -> bool:
    """Whether a file has the checksum that its package gives; one of a kind that is not known says nothing."""
    kind, _, digest = resource.hash.rpartition(":")
    name = kind.lower().replace("-", "") or "md5"
    if not digest or name not in _HASHES:
        return True
    return hashlib.new(name, file.content, usedforsecurity=False).hexdigest() == digest.lower()


def _without_missing(file: File, resource: Resource) -> tuple[File, int]:
    """The file with its words for missing as empty cells, and how many there were; every row keeps its number."""
    if not resource.missing:
        return file, 0
    encoding = resource.dialect.encoding or "utf-8-sig"
    try:
        text = file.content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=resource.dialect.delimiter or ",", strict=True))
    except (UnicodeDecodeError, LookupError, csv.Error):
        return file, 0  # who opens the file says what is wrong with it
    count = sum(cell in resource.missing for row in rows[1:] for cell in row)
    if not count:
        return file, 0
    kept = [*rows[:1], *([("" if cell in resource.missing else cell) for cell in row] for row in rows[1:])]
    out = io.StringIO()
    csv.writer(out, delimiter=resource.dialect.delimiter or ",", lineterminator="\n").writerows(kept)
    return replace(file, content=out.getvalue().encode(encoding)), count
