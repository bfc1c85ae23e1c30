"""Statements: words around amounts, what a view was chosen by, and one clause for each group."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from plro_core.cohort import Cohort, Criterion, people
from plro_core.counts import Group
from plro_core.statements.amounts import Amount
from plro_core.text import listed
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Statement:
    """A title, headline, caption or alt text, and the amounts in it."""

    text: str
    amounts: tuple[Amount, ...] = ()

    def __str__(self) -> str:
        return self.text

    def __add__(self, other: "Statement") -> "Statement":
        return Statement(f"{self.text}{other.text}", (*self.amounts, *other.amounts))


def state(template: str, /, **parts: "Amount | Statement | str") -> Statement:
    """Words with amounts in their places: ``state("Smoking in {smokers}", smokers=share)``.

    A part that is a text is a name, such as that of a variable or a visit. The template itself holds no number.

    Raises:
        ValueError: the template holds a number, or a part is not used.
    """
    bare = re.sub(r"\{[a-z_]+\}", "", template)
    used = set(re.findall(r"\{([a-z_]+)\}", template))
    if re.search(r"\d", bare) or used != set(parts):
        raise ValueError(template)
    words = {name: part if isinstance(part, str) else _words(part) for name, part in parts.items()}
    amounts = tuple(amount for part in parts.values() for amount in _amounts(part))
    return Statement(template.format(**words), amounts)


def _words(part: Amount | Statement) -> str:
    return part.text if isinstance(part, Statement) else part.words


def _amounts(part: Amount | Statement | str) -> tuple[Amount, ...]:
    return part.amounts if isinstance(part, Statement) else () if isinstance(part, str) else (part,)


def together(parts: Iterable[Amount | Statement | str], between: str = ", ") -> Statement:
    """Parts one after the other as one statement; empty ones are left out."""
    said = [
        part
        if isinstance(part, Statement)
        else Statement(part if isinstance(part, str) else part.words, _amounts(part))
        for part in parts
    ]
    kept = [part for part in said if part.text]
    return Statement(
        between.join(part.text for part in kept), tuple(amount for part in kept for amount in part.amounts)
    )


def chosen_by(cohort: Cohort, about: Iterable[Variable]) -> tuple[Criterion, ...]:
    """The criteria that choose patients or visits by what a statement is about.

    A choice of visits by a measured value counts whatever the statement is about: what is left of a course is no course. A
    choice of visits by their month does not. A list of patients chosen by hand counts, too, because nobody knows by what they
    were chosen. Leaving out one patient does not: that is how one sees what hangs on her, and it is told with the finding.
    """
    asked = {(entry.table, entry.name) for entry in about}
    return tuple(
        criterion
        for criterion in cohort.criteria
        if (criterion.about_visits and criterion.variable.name != "month")
        or (criterion.by_hand and not criterion.leaves_one_out)
        or (criterion.variable.table, criterion.variable.name) in asked
    )


def only(subject: str, criteria: Iterable[Criterion]) -> Statement:
    """In the place of a finding: what the view was chosen by. A selection by the outcome proves nothing about it."""
    asked = list(criteria)
    visits = [criterion.phrase for criterion in asked if criterion.about_visits]
    who = [criterion for criterion in asked if not criterion.about_visits]
    parts = [
        *([people(who).removeprefix("all ")] if who else []),
        *([f"visits with {listed(visits)}"] if visits else []),
    ]
    return Statement(f"{subject} Only {' and '.join(parts)}")


def left_out(cohorts: Iterable[Cohort]) -> str:
    """Who was left out by hand, to stand behind a finding: "without patient 8"; empty if nobody was."""
    criteria = [criterion for cohort in cohorts for criterion in cohort.who]
    return ", ".join(dict.fromkeys(found.phrase for found in criteria if found.by_hand and found.negated))


def of_groups(names: Mapping[Group, str], clause: Callable[[Group], Amount | Statement]) -> Statement:
    """A clause for each group, in the order given: "continued median 9 to 3 (n = 8); stopped …"."""
    clauses = [(name, clause(level)) for level, name in names.items()]
    text = "; ".join(f"{name} {_words(found)}" for name, found in clauses)
    return Statement(text, tuple(amount for _, found in clauses for amount in _amounts(found)))
