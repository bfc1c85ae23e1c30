"""What a paper says about patients of a registry: a document, kept as data beside them and never as code.

A document is a folder with a ``document.toml``: its citation, the sentences that introduce its patients, its printed
tables, and remarks on single variables. It belongs to a version where two things hold: the version, or one that it
descends from, names the document as its source, and the cells that it calls printed are those of the document. The first
document comes with the program; another is a folder ``series/<name>/`` in the registry's folder, with its claims beside::

    name = "aytar-2022"
    short = "Aytar et al. 2022"
    citation = "Aytar MH et al., Turkish Neurosurgery 2022;32(2)"
    doi = "10.5137/1019-5149.JTN.36058-21.1"
    places = ["Table I, row "]       # how the places begin that cells of its patients were read from
    introduction = "…"               # Markdown

    [variables.smoking]              # what it says of one variable
    note = "…"
    source = "Table I; text, Case Series"

    [[printed]]                      # a printed table
    title = "Table I"
    …
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from plro_core import strict
from plro_core.problems import RegistryProblem
from plro_core.text import repeated
from plro_core.vocabulary import Level, Variable, Vocabulary

FILE = "document.toml"
#: The folder of a registry in which its documents lie, each in a folder of its own.
HOME = "series"
#: What lies beside a document: its claims, how they stand to each other, and its list of references.
CLAIMS, RELATIONS, REFERENCES = KEPT = ("claims.csv", "relations.csv", "references.csv")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_TOML = strict.Form(RegistryProblem, "what a document says of patients", 500_000)


@dataclass(frozen=True)
class Remark:
    """What a document says of one variable: a note, where it is printed, what it and its levels are called there (alone
    and inside a sentence), and whether its unit is a guess.
    """

    note: str = ""
    source: str = ""
    label: str = ""
    noun: str = ""
    assumed_unit: bool = False
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PrintedTable:
    """A table of a document as printed: title, caption, heads in order, notes, and the registry's table of its cells."""

    title: str
    caption: str
    heads: tuple[str, ...]
    cells: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Licence:
    """The terms under which what was taken from a document is handed on: in words, and by name for programs."""

    text: str
    name: str = ""
    title: str = ""


@dataclass(frozen=True)
class Fact:
    """What a document states of its patients as a whole and prints in no table: in a word, in its words, and where."""

    name: str
    value: str
    words: str
    place: str


@dataclass(frozen=True)
class Document:
    """One paper about patients of a registry. ``places`` are how the places begin that its patients were read from;
    ``folder`` is where its other files lie, such as its claims.
    """

    name: str
    short: str
    citation: str
    doi: str
    introduction: str = ""
    places: tuple[str, ...] = ()
    printed_sha256: str = ""
    printed: tuple[PrintedTable, ...] = ()
    remarks: Mapping[str, Remark] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    pain_control_mean: str = ""
    licence: Licence | None = None
    facts: tuple[Fact, ...] = ()
    folder: Path | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """Titles of its printed tables, in order."""
        return tuple(table.title for table in self.printed)

    def is_named_in(self, source: str) -> bool:
        """Whether a version says that its data are this document's."""
        return any(word and word in source for word in (self.doi, self.citation))


@dataclass(frozen=True)
class Bound:
    """A document of a version, with the numbers of its patients there."""

    document: Document
    patients: frozenset[int]


def read(path: Path) -> Document:
    """The document that a ``document.toml`` holds.

    Raises:
        RegistryProblem: the file cannot be read, or a part is missing or of another kind; the sentence names it.
    """
    form = replace(_TOML, name=f"{path.parent.name}/{path.name}")
    return replace(_document(form.name, form.toml(form.file(path, follow=True))), folder=path.parent)


_TEXTS = ("name", "short", "citation", "doi", "introduction", "printed_sha256")
_KEYS = (*_TEXTS, "places", "printed", "variables", "tables", "labels", "says", "pain_control", "licence", "facts")
_REMARK = {"note": str, "source": str, "label": str, "noun": str, "assumed_unit": bool, "levels": dict}
_FACT = ("name", "value", "words", "place")
_PRINTED = {"title": str, "caption": str, "heads": list, "cells": str, "notes": list}


