"""Raw output of an ensemble under many weightings of its trees, from one walk of the rows.

What every tree says of some rows is one matrix; the outputs of all weightings are its product with the
factors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.deep import LANES
from treeprune.kernels.groups import STEP, Codes, Scratch
from treeprune.kernels.slots import take_values
from treeprune.kernels.walker import Walker
from treeprune.model.contributions import prior_apart
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.gram import slot_values
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.step_losses import step_losses
from treeprune.statistics.target import Target

_BUDGET = 4_000_000
"""Numbers held at a time for (rows x trees x columns), and for (rows x steps x columns)."""


class FactorOutputs:
    """Raw output for each row of a table of factors.

    Parameters
    ----------
    walker : Walker
        Of an ensemble whose trees are summed or averaged, without a prior in any of them.
    factors : ndarray of float64, shape (n_steps, n_trees)
        What each tree's own factor is multiplied by; 0 leaves it out. Where trees are averaged, only
        ratios matter.
    """

    def __init__(self, walker: Walker, factors: Array) -> None:
        e = walker.ensemble
        self._walker, self.n_steps = walker, len(factors)
        self._value, self._base = slot_values(walker), e.base_score
        self._factors = np.ascontiguousarray(factors)
        self._total: Array | None = None
        if e.aggregation == "mean":  # of each column by itself: a tree may feed one of them
            fed = (e.output[:, None] < 0) | (e.output[:, None] == np.arange(e.n_columns))
            self._total = factors @ (e.weight[:, None] * fed)

    def rows_at_a_time(self) -> int:
        """So many rows keep within the budget of memory; a multiple of `LANES`."""
        e = self._walker.ensemble
        rows = _BUDGET // (max(self.n_steps, e.n_trees) * e.n_columns)
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
        w, n = self._walker, stop - start
        e = w.ensemble
        said, scratch = np.empty((e.n_trees, n, e.n_columns)), Scratch()
        for group in w.groups:
            trees = slice(group.first, group.last)
            numbers = w.walk(group, codes, start, stop, scratch)
            take_values(numbers, STEP, n, 0, w.slot_first[trees], self._value, said[trees])
        outputs = (self._factors @ said.reshape(e.n_trees, -1)).reshape(self.n_steps, n, e.n_columns)
        if self._total is not None:  # divided last, so that sums of whole votes are equal where they tie
            outputs /= self._total[:, None, :]
        result: Array = outputs + self._base
        return result


def factor_losses(
    ensemble: TreeEnsemble,
    factors: Array,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss | str,
    *,
    known: TreeEnsemble | None = None,
    n_jobs: int | None = None,
) -> Array:
    """Mean loss of some rows under each of many weightings of the trees.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Whose trees are summed or averaged.
    factors : ndarray of float64, shape (n_steps, n_trees)
        As for `FactorOutputs`.
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
    known : TreeEnsemble, optional
        The model in whose classes the outcomes are encoded, where a fold has seen fewer of them.
    n_jobs : int, optional
        Threads over blocks of rows.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        Weighted mean for each weighting; smaller is better.
    """
    return step_losses(
        prior_apart(ensemble),
        X,
        target,
        weights,
        loss,
        lambda walker: FactorOutputs(walker, factors),
        known=known,
        n_jobs=n_jobs,
    )
