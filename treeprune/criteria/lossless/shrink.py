"""Splits that change nothing give their place to what is below them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from treeprune.criteria.lossless.decided import ONLY_LEFT, ONLY_RIGHT
from treeprune.kernels.compiled import borrower, kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.splice import splice


@kernel
def _same(
    a: int, b: int, left: Array, right: Array, becomes: Array, question: Array, value: Array, stack: Array
) -> bool:
    """Whether two branches ask the same and answer the same."""
    stack[0], stack[1] = a, b
    top = 2
    while top > 0:
        top -= 2
        a, b = becomes[stack[top]], becomes[stack[top + 1]]
        if left[a] == LEAF or left[b] == LEAF:
            if left[a] != left[b]:
                return False
            for k in range(value.shape[1]):
                if value[a, k] != value[b, k]:
                    return False
        elif question[a] != question[b]:
            return False
        else:
            stack[top], stack[top + 1] = right[a], right[b]
            stack[top + 2], stack[top + 3] = left[a], left[b]
            top += 4
    return True


@kernel
def _add_twin(
    a: int, b: int, left: Array, right: Array, becomes: Array, cover: Array, count: Array, stack: Array
) -> None:
    """Rows of a branch come to its twin."""
    stack[0], stack[1] = a, b
    top = 2
    while top > 0:
        top -= 2
        a, b = becomes[stack[top]], becomes[stack[top + 1]]
        cover[a] += cover[b]
        count[a] += count[b]
        if left[a] != LEAF:
            stack[top], stack[top + 1] = right[a], right[b]
            stack[top + 2], stack[top + 3] = left[a], left[b]
            top += 4


@borrower
def _shrink(
    left: Array,
    right: Array,
    way: Array,
    question: Array,
    value: Array,
    cover: Array,
    count: Array,
    becomes: Array,
    twins: Array,
    touched: Array,
    stack: Array,
) -> None:
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] == LEAF:
            continue
        a, b = left[node], right[node]
        if way[node] == ONLY_LEFT or way[node] == ONLY_RIGHT:
            stays, goes = (a, b) if way[node] == ONLY_LEFT else (b, a)
            becomes[node] = becomes[stays]
            touched[node] = touched[stays] or cover[goes] != 0.0 or count[goes] != 0
        elif _same(a, b, left, right, becomes, question, value, stack):
            _add_twin(a, b, left, right, becomes, cover, count, stack)
            becomes[node] = becomes[a]
            twins[node] = True
            touched[node] = touched[a] or touched[b]
        elif touched[a] or touched[b]:
            touched[node] = True
            cover[node] = cover[becomes[a]] + cover[becomes[b]]
            count[node] = count[becomes[a]] + count[becomes[b]]


@dataclass(frozen=True, eq=False)
class Shrunk:
    """What became of the splits of an ensemble.

    Parameters
    ----------
    ensemble : TreeEnsemble
        What is left.
    becomes : ndarray of int64, shape (n_nodes,)
        Which node of the ensemble before stands in the place of each.
    twins : ndarray of bool, shape (n_nodes,)
        Splits whose branches were the same.
    """

    ensemble: TreeEnsemble
    becomes: Array
    twins: Array


def shrink(ensemble: TreeEnsemble, way: Array, question: Array) -> Shrunk:
    """Take out splits that are decided, and splits between equal branches, from the bottom up.

    Parameters
    ----------
    ensemble : TreeEnsemble
    way : ndarray of uint8, shape (n_nodes,)
        From `ways_of_splits`.
    question : ndarray of int64, shape (n_nodes,)
        Splits of one number ask the same.

    Returns
    -------
    Shrunk
        Rows of a branch that equals another one are counted there; rows of a branch that no input reaches
        are counted no more. Where the format derives its answers from its counts they stay as they are.
    """
    e = ensemble
    becomes, cover = np.arange(e.n_nodes), e.cover.copy()
    count = np.zeros(e.n_nodes, np.int64) if e.n_samples is None else e.n_samples.copy()
    twins, touched = np.zeros(e.n_nodes, np.bool_), np.zeros(e.n_nodes, np.bool_)
    # each level of a tree leaves two pairs behind at the most
    stack = np.empty(2 * int(np.diff(e.root).max()) + 8, np.int64)
    _shrink(
        e.left, e.right, way, question, e.value, cover, count, becomes, twins, touched, stack
    )  # fmt: skip
    counted = e
    if e.task != "anomaly":
        cover = cover.astype(e.output_dtype).astype(np.float64)
        counted = replace(e, cover=cover, n_samples=None if e.n_samples is None else count)
    return Shrunk(splice(counted, becomes), becomes, twins)
