"""Reading ``claims.csv``: one printed statement a row, each field checked before anything is computed."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from plro_core.claims.evidence import declared, month_of
from plro_core.claims.kinds import KINDS
from plro_core.claims.model import Claim
from plro_core.cohort import Cohort
from plro_core.problems import DataProblem, QueryProblem
from plro_core.shipped import SHIPPED
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD

FILE = "claims.csv"
SOURCE = SHIPPED / "source"
COLUMNS = ("id", "topic", "statement", "location", "verbatim", "printed", "check", "parameters", "note")
_FILLED = ("id", "topic", "statement", "location", "verbatim", "check")
_LONGEST_ANCHOR = 10


def read_claims(folder: Path = SOURCE) -> tuple[Claim, ...]:
    """The claims of ``claims.csv`` in printed order.

    Raises:
        DataProblem: the file is missing or a row is malformed; the sentence names file, row, column, value
            and what was expected.
    """
    try:
        with (folder / FILE).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        raise DataProblem(f"{FILE}: the file is missing from {folder.name}/.") from None
    except UnicodeDecodeError:
        raise DataProblem(f"{FILE}: the file is not UTF-8 text; expected UTF-8.") from None
    return _claims(rows)


def stored_claims(registry: Registry) -> tuple[Claim, ...]:
    """The claims that a registry holds, in printed order; none where it holds no paper.

    Raises:
        DataProblem: a stored claim is malformed.
    """
    names = ", ".join(f"coalesce(\"{name}\", '')" for name in COLUMNS)
    return _claims([list(COLUMNS), *(list(row) for row in registry.rows(f"SELECT {names} FROM claims"))])


def _claims(rows: list[list[str]]) -> tuple[Claim, ...]:
    if not rows or tuple(rows[0]) != COLUMNS:
        found = ", ".join(rows[0]) if rows else ""
        raise DataProblem(f"{FILE}, row 1: “{found}”; expected the columns {', '.join(COLUMNS)}.")
    claims = tuple(_claim(number, row) for number, row in enumerate(rows[1:], start=2))
    _check_references(claims)
    return claims


def _refuse(row: int, column: str, value: str, expected: str) -> DataProblem:
    return DataProblem(f"{FILE}, row {row}, column {column}: “{value}”; expected {expected}.")


def _claim(number: int, row: list[str]) -> Claim:
    if len(row) != len(COLUMNS):
        raise DataProblem(f"{FILE}, row {number}: {len(row)} cells; expected {len(COLUMNS)}.")
    cells = dict(zip(COLUMNS, row, strict=True))
    for column in _FILLED:
        if not cells[column].strip():
            raise _refuse(number, column, "", "a value")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cells["id"]):
        raise _refuse(number, "id", cells["id"], "small letters, digits and single hyphens")
    if len(cells["verbatim"].split()) > _LONGEST_ANCHOR:
        raise _refuse(number, "verbatim", cells["verbatim"], f"at most {_LONGEST_ANCHOR} words")
    kind = KINDS.get(cells["check"])
    if kind is None:
        raise _refuse(number, "check", cells["check"], f"one of {', '.join(KINDS)}")
    if not re.fullmatch(kind.printed, cells["printed"]):
        raise _refuse(number, "printed", cells["printed"], f"what a {cells['check']} check can read")
    parameters = _parameters(number, cells["parameters"], kind.needs, kind.takes)
    return Claim(**{**cells, "parameters": parameters})  # type: ignore[arg-type]


def _parameters(number: int, text: str, needs: tuple[str, ...], takes: tuple[str, ...]) -> dict[str, str]:
    """Read "variable=vas; month=0"."""
    found: dict[str, str] = {}
    for part in text.split(";") if text.strip() else []:
        name, sign, value = part.strip().partition("=")
        if not sign or not value or name in found:
            raise _refuse(number, "parameters", part.strip(), "name=value, each name once")
        if name not in needs + takes:
            raise _refuse(number, "parameters", name, f"one of {', '.join(needs + takes) or 'no parameter'}")
        _check_value(number, name, value)
        found[name] = value
    for name in needs:
        if name not in found:
            raise _refuse(number, "parameters", text, f"a value for {name}")
    return found


def _check_value(number: int, name: str, value: str) -> None:
    """A value that the checks will look up must exist in the cohort language or the vocabulary."""
    check = _VALUE_CHECKS.get(name)
    if check is None:
        return
    try:
        check(value)
    except QueryProblem as problem:
        raise _refuse(number, "parameters", value, _EXPECTED.get(name, f"a cohort query ({problem})")) from None
    except (KeyError, ValueError, re.error):
        raise _refuse(number, "parameters", value, _EXPECTED[name]) from None


def _laboratory(value: str) -> None:
    if value not in [lab.name for lab in STANDARD.labs]:
        raise ValueError(value)


def _variables(value: str) -> None:
    for name in value.split(","):
        declared(name)


def _definition_list(value: str) -> None:
    if not re.fullmatch(r"(vas<=\d+|fall>=\d+)(,(vas<=\d+|fall>=\d+))*", value):
        raise ValueError(value)


_VALUE_CHECKS: dict[str, Callable[[str], object]] = {
    "where": lambda query: Cohort.parse(query, STANDARD),
    "variable": _variables,
    "variables": _variables,
    "traits": _variables,
    "month": month_of,
    "lab": _laboratory,
    "case": int,
    "line": float,
    "low": float,
    "high": float,
    "ion": float,
    "salt": float,
    "percent": int,
    "words": re.compile,
    "first_words": re.compile,
    "second_words": re.compile,
    "definitions": _definition_list,
}
_EXPECTED = {
    **dict.fromkeys(("variable", "variables", "traits"), "names of case or visit variables"),
    **dict.fromkeys(("line", "low", "high", "ion", "salt", "percent", "case"), "a number"),
    **dict.fromkeys(("words", "first_words", "second_words"), "a regular expression"),
    "month": "a visit month",
    "lab": "the name of a laboratory variable",
    "definitions": "vas<=number or fall>=number, joined by commas",
}


def _check_references(claims: tuple[Claim, ...]) -> None:
    """Ids are unique, and a claim that is set against others names ones that exist."""
    known: set[str] = set()
    for row, claim in enumerate(claims, start=2):
        if claim.id in known:
            raise _refuse(row, "id", claim.id, "each id once")
        known.add(claim.id)
    for row, claim in enumerate(claims, start=2):
        named = [claim.parameters[name] for name in ("against", "counted", "mean") if name in claim.parameters]
        for name in named + claim.parameters.get("parts", "").split(","):
            if name and name not in known:
                raise _refuse(row, "parameters", name, "the id of another claim")
