"""How a patient's visits are read on her path: each value by itself, or held against an earlier one."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

#: What a visit's value is held against: nothing, that at month 0, or the recorded one before it. ``overall`` reads one
#: thing of the whole path: the last recorded value after month 0 against that at month 0.
Since = Literal["nothing", "baseline", "before", "overall"]


class Reading(Protocol):
    """How visits are read. A frozen value that can be hashed and pickled, as it is a part of a question.

    Values are first sorted into a few classes, then a class is held against an earlier one: what is said depends on
    nothing else of the patient, so that it is said once for all who share it.
    """

    @property
    def since(self) -> Since:
        """What each value is held against."""

    def sort(self, value: Any) -> Hashable:
        """The class of a recorded value; of a reported flag, "" is that none was reported."""

    def say(self, before: Any, now: Any, change: int) -> Hashable:
        """What is said of a class held against an earlier one (``None``: there is none), with the way the value went.

        ``change`` is -1 for a lower value than before, 1 for a higher one, else 0. Only ``overall`` is asked without a value ``now``.
        """


@dataclass(frozen=True)
class AsRecorded:
    """Each value as it is recorded."""

    since: Since = "nothing"

    def sort(self, value: Any) -> Any:
        return value

    def say(self, before: Any, now: Any, change: int) -> Any:
        return now


def read(reading: Reading, months: Sequence[int], values: Sequence[Any]) -> tuple[Any, ...]:
    """What is said of one patient's values at these months, ``None`` being a value that is not recorded.

    ``None`` is said where nothing is recorded, or nothing to hold it against.
    """
    recorded = [(month, value) for month, value in zip(months, values, strict=True) if value is not None]
    baseline = next((value for month, value in recorded if month == 0), None)
    if reading.since == "overall":
        later = [value for month, value in recorded if month > 0]
        return (_said(reading, baseline, later[-1] if later else None),)
    path = []
    before = None
    for value in values:
        against = {"baseline": baseline, "before": before}.get(reading.since)
        without = value is None or (reading.since == "baseline" and baseline is None)
        path.append(None if without else _said(reading, against, value))
        before = before if value is None else value
    return tuple(path)


def _said(reading: Reading, before: Any, now: Any) -> Any:
    if before is None and now is None:
        return None
    earlier, later = (None if value is None else reading.sort(value) for value in (before, now))
    return reading.say(earlier, later, 0 if before is None or now is None else (now > before) - (now < before))
