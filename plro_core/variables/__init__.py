"""The vocabulary: every table and every clinical variable, declared once.

Filters, SQL, cohort sentences, the Arrow schema, validation, axis titles, reference bands, table rows and the
data dictionary are all derived from these declarations. Adding a variable is one entry here, or in the ``variables.toml``
of a registry's folder, plus a column in the data.

Two ranges are kept apart on purpose: a value outside ``plausible`` is a data error and is refused; a value outside
``reference`` is a finding and is flagged.

A process has one vocabulary: the published one and what the registry adds that ``PLRO_REGISTRY`` names. It is read once,
when this package is imported.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from plro_core.problems import RegistryProblem
from plro_core.variables import own, published
from plro_core.variables.model import Kind, Level, Range, Table, Variable
from plro_core.variables.published import LABS as PUBLISHED_LABS
from plro_core.variables.published import (
    LUMBAR,
    MG_NOTE,
    PAPER,
    SYMPTOM_LEVELS,
    T_SCORE_NOTE,
    TABLE_1,
    TABLE_2,
    THORACIC,
    VERTEBRAE,
    VITAMIN_D_NOTE,
    YES_NO,
)

__all__ = [
    "CLINICAL", "FACTS", "FILTERS", "LABS", "LUMBAR", "MG_NOTE", "MONTHS", "OWN", "OWN_PROBLEM", "PAPER", "PUBLISHED_LABS",
    "SYMPTOM_LEVELS", "TABLES", "TABLE_1", "TABLE_2", "THORACIC", "T_SCORES", "T_SCORE_NOTE", "UNCERTAIN", "VARIABLES",
    "VERTEBRAE", "VITAMIN_D_NOTE", "YES_NO", "Kind", "Level", "Range", "Table", "Variable", "columns", "groupings",
    "summarised", "variable",
]  # fmt: skip


def _own() -> tuple[own.Own, str]:
    """What the registry adds, or the sentence that says why it cannot be used."""
    folder = os.environ.get("PLRO_REGISTRY")
    try:
        return (own.read(Path(folder)) if folder else own.Own()), ""
    except RegistryProblem as problem:
        return own.Own(), str(problem)


#: What the registry adds to the published vocabulary; where its file is at fault nothing, and the sentence that says why.
OWN, OWN_PROBLEM = _own()

#: Planned visits, in months from baseline.
MONTHS = OWN.months or published.MONTHS

TABLES = published.TABLES + OWN.tables


def _with_months(entry: Variable) -> Variable:
    return replace(entry, levels=published.month_levels(MONTHS)) if entry.name == "month" else entry


def _added(*tables: str) -> tuple[Variable, ...]:
    return tuple(entry for entry in OWN.variables if entry.table in tables)


_CASES = published.CASES + _added("cases")
_VISITS = tuple(map(_with_months, published.VISITS)) + _added("visits")

VARIABLES: tuple[Variable, ...] = _CASES + _VISITS + published.FACTS + _added(*(table.name for table in OWN.tables))

#: Laboratory values of the visits.
LABS = PUBLISHED_LABS + tuple(entry for entry in _added("visits") if entry.group == "Laboratory" and entry.is_number)

#: Variables that a cohort may name, by their name in the query string.
FILTERS: dict[str, Variable] = {variable.name: variable for variable in VARIABLES if variable.filterable}

#: The three sites of bone density, in the order of Table I.
T_SCORES = tuple(variable for variable in _CASES if variable.group == "Bone density")

#: Statuses of a cell that a reader should be warned of.
UNCERTAIN = ("inferred", "assumed", "conflict")

#: Tables of what is known of patients (not of the paper), in order; and those of them with one row a fact.
CLINICAL = tuple(table.name for table in TABLES if table.name not in ("printed", "claims", "provenance"))
FACTS = tuple(name for name in CLINICAL if name not in ("cases", "visits"))


def variable(name: str, table: str | None = None) -> Variable:
    """The declared variable of that name (in that table, where a name is used in several).

    Raises:
        KeyError: no such variable is declared.
    """
    for entry in VARIABLES:
        if entry.name == name and (table is None or entry.table == table):
            return entry
    raise KeyError(name)


def columns(table: str) -> tuple[Variable, ...]:
    """The variables of one table, in the order of its columns."""
    return tuple(entry for entry in VARIABLES if entry.table == table)


def groupings() -> tuple[Variable, ...]:
    """Variables by which patients can be split into groups: one of a few levels each."""
    return tuple(entry for entry in _CASES if entry.levels and entry.filterable)


def summarised() -> Iterable[Variable]:
    """Variables that have rows in the summary table."""
    return (entry for entry in VARIABLES if entry.summarised)
