"""A cohort: one value with four faces — query string, SQL with bound values, English sentence, JSON.

The language is a URL's query string, one parameter a variable::

    smoking=yes               a level
    symptom=back,hip          any of several levels
    age=25-31                 a closed range; age=25-* and age=*-31 leave an end open; age=31 is one value
    vas.1=0-3                 the visit fact "VAS at month 1" (variable, dot, visit month)
    smoking=!yes              negated: recorded, and none of these
    weight_gain_kg=20-30,~    keeps patients in whom the variable is missing; ~ alone: only those; ! alone: recorded
    patients=1,4,7            these patients, chosen by hand; patients=!8 leaves one out

A *case criterion* says who is in the cohort. A visit variable without a month (``month=0,1`` or ``vas=4-10``) is a
*visit criterion*: it says which visits of these patients are looked at and leaves the patients as they are.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from plro_core import links, strict
from plro_core.cohort_words import hand_words, item_words, plain_number, range_text
from plro_core.problems import QueryProblem
from plro_core.text import likely, listed, printable
from plro_core.vocabulary import Range, Variable, Vocabulary

Item = str | Range
Sql = tuple[str, list[Any]]

_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?"
_RANGE = re.compile(rf"({_NUMBER}|\*)-({_NUMBER}|\*)")
_SINGLE = re.compile(_NUMBER)
_PATIENT = re.compile(r"[1-9][0-9]{0,8}")
_JSON = strict.Form(QueryProblem, "JSON with a list of criteria", 1_000_000)

#: Names patients one by one in the query string.
PATIENTS = "patients"

#: More values than a reader would choose; an engine takes seconds to plan a condition with many thousands.
MOST_VALUES = 1000


@dataclass(frozen=True)
class Criterion:
    """One condition on one variable; ``month`` is the visit of a visit fact used as a case criterion.

    A recorded value passes when it is among ``items`` (when it is not, if ``negated``); a missing value passes only
    if ``keeps_missing``. For a variable of which one patient may have several values, having none of the items is
    what negation asks for, and having no value at all is what missing means.
    """

    variable: Variable
    items: tuple[Item, ...] = ()
    negated: bool = False
    keeps_missing: bool = False
    month: int | None = None

    @property
    def name(self) -> str:
        """What the query string calls its variable."""
        return PATIENTS if self.by_hand else self.variable.name

    @property
    def key(self) -> str:
        """The parameter's name in the query string."""
        return self.name if self.month is None else f"{self.name}.{self.month}"

    @property
    def by_hand(self) -> bool:
        """Whether it names patients one by one, so that nobody knows by what they were chosen."""
        return self.variable.kind == "identifier"

    @property
    def leaves_one_out(self) -> bool:
        """Whether it leaves out one patient and keeps everybody else, to see what hangs on her."""
        return self.by_hand and self.negated and len(self.items) == 1

    @property
    def numbers(self) -> tuple[int, ...]:
        """The patients that it names one by one."""
        ranges = [item for item in self.items if isinstance(item, Range)] if self.by_hand else []
        return tuple(int(item.low) for item in ranges if item.low is not None)

    @classmethod
    def naming(cls, numbers: Iterable[int], vocabulary: Vocabulary, negated: bool = False) -> "Criterion":
        """These patients, or everybody but them.

        Raises:
            QueryProblem: they are none, or more than a cohort may name.
        """
        listed = ",".join(map(str, sorted(set(numbers))))
        return cls.parse(PATIENTS, "!" * negated + listed, vocabulary)

    @property
    def about_visits(self) -> bool:
        """Whether it chooses visits rather than patients."""
        return self.variable.per_visit and self.month is None

    @classmethod
    def parse(cls, key: str, text: str, vocabulary: Vocabulary) -> "Criterion":
        """Read one parameter of a query string.

        Raises:
            QueryProblem: one sentence that names the part that is unknown or malformed.
        """
        variable, month = _parse_key(key, vocabulary)
        negated = text.startswith("!")
        parts = text.removeprefix("!").split(",") if text.removeprefix("!") else []
        if len(parts) > MOST_VALUES:
            raise QueryProblem(f"“{printable(key)}” has {len(parts)} values; expected at most {MOST_VALUES}.")
        skipped = () if variable.kind == "identifier" else ("~",)  # nobody is without a number
        given = (part for part in parts if part not in skipped)
        items = tuple(dict.fromkeys(_parse_item(variable, part, f"{key}={text}") for part in given))
        if not items and (variable.kind == "identifier" or (not negated and "~" not in parts)):
            raise QueryProblem(f"“{printable(key)}={'!' * negated}” has no value; expected {_expected(variable)}.")
        if negated and not items and "~" in parts:
            raise QueryProblem(
                f"“{printable(key)}=!~” excludes nobody; “!” alone means recorded, “~” alone not recorded."
            )
        return cls(variable, items, negated, "~" in parts, month)

    @property
    def text(self) -> str:
        """The parameter's value in the query string."""
        parts = [item if isinstance(item, str) else range_text(item) for item in self.items]
        return ("!" if self.negated else "") + ",".join(parts + ["~"] * self.keeps_missing)

    def holds(self, values: Sequence[Any]) -> bool:
        """Whether a patient or visit with these recorded values passes: the plain meaning that the SQL must match."""
        if not values:
            return self.keeps_missing
        return any(_is_among(value, self.items) for value in values) != self.negated

    @property
    def phrase(self) -> str:
        """The condition in English, to follow "patients with"."""
        when = "" if self.month is None else " at baseline" if self.month == 0 else f" at month {self.month}"
        if self.by_hand:
            return hand_words(self.numbers, self.negated)
        if not self.items:
            return f"{self.variable.label_in_sentence}{when} {'recorded' if self.negated else 'not recorded'}"
        phrase = self._items_phrase() + when
        return f"{phrase} (or not recorded)" if self.keeps_missing else phrase

    def _items_phrase(self) -> str:
        if self.variable.kind == "boolean" and len(self.items) == 1:
            name = self.variable.words
            return name if (self.items[0] == "yes") != self.negated else f"no {name}"
        if self.variable.many and self.negated:
            return f"{self.variable.label_in_sentence} recorded, but not {self._item_words()}"
        return self.variable.with_value(self._item_words(), self.negated)

    def _item_words(self) -> str:
        units = (self.variable.unit if self.variable.is_number else "",)
        words = [item_words(self.variable, item, *(units if item == self.items[-1] else ())) for item in self.items]
        return listed(words, "or")

    def sql(self) -> Sql:
        """A condition on a row of ``cases`` (or of ``visits``, for a visit criterion) and its bound values."""
        if self.about_visits or self.variable.table == "cases":
            return self._value_sql(f'"{self.variable.name}"')
        if self.variable.many:
            return self._membership_sql()
        condition, values = self._value_sql(f'"{self.variable.name}"')
        return (
            f"case_id IN (SELECT case_id FROM visits WHERE month = ? AND {condition})" + self._no_visit(),
            [
                self.month,
                *values,
                *([self.month] if self.keeps_missing else []),
            ],
        )

    def _no_visit(self) -> str:
        """A visit that did not take place has no value: it counts as missing."""
        return " OR case_id NOT IN (SELECT case_id FROM visits WHERE month = ?)" if self.keeps_missing else ""

    def _value_sql(self, column: str) -> Sql:
        conditions: list[str] = [f"{column} IN ({', '.join('?' * len(self.items))})"] if self.by_hand else []
        values: list[Any] = list(self.numbers)
        for item in () if self.by_hand else self.items:
            condition, bound = _item_sql(self.variable, column, item)
            conditions.append(condition)
            values += bound
        among = f"({' OR '.join(conditions)})" if conditions else "FALSE"
        recorded = f"({column} IS NOT NULL AND {'NOT ' if self.negated else ''}{among})"
        return (f"({recorded} OR {column} IS NULL)" if self.keeps_missing else recorded), values

    def _membership_sql(self) -> Sql:
        table, column = self.variable.table, self.variable.name
        of_table = f"SELECT case_id FROM {table}"
        conditions, values = "FALSE", list(self.items)
        if self.items:
            conditions = f"case_id IN ({of_table} WHERE {column} IN ({', '.join('?' * len(self.items))}))"
        if self.negated:
            conditions = f"(NOT {conditions} AND case_id IN ({of_table}))"
        return (f"({conditions} OR case_id NOT IN ({of_table}))" if self.keeps_missing else conditions), values

    def as_json(self) -> dict[str, Any]:
        return {
            "variable": self.name,
            "month": self.month,
            "values": [item if isinstance(item, str) else [item.low, item.high] for item in self.items],
            "negated": self.negated,
            "keeps_missing": self.keeps_missing,
        }


