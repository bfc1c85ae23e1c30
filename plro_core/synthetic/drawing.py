"""Drawing patients: columns of numpy, patients numbered from 1, missing values as NaN or None."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.synthetic.marginals import LABS, LEVELS, T_SCORES, Floats, Marginals, Normal
from plro_core.vocabulary import STANDARD

#: Columns of a table by name, all of one length.
Columns = dict[str, NDArray[Any]]

#: How much of a laboratory value's or a pain score's spread is the patient's own, the same at each of her visits: assumed.
_OWN = 0.6
#: Weight gain is recorded of one published patient, so its spread is assumed: kilograms.
_WEIGHT_GAIN = Normal(15.0, 5.0, 0.1)
#: The share of planned visits that did not take place; in the published series all did, so this is assumed. Baseline took place.
_MISSED = 0.05

#: What nearly everybody of the shipped patients got: kind, agent, ATC code, dose, unit, route, frequency, start, stop.
_FOR_ALL: tuple[tuple[str, str, str | None, float, str | None, str | None, str | None, float, float], ...] = (
    ("supplement", "vitamin D", "A11CC05", 1000.0, "IU", "oral", "daily", 0.0, np.nan),
    ("supplement", "calcium carbonate", "A12AA04", 1000.0, "mg", "oral", "daily", 0.0, np.nan),
    ("analgesic", "paracetamol", "N02BE01", 500.0, "mg", "oral", "three times a day", 0.0, np.nan),
)
_BISPHOSPHONATE = ("bone_active", "bisphosphonate (not named)", "M05BA", np.nan, None, None, None, np.nan, np.nan)
_BRACE = ("orthosis", "spinal brace", None, np.nan, None, None, "16 hours a day", 0.0, 4.0)
_TREATMENT = ("kind", "agent", "atc", "dose", "unit", "route", "frequency", "start", "stop")


def drawn(known: Marginals, size: int, seed: Sequence[int], everything: bool = False) -> dict[str, Columns]:
    """The tables of so many patients. With ``everything`` a patient has every row that she can have."""
    chance = np.random.default_rng(np.random.SeedSequence(seed))
    numbers = np.arange(1, size + 1)
    fractures = _fractures(known, chance, numbers, everything)
    cases = _cases(known, chance, numbers, np.unique(fractures["case_id"]))
    return {
        "cases": cases,
        "visits": _visits(known, chance, numbers, everything),
        "symptoms": _symptoms(known, chance, numbers, everything),
        "treatments": _treatments(cases, everything),
        "fractures": fractures,
    }


def _cases(
    known: Marginals, chance: np.random.Generator, numbers: NDArray[np.int64], broken: NDArray[np.int64]
) -> Columns:
    size = len(numbers)
    scores = chance.multivariate_normal(known.t_means, known.t_covariance, size)
    columns: Columns = {
        "case_id": numbers,
        "age": np.clip(np.rint(_of(known.age, chance, size)), 16, 50),
        "weeks_postpartum": np.clip(np.rint(np.exp(_of(known.log_weeks, chance, size))), 0, 104),
        "weight_gain_kg": _gaps(
            chance, np.clip(np.rint(_of(_WEIGHT_GAIN, chance, size)), -5, 45), _WEIGHT_GAIN.recorded
        ),
        "breastfeeding": np.where(chance.random(size) < known.continued, "continued", "stopped").astype(object),
        **{name: np.clip(np.round(scores[:, at], 1), -7.9, 5.9) for at, name in enumerate(T_SCORES)},
        "case_definition": np.where(np.isin(numbers, broken), "vertebral_fracture", "none_documented").astype(object),
    }
    for name, share in known.shares.items():
        answers = (chance.random(size) < share).astype(object)
        answers[chance.random(size) >= known.recorded[name]] = None
        columns[name] = answers
    return columns


def _visits(known: Marginals, chance: np.random.Generator, numbers: NDArray[np.int64], everything: bool) -> Columns:
    """Every planned visit that took place; a patient's values keep together."""
    size = len(numbers)
    own = {name: chance.standard_normal(size) for name in ("vas", *LABS)}
    parts: list[Columns] = []
    for month in STANDARD.months:
        there = np.full(size, True) if month == 0 or everything else chance.random(size) >= _MISSED
        vas = np.clip(np.rint(_around(known.vas[month], own["vas"], chance)), 0, 10)
        some = chance.random(size) >= (0 if everything else known.without_labs[month])
        columns: Columns = {"case_id": numbers, "month": np.full(size, month), "vas": vas}
        for lab in LABS:
            columns |= _lab(lab, known, month, own[lab], chance, some, everything)
        parts.append({name: values[there] for name, values in columns.items()})
    return _sorted({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, "month")


def _lab(
    lab: str,
    known: Marginals,
    month: int,
    own: Floats,
    chance: np.random.Generator,
    some: NDArray[np.bool_],
    everything: bool,
) -> Columns:
    """A laboratory value and the flag that a laboratory of our range would print."""
    entry = STANDARD.variable(lab, "visits")
    spread = known.labs[lab, month]
    low, high = (entry.plausible.low, entry.plausible.high) if entry.plausible else (None, None)
    values = np.asarray(np.round(np.clip(_around(spread, own, chance), low, high), entry.decimals), dtype=np.float64)
    share = 1.0 if everything else min(1.0, spread.recorded / max(1e-9, 1 - known.without_labs[month]))
    values = np.where(some, _gaps(chance, values, share), np.nan)
    if entry.reference is None:
        return {lab: values}
    flags = np.full(len(values), None, dtype=object)
    if entry.reference.high is not None:
        flags[values > float(entry.reference.high)] = "H"
    if entry.reference.low is not None:
        flags[values < float(entry.reference.low)] = "L"
    return {lab: values, f"{lab}_flag": flags}


def _symptoms(known: Marginals, chance: np.random.Generator, numbers: NDArray[np.int64], everything: bool) -> Columns:
    having = {
        name: numbers[(chance.random(len(numbers)) < share) | everything] for name, share in known.symptoms.items()
    }
    return _sorted(_listed(having, "symptom"))


def _fractures(known: Marginals, chance: np.random.Generator, numbers: NDArray[np.int64], everything: bool) -> Columns:
    """As many patients have a vertebral fracture as are published, each at the levels that were counted elsewhere."""
    broken = (chance.random(len(numbers)) < known.vertebral) | everything
    having = {
        level: numbers[broken & ((chance.random(len(numbers)) < share) | everything)] for level, share in LEVELS.items()
    }
    columns = _listed(having, "level")
    return _sorted(columns | {"type": np.full(len(columns["case_id"]), "compression", dtype=object)})


def _treatments(cases: Columns, everything: bool) -> Columns:
    numbers = cases["case_id"]
    given = [(row, np.full(len(numbers), True)) for row in _FOR_ALL]
    given.append((_BISPHOSPHONATE, np.equal(cases["bisphosphonate"], True) | everything))
    given.append((_BRACE, np.equal(cases["brace"], True) | everything))
    cases["bisphosphonate"] = np.where(everything, True, cases["bisphosphonate"])
    cases["brace"] = np.where(everything, True, cases["brace"])
    parts = [
        {
            "case_id": numbers[to],
            **{name: _same(value, int(to.sum())) for name, value in zip(_TREATMENT, row, strict=True)},
        }
        for row, to in given
    ]
    return _sorted({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _same(value: object, times: int) -> NDArray[Any]:
    return np.full(times, value, dtype=float if isinstance(value, float) else object)


def _listed(having: Mapping[str, NDArray[np.int64]], name: str) -> Columns:
    """A row for each patient who has each of several things."""
    words = [np.full(len(who), word, dtype=object) for word, who in having.items()]
    return {"case_id": np.concatenate(list(having.values())), name: np.concatenate(words)}


def _sorted(columns: Columns, then: str = "") -> Columns:
    """Patient by patient."""
    order = np.lexsort([columns[then], columns["case_id"]] if then else [columns["case_id"]])
    return {name: values[order] for name, values in columns.items()}


def _of(spread: Normal, chance: np.random.Generator, size: int) -> Floats:
    return spread.mean + spread.deviation * chance.standard_normal(size)


def _around(spread: Normal, own: Floats, chance: np.random.Generator) -> Floats:
    """Values of which a part of the spread is the patient's own."""
    mixed = np.sqrt(_OWN) * own + np.sqrt(1 - _OWN) * chance.standard_normal(len(own))
    return np.asarray(spread.mean + spread.deviation * mixed)


def _gaps(chance: np.random.Generator, values: Floats, recorded: float) -> Floats:
    """The values with as many missing as are not recorded."""
    return np.where(chance.random(len(values)) < recorded, values, np.nan)
