"""Outputs of every tree, and their inner products.

How well any part of an ensemble answers, in squared error, follows from a small matrix: with p_t(i) what
tree t adds to the raw output of row i, and y(i) the outcome, the weighted sums of p_t p_u, p_t y and y y
say the squared error of every subset and every weighting of the trees, without going back to the rows
(for probabilities that is the Brier score). Orders by which trees are taken into an ensemble start from
this matrix; see G. Martinez-Munoz, D. Hernandez-Lobato, A. Suarez, An analysis of ensemble pruning
techniques based on ordered aggregation, IEEE TPAMI 31, 2009.

Each number, times the square root of its row's weight, is rounded to the 20 leading bits of the largest of
its tree. Products and sums of such numbers are exact in double precision, as long as few enough rows are
multiplied at a time, and whole numbers are added after that: so blocks, threads and the order of rows
change no bit, whatever the linear algebra library does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

import numpy as np
from scipy.linalg.blas import dsyrk

from treeprune.kernels.columns import missing_features
from treeprune.kernels.deep import LANES
from treeprune.kernels.groups import STEP, Codes, Scratch
from treeprune.kernels.slots import take_values
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.weights import check_weights

_BITS = 20
_EXACT_BITS, _SUM_BITS = 53, 62
_BUDGET = 4_000_000
"""Numbers held at a time for (trees x rows x columns), but for `LANES` rows at least."""


def slot_values(walker: Walker) -> Array:
    """What each slot adds to the raw output: its values times the tree's factor; (n_slots, n_columns)."""
    e = walker.ensemble
    values = np.where(e.is_leaf[:, None], e.value, 0.0)[walker.slot_node]  # no row stays at a split
    with np.errstate(over="ignore"):  # found out by whoever cannot use it
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
        The tree's factor times its leaf's value; 0 in columns that it does not feed. Where trees are
        averaged, their sum is still to be divided by the sum of their factors.
    """
    matrix = model_rows(ensemble, X, None)
    walker = Walker(ensemble, missing_features(matrix, ensemble.absent), matrix.shape[0])
    values = slot_values(walker).astype(dtype)
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
        Sum of the weights; their mean over output columns, where each column has its own.
    """

    products: Array
    with_outcome: Array
    outcome: float
    weight: float

    def __add__(self, other: TreeGram) -> TreeGram:
        """Of the rows of both, which are other rows of the same trees.

        Good to rounding, and the same for any two parts in either order; of three or more the order counts
        in the last digits.
        """
        if len(self.with_outcome) != len(other.with_outcome):
            raise ValueError(f"{len(self.with_outcome)} trees cannot be added to {len(other.with_outcome)}")
        return TreeGram(
            self.products + other.products,
            self.with_outcome + other.with_outcome,
            self.outcome + other.outcome,
            self.weight + other.weight,
        )

    def squared_error(self, factors: Array) -> float:
        """Mean squared error of a weighted sum of the trees, summed over output columns.

        Parameters
        ----------
        factors : ndarray of float64, shape (n_trees,)
            On top of the trees' own; 0 leaves a tree out.

        Returns
        -------
        float
            Exact for the rounded numbers, so good to about a millionth of the mean square of the outcome;
            NaN if there were no rows.
        """
        if self.weight == 0.0:
            return math.nan
        error = factors @ self.products @ factors - 2 * factors @ self.with_outcome + self.outcome
        return max(float(error / self.weight), 0.0)  # what cancels is rounded


def _exponents(largest: Array, bits: int) -> Array:
    """Powers of two by which numbers are multiplied, so that the largest has so many bits."""
    return bits - np.frexp(np.where(largest > 0, largest, 1.0))[1]


