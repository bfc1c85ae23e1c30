"""Whether two ways to do the same work give the same numbers."""

import math
from collections.abc import Mapping

from tests.bench.model import OURS, Numbers

_CLOSE = 1e-9
_MOST_TOLD = 5


def disagreements(found: Mapping[str, Numbers]) -> list[str]:
    """One sentence for each number that a peer states otherwise than the dashboard, or that one of them alone states.

    A peer that states less (tableone has no median of everybody) is held to what it states; none may state nothing.
    """
    ours = found.get(OURS, {})
    sentences = []
    for peer, numbers in found.items():
        if peer == OURS or not numbers or not ours:
            continue
        told = [_differs(peer, name, ours.get(name), value) for name, value in numbers.items()]
        differing = [sentence for sentence in told if sentence]
        sentences += differing[:_MOST_TOLD]
        if len(differing) > _MOST_TOLD:
            sentences.append(f"{peer}: {len(differing) - _MOST_TOLD} more.")
    return sentences


def _differs(peer: str, name: str, ours: float | None, theirs: float) -> str:
    if ours is None:
        return f"{peer} states {theirs:g} for {name}; the dashboard states nothing."
    if not math.isclose(ours, theirs, rel_tol=_CLOSE, abs_tol=_CLOSE):
        return f"{peer} states {theirs:.12g} for {name}; the dashboard {ours:.12g}."
    return ""
