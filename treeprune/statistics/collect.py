"""The one pass over rows: what reached each node.

Sums are kept as pairs (sum, what rounding took from it), so that the result does not depend on the
order of the rows, on blocks or on threads: the pair carries about 106 bits (Dekker 1971; Knuth,
*The Art of Computer Programming* 2, section 4.2.2).

Weights are summed at the leaves and rolled up; errors are summed at every node on a row's way, since
each node errs by its own value. Sums around one common centre would be cheaper, but a single
wild training outcome moves the centre so far away that no digit of the other rows is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents
from treeprune.model.traverse import leaf_index
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target, n_answers
from treeprune.statistics.weights import check_weights

_TREES_A_TASK = 16


@kernel
def add_exactly(total: Array, lost: Array, node: int, column: int, x: float) -> None:
    """Add a number to a sum, and what rounding takes from it to the remainder."""
    old = total[node, column]
    new = old + x
    part = new - old
    lost[node, column] += (old - (new - part)) + (x - part)
    total[node, column] = new


@kernel
def _scatter(
    leaves: Array, positions: Array, weights: Array, n_rows: Array, total: Array, lost: Array
) -> None:
    """Add the weight of row i to columns `positions[i]` of the leaf that it reaches, tree by tree."""
    for t in range(leaves.shape[0]):
        for i in range(leaves.shape[1]):
            node = leaves[t, i]
            n_rows[node] += 1
            for j in range(positions.shape[1]):
                add_exactly(total, lost, node, positions[i, j], weights[i])


@kernel
def _roll_up(left: Array, right: Array, n_rows: Array, total: Array, lost: Array, width: int) -> None:
    """Sum the first `width` columns over the leaves below each split."""
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] != LEAF:
            n_rows[node] = n_rows[left[node]] + n_rows[right[node]]
            for child in (left[node], right[node]):
                for c in range(width):
                    add_exactly(total, lost, node, c, total[child, c])
                    lost[node, c] += lost[child, c]


@kernel
def _scatter_errors(
    leaves: Array,
    parent: Array,
    value: Array,
    numbers: Array,
    weights: Array,
    total: Array,
    lost: Array,
    absolute: Array,
) -> None:
    """Add each row's errors at every node on its way, tree by tree.

    `absolute` holds sums and remainders of absolute errors, or has no nodes if nobody asked.
    """
    n_targets = numbers.shape[1]
    for t in range(leaves.shape[0]):
        for i in range(leaves.shape[1]):
            node = leaves[t, i]
            while node != LEAF:
                size = 0.0
                for k in range(n_targets):
                    d = numbers[i, k] - value[node, k]
                    size += abs(d)
                    add_exactly(total, lost, node, 1 + k, weights[i] * d)
                    add_exactly(total, lost, node, 1 + n_targets + k, weights[i] * d * d)
                if absolute.shape[1] > 0:
                    add_exactly(absolute[0], absolute[1], node, 0, weights[i] * size / n_targets)
                node = parent[node]


@dataclass(frozen=True, eq=False)
class NodeStatistics:
    """What some rows leave behind in each node of an ensemble; additive over rows of one ensemble.

    Parameters
    ----------
    n_rows : ndarray of int64, shape (n_nodes,)
        Number of rows with positive weight that reach the node.
    total, lost : ndarray of float64, shape (n_nodes, 1 + m)
        Sums and their rounding remainders. Column 0 is the weight. For a classifier the others are
        the weight of each class (``m`` classes); for a regressor, of each target first
        ``sum w d`` and then ``sum w d ** 2``, with ``d = y - value of the node``
        (``m = 2 n_targets``): nothing large is left to cancel, wherever the outcomes lie.
    absolute : ndarray of float64, shape (n_nodes,), or None
        ``sum w |y - value of the node|``, averaged over targets, where it was asked for.
    """

    n_rows: Array
    total: Array
    lost: Array
    absolute: Array | None = None

    @property
    def weight(self) -> Array:
        """Weight of the rows at each node, shape (n_nodes,)."""
        return self.total[:, 0] + self.lost[:, 0]

    @property
    def sums(self) -> Array:
        """Sums behind the weight, shape (n_nodes, m)."""
        return self.total[:, 1:] + self.lost[:, 1:]

    def __add__(self, other: NodeStatistics) -> NodeStatistics:
        """Statistics of the rows of both."""
        total = self.total + other.total
        part = total - self.total
        rounding = (self.total - (total - part)) + (other.total - part)
        absolute = None
        if self.absolute is not None and other.absolute is not None:
            absolute = self.absolute + other.absolute
        return NodeStatistics(
            self.n_rows + other.n_rows,
            total,
            self.lost + other.lost + rounding,
            absolute,
        )


def collect(
    ensemble: TreeEnsemble,
    X: Any,
    target: Target,
    sample_weight: Any = None,
    *,
    absolute: bool = False,
    n_jobs: int | None = None,
) -> NodeStatistics:
    """Send rows through every tree and sum what each node receives.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    target : Target
    sample_weight : array-like of shape (n_rows,), optional
        Rows of weight zero count as absent.
    absolute : bool
        Whether to sum absolute errors too.
    n_jobs : int, optional
        Threads over trees, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    NodeStatistics
    """
    matrix = model_rows(ensemble, X, len(target))
    weights = check_weights(sample_weight, len(target))
    classify = target.codes is not None
    # a code beyond the columns would write into foreign memory
    if (
        classify
        and target.known.size
        and not 0 <= target.known.min() <= target.known.max() < n_answers(ensemble)
    ):
        raise ValueError(f"class codes must lie between 0 and {n_answers(ensemble) - 1}")
    if not classify and ensemble.task == "classification":
        raise ValueError("a classifier needs class codes, see encode_target")
    if not classify and target.known.shape[1] != len(ensemble.columns):
        raise ValueError(
            f"there are {target.known.shape[1]} outcomes a row for {len(ensemble.columns)} targets"
        )
    width = 1 + (n_answers(ensemble) if classify else 2 * len(ensemble.columns))
    n_rows = np.zeros(ensemble.n_nodes, np.int64)
    total = np.zeros((ensemble.n_nodes, width))
    lost = np.zeros((ensemble.n_nodes, width))
    errors = np.zeros((2, ensemble.n_nodes if absolute else 0, 1))
    parent = parents(ensemble.left, ensemble.right)

    def one_task(block: Array, first: int, part: Target, w: Array) -> None:
        last = min(first + _TREES_A_TASK, ensemble.n_trees)
        leaves = leaf_index(ensemble, block, first, last)
        # tasks own different trees, hence different nodes: no two threads write to one place
        if part.codes is not None:
            positions = np.hstack([np.zeros((len(part), 1), np.int64), 1 + part.codes])
        else:
            positions = np.zeros((len(part), 1), np.int64)
            _scatter_errors(leaves, parent, ensemble.value, part.known, w, total, lost, errors)
        _scatter(leaves, positions, w, n_rows, total, lost)

    with Parallel(n_jobs=n_jobs, require="sharedmem") as parallel:
        for rows, block in row_blocks(matrix, ensemble.absent):
            present = weights[rows] > 0
            part, w = target.take(rows).take(present), weights[rows][present]
            seen = block if present.all() else block[present]
            parallel(
                delayed(one_task)(seen, first, part, w)
                for first in range(0, ensemble.n_trees, _TREES_A_TASK)
            )
    _roll_up(ensemble.left, ensemble.right, n_rows, total, lost, width if classify else 1)
    summed = errors.sum(axis=0)[:, 0] if absolute else None
    return NodeStatistics(n_rows, total, lost, summed)