class LeftOut(NamedTuple):
    """A parameter that is no criterion in the words of a registry, and why, in one sentence."""

    key: str
    text: str
    why: str


@dataclass(frozen=True)
class Cohort:
    """Criteria that must all hold; no criteria mean all patients and all their visits."""

    criteria: tuple[Criterion, ...] = ()

    @classmethod
    def parse(cls, query: str | Iterable[tuple[str, str]], vocabulary: Vocabulary) -> "Cohort":
        """Read a query string (with or without "?", or the whole link that it stands in), or its decoded pairs, in the words of a registry.

        Raises:
            QueryProblem: one sentence that names the part that is unknown, malformed or given twice.
        """
        if isinstance(query, str):
            query = links.pairs(query)
        cohort = cls()
        for key, text in query:
            cohort = cohort._and(key, text, vocabulary)
        return cohort

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]], vocabulary: Vocabulary) -> "tuple[Cohort, list[LeftOut]]":
        """The cohort of those pairs that are criteria in the words of a registry, and which were left out and why.

        Without a criterion a cohort is wider: whoever shows it says what was left out.
        """
        cohort, left = cls(), []
        for key, text in pairs:
            try:
                cohort = cohort._and(key, text, vocabulary)
            except QueryProblem as problem:
                left.append(LeftOut(key, text, str(problem)))
        return cohort, left

    def _and(self, key: str, text: str, vocabulary: Vocabulary) -> "Cohort":
        criterion = Criterion.parse(key, text, vocabulary)
        if self.get(criterion.key):
            raise QueryProblem(f"“{criterion.key}” is given twice; expected once, with its levels joined by commas.")
        cohort = self.with_(criterion)
        chosen = sum(len(criterion.items) for criterion in cohort.criteria)
        if chosen > MOST_VALUES:
            raise QueryProblem(f"The cohort names {chosen} values; expected at most {MOST_VALUES}.")
        return cohort

    @classmethod
    def from_json(cls, text: str, vocabulary: Vocabulary) -> "Cohort":
        """Read the JSON face.

        Raises:
            QueryProblem: it is not JSON of this form, or names something unknown.
        """
        try:
            entries = [_json_pair(entry) for entry in _JSON.json(text)["criteria"]]
        except (QueryProblem, ValueError, TypeError, KeyError, AttributeError):
            raise QueryProblem("The saved cohort cannot be read; expected JSON with a list of criteria.") from None
        return cls.parse(entries, vocabulary)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query string's parameters, decoded."""
        return [(criterion.key, criterion.text) for criterion in self.criteria]

    @property
    def query(self) -> str:
        return "&".join(f"{key}={quote(text, safe='!~,*.-')}" for key, text in self.pairs)

    @property
    def json(self) -> str:
        return json.dumps({"criteria": [criterion.as_json() for criterion in self.criteria]})

    @property
    def who(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.about_visits)

    @property
    def which_visits(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if criterion.about_visits)

    @property
    def sentence(self) -> str:
        """The cohort in English: who is in it and, where restricted, which of their visits."""
        visits = listed([_visit_words(criterion) for criterion in self.which_visits])
        return people(self.who) + (f"; only visits {visits}" if visits else "")

    def get(self, key: str) -> Criterion | None:
        return next((criterion for criterion in self.criteria if criterion.key == key), None)

    def without(self, key: str) -> "Cohort":
        return Cohort(tuple(criterion for criterion in self.criteria if criterion.key != key))

    def with_(self, criterion: Criterion) -> "Cohort":
        """The cohort with this criterion in the place of an earlier one on the same key."""
        if self.get(criterion.key):
            return Cohort(tuple(criterion if old.key == criterion.key else old for old in self.criteria))
        return Cohort((*self.criteria, criterion))

    def case_sql(self) -> Sql:
        """A condition on rows of ``cases`` and its bound values."""
        return _all_of(self.who)

    def visit_sql(self) -> Sql:
        """A condition on rows of ``visits`` and its bound values: the cohort's patients and its choice of visits."""
        who, who_values = self.case_sql()
        which, which_values = _all_of(self.which_visits)
        if who == "TRUE":
            return which, which_values
        return f"case_id IN (SELECT case_id FROM cases WHERE {who}) AND {which}", who_values + which_values


