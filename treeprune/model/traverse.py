"""Where rows end, and what the ensemble answers there."""

from __future__ import annotations

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.groups import STEP, Codes, Group, Scratch
from treeprune.kernels.slots import add_outputs, take_nodes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble


def leaf_index(ensemble: TreeEnsemble, rows: Array, *, n_jobs: int | None = None) -> Array:
    """Leaf that each row reaches in each tree.

    Parameters
    ----------
    ensemble : TreeEnsemble
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`; NaN is missing.
    n_jobs : int, optional
        Threads over trees, after joblib's convention.

    Returns
    -------
    ndarray of int32, shape (n_trees, n_rows)
        Positions in the node arrays. Trees come first, since most readers go tree by tree.

    Raises
    ------
    ValueError
        If the rows have another number of columns than the model.
    """
    walker, codes = _prepared(ensemble, rows, n_jobs)
    out = np.empty((ensemble.n_trees, len(rows)), np.int32)

    def one_group(group: Group) -> None:
        trees = slice(group.first, group.last)
        for start, stop, numbers in walker.steps(group, codes):
            first = walker.slot_first[trees]
            take_nodes(numbers, STEP, stop - start, walker.slot_node, first, out[trees], start)

    run(one_group, walker.groups, n_jobs)
    return out


def _prepared(ensemble: TreeEnsemble, rows: Array, n_jobs: int | None) -> tuple[Walker, Codes]:
    if rows.ndim != 2 or rows.shape[1] != ensemble.n_features:  # or a kernel would read foreign memory
        raise ValueError(f"rows must have {ensemble.n_features} columns, got shape {rows.shape}")
    walker = Walker(ensemble, missing_features(rows), len(rows))
    return walker, walker.encode(rows, n_jobs)


def total_weights(ensemble: TreeEnsemble) -> Array:
    """Sum of the factors of the trees that feed each output column; shape (n_columns,)."""
    sums = [ensemble.weight[ensemble.trees_of(c)].sum() for c in range(ensemble.n_columns)]
    return np.array(sums)


def weighted_median(answers: Array, weights: Array) -> Array:
    """Least answer of each row at which half of the weight is reached.

    Parameters
    ----------
    answers : ndarray of float64, shape (n_trees, n_rows)
    weights : ndarray of float64, shape (n_trees,)

    Returns
    -------
    ndarray of float64, shape (n_rows,)
    """
    order = np.argsort(answers, axis=0)
    reached = np.cumsum(weights[order], axis=0)
    first = (reached >= 0.5 * reached[-1]).argmax(axis=0)
    return np.take_along_axis(answers, np.take_along_axis(order, first[None], 0), 0)[0]


def raw_output(ensemble: TreeEnsemble, rows: Array, *, n_jobs: int | None = None) -> Array:
    """Output of the ensemble before its link.

    Parameters
    ----------
    ensemble : TreeEnsemble
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`.
    n_jobs : int, optional
        Threads over rows, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_columns)
        Summed in the model's `output_dtype`, tree after tree.

    Raises
    ------
    ValueError
        If the rows have another number of columns than the model.
    """
    walker, codes = _prepared(ensemble, rows, n_jobs)
    return OutputSum(walker).of(codes, n_jobs)


class OutputSum:
    """Raw output of an ensemble for one block of rows after the other.

    Parameters
    ----------
    walker : Walker
    """

    def __init__(self, walker: Walker) -> None:
        e, dtype = walker.ensemble, np.dtype(walker.ensemble.output_dtype)
        self._walker = walker
        self._base = e.base_score.astype(dtype)
        self._total = total_weights(e).astype(dtype) if e.aggregation == "mean" else None
        if e.aggregation != "median":
            # factors first, in the model's own precision, as the native libraries multiply
            factor = np.repeat(e.weight.astype(dtype), np.diff(walker.slot_first))[:, None]
            self._value = np.ascontiguousarray(e.value[walker.slot_node].astype(dtype, copy=False) * factor)

    def of(self, codes: Codes, n_jobs: int | None = None) -> Array:
        """Raw output of a block of rows.

        Parameters
        ----------
        codes : Codes
        n_jobs : int, optional

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)
        """
        parts = run(lambda start: self._part(codes, start), range(0, len(codes), STEP), n_jobs)
        empty = np.empty((0, len(self._base)))
        return np.concatenate([empty, *parts])

    def _part(self, codes: Codes, start: int) -> Array:
        w, e = self._walker, self._walker.ensemble
        stop = min(start + STEP, len(codes))
        if e.aggregation == "median":
            return self._medians(codes, start, stop)
        raw, scratch = np.tile(self._base, (stop - start, 1)), Scratch()
        for group in w.groups:
            trees = slice(group.first, group.last)
            numbers = w.walk(group, codes, start, stop, scratch)
            first, column = w.slot_first[trees], e.output[trees]
            add_outputs(numbers, STEP, stop - start, 0, first, self._value, column, raw)
        if self._total is not None:
            raw /= self._total
        return raw

    def _medians(self, codes: Codes, start: int, stop: int) -> Array:
        w, e = self._walker, self._walker.ensemble
        nodes = np.concatenate([w.nodes(group, codes, start, stop) for group in w.groups])
        return np.column_stack([weighted_median(v[nodes], e.weight) for v in e.value.T])
