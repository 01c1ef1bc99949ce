"""Tables of what branches of few conditions add to each feature, by the state of a row.

One leaf of value v below d features is a game in which each feature is taken from the row or from a row of
the background, and v is won if all of them satisfy the leaf's conditions. With h(b) the share of background
rows that satisfy just the conditions in b, and T the features whose conditions the row fails, let

    Z(T, t) = sum of h(b) t ** (d - |b|) over all b that hold T.

A feature in T gets ``-v * integral of (1 - t) ** (|T| - 1) Z(T, t)``, another one j gets
``v * integral of (1 - t) ** |T| (Z(T, t) - Z(T + j, t)) / t``, with t from 0 to 1, where each term depends
on one set only. For the weights that Shapley's formula gives to players for and against (I. Laberge and
Y. Pequignot, Understanding Interventional TreeSHAP: How and Why it Works, 2022) are Beta integrals, and
Gauss and Legendre's rule is exact for them. The sums over supersets are made for all T together, bit after
bit (the zeta transform of F. Yates). What covers say is the same game with features independent of each
other: then h is a product. That a row's part depends on its set alone, and so can be looked up, is the idea
of A. Nadel and R. Wettenstein, From Decision Trees to Boolean Logic: A Fast and Unified SHAP Algorithm,
2025.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import kernel, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, Array

_SHORT = 8
"""A loop of fewer steps costs more to begin than to do."""


@part
def _leaf_conditions(
    leaf: int,
    top: int,
    source: Any,
    slot: Any,
    n_bits: int,
    n_features: int,
    left: Array,
    parent: Array,
    share: Array,
    looks_at: Array,
    wants: Array,
    share_of: Array,
    of_leaf: Array,
) -> int:
    """Features of a leaf's path: bits of the state that each looks at and wants set, and its share of rows.

    Returns their number; `of_leaf` takes their slots in the group, and the others their entries there.
    """
    for k in range(n_features):
        looks_at[k], wants[k], share_of[k] = 0, 0, -1.0
    edge = leaf
    while edge != top:
        bit = 0
        while source[bit] != ~parent[edge]:
            bit += 1
        k = slot[bit]
        looks_at[k] |= 1 << bit
        if left[parent[edge]] == edge:
            wants[k] |= 1 << bit
        if share_of[k] < 0.0:  # the lowest edge knows the whole chain
            share_of[k] = share[edge]
        edge = parent[edge]
    for bit in range(n_bits):
        if source[bit] >= 0:
            k = slot[bit]
            looks_at[k] |= 1 << bit
            wants[k] |= 1 << bit
            if share_of[k] < 0.0:
                share_of[k] = share[source[bit]]
    d = 0
    for k in range(n_features):
        if looks_at[k] != 0:
            of_leaf[d], looks_at[d], wants[d], share_of[d] = k, looks_at[k], wants[k], share_of[k]
            d += 1
    return d


@part
def _failing(d: int, n_states: int, looks_at: Array, wants: Array, failing: Any) -> None:
    """The leaf's features that a row fails, by its state."""
    for m in range(n_states):
        failing[m] = 0
    for j in range(d):
        looks, wanted, bit = np.int32(looks_at[j]), np.int32(wants[j]), np.int32(1 << j)
        for m in range(n_states):
            fails = ((np.int32(m) ^ wanted) & looks) != 0
            failing[m] |= bit if fails else np.int32(0)


@part
def _count(d: int, n_states: int, failing: Any, counted: Any, h: Any) -> None:
    """Background rows by the set of features that they satisfy."""
    n = 1 << d
    for b in range(n):
        h[b] = 0.0
    for m in range(n_states):
        h[n - 1 - failing[m]] += counted[m]


@part
def _superset_sums(d: int, h: Any, t: float, z: Any) -> None:
    """Z at a point, for all sets."""
    n = 1 << d
    for b in range(n):
        z[b] = h[b]
    for j in range(d):
        bit = 1 << j
        if bit < _SHORT:  # the longer loop inside
            for low in range(bit):
                for b in range(low, n, 2 * bit):
                    z[b] = t * z[b] + z[b + bit]
        else:
            for high in range(0, n, 2 * bit):
                for b in range(high, high + bit):
                    z[b] = t * z[b] + z[b + bit]


