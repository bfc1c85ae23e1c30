"""How much one patient matters: an estimate computed again without each patient in turn."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Patient = TypeVar("Patient", bound=Hashable)
Record = TypeVar("Record")

LEAVE_ONE_OUT = "leave-one-out"


@dataclass(frozen=True)
class Without(Generic[Patient]):
    """The estimate without one patient, and how far that lies from the estimate with everyone."""

    patient: Patient
    estimate: float | None
    change: float | None


@dataclass(frozen=True)
class Influence(Generic[Patient]):
    """An estimate from all ``n`` patients, and without each of them.

    ``strongest`` are the patients whose absence moves the estimate most: several where they move it equally, none where
    nobody moves it. ``lowest`` and ``highest`` are the extremes of the estimates without a patient.
    """

    method: str
    n: int
    estimate: float | None
    without: tuple[Without[Patient], ...] = ()
    lowest: float | None = None
    highest: float | None = None
    strongest: tuple[Patient, ...] = ()
    reason: str | None = None


def leave_one_out(
    records: Mapping[Patient, Record], estimate: Callable[[Sequence[Record]], float | None]
) -> Influence[Patient]:
    """Compute an estimate from all patients' records, and again without each patient (Quenouille 1956, Tukey 1958).

    ``estimate`` takes records in the given order, on which it must not depend, and answers ``None`` where it cannot
    be computed. It is called once for each distinct record, however many patients share it.
    """
    everyone = list(records.values())
    whole = estimate(everyone) if everyone else None
    if whole is None:
        reason = "No estimate to compare with" if everyone else "No patient"
        return Influence(LEAVE_ONE_OUT, len(everyone), None, reason=reason)
    without = []
    known: list[tuple[Record, float | None]] = []
    for place, (patient, record) in enumerate(records.items()):
        found = next((entry for entry in known if entry[0] == record), None)
        if found is None:
            found = record, estimate(everyone[:place] + everyone[place + 1 :])
            known.append(found)
        rest = found[1]
        without.append(Without(patient, rest, None if rest is None else rest - whole))
    estimates = [entry.estimate for entry in without if entry.estimate is not None]
    if not estimates:
        reason = "No estimate without any one patient"
        return Influence(LEAVE_ONE_OUT, len(everyone), whole, tuple(without), reason=reason)
    most = max(abs(entry.change) for entry in without if entry.change is not None)
    strongest = tuple(
        entry.patient for entry in without if entry.change is not None and 0 < most <= abs(entry.change) + 1e-12
    )
    return Influence(LEAVE_ONE_OUT, len(everyone), whole, tuple(without), min(estimates), max(estimates), strongest)
