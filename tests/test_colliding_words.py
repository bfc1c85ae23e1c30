"""A registry may call a column like a head or a name of our own tables; no table, figure or page stumbles over it."""

from collections.abc import Iterator

import pytest

import plro_core as plro
from plro_core.figures.catalogue import figures_of
from plro_core.origins import cells_behind
from plro_core.pain_control.tables import responders_table
from plro_core.store import Registry
from plro_core.tables import Column, told_apart
from plro_core.vocabulary import Variable
from tests.test_widening import kept

#: Names and heads of columns of our own tables and figures.
TAKEN = {
    "months": "Source", "verdict": "Status", "threshold": "Threshold", "k": "n", "percent": "Month 1", "change": "Patient",
    "baseline": "Month", "group": "Smoking",
}  # fmt: skip

_GROUPING = (
    '[[variable]]\nname = "{}"\nlabel = "{}"\ntable = "cases"\nkind = "category"\nlevels = {{ from = "From" }}\n'
)
_LABORATORY = (
    '[[variable]]\nname = "cells"\nlabel = "Month"\ntable = "visits"\nkind = "number"\ngroup = "Laboratory"\n'
    'unit = "U/L"\nplausible = [0, 9]\n[[variable]]\nname = "where"\nlabel = "Count"\ntable = "cases"\nkind = "integer"\nplausible = [0, 9]\n'
)
_CASES = f"case_id,age,where,{','.join(TAKEN)}\n" + "".join(
    f"{number},3{number},{number},{','.join(['from'] * len(TAKEN))}\n" for number in (1, 2, 3)
)
_VISITS = "case_id,month,vas,cells\n1,0,8,1\n1,1,4,2\n2,0,7,3\n2,1,7,\n3,0,6,\n"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    declared = "".join(_GROUPING.format(name, label) for name, label in TAKEN.items()) + _LABORATORY
    found = kept(tmp_path_factory.mktemp("words") / "ward", declared, cases=_CASES, visits=_VISITS)
    yield found
    found.close()


@pytest.fixture(params=TAKEN)
def grouping(request: pytest.FixtureRequest, registry: Registry) -> Variable:
    return registry.vocabulary.variable(request.param)


def test_tables_by_it_have_every_column(registry: Registry, grouping: Variable) -> None:
    assert "n" in [column.name for column in responders_table(registry, group=grouping).columns]
    assert plro.table_one(registry, by=grouping).to_frame()["group"].notna().any()
    assert len(cells_behind(registry, grouping).rows) == 3
    assert plro.counts(registry, grouping).to_frame()[grouping.name].tolist() == ["from"]


def test_figures_by_it_are_drawn(registry: Registry, grouping: Variable) -> None:
    for entry in figures_of(registry.vocabulary).values():
        if "group" in entry.options:
            assert entry.draw(registry, group=grouping).table.columns, entry.name


def test_a_laboratory_value_called_month_has_its_cells(registry: Registry) -> None:
    (own,) = [entry for entry in registry.vocabulary.labs if entry.name == "cells"]
    heads = [column.heading for column in cells_behind(registry, own, month=1).columns]
    assert heads[:3] == ["Patient", "Month", "Month (U/L)"]
    assert plro.counts(registry, own).to_frame().shape[0]


def test_columns_are_told_apart_by_name_and_by_heading() -> None:
    columns = told_apart([Column("n", "N"), Column("n", "N"), Column("n", "M"), Column("n_2", "N")])
    assert [column.name for column in columns] == ["n", "n_2", "n_3", "n_2_2"]
    assert len({column.heading for column in columns}) == 4
