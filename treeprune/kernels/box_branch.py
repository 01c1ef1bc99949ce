"""Where to cut a box in two so that the bound falls on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array


@borrower
def best_cut(
    column_first: Array, column_pair: Array, cell_first: Array, lam_first: Array, cls: Array,
    class_first: Array, allowed: Array, answer: Array, lower: Array, upper: Array, cut: Array,
) -> float:  # fmt: skip
    """Find the cut of one column whose better side lowers the bound most.

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
            at, k0, top, running = lam_first[p], class_first[p], -np.inf, -np.inf
            for c in range(n_cells):
                if allowed[start + c]:
                    top = max(top, answer[k0 + cls[at + c]])
            for c in range(n_cells):
                if allowed[start + c]:
                    running = max(running, answer[k0 + cls[at + c]])
                    lower[c] += top - running
            running = -np.inf
            for c in range(n_cells - 1, 0, -1):
                if allowed[start + c]:
                    running = max(running, answer[k0 + cls[at + c]])
                upper[c - 1] += top - running
        last = -1
        for c in range(n_cells):
            if allowed[start + c]:
                if last >= 0:
                    a, b = lower[last], upper[last]
                    score = min(a, b) + 0.1 * max(a, b)
                    if score > best:
                        best, cut[0], cut[1] = score, j, last
                last = c
    return best