def _times_root(outcome: Array, root: Array, bits: int) -> tuple[Array, int]:
    """Outcome times the root of its weight, times a power of two; the largest has so many bits.

    An outcome may be wild where it hardly counts, as working responses are.
    """
    power = int(np.frexp(np.abs(outcome).max(initial=0.0))[1])
    outcome = np.ldexp(outcome, -power) * root
    exponent = int(_exponents(np.abs(outcome).max(initial=0.0), bits))
    return np.ldexp(outcome, exponent), exponent - power


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
    sample_weight : array-like of shape (n_rows,) or ndarray of shape (n_rows, n_columns), optional
        Weights of rows, or of each output column of each row. What has weight zero counts as absent.
    n_jobs : int, optional
        Threads over rows, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    TreeGram
        Of numbers that are off by at most a millionth of the largest of each tree (times the square root of
        the largest weight), and of the largest outcome (times the square root of its own weight); by more
        where rows times columns are more than four million: by twice as much for each factor of four.

    Raises
    ------
    ValueError
        If the outcome or the weights have another shape, or are not finite, if a weight is negative, or
        if a result is too large for float64.
    """
    e = ensemble
    outcome = np.asarray(outcome, np.float64)
    matrix = model_rows(e, X, len(outcome))
    if outcome.ndim != 2 or outcome.shape[1] != e.n_columns or not np.isfinite(outcome).all():
        raise ValueError(
            f"outcome must be finite and have {e.n_columns} columns, one for each output of the model; "
            f"got shape {outcome.shape}"
        )
    weights = _weights_of_numbers(sample_weight, outcome)
    # by an even power of two, so that roots are of ordinary size
    shift = 2 * (np.frexp(weights.max(initial=0.0))[1] // 2)
    weights = np.ldexp(weights, -shift)
    root, weighted = np.sqrt(weights), bool((weights != 1.0).any())
    present = np.broadcast_to(weights > 0, outcome.shape)
    outcome = np.where(present, outcome, 0.0)
    walker = Walker(e, missing_features(matrix, e.absent), len(outcome))
    values = slot_values(walker)
    largest = np.maximum.reduceat(np.abs(values).max(axis=1), walker.slot_first[:-1])
    largest = np.append(largest, np.abs(outcome).max(initial=0.0))
    _check_finite(largest)
    n_numbers = int(present.sum())
    # products of one row have to fit into a double, and the sum of all into a whole number
    bits = min(
        _BITS, (_SUM_BITS - n_numbers.bit_length()) // 2, (_EXACT_BITS - e.n_columns.bit_length()) // 2
    )
    # sizes are multiplied as exponents: their product may be too large, or too small, for a double
    exponent = _exponents(np.frexp(largest)[0] * root.max(initial=0.0), bits) - np.frexp(largest)[1]
    outcome, exponent[-1] = _times_root(outcome, root, bits)
    values = np.ldexp(values, np.repeat(exponent[:-1], np.diff(walker.slot_first))[:, None])
    exact_rows = 2 ** (_EXACT_BITS - 2 * bits) // e.n_columns
    size = max(min(_BUDGET // ((e.n_trees + 1) * e.n_columns), STEP) // LANES, 1) * LANES
    total, adding = np.zeros((e.n_trees + 1, e.n_trees + 1), np.int64), Lock()
    for rows, block in row_blocks(matrix, e.absent):
        codes = walker.encode(block, n_jobs)

        def one_part(start: int, codes: Codes = codes, offset: int = rows.start) -> None:
            stop = min(start + size, len(codes))
            own = slice(offset + start, offset + stop)
            part, scratch = np.empty((e.n_trees + 1, stop - start, e.n_columns)), Scratch()
            for group in walker.groups:
                trees = slice(group.first, group.last)
                numbers = walker.walk(group, codes, start, stop, scratch)
                take_values(numbers, STEP, stop - start, 0, walker.slot_first[trees], values, part[trees])
            if weighted:
                part[:-1] *= root[own]
            part[-1] = outcome[own]
            products = _products(np.rint(part, out=part), exact_rows)
            with adding:  # whole numbers: the order does not matter
                np.add(total, products, out=total)

        run(one_part, range(0, len(codes), size), n_jobs)
    upper = np.triu(total)
    whole = (upper + np.triu(upper, 1).T).astype(np.float64)
    with np.errstate(over="ignore"):
        exact = np.ldexp(whole, shift - exponent[:, None] - exponent)
        weight = float(np.ldexp(math.fsum(weights.ravel()) / weights.shape[1], shift))
    _check_finite(np.append(exact, weight))
    return TreeGram(exact[:-1, :-1], exact[:-1, -1], float(exact[-1, -1]), weight)


def _weights_of_numbers(sample_weight: Any, outcome: Array) -> Array:
    """Weights, shape (n_rows, 1) if columns have no weights of their own, else (n_rows, n_columns)."""
    if np.ndim(sample_weight) < 2:
        return check_weights(sample_weight, len(outcome))[:, None]
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != outcome.shape:
        raise ValueError(f"sample_weight has shape {weights.shape}, but the outcome {outcome.shape}")
    return check_weights(weights.ravel(), weights.size).reshape(weights.shape)


def _check_finite(numbers: Array) -> None:
    if not np.isfinite(numbers).all():
        raise ValueError(
            "a product of outputs, outcomes and weights is too large for float64; divide the outcome or "
            "sample_weight by a constant"
        )


def _products(part: Array, rows_at_a_time: int) -> Array:
    """Inner products of the trees over some rows, exact; upper triangle."""
    total = np.zeros((len(part), len(part)), np.int64)
    for start in range(0, part.shape[1], rows_at_a_time):
        chunk = part[:, start : start + rows_at_a_time].reshape(len(part), -1)
        total += np.triu(dsyrk(1.0, chunk.T, trans=1)).astype(np.int64)
    return total
