"""What the reader said of statements, kept in a small JSON file beside the draft, so that its next version asks nothing again.

A statement is known by its sentence without the numbers, and by its place in it: corrected numbers keep their answer.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

from plro_core.cohort import Cohort
from plro_core.drafts.counted import with_way
from plro_core.drafts.measured import unchangeable
from plro_core.drafts.mentions import NUMBER_WORDS
from plro_core.drafts.model import Checked, Part, Reading, Statement
from plro_core.drafts.wording import reading_words
from plro_core.problems import DataProblem
from plro_core.strict import Form
from plro_core.text import likely, listed, printable
from plro_core.vocabulary import Variable, Vocabulary

MOST_BYTES = 2_000_000
_MOST_ANSWERS = 5000
_NUMBERS = re.compile(rf"\d+(?:[.,·]\d+)*|\b(?:{'|'.join(NUMBER_WORDS)})\b", re.I)

#: The statistics that one printed number, or two around a dash, may be said to be.
STATISTICS: tuple[str, ...] = ("mean", "median", "sd", "minimum", "maximum", "iqr", "range")
_PAIRS: dict[str, tuple[Part, Part]] = {"iqr": ("q1", "q3"), "range": ("minimum", "maximum")}


@dataclass(frozen=True)
class Answer:
    """What is said of one statement; what is left empty stays as it is read.

    ``words`` is its sentence with “#” for each number, ``number`` its place among the statements of the sentence; ``printed`` and
    ``read_as`` are for the reader alone. ``about`` is true of a statement that is about the registry and meant as it is read, and
    false of one that is not. ``cohort`` is a query, “all” for everybody; ``levels`` are the values
    that are counted, joined by commas.
    """

    words: str
    number: int
    printed: str = ""
    read_as: str = ""
    about: bool | None = None
    variable: str = ""
    month: int | None = None
    cohort: str = ""
    statistic: str = ""
    levels: str = ""

    @property
    def says_something(self) -> bool:
        """Whether it is more than a question."""
        told = (self.variable, self.cohort, self.statistic, self.levels)
        return any(told) or self.about is not None or self.month is not None


Answers = dict[tuple[str, int], Answer]


def words_of(statement: Statement) -> str:
    """The sentence of a statement as answers know it."""
    return _NUMBERS.sub("#", " ".join(statement.sentence.text.split()))


def key_of(statement: Statement) -> tuple[str, int]:
    return words_of(statement), statement.number


def read_answers(content: str | bytes, name: str = "the answers") -> Answers:
    """The answers of a file.

    Raises:
        DataProblem: it is no such file, or answers a statement twice; one sentence that names the part.
    """
    form = Form(DataProblem, "answers to questions about a draft", MOST_BYTES, printable(name))
    told = form.object("the file", form.json(content))
    form.check_keys("the file", told, ["answers"])
    if not isinstance(told["answers"], list) or len(told["answers"]) > _MOST_ANSWERS:
        raise form.refusal(f"“answers” is not a list of at most {_MOST_ANSWERS} answers.")
    answers: Answers = {}
    for number, value in enumerate(told["answers"], 1):
        answer = form.record(Answer, value, f"answer {number}")
        if (answer.words, answer.number) in answers:
            raise form.refusal(
                f"Answer {number} is about the same statement as an earlier one; expected one a statement."
            )
        if answer.statistic and answer.statistic not in STATISTICS:
            raise form.refusal(
                f"Answer {number}: “{printable(answer.statistic)}” is not a statistic; expected {listed(list(STATISTICS), 'or')}."
            )
        answers[answer.words, answer.number] = answer
    return answers


def written_answers(answers: Iterable[Answer]) -> bytes:
    """Answers as the file that is read again; what is open is ``null``, to be filled in."""
    told = [
        {key: value for key, value in asdict(answer).items() if key in _ALWAYS or value not in ("", None)}
        for answer in answers
    ]
    return (json.dumps({"answers": told}, ensure_ascii=False, indent=2) + "\n").encode()


_ALWAYS = ("words", "number", "about")


def question(checked: Checked) -> Answer:
    """What is asked of a statement: its words, and how it is read so far."""
    return Answer(*key_of(checked.statement), checked.statement.printed, reading_words(checked.reading))


def questions(checked: Sequence[Checked], answers: Answers) -> list[Answer]:
    """The answers that are there, and a question for each statement of which something is open or guessed."""
    asked = [one for one in checked if one.found.status == "unknown" or one.reading.guesses]
    return list(({key_of(one.statement): question(one) for one in asked} | answers).values())


def answered(statement: Statement, reading: Reading, answer: Answer, words: Vocabulary) -> tuple[Statement, Reading]:
    """A statement and its reading as the reader says that it is meant.

    Raises:
        QueryProblem: there is no such variable or cohort in this registry.
        DataProblem: there is no such visit or value.
    """
    if not answer.says_something:
        return statement, reading
    if answer.about is False:
        return statement, Reading(skipped=True)
    variable = _variable(answer, words) or reading.variable
    is_same = variable == reading.variable
    told = replace(
        reading,
        variable=variable,
        month=_month(answer, variable, words) if variable and variable.per_visit else None,
        levels=reading.levels if is_same else (),
        negated=reading.negated and is_same,
        cohort=_cohort(answer, words) if answer.cohort else reading.cohort,
        bound=None if answer.levels else reading.bound,
        guesses=(),
        problem="",
        is_weak=False,
        is_at_any_visit=False,
    )
    if told.month is None and variable is not None and variable.per_visit:
        told = replace(told, month=reading.month if reading.month is not None else words.months[0])
    if variable is not None and (told.bound is not None or told.change is not None):
        told = _changing(told, variable)
    elif variable is not None and statement.is_count and not variable.is_number:
        told = _with_levels(told, answer, variable)
    return _meant(statement, answer.statistic), told


def _changing(reading: Reading, variable: Variable) -> Reading:
    """The reading with the way of its bound, and why the variable has no such changes where it has none."""
    problem, bound = "", reading.bound
    if bound is not None:
        bound, problem = with_way(bound, variable)
    if reading.change is not None or (bound is not None and bound.is_change):
        percent = reading.change.percent if reading.change else bool(bound and bound.percent)
        problem = problem or unchangeable(variable, percent)
    return replace(reading, bound=bound, problem=problem)


def _cohort(answer: Answer, words: Vocabulary) -> Cohort:
    return Cohort.parse("" if answer.cohort == "all" else answer.cohort, words)


def _variable(answer: Answer, words: Vocabulary) -> Variable | None:
    return words.variable(answer.variable) if answer.variable else None


def _month(answer: Answer, variable: Variable, words: Vocabulary) -> int | None:
    if answer.month is not None and answer.month not in words.months:
        planned = listed([str(month) for month in words.months])
        raise DataProblem(
            f"Answer to “{printable(answer.words)}”: month {answer.month} is no planned visit; expected {planned}."
        )
    return answer.month


def _with_levels(reading: Reading, answer: Answer, variable: Variable) -> Reading:
    """The values that are counted; of a yes or no, those with yes."""
    given = [level.strip() for level in answer.levels.removeprefix("!").lstrip(",").split(",") if level.strip()]
    known = [level.code for level in variable.levels]
    for level in given:
        if level not in known:
            raise DataProblem(
                f"Answer to “{printable(answer.words)}”: “{printable(level)}” is no value of {variable.name}{likely(level, known)}."
            )
    if not given and not reading.levels and variable.kind == "boolean":
        given = ["yes"]
    levels = tuple(given) or reading.levels
    problem = "" if levels else f"It is not said which value of “{variable.label}” is counted."
    negated = answer.levels.startswith("!") if given else reading.negated
    return replace(reading, levels=levels, negated=negated, problem=problem)


def _meant(statement: Statement, statistic: str) -> Statement:
    """The statement with its open numbers as the statistic that they are said to be."""
    values = dict(statement.values)
    if not statistic:
        return statement
    if statistic in _PAIRS:
        ends = (("lower", "minimum", "q1"), ("upper", "maximum", "q3"))
        for parts, part in zip(ends, _PAIRS[statistic], strict=True):
            held = next((name for name in parts if name in values), None)
            if held:
                values[part] = values.pop(held)
    else:
        open_parts = [part for part in ("value", "centre") if part in values]
        alone = [*open_parts, *(values if len(values) == 1 else ())]
        if alone:
            values[cast(Part, statistic)] = values.pop(cast(Part, alone[0]))
    return replace(statement, values=values, inherited=False)
