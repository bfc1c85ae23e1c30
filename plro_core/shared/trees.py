"""Which levels of a fact are told together where one of them may not be told: the levels of each fact as a tree of pairs.

The two smallest parts are joined first, bins only with their neighbours, until all are one: so a rare level costs a rare
neighbour and never a common one. The tree depends on the version alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tree:
    """Nodes as sets of levels: first the levels themselves, then each pair that was joined; the last is all of them.

    ``parent`` is the node that a node is part of, its own place for the last.
    """

    nodes: tuple[frozenset[int], ...]
    parent: tuple[int, ...]

    @property
    def root(self) -> int:
        return len(self.nodes) - 1

    @property
    def levels(self) -> int:
        return len(self.nodes) // 2 + 1

    def parts(self, node: int) -> tuple[int, ...]:
        """The two nodes that a node is made of; none of a level."""
        return tuple(part for part, whole in enumerate(self.parent) if whole == node and part != node)

    def depth(self, node: int) -> int:
        """How many nodes are above a node."""
        return 0 if node == self.root else 1 + self.depth(self.parent[node])

    @cached_property
    def holds(self) -> NDArray[np.int64]:
        """For each node which levels it holds, as zeros and ones."""
        return np.array([[level in node for level in range(self.levels)] for node in self.nodes], dtype=np.int64)

    @cached_property
    def beside(self) -> NDArray[np.bool_]:
        """For each node which nodes can be reckoned where it is told: what it is part of, and what these are made of."""
        found = np.eye(len(self.nodes), dtype=bool)
        for node in range(len(self.nodes)):
            at = node
            while at != self.root:
                at = self.parent[at]
                found[node, [at, *self.parts(at)]] = True
        return found


def tree(sizes: Sequence[int], bins: int = 0) -> Tree:
    """The tree of levels of these sizes; the first ``bins`` of them are in order and are joined with neighbours alone."""
    nodes = [frozenset([level]) for level in range(len(sizes))]
    parent = list(range(len(sizes)))
    left = list(range(len(sizes)))
    size = {node: sizes[node] for node in left}
    while len(left) > 1:
        _, one, other = min(
            (size[one] + size[other], one, other)
            for place, one in enumerate(left)
            for other in left[place + 1 :]
            if _may_join(nodes[one] | nodes[other], bins)
        )
        new = len(nodes)
        nodes.append(nodes[one] | nodes[other])
        parent[one] = parent[other] = new
        parent.append(new)
        size[new] = size[one] + size[other]
        left = [node for node in left if node not in (one, other)] + [new]
    return Tree(tuple(nodes), tuple(parent))


def _may_join(levels: frozenset[int], bins: int) -> bool:
    """Whether the bins among some levels lie side by side."""
    inside = [level for level in levels if level < bins]
    return not inside or max(inside) - min(inside) + 1 == len(inside)