EVERYONE = Cohort()


@dataclass(frozen=True)
class Membership:
    """Splits patients into those in cohort ``a`` alone, in ``b`` alone, in both, and in neither.

    The group codes are "a", "b", "both" and ``None``. Without ``b``, everybody who is not in ``a`` is in "b".
    """

    a: Cohort
    b: Cohort | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """The group code as SQL over a row of ``cases``, and its bound values."""
        in_a, values = self.a.case_sql()
        if self.b is None:
            return f"CASE WHEN {in_a} THEN 'a' ELSE 'b' END", values
        in_b, more = self.b.case_sql()
        codes = f"CASE WHEN ({in_a}) AND ({in_b}) THEN 'both' WHEN {in_a} THEN 'a' WHEN {in_b} THEN 'b' END"
        return codes, [*values, *more, *values, *more]


def people(criteria: Iterable[Criterion]) -> str:
    """Patients in English: "all patients", "patients with smoking, without patient 8", "patients chosen by hand (1 and 4)"."""
    asked = list(criteria)
    having = listed([criterion.phrase for criterion in asked if not criterion.by_hand])
    by_hand = [criterion for criterion in asked if criterion.by_hand]
    named = "".join(f"{',' if having else ''} {criterion.phrase}" for criterion in by_hand)
    if having:
        return f"patients with {having}{named}"
    return f"{'' if any(not criterion.negated for criterion in by_hand) else 'all '}patients{named}"