@part
def _products(d: int, share_of: Array, t: float, z: Any) -> None:
    """Z at a point, for all sets of independent features."""
    z[0] = 1.0
    for j in range(d):
        bit, held = 1 << j, share_of[j]
        free = held + (1.0 - held) * t
        for b in range(bit):
            z[b + bit] = z[b] * held
            z[b] *= free


@part
def _add_point(
    d: int, z: Any, t: float, weight: float, factor: Any, against: Any, whole: Any, less: Any
) -> None:
    """Add a point to the three integrals that the parts are made of, for all sets."""
    n = 1 << d
    factor[0] = weight / (1.0 - t)
    for j in range(d):
        bit = 1 << j
        for b in range(bit):
            factor[b + bit] = factor[b] * (1.0 - t)
    for b in range(n):
        here = z[b] * factor[b]
        against[b] += here
        less[b] += here / t
        whole[b] += here * (1.0 - t) / t


@part
def _add_leaf(
    n_states: int, bit: Any, value: float, failing: Any, against: Any, whole: Any, less: Any, table: Any
) -> None:
    """Add a feature's part of a leaf to its table."""
    for m in range(n_states):
        fails = np.uint64(failing[m])
        with_it = fails | np.uint64(bit)
        gets = -against[fails] if with_it == fails else whole[fails] - less[with_it]
        table[m] += value * gets


@kernel
def build_tables(
    groups: Array,
    first_bit: Array,
    top: Array,
    source: Array,
    slot: Array,
    n_features: Array,
    tree: Array,
    left: Array,
    right: Array,
    parent: Array,
    share: Array,
    value: Array,
    first_column: Array,
    n_columns: Array,
    points: Array,
    weights: Array,
    counted: Array,
    first_state: Array,
    table: Array,
    first_entry: Array,
) -> None:
    """Write the tables of some groups.

    Those of a group's features stand behind each other, output column after column, an entry a state. Row
    ``d`` of `points` and `weights` holds the rule for d features. `counted` says how many rows of the
    background have each state; without entries, covers say it.
    """
    for g in range(groups[0], groups[1]):
        n_bits = first_bit[g + 1] - first_bit[g]
        n = 1 << n_bits
        sources, slots = pointer(source, first_bit[g]), pointer(slot, first_bit[g])
        looks_at, wants, of_leaf = np.empty((3, n_bits + 1), np.int64)
        share_of = np.empty(n_bits + 1)
        failing, room = np.empty(n, np.int32), np.empty((6, n))
        fails, h, z = pointer(failing, 0), pointer(room, 0), pointer(room, n)
        factor, against = pointer(room, 2 * n), pointer(room, 3 * n)
        whole, less = pointer(room, 4 * n), pointer(room, 5 * n)
        stack = np.empty(n_bits + 2, np.int64)
        c0, k = first_column[tree[g]], n_columns[tree[g]]
        stack[0], open_nodes = top[g], 1
        while open_nodes > 0:
            open_nodes -= 1
            node = stack[open_nodes]
            if left[node] != LEAF:
                stack[open_nodes], stack[open_nodes + 1] = right[node], left[node]
                open_nodes += 2
                continue
            d = _leaf_conditions(
                node, top[g], sources, slots, n_bits, n_features[g], left, parent, share, looks_at, wants,
                share_of, of_leaf,
            )  # fmt: skip
            _failing(d, n, looks_at, wants, fails)
            if len(counted) > 0:
                _count(d, n, fails, pointer(counted, first_state[g]), h)
            room[3:] = 0.0
            for q in range((d + 1) // 2):
                if len(counted) > 0:
                    _superset_sums(d, h, points[d, q], z)
                else:
                    _products(d, share_of, points[d, q], z)
                _add_point(d, z, points[d, q], weights[d, q], factor, against, whole, less)
            for j in range(d):
                bit = np.int32(1 << j)
                for c in range(k):
                    own = pointer(table, first_entry[g] + (of_leaf[j] * k + c) * n)
                    _add_leaf(n, bit, value[node, c0 + c], fails, against, whole, less, own)
