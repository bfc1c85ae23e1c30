"""``python -m tests.tools.differencing``: subtracts every pair of counts that the aggregates may show, with all their facts.

Takes every box that is told (two filters, a group and a further fact, with all facts and levels that are told together), knows
exactly who is in each, and looks for two of which one is all but 1 to k - 1 patients of the other. So few patients lie in at most
k - 1 of ``_PARTS`` parts of the registry, so that both are the same in all others: they are found by what they are there, without
comparing each with each. Prints a row for ``docs/reliability.md`` and ends with 1 if anybody is given away.
"""

import sys
import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.shared.answers import Shared
from plro_core.shared.nested import MOST_CHOSEN
from plro_core.store import Registry, open_registry
from tests.shared_attack import made_up

_PARTS = 8
Sets = NDArray[np.uint64]
Pair = tuple[int, int]


def members(shared: Shared) -> Sets:
    """For each node of each fact who is in it, as bits, part after part."""
    facts = shared.facts
    words = max(1, -(-facts.patients // (64 * _PARTS)))
    patients = np.arange(facts.patients)
    places = (patients % _PARTS) * words * 64 + patients // _PARTS
    found = np.zeros((shared.release.width, _PARTS * words * 64), dtype=np.uint8)
    for start, tree, codes in zip(shared.release.starts, facts.trees, facts.codes, strict=True):
        for node, holds in enumerate(tree.holds):
            found[start + node, places] = holds[codes]
    return np.packbits(found, axis=1, bitorder="little").view(np.uint64)


def told_sets(shared: Shared) -> tuple[int, int, Sets]:
    """How many boxes are told, how many of them wrongly or of 1 to k - 1 patients, and the different sets of patients in them."""
    of_nodes, starts = members(shared), shared.release.starts
    boxes = wrong = 0
    found = [np.zeros((0, of_nodes.shape[1]), dtype=np.uint64)]
    for number in range(MOST_CHOSEN + 1):
        for axes in combinations(shared.facts.keys, number):
            sheet = shared.release.sheet(axes)
            places = np.nonzero(sheet.told)
            sets = of_nodes[places[-1]]
            for axis, nodes in zip(axes, places[:-1], strict=True):
                sets = sets & of_nodes[starts[axis] + nodes]
            sizes = np.bitwise_count(sets).sum(axis=1, dtype=np.int64)
            counts = sheet.counts[places]
            boxes += len(counts)
            wrong += int(((counts != sizes) | ((counts > 0) & (counts < shared.k))).sum())
            found.append(unique(sets))
    return boxes, wrong, unique(np.concatenate(found))


def unique(sets: Sets) -> Sets:
    """Each set once."""
    rows = np.ascontiguousarray(sets).view(np.dtype((np.void, sets.shape[1] * 8))).ravel()
    return sets[np.unique(rows, return_index=True)[1]]


def given_away(sets: Sets, k: int) -> set[Pair]:
    """Pairs of sets by their places, of which the second holds the first and 1 to k - 1 patients more."""
    sizes = np.bitwise_count(sets).sum(axis=1, dtype=np.int64)
    parts = _hashed(sets)
    found: set[Pair] = set()
    for same in combinations(range(_PARTS), _PARTS - min(k - 1, _PARTS - 1)):
        key = parts[:, list(same)].sum(axis=1, dtype=np.uint64)
        order = np.lexsort((sizes, key))
        for inner, outer in _neighbours(key[order], sizes[order], k):
            one, other = order[inner], order[outer]
            inside = ~(sets[one] & ~sets[other]).any(axis=1)
            found |= set(zip(one[inside].tolist(), other[inside].tolist(), strict=True))
    return found


def _hashed(sets: Sets) -> Sets:
    """What each set is in each part, as one number."""
    words = sets.shape[1] // _PARTS
    random = np.random.default_rng(1).integers(1, 2**63, size=(2, sets.shape[1]), dtype=np.uint64) | np.uint64(1)
    mixed = sets * random[0]
    mixed = (mixed ^ (mixed >> np.uint64(29))) * random[1]
    mixed ^= mixed >> np.uint64(32)
    return mixed.reshape(len(sets), _PARTS, words).sum(axis=2, dtype=np.uint64)


def _neighbours(key: Sets, sizes: NDArray[np.int64], k: int) -> Iterator[tuple[Any, Any]]:
    """Places with the same key whose sizes differ by 1 to k - 1, of rows that are sorted by both."""
    at, step = np.arange(len(key)), 1
    while len(at):
        at = at[at + step < len(key)]
        at = at[(key[at] == key[at + step]) & (sizes[at + step] - sizes[at] < k)]
        differ = at[sizes[at + step] > sizes[at]]
        if len(differ):
            yield differ, differ + step
        step += 1


def isolated(sets: Sets, pairs: set[Pair]) -> int:
    """How many patients are among the few that some pair differs by."""
    few = np.zeros(sets.shape[1], dtype=np.uint64)
    for inner, outer in pairs:
        few |= sets[outer] & ~sets[inner]
    return int(np.bitwise_count(few).sum())


def row(name: str, registry: Registry, k: int = 5) -> bool:
    """Print what was found of one registry; whether nobody is given away."""
    begin = time.perf_counter()
    shared = Shared.of(registry, k)
    boxes, wrong, sets = told_sets(shared)
    pairs = given_away(sets, k)
    alone = isolated(sets, pairs)
    took = time.perf_counter() - begin
    print(
        f"| {name} | {len(shared.facts.facts)} | {boxes} | {len(sets)} | {wrong} | {len(pairs)} | {alone} | {took:.0f} s |",
        flush=True,
    )
    return not (wrong or pairs)


def main() -> int:
    """All rows.

    Returns:
        1 if anybody is given away.
    """
    print(
        "| patients | facts | counts told | different sets | of fewer than k | pairs that give fewer than k away | patients given away | |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    sizes = [int(size) for size in sys.argv[1:]] or [0, 1000]
    safe = [row(f"{size} made up" if size else "the ten", made_up(size) if size else open_registry()) for size in sizes]
    return 0 if all(safe) else 1


if __name__ == "__main__":
    sys.exit(main())
