"""What a claim speaks of and the registry does not have: then it cannot be checked, and one sentence says why."""

from collections.abc import Callable

from plro_core.cohort import Cohort
from plro_core.problems import QueryProblem
from plro_core.series.claims.evidence import Evidence
from plro_core.series.claims.model import Claim
from plro_core.text import listed

#: Kinds of check that calculate with the values.
_NUMERIC = ("mean_sd", "median", "mean", "span")


#: Kinds of check that look at a variable at every visit.
_OF_ALL_VISITS = ("missing_values", "rises")


def lacking(evidence: Evidence, claim: Claim) -> str:
    """Why the registry has no answer to a claim, in one sentence; empty where it has what the claim speaks of."""
    for name, value in claim.parameters.items():
        look = _LOOKS.get(name)
        if look and (sentence := look(evidence, claim, value)):
            return sentence
    return ""


def _variables(evidence: Evidence, claim: Claim, value: str) -> str:
    return next(filter(None, (_variable(evidence, claim, name) for name in value.split(","))), "")


def _variable(evidence: Evidence, claim: Claim, name: str) -> str:
    try:
        entry = evidence.declared(name)
    except (KeyError, QueryProblem):
        return f"This registry has no variable “{name}”."
    if claim.check in _NUMERIC and not entry.is_number:
        return f"{entry.label} is no number in this registry."
    if claim.check in _OF_ALL_VISITS and entry.table == "visits":
        return ""
    if (entry.table == "visits") is not ("month" in claim.parameters):
        how = "at visits, and no" if entry.table == "visits" else "once, and a"
        return f"{entry.label} is recorded {how} month is named."
    return ""


def _month(evidence: Evidence, claim: Claim, value: str) -> str:
    months = evidence.registry.vocabulary.months
    if int(value) in months:
        return ""
    return f"No visit is planned at month {value} here, but at {listed([str(month) for month in months])}."


def _lab(evidence: Evidence, claim: Claim, value: str) -> str:
    known = any(lab.name == value for lab in evidence.registry.vocabulary.labs)
    return "" if known else f"This registry has no laboratory value “{value}”."


def _cohort(evidence: Evidence, claim: Claim, value: str) -> str:
    try:
        Cohort.parse(value, evidence.registry.vocabulary)
    except QueryProblem as problem:
        return f"This registry cannot tell whom “{value}” means: {problem}"
    return ""


def _patient(evidence: Evidence, claim: Claim, value: str) -> str:
    return "" if int(value) in evidence.patients else f"Patient {value} is none of the {evidence.n} patients here."


def _table(evidence: Evidence, claim: Claim, value: str) -> str:
    if value in evidence.tables:
        return ""
    return f"The registry holds no printed “{value}”."


def _column(table: str) -> Callable[[Evidence, Claim, str], str]:
    """Looks for a column in the table that the parameter called ``table`` names."""

    def look(evidence: Evidence, claim: Claim, value: str) -> str:
        title = claim.parameters.get(table, "")
        if value in evidence.heads(title):
            return ""
        return f"{title or 'No table'} has no printed column “{value}”."

    return look


_LOOKS: dict[str, Callable[[Evidence, Claim, str], str]] = {
    **dict.fromkeys(("variable", "variables", "traits"), _variables),
    "month": _month,
    "lab": _lab,
    "where": _cohort,
    "case": _patient,
    **dict.fromkeys(("document", "first_table", "second_table"), _table),
    "column": _column("document"),
    "first_column": _column("first_table"),
    "second_column": _column("second_table"),
}
