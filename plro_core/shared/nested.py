"""Boxes that are all but a few patients of another box, by what these patients happen to share.

Patients of a box share nodes beyond those that the box is made of: a small box of smokers may all have had a brace. Every box that
holds them is made of shared nodes, so that only these are looked through.

Of two boxes of which one is all but 1 to k - 1 patients of the other, one is not told: of two single nodes that of the later fact, of a
single node and a choice of several the choice, else the inner one, also where the outer one turns out not to be told either.
"""

from functools import cached_property
from hashlib import blake2b
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plro_core import pace
from plro_core.shared.facts import joint
from plro_core.shared.trees import Tree

if TYPE_CHECKING:
    from plro_core.shared.release import Release

#: A box is of at most so many facts that patients are chosen by: two filters and a group.
MOST_CHOSEN = 3
#: So many patients of a box are looked at to find what they share; all of them where that matters.
_SAMPLE = 64

Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]
#: What nobody shares everything with.
_ALL = ~np.uint64(0)


class Nested:
    """Which boxes lie in another one that holds 1 to k - 1 patients more."""

    def __init__(self, release: "Release") -> None:
        self._release = release
        self._known: dict[tuple[int, bytes], bool] = {}

    def found(self, axes: tuple[int, ...], counts: Counts, asked: Flags) -> Flags:
        """Which of the boxes that are asked for are not told for the sake of another."""
        number = self._number_of_nodes(axes)
        alone = self._not_told_alone
        found = np.where(number == 1, self._of_one_node(axes, alone), False) & asked
        asked = asked & (number > 1) & (counts >= self._release.k)
        if not asked.any():
            return found
        own, shared = self._own(axes), self._shared(axes)
        found |= asked & self._holds_one_alone(counts, own, alone)
        asked &= (shared & ~own).any(axis=-1) & ~found
        for place, box in enumerate(zip(*np.nonzero(asked), strict=True)):
            if place % 1000 == 0:
                pace.pause()
            found[box] = self._is_nested(axes, box, int(counts[box]), shared[box])
        return found

    def _number_of_nodes(self, axes: tuple[int, ...]) -> NDArray[np.int64]:
        """Of how many nodes each box is made that are not all levels of a fact."""
        release = self._release
        found = np.ones(release.width, dtype=np.int64)
        found[[start + tree.root for start, tree in zip(release.starts, release.facts.trees, strict=True)]] = 0
        for axis in reversed(axes):
            own = np.ones(len(release.facts.trees[axis].nodes), dtype=np.int64)
            own[-1] = 0
            found = found[None] + own.reshape(-1, *[1] * found.ndim)
        return found

    def _of_one_node(self, axes: tuple[int, ...], flags: Flags) -> Flags:
        """For each box whether any of its nodes is flagged."""
        found = flags
        for axis in reversed(axes):
            start = self._release.starts[axis]
            own = flags[start : start + len(self._release.facts.trees[axis].nodes)]
            found = found[None] | own.reshape(-1, *[1] * found.ndim)
        return found

    @cached_property
    def _not_told_alone(self) -> Flags:
        """Nodes that are not told even alone: such as hold, or lie in, a node of an earlier fact with 1 to k - 1 patients more or less."""
        release = self._release
        sizes = release.counted(())
        let_through, shared = release.let_through((), sizes), self._shared(())
        found, told = ~let_through, np.zeros(0, dtype=np.int64)
        for start, tree in zip(release.starts, release.facts.trees, strict=True):
            new: list[int] = []
            for whole in reversed(range(tree.levels, len(tree.nodes))):
                parts = [start + part for part in tree.parts(whole)]
                if (
                    not found[start + whole]
                    and let_through[parts].all()
                    and not self._are_near(parts, told, sizes, shared)
                ):
                    new += parts
                else:
                    found[parts] = True
            told = np.concatenate([told, np.array(new, dtype=np.int64)])
        return found

    def _are_near(self, nodes: list[int], told: NDArray[np.int64], sizes: Counts, shared: Bits) -> bool:
        """Whether one of some nodes holds one that is told, or lies in one, with 1 to k - 1 patients more or less."""
        for node in nodes:
            more = np.abs(sizes[told] - sizes[node])
            for other in told[(more > 0) & (more < self._release.k)].tolist():
                inner, outer = sorted((node, other), key=lambda place: int(sizes[place]))
                bit = self._of_nodes[outer]
                if self._bit[inner] >= 0 and self._bit[outer] >= 0 and not (bit & ~shared[inner]).any():
                    within = self._rows((), (inner,)) & ~self._rows((), (outer,))
                    if not within.any():
                        return True
        return False

    def _holds_one_alone(self, counts: Counts, own: Bits, not_told: Flags) -> Flags:
        """Which boxes hold a node that is told alone, and 1 to k - 1 patients more."""
        sizes, shared = self._release.counted(()), self._shared(())
        found = np.zeros_like(counts, dtype=bool)
        for node in np.flatnonzero(~not_told & (self._bit >= 0) & (shared & ~self._above).any(axis=1)).tolist():
            near = (counts > sizes[node]) & (counts < sizes[node] + self._release.k) & ~found
            inside = ~(own[near] & ~shared[node]).any(axis=-1)
            if inside.any() and sizes[node] > _SAMPLE:
                exact = np.bitwise_and.reduce(self._of_patients[self._rows((), (node,))], axis=0)
                inside = ~(own[near] & ~exact).any(axis=-1)
            found[near] = inside
        return found

    def _is_nested(self, axes: tuple[int, ...], box: tuple[Any, ...], size: int, shared: Bits) -> bool:
        near = self._has_near(size, shared)
        if near and size > _SAMPLE:
            near = self._has_near(size, np.bitwise_and.reduce(self._of_patients[self._rows(axes, box)], axis=0))
        return near

    def _has_near(self, size: int, shared: Bits) -> bool:
        """Whether a box that holds all that some patients share is larger than them by 1 to k - 1."""
        key = size, shared.tobytes()
        if key not in self._known:
            self._known[key] = self._found_near(size, shared)
        return self._known[key]

    def _found_near(self, size: int, shared: Bits) -> bool:
        chosen, counts = self._family
        around = ~((chosen & ~shared[: chosen.shape[1]]).any(axis=1))
        nodes = np.flatnonzero(np.unpackbits(shared.view(np.uint8), bitorder="little")[: counts.shape[1] - 1])
        more = counts[around][:, [*nodes, -1]] - size
        return bool(((more > 0) & (more < self._release.k)).any())

    @cached_property
    def _family(self) -> tuple[Bits, Counts]:
        """Every choice of patients, as the bits of its nodes, with how many of them are in each node of a further fact that has a
        bit, and in all; -1 where the first part of the rule does not let them through.
        """
        release, facts = self._release, self._release.facts
        chosen, rows = [], []
        order = np.argsort(self._bit, kind="stable")
        order = order[np.searchsorted(self._bit[order], 0) :]
        begins = np.searchsorted(self._bit[order], np.arange(self._number))
        for axes in (axes for number in range(MOST_CHOSEN + 1) for axes in combinations(facts.keys, number)):
            counts = release.counted(axes)
            inner = tuple(slice(0, facts.trees[axis].root) for axis in axes)
            told = np.where(release.let_through(axes, counts), counts, -1)[inner].reshape(-1, release.width)
            root = facts.trees[0].root
            large = counts[inner].reshape(-1, release.width)[:, root] > release.k
            each = np.maximum.reduceat(told[large][:, order], begins, axis=1) if self._number else told[large][:, :0]
            rows.append(np.concatenate([each, told[large][:, root : root + 1]], axis=1))
            nodes = [self._of_nodes[release.starts[axis] :][: facts.trees[axis].root] for axis in axes]
            chosen.append(_combined(nodes, self._of_nodes.shape[1])[large])
        return np.concatenate(chosen)[:, : self._words_of_keys], np.concatenate(rows)

    @cached_property
    def _bit(self) -> NDArray[np.int64]:
        """For each node the bit that stands for it, those of facts that patients are chosen by first; -1 where it holds nobody or
        everybody. Nodes of the same patients have the same.
        """
        release, facts = self._release, self._release.facts
        order = [*facts.keys, *(place for place in range(len(facts.facts)) if place not in facts.keys)]
        found = np.full(release.width, -1, dtype=np.int64)
        known: dict[bytes, int] = {}
        for place in order:
            for node, holds in enumerate(facts.trees[place].holds.astype(bool)):
                patients = holds[facts.codes[place]]
                if patients.any() and not patients.all():
                    packed = np.packbits(patients).tobytes()
                    name = packed if len(packed) < 100 else blake2b(packed, digest_size=32).digest()
                    found[release.starts[place] + node] = known.setdefault(name, len(known))
        return found

    @cached_property
    def _number(self) -> int:
        """How many bits there are."""
        return int(self._bit.max(initial=-1)) + 1

    @cached_property
    def _words_of_keys(self) -> int:
        """In how many words the bits of the facts lie that patients are chosen by."""
        release, trees = self._release, self._release.facts.trees
        last = [self._bit[release.starts[at] : release.starts[at] + trees[at].root] for at in release.facts.keys]
        return int(np.concatenate([np.array([0]), *last]).max()) // 64 + 1

    @cached_property
    def _of_nodes(self) -> Bits:
        """For each node its bit, as bits."""
        found = np.zeros((self._release.width, -(-max(self._number, 1) // 64)), dtype=np.uint64)
        nodes = np.flatnonzero(self._bit >= 0)
        bits = self._bit[nodes]
        found[nodes, bits // 64] = np.left_shift(np.uint64(1), (bits % 64).astype(np.uint64))
        return found

    @cached_property
    def _of_patients(self) -> Bits:
        """For each patient the nodes in which she is."""
        release = self._release
        found = np.zeros((release.facts.patients, self._of_nodes.shape[1]), dtype=np.uint64)
        for start, tree, codes in zip(release.starts, release.facts.trees, release.facts.codes, strict=True):
            own = self._of_nodes[start : start + len(tree.nodes)]
            of_level = [np.bitwise_or.reduce(own[tree.holds[:, level] > 0], axis=0) for level in range(tree.levels)]
            found |= np.array(of_level)[codes]
        return found

    def _own(self, axes: tuple[int, ...]) -> Bits:
        """For each box the nodes that it is made of, and those above them."""
        release = self._release
        above = self._above
        found = above
        for axis in reversed(axes):
            own = above[release.starts[axis] : release.starts[axis] + len(release.facts.trees[axis].nodes)]
            found = found[None] | own.reshape(len(own), *([1] * (found.ndim - 1)), -1)
        return found

    @cached_property
    def _above(self) -> Bits:
        found = self._of_nodes.copy()
        for start, tree in zip(self._release.starts, self._release.facts.trees, strict=True):
            for node in reversed(range(tree.root)):
                found[start + node] |= found[start + tree.parent[node]]
        return found

    def _shared(self, axes: tuple[int, ...]) -> Bits:
        """For each box the nodes that all its patients share, as far as a sample of them tells."""
        release = self._release
        at, shape = joint(release.facts, axes)
        nodes = tuple(len(release.facts.trees[axis].nodes) for axis in axes)
        words = self._of_nodes.shape[1]
        found = np.full((*nodes, release.width, words), _ALL, dtype=np.uint64)
        for place, (start, tree) in enumerate(zip(release.starts, release.facts.trees, strict=True)):
            groups = at * tree.levels + release.facts.codes[place]
            of_levels = self._shared_by(groups, int(np.prod(shape)) * tree.levels).reshape(*shape, tree.levels, words)
            for axis, own in enumerate((*axes, place)):
                of_levels = _all_of(release.facts.trees[own], of_levels, axis)
            found[..., start : start + len(tree.nodes), :] = of_levels
        return found

    def _shared_by(self, groups: NDArray[np.int64], number: int) -> Bits:
        """What the first patients of each group share; everything where nobody is in it."""
        few = groups.astype(np.uint16) if number < 2**16 else groups  # few codes are sorted in one pass
        order = np.argsort(few, kind="stable")
        sizes = np.bincount(groups, minlength=number)
        taken = np.minimum(sizes, _SAMPLE)
        begins = np.cumsum(taken) - taken
        inside = np.arange(int(taken.sum())) - np.repeat(begins, taken)
        rows = order[np.repeat(np.cumsum(sizes) - sizes, taken) + inside]
        found = np.full((number, self._of_nodes.shape[1]), _ALL, dtype=np.uint64)
        if (occur := np.flatnonzero(sizes)).size:
            found[occur] = np.bitwise_and.reduceat(self._of_patients[rows], begins[occur], axis=0)
        return found

    def _rows(self, axes: tuple[int, ...], box: tuple[Any, ...]) -> Flags:
        """The patients of a box."""
        release = self._release
        found = np.ones(release.facts.patients, dtype=bool)
        fact = int(np.searchsorted(release.starts, box[-1], side="right")) - 1
        for place, node in (*zip(axes, box[:-1], strict=True), (fact, int(box[-1]) - release.starts[fact])):
            found &= release.facts.trees[place].holds[node].astype(bool)[release.facts.codes[place]]
        return found


def _all_of(tree: Tree, bits: Bits, axis: int) -> Bits:
    """Along one axis: what all levels of each node share."""
    parts = [np.bitwise_and.reduce(np.take(bits, sorted(node), axis=axis), axis=axis) for node in tree.nodes]
    return np.stack(parts, axis=axis)


def _combined(nodes: list[Bits], words: int) -> Bits:
    """Each combination of one of each, as bits, the last one changing fastest."""
    found = np.zeros((1, words), dtype=np.uint64)
    for own in nodes:
        found = (found[:, None, :] | own[None, :, :]).reshape(-1, words)
    return found
