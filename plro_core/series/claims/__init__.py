"""A document checked against its own tables: every checkable statement, recomputed from the registry's cells.

The statements stand in the ``claims.csv`` of the document's folder, each with the kind of check that tests it; nothing
recomputed is stored. Printed statistics are only ever claims here: the dashboard itself computes from cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

from plro_core.series.claims.checks import CHECKS
from plro_core.series.claims.evidence import Evidence
from plro_core.series.claims.findings import CHECKABLE, FOUND, READING_ORDER, claims_finding, claims_rest
from plro_core.series.claims.lacking import lacking
from plro_core.series.claims.model import (
    RELATION_WORDS,
    RELATIONS,
    STATUS_WORDS,
    STATUSES,
    CheckedClaim,
    Claim,
    Related,
    Status,
    Verdict,
)
from plro_core.series.claims.reading import read_claims
from plro_core.series.claims.relations import read_relations, related_to
from plro_core.series.claims.witness import cells_of_claim
from plro_core.series.documents import CLAIMS as FILE
from plro_core.series.documents import RELATIONS as RELATIONS_FILE
from plro_core.series.documents import Bound
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.text import listed, patients

#: What is said where no document with claims has patients.
NOTHING = "This registry holds no tables of a document, so there is nothing to check."

__all__ = (
    "CHECKABLE",
    "FOUND",
    "NOTHING",
    "READING_ORDER",
    "RELATIONS",
    "RELATION_WORDS",
    "STATUSES",
    "STATUS_WORDS",
    "CheckedClaim",
    "Claim",
    "Status",
    "cells_of_claim",
    "check_claims",
    "claims_as_table",
    "claims_caption",
    "claims_finding",
    "claims_listed",
    "claims_question",
    "claims_rest",
    "claims_stamp",
    "claims_table",
    "claims_title",
    "contradictions",
    "read_claims",
    "read_relations",
    "relations_table",
)

#: The columns of the table that a reader is shown, in order.
COLUMNS = ("id", "statement", "location", "printed", "recomputed", "status", "explanation", "relations")


def check_claims(registry: Registry) -> tuple[CheckedClaim, ...]:
    """Every printed statement with what the registry's cells make of it: document by document, in printed order.

    A document's claims are checked over its own patients. Empty for a registry without documents, and for one whose
    documents come without claims.

    Raises:
        DataProblem: a ``claims.csv`` is malformed.
    """
    stamp = claims_stamp(registry)
    kept = _kept.get(registry)
    if kept is None or kept[0] != stamp:
        found = tuple(checked for bound in registry.documents for checked in _of_document(registry, bound))
        kept = _kept[registry] = (stamp, found)
    return kept[1]


#: What was checked of an open registry, and in which state its files of claims were.
_kept: WeakKeyDictionary[Registry, tuple[str, tuple[CheckedClaim, ...]]] = WeakKeyDictionary()


def claims_stamp(registry: Registry) -> str:
    """Another text whenever a file of claims is another one: sizes and times, so that nothing is read for it."""
    return " ".join(
        f"{path.parent.name} {stat.st_size} {stat.st_mtime_ns}"
        for claims in map(_file, registry.documents)
        if claims is not None
        for path in (claims, claims.parent / RELATIONS_FILE)
        if path.exists()
        for stat in (path.stat(),)
    )


def _file(bound: Bound) -> Path | None:
    """The claims of a document; ``None`` where it comes without."""
    folder = bound.document.folder
    return folder / FILE if folder is not None and (folder / FILE).exists() else None


def _of_document(registry: Registry, bound: Bound) -> tuple[CheckedClaim, ...]:
    path = _file(bound)
    if path is None:
        return ()
    claims = read_claims(path.parent)
    relations = read_relations(path.parent, claims)
    evidence = Evidence(registry, bound, {claim.id: claim for claim in claims})
    verdicts = {claim.id: _verdict(evidence, claim) for claim in claims}
    return tuple(_checked(bound, claim, verdicts, related_to(claim, relations, evidence.claims)) for claim in claims)


def _verdict(evidence: Evidence, claim: Claim) -> Verdict:
    lacks = lacking(evidence, claim)
    return Verdict("", "not_checkable", lacks) if lacks else CHECKS[claim.check].run(evidence, claim)


def _checked(bound: Bound, claim: Claim, verdicts: Mapping[str, Verdict], related: tuple[Related, ...]) -> CheckedClaim:
    found = verdicts[claim.id]
    return CheckedClaim(
        claim.id,
        claim.topic,
        claim.statement,
        claim.location,
        claim.verbatim,
        claim.printed,
        found.recomputed,
        _status(found, [verdicts[other.id] for other in related if other.relation == "contradicts"]),
        " ".join(filter(None, (found.explanation, claim.note))),
        bound.document.short,
        related,
    )


def _status(found: Verdict, rivals: Sequence[Verdict]) -> Status:
    """The status of a claim, given the verdicts on those that contradict it.

    Of two statements that contradict each other, the one that the cells speak against is contradicted; where they speak
    for neither and against neither, or against both, both are.
    """
    if not rivals or found.status in ("agrees", "subset"):
        return found.status
    falls = found.status == "differs" or all(rival.status != "differs" for rival in rivals)
    return "contradicted" if falls else found.status


def contradictions(checked: Iterable[CheckedClaim]) -> tuple[tuple[str, str], ...]:
    """The pairs of statements that contradict each other, each pair once, in the claims' order."""
    pairs = (
        (claim.document, *sorted((claim.id, relation.id)))
        for claim in checked
        for relation in claim.related
        if relation.relation == "contradicts"
    )
    return tuple((first, second) for _, first, second in dict.fromkeys(pairs))


