"""What the calls of a report's cards give: figures and tables, each with its recipe and a checksum of what it says."""

import hashlib
import json
from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.export import Recipe, recipe_for
from plro_core.export.calls import snippet
from plro_core.figures import Chart
from plro_core.manuscript import Compact, PrintTable, ruled
from plro_core.manuscript.styles import roman
from plro_core.problems import DataProblem, PlainProblem
from plro_core.report.model import Card, ReportProblem
from plro_core.store import Registry
from plro_core.tables import Table, TwoForms
from plro_core.verify.remaking import Find, made
from plro_core.verify.verdict import chart_of, table_of

_FAULTS = (TypeError, AttributeError, KeyError, IndexError, ValueError)


@dataclass(frozen=True)
class Drawn:
    """A figure of a report, or a table, with how it was made; ``others`` are the registries that it is of besides."""

    recipe: Recipe
    chart: Chart | None = None
    table: Table | TwoForms | None = None
    others: tuple[Registry, ...] = ()

    @property
    def sha256(self) -> str:
        """The checksum of what it says, in whatever words and form."""
        return self.chart.sha256 if self.chart else hashlib.sha256(_records(self.table).encode()).hexdigest()


def in_print(table: Table | TwoForms, registry: Registry, number: int) -> PrintTable:
    """A table in print, under its number in the report; one for a journal keeps how that numbers its tables."""
    if isinstance(table, Compact):
        told = table.printed
        is_roman = bool(told.number) and not told.number.isdecimal()
        return replace(told, number=roman(number) if is_roman else str(number))
    layout = table if isinstance(table, Table) else table.layout
    return ruled(layout, registry.vocabulary, number=number)


def _records(table: Table | TwoForms | None) -> str:
    told = table.tidy if isinstance(table, TwoForms) else table
    return json.dumps(told.records if told else [], ensure_ascii=False)


def drawn(registry: Registry, card: Card, find: Find) -> Drawn:
    """What a card's call gives of this version of the registry; ``find`` opens another that the call names.

    Raises:
        ReportProblem: one sentence that says what cannot be had, or that nobody is in it.
    """

    others: list[Registry] = []

    def opened(content: str, version: str, name: str) -> Registry:
        if content == registry.content:
            return registry
        others.append(find(content, version, name))
        return others[-1]

    try:
        cohort = Cohort.parse(card.cohort, registry.vocabulary) if card.cohort else EVERYONE
        result = made(snippet(registry, cohort, card.call), opened)
        return replace(_checked(registry, card, cohort, result), others=tuple(others))
    except DataProblem as problem:
        sentence = str(problem).replace("carries a recipe", "its “call” is one")
        raise ReportProblem(sentence) from None
    except PlainProblem as problem:
        raise ReportProblem(str(problem)) from None
    except _FAULTS:
        raise ReportProblem("its “call” cannot be asked of this registry.") from None


def _checked(registry: Registry, card: Card, cohort: Cohort, result: object) -> Drawn:
    """
    Raises:
        ReportProblem: it is of another kind than the card says, or shows nobody.
        DataProblem: it is neither a figure nor a table.
    """
    chart = chart_of(result)
    table = None if chart else table_of(result, registry)
    if (card.kind == "figure") != (chart is not None):
        raise ReportProblem(f"its “call” gives a {'figure' if chart else 'table'}; expected a {card.kind}.")
    if chart is not None and chart.nothing:
        raise ReportProblem(f"nothing was drawn: {chart.nothing[:1].lower()}{chart.nothing[1:]}")
    title = chart.title if chart else _title(table)
    recipe = getattr(result, "recipe", None) or recipe_for(registry, title, cohort, card.call)
    asked = Cohort.parse(recipe.query, registry.vocabulary) if recipe.query else EVERYONE
    if "plro.aggregates(" not in recipe.snippet and not size(registry, asked).patients:
        raise ReportProblem(f"nobody belongs to its cohort ({asked.sentence}).")
    return Drawn(recipe, chart, table)


def _title(table: Table | TwoForms | None) -> str:
    layout = table.layout if isinstance(table, TwoForms) else table
    return layout.title if layout else ""
