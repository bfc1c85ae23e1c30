"""What has changed since a report was written: sentences with other numbers, cards that show something else, typed numbers at fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plro_core.drafts import contradicted
from plro_core.report.assembled import Assembled
from plro_core.report.live import live_numbers, without_live_numbers, words_of
from plro_core.report.model import MADE, Card, ReportProblem
from plro_core.report.sentences import filled, sentences

#: A live number says something else; a figure or table does; one of them can no longer be had; a typed number is contradicted.
Kind = Literal["sentence", "card", "lost", "typed"]


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was written: in which card (from 1), what stood there, and what is so now."""

    card: int
    kind: Kind
    old: str
    new: str

    @property
    def words(self) -> str:
        """The change in one or two sentences."""
        if self.kind == "sentence":
            return f"Card {self.card}: “{self.old}” is now “{self.new}”"
        if self.kind == "typed":
            return f"Card {self.card}: “{self.old}”: {self.new}."
        return f"Card {self.card}: {self.new}"


def changes(assembled: Assembled) -> tuple[Change, ...]:
    """What is not as it was when the report was written, in the order of its cards.

    Of a report that was never written only typed numbers, and what cannot be had, are told.

    Raises:
        ReportProblem: its cohort cannot be read.
    """
    found: list[Change] = []
    for place, card in enumerate(assembled.report.cards, 1):
        found += _of_text(assembled, place, card)
        found += _of_call(assembled, place, card)
    return tuple(found)


def _of_text(assembled: Assembled, place: int, card: Card) -> Iterator[Change]:
    written = assembled.report.written
    kept = written.numbers if written else {}
    for sentence in [*sentences(card.text), *sentences(card.comment)]:
        now: dict[str, str] = {}
        for told in live_numbers(sentence):
            try:
                now[told] = words_of(assembled.registry, told, assembled.cohort)
            except ReportProblem as problem:
                yield Change(place, "lost", filled(sentence, lambda one: kept.get(one, f"{{{{{one}}}}}")), str(problem))
        if now.keys() == set(live_numbers(sentence)):
            old, new = filled(sentence, lambda one: kept.get(one, now[one])), filled(sentence, now.__getitem__)  # noqa: B023
            if old != new:
                yield Change(place, "sentence", old, new)
        for doubt in contradicted(assembled.registry, without_live_numbers(sentence), assembled.cohort):
            told = f"“{doubt.typed}” is typed, and the data of the report’s cohort give {doubt.given}"
            yield Change(place, "typed", sentence, told)


def _of_call(assembled: Assembled, place: int, card: Card) -> Iterator[Change]:
    if card.kind not in MADE:
        return
    written = assembled.report.written
    try:
        one = assembled.made(card)
    except ReportProblem as problem:
        yield Change(place, "lost", card.call, str(problem))
        return
    before = written.cards.get(card.key) if written else None
    if before not in (None, one.sha256):
        yield Change(
            place, "card", "", f"the {card.kind} “{one.recipe.title}” shows something else than when it was written."
        )
