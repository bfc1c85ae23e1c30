"""Answers are kept by content and question, bounded, counted once for all who ask, and nobody can change another's."""

import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from plro_core import pace
from plro_core.cohort import Cohort
from plro_core.counts import Answer, Question, counts, engine_of, size
from plro_core.counts.asked import ANSWERS, Answers, AskedEngine
from plro_core.counts.questions import Counted, Sized
from plro_core.store import SHIPPED, open_registry
from plro_core.vocabulary import FILE, STANDARD
from tests.oracle import synthetic_registry

SMOKERS, AGED = Sized(Cohort.parse("smoking=yes", STANDARD)), Sized(Cohort.parse("age=25-31", STANDARD))
SECONDS = 20


@dataclass
class Counting:
    """An engine that remembers what it was asked; it answers when it may."""

    asked: list[list[Question]] = field(default_factory=list)
    may: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    fails: BaseException | None = None

    def answer(self, question: Question) -> Answer:
        (found,) = self.answers([question])
        return found

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        asked = list(questions)
        self.asked.append(asked)
        self.begun.set()
        assert self.may.wait(SECONDS)
        if self.fails:
            raise self.fails
        return [{("patients",): 7 + len(self.asked), ("visits",): 1} for _ in asked]


@pytest.fixture
def engine() -> Counting:
    found = Counting()
    found.may.set()
    return found


def test_a_question_is_counted_once_for_the_same_content_and_again_for_any_other(engine: Counting) -> None:
    kept = Answers()
    one, same, other = (AskedEngine(engine, content, kept) for content in ("a", "a", "b"))
    first = one.answer(SMOKERS)
    assert same.answer(Sized(Cohort.parse("smoking=yes", STANDARD))) == first
    assert other.answer(SMOKERS) != first
    assert one.answer(AGED) != first
    assert engine.asked == [[SMOKERS], [SMOKERS], [AGED]]


def test_of_several_questions_only_the_missing_ones_are_asked_and_at_once(engine: Counting) -> None:
    asked = AskedEngine(engine, "a", Answers())
    asked.answer(SMOKERS)
    other = Counted((STANDARD.variable("age"),))
    found = asked.answers([AGED, SMOKERS, other, AGED])
    assert engine.asked == [[SMOKERS], [AGED, other]]
    assert found[0] == found[3]
    assert found[1][("patients",)] == 8


def test_who_changes_an_answer_changes_nobody_elses(engine: Counting) -> None:
    asked = AskedEngine(engine, "a", Answers())
    for _ in range(3):
        found = asked.answer(SMOKERS)
        assert found == {("patients",): 8, ("visits",): 1}
        found.clear()


def test_the_longest_unused_go_first_and_too_large_a_one_is_not_kept(engine: Counting) -> None:
    kept = Answers(most=12)  # four answers of two counts
    asked = AskedEngine(engine, "a", kept)
    questions = [Sized(Cohort.parse(f"age=20-{last}", STANDARD)) for last in range(30, 36)]
    for question in questions[:4]:
        asked.answer(question)
    asked.answer(questions[0])  # used once more, so the second is the oldest
    asked.answer(questions[4])
    assert kept.counts == 12
    asked.answer(questions[0])
    asked.answer(questions[1])
    assert [question for (question,) in engine.asked] == [*questions[:5], questions[1]]
    small = AskedEngine(engine, "a", Answers(most=11))
    small.answer(SMOKERS)
    small.answer(SMOKERS)
    assert engine.asked[-2:] == [[SMOKERS], [SMOKERS]]


def test_two_who_ask_the_same_at_once_count_it_once() -> None:
    engine, kept = Counting(), Answers()
    asked, found = AskedEngine(engine, "a", kept), []
    first = threading.Thread(target=lambda: found.append(asked.answer(SMOKERS)))
    first.start()
    assert engine.begun.wait(SECONDS)
    waits = threading.Event()

    def second() -> None:
        def looks() -> None:
            waits.set()

        with pace.paced(looks):
            found.append(asked.answer(SMOKERS))

    other = threading.Thread(target=second)
    other.start()
    assert waits.wait(SECONDS)  # it waits for the first, and looks whether it still should
    engine.may.set()
    first.join(SECONDS)
    other.join(SECONDS)
    assert len(found) == 2
    assert found[0] == found[1]
    assert engine.asked == [[SMOKERS]]


def test_who_waits_for_another_may_stop_and_the_other_goes_on() -> None:
    engine = Counting()
    asked, found = AskedEngine(engine, "a", Answers()), []
    first = threading.Thread(target=lambda: found.append(asked.answer(SMOKERS)))
    first.start()
    assert engine.begun.wait(SECONDS)

    def no_longer_wanted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), pace.paced(no_longer_wanted):
        asked.answer(SMOKERS)
    engine.may.set()
    first.join(SECONDS)
    assert found == [{("patients",): 8, ("visits",): 1}]


@pytest.mark.parametrize("fault", [MemoryError(), KeyboardInterrupt()])
def test_what_could_not_be_counted_is_counted_by_the_next(engine: Counting, fault: BaseException) -> None:
    asked = AskedEngine(engine, "a", Answers())
    engine.fails = fault
    with pytest.raises(type(fault)):
        asked.answers([SMOKERS, AGED])
    engine.fails = None
    assert asked.answer(SMOKERS)[("patients",)] == 9


def test_registries_that_were_never_on_disk_are_never_taken_for_one_another() -> None:
    age = STANDARD.variable("age")
    one, other = synthetic_registry(1, 20), synthetic_registry(2, 30)
    assert one.content == other.content  # neither has files that a checksum would tell apart
    assert size(one).patients == 20
    assert size(other).patients == 30
    assert counts(one, [age]) != counts(other, [age])


def test_two_openings_of_one_content_share_their_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = Cohort.parse("age=26-31&smoking=no", STANDARD)
    one, other = open_registry(SHIPPED), open_registry(SHIPPED)
    found = size(one, cohort)
    monkeypatch.setattr(other, "codes", None)  # nothing can be counted any more
    assert size(other, cohort) == found
    assert engine_of(one).behind is engine_of(one).behind


def test_the_same_content_in_other_words_has_answers_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "ours", ignore=shutil.ignore_patterns("source"))
    before = open_registry(tmp_path / "ours")
    (tmp_path / "ours" / FILE).write_text('[widen.breastfeeding]\nlevels = { never = "never" }\n', encoding="utf-8")
    after = open_registry(tmp_path / "ours")
    assert before.content == after.content
    cohort = Cohort.parse("age=26-30&smoking=no", STANDARD)
    found = size(before, cohort)
    used = ANSWERS.counts
    assert size(after, cohort) == found
    assert ANSWERS.counts == used + 3  # the question and its two counts, once more


def test_this_process_keeps_a_bounded_number_of_counts() -> None:
    assert 0 <= ANSWERS.counts <= 1_000_000
