"""Outputs of every tree, and their inner products.

How well any part of an ensemble answers, in squared error, follows from a small matrix: with p_t(i) what
tree t adds to the raw output of row i, and y(i) the outcome, the weighted sums of p_t p_u, p_t y and y y
say the squared error of every subset and every weighting of the trees, without going back to the rows
(for probabilities that is the Brier score). Orders by which trees are taken into an ensemble start from
this matrix; see G. Martinez-Munoz, D. Hernandez-Lobato, A. Suarez, An analysis of ensemble pruning
techniques based on ordered aggregation, IEEE TPAMI 31, 2009.

Each number, times the square root of its row's weight, is rounded to a grid of a millionth (2 ** -20) of
the largest of its tree. Products and sums of such numbers are exact in double precision, as long as few
enough rows are multiplied at a time, and whole numbers are added after that: so blocks, threads and the
order of rows change no bit, whatever the linear algebra library does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.linalg.blas import dsyrk

from treeprune.kernels.columns import missing_features
from treeprune.kernels.slots import take_values
from treeprune.kernels.threads import run
from treeprune.kernels.walker import STEP, Codes, Walker
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.weights import check_weights

_BITS = 20
_EXACT_BITS, _SUM_BITS = 53, 62


def _slot_values(walker: Walker) -> Array:
    """What each slot adds to the raw output: its values times the tree's factor; (n_slots, n_columns)."""
    e = walker.ensemble
    values = np.ascontiguousarray(e.value[walker.slot_node])
    values *= np.repeat(e.weight, np.diff(walker.slot_first))[:, None]
    column = np.repeat(e.output, np.diff(walker.slot_first))
    values[(column[:, None] >= 0) & (column[:, None] != np.arange(e.n_columns))] = 0.0
    return values


def tree_outputs(
    ensemble: TreeEnsemble,
    X: Any,
    *,
    dtype: Literal["float32", "float64"] = "float32",
    n_jobs: int | None = None,
) -> Array:
    """What each tree adds to the raw output of each row.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    dtype : {"float32", "float64"}
        Of the result, the one large array that is made.
    n_jobs : int, optional
        Threads over trees, after joblib's convention.

    Returns
    -------
    ndarray, shape (n_trees, n_rows, n_columns)
        The tree's factor times its leaf's value; 0 in columns that it does not feed.
    """
    matrix = model_rows(ensemble, X, None)
    walker = Walker(ensemble, missing_features(matrix, ensemble.absent), matrix.shape[0])
    values = _slot_values(walker).astype(dtype)
    out = np.empty((ensemble.n_trees, matrix.shape[0], ensemble.n_columns), dtype)
    for rows, block in row_blocks(matrix, ensemble.absent):
        codes = walker.encode(block, n_jobs)

        def one_group(number: int, codes: Codes = codes, offset: int = rows.start) -> None:
            group = walker.groups[number]
            own = slice(group.first, group.last)
            for start, stop, numbers in walker.steps(group, codes):
                first = walker.slot_first[own]
                take_values(numbers, STEP, stop - start, offset + start, first, values, out[own])

        run(one_group, range(len(walker.groups)), n_jobs)
    return out


@dataclass(frozen=True, eq=False)
class TreeGram:
    """Weighted inner products of tree outputs and outcomes, over rows and output columns.

    Parameters
    ----------
    products : ndarray of float64, shape (n_trees, n_trees)
        ``sum w p_t p_u``.
    with_outcome : ndarray of float64, shape (n_trees,)
        ``sum w p_t y``.
    outcome : float
        ``sum w y ** 2``.
    weight : float
        Sum of the weights.
    """

    products: Array
    with_outcome: Array
    outcome: float
    weight: float

    def squared_error(self, factors: Array) -> float:
        """Mean squared error of a weighted sum of the trees, summed over output columns.

        Parameters
        ----------
        factors : ndarray of float64, shape (n_trees,)
            On top of the trees' own; 0 leaves a tree out.

        Returns
        -------
        float
        """
        error = factors @ self.products @ factors - 2 * factors @ self.with_outcome + self.outcome
        return float(error / self.weight)


