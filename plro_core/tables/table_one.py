"""The summary table of a cohort ("Table 1"): overall and by group, as tidy numbers and as a printable page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from plro_core.cohort import EVERYONE, Cohort
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables import formatting
from plro_core.tables.model import Column, Table, TwoForms, told_apart, with_unit
from plro_core.tables.notes import summary_notes, who
from plro_core.tables.summary import TIDY, GroupOfPatients, Statistic, measure, tidy_row
from plro_core.text import grouped, listed, patients, visit_name
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class TableOne(TwoForms):
    """The summary table of a cohort, with the variable that it is grouped by."""

    by: Variable | None = None


def table_one(registry: Registry, cohort: Cohort = EVERYONE, by: Variable | None = None) -> TableOne:
    """Summary of every summarised variable in a cohort, overall and in each group of ``by``.

    No p-values: with groups this small they mislead.

    Raises:
        QueryProblem: ``by`` is not a variable that splits patients into groups.
    """
    check_grouping(registry, by)
    groups, statistics = measure(registry, cohort, by)
    subtitle = who(registry, cohort)
    title = "Summary of the cohort" + (f" by {by.words}" if by else "")
    notes = summary_notes(registry, cohort, by)
    rows = tuple(tidy_row(statistic, by) for statistic in statistics)
    return TableOne(
        Table("table1", title, TIDY, rows, notes, subtitle),
        Table("table1", title, _columns(groups), tuple(_rows(groups, statistics)), notes, subtitle),
        by,
    )


def check_grouping(registry: Registry, by: Variable | None) -> None:
    """
    Raises:
        QueryProblem: ``by`` is not a variable that splits patients into groups.
    """
    if by is not None and by not in registry.vocabulary.groupings:
        choices = listed([entry.name for entry in registry.vocabulary.groupings], "or")
        raise QueryProblem(f"“{by.name}” does not split patients into groups; expected {choices}.")


def _columns(groups: Iterable[GroupOfPatients]) -> tuple[Column, ...]:
    labels = (Column("variable", "Variable"), Column("visit", "Visit"), Column("statistic", "Statistic"))
    of_groups = (Column(group.code, f"{group.label} ({patients(group.patients)})") for group in groups)
    return told_apart([*labels, *of_groups])


def _rows(groups: Sequence[GroupOfPatients], statistics: Iterable[Statistic]) -> Iterable[tuple[str | None, ...]]:
    """Printable rows; a variable's and a visit's name stand on their first row only."""
    for variable, of_variable in groupby(statistics, lambda statistic: statistic.variable):
        name: str | None = with_unit(variable.label, variable.stated_unit)
        for month, of_month in groupby(of_variable, lambda statistic: statistic.month):
            visit = None if month is None else visit_name(month)
            for label, cells in _block(variable, list(of_month), len(groups)):
                yield name, visit, label, *cells
                name = visit = None


def _block(variable: Variable, statistics: Sequence[Statistic], width: int) -> Iterable[tuple[str, list[str]]]:
    """The rows of one variable at one visit: label and one cell for each group."""
    first = statistics[:width]
    yield "n (missing)", [f"{grouped(statistic.n)} ({grouped(statistic.missing)})" for statistic in first]
    if variable.is_number:
        yield "median (Q1–Q3)", [formatting.median_and_quartiles(statistic) for statistic in first]
        yield "mean (SD)", [formatting.mean_and_sd(statistic) for statistic in first]
        yield "min–max", [formatting.extremes(statistic) for statistic in first]
        return
    for start in range(0, len(statistics), width):
        level = statistics[start].level or ""
        if variable.kind != "boolean" or level == "yes":
            row = statistics[start : start + width]
            yield variable.level_label(level), [formatting.share(statistic) for statistic in row]
