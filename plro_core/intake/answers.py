"""What people answer if the files leave open whether a number is a value or a code for a missing one, or in which unit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from plro_core.intake.model import Raw
from plro_core.problems import QueryProblem
from plro_core.text import listed, printable
from plro_core.vocabulary import Variable, Vocabulary

_NUMBER = re.compile(r"(-?[0-9]+)(?:\.([0-9]*))?")

#: A column (``vas``, or ``visits.vas`` where two tables have one of that name) and a code or a unit.
Said = tuple[str, str]


@dataclass(frozen=True)
class Answers:
    """Which codes of which columns are missing values, which are values, and which columns are in another unit."""

    missing: frozenset[Said] = frozenset()
    values: frozenset[Said] = frozenset()
    units: frozenset[Said] = frozenset()

    @classmethod
    def of(
        cls, missing: Iterable[str], values: Iterable[str], vocabulary: Vocabulary, units: Iterable[str] = ()
    ) -> "Answers":
        """Answers as they are typed, ``COLUMN=CODE`` or ``COLUMN=UNIT`` each.

        Raises:
            QueryProblem: one of them is no such pair, names no column of the registry or no unit of it, or is both.
        """
        said, kept = (frozenset(_pair(text, vocabulary) for text in texts) for texts in (missing, values))
        if both := sorted(said & kept):
            raise QueryProblem(f"“{printable('='.join(both[0]))}” is said to be missing and to be a value; say one.")
        return cls(said, kept, frozenset(_unit(text, vocabulary) for text in units))

    def speaks_of(self, entry: Variable) -> bool:
        """Whether something was said that changes how the cells of a column are read."""
        said = {column for column, _ in (*self.missing, *self.units)}
        return not said.isdisjoint(_names(entry))

    def says_missing(self, entry: Variable, raw: Raw) -> bool:
        return bool(self.missing) and _among(self.missing, entry, code_of(raw))

    def says_value(self, entry: Variable, code: str) -> bool:
        return _among(self.values, entry, code)

    def unit(self, entry: Variable) -> str:
        """The other unit that a column was said to be in; empty if it is in its own."""
        return next((unit for unit, _ in entry.convertible if _among(self.units, entry, unit)), "")


#: Nobody has said anything.
UNANSWERED = Answers()


def code_of(raw: Raw) -> str:
    """A cell as the code or the word for missing that it may be: whole numbers without decimals, however they are written."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return ""
    if isinstance(raw, str):
        text = raw.strip()
        number = _NUMBER.fullmatch(text.replace("−", "-", 1).replace(",", ".", 1))
        return text if number is None else number[1] if not (number[2] or "").strip("0") else ""
    return f"{raw:.0f}" if abs(raw) < 1e15 and raw == int(raw) else ""


def _among(said: frozenset[Said], entry: Variable, code: str) -> bool:
    return bool(code) and ((entry.name, code) in said or (f"{entry.table}.{entry.name}", code) in said)


def _pair(text: str, vocabulary: Vocabulary) -> Said:
    column, _, code = text.partition("=")
    names = {name for table in vocabulary.clinical for entry in vocabulary.columns(table) for name in _names(entry)}
    if not code_of(code):
        raise QueryProblem(f"“{printable(text)}” is no answer; expected a column and a code, such as vas=99.")
    if column not in names:
        raise QueryProblem(f"“{printable(column)}” is not a column of this registry; expected one, such as vas=99.")
    return column, code_of(code)


def _unit(text: str, vocabulary: Vocabulary) -> Said:
    column, _, unit = text.partition("=")
    known = {
        (name, other)
        for table in vocabulary.clinical
        for entry in vocabulary.columns(table)
        for other, _ in entry.convertible
        for name in _names(entry)
    }
    if (column, unit) not in known:
        plain = sorted((pair for pair in known if "." not in pair[0]), key=lambda pair: ("/" in pair[1], pair))
        expected = listed(["=".join(pair) for pair in plain], "or")  # of scores first: laboratories name their units
        raise QueryProblem(f"“{printable(text)}” is no column with another unit; expected {expected}.")
    return column, unit


def _names(entry: Variable) -> tuple[str, str]:
    return entry.name, f"{entry.table}.{entry.name}"
