"""What a printed claim is, what a check makes of it, and how claims stand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Status = Literal["agrees", "differs", "contradicted", "subset", "incomplete", "omission", "circular", "not_checkable"]

STATUSES: tuple[Status, ...] = get_args(Status)

#: What a reader is told of each status.
STATUS_WORDS: Mapping[Status, str] = {
    "agrees": "agrees with the tables, or with the other place that says it",
    "differs": "the cells, plain arithmetic or the rest of the print give something else",
    "contradicted": "another statement of the same document says otherwise",
    "subset": "given exactly by a run of consecutive patients, and not by all",
    "incomplete": "true as far as it goes; one part of the document leaves out what another has",
    "omission": "a reader needs it, and the document does not say it",
    "circular": "the registry took the cell from this very sentence, so it cannot confirm it",
    "not_checkable": "cannot be checked from what is printed",
}

Relating = Literal["contradicts", "follows", "repeats", "completes", "qualifies", "shares"]

RELATIONS: tuple[Relating, ...] = get_args(Relating)

#: What the first claim of a relation does, and what the second has done to it.
RELATION_WORDS: Mapping[Relating, tuple[str, str]] = {
    "contradicts": ("contradicts", "contradicts"),
    "follows": ("follows from", "leads to"),
    "repeats": ("says the same as", "says the same as"),
    "completes": ("says more than", "says less than"),
    "qualifies": ("makes uncertain", "is made uncertain by"),
    "shares": ("is true of the same patients as", "is true of the same patients as"),
}


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a document.

    ``statement`` is in our words; ``verbatim`` is a short anchor by which the place is found in it, and ``printed`` the
    part of it that is checked. ``check`` names the kind of recomputation, ``parameters`` say what it is applied to, and
    ``note`` is a sentence of ours that no recomputation can give.
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
class Relation:
    """How one claim of a document stands to another; ``note`` says why in a sentence, where that is not plain."""

    first: str
    relation: Relating
    second: str
    note: str = ""


@dataclass(frozen=True)
class Related:
    """A relation as one of its claims has it: "contradicts" the claim ``id``, which prints ``printed`` at ``location``.

    ``forward`` where this claim is the first one of the relation as it was written.
    """

    relation: Relating
    words: str
    id: str
    location: str
    printed: str
    note: str
    forward: bool

    @property
    def text(self) -> str:
        """In words: "contradicts smokers-count"."""
        return f"{self.words} {self.id}"


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
    related: tuple[Related, ...] = field(default=())

    @property
    def relations(self) -> str:
        """All relations in words, joined by semicolons."""
        return "; ".join(relation.text for relation in self.related)


def compared(same: bool, recomputed: str, good: str, bad: str, otherwise: Status = "differs") -> Verdict:
    """``agrees`` with one explanation, or ``otherwise`` with the other."""
    return Verdict(recomputed, "agrees", good) if same else Verdict(recomputed, otherwise, bad)
