"""Raw output of the models of a path, for rows whose leaves in the whole trees are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from treeprune.criteria.joint.rows import shift_rows
from treeprune.criteria.joint.step import JointStep
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.statistics.leaf_places import LeafPlaces


@kernel
def _answer_below(left: Array, right: Array, kept: Array, first: int, answer: Array, table: Array) -> None:
    """Write to each leaf of a whole tree which kept leaf stands at or above it.

    `kept` (n_nodes,) holds the number of a kept leaf, -1 at other nodes; `answer` (n_nodes,) is scratch.
    Children are counted from `first` on, parents stand before them.
    """
    leaf = 0
    answer[0] = kept[0]
    for node in range(left.shape[0]):
        if left[node] == LEAF:
            table[leaf] = answer[node]
            leaf += 1
            continue
        for child in (left[node] - first, right[node] - first):
            answer[child] = answer[node] if answer[node] != LEAF else kept[child]


def step_outputs(e: TreeEnsemble, places: LeafPlaces, steps: Sequence[JointStep]) -> list[Array]:
    """Raw output of each step for some rows.

    Parameters
    ----------
    e : TreeEnsemble
        That the steps' problem was made from.
    places : LeafPlaces
        Where the rows end in its whole trees.
    steps : sequence of JointStep

    Returns
    -------
    list of ndarray of float64, shape (n_columns of the problem, n_rows)
        The sum of each step, from its base on: where trees are averaged, the mean.
    """
    kept = np.full(e.n_nodes, LEAF, np.int64)
    outputs = []
    for step in steps:
        own = np.flatnonzero(step.is_leaf)
        kept[step.nodes[own]] = own
        raw = np.repeat(step.base[:, None], places.n_rows, axis=1)
        for t in map(int, step.trees):
            nodes = e.tree(t)
            table = np.empty(int(places.first[t + 1] - places.first[t]), np.int64)
            scratch = np.empty(nodes.stop - nodes.start, np.int64)
            _answer_below(e.left[nodes], e.right[nodes], kept[nodes], nodes.start, scratch, table)
            values = step.values[table]
            for c in map(int, np.flatnonzero(values.any(axis=0))):
                shift_rows(places.numbers[t], values, c, raw[c])
        kept[step.nodes[own]] = LEAF
        outputs.append(raw)
    return outputs
