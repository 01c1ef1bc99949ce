"""Where to cut a box in two so that the bound falls on both sides."""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array

_SHARE_OF_OTHER = 0.1
"""What it counts that the other side of a cut loses more."""


@part
def _add_losses(
    start: int, n_cells: int, at: int, cls: Array, first_class: int, allowed: Array, answer: Array,
    lower: Array, upper: Array,
) -> None:  # fmt: skip
    """Add what one tree loses of its greatest value if only cells on one side of each cut are left."""
    top, running = -np.inf, -np.inf
    for c in range(n_cells):
        if allowed[start + c]:
            top = max(top, answer[first_class + cls[at + c]])
    for c in range(n_cells):
        if allowed[start + c]:
            running = max(running, answer[first_class + cls[at + c]])
            lower[c] += top - running
    running = -np.inf
    for c in range(n_cells - 1, 0, -1):
        if allowed[start + c]:
            running = max(running, answer[first_class + cls[at + c]])
        upper[c - 1] += top - running


@borrower
def best_cut(
    column_first: Array, column_pair: Array, cell_first: Array, lam_first: Array, cls: Array,
    class_first: Array, allowed: Array, answer: Array, lower: Array, upper: Array, cut: Array,
) -> float:  # fmt: skip
    """Find the cut of one column that lowers the bound most on the side where it lowers it least.

    Parameters
    ----------
    column_first, column_pair, cell_first, lam_first, cls, class_first, allowed : ndarray
        As for `treeprune.kernels.box_messages.pass_messages`.
    answer : ndarray of float64
        From `ask_all`.
    lower, upper : ndarray of float64
        Room for what the bound loses if only the cells up to one are left, and if only those behind it.
    cut : ndarray of int64, shape (2,)
        Column and last cell of the left side, written.

    Returns
    -------
    float
        Score of the cut; minus infinity if no column has two cells.
    """
    best = -np.inf
    for j in range(column_first.shape[0] - 1):
        start, n_cells = cell_first[j], cell_first[j + 1] - cell_first[j]
        for c in range(n_cells):
            lower[c] = upper[c] = 0.0
        for i in range(column_first[j], column_first[j + 1]):
            p = column_pair[i]
            _add_losses(start, n_cells, lam_first[p], cls, class_first[p], allowed, answer, lower, upper)
        last = -1
        for c in range(n_cells):
            if not allowed[start + c]:
                continue
            if last >= 0:
                a, b = lower[last], upper[last]
                score = min(a, b) + _SHARE_OF_OTHER * max(a, b)
                if score > best:
                    best, cut[0], cut[1] = score, j, last
            last = c
    return best
