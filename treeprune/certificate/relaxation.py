"""Where messages start: duals of the linear relaxation, solved by HiGHS.

Settling column after column may end above the optimum of its linear program. The program itself (V.
Misic, "Optimization of tree ensembles", Operations Research 68, 2020) has a variable for each leaf and each
cell: a tree's leaves within some cells of a column weigh no more than these cells. Its duals, however
inexact, are a right start for messages, whose bounds are proven by themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize
from scipy.sparse import csr_matrix

from treeprune.certificate.bits import flags_of
from treeprune.certificate.problem import Problem
from treeprune.kernels.threads import interruptible
from treeprune.model.ensemble import Array

_linprog: Any = optimize.linprog  # its types know neither sparse matrices nor all options

_MOST_ENTRIES = 200_000
_LEAST_SECONDS = 0.5


def relaxed_messages(p: Problem, value: Array, seconds: float) -> Array | None:
    """What trees say of the classes of their columns at the optimum of the linear program.

    Parameters
    ----------
    p : Problem
    value : ndarray of float64, shape (n_leaves,)
    seconds : float
        Time that the solver may take.

    Returns
    -------
    ndarray of float64, shape (n_classes,), or None
        None if the program is too large, or could not be solved in time.
    """
    if not len(p.entry_pair) or len(p.entry_pair) > _MOST_ENTRIES or seconds < _LEAST_SECONDS:
        return None
    row, column, sign, sets, pairs, n_leaves = [], [], [], [], [], int(p.leaf_first[-1])
    n_rows = 0
    for pair in range(len(p.pair_column)):
        entries = p.pair_entry[p.pair_entry_first[pair] : p.pair_entry_first[pair + 1]]
        holds = _classes_of(p, pair, entries)
        if not len(holds):
            continue
        own = np.unique(holds, axis=0)
        within = ~(holds[None] & ~own[:, None]).any(axis=2)
        at_set, at_entry = np.nonzero(within)
        cells = own[:, p.cls[p.lam_first[pair] : p.lam_first[pair + 1]]]
        at_set_too, at_cell = np.nonzero(cells)
        row += [n_rows + at_set, n_rows + at_set_too]
        column += [p.entry_leaf[entries][at_entry], n_leaves + p.cell_first[p.pair_column[pair]] + at_cell]
        sign += [np.ones(len(at_set)), -np.ones(len(at_set_too))]
        sets.append(own)
        pairs.append(pair)
        n_rows += len(own)
    n_variables = n_leaves + int(p.cell_first[-1])
    flat = np.concatenate(sign), (np.concatenate(row), np.concatenate(column))
    no_more = csr_matrix(flat, shape=(n_rows, n_variables))
    sums = np.concatenate(
        [np.repeat(np.arange(p.n_factors), np.diff(p.leaf_first)), p.n_factors + _owner(p.cell_first)]
    )
    one = csr_matrix((np.ones(n_variables), (sums, np.arange(n_variables))))
    cost = np.concatenate([-value, np.zeros(int(p.cell_first[-1]))])
    found = interruptible(_solve, cost, no_more, one, seconds)
    if found is None:
        return None
    said, at = np.zeros(int(p.class_first[-1])), 0
    for pair, own in zip(pairs, sets, strict=True):
        price = np.maximum(-found[at : at + len(own)], 0.0)
        said[p.class_first[pair] : p.class_first[pair + 1]] = price @ own
        at += len(own)
    return said


def _classes_of(p: Problem, pair: int, entries: Array) -> Array:
    """Which classes of a column the boxes of some leaves hold; ndarray of bool."""
    n = int(p.class_first[pair + 1] - p.class_first[pair])
    words = p.word[p.entry_word[entries][:, None] + np.arange((n + 63) // 64)]
    return flags_of(words, n)


def _owner(first: Array) -> Array:
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def _solve(cost: Array, no_more: csr_matrix, one: csr_matrix, seconds: float) -> Array | None:
    found = _linprog(
        cost, A_ub=no_more, b_ub=np.zeros(no_more.shape[0]), A_eq=one, b_eq=np.ones(one.shape[0]),
        method="highs-ipm", options={"time_limit": seconds},
    )  # fmt: skip
    return found.ineqlin.marginals if found.status == 0 else None
