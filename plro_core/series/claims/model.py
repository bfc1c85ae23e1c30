"""What a printed claim is, and what a check makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["agrees", "differs", "contradicted", "subset", "not_checkable"]

STATUSES: tuple[Status, ...] = get_args(Status)

#: What a reader is told of each status.
STATUS_WORDS: Mapping[Status, str] = {
    "agrees": "agrees with the tables",
    "differs": "the tables give something else",
    "contradicted": "the paper says otherwise elsewhere",
    "subset": "true only of a run of consecutive patients",
    "not_checkable": "cannot be checked from what is printed",
}


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a document.

    ``statement`` is in our words; ``verbatim`` is a short anchor by which the place is found in it.
    ``check`` names the kind of recomputation, ``parameters`` say what it is applied to, and ``note`` is a
    sentence of ours that no recomputation can give.
    """

    id: str
    topic: str
    statement: str
    location: str
    verbatim: str
    printed: str
    check: str
    parameters: Mapping[str, str]
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answer of one check: what the registry's cells give, what that means, and why in plain words."""

    recomputed: str
    status: Status
    explanation: str


@dataclass(frozen=True)
class CheckedClaim:
    """A claim with what the registry's cells make of it; ``document`` is the short name of what prints it."""

    id: str
    topic: str
    statement: str
    location: str
    verbatim: str
    printed: str
    recomputed: str
    status: Status
    explanation: str
    document: str


def compared(same: bool, recomputed: str, good: str, bad: str, otherwise: Status = "differs") -> Verdict:
    """``agrees`` with one explanation, or ``otherwise`` with the other."""
    return Verdict(recomputed, "agrees", good) if same else Verdict(recomputed, otherwise, bad)
