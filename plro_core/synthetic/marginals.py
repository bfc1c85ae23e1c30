"""How the shipped patients are distributed, variable by variable: what made-up patients are drawn after."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from plro_core.shipped import SHIPPED
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD

Floats = NDArray[np.float64]

T_SCORES = tuple(entry.name for entry in STANDARD.scores)
LABS = tuple(entry.name for entry in STANDARD.labs)

#: Patients with a fracture of this vertebra among 102 patients (Hadji 2017, DOI 10.1007/s00198-016-3897-8), in parts of one.
#: The four that are printed are as printed; the others fall off to both ends, which is assumed.
LEVELS: Mapping[str, float] = {
    "T1": 0.01, "T2": 0.01, "T3": 0.02, "T4": 0.04, "T5": 0.06, "T6": 0.10, "T7": 0.14, "T8": 0.15, "T9": 0.17,
    "T10": 0.22, "T11": 0.29, "T12": 0.37, "L1": 0.48, "L2": 0.35, "L3": 0.27, "L4": 0.22, "L5": 0.15,
}  # fmt: skip


@dataclass(frozen=True)
class Normal:
    """Mean and standard deviation of the recorded values, and the share of patients who have one."""

    mean: float
    deviation: float
    recorded: float


@dataclass(frozen=True)
class Marginals:
    """The distributions. ``labs`` and ``vas`` are by visit month; ``shares`` are of "yes" among the recorded."""

    age: Normal
    log_weeks: Normal
    shares: Mapping[str, float]
    recorded: Mapping[str, float]
    continued: float
    vertebral: float
    t_means: Floats
    t_covariance: Floats
    vas: Mapping[int, Normal]
    labs: Mapping[tuple[str, int], Normal]
    without_labs: Mapping[int, float]
    symptoms: Mapping[str, float]


@cache
def marginals() -> Marginals:
    """The distributions of the shipped registry, read once."""
    registry = open_registry(SHIPPED)
    try:
        return _marginals(registry)
    finally:
        registry.close()


def _marginals(registry: Registry) -> Marginals:
    scores = np.array(registry.rows(f"SELECT {', '.join(T_SCORES)} FROM cases"), dtype=float)
    yes_or_no = ("smoking", "twin_pregnancy", "bisphosphonate", "vertebroplasty", "brace")
    return Marginals(
        age=_normal(registry, "age", "cases"),
        log_weeks=_normal(registry, "ln(greatest(weeks_postpartum, 1))", "cases"),
        shares={name: _one(registry, f"SELECT avg({name}::INT) FROM cases") for name in yes_or_no},
        recorded={name: _one(registry, f"SELECT count({name}) / count(*) FROM cases") for name in yes_or_no},
        continued=_one(registry, "SELECT avg((breastfeeding = 'continued')::INT) FROM cases"),
        vertebral=_one(registry, "SELECT avg((case_definition = 'vertebral_fracture')::INT) FROM cases"),
        t_means=scores.mean(axis=0),
        t_covariance=np.cov(scores, rowvar=False),
        vas={month: _normal(registry, "vas", f"visits WHERE month = {month}") for month in STANDARD.months},
        labs={
            (lab, month): _normal(registry, lab, f"visits WHERE month = {month}")
            for lab in LABS
            for month in STANDARD.months
        },
        without_labs={month: _without_labs(registry, month) for month in STANDARD.months},
        symptoms={
            str(name): share
            for name, share in registry.rows(
                "SELECT symptom, count(DISTINCT case_id) / (SELECT count(*) FROM cases) FROM symptoms GROUP BY symptom "
                "ORDER BY symptom"
            )
        },
    )


def _normal(registry: Registry, value: str, rows: str) -> Normal:
    ((mean, deviation, recorded),) = registry.rows(
        f"SELECT avg(value), coalesce(stddev(value), 0), count(value) / count(*) FROM (SELECT {value} AS value FROM {rows})"
    )
    return Normal(float(mean), float(deviation), float(recorded))


def _without_labs(registry: Registry, month: int) -> float:
    """The share of visits of a month at which nothing was measured."""
    return _one(registry, f"SELECT avg((coalesce({', '.join(LABS)}) IS NULL)::INT) FROM visits WHERE month = {month}")


def _one(registry: Registry, sql: str) -> float:
    ((value,),) = registry.rows(sql)
    return float(value)
