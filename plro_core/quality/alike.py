"""Pairs that agree in all values that both have, counted without looking at every pair.

Rows with values in the same columns are taken together. Between two such groups a pair agrees if it has the same values in
the columns that both groups have: so pairs are counted by how often each combination of these values occurs in either, and
time and memory grow with the rows, however many pairs there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

#: As many combinations of values as one number can tell apart.
_MOST = 2**62


@dataclass(frozen=True)
class Pairs:
    """How many pairs there are, and the first: those that agree in most columns, then by their rows."""

    count: int
    first: tuple[tuple[int, int, int], ...]


def alike_pairs(codes: Numbers, least: int, most: int) -> Pairs:
    """The pairs of rows that agree in all columns in which both have a value, and in at least so many.

    ``codes`` has a line for each column, 0 where there is no value. Of the pairs as (row, row, columns that agree) the first
    ``most`` are given.
    """
    groups = _groups(codes, least)
    count = 0
    found: list[tuple[int, int, int]] = []
    shared = [(one & other, one, other) for one, other in combinations_with_replacement(sorted(groups), 2)]
    for both, one, other in sorted(shared, key=lambda masks: -masks[0].bit_count()):
        agree = both.bit_count()
        if agree < least:
            break
        columns = [at for at in range(len(codes)) if both >> at & 1]
        own, others = _keys(codes[columns], groups[one], groups[other])
        count += _count(own, others, one == other)
        if sum(pair[2] > agree for pair in found) < most:
            found += ((*pair, agree) for pair in _first(groups[one], groups[other], own, others, most))
    found.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
    return Pairs(count, tuple(found[:most]))


def repeated(codes: Numbers) -> tuple[Numbers, Numbers]:
    """The rows that are equal to another row in all columns, and for each of them the number of those equal to it."""
    rows = np.arange(codes.shape[1])
    own, _ = _keys(codes, rows, rows[:0])
    order = np.argsort(own, kind="stable")
    same = own[order[1:]] == own[order[:-1]]
    among = np.zeros(len(rows), dtype=np.bool_)
    among[order[1:][same]] = among[order[:-1][same]] = True
    found = np.flatnonzero(among)
    return found, own[found]


def _groups(codes: Numbers, least: int) -> Mapping[int, Numbers]:
    """The rows with a value in enough columns, by the columns that have one: a bit for each."""
    masks = np.zeros(codes.shape[1], dtype=np.int64)
    for at, column in enumerate(codes):
        masks |= (column > 0).astype(np.int64) << at
    enough = [mask for mask in np.unique(masks).tolist() if mask.bit_count() >= least]
    return {mask: np.flatnonzero(masks == mask) for mask in enough}


def _keys(columns: Numbers, one: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """One number for each combination of values, of the rows of two groups."""
    own, others = (np.zeros(len(rows), dtype=np.int64) for rows in (one, other))
    width = 1
    for column in columns:
        different = int(column.max(initial=0)) + 1
        if width > _MOST // different:
            known, both = np.unique(np.concatenate([own, others]), return_inverse=True)
            own, others, width = both[: len(own)], both[len(own) :], len(known)
        own, others, width = own * different + column[one], others * different + column[other], width * different
    return own, others


def _count(own: Numbers, others: Numbers, same: bool) -> int:
    """How many pairs of two groups, or of one, have equal keys."""
    keys, counts = np.unique(own, return_counts=True)
    if same:
        return int((counts * (counts - 1) // 2).sum())
    at, found = _looked_up(others, keys)
    return int(counts[at[found]].sum())


def _looked_up(wanted: Numbers, keys: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """The place of each wanted number among ascending ones, and whether it is there."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted


def _first(one: Numbers, other: Numbers, own: Numbers, others: Numbers, most: int) -> Iterator[tuple[int, int]]:
    """The first pairs of two groups, or of one: at least all that are among the first ``most``, the lower row first."""
    pairs = [(one, other, own, others)] if one is other else [(one, other, own, others), (other, one, others, own)]
    for rows, partners, mine, theirs in pairs:
        order = np.argsort(theirs, kind="stable")  # partners with one key stay in the order of their rows
        keys, begin, counts = np.unique(theirs[order], return_index=True, return_counts=True)
        at, found = _looked_up(mine, keys)
        last = partners[order[begin[at] + counts[at] - 1]]
        left = most
        for row in np.flatnonzero(found & (last > rows)).tolist():
            if left <= 0:
                break
            own_partners = partners[order[begin[at[row]] : begin[at[row]] + counts[at[row]]]]
            after = own_partners[np.searchsorted(own_partners, rows[row], side="right") :][:left]
            left -= len(after)
            yield from ((int(rows[row]), int(partner)) for partner in after.tolist())
