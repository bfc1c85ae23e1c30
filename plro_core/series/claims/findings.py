"""What a document's claims came to, in a sentence, and what a printed number can stand for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from plro_core.series.claims.model import CheckedClaim, Claim, Status
from plro_core.series.claims.rounding import MeanSd, decimals, read_number
from plro_core.text import MINUS, listed

#: What a reader should see first; of these, up to "agrees" the cells or another statement could speak for or against.
READING_ORDER: tuple[Status, ...] = (
    "contradicted", "differs", "subset", "incomplete", "agrees", "circular", "omission", "not_checkable",
)  # fmt: skip
#: What was held against something and did not come out whole.
FOUND: tuple[Status, ...] = ("contradicted", "differs", "subset", "incomplete")
CHECKABLE: tuple[Status, ...] = (*FOUND, "agrees")

#: One statement, several statements.
_CLAUSES: Mapping[Status, tuple[str, str]] = {
    "agrees": ("agrees", "agree"),
    "differs": ("differs", "differ"),
    "contradicted": ("is contradicted by another", "are contradicted by another"),
    "subset": ("is given by a part of the patients alone", "are given by a part of the patients alone"),
    "incomplete": ("is incomplete", "are incomplete"),
}

#: Why a statement cannot be checked.
_WHY_NOT: Mapping[Status, str] = {
    "not_checkable": "from what is printed",
    "omission": "because the document does not say it",
    "circular": "because the registry took its cell from the very sentence",
}


def claims_finding(checked: Iterable[CheckedClaim]) -> str:
    """How many statements could be checked and what came of it: "Of 95 statements that can be checked 58 agree; …".

    Empty without statements.
    """
    n = Counter(claim.status for claim in checked)
    could, others = sum(n[status] for status in CHECKABLE), sum(n.values()) - sum(n[status] for status in CHECKABLE)
    if not could:
        return f"None of {_statements(others)} can be checked." if others else ""
    rest = [_clause(status, n[status]) for status in ("differs", "contradicted", "incomplete", "subset") if n[status]]
    told = f"Of {_statements(could)} that can be checked {_clause('agrees', n['agrees'])}"
    return f"{told}; {listed(rest)}." if rest else f"{told}."


def claims_rest(checked: Iterable[CheckedClaim]) -> str:
    """Of the statements that could not be checked, how many and why; empty where there is none."""
    n = Counter(claim.status for claim in checked)
    rest = [status for status in _WHY_NOT if n[status]]
    if not rest:
        return ""
    told = [f"{n[status]} {_WHY_NOT[status]}" for status in rest]
    return f"{sum(n[status] for status in rest)} more cannot be checked: {listed(told)}."


def _statements(n: int) -> str:
    return f"{n} statement{'s' * (n != 1)}"


def _clause(status: Status, n: int) -> str:
    one, several = _CLAUSES[status]
    return f"{n or 'none'} {one if n == 1 else several}"


def stands_for(claim: Claim) -> str:
    """Which exact values a printed mean (and SD) can stand for, as it is rounded; empty for other claims."""
    if claim.check == "mean_sd":
        pair = MeanSd.parse(claim.printed)
        return f"As printed, the mean can be anything {_around(pair.mean)}, and the SD anything {_around(pair.sd)}."
    if claim.check == "mean":
        try:
            return f"As printed, the mean can be anything {_around(read_number(claim.printed.split()[-1]))}."
        except ValueError:
            return ""
    return ""


def _around(printed: Decimal) -> str:
    """Half a unit of the last printed decimal to each side, exactly."""
    half = Decimal(5).scaleb(-decimals(printed) - 1)
    low, high = (str(end).replace("-", MINUS) for end in (printed - half, printed + half))
    return f"from {low} to {high}"
