"""Where rows end, and what the ensemble answers there."""

from __future__ import annotations

from functools import partial

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.groups import STEP, Codes, Scratch, parts_of_rows, runs_of_trees
from treeprune.kernels.slots import add_outputs, take_nodes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble

_SLOTS_A_TASK = 200_000
"""Outputs of leaves that are multiplied at a time."""


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
    walker = _walker(ensemble, rows, n_jobs)
    out = np.empty((ensemble.n_trees, len(rows)), np.int32)

    def one_part(part: slice) -> None:
        codes, scratch = walker.encode(rows[part], n_jobs=1), Scratch()
        for group in walker.groups:
            trees = slice(group.first, group.last)
            first = walker.slot_first[trees]
            for start, stop, numbers in walker.steps(group, codes, scratch):
                at = part.start + start
                take_nodes(numbers, STEP, stop - start, walker.slot_node, first, out[trees], at)

    run(one_part, parts_of_rows(len(rows), n_jobs), n_jobs)
    return out


def _walker(ensemble: TreeEnsemble, rows: Array, n_jobs: int | None) -> Walker:
    if rows.ndim != 2 or rows.shape[1] != ensemble.n_features:  # or a kernel would read foreign memory
        raise ValueError(f"rows must have {ensemble.n_features} columns, got shape {rows.shape}")
    return Walker(ensemble, missing_features(rows), len(rows), n_jobs)


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
    return OutputSum(_walker(ensemble, rows, n_jobs), n_jobs).of_rows(rows, n_jobs)


class OutputSum:
    """Raw output of an ensemble for one block of rows after the other.

    Parameters
    ----------
    walker : Walker
    n_jobs : int, optional
        Threads of the preparation, after joblib's convention.
    """

    def __init__(self, walker: Walker, n_jobs: int | None = 1) -> None:
        e, dtype = walker.ensemble, np.dtype(walker.ensemble.output_dtype)
        self._walker = walker
        self._base = e.base_score.astype(dtype)
        self._empty = np.empty((0, len(self._base)))
        self._total = total_weights(e).astype(dtype) if e.aggregation == "mean" else None
        summed = slice(0, 0 if e.aggregation == "median" else e.n_trees)
        self._value = np.empty((walker.slot_first[summed.stop], e.value.shape[1]), dtype)
        run(self._multiply, list(runs_of_trees(walker.slot_first, _SLOTS_A_TASK, summed)), n_jobs)

    def _multiply(self, trees: slice) -> None:
        """Outputs of some trees, with their factors."""
        w, e, dtype = self._walker, self._walker.ensemble, self._value.dtype
        edges = w.slot_first[trees.start : trees.stop + 1]
        slots = slice(edges[0], edges[-1])
        # factors first, in the model's own precision, as the native libraries multiply
        factor = np.repeat(e.weight[trees].astype(dtype), np.diff(edges))[:, None]
        np.multiply(e.value[w.slot_node[slots]].astype(dtype, copy=False), factor, out=self._value[slots])

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
        parts = parts_of_rows(len(codes), n_jobs)
        return np.concatenate([self._empty, *run(partial(self._part, codes), parts, n_jobs)])

    def of_rows(self, rows: Array, n_jobs: int | None = None) -> Array:
        """Raw output of rows that nobody has encoded: some are, go down all trees, and then the next.

        Parameters
        ----------
        rows : ndarray, shape (n_rows, n_features)
            As for `Walker.encode`.
        n_jobs : int, optional

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)
        """

        def one_part(part: slice) -> Array:
            codes = self._walker.encode(rows[part], n_jobs=1)
            return self._part(codes, slice(0, len(codes)))

        return np.concatenate([self._empty, *run(one_part, parts_of_rows(len(rows), n_jobs), n_jobs)])

    def _part(self, codes: Codes, rows: slice) -> Array:
        w, e, scratch = self._walker, self._walker.ensemble, Scratch()
        raw = np.tile(self._base, (rows.stop - rows.start, 1))
        if e.aggregation == "median":
            for at in range(rows.start, rows.stop, STEP):
                stop = min(at + STEP, rows.stop)
                raw[at - rows.start : stop - rows.start] = self._medians(codes, at, stop)
            return raw
        for group in w.groups:
            trees = slice(group.first, group.last)
            first, column = w.slot_first[trees], e.output[trees]
            for start, stop, numbers in w.steps(group, codes, scratch, rows):
                at = start - rows.start
                add_outputs(numbers, STEP, stop - start, at, first, self._value, column, raw)
        if self._total is not None:
            raw /= self._total
        return raw

    def _medians(self, codes: Codes, start: int, stop: int) -> Array:
        w, e = self._walker, self._walker.ensemble
        nodes = np.concatenate([w.nodes(group, codes, start, stop) for group in w.groups])
        return np.column_stack([weighted_median(v[nodes], e.weight) for v in e.value.T])
