"""A report as a value: cards in an order, and what its numbers were when it was written; one readable JSON file.

    {
      "plro_report": 1,
      "title": "Smokers after pregnancy: a case series",
      "authors": "A. Author, B. Author",
      "cohort": "smoking=yes",
      "cards": [
        {"kind": "text", "text": "# Results\\n\\nPain was {{vas.0 | median}} at first."},
        {"kind": "figure", "call": "plro.figure(registry, \\"pain_trajectories\\", \\"smoking=yes\\")"},
        {"kind": "methods"}
      ]
    }

What is read is never trusted: a call is looked at as a recipe's is, and never run as Python.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from plro_core import strict
from plro_core.problems import PlainProblem
from plro_core.text import listed, printable

FORM = 1
MARK = "plro_report"
MOST_CARDS = 200
MOST_BYTES = 2_000_000
LONGEST_TITLE = 300
LONGEST_TEXT = 100_000

#: What a card can be: what somebody writes, what a call gives, and what the report makes of itself.
TEXT = "text"
MADE = ("figure", "table", "claims")
COMPUTED = {
    "methods": "Methods",
    "flow": "Flow of patients",
    "checklist": "Checklist",
    "references": "References",
    "provenance": "Where each card comes from",
}
CHECKLIST = "checklist"
#: The checklists that there are; the first is meant where none is named.
OF = ("CARE", "PROCESS", "STROBE", "JBI")
KINDS = (TEXT, *MADE, *COMPUTED)


class ReportProblem(PlainProblem):
    """A report that is malformed, or that asks for something that the registry does not have."""


_JSON = strict.Form(ReportProblem, "a report", MOST_BYTES)


@dataclass(frozen=True)
class Card:
    """One card: words of its author, a figure, table or claims with the call that makes them, or a part that computes itself.

    ``call`` is that of a recipe, over ``cohort`` where it names one; ``comment`` stands below. ``of`` says which checklist it is, and
    ``ticks`` are the items of it that its author has done.

    Raises:
        ReportProblem: one sentence that says which part is at fault.
    """

    kind: str
    text: str = ""
    call: str = ""
    cohort: str = ""
    comment: str = ""
    of: str = ""
    ticks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ReportProblem(f"“{printable(self.kind)}” is no kind of card; expected {listed(list(KINDS), 'or')}.")
        for part in ("text", "comment"):
            _check_text(part, getattr(self, part), LONGEST_TEXT, lines=True)
        for part in ("call", "cohort"):
            _check_text(part, getattr(self, part), LONGEST_TEXT)
        if (self.kind in MADE) != bool(self.call):
            expected = "has no “call”; expected one" if self.kind in MADE else "has a “call”; expected none"
            raise ReportProblem(f"A card of the kind “{self.kind}” {expected}.")
        if self.text and self.kind != TEXT:
            raise ReportProblem(f"A card of the kind “{self.kind}” has a “text”; expected a “comment”.")
        if self.kind != CHECKLIST and (self.of or self.ticks):
            raise ReportProblem(f"A card of the kind “{self.kind}” has “of” or “ticks”; only a checklist has them.")
        if self.kind == CHECKLIST and not self.of:
            object.__setattr__(self, "of", OF[0])
        if self.of and self.of not in OF:
            raise ReportProblem(f"“of” is “{printable(self.of)}”; expected {listed(list(OF), 'or')}.")

    @property
    def heading(self) -> str:
        """What a part that computes itself is called; which checklist it is."""
        return f"{self.of} checklist" if self.kind == CHECKLIST else COMPUTED.get(self.kind, self.kind.capitalize())

    @property
    def key(self) -> str:
        """By what it is told from other cards wherever it stands: what it asks, and of whom."""
        return f"{self.kind} {self.call} of {self.cohort}" if self.cohort else f"{self.kind} {self.call}"

    @property
    def as_dict(self) -> dict[str, Any]:
        told = {name: list(value) if name == "ticks" else value for name, value in asdict(self).items()}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Written:
    """What a report said when it was written: of which version, each live number in words, each card's checksum."""

    registry: str
    version: str
    content: str
    numbers: Mapping[str, str] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A report: its title, who writes it, its cohort as a query, its cards, and what it said when it was written.

    Raises:
        ReportProblem: one sentence that says which part is at fault.
    """

    title: str
    authors: str = ""
    cohort: str = ""
    cards: tuple[Card, ...] = ()
    written: Written | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ReportProblem("The report has no title; expected a few words.")
        for part in ("title", "authors"):
            _check_text(part, getattr(self, part), LONGEST_TITLE)
        _check_text("cohort", self.cohort, LONGEST_TEXT)
        if len(self.cards) > MOST_CARDS:
            raise ReportProblem(f"The report has {len(self.cards)} cards; expected at most {MOST_CARDS}.")

    @property
    def as_value(self) -> dict[str, Any]:
        """What its JSON says."""
        told: dict[str, Any] = {MARK: FORM, "title": self.title, "authors": self.authors, "cohort": self.cohort}
        told["cards"] = [card.as_dict for card in self.cards]
        if self.written:
            told["written"] = asdict(self.written)
        return told

    @property
    def json(self) -> str:
        """Its file."""
        return json.dumps(self.as_value, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, content: str | bytes) -> "Report":
        """Read the file of a report.

        Raises:
            ReportProblem: one sentence that names the card and the part at fault.
        """
        return cls.from_value(_JSON.json(content))

    @classmethod
    def from_value(cls, told: Any) -> "Report":
        """As :meth:`from_json`, of what its JSON says."""
        if not isinstance(told, dict) or MARK not in told:
            raise ReportProblem(f"This is not a report; expected an object with “{MARK}”.")
        if type(told[MARK]) is not int or told[MARK] != FORM:
            raise ReportProblem(f"“{MARK}” is not {FORM}, the form that this program reads.")
        known = (MARK, "title", "authors", "cohort", "cards", "written")
        _JSON.check_keys("the report", told, known, {"authors", "cohort", "written"})
        parts = {name: _text(name, told.get(name, "")) for name in ("title", "authors", "cohort")}
        written = _JSON.record(Written, told["written"], "written") if "written" in told else None
        return cls(**parts, cards=_cards(told["cards"]), written=written)


def _cards(told: Any) -> tuple[Card, ...]:
    if not isinstance(told, list):
        raise ReportProblem("“cards” is not a list; expected cards in their order.")
    cards = []
    for number, entries in enumerate(told[: MOST_CARDS + 1], 1):
        try:
            cards.append(_card(entries))
        except ReportProblem as problem:
            raise ReportProblem(f"Card {number}: {problem}") from None
    return tuple(cards)


def _card(told: Any) -> Card:
    entries = _JSON.object("card", told, 'a kind and its parts, such as {"kind": "text", "text": "…"}')
    _JSON.check_keys("a card", entries, Card.__dataclass_fields__, set(Card.__dataclass_fields__) - {"kind"})
    ticks = entries.get("ticks", [])
    if not isinstance(ticks, list):
        raise ReportProblem("“ticks” is not a list; expected the numbers of items that are done.")
    words = {name: _text(name, value) for name, value in entries.items() if name != "ticks"}
    return Card(**words, ticks=tuple(_text("ticks", tick) for tick in ticks))


def _text(part: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ReportProblem(f"“{part}” is not text; expected words in quotes.")
    return value


def _check_text(part: str, text: str, longest: int, lines: bool = False) -> None:
    if len(text) > longest:
        raise ReportProblem(f"“{part}” has {len(text)} characters; expected at most {longest}.")
    shown = text.replace("\n", "").replace("\t", "") if lines else text
    if not shown.isprintable():
        raise ReportProblem(f"“{part}” holds a character that cannot be seen; expected plain words.")
