"""Reading a document's ``relations.csv``: how its claims stand to each other, one relation a row.

A contradiction of two statements is one row, so it is counted once however many claims are marked by it.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from plro_core import plain_files
from plro_core.problems import DataProblem
from plro_core.series.claims.model import RELATION_WORDS, RELATIONS, Claim, Related, Relation
from plro_core.series.documents import RELATIONS as FILE

COLUMNS = ("first", "relation", "second", "note")


def read_relations(folder: Path, claims: Iterable[Claim]) -> tuple[Relation, ...]:
    """The relations between the claims of the document in ``folder``; empty if none are kept.

    Raises:
        DataProblem: a row is malformed, or names a claim that there is not; the sentence names file, row, column, value and
            what was expected.
    """
    try:
        with plain_files.lines(folder / FILE) as file:
            rows = list(csv.reader(file, strict=True))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, csv.Error):
        raise DataProblem(f"{FILE}: the file cannot be read; expected comma-separated values in UTF-8.") from None
    if not rows or tuple(rows[0]) != COLUMNS:
        raise DataProblem(f"{FILE}, row 1: “{','.join(rows[0]) if rows else ''}”; expected {','.join(COLUMNS)}.")
    known = {claim.id for claim in claims}
    found: list[Relation] = []
    for number, row in enumerate(rows[1:], start=2):
        found.append(_relation(number, row, known, found))
    return tuple(found)


def _relation(number: int, row: list[str], known: set[str], before: list[Relation]) -> Relation:
    if len(row) != len(COLUMNS):
        raise DataProblem(f"{FILE}, row {number}: {len(row)} cells; expected {len(COLUMNS)}.")
    first, relation, second, note = row
    for column, name in (("first", first), ("second", second)):
        if name not in known:
            raise _refuse(number, column, name, "the id of a claim")
    if relation not in RELATIONS:
        raise _refuse(number, "relation", relation, f"one of {', '.join(RELATIONS)}")
    if first == second or any({first, second} == {other.first, other.second} for other in before):
        raise _refuse(number, "second", second, "another claim, and each pair once")
    return Relation(first, relation, second, note)


def _refuse(row: int, column: str, value: str, expected: str) -> DataProblem:
    return DataProblem(f"{FILE}, row {row}, column {column}: “{value[:80]}”; expected {expected}.")


def related_to(claim: Claim, relations: Iterable[Relation], claims: Mapping[str, Claim]) -> tuple[Related, ...]:
    """The relations of one claim, in its own words and in the file's order."""
    found = []
    for relation in relations:
        if claim.id in (relation.first, relation.second):
            other = claims[relation.second if claim.id == relation.first else relation.first]
            forward = claim.id == relation.first
            words = RELATION_WORDS[relation.relation][not forward]
            found.append(
                Related(relation.relation, words, other.id, other.location, other.printed, relation.note, forward)
            )
    return tuple(found)
