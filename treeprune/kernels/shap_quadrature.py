"""Shapley values of the path-dependent game, one edge after the other, for trees of any depth.

A leaf of value v below features with conditions that a row satisfies or not (o = 1 or 0), and that the
share r of the training rows satisfies, gives feature j

    v (o_j - r_j) * integral over t from 0 to 1 of the product over i != j of (1 - t) r_i + t o_i,

since the weights of Shapley's formula are Beta integrals (G. Owen, Multilinear extensions of games,
Management Science 18, 1972). For d features the integrand is a polynomial of degree d - 1, so that Gauss
and Legendre's rule of d / 2 points is exact. The products are kept at these points on the way down, and
sums over leaves on the way up, where each edge takes its feature's part: P. Yu, A. Bifet, J. Read, C. Xu,
Linear tree SHAP, NeurIPS 2022, do so with polynomials in another basis. All factors are positive, so that
dividing by them is harmless; the cost is the number of nodes times d / 2.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, Array

_POINT, _WEIGHT, _FAILED = range(3)
"""Rows of a rule: points, weights, and weights over ``1 - point``: what a failed condition counts."""


@cache
def gauss_legendre(n: int) -> tuple[Array, Array]:
    """Points and weights on (0, 1) that integrate polynomials of degree ``2 n - 1`` exactly.

    Parameters
    ----------
    n : int
        At least 1.

    Returns
    -------
    point, weight : ndarray of float64, shape (n,)
        Kept for the next call: not to be written to.
    """
    point, weight = np.polynomial.legendre.leggauss(n)
    rule = (point + 1.0) / 2.0, weight / 2.0
    for array in rule:
        array.flags.writeable = False
    return rule


def rule_of(n_features: int) -> Array:
    """Rule that is exact for paths of so many features, as `add_by_quadrature` takes it."""
    point, weight = gauss_legendre(max((n_features + 1) // 2, 1))
    return np.array([point, weight, weight / (1.0 - point)])


@part
def _mark(n: int, holds: Any, above: Any, chained: Any, met: Any, held: Any) -> None:
    """As numbers: which rows satisfy the edge's condition, and which those of its feature above."""
    for i in range(n):
        met[i] = np.float64(holds[i])
    if chained:
        for i in range(n):
            held[i] = np.float64(above[i])


@part
def _go_down(
    n: int, rule: Array, share: float, before: float, chained: Any, met: Any, held: Any, above: Any,
    product: Any,
) -> None:  # fmt: skip
    """Products below an edge from those above it."""
    ratio = share / before if before > 0.0 else 0.0
    for q in range(rule.shape[1]):
        t = rule[_POINT, q]
        if chained:
            chain = 1.0 / ((1.0 - t) * before + t)
            no, more = (1.0 - t) * share * chain, t * chain
            for i in range(n):
                factor = (1.0 - held[i]) * ratio + held[i] * no + met[i] * more
                product[q * n + i] = above[q * n + i] * factor
        else:
            no = (1.0 - t) * share
            for i in range(n):
                product[q * n + i] = above[q * n + i] * (no + met[i] * t)


@part
def _go_up(
    n: int, rule: Array, share: float, before: float, chained: Any, met: Any, held: Any, value: float,
    source: Any, total: Any, target: Any, some: Any,
) -> None:  # fmt: skip
    """Give an edge's feature its part of ``value * source``, which is handed on to `total` above."""
    for i in range(n):
        some[i] = 0.0
    for q in range(rule.shape[1]):
        t = rule[_POINT, q]
        more = rule[_WEIGHT, q] * (1.0 - share) / ((1.0 - t) * share + t) + rule[_FAILED, q]
        if chained:
            # the edge above gave the feature a part as if there were no condition after it
            taken = rule[_WEIGHT, q] * (1.0 - before) / ((1.0 - t) * before + t)
            no = -rule[_FAILED, q] - taken
            for i in range(n):
                own = value * source[q * n + i]
                some[i] += own * (held[i] * no + met[i] * more)
                total[q * n + i] += own
        else:
            no = -rule[_FAILED, q]
            for i in range(n):
                own = value * source[q * n + i]
                some[i] += own * (no + met[i] * more)
                total[q * n + i] += own
    for i in range(n):
        target[i] += some[i]


@borrower
def add_by_quadrature(
    first: int,
    trees: Array,
    root: Array,
    feature: Array,
    left: Array,
    right: Array,
    parent: Array,
    edge_before: Array,
    share: Array,
    value: Array,
    first_column: Array,
    n_columns: Array,
    rule: Array,
    holds: Array,
    n_lanes: int,
    path: Array,
    turn: Array,
    marks: Array,
    product: Array,
    total: Array,
    some: Array,
    sums: Array,
) -> None:
    """Add what some trees say about a block of rows to `sums` (n_features * width, n_rows).

    `rule` is from `rule_of`, for the longest path of these trees; `holds` from
    `treeprune.kernels.shap_conditions`, nodes counted from `first`. The arrays from `path` on are scratch:
    `path` and `turn` (levels,), `marks` (levels, 2, lanes), `product` (levels, points, lanes), `total`
    (levels, columns, points, lanes), `some` (lanes,).
    """
    width, n_rows, points = value.shape[1], sums.shape[1], rule.shape[1]
    size = points * n_lanes
    own = pointer(some, 0)
    for lane in range(0, n_rows, n_lanes):
        n = min(n_lanes, n_rows - lane)
        for tree in range(trees[0], trees[1]):
            c0, k = first_column[tree], n_columns[tree]
            level, path[0], turn[0] = 0, root[tree], 0
            product[0] = 1.0
            while level >= 0:
                node = path[level]
                above = edge_before[node]
                chained = above != LEAF
                before = share[above] if chained else 1.0
                met, held = pointer(marks, 2 * level * n_lanes), pointer(marks, (2 * level + 1) * n_lanes)
                if turn[level] == 0 and level > 0:
                    _mark(
                        n, pointer(holds, (node - first) * n_rows + lane),
                        pointer(holds, (max(above, first) - first) * n_rows + lane), chained, met, held,
                    )  # fmt: skip
                    _go_down(
                        n, rule, share[node], before, chained, met, held,
                        pointer(product, (level - 1) * size), pointer(product, level * size),
                    )  # fmt: skip
                is_leaf = left[node] == LEAF
                if turn[level] < 2 and not is_leaf:
                    if turn[level] == 0:
                        total[level] = 0.0
                    path[level + 1] = left[node] if turn[level] == 0 else right[node]
                    turn[level] += 1
                    level += 1
                    turn[level] = 0
                    continue
                for c in range(k if level > 0 else 0):
                    at = (level * total.shape[1] + c) * size
                    _go_up(
                        n, rule, share[node], before, chained, met, held,
                        value[node, c0 + c] if is_leaf else 1.0,
                        pointer(product, level * size) if is_leaf else pointer(total, at),
                        pointer(total, at - total.shape[1] * size),
                        pointer(sums, (feature[parent[node]] * width + c0 + c) * n_rows + lane), own,
                    )  # fmt: skip
                level -= 1
