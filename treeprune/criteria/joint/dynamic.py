"""The best top of one tree, the rest of the model being as it is: a dynamic program over its nodes.

Around the present raw output the loss is a quadratic function of what the tree adds at each leaf,

    -pull v + curve v ** 2 / 2 + ridge (v - anchor) ** 2 / 2,

with *pull* and *curve* the sums over the leaf's rows of the loss's first derivative (its sign turned, the
present output of this tree taken away) and of its second. A leaf's best value and its cost follow from the
two sums; a split is kept where its branches and its price cost less than a leaf in its place. One pass from
the leaves up finds the best of all tops, as in L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification
and Regression Trees, 1984, chapter 3 (with sums of squares), or in boosting's own terms T. Chen, C.
Guestrin, XGBoost, KDD 2016, equations 5 to 7.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel, part
from treeprune.model.ensemble import LEAF, Array

PULL, CURVE, PRESENT = 0, 1, 2
"""Sums at a node: both derivatives, and the second times the present output of the tree."""


@kernel
def roll_up(left: Array, right: Array, at_leaf: Array, table: Array, sums: Array) -> None:
    """Write the sums of each node from those of the leaves.

    `at_leaf` (n_leaves, n_columns, 2) holds both derivatives at the present raw output; `table`
    (n_leaves, n_columns) what the tree adds there. `sums` has shape (n_nodes, n_columns, 3).
    """
    leaf = at_leaf.shape[0]
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] == LEAF:
            leaf -= 1
            for c in range(at_leaf.shape[1]):
                present = at_leaf[leaf, c, 1] * table[leaf, c]
                sums[node, c, 0] = at_leaf[leaf, c, 0] + present
                sums[node, c, 1] = at_leaf[leaf, c, 1]
                sums[node, c, 2] = present
        else:
            a, b = left[node], right[node]
            for c in range(at_leaf.shape[1]):
                for k in range(3):
                    sums[node, c, k] = sums[a, c, k] + sums[b, c, k]


@kernel
def project(v: Array, blocks: Array, low: Array, high: Array) -> None:
    """Move numbers to the nearest legal ones.

    Columns `blocks[b]` to below `blocks[b + 1]` are bounded together: a lone one lies between `low` and
    `high`, of several none lies below `low` and their sum is 0. Without blocks nothing is bounded.

    The nearest point of a simplex by one threshold, found as in C. Michelot, A finite algorithm for
    finding the projection of a point onto the canonical simplex of R^n, J. Optim. Theory Appl. 50, 1986.
    """
    for b in range(blocks.shape[0] - 1):
        first, last = blocks[b], blocks[b + 1]
        if last - first == 1:
            v[first] = min(max(v[first], low[first]), high[first])
            continue
        threshold, inside = -np.inf, last - first + 1
        while True:  # columns at or below the threshold are out; it rises until none more goes
            total, count = 0.0, 0
            for c in range(first, last):
                total += low[c]
                if v[c] - low[c] > threshold:
                    total += v[c] - low[c]
                    count += 1
            if count >= inside or count == 0:  # rounding must not bring one back for ever
                break
            inside, threshold = count, total / count
        for c in range(first, last):
            v[c] = max(v[c] - threshold, low[c])


@kernel
def fit_leaf(
    node: int,
    sums: Array,
    old: Array,
    factor: float,
    ridge: float,
    blocks: Array,
    low: Array,
    high: Array,
    v: Array,
) -> float:
    """Write the best value of a node as a leaf to `v`; returns its cost. An infinite ridge fixes it."""
    n = v.shape[0]
    cost = 0.0
    for c in range(n):
        anchor = factor * old[node, c]
        if ridge == np.inf:
            v[c] = anchor
        else:
            curve = sums[node, c, 1] + ridge
            v[c] = (sums[node, c, 0] + ridge * anchor) / curve if curve > 0.0 else anchor
    project(v, blocks, low, high)
    for c in range(n):
        cost += v[c] * (0.5 * sums[node, c, 1] * v[c] - sums[node, c, 0])
        if ridge != np.inf:
            off = v[c] - factor * old[node, c]
            cost += 0.5 * ridge * off * off
    return cost


@part
def _narrow_cost(
    pull: float, curve: float, anchor: float, ridge: float, bounded: bool, low: float, high: float
) -> float:
    """`fit_leaf` of one column, to the last bit."""
    if ridge == np.inf:
        v = anchor
    else:
        bend = curve + ridge
        v = (pull + ridge * anchor) / bend if bend > 0.0 else anchor
    if bounded:
        v = min(max(v, low), high)
    cost = v * (0.5 * curve * v - pull)
    if ridge != np.inf:
        off = v - anchor
        cost += 0.5 * ridge * off * off
    return cost


@kernel
def best_top(
    left: Array,
    right: Array,
    sums: Array,
    old: Array,
    factor: float,
    ridge: float,
    blocks: Array,
    low: Array,
    high: Array,
    strength: float,
    node_price: float,
    split_price: Array,
    v: Array,
    best: Array,
    price: Array,
    split: Array,
) -> None:
    """Find the best top of each branch.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n_nodes,)
    sums : ndarray of float64, shape (n_nodes, n_columns, 3)
        See `roll_up`.
    old : ndarray of float64, shape (n_nodes, n_columns)
        Times `factor`, what values are drawn to.
    factor, ridge : float
    blocks : ndarray of int64
    low, high : ndarray of float64, shape (n_columns,)
        See `project`.
    strength, node_price : float
        What a unit of price costs, and the price of a node.
    split_price : ndarray of float64, shape (n_nodes,) or (0,)
        What a split costs on top, if anything.
    v : ndarray of float64, shape (n_columns,)
        Scratch.
    best : ndarray of float64, shape (n_nodes,)
        Takes the least cost of each branch, prices included.
    price : ndarray of float64, shape (n_nodes,)
        Takes the price of the best top.
    split : ndarray of bool, shape (n_nodes,)
        Takes whether the best top of the branch splits here. Of equal costs the smaller top is best.
    """
    n_prices, narrow, bounded = split_price.shape[0], v.shape[0] == 1, blocks.shape[0] > 0
    for node in range(left.shape[0] - 1, -1, -1):
        if narrow:  # by far the most common: no loops over columns
            cost = _narrow_cost(
                sums[node, 0, 0], sums[node, 0, 1], factor * old[node, 0], ridge, bounded, low[0], high[0]
            )
        else:
            cost = fit_leaf(node, sums, old, factor, ridge, blocks, low, high, v)
        cost += strength * node_price
        best[node], price[node], split[node] = cost, node_price, False
        if left[node] != LEAF:
            a, b = left[node], right[node]
            own = node_price + (split_price[node] if n_prices > 0 else 0.0)
            below = best[a] + best[b] + strength * own
            if below < cost:
                best[node], split[node] = below, True
                price[node] = price[a] + price[b] + own


@kernel
def lay_out(
    left: Array,
    right: Array,
    split: Array,
    sums: Array,
    old: Array,
    factor: float,
    ridge: float,
    blocks: Array,
    low: Array,
    high: Array,
    v: Array,
    kept: Array,
    answers: Array,
    value: Array,
) -> float:
    """Values of a top; returns the cost of its leaves.

    `kept` (n_nodes,) takes which nodes are in the top, `value` (n_nodes, n_columns) what each of them
    answers as a leaf, `answers` (n_nodes,) the leaf of the top at or above each node, LEAF at its splits.
    """
    total = 0.0
    for node in range(left.shape[0]):
        if node == 0:
            kept[node], answers[node] = True, LEAF
        if kept[node]:
            cost = fit_leaf(node, sums, old, factor, ridge, blocks, low, high, v)
            for c in range(v.shape[0]):
                value[node, c] = v[c]
            if left[node] == LEAF or not split[node]:
                answers[node] = node
                total += cost
        if left[node] != LEAF:
            going_on = kept[node] and split[node]
            for child in (left[node], right[node]):
                kept[child], answers[child] = going_on, answers[node]
    return total
