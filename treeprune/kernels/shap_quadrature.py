"""Shapley values of the path-dependent game, one edge after the other, for trees of any depth.

A leaf of value v below features with conditions that a row satisfies or not (o = 1 or 0), and that the share
r of the training rows satisfy, gives feature j

    v (o_j - r_j) * integral over t from 0 to 1 of the product over i != j of (1 - t) r_i + t o_i,

since the weights of Shapley's formula are Beta integrals (G. Owen, Multilinear extensions of games,
Management Science 18, 1972). For d features the integrand is a polynomial of degree d - 1, so that Gauss
and Legendre's rule of d / 2 points is exact. The products are kept at these points on the way down, and
sums over leaves on the way up, where each edge takes its feature's part: as P. Yu, A. Bifet, J. Read, C. Xu,
Linear tree SHAP, NeurIPS 2022, do with polynomials in another basis. All terms are positive, so nothing
cancels; the cost is the number of nodes times d / 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.kernels.shap_conditions import LANES
from treeprune.model.ensemble import LEAF, Array


def gauss_legendre(n: int) -> tuple[Array, Array]:
    """Points and weights on (0, 1) that integrate polynomials of degree ``2 n - 1`` exactly.

    Parameters
    ----------
    n : int
        At least 1.

    Returns
    -------
    point, weight : ndarray of float64, shape (n,)
    """
    point, weight = np.polynomial.legendre.leggauss(n)
    return (point + 1.0) / 2.0, weight / 2.0


@part
def _enter(
    level: int, point: Array, share: float, share_before: float, holds: Any, before: Any, chained: Any,
    met: Array, lost: Array, product: Array,
) -> None:  # fmt: skip
    """Products below an edge from those above it, for one lane of rows.

    `met` marks rows that satisfy the edge's condition, `lost` those that satisfied it until here; what is
    left failed before.
    """
    for i in range(LANES):
        held = before[i] if chained else np.uint8(1)
        met[level, i] = np.float64(holds[i])
        lost[level, i] = np.float64(held - holds[i])
    ratio = share / share_before if share_before > 0.0 else 0.0
    for q in range(point.shape[0]):
        t = point[q]
        above = (1.0 - t) * share_before + t
        yes, no = ((1.0 - t) * share + t) / above, (1.0 - t) * share / above
        for i in range(LANES):
            failed = 1.0 - met[level, i] - lost[level, i]
            factor = met[level, i] * yes + lost[level, i] * no + failed * ratio
            product[level, q, i] = product[level - 1, q, i] * factor


@part
def _leave(
    level: int, point: Array, weight: Array, share: float, share_before: float, met: Array, lost: Array,
    total: Array, part_yes: Array, part_no: Array, target: Any, n_rows: int, n_columns: int,
) -> None:  # fmt: skip
    """Give an edge's feature its part, and hand the sums to the edge above."""
    for c in range(n_columns):
        for i in range(LANES):
            part_yes[i] = part_no[i] = 0.0
        for q in range(point.shape[0]):
            t = point[q]
            # the edge above gave the feature a part as if there were no condition after it
            taken = (1.0 - share_before) / ((1.0 - t) * share_before + t)
            yes = weight[q] * ((1.0 - share) / ((1.0 - t) * share + t) - taken)
            no = weight[q] * (-1.0 / (1.0 - t) - taken)
            for i in range(LANES):
                own = total[level, c, q, i]
                part_yes[i] += yes * own
                part_no[i] += no * own
                total[level - 1, c, q, i] += own
        for i in range(LANES):
            target[c * n_rows + i] += met[level, i] * part_yes[i] + lost[level, i] * part_no[i]


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
    point: Array,
    weight: Array,
    holds: Array,
    path: Array,
    turn: Array,
    met: Array,
    lost: Array,
    product: Array,
    total: Array,
    parts: Array,
    sums: Array,
) -> None:
    """Add what some trees say about a block of rows to `sums` (n_features * width, n_rows).

    `holds` is from `treeprune.kernels.shap_conditions`, nodes counted from `first`. The arrays from `path` on
    are scratch: `path` and `turn` (levels,), `met` and `lost` (levels, LANES), `product` (levels, points,
    LANES), `total` (levels, columns, points, LANES), `parts` (2, LANES).
    """
    width, n_rows = value.shape[1], sums.shape[1]
    for lane in range(0, n_rows, LANES):
        for tree in range(trees[0], trees[1]):
            c0, k = first_column[tree], n_columns[tree]
            level, path[0], turn[0] = 0, root[tree], 0
            product[0] = 1.0
            total[0] = 0.0
            while level >= 0:
                node = path[level]
                if left[node] != LEAF and turn[level] < 2:
                    child = left[node] if turn[level] == 0 else right[node]
                    turn[level] += 1
                    level += 1
                    path[level], turn[level] = child, 0
                    above = edge_before[child]
                    chained = above != LEAF
                    _enter(
                        level, point, share[child], share[above] if chained else 1.0,
                        pointer(holds, (child - first) * holds.shape[1] + lane),
                        pointer(holds, (max(above, first) - first) * holds.shape[1] + lane),
                        chained, met, lost, product,
                    )  # fmt: skip
                    for c in range(k):
                        answer = value[child, c0 + c] if left[child] == LEAF else 0.0
                        for q in range(point.shape[0]):
                            for i in range(LANES):
                                total[level, c, q, i] = answer * product[level, q, i]
                    continue
                if level > 0:
                    above = edge_before[node]
                    _leave(
                        level, point, weight, share[node], share[above] if above != LEAF else 1.0, met, lost,
                        total, parts[0], parts[1],
                        pointer(sums, (feature[parent[node]] * width + c0) * n_rows + lane), n_rows, k,
                    )  # fmt: skip
                level -= 1
