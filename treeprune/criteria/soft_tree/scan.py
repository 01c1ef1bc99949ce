"""Best split of a node on every feature, from rows that are sorted once for the whole tree.

A node owns the same segment ``start:stop`` of each feature's order, so that a split is a stable partition
of segments and nothing is sorted again (J. Shafer, R. Agrawal, M. Mehta, SPRINT: a scalable parallel
classifier for data mining, VLDB 1996).
"""

from __future__ import annotations

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array

N_FOUND = 4
"""Numbers that `scan` finds for a feature: gain, place of the last row on the left, of the first one on the
right, and where missing values go (0 right, 1 left, 2 right, and all that is present left)."""


@part
def _gain(left: Array, weight_left: float, whole: Array, weight: float) -> float:
    """Squares of sums over weights, of both sides; the node's own is taken off by the caller."""
    total, weight_right = 0.0, weight - weight_left
    for k in range(len(whole)):
        right = whole[k] - left[k]
        total += left[k] * left[k] / weight_left + right * right / weight_right
    return total


@part
def _try(
    left: Array, weight_left: float, real_left: int, least: int, whole: Array, weight: float, n_real: int,
    found: Array, rounding: float, place: int, first_right: int, way: float,
) -> None:  # fmt: skip
    """Take a split if both sides have support and it is the best so far by more than rounding."""
    if real_left < least or n_real - real_left < least:
        return
    gain = _gain(left, weight_left, whole, weight)
    if gain > found[0] + rounding:
        found[0], found[1], found[2], found[3] = gain, place, first_right, way


@part
def _scan_feature(
    order: Array, n_present: int, cell: Array, target: Array, weight: Array, real: Array,
    least: int, whole: Array, weight_all: float, n_real: int, rounding: float,
    lost: Array, left: Array, found: Array,
) -> None:  # fmt: skip
    """`order` holds the rows of the node, sorted, those with a missing value last."""
    width = len(whole)
    for k in range(width):
        lost[k] = left[k] = 0.0
    weight_lost, real_lost, weight_left, real_left = 0.0, 0, 0.0, 0
    for place in range(n_present, len(order)):
        row = order[place]
        weight_lost += weight[row]
        real_lost += real[row]
        for k in range(width):
            lost[k] += weight[row] * target[row, k]
    for place in range(n_present):
        row = order[place]
        weight_left += weight[row]
        real_left += real[row]
        for k in range(width):
            left[k] += weight[row] * target[row, k]
        if place + 1 == n_present:
            if weight_lost > 0.0:
                _try(left, weight_left, real_left, least, whole, weight_all, n_real,
                     found, rounding, place, place, 2.0)  # fmt: skip
        elif cell[row] != cell[order[place + 1]]:
            _try(left, weight_left, real_left, least, whole, weight_all, n_real,
                 found, rounding, place, place + 1, 0.0)  # fmt: skip
            if weight_lost > 0.0:
                for k in range(width):
                    lost[k] += left[k]
                _try(lost, weight_left + weight_lost, real_left + real_lost, least, whole, weight_all,
                     n_real, found, rounding, place, place + 1, 1.0)  # fmt: skip
                for k in range(width):
                    lost[k] -= left[k]


@borrower
def scan(
    order: Array, start: int, stop: int, missing: Array, cell: Array, allowed: Array,
    target: Array, weight: Array, real: Array, least: int, rounding: float,
    whole: Array, scratch: Array, found: Array,
) -> None:  # fmt: skip
    """Find the best split of a node on each feature.

    Parameters
    ----------
    order : ndarray of int32, shape (n_features, n_rows)
        Rows by the feature's value, missing ones last within each node.
    start, stop : int
        Segment of the node.
    missing : ndarray of bool, shape (n_features, n_rows)
    cell : ndarray of int32, shape (n_features, n_rows)
        Rows of one cell cannot be told apart by the feature.
    allowed : ndarray of bool, shape (n_features,)
        Features that may be split on.
    target : ndarray of float64, shape (n_rows, n_columns)
    weight : ndarray of float64, shape (n_rows,)
    real : ndarray of int64, shape (n_rows,)
        1 for a row that counts as support, else 0.
    least : int
        Support that both sides need.
    rounding : float
        Gains no further apart than this are one: the first split has it.
    whole : ndarray of float64, shape (n_columns,)
        Takes the weighted sum of the node's targets.
    scratch : ndarray of float64, shape (2, n_columns)
    found : ndarray of float64, shape (n_features, `N_FOUND`)
        Takes the decrease of the weighted sum of squared errors (-1 where there is no split), and the
        places in the node's segment.
    """
    weight_all, n_real = 0.0, 0
    for k in range(len(whole)):
        whole[k] = 0.0
    for place in range(start, stop):
        row = order[0, place]
        weight_all += weight[row]
        n_real += real[row]
        for k in range(len(whole)):
            whole[k] += weight[row] * target[row, k]
    own = 0.0
    for k in range(len(whole)):
        own += whole[k] * whole[k] / weight_all
    for j in range(len(order)):
        found[j, 0], found[j, 1], found[j, 2], found[j, 3] = -1.0, 0.0, 0.0, 0.0
        if not allowed[j]:
            continue
        n_present = 0
        for place in range(start, stop):
            n_present += not missing[j, order[j, place]]
        _scan_feature(
            order[j, start:stop], n_present, cell[j], target, weight, real,
            least, whole, weight_all, n_real, rounding, scratch[0], scratch[1], found[j],
        )  # fmt: skip
        if found[j, 0] >= 0.0:
            found[j, 0] -= own


@borrower
def divide(order: Array, start: int, stop: int, goes_left: Array, scratch: Array) -> int:
    """Put a node's left rows before its right ones, in every feature's order.

    Parameters
    ----------
    order : ndarray of int32, shape (n_features, n_rows)
        Changed.
    start, stop : int
        Segment of the node.
    goes_left : ndarray of bool, shape (n_rows,)
    scratch : ndarray of int32, shape (n_rows,)

    Returns
    -------
    int
        Where the right side starts.
    """
    middle = start
    for j in range(len(order)):
        n_left, n_right = start, 0
        for place in range(start, stop):
            row = order[j, place]
            if goes_left[row]:
                order[j, n_left] = row
                n_left += 1
            else:
                scratch[n_right] = row
                n_right += 1
        for i in range(n_right):
            order[j, n_left + i] = scratch[i]
        middle = n_left
    return middle
