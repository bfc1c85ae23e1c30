"""The rule: which boxes may be told. It looks at a box alone and at everybody, never at the view in which it is asked for.

A *box* is a node of the trees of at most three facts by which patients may be chosen, and of one further fact. Where it is told, what it
is part of is told as well, so that the parts beside it can be reckoned: take each of its nodes, each node above it and the other part
of each of these, in all combinations (the boxes *beside* it). The box is told if

- (*beside*) each box beside it holds nobody or at least k patients, and
- (*within*) no box beside it is all but 1 to k - 1 patients of another box that is or might be told (see ``nested``).

**Why no sum of views tells more.** Sums of counts that are told are sums of boxes whose nodes, and all nodes above them, were
let through. A box is such a sum only if the pair of each of its nodes with its other part was let through together with all its
others, whatever facts the summed views have besides: its share that depends on all its facts at once is in no other view. Then it was
let through itself, so it holds nobody or at least k. The same goes for any choice of several levels of each fact, whose parts were
all let through.

Nobody is told as 0: a box without anybody says of the k or more patients around it that none of them is in it, and of nobody alone. It
could be reckoned anyway, as all of something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from plro_core import pace
from plro_core.shared.facts import Facts, joint
from plro_core.shared.nested import Nested

Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sheet:
    """Boxes of some facts that patients are chosen by (``axes``), and of one more: how many patients, and whether it is told.

    The last axis runs over the nodes of all facts, one fact after another. What was not asked for is not told.
    """

    axes: tuple[int, ...]
    counts: Counts
    told: Flags


class Release:
    """The rule for one registry and one k. Sheets are made when they are asked for."""

    def __init__(self, facts: Facts, k: int) -> None:
        self.facts, self.k = facts, k
        sizes = [len(tree.nodes) for tree in facts.trees]
        #: Where the nodes of each fact begin on the last axis of a sheet.
        self.starts: tuple[int, ...] = tuple(np.cumsum([0, *sizes])[:-1].tolist())
        self.width = sum(sizes)
        self._nested = Nested(self)

    def sheet(self, axes: tuple[int, ...], chosen: Mapping[int, int] | None = None) -> Sheet:
        """The boxes of some facts by their places, ascending; with ``chosen`` (fact and node) those of patients so chosen."""
        pace.pause()
        counts = self.counted(axes)
        let_through = self.let_through(axes, counts)
        wanted = np.ones_like(let_through)
        for place, axis in enumerate(axes):
            if chosen and axis in chosen:
                beside = self.facts.trees[axis].beside[chosen[axis]]
                wanted &= beside.reshape([-1 if at == place else 1 for at in range(wanted.ndim)])
        nested = self._nested.found(axes, counts, let_through & wanted)
        return Sheet(axes, counts, let_through & wanted & ~self._spread(axes, nested))

    def let_through(self, axes: tuple[int, ...], counts: Counts) -> Flags:
        """The first part of the rule: which boxes have none beside them that holds somebody, and fewer than k."""
        return ~self._spread(axes, self.small(counts)) & self._proper(axes)

    def small(self, counts: Counts) -> Flags:
        """Which boxes hold somebody, and fewer than k."""
        return (counts > 0) & (counts < self.k)

    def _proper(self, axes: tuple[int, ...]) -> Flags:
        """Which columns are no second node of a fact that patients are chosen by."""
        proper = np.ones(self.width, dtype=bool)
        for axis in axes:
            proper[self.starts[axis] : self.starts[axis] + self.facts.trees[axis].root] = False
        return proper

    def _spread(self, axes: tuple[int, ...], flags: Flags) -> Flags:
        """Which boxes have a flagged one beside them."""
        for place, axis in enumerate(axes):
            beside = self.facts.trees[axis].beside.astype(np.float32)
            flags = np.moveaxis(np.tensordot(beside, flags.astype(np.float32), (1, place)) > 0, 0, place)
        found = flags.copy()
        for nodes, others, wholes in self._downward:
            found[..., nodes] = flags[..., nodes] | flags[..., others] | found[..., wholes]
        return found

    @cached_property
    def _downward(self) -> list[tuple[Places, Places, Places]]:
        """The nodes of all trees from the top down, step by step: beside each the other part of what it is part of, and that."""
        steps: dict[int, list[tuple[int, int, int]]] = {}
        for start, tree in zip(self.starts, self.facts.trees, strict=True):
            for node in range(tree.root):
                whole = tree.parent[node]
                (other,) = (part for part in tree.parts(whole) if part != node)
                steps.setdefault(tree.depth(node), []).append((start + node, start + other, start + whole))
        return [
            (found[:, 0], found[:, 1], found[:, 2])
            for found in (np.array(steps[depth], dtype=np.int64) for depth in sorted(steps))
        ]

    @cached_property
    def _together(self) -> tuple[Places, Counts]:
        """Combinations of levels of the facts that patients are chosen by, as they occur, and how many there are of each node."""
        codes, _ = joint(self.facts, self.facts.keys)
        _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        keys = np.array([self.facts.codes[place][first] for place in self.facts.keys], dtype=np.int64)
        columns = [np.zeros((len(first), 0), dtype=np.int32)]
        for fact, own in zip(self.facts.facts, self.facts.codes, strict=True):
            width = len(fact.levels)
            each = np.bincount(inverse * width + own, minlength=len(first) * width).reshape(-1, width)
            tree = self.facts.trees[len(columns) - 1]
            columns.append((each @ tree.holds.T).astype(np.int32))
        return keys.reshape(len(self.facts.keys), len(first)), np.concatenate(columns, axis=1)

    def counted(self, axes: tuple[int, ...]) -> Counts:
        """How many patients are in each box."""
        keys, counts = self._together
        at = np.zeros(len(counts), dtype=np.int64)
        shape = []
        for axis in axes:
            width = self.facts.trees[axis].levels
            at = at * width + keys[self.facts.keys.index(axis)]
            shape.append(width)
        sums = np.zeros((int(np.prod(shape)), self.width), dtype=np.int64)
        order = np.argsort(at, kind="stable")
        occur, begins = np.unique(at[order], return_index=True)
        if len(occur):
            sums[occur] = np.add.reduceat(counts[order], begins, axis=0)
        found = sums.reshape(*shape, self.width)
        for place, axis in enumerate(axes):
            found = np.moveaxis(np.tensordot(self.facts.trees[axis].holds, found, (1, place)), 0, place)
        return found.astype(np.int32)