def _grid(largest: Array, bits: int) -> Array:
    """Powers of two by which numbers are multiplied, so that the largest has so many bits."""
    exponent = np.frexp(np.where(largest > 0, largest, 1.0))[1]
    return np.ldexp(1.0, bits - exponent)


def tree_gram(
    ensemble: TreeEnsemble,
    X: Any,
    outcome: Array,
    sample_weight: Any = None,
    *,
    n_jobs: int | None = None,
) -> TreeGram:
    """Inner products of the outputs of all trees, and with the outcome.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    outcome : ndarray of float64, shape (n_rows, n_columns)
        What the sum of the trees should be: indicators of the classes for trees that say their shares,
        or the outcome without the ensemble's `base_score`.
    sample_weight : array-like of shape (n_rows,), optional
    n_jobs : int, optional
        Threads over rows, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    TreeGram
        Of numbers rounded to a millionth of the largest of each tree, and of the outcome.

    Raises
    ------
    ValueError
        If the outcome has another shape, or is not finite.
    """
    e = ensemble
    outcome = np.asarray(outcome, np.float64)
    matrix = model_rows(e, X, len(outcome))
    if outcome.ndim != 2 or outcome.shape[1] != e.n_columns or not np.isfinite(outcome).all():
        raise ValueError(
            f"outcome must be finite and have {e.n_columns} columns, one for each output of the model; "
            f"got shape {outcome.shape}"
        )
    weights = check_weights(sample_weight, len(outcome))
    walker = Walker(e, missing_features(matrix, e.absent), len(outcome))
    values, root, weighted = _slot_values(walker), np.sqrt(weights), bool((weights != 1.0).any())
    n_numbers = max(outcome.size, 1)
    # the sum of all products has to fit into a whole number too
    bits = min(_BITS, (_SUM_BITS - n_numbers.bit_length()) // 2)
    largest = np.maximum.reduceat(np.abs(values).max(axis=1), walker.slot_first[:-1])
    largest = np.append(largest, np.abs(outcome).max(initial=0.0)) * root.max(initial=0.0)
    grid = _grid(largest, bits)
    values *= np.repeat(grid[:-1], np.diff(walker.slot_first))[:, None]
    rows_at_a_time = max(min(STEP, 2 ** (_EXACT_BITS - 2 * bits) // e.n_columns), 1)
    total = np.zeros((e.n_trees + 1, e.n_trees + 1), np.int64)
    for rows, block in row_blocks(matrix, e.absent):
        codes = walker.encode(block, n_jobs)

        def one_part(start: int, codes: Codes = codes, offset: int = rows.start) -> Array:
            stop = min(start + STEP, len(codes))
            own = slice(offset + start, offset + stop)
            part = np.empty((e.n_trees + 1, stop - start, e.n_columns))
            for group in walker.groups:
                trees = slice(group.first, group.last)
                numbers = walker.walk(group, codes, start, stop)
                take_values(numbers, STEP, stop - start, 0, walker.slot_first[trees], values, part[trees])
            part[-1] = outcome[own] * grid[-1]
            if weighted:
                part *= root[own][:, None]
            return _products(np.rint(part, out=part), rows_at_a_time)

        for products in run(one_part, range(0, len(codes), STEP), n_jobs):
            total += products
    upper = np.triu(total)
    exact = (upper + np.triu(upper, 1).T) / np.outer(grid, grid)
    return TreeGram(exact[:-1, :-1], exact[:-1, -1], float(exact[-1, -1]), float(weights.sum()))


def _products(part: Array, rows_at_a_time: int) -> Array:
    """Inner products of the trees over some rows, exact; upper triangle."""
    total = np.zeros((len(part), len(part)), np.int64)
    for start in range(0, part.shape[1], rows_at_a_time):
        chunk = part[:, start : start + rows_at_a_time].reshape(len(part), -1)
        total += np.triu(dsyrk(1.0, chunk.T, trans=1)).astype(np.int64)
    return total
