"""Several tests at once."""

from collections.abc import Mapping
from dataclasses import dataclass

HOLM = "Holm's step-down adjustment"


@dataclass(frozen=True)
class Adjusted:
    """p-values adjusted for ``tests`` tests; ``None`` stays where there was no test, which does not count as one."""

    method: str
    tests: int
    p: Mapping[str, float | None]
    adjusted: Mapping[str, float | None]
    reason: str | None = None


def holm(p: Mapping[str, float | None]) -> Adjusted:
    """Adjust p-values, by name, so that the chance of any false alarm among them is held (Holm 1979).

    Raises:
        ValueError: a p-value is not between 0 and 1.
    """
    for name, value in p.items():
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"The p-value of {name} is {value!r}, which is not between 0 and 1.")
    tested = sorted((value, name) for name, value in p.items() if value is not None)
    steps: dict[str, float] = {}
    largest = 0.0
    for place, (value, name) in enumerate(tested):
        largest = max(largest, min(1.0, (len(tested) - place) * value))
        steps[name] = largest
    reason = None if tested else "Nothing to adjust: no test was made"
    return Adjusted(HOLM, len(tested), dict(p), {name: steps.get(name) for name in p}, reason)
