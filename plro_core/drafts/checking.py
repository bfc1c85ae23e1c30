"""A draft held against a registry, statement by statement."""

from collections.abc import Iterable, Mapping

from plro_core.drafts.answers import Answer, Answers, answered, key_of
from plro_core.drafts.judging import judged
from plro_core.drafts.model import Checked, Draft, Reading, Sentence, Statement
from plro_core.drafts.understanding import read_sentence
from plro_core.pace import pause
from plro_core.problems import DataProblem
from plro_core.store import Registry
from plro_core.text import grouped

#: As many statements as a manuscript has, and many more.
MOST_STATEMENTS = 3000
#: Of so many that differ it is looked for what else would give them.
MOST_SEARCHED = 100


def check_draft(
    registry: Registry, sentences: Iterable[Sentence], answers: Mapping[tuple[str, int], Answer] | None = None
) -> Draft:
    """Every statistic of a draft with what the registry makes of it, as its reader says that it is meant.

    Raises:
        DataProblem: an answer names a visit or a value that there is not, or there are too many statements.
        QueryProblem: an answer names a variable or patients that the registry does not know.
    """
    told: Answers = dict(answers or {})
    checked: list[Checked] = []
    others, differing, used = 0, 0, set()
    for sentence in sentences:
        found, further = read_sentence(sentence, registry.vocabulary)
        others += further
        for statement, reading in found:
            key = key_of(statement)
            if _is_bare_cell(statement) and key not in told:
                others += 1
                continue
            used.add(key)
            one = _checked(registry, statement, reading, told.get(key), differing < MOST_SEARCHED)
            differing += one.found.status == "differs"
            checked.append(one)
        if len(checked) > MOST_STATEMENTS:
            raise DataProblem(f"holds more than {grouped(MOST_STATEMENTS)} statistics; expected one manuscript.")
        pause()
    return Draft(tuple(checked), others, len(set(told) - used))


def _is_bare_cell(statement: Statement) -> bool:
    """Whether it is a number in a table that nothing says to be a statistic: a list of patients has hundreds."""
    return bool(statement.sentence.begins) and set(statement.values) == {"value"}


def _checked(
    registry: Registry, statement: Statement, reading: Reading, answer: Answer | None, searches: bool
) -> Checked:
    if answer is not None:
        statement, reading = answered(statement, reading, answer, registry.vocabulary)
    return Checked(statement, reading, judged(registry, statement, reading, searches))
