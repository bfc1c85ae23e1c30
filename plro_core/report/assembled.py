"""A report asked of a registry: its live numbers in words, its cards as figures and tables, its computed parts."""

import json
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count

from plro_core.cohort import Cohort
from plro_core.drafts import contradicted
from plro_core.export.recipe import PROGRAM
from plro_core.leaving import unique_in
from plro_core.problems import PlainProblem
from plro_core.report.blocks import Block, FigureBlock, Heading, Pages, Paragraph, Run, Section, TableBlock
from plro_core.report.checklist import checklist
from plro_core.report.checklists import CHECKLISTS, Given
from plro_core.report.computed import Used, everyone, flow, methods, provenance, used_references
from plro_core.report.live import LIVE, live_numbers, read, tidied, without_live_numbers, words_of
from plro_core.report.made import Drawn, drawn, in_print
from plro_core.report.model import CHECKLIST, COMPUTED, MADE, TEXT, Card, Report, ReportProblem, Written
from plro_core.report.references import Reference
from plro_core.report.sentences import filled, parts, sentences
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.tables.notes import SYNTHETIC
from plro_core.verify.remaking import Find


@dataclass(frozen=True)
class Assembled:
    """A report with a version of a registry, each part computed once when it is asked for.

    Whatever cannot be had raises a :class:`ReportProblem` of one sentence that names the card. ``kept`` holds what was drawn by the keys
    of cards, so that a card that did not change need not be drawn again; it is of this version alone.
    """

    report: Report
    registry: Registry
    find: Find
    kept: MutableMapping[str, Drawn] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def cohort(self) -> Cohort:
        """The report's own cohort."""
        try:
            return everyone(self.registry, self.report.cohort)
        except PlainProblem as problem:
            raise ReportProblem(f"“cohort” of the report cannot be read: {problem}") from None

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Each live number of the report in words."""
        found: dict[str, str] = {}
        for place, card in enumerate(self.report.cards, 1):
            for told in live_numbers(f"{card.text} {card.comment}"):
                with _named(place):
                    found.setdefault(told, words_of(self.registry, told, self.cohort))
        return found

    @cached_property
    def drawn(self) -> tuple[tuple[int, Card, Drawn], ...]:
        """Each card that has a call, by its place from 1, with what its call gives."""
        found = []
        for place, card in enumerate(self.report.cards, 1):
            if card.kind in MADE:
                with _named(place):
                    found.append((place, card, self.made(card)))
        return tuple(found)

    def made(self, card: Card) -> Drawn:
        """What a card's call gives, asked once.

        Raises:
            ReportProblem: it cannot be had.
        """
        if card.key not in self.kept:
            self.kept[card.key] = drawn(self.registry, card, self.find)
        found = self.kept[card.key]
        try:
            for other in found.others:  # it may be gone since, or no longer be the reader's to see
                self.find(other.content, other.version, other.folder.resolve().name)
        except PlainProblem as problem:
            raise ReportProblem(str(problem)) from None
        return found

    @property
    def registries(self) -> tuple[Registry, ...]:
        """Of which registries it tells: its own, then those that its cards name besides."""
        others = {other.content: other for _, _, one in self.drawn for other in one.others}
        return (self.registry, *others.values())

    @cached_property
    def used(self) -> Used:
        asked = [read(self.registry, told, self.cohort) for told in self.numbers]
        return Used(self.registry, self.cohort, asked, self.drawn)

    @cached_property
    def references(self) -> list[Reference]:
        asked = [CHECKLISTS[card.of].source for card in self.report.cards if card.kind == CHECKLIST]
        return used_references(self.used, asked)

    @property
    def written(self) -> Report:
        """The report with what it says now kept in it."""
        registry = self.registry
        cards = {card.key: one.sha256 for _, card, one in self.drawn}
        name = registry.folder.resolve().name
        return replace(
            self.report, written=Written(name, registry.version, registry.content, dict(self.numbers), cards)
        )

    def unique(self) -> int:
        """How many patients are, or may be, unique in it, as :mod:`plro_core.leaving` counts them."""
        words = Table(
            "numbers", "Live numbers", (Column("words", "Words"),), tuple((one,) for one in self.numbers.values())
        )
        shown = [one.chart.table if one.chart else one.table for _, _, one in self.drawn]
        return max(unique_in(table) for table in (words, *shown) if table is not None)

    # What stands below each other

    def pages(self) -> Pages:
        """The report ready to be written into a file."""
        registry = self.registry
        data = f"Data: {registry.manifest.title}, version {registry.version}. {PROGRAM}."
        told = f"{SYNTHETIC} {data}" if registry.manifest.synthetic else data
        return Pages(self.report.title, self.report.authors, told, tuple(self._sections()), self._origin)

    @property
    def _origin(self) -> str:
        """What a file carries: the report as it was given and the version that it was asked of, as JSON on one line."""
        registry = self.registry
        told = {
            "title": self.report.title,
            "registry": registry.folder.resolve().name,
            "version": registry.version,
            "content": registry.content,
            "program": PROGRAM,
            "report": self.report.as_value,
        }
        return json.dumps(told, ensure_ascii=False)

    def _sections(self) -> Iterator[Section]:
        figures, tables = count(1), count(1)
        made = {place: one for place, _, one in self.drawn}
        for place, card in enumerate(self.report.cards, 1):
            one = made.get(place)
            blocks = [*self._shown(place, card, one, figures, tables), *self._text(card.comment)]
            yield Section(card.kind, blocks, one.recipe if one else None)

    def _shown(
        self, place: int, card: Card, one: Drawn | None, figures: Iterator[int], tables: Iterator[int]
    ) -> Iterator[Block]:
        """What a card shows above its comment; figures and tables take the next number of theirs.

        Raises:
            ReportProblem: it has a tick of no item.
        """
        if card.kind in COMPUTED:
            yield Heading(1, card.heading)
        if card.kind == TEXT:
            yield from self._text(card.text)
        elif card.kind == "methods":
            yield Paragraph.of(" ".join(methods(self.used)))
        elif card.kind == "references":
            yield from (Paragraph.of(f"{number}. {one.words}") for number, one in enumerate(self.references, 1))
        elif one is not None and one.chart is not None:
            yield FigureBlock(one.chart, one.recipe, next(figures))
        else:
            with _named(place):
                table = one.table if one is not None and one.table is not None else self._computed(card)
            yield TableBlock(in_print(table, self.registry, next(tables)))

    def _computed(self, card: Card) -> Table:
        """
        Raises:
            ReportProblem: it has a tick of no item.
        """
        if card.kind == "flow":
            return flow(self.used)
        if card.kind == CHECKLIST:
            kinds = frozenset(one.kind for one in self.report.cards)
            return checklist(Given(self.used, self.report.title, kinds), card)
        return provenance(self.used)

    def _text(self, text: str) -> Iterator[Block]:
        for part in parts(text):
            if part.level:
                yield Heading(part.level, filled(part.text, self.numbers.__getitem__))
            else:
                yield Paragraph(tuple(self._runs(part.text)))

    def _runs(self, text: str) -> Iterator[Run]:
        """A paragraph with its live numbers in words, and the typed ones that the data contradict marked."""
        live = [(at.start(), at.end(), self._live(tidied(at[1]))) for at in LIVE.finditer(text)]
        at = 0
        for start, end, run in sorted([*live, *self._doubts(text)], key=lambda told: told[0]):
            if text[at:start]:
                yield Run(text[at:start])
            yield run
            at = end
        if text[at:]:
            yield Run(text[at:])

    def _doubts(self, text: str) -> Iterator[tuple[int, int, Run]]:
        """Where in a paragraph a typed number stands that the data contradict."""
        begun = 0
        for sentence in sentences(text):
            begun = text.index(sentence, begun)
            for one in contradicted(self.registry, without_live_numbers(sentence), self.cohort):
                start = begun + one.start
                run = Run(one.typed, "doubt", f"the data of the report’s cohort give {one.given}")
                yield start, start + len(one.typed), run
            begun += len(sentence)

    def _live(self, told: str) -> Run:
        now, written = self.numbers[told], self.report.written
        before = written.numbers.get(told, now) if written else now
        if written is None or before == now:
            return Run(now, "live", told)
        return Run(now, "changed", f"{told}; it was {before} in version {written.version}")


@contextmanager
def _named(place: int) -> Iterator[None]:
    """Puts the card before the sentence that says what is wrong with it."""
    try:
        yield
    except ReportProblem as problem:
        raise ReportProblem(f"Card {place}: {problem}") from None
