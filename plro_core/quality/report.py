"""Everything that is asked of a registry's quality, one part after the other, so that a page can show how far it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from plro_core.figures.chart import Chart
from plro_core.figures.style import LIGHT, Look
from plro_core.quality.completeness import completeness, completeness_map
from plro_core.quality.duplicates import duplicates
from plro_core.quality.follow_up import follow_up, follow_up_by_patient
from plro_core.quality.progress import Progress, going_on
from plro_core.quality.rules import flag_disagreement, rule_tables
from plro_core.quality.trend import trend, trend_lines
from plro_core.store import Registry
from plro_core.tables import Table


@dataclass(frozen=True)
class Part:
    """One question: its tables, and a figure where one helps."""

    name: str
    tables: tuple[Table, ...]
    chart: Chart | None = None


@dataclass(frozen=True)
class Report:
    """The parts that were done; ``stopped`` where somebody did not want them all."""

    parts: tuple[Part, ...]
    stopped: bool = False


def report(
    registry: Registry,
    progress: Progress | None = None,
    *,
    versions: Sequence[str] = (),
    look: Look = LIGHT,
) -> Report:
    """The registry's completeness, follow-up, rules, flags, duplicates and, for ``versions``, their trend.

    ``progress`` is told before each part (and each version) how much is done and what comes next; where it answers no,
    what is done is given.
    """
    told = progress or going_on
    asked = list(_asked(registry, look))
    weight = len(asked) + len(versions)
    parts: list[Part] = []
    for done, (name, part) in enumerate(asked):
        if not told(done / weight, name):
            return Report(tuple(parts), stopped=True)
        parts.append(part(_within(told, done / weight)))
    if not versions:
        told(1.0, "done")
        return Report(tuple(parts))
    table = trend(
        registry.folder, versions, lambda share, words: told((len(asked) + share * len(versions)) / weight, words)
    )
    parts.append(Part("trend", (table,), trend_lines(registry, table, look=look)))
    whole = len(table.rows) == len(versions)
    if whole:
        told(1.0, "done")
    return Report(tuple(parts), stopped=not whole)


def _within(told: Progress, share: float) -> Progress:
    """The progress of one part, which moves nothing but can be stopped."""
    return lambda _, words: told(share, words)


def _asked(registry: Registry, look: Look) -> Iterator[tuple[str, Callable[[Progress], Part]]]:
    yield (
        "completeness",
        lambda _: Part(
            "completeness",
            (completeness(registry), completeness(registry, "centre")),
            completeness_map(registry, look=look),
        ),
    )
    yield "follow-up", lambda _: Part("follow-up", (follow_up(registry), follow_up_by_patient(registry)))
    yield "rules", lambda going: Part("rules", rule_tables(registry, going))
    yield "flags", lambda _: Part("flags", (flag_disagreement(registry),))
    yield "duplicates", lambda _: Part("duplicates", (duplicates(registry),))
