"""Patients who do not exist, as many as are asked for: for demonstrations, and for tests of size.

Their marginal distributions are those of the shipped ten patients; no treatment has an effect on anything, so a figure
that shows one is wrong. The same number, seed and scenario always give the same patients, and the first patients of a
larger registry are those of a smaller one.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pyarrow as pa
from numpy.typing import NDArray

from plro_core.schema import arrow_schema
from plro_core.synthetic.drawing import drawn
from plro_core.synthetic.edges import with_edges
from plro_core.synthetic.marginals import Marginals, marginals
from plro_core.vocabulary import STANDARD

Scenario = Literal["paper", "edge", "stress"]

#: What may be asked for: patients like the published ones; every eighth an awkward case; as many rows a patient as fit.
SCENARIOS: tuple[Scenario, ...] = ("paper", "edge", "stress")

#: How many patients are drawn at a time.
_AT_ONCE = 50_000


def synthetic_tables(cases: int, seed: int = 1, scenario: Scenario = "paper") -> dict[str, pa.Table]:
    """The tables of a registry of made-up patients, numbered from 1.

    Raises:
        ValueError: there is no such number of patients, or no such scenario.
    """
    shares = list(synthetic_shares(cases, seed, scenario))
    return {
        table.name: pa.concat_tables([share[table.name] for share in shares]).combine_chunks()
        for table in STANDARD.tables
    }


def synthetic_shares(
    cases: int,
    seed: int = 1,
    scenario: Scenario = "paper",
    told: Callable[[int], None] = lambda done: None,
) -> Iterator[dict[str, pa.Table]]:
    """The same tables in shares of whole patients, so that no more than one share need be in memory.

    ``told`` hears how many are drawn, after whoever asks is done with them.

    Raises:
        ValueError: there is no such number of patients, or no such scenario.
    """
    if not 0 <= cases <= 999_999_999:
        raise ValueError(f"{cases} is not a number of patients; expected 0 to 999999999.")
    if scenario not in SCENARIOS:
        raise ValueError(f"“{scenario}” is not a scenario; expected {', '.join(SCENARIOS)}.")
    known = marginals()
    for first in range(0, max(cases, 1), _AT_ONCE):
        size = min(_AT_ONCE, cases - first)
        yield _some(known, first, size, seed, scenario)
        told(first + size)


def _some(known: Marginals, first: int, size: int, seed: int, scenario: Scenario) -> dict[str, pa.Table]:
    """So many patients after the ``first``. Whole shares are drawn, so that a larger registry begins as a smaller one."""
    columns = drawn(known, _AT_ONCE, (seed, first), everything=scenario == "stress")
    if scenario == "edge":
        columns = with_edges(columns)
    made = {table.name: arrow_schema(table.name, STANDARD).empty_table() for table in STANDARD.tables}
    for name, of_table in columns.items():
        kept = of_table["case_id"] <= size
        schema = arrow_schema(name, STANDARD)
        arrays = [
            _arrow(_numbered(of_table[column.name][kept], column.name, first), column)
            if column.name in of_table
            else pa.nulls(int(kept.sum()), column.type)
            for column in schema
        ]
        made[name] = pa.table(arrays, schema=schema)
    return made


def _numbered(values: NDArray[Any], name: str, first: int) -> NDArray[Any]:
    """Patients are numbered from 1 in each share and through all of them in the registry."""
    return values + first if name == "case_id" else values


def _arrow(values: NDArray[Any], column: pa.Field) -> pa.Array:
    """A column as it is stored; whole numbers with gaps come as floats."""
    if values.dtype == object:
        return pa.array(values, column.type, from_pandas=True)
    return pa.array(values, from_pandas=True).cast(column.type)


def about(cases: int, seed: int, scenario: Scenario) -> dict[str, Any]:
    """What a version of made-up patients says of itself; the same words give the same version."""
    return {
        "version": f"synthetic-{scenario}-{cases}-{seed}",
        "title": f"{cases} made-up patients",
        "source": f"drawn by chance (scenario {scenario}, seed {seed}) after the marginal distributions of the shipped registry",
        "author": "plro synth",
        "note": "none of these patients exist; no treatment has an effect",
        "time": "2026-11-26T00:00:00Z",
        "synthetic": True,
    }
