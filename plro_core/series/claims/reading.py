"""Reading a document's ``claims.csv``: one printed statement a row, each field checked before anything is computed.

Whether a registry has the variables that a claim speaks of is another question, asked where the claim is checked.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from plro_core import plain_files
from plro_core.problems import DataProblem
from plro_core.series.claims import printed
from plro_core.series.claims.checks import CHECKS
from plro_core.series.claims.model import Claim
from plro_core.series.documents import CLAIMS as FILE

COLUMNS = ("id", "topic", "statement", "location", "verbatim", "printed", "check", "parameters", "note")
_FILLED = ("id", "topic", "statement", "location", "verbatim", "check")
_LONGEST_ANCHOR = 12


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """The claims of the document in ``folder``, in printed order.

    Raises:
        DataProblem: the file is missing or a row is malformed; the sentence names file, row, column, value
            and what was expected.
    """
    try:
        with plain_files.lines(folder / FILE) as file:
            rows = list(csv.reader(file, strict=True))
    except FileNotFoundError:
        raise DataProblem(f"{FILE}: the file is missing from {folder.name}/.") from None
    except UnicodeDecodeError:
        raise DataProblem(f"{FILE}: the file is not UTF-8 text; expected UTF-8.") from None
    except csv.Error as error:
        raise DataProblem(f"{FILE}: {error}; expected comma-separated values.") from None
    except OSError:
        raise DataProblem(f"{FILE}: the file cannot be read.") from None
    return _claims(rows)


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
    kind = CHECKS.get(cells["check"])
    if kind is None:
        raise _refuse(number, "check", cells["check"], f"one of {', '.join(CHECKS)}")
    if cells["printed"] not in cells["verbatim"]:
        raise _refuse(number, "printed", cells["printed"], "words of the column verbatim")
    if not kind.reads(cells["printed"]):
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
    """A value that a check will count with or look for must be of its form."""
    check = _VALUE_CHECKS.get(name)
    if check is None:
        return
    try:
        check(value)
    except (ValueError, re.error):
        raise _refuse(number, "parameters", value, _EXPECTED[name]) from None


def _like(pattern: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(value)

    return check


_NAME = "[a-z][a-z0-9_]*"
_NUMBER = r"-?\d{1,9}(\.\d{1,9})?"
_RULE = r"(vas<=|fall>=)\d{1,3}"

_VALUE_CHECKS: dict[str, Callable[[str], object]] = {
    "variable": _like(_NAME),
    "lab": _like(_NAME),
    **dict.fromkeys(("variables", "traits"), _like(f"{_NAME}(,{_NAME})*")),
    **dict.fromkeys(("month", "case", "percent"), _like(r"\d{1,9}")),
    **dict.fromkeys(("line", "low", "high", "ion", "salt"), _like(_NUMBER)),
    **dict.fromkeys(("words", "first_words", "second_words"), re.compile),
    "definitions": _like(f"{_RULE}(,{_RULE})*"),
    "side": _like("high|low|left|right|bilateral"),
}
_EXPECTED = {
    **dict.fromkeys(("variable", "lab"), "the name of a variable"),
    **dict.fromkeys(("variables", "traits"), "names of variables, joined by commas"),
    **dict.fromkeys(("month", "case", "percent"), "a whole number"),
    **dict.fromkeys(("line", "low", "high", "ion", "salt"), "a number"),
    **dict.fromkeys(("words", "first_words", "second_words"), "a regular expression"),
    "side": "high, low, left, right or bilateral",
    "definitions": "vas<=number or fall>=number, joined by commas",
}


def _check_references(claims: tuple[Claim, ...]) -> None:
    """Ids are unique, and a claim that is set against others names ones that exist and print what is needed of them."""
    known: dict[str, Claim] = {}
    for row, claim in enumerate(claims, start=2):
        if claim.id in known:
            raise _refuse(row, "id", claim.id, "each id once")
        known[claim.id] = claim
    for row, claim in enumerate(claims, start=2):
        for parameter, (reads, expected) in _REFERENCES.items():
            for name in filter(None, claim.parameters.get(parameter, "").split(",")):
                if name not in known:
                    raise _refuse(row, "parameters", name, "the id of another claim")
                if not reads(known[name].printed):
                    raise _refuse(row, "parameters", name, f"the id of a claim that prints {expected}")


#: Parameters that name other claims -> what those must print.
_REFERENCES: dict[str, tuple[Callable[[str], bool], str]] = {
    "against": (lambda text: True, ""),
    **dict.fromkeys(("counted", "whole"), (lambda text: printed.count(text, 0) is not None, "a count")),
    "parts": (lambda text: printed.size(text) is not None, "a count as n = 5"),
    **dict.fromkeys(("members", "except"), (lambda text: bool(printed.numbers(text)), "the numbers of patients")),
    "mean": (lambda text: printed.months(text) is not None, "a time in months"),
}