def _visit_words(criterion: Criterion) -> str:
    return f"{'' if criterion.variable.name == 'month' else 'with '}{criterion.phrase}"


def _all_of(criteria: Iterable[Criterion]) -> Sql:
    conditions, values = [], []
    for criterion in criteria:
        condition, bound = criterion.sql()
        conditions.append(f"({condition})")
        values += bound
    return " AND ".join(conditions) or "TRUE", values


def _parse_key(key: str, vocabulary: Vocabulary) -> tuple[Variable, int | None]:
    name, dot, month = key.partition(".")
    variable = vocabulary.variable("case_id", "cases") if name == PATIENTS else vocabulary.filters.get(name)
    if variable is None:
        known = likely(name, [*vocabulary.filters, PATIENTS])
        raise QueryProblem(
            f"“{printable(name)}” is not a variable that patients can be filtered by{known}; see the Dictionary page."
        )
    if not dot:
        return variable, None
    if not variable.per_visit or variable.name == "month":
        named = variable.label_in_sentence
        raise QueryProblem(f"“{printable(key)}”: {named} is not recorded at visits; expected “{name}” without a month.")
    if month not in {str(known) for known in vocabulary.months}:
        known = listed([str(month) for month in vocabulary.months], "or")
        raise QueryProblem(f"“{printable(key)}”: there is no visit at month “{printable(month)}”; expected {known}.")
    return variable, int(month)


