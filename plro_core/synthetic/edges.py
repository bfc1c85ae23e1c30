"""Awkward patients: what a registry may hold and a page must not stumble over. Every eighth patient is one of each kind."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from plro_core.synthetic.drawing import Columns
from plro_core.synthetic.marginals import LABS, LEVELS, T_SCORES

Tables = dict[str, Columns]
Chosen = NDArray[np.bool_]

_OF_VISITS = ("vas", *LABS)


def with_edges(tables: Tables) -> Tables:
    """The tables with an awkward patient of each kind among every eight; every eighth stays as she was drawn."""
    for place, change in enumerate(_KINDS):
        tables = {name: dict(columns) for name, columns in tables.items()}
        change(tables, place)
    return tables


def _these(columns: Columns, place: int) -> Chosen:
    return np.asarray((columns["case_id"] - 1) % 8 == place)


def _put(columns: Columns, name: str, where: Chosen, value: object) -> None:
    changed = columns[name].copy()
    changed[where] = value
    columns[name] = changed


def _keep(tables: Tables, table: str, kept: Chosen) -> None:
    tables[table] = {name: values[kept] for name, values in tables[table].items()}


def _visits_without_values(tables: Tables, place: int) -> None:
    visits = tables["visits"]
    these = _these(visits, place)
    for name in visits:
        if name not in ("case_id", "month"):
            _put(visits, name, these, None if name.endswith("_flag") else np.nan)


def _no_visit(tables: Tables, place: int) -> None:
    _keep(tables, "visits", ~_these(tables["visits"], place))


def _exactly_at_thresholds(tables: Tables, place: int) -> None:
    cases = tables["cases"]
    for name, score in zip(T_SCORES, (-1.0, -2.5, -2.5), strict=True):
        _put(cases, name, _these(cases, place), score)


def _ends_of_the_pain_scale(tables: Tables, place: int) -> None:
    visits = tables["visits"]
    these = _these(visits, place)
    _put(visits, "vas", these & (visits["month"] == 0), 10)
    _put(visits, "vas", these & (visits["month"] > 0), 0)


def _always_the_same(tables: Tables, place: int) -> None:
    visits = tables["visits"]
    for name in _OF_VISITS:
        values = visits[name][_these(visits, place)]
        if len(values) and np.isfinite(values).any():
            _put(visits, name, _these(visits, place), values[np.isfinite(values)][0])
            if f"{name}_flag" in visits:
                _put(visits, f"{name}_flag", _these(visits, place), None)


def _every_vertebra(tables: Tables, place: int) -> None:
    cases = tables["cases"]
    these = _these(cases, place)
    _put(cases, "case_definition", these, "vertebral_fracture")
    _keep(tables, "fractures", ~_these(tables["fractures"], place))
    numbers, levels = cases["case_id"][these], np.array(list(LEVELS), dtype=object)
    added: Columns = {
        "case_id": np.repeat(numbers, len(levels)),
        "level": np.tile(levels, len(numbers)),
        "type": np.full(len(numbers) * len(levels), "compression", dtype=object),
    }
    fractures = tables["fractures"]
    tables["fractures"] = {name: np.concatenate([fractures[name], added[name]]) for name in fractures}


def _nothing_recorded(tables: Tables, place: int) -> None:
    cases = tables["cases"]
    these = _these(cases, place)
    for name, values in cases.items():
        if name != "case_id":
            _put(cases, name, these, np.nan if values.dtype == float else None)
    for table in ("visits", "symptoms", "treatments", "fractures"):
        _keep(tables, table, ~_these(tables[table], place))


_KINDS: tuple[Callable[[Tables, int], None], ...] = (
    _visits_without_values,
    _no_visit,
    _exactly_at_thresholds,
    _ends_of_the_pain_scale,
    _always_the_same,
    _every_vertebra,
    _nothing_recorded,
)
