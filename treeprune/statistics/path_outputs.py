"""Raw output of an ensemble at every step of its path, from one walk of the rows."""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.kernels.deep import LANES
from treeprune.kernels.groups import STEP, Codes
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import LEAF, Array
from treeprune.model.path import lifetimes
from treeprune.model.structure import parents
from treeprune.model.traverse import total_weights, weighted_median

_BUDGET = 4_000_000
"""Numbers held at a time for (rows x steps x columns)."""


@borrower
def _add_steps(nodes: Array, parent: Array, last: Array, value: Array, output: Array, out: Array) -> None:
    """Add each tree's outputs; while one node answers, the steps are a run of equal numbers."""
    n_steps = out.shape[2]
    for t in range(nodes.shape[0]):
        from_column = 0 if output[t] == LEAF else output[t]
        to_column = out.shape[1] if output[t] == LEAF else output[t] + 1
        for i in range(nodes.shape[1]):
            node, step = nodes[t, i], 0
            while step < n_steps:
                end = last[node]
                for c in range(from_column, to_column):
                    x = value[node, c]
                    for s in range(step, end):
                        out[i, c, s] += x
                step = max(step, end)
                node = parent[node]


@borrower
def _climb(nodes: Array, parent: Array, last: Array, step: int) -> None:
    """Move each entry up to the node that answers for it at a step."""
    for t in range(nodes.shape[0]):
        for i in range(nodes.shape[1]):
            while last[nodes[t, i]] <= step:
                nodes[t, i] = parent[nodes[t, i]]


class PathOutputs:
    """Raw output at each step of a path, all trees pruned by one shared strength.

    Parameters
    ----------
    walker : Walker
        Of the whole ensemble.
    alpha, alphas
        As for `treeprune.model.path.lifetimes`.
    """

    def __init__(self, walker: Walker, alpha: Array, alphas: Array) -> None:
        e, dtype = walker.ensemble, np.dtype(walker.ensemble.output_dtype)
        self._walker, self.n_steps = walker, len(alphas)
        self._parent = parents(e.left, e.right)
        self._last = lifetimes(e, alpha, alphas)[1]
        # as the native library sums, in its type and order
        factor = np.repeat(e.weight.astype(dtype), np.diff(e.root))[:, None]
        self._value = e.value.astype(dtype, copy=False) * factor

    def rows_at_a_time(self) -> int:
        """So many rows keep within the budget of memory; a multiple of `LANES`."""
        rows = _BUDGET // (self.n_steps * self._walker.ensemble.n_columns)
        return max(min(rows, STEP) // LANES, 1) * LANES

    def of(self, codes: Codes, start: int, stop: int) -> Array:
        """Outputs of some rows of a block.

        Parameters
        ----------
        codes : Codes
        start, stop : int
            `start` is a multiple of `LANES`; at most `STEP` rows.

        Returns
        -------
        ndarray of float64, shape (n_steps, n_rows, n_columns)
        """
        e, dtype, n = self._walker.ensemble, np.dtype(self._walker.ensemble.output_dtype), stop - start
        if e.aggregation == "median":
            return self._medians(codes, start, stop)
        out = np.empty((n, e.n_columns, self.n_steps), dtype)
        out[:] = e.base_score.astype(dtype)[:, None]
        for group in self._walker.groups:
            nodes, output = (
                self._walker.nodes(group, codes, start, stop),
                e.output[group.first : group.last],
            )
            _add_steps(nodes, self._parent, self._last, self._value, output, out)
        if e.aggregation == "mean":
            out /= total_weights(e).astype(dtype)[:, None]
        return out.transpose(2, 0, 1).astype(np.float64, order="C")

    def _medians(self, codes: Codes, start: int, stop: int) -> Array:
        e = self._walker.ensemble
        nodes = np.concatenate(
            [self._walker.nodes(group, codes, start, stop) for group in self._walker.groups]
        )
        out = np.empty((self.n_steps, stop - start, e.n_columns))
        for step in range(self.n_steps):
            _climb(nodes, self._parent, self._last, step)
            for column, value in enumerate(e.value.T):
                out[step, :, column] = weighted_median(value[nodes], e.weight)
        return out
