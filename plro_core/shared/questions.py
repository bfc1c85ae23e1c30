"""What may be asked: at most two filters, each one level of a fact, and one fact whose levels are groups. A link says it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from plro_core.shared.facts import Facts
from plro_core.text import listed, printable

#: The parameter of a link that names the groups.
BY = "by"
MOST_FILTERS = 2


@dataclass(frozen=True)
class Literal:
    """One level of one fact, both as a link names them."""

    fact: str
    level: str


@dataclass(frozen=True)
class Question:
    """Who is in view, and in which groups. Filters are in the order of the facts, so that one question has one key."""

    filters: tuple[Literal, ...] = ()
    by: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As a link says it."""
        return [(chosen.fact, chosen.level) for chosen in self.filters] + ([(BY, self.by)] if self.by else [])

    @property
    def query(self) -> str:
        return urlencode(self.pairs)


def question(
    facts: Facts, pairs: Iterable[tuple[str, str]], always: Sequence[Literal] = ()
) -> tuple[Question, tuple[str, ...]]:
    """What some parameters ask, and one sentence for what cannot be asked and was left out.

    ``always`` are filters that are not the asker's to choose; they count as filters.
    """
    filters = {place: literal for literal in always if (place := facts.place(literal.fact)) is not None}
    by, left = "", []
    for name, text in pairs:
        group = facts.place(text) if name == BY else None
        place = facts.place(name)
        if Literal(name, text) in always:
            continue
        if group is not None and facts.facts[group].is_key and not by:
            by = text
        elif place is not None and _may_filter(facts, place, text, filters):
            filters[place] = Literal(name, text)
        elif name != BY or text:
            left.append(f"“{printable(name, 30)}={printable(text, 30)}”")
    if by and facts.place(by) in filters:
        left.append(f"“{BY}={by}”")
        by = ""
    told = f"{listed(left)} cannot be asked of aggregates; left out." if left else ""
    return Question(tuple(filters[place] for place in sorted(filters)), by), (told,) if told else ()


def asked_in_words(facts: Facts, pairs: Iterable[tuple[str, str]], by: str = "") -> tuple[Question, str]:
    """The same for whoever types it: what cannot be asked is said with what can."""
    asked, left = question(facts, [*pairs, *([(BY, by)] if by else [])])
    if not left:
        return asked, ""
    keys = [facts.facts[place] for place in facts.keys]
    known = "; ".join(f"{fact.name} ({', '.join(level.code for level in fact.levels)})" for fact in keys)
    told = left[0].removesuffix("; left out.")
    return asked, f"{told}; expected at most {MOST_FILTERS} filters and one group of: {known or 'nothing'}."


def _may_filter(facts: Facts, place: int, level: str, filters: Collection[int]) -> bool:
    return can_choose(facts, place, level) and place not in filters and len(filters) < MOST_FILTERS


def can_choose(facts: Facts, place: int, level: str) -> bool:
    """Whether patients may be chosen by a level of a fact."""
    fact = facts.facts[place]
    return fact.is_key and fact.place(level) is not None


def sentence(facts: Facts, asked: Question) -> str:
    """Who is in view, in words: "patients with smoking: yes and spinal brace: yes, by breastfeeding"."""
    chosen = []
    for literal in asked.filters:
        fact = facts.facts[facts.place(literal.fact) or 0]
        chosen.append(f"{fact.label_in_sentence}: {fact.levels[fact.place(literal.level) or 0].label}")
    whom = f"patients with {listed(chosen)}" if chosen else "all patients"
    return f"{whom}, by {facts.facts[facts.place(asked.by) or 0].label_in_sentence}" if asked.by else whom