def claims_table(registry: Registry) -> list[dict[str, str]]:
    """The checked claims as plain rows, for printing as JSON, Markdown or CSV."""
    return [{name: getattr(claim, name) for name in COLUMNS} for claim in check_claims(registry)]


_LABELS = {
    "document": "Document",
    "id": "Claim",
    "statement": "Statement, in our words",
    "location": "Place in the document",
    "printed": "Printed",
    "recomputed": "Recomputed",
    "status": "Status",
    "explanation": "Explanation",
    "relations": "Relations",
}
#: Where nothing is claimed, no paper is spoken of.
_WITHOUT = {"location": "Place", "printed": "Stated"}


def relations_table(checked: Iterable[CheckedClaim], title: str = "Relations between claims") -> Table:
    """Every relation of the claims once: the two claims with what they print, the relation, and why."""
    rows: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
    told = [(claim, relation) for claim in checked for relation in claim.related]
    # A relation is told as it was written, and the other way round only where its first claim is not among these.
    for claim, other in sorted(told, key=lambda pair: not pair[1].forward):
        row = (claim.id, claim.printed, other.words, other.id, other.printed, other.note, claim.document)
        rows.setdefault((claim.document, frozenset((claim.id, other.id))), row)
    return Table("relations", title, tuple(Column(*column) for column in _RELATION_COLUMNS), tuple(rows.values()))


_RELATION_COLUMNS = (
    ("first", "Claim"),
    ("first_printed", "Printed"),
    ("relation", "Relation"),
    ("second", "Other claim"),
    ("second_printed", "Printed there"),
    ("note", "Why"),
    ("document", "Document"),
)


def claims_title(registry: Registry) -> str:
    """What a table of the registry's claims is called: the documents by their short names, unless one says it better."""
    names = [bound.document.short for bound in registry.documents]
    if not names:
        return NOTHING
    whose = "its" if len(names) == 1 else "their"
    return registry.told("claims.title", f"{listed(names)}, checked against {whose} own tables")


def claims_question(registry: Registry) -> str:
    """The question that the claims answer, for the head of a page."""
    names = [bound.document.short for bound in registry.documents]
    if not names:
        return "Does a document follow from its own tables?"
    does, whose = ("Does", "its") if len(names) == 1 else ("Do", "their")
    return registry.told("claims.question", f"{does} {listed(names)} follow from {whose} own tables?")


def claims_caption(registry: Registry) -> str:
    """Whose claims these are, and on which patients they are checked, in a sentence."""
    whose = [f"{bound.document.short} ({patients(len(bound.patients))})" for bound in registry.documents]
    otherwise = f"Statements of {listed(whose)}, checked on all of these patients, whatever the filters."
    return registry.told("claims.whom", otherwise)


def claims_listed(registry: Registry, status: str | None = None, relations: bool = False) -> Table:
    """The claims, of one status where one is given, or how they stand to each other; of all of them what they come to as a note."""
    checked = tuple(claim for claim in check_claims(registry) if status in (None, claim.status))
    if relations:
        return relations_table(checked)
    table = claims_as_table(checked, claims_title(registry))
    return replace(table, notes=(claims_finding(checked),)) if checked and status is None else table


def claims_as_table(checked: tuple[CheckedClaim, ...], title: str = "Claims") -> Table:
    """Checked claims for readers and downloads; the status stays its code, so that it can be filtered.

    Where the claims are of several documents, a first column names the document.
    """
    several = len({claim.document for claim in checked}) > 1
    names = ("document", *COLUMNS) if several else COLUMNS
    labels = _LABELS if checked else _LABELS | _WITHOUT
    columns = tuple(Column(name, labels[name]) for name in names)
    rows = tuple(tuple(getattr(claim, name) for name in names) for claim in checked)
    return Table("claims", title, columns, rows)
