"""What a draft is made of: sentences with their places, the statements in them, how one is read and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from plro_core.cohort import EVERYONE, Cohort
from plro_core.vocabulary import Variable

Status = Literal["differs", "unknown", "agrees"]

STATUSES: tuple[Status, ...] = get_args(Status)

#: What a reader is told of each status.
STATUS_WORDS: Mapping[Status, str] = {
    "differs": "the registry gives something else",
    "unknown": "cannot be told without help",
    "agrees": "the registry gives the same",
}

#: Which part of a statistic a number is. Of ``centre``, ``lower``, ``upper`` and ``value`` the text does not say which.
Part = Literal[
    "mean", "sd", "se", "median", "q1", "q3", "minimum", "maximum", "first", "last", "k", "n", "percent",
    "centre", "lower", "upper", "value",
]  # fmt: skip

#: How several values of one patient are meant: she has them all, one of them, or these and no other.
Joint = Literal["all", "any", "only"]


#: Which way a change goes; ``either`` where the word does not say.
Way = Literal["fall", "rise", "either"]
#: On which side of a bound somebody is counted.
Side = Literal["at least", "more than", "at most", "less than", "just", "other than"]

NO_VARIABLE = "No variable of the registry is named in the sentence."


@dataclass(frozen=True)
class Sentence:
    """A sentence and where it stands. Of a cell of a table the words before ``begins`` are those of its row and column."""

    place: str
    text: str
    begins: int = 0


@dataclass(frozen=True)
class Change:
    """A change from baseline to a later visit: which way, and whether in percent of the value at baseline."""

    way: Way
    percent: bool = False


@dataclass(frozen=True)
class Bound:
    """What patients are counted by, and its place: a value, or a change from baseline, on one side of a number."""

    start: int
    end: int
    of: Literal["value", "no pain"] | Way
    side: Side
    number: Decimal
    percent: bool = False

    @property
    def is_change(self) -> bool:
        return self.of not in ("value", "no pain")

    @property
    def words(self) -> str:
        """The condition in words, such as “a fall of at least 50 %”."""
        amount = f"{self.number}{' %' if self.percent else ''}"
        what = {"either": "a change of ", "fall": "a fall of ", "rise": "a rise of "}.get(self.of, "")
        return f"{what}{'' if self.side == 'just' else f'{self.side} '}{amount}"


@dataclass(frozen=True)
class Statement:
    """The numbers of one statistic in a sentence, by what each of them is; ``number`` counts the statements of the sentence.

    ``inherited``: which statistic it is was said of an earlier number of the sentence. ``change``: it is of changes from baseline.
    """

    sentence: Sentence
    start: int
    end: int
    values: Mapping[Part, Decimal]
    number: int = 0
    inherited: bool = False
    change: Change | None = None

    @property
    def printed(self) -> str:
        """The words of the draft in which the numbers stand."""
        return self.sentence.text[self.start : self.end]

    @property
    def is_count(self) -> bool:
        return bool({"k", "percent"} & set(self.values))


@dataclass(frozen=True)
class Reading:
    """What a statement is taken to be about, what of that is a guess, and what keeps it from being held against anything.

    ``levels`` are the values that are counted; without any, patients are. ``month`` is the visit, ``n`` the stated number of patients
    behind a mean.
    """

    variable: Variable | None = None
    month: int | None = None
    levels: tuple[str, ...] = ()
    joint: Joint = "all"
    negated: bool = False
    cohort: Cohort = EVERYONE
    n: int | None = None
    guesses: tuple[str, ...] = ()
    problem: str = ""
    skipped: bool = False
    #: Whether the variable itself is a guess, so that another number says nothing against the draft.
    is_weak: bool = False
    #: Whether no visit is named, so that a number of another visit says nothing against the draft.
    is_at_any_visit: bool = False
    #: What patients are counted by instead of levels.
    bound: Bound | None = None
    #: The change that is measured, between baseline and ``month``.
    change: Change | None = None
    #: From which visit on it changes; baseline if not said.
    since: int | None = None


@dataclass(frozen=True)
class Found:
    """What the registry makes of a statement: what it gives, and what is to be said of it."""

    status: Status
    gives: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class Checked:
    """A statement as it was read, with what was found."""

    statement: Statement
    reading: Reading
    found: Found


@dataclass(frozen=True)
class Draft:
    """Everything that was checked in a draft, in its order; ``others`` is how many numbers were not read as statistics."""

    checked: tuple[Checked, ...] = ()
    others: int = 0
    #: Answers that no sentence of the draft asks for.
    unused: int = field(default=0)

    def of(self, status: Status) -> tuple[Checked, ...]:
        return tuple(one for one in self.checked if one.found.status == status)
