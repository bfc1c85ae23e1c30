"""Which patients, or which one changed cell, would give a printed mean and SD? Exact, over all subsets.

Values are whole numbers of units of 1/scale, so sums and sums of squares are exact integers. Ten patients
have 1,023 subsets: some fit by chance, so every search also says how many would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plro_core.series.claims.rounding import MeanSd, decimals, digits

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The number of subsets doubles with each patient; the paper has ten.
MOST_PATIENTS = 16


@dataclass(frozen=True)
class Sums:
    """For many candidate groups: size, sum and sum of squares, in units of 1/scale."""

    n: Ints
    total: Ints
    squares: Ints
    scale: int


@dataclass(frozen=True)
class Fit:
    """Patients whose cells give the printed pair, and by which formula of the SD."""

    patients: tuple[int, ...]
    formula: str


@dataclass(frozen=True)
class ChangedCell:
    """One cell of one patient that, changed, would give the printed pair; values in units of 1/scale."""

    patient: int
    recorded: int
    needed: int
    formula: str


def subset_sums(values: Sequence[int], scale: int) -> Sums:
    """All non-empty subsets; the subset at position i holds the values at the set bits of i + 1.

    Raises:
        ValueError: more values than can be searched.
    """
    if len(values) > MOST_PATIENTS:
        raise ValueError(f"{len(values)} values; expected at most {MOST_PATIENTS}")
    chosen = (np.arange(1, 2 ** len(values), dtype=np.int64)[:, None] >> np.arange(len(values))) & 1
    column = np.array(values, dtype=np.int64)
    return Sums(chosen.sum(axis=1), chosen @ column, chosen @ (column * column), scale)


def mean_fits(sums: Sums, pair: MeanSd) -> Bools:
    """Which groups have a mean that rounds to the printed one, half-up or half-even."""
    printed = digits(pair.mean)
    sign, size = (-1 if printed < 0 else 1), abs(printed)
    value = sign * sums.total * (2 * 10 ** decimals(pair.mean))
    unit = sums.n * sums.scale
    low, high = (2 * size - 1) * unit, (2 * size + 1) * unit
    inside: Bools = (value >= low) & ((value <= high) if size % 2 == 0 else (value < high))
    return inside


def sd_fits(sums: Sums, pair: MeanSd, sample: bool) -> Bools:
    """Which groups have an SD (sample or population) that rounds to the printed one."""
    size = digits(pair.sd)
    value = (sums.n * sums.squares - sums.total**2) * (4 * 100 ** decimals(pair.sd))
    unit = sums.n * (sums.n - 1 if sample else sums.n) * sums.scale**2
    low, high = max(2 * size - 1, 0) ** 2 * unit, (2 * size + 1) ** 2 * unit
    inside: Bools = (value >= low) & ((value <= high) if size % 2 == 0 else (value < high)) & (unit > 0)
    return inside


def both_fit(sums: Sums, pair: MeanSd) -> dict[str, Bools]:
    """Which groups fit mean and SD together, by formula; the sample formula comes first."""
    mean = mean_fits(sums, pair)
    return {"sample": mean & sd_fits(sums, pair, True), "population": mean & sd_fits(sums, pair, False)}


def subset_fits(values: Mapping[int, int], scale: int, pair: MeanSd) -> tuple[Fit, ...]:
    """Every subset of the patients that gives the printed pair, the most natural first.

    Natural means: everyone; then a run from the first patient on; then another run of consecutive patients;
    then the larger subset.
    """
    patients = sorted(values)
    masks = both_fit(subset_sums([values[patient] for patient in patients], scale), pair)
    fits = [
        Fit(tuple(patient for place, patient in enumerate(patients) if (int(index) + 1) >> place & 1), formula)
        for formula, mask in masks.items()
        for index in np.flatnonzero(mask)
    ]
    return tuple(sorted(fits, key=lambda fit: _unnaturalness(fit.patients, patients)))


def _unnaturalness(subset: tuple[int, ...], patients: list[int]) -> tuple[bool, bool, bool, int, tuple[int, ...]]:
    whole, leading = list(subset) == patients, list(subset) == patients[: len(subset)]
    return not whole, not leading, not is_run(subset, patients), -len(subset), subset


def is_run(subset: Sequence[int], patients: Sequence[int]) -> bool:
    """Whether the patients stand beside each other in the printed order."""
    start = list(patients).index(subset[0])
    return list(subset) == list(patients)[start : start + len(subset)]


def smallest_changes(
    values: Mapping[int, int], scale: int, pair: MeanSd, low: int, high: int
) -> tuple[ChangedCell, ...]:
    """The smallest change of one cell, within ``low`` to ``high``, that gives the printed pair; all ties."""
    needed = np.arange(low, high + 1, dtype=np.int64)
    total, squares = sum(values.values()), sum(value**2 for value in values.values())
    found = []
    for patient, recorded in values.items():
        sums = Sums(
            np.full_like(needed, len(values)),
            total - recorded + needed,
            squares - recorded**2 + needed**2,
            scale,
        )
        for formula, mask in both_fit(sums, pair).items():
            found += [
                ChangedCell(patient, recorded, int(value), formula) for value in needed[mask & (needed != recorded)]
            ]
    smallest = min((abs(change.needed - change.recorded) for change in found), default=0)
    return tuple(change for change in found if abs(change.needed - change.recorded) == smallest)


@dataclass(frozen=True)
class Chance:
    """How many subsets give a pair drawn nearby, on average, and the share of such pairs that any gives."""

    fits: float
    share: float


def by_chance(values: Mapping[int, int], scale: int, pair: MeanSd) -> Chance:
    """How easily some subset fits a printed pair that was drawn at random from the neighbourhood of this one.

    The neighbourhood is every printable pair within half the printed SD, in mean and in SD.
    """
    sums = subset_sums(list(values.values()), scale)
    mean_unit, sd_unit = 10 ** decimals(pair.mean), 10 ** decimals(pair.sd)
    reach = float(pair.sd) / 2
    mean_reach, sd_reach = int(reach * mean_unit), int(reach * sd_unit)
    mean = np.floor(sums.total / (sums.n * scale) * mean_unit + 0.5).astype(np.int64) - digits(pair.mean)
    spread = (sums.n * sums.squares - sums.total**2) / scale**2
    near: list[npt.NDArray[np.int64]] = []
    for divisor in (np.maximum(sums.n * (sums.n - 1), 1), sums.n**2):
        sd = np.floor(np.sqrt(spread / divisor) * sd_unit + 0.5).astype(np.int64) - digits(pair.sd)
        inside = (np.abs(mean) <= mean_reach) & (np.abs(sd) <= sd_reach)
        near.append(mean[inside] * (4 * sd_reach + 1) + sd[inside])
    found = np.concatenate(near)
    pairs = (2 * mean_reach + 1) * (2 * sd_reach + 1)
    return Chance(len(found) / pairs, len(np.unique(found)) / pairs)
