"""Area under the ROC curve, of rows and of every tree of a path.

AUC is not a sum over leaves, but it is a sum over pairs of leaves. Along a path each node enters and
leaves the set of leaves once, and a Fenwick tree over the ranks of the scores says in O(log n) what
that changes (P. Fenwick, A new data structure for cumulative frequency tables, 1994).
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.exact import two_sum


@kernel
def _fenwick_add(tree: Array, rank: int, x: float) -> None:
    i = rank + 1
    while i < tree.shape[0]:
        tree[i] += x
        i += i & -i


@kernel
def _fenwick_below(tree: Array, rank: int) -> float:
    total = 0.0
    i = rank
    while i > 0:
        total += tree[i]
        i -= i & -i
    return total


@kernel
def _half_below(tree: Array, rank: int) -> float:
    """Weight at lower ranks and half of that at this rank."""
    return 0.5 * (_fenwick_below(tree, rank) + _fenwick_below(tree, rank + 1))


@kernel
def _path_pairs(
    order: Array, sign: Array, steps: Array, rank: Array, good: Array, bad: Array, n_steps: int
) -> Array:
    """Weight of correctly ordered (good, bad) pairs at each step; events come sorted by step."""
    n_ranks = rank.max() + 2
    goods, bads = np.zeros(n_ranks), np.zeros(n_ranks)
    pairs, all_good = 0.0, 0.0
    out = np.zeros(n_steps)
    event = 0
    for step in range(n_steps):
        while event < order.shape[0] and steps[event] == step:
            node, s = order[event], sign[event]
            r = rank[node]
            if s < 0:
                _fenwick_add(goods, r, -good[node])
                _fenwick_add(bads, r, -bad[node])
                all_good -= good[node]
            pairs += s * good[node] * _half_below(bads, r)
            pairs += s * bad[node] * (all_good - _half_below(goods, r))
            pairs += s * 0.5 * good[node] * bad[node]
            if s > 0:
                _fenwick_add(goods, r, good[node])
                _fenwick_add(bads, r, bad[node])
                all_good += good[node]
            event += 1
        out[step] = pairs
    return out


@kernel
def _row_pairs(order: Array, score: Array, code: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Weight of correctly ordered (good, bad) pairs, of good and of bad rows for each scored class.

    Parameters
    ----------
    order : ndarray of int64, shape (n_rows, n_scored)
        Rows from the lowest score to the highest, for each scored class.
    score : ndarray of float64, shape (n_rows, n_scored)
    code : ndarray of int64, shape (n_rows,)
        Scored class that a row is good for, -1 for none.
    weight : ndarray of float64, shape (n_rows,)
    """
    n_rows, n_scored = order.shape
    pairs, goods, bads = np.zeros(n_scored), np.zeros(n_scored), np.zeros(n_scored)
    for c in range(n_scored):
        start = 0
        while start < n_rows:
            level = score[order[start, c], c]
            # rows of one level come in any order: what rounding takes is kept
            good, bad, good_lost, bad_lost = 0.0, 0.0, 0.0, 0.0
            while start < n_rows and score[order[start, c], c] == level:
                row = order[start, c]
                if code[row] == c:
                    good, low = two_sum(good, weight[row])
                    good_lost += low
                else:
                    bad, low = two_sum(bad, weight[row])
                    bad_lost += low
                start += 1
            good, bad = good + good_lost, bad + bad_lost
            pairs[c] += good * (bads[c] + 0.5 * bad)  # equal scores are ordered by a coin
            goods[c] += good
            bads[c] += bad
    return pairs, goods, bads


def _scored_columns(ensemble: TreeEnsemble) -> list[int]:
    """Second class of a binary model, each class against the rest otherwise."""
    if len(ensemble.classes) != 1 or len(ensemble.classes[0]) < 2:
        raise ValueError("loss='auc' is for classifiers with one target and two classes or more")
    n_classes = len(ensemble.classes[0])
    return [1] if n_classes == 2 else list(range(n_classes))


def _no_pairs(ensemble: TreeEnsemble, column: int) -> ValueError:
    return ValueError(
        f"the area under the ROC curve is not defined: the held-out rows (of one fold) hold none of "
        f"class {ensemble.classes[0][column]}, or nothing else; use fewer folds or another loss"
    )


def path_auc(ensemble: TreeEnsemble, first: Array, last: Array, class_sums: Array, n_steps: int) -> Array:
    """Area under the ROC curve at each step of one tree's path.

    Parameters
    ----------
    ensemble : TreeEnsemble
        One tree.
    first, last : ndarray of int64, shape (n_nodes,)
        Steps for which each node is a leaf.
    class_sums : ndarray of float64, shape (n_nodes, n_classes)
        Held-out weight of each class in each node.
    n_steps : int

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        The mean over classes against the rest if there are more than two.
    """
    alive = np.flatnonzero((first < last) & (class_sums.sum(axis=1) > 0))
    nodes = np.concatenate([alive, alive])
    steps = np.concatenate([first[alive], last[alive]])
    sign = np.repeat([1.0, -1.0], len(alive))
    order = np.lexsort((sign, steps))  # leave before entering: sums stay small
    areas = []
    for column in _scored_columns(ensemble):
        good = class_sums[:, column]
        bad = class_sums.sum(axis=1) - good
        if good[0] <= 0 or bad[0] <= 0:
            raise _no_pairs(ensemble, column)
        rank = np.unique(ensemble.value[:, column], return_inverse=True)[1]
        pairs = _path_pairs(nodes[order], sign[order], steps[order], rank, good, bad, n_steps)
        areas.append(pairs / (good[0] * bad[0]))
    return np.mean(areas, axis=0)


def rows_auc(ensemble: TreeEnsemble, codes: Array, answers: Array, weights: Array) -> float:
    """Area under the ROC curve of some rows.

    Parameters
    ----------
    ensemble : TreeEnsemble
    codes : ndarray of int64, shape (n_rows, 1)
    answers : ndarray of float64, shape (n_rows, n_classes)
    weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    float
        The mean over classes against the rest if there are more than two.
    """
    columns = _scored_columns(ensemble)
    score = answers[:, columns]
    code = codes[:, 0] - columns[0]
    pairs, goods, bads = _row_pairs(np.argsort(score, axis=0, kind="stable"), score, code, weights)
    for k, column in enumerate(columns):
        if goods[k] <= 0 or bads[k] <= 0:
            raise _no_pairs(ensemble, column)
    return float(np.mean(pairs / (goods * bads)))
