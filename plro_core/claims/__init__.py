"""A paper checked against its own tables: every checkable statement, recomputed from the registry's cells.

The statements stand in the registry's table ``claims``, each with the kind of check that tests it; nothing
recomputed is stored. Printed statistics are only ever claims here: the dashboard itself computes from cells.
"""

from plro_core.claims.evidence import Evidence
from plro_core.claims.kinds import KINDS
from plro_core.claims.model import STATUS_WORDS, STATUSES, CheckedClaim, Claim, Status
from plro_core.claims.reading import read_claims, stored_claims
from plro_core.store import Registry
from plro_core.tables import Column, Table

__all__ = (
    "NOTHING",
    "STATUSES",
    "STATUS_WORDS",
    "TITLE",
    "CheckedClaim",
    "Claim",
    "Status",
    "check_claims",
    "claims_as_table",
    "claims_table",
    "read_claims",
)

TITLE = "The paper checked against its own tables"
NOTHING = "This registry holds no tables of a document, so there is nothing to check."

#: The columns of the table that a reader is shown, in order.
COLUMNS = ("id", "statement", "location", "printed", "recomputed", "status", "explanation")


def check_claims(registry: Registry) -> tuple[CheckedClaim, ...]:
    """Every printed statement with what the registry's cells make of it, in printed order.

    Empty for a registry that holds no printed tables, such as a synthetic one.

    Raises:
        DataProblem: a stored claim is malformed.
    """
    claims = stored_claims(registry)
    evidence = Evidence(registry, {claim.id: claim for claim in claims})
    return tuple(_checked(evidence, claim) for claim in claims) if evidence.n else ()


def _checked(evidence: Evidence, claim: Claim) -> CheckedClaim:
    found = KINDS[claim.check].run(evidence, claim)
    return CheckedClaim(
        claim.id,
        claim.topic,
        claim.statement,
        claim.location,
        claim.verbatim,
        claim.printed,
        found.recomputed,
        found.status,
        " ".join(filter(None, (found.explanation, claim.note))),
    )


def claims_table(registry: Registry) -> list[dict[str, str]]:
    """The checked claims as plain rows, for printing as JSON, Markdown or CSV."""
    return [{name: getattr(claim, name) for name in COLUMNS} for claim in check_claims(registry)]


def claims_as_table(checked: tuple[CheckedClaim, ...]) -> Table:
    """Checked claims for readers and downloads; the status stays its code, so that it can be filtered."""
    labels = (
        "Claim",
        "Statement, in our words",
        "Place in the paper" if checked else "Place",
        "Printed" if checked else "Stated",
        "Recomputed",
        "Status",
        "Explanation",
    )
    columns = tuple(map(Column, COLUMNS, labels))
    rows = tuple(tuple(getattr(claim, name) for name in COLUMNS) for claim in checked)
    return Table("claims", TITLE if checked else NOTHING, columns, rows)
