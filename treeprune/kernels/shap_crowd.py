"""Interventional Shapley values of trees of any depth: a row against a crowd of background rows.

Each feature is taken from the row or from a background row; a leaf can be reached if one of both satisfies
the conditions on each feature. With s features whose conditions the row alone satisfies and t of which the
other alone does, it gives each of the former ``v / (s * C(s + t, s))`` and each of the latter
``-v / (t * C(s + t, t))`` (S. Lundberg et al., From local explanations to global understanding with
explainable AI for trees, Nature Machine Intelligence 2, 2020; I. Laberge and Y. Pequignot, Understanding
Interventional TreeSHAP: How and Why it Works, 2022).

One walk serves a row and the whole background. It carries the background rows that can still reach a leaf:
an edge that the row itself satisfies loses none, another one all that fail it. On the way up each edge
gives its feature what the leaves below have brought to those who make the difference there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, Array

_NODE, _TURN, _SIZE, _LIST, _FAILED = range(5)
"""Rows of `levels`: the node, how many of its children have been visited, the size of the crowd, the level
that lists it, and the number of features whose conditions the row fails."""


@part
def _fails_first(b: Any, here: Any, above: Any, chained: Any) -> Any:
    """1 where a background row fails at this edge and satisfied its feature's conditions above."""
    return np.int64(here[b] == 0 and (not chained or above[b] != 0))


@part
def _shift(
    n: int, crowd: Any, here: Any, above: Any, chained: Any, step: int, alone: Any, earned: Any
) -> float:
    """Count a feature that the row alone satisfies for those who fail first at an edge.

    Returns what these have earned so far.
    """
    total = 0.0
    for u in range(n):
        b = crowd[u]
        first = _fails_first(b, here, above, chained)
        alone[b] += step * first
        total += earned[b] * first
    return total


@part
def _keep(n: int, crowd: Any, here: Any, kept: Any) -> int:
    """List those who satisfy an edge's condition."""
    m = 0
    for u in range(n):
        kept[m] = crowd[u]
        m += here[crowd[u]]
    return m


@part
def _share_leaf(
    n: int, crowd: Any, here: Any, above: Any, chained: Any, fits: Any, value: float, weight: Any,
    row_gain: Any, other_gain: Any, alone: Any, earned: Any,
) -> Any:  # fmt: skip
    """Give those who reach a leaf a feature's part of it.

    Returns the part of the edge's own feature, where the row alone satisfies it, and the sum of those of
    features that the others alone satisfy.
    """
    own, lost = 0.0, 0.0
    for u in range(n):
        b = crowd[u]
        first = _fails_first(b, here, above, chained) if fits else np.int64(0)
        share = value * weight[b] * (here[b] | fits)
        s = alone[b] + first
        gain = share * row_gain[s]
        earned[b] += gain
        own += gain * first
        lost += share * other_gain[s]
    return own, lost


@part
def _enter_leaf(
    level: int, n_columns: int, here: Any, above: Any, chained: Any, fits: Any, fails: int, values: Any,
    weight: Any, row_gain: Array, other_gain: Array, levels: Array, crowd: Array, alone: Any,
    earned: Array, lost: Array, target: Any, n_rows: int,
) -> None:  # fmt: skip
    """Go to a leaf below a level and back."""
    mine, t = pointer(crowd, levels[_LIST, level] * crowd.shape[1]), levels[_FAILED, level] + fails
    gains, losses = pointer(row_gain, t * row_gain.shape[1]), pointer(other_gain, t * other_gain.shape[1])
    for c in range(n_columns):
        own, gone = _share_leaf(
            levels[_SIZE, level], mine, here, above, chained, fits, values[c], weight, gains, losses, alone,
            pointer(earned, c * earned.shape[1]),
        )  # fmt: skip
        target[c * n_rows] += own - fails * gone
        lost[level, c] += gone


@part
def _enter(
    level: int, n_columns: int, here: Any, above: Any, chained: Any, fits: Any, fails: int, levels: Array,
    crowd: Array, alone: Any, earned: Array, before: Array, lost: Array,
) -> None:  # fmt: skip
    """Go down an edge to a split, to this level."""
    n, mine = levels[_SIZE, level - 1], pointer(crowd, levels[_LIST, level - 1] * crowd.shape[1])
    levels[_TURN, level], levels[_FAILED, level] = 0, levels[_FAILED, level - 1] + fails
    for c in range(n_columns):
        lost[level, c] = 0.0
    if fits == 0:
        kept = pointer(crowd, level * crowd.shape[1])
        levels[_SIZE, level], levels[_LIST, level] = _keep(n, mine, here, kept), level
        return
    levels[_SIZE, level], levels[_LIST, level] = n, levels[_LIST, level - 1]
    for c in range(n_columns):
        before[level, c] = _shift(
            n, mine, here, above, chained, 1 if c == 0 else 0, alone, pointer(earned, c * earned.shape[1])
        )