def _parse_item(variable: Variable, part: str, whole: str) -> Item:
    if variable.kind == "identifier":
        return _parse_patient(variable, part, whole)
    if variable.is_number and not (variable.levels and not _is_number_text(part)):
        return _parse_range(variable, part, whole)
    if part not in {level.code for level in variable.levels}:
        named, expected = variable.label_in_sentence, _expected(variable)
        raise QueryProblem(f"“{printable(whole)}”: “{printable(part)}” is not a value of {named}; expected {expected}.")
    return part


def _parse_patient(variable: Variable, part: str, whole: str) -> Range:
    if not _PATIENT.fullmatch(part):
        raise QueryProblem(
            f"“{printable(whole)}”: “{printable(part)}” is not a patient's number; expected {_expected(variable)}."
        )
    return Range(float(part), float(part))


def _is_number_text(part: str) -> bool:
    return bool(_SINGLE.fullmatch(part) or _RANGE.fullmatch(part))


def _parse_range(variable: Variable, part: str, whole: str) -> Range:
    found = _RANGE.fullmatch(part)
    if _SINGLE.fullmatch(part):
        low = high = float(part)
    elif found and found[0] != "*-*":
        low = -math.inf if found[1] == "*" else float(found[1])
        high = math.inf if found[2] == "*" else float(found[2])
    else:
        raise QueryProblem(
            f"“{printable(whole)}”: “{printable(part)}” is not a number or a range; expected {_expected(variable)}."
        )
    if low > high:
        raise QueryProblem(f"“{printable(whole)}”: the range runs backwards; expected the lower end first.")
    _check_plausible(variable, (low, high), whole)
    if low == high and variable.levels and plain_number(low) not in {level.code for level in variable.levels}:
        expected = listed([level.code for level in variable.levels], "or")
        raise QueryProblem(
            f"“{printable(whole)}”: {plain_number(low)} is not a value of {variable.label_in_sentence}; expected {expected}."
        )
    return Range(None if low == -math.inf else low + 0.0, None if high == math.inf else high + 0.0)


def _check_plausible(variable: Variable, ends: tuple[float, float], whole: str) -> None:
    for end in ends:
        if math.isfinite(end) and variable.plausible and end not in variable.plausible:
            low, high, named = variable.plausible.low, variable.plausible.high, variable.label_in_sentence
            raise QueryProblem(
                f"“{printable(whole)}”: {end:g} is impossible for {named}; expected {low:g} to {high:g}."
            )


def _expected(variable: Variable) -> str:
    if variable.kind == "identifier":
        return "numbers of patients such as 1,4,7"
    if variable.levels and not variable.is_number:
        return listed([level.code for level in variable.levels], "or")
    return "a number or a range such as " + ("-3.5--2.5" if "t_" in variable.name else "3-7")


def _is_among(value: Any, items: Iterable[Item]) -> bool:
    for item in items:
        if isinstance(item, Range):
            if value in item:
                return True
        elif value == (item == "yes") if isinstance(value, bool) else value == item:
            return True
    return False


def _item_sql(variable: Variable, column: str, item: Item) -> Sql:
    if isinstance(item, str):
        return f"{column} = ?", [item == "yes" if variable.kind == "boolean" else item]
    bounds = [(">=", item.low), ("<=", item.high)]
    return (
        f"({' AND '.join(f'{column} {sign} ?' for sign, end in bounds if end is not None)})",
        [end for _, end in bounds if end is not None],
    )


def _json_pair(entry: Mapping[str, Any]) -> tuple[str, str]:
    """A criterion of the JSON face as a parameter of the query string, so that one parser checks both."""
    parts = []
    for value in entry["values"]:
        if isinstance(value, str):
            parts.append(value)
        else:
            low, high = value
            if any(end is not None and round(end, 6) != end for end in value):
                raise ValueError(value)
            parts.append(range_text(Range(low, high)))
    parts += ["~"] * bool(entry.get("keeps_missing"))
    month = entry.get("month")
    return entry["variable"] + ("" if month is None else f".{month}"), ("!" if entry.get("negated") else "") + ",".join(
        parts
    )