def _document(name: str, told: Mapping[str, Any]) -> Document:
    def expect(holds: bool, part: str, expected: str) -> None:
        if not holds:
            raise RegistryProblem(f"{name}: “{part[:80]}”; expected {expected}.")

    for key in told:
        expect(key in _KEYS, key, f"one of {', '.join(_KEYS)}")
    for key in _TEXTS:
        expect(isinstance(told.get(key, ""), str), key, "text")
    for key in ("name", "short", "citation"):
        expect(bool(told.get(key)), key, "a value")
    expect(bool(_NAME.fullmatch(told["name"])), f"name = {told['name']}", "small letters, digits and hyphens")
    expect(_are_texts(told.get("places", [])), "places", "a list of texts")
    expect(_texts_by_key(told.get("says", {})), "says", "sentences by their names")
    variables, tables = told.get("variables", {}), told.get("printed", [])
    expect(isinstance(variables, dict), "variables", 'tables such as [variables."cases.smoking"]')
    for entry, remark in variables.items():
        good = isinstance(remark, dict) and _texts_by_key(remark.get("levels", {}))
        good = good and all(isinstance(part, _REMARK.get(key, ())) for key, part in remark.items())
        expect(good, f"variables.{entry}", f"texts named {', '.join(_REMARK)}")
    expect(_texts_by_key(told.get("tables", {})), "tables", "what a row is, by table")
    expect(_texts_by_key(told.get("labels", {})), "labels", "what a table is called, by table")
    expect(
        isinstance(tables, list) and all(isinstance(entry, dict) for entry in tables), "printed", "[[printed]] tables"
    )
    for number, entry in enumerate(tables, 1):
        good = all(isinstance(entry.get(key, kind()), kind) for key, kind in _PRINTED.items())
        good = good and _are_texts(entry.get("heads", [])) and _are_texts(entry.get("notes", []))
        expect(
            good and set(entry) <= set(_PRINTED), f"printed {number}", f"texts and lists named {', '.join(_PRINTED)}"
        )
        expect(bool(entry.get("title")), f"printed {number}: title", "a value")
        expect(repeated(entry.get("heads", [])) is None, f"printed {number}: heads", "each head once")
    mean = told.get("pain_control", {})
    expect(_texts_by_key(mean) and set(mean) <= {"mean"}, "pain_control", 'mean = "2.4"')
    licence = told.get("licence", {})
    expect(_texts_by_key(licence) and set(licence) <= {"text", "name", "title"}, "licence", "text, name and title")
    expect(bool(licence.get("text")) or not licence, "licence: text", "a value")
    facts = told.get("facts", [])
    expect(isinstance(facts, list) and all(map(_is_fact, facts)), "facts", f"[[facts]] with {', '.join(_FACT)}")
    return Document(
        **{key: told.get(key, "") for key in _TEXTS},
        places=tuple(told.get("places", ())),
        printed=tuple(_printed(entry) for entry in tables),
        remarks={entry: Remark(**remark) for entry, remark in variables.items()},
        rows=told.get("tables", {}),
        labels=told.get("labels", {}),
        says=told.get("says", {}),
        pain_control_mean=mean.get("mean", ""),
        licence=Licence(**licence) if licence else None,
        facts=tuple(Fact(**fact) for fact in facts),
    )


def _are_texts(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(text, str) for text in found)


def _texts_by_key(found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(text, str) for text in found.values())


def _is_fact(found: object) -> bool:
    if not isinstance(found, dict) or set(found) != set(_FACT):
        return False
    return all(isinstance(text, str) and text for text in found.values())


def _printed(entry: Mapping[str, Any]) -> PrintedTable:
    lists = {key: tuple(entry.get(key, ())) for key in ("heads", "notes")}
    return PrintedTable(
        entry["title"], entry.get("caption", ""), lists["heads"], entry.get("cells", ""), lists["notes"]
    )


def known(folder: Path, shipped: Path) -> tuple[Document, ...]:
    """The documents that may have patients in a registry: the program's own, and those of its folder.

    Raises:
        RegistryProblem: a ``document.toml`` is at fault.
    """
    return tuple(read(path) for path in (shipped, *sorted((folder / HOME).glob(f"*/{FILE}"))) if path.exists())


def printed_sha256(rows: Iterable[Sequence[Any]]) -> str:
    """One checksum for printed cells (document, row, column, text), in whatever order they come."""
    ordered = sorted([str(document), int(row), str(column), text] for document, row, column, text in rows)
    return hashlib.sha256(json.dumps(ordered, ensure_ascii=False).encode()).hexdigest()


def remarked(vocabulary: Vocabulary, bound: Sequence[Bound], patients: int) -> Vocabulary:
    """The words of a registry with what its documents say of single variables.

    Where all patients are one document's, its words stand in the place of the field's own; where only some of them are,
    its note follows under its name.
    """
    remarks: dict[tuple[str, str], dict[str, Any]] = {}
    rows: dict[str, str] = {}
    labels: dict[str, str] = {}
    for found in bound:
        whole = len(found.patients) == patients
        rows |= dict(found.document.rows) if whole else {}
        labels |= dict(found.document.labels) if whole else {}
        for entry in vocabulary.variables:
            remark = found.document.remarks.get(f"{entry.table}.{entry.name}")
            if remark is not None:
                told = remarks.setdefault((entry.table, entry.name), {})
                told |= (
                    _replacing(remark, entry)
                    if whole
                    else _beside(remark, found.document, told.get("note", entry.note))
                )
    return replace(vocabulary, remarks=remarks, rows=rows, labels=labels) if remarks or rows or labels else vocabulary


def _replacing(remark: Remark, entry: Variable) -> dict[str, Any]:
    told = {name: value for name, value in asdict(remark).items() if value}
    if remark.levels:
        told["levels"] = tuple(Level(level.code, remark.levels.get(level.code, level.label)) for level in entry.levels)
    return told


def _beside(remark: Remark, document: Document, note: str) -> dict[str, Any]:
    told: dict[str, Any] = {"assumed_unit": True} if remark.assumed_unit else {}
    return told | ({"note": f"{note} {document.short}: {remark.note}".strip()} if remark.note else {})