@part
def _leave(
    level: int, n_columns: int, here: Any, above: Any, chained: Any, fits: Any, fails: int, levels: Array,
    crowd: Array, alone: Any, earned: Array, before: Array, lost: Array, target: Any, n_rows: int,
) -> None:  # fmt: skip
    """Go up the edge to the split of this level, and give its feature its part."""
    n, mine = levels[_SIZE, level], pointer(crowd, levels[_LIST, level] * crowd.shape[1])
    for c in range(n_columns):
        if fits != 0:
            now = _shift(
                n, mine, here, above, chained, -1 if c == 0 else 0, alone,
                pointer(earned, c * earned.shape[1]),
            )  # fmt: skip
            target[c * n_rows] += now - before[level, c]
        target[c * n_rows] -= fails * lost[level, c]
        lost[level - 1, c] += lost[level, c]


@borrower
def add_against_crowd(
    first: int,
    trees: Array,
    root: Array,
    feature: Array,
    left: Array,
    right: Array,
    parent: Array,
    edge_before: Array,
    value: Array,
    first_column: Array,
    n_columns: Array,
    row_gain: Array,
    other_gain: Array,
    holds: Array,
    n_rows: int,
    others: Array,
    start: int,
    weight: Array,
    levels: Array,
    crowd: Array,
    alone: Array,
    earned: Array,
    before: Array,
    lost: Array,
    sums: Array,
) -> None:
    """Add what some trees say about a block of rows against a part of the background to `sums`.

    `holds` (nodes, rows) and `others` (nodes, background) are from `treeprune.kernels.shap_conditions`,
    nodes counted from `first`; the part begins at `start` and has the length of `weight`.
    ``row_gain[t, s]`` is ``1 / (s * C(s + t, s))``, ``other_gain[t, s]`` is ``1 / (t * C(s + t, t))``; both
    are 0 where that has no meaning. What follows is scratch: `levels` (5, levels), `crowd` (levels, part),
    `alone` (part,), `earned` (columns, part), `before` and `lost` (levels, columns).
    """
    width, n_lanes, n_background = value.shape[1], sums.shape[1], others.shape[1]
    everybody, weights, counts = pointer(crowd, 0), pointer(weight, 0), pointer(alone, 0)
    for u in range(len(weight)):
        everybody[u] = u
    for row_tree in range(n_rows * (trees[1] - trees[0])):
        i, tree = row_tree // (trees[1] - trees[0]), trees[0] + row_tree % (trees[1] - trees[0])
        c0, k = first_column[tree], n_columns[tree]
        alone[:] = 0
        earned[:] = 0.0
        lost[0] = 0.0
        level = 0
        levels[:, 0] = 0
        levels[_NODE, 0], levels[_SIZE, 0] = root[tree], len(weight)
        while level >= 0:
            node = levels[_NODE, level]
            down = left[node] != LEAF and levels[_TURN, level] < 2 and levels[_SIZE, level] > 0
            if down:
                node = left[node] if levels[_TURN, level] == 0 else right[node]
                levels[_TURN, level] += 1
            elif level == 0:
                break
            # the edge to `node` is gone down, or up again
            chained = edge_before[node] != LEAF
            at, at_above = node - first, max(edge_before[node], first) - first
            here = pointer(others, at * n_background + start)
            above = pointer(others, at_above * n_background + start)
            fits = holds[at, i]
            fails = 1 if fits == 0 and (not chained or holds[at_above, i] != 0) else 0
            target = pointer(sums, (feature[parent[node]] * width + c0) * n_lanes + i)
            if down and left[node] == LEAF:
                _enter_leaf(
                    level, k, here, above, chained, fits, fails, pointer(value, node * width + c0), weights,
                    row_gain, other_gain, levels, crowd, counts, earned, lost, target, n_lanes,
                )  # fmt: skip
            elif down:
                level += 1
                levels[_NODE, level] = node
                _enter(
                    level, k, here, above, chained, fits, fails, levels, crowd, counts, earned, before, lost
                )
            else:
                _leave(
                    level, k, here, above, chained, fits, fails, levels, crowd, counts, earned, before,
                    lost, target, n_lanes,
                )  # fmt: skip
                level -= 1
