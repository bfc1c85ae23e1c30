"""The released counts as a table: every fact of a section by its levels, in each group."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from plro_core.export import Recipe
from plro_core.export.calls import opened
from plro_core.shared.answers import SUPPRESSED, Group, Line, Told
from plro_core.shared.facts import Fact
from plro_core.shared.questions import sentence
from plro_core.store import Registry
from plro_core.tables import Column, Table, TwoForms, told_apart
from plro_core.text import NONE, capitalised, grouped, k_of_n

#: From so many on a count says its share besides: in smaller groups a percentage misleads.
_SHARE_FROM = 100
_MEDIAN, _MIDDLE = "median lies in", "middle half lies in"


def table(registry: Registry, told: Told, sections: Sequence[str] = ()) -> TwoForms:
    """What is told of a question, of some sections or of all: for programs one row a count, for readers one column a group."""
    facts = [place for place, fact in enumerate(told.facts.facts) if _is_in(fact, sections) and _is_told(told, place)]
    title = "Released aggregates"
    whom = capitalised(who(told))
    tidy = Table("aggregates", title, _TIDY, tuple(_tidy(told, facts)), notes(registry, told), whom)
    groups = [Column(f"group_{place}", _heading(told, group)) for place, group in enumerate(told.groups)]
    columns = told_apart([Column("variable", "Variable"), Column("level", "Level"), *groups])
    return TwoForms(tidy, Table("aggregates", title, columns, tuple(_layout(told, facts)), notes(registry, told), whom))


def confounders(registry: Registry, told: Told) -> Table | None:
    """In what else the groups differ, of what is held against every difference first; ``None`` without groups."""
    if not told.asked.by:
        return None
    found = [
        (fact.variable.confounder, place)
        for place, fact in enumerate(told.facts.facts)
        if fact.variable.confounder and fact.month in (None, 0) and _is_told(told, place)
    ]
    return replace(
        table(registry, told).layout,
        title="In what else do these groups differ?",
        rows=tuple(_layout(told, [place for _, place in sorted(found)])),
    )


_TIDY = tuple(
    Column(name, label)
    for name, label in (
        ("fact", "Fact"),
        ("variable", "Variable"),
        ("level", "Level"),
        ("group", "Group"),
        ("patients", "Patients"),
        ("of", "Of"),
    )
)


def _is_in(fact: Fact, sections: Sequence[str]) -> bool:
    return not sections or fact.section in sections


def _is_told(told: Told, place: int) -> bool:
    """Whether patients are not chosen by a fact: then it says nothing more."""
    return place not in told.sheet.axes


def _tidy(told: Told, facts: Sequence[int]) -> Iterator[tuple[str, ...]]:
    for place in facts:
        fact = told.facts.facts[place]
        for group, line in zip(told.groups, told.lines(place), strict=True):
            for level, named in enumerate(fact.levels):
                yield (
                    fact.name,
                    fact.heading,
                    named.label,
                    group.label,
                    _count(line.told(level)),
                    _count(line.patients),
                )


def _layout(told: Told, facts: Sequence[int]) -> Iterator[tuple[str, ...]]:
    yield ("Patients", "", *(_count(told.line(0, group).patients) for group in told.groups))
    for place in facts:
        fact, lines = told.facts.facts[place], told.lines(place)
        for level, named in enumerate(fact.levels):
            if fact.many and level:
                continue
            yield (fact.heading if level == 0 else "", named.label, *(cell(line, level) for line in lines))
        if fact.cuts:
            yield ("", _MEDIAN, *(_quantiles(line, 0.5) for line in lines))
            yield ("", _MIDDLE, *(_quantiles(line, 0.25, 0.75) for line in lines))


def cell(line: Line, level: int) -> str:
    """How many have a level among those of whom something is recorded, or among all where that is suppressed."""
    count = line.told(level)
    if count is None:
        return SUPPRESSED
    if level not in line.fact.recorded:
        return grouped(count)
    of = line.recorded if line.recorded is not None else line.patients or 0
    return f"{k_of_n(count, of)} ({round(100 * count / of)} %)" if of >= _SHARE_FROM else k_of_n(count, of)


def _count(count: int | None) -> str:
    return SUPPRESSED if count is None else grouped(count)


def _quantiles(line: Line, *shares: float) -> str:
    if line.recorded == 0:
        return NONE
    found = [line.quantile(share) for share in shares]
    return " and ".join(dict.fromkeys(found)) if all(found) else SUPPRESSED


def _heading(told: Told, group: Group) -> str:
    n = told.line(0, group).patients
    return f"{group.label}, {SUPPRESSED}" if n is None else f"{group.label}, n = {grouped(n)}"


def who(told: Told) -> str:
    """Who is in view, with n."""
    n = told.patients
    size = f"fewer than {told.shared.k} patients, or {SUPPRESSED}" if n is None else f"n = {grouped(n)}"
    return f"{sentence(told.facts, told.asked)} ({size})"


def notes(registry: Registry, told: Told) -> tuple[str, ...]:
    """What must be said wherever released counts are shown."""
    said = [
        f"Aggregates only, data {registry.version}. {suppression(told)}",
        "Medians and the middle half are told as the bin in which they lie; exact values, extremes and rows are not shown.",
    ]
    if told.asked.by:
        said.append("Groups differ in several ways at once; a difference between them is no effect of a treatment.")
    if registry.manifest.synthetic:
        said.insert(0, "Synthetic data: none of these patients exist.")
    return tuple(said)


def suppression(told: Told) -> str:
    """What "suppressed" means here."""
    k = told.shared.k
    return f"Smallest cell {k}. “{SUPPRESSED}”: fewer than {k} patients, or it would give away fewer than {k}; never 0."


def recipe(registry: Registry, told: Told) -> Recipe:
    """How it was made: the question, k and the data. No rows and no SQL, which nobody may ask here."""
    n = told.patients
    snippet = [
        "import plro_core as plro",
        "from plro_core.store import open_content",
        "",
        f"registry = {opened(registry)}",
        f"result = plro.aggregates(registry, {json.dumps(told.asked.query)}, k={told.shared.k})",
    ]
    return Recipe(
        f"Released aggregates, smallest cell {told.shared.k}",
        sentence(told.facts, told.asked),
        "",  # a question of aggregates is no cohort, which is a choice of rows
        f"n {SUPPRESSED}" if n is None else f"n = {grouped(n)}",
        "(aggregates only)",
        registry.version,
        registry.content,
        registry.manifest.source,
        "\n".join(snippet),
        registry.manifest.synthetic,
    )
