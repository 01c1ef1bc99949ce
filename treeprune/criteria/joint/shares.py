"""Joint problems of forests of classifiers that stay such forests: leaves say shares of classes."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.joint.build import JointRows, all_or_only, check_mean
from treeprune.criteria.joint.problem import Bounds, JointProblem, Prices, Values
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array


def shares_problem(
    rows: JointRows,
    outcome: Array,
    n_trees: int,
    *,
    values: Values = "anchored",
    ridge: float = 1.0,
    prices: Prices | None = None,
) -> JointProblem:
    """Smaller forest of the same class: the mean of tops whose leaves say shares of classes.

    With the outcome's mean as prior, and trees that are left out saying no more than the prior, the mean
    over `n_trees` trees is ``prior + sum of (share - prior) / n_trees``. So it is a sum whose leaf values
    are bounded, and squared error is the Brier score.

    Parameters
    ----------
    rows : JointRows
        Of a classifier with one outcome whose trees are averaged alike.
    outcome : ndarray of float64, shape (n_rows, n_classes)
        Shares of the classes that should be met; each row sums to one.
    n_trees : int
        Most trees that may be kept.
    values, ridge, prices
        See `JointProblem`.

    Returns
    -------
    JointProblem
        Two classes have one column, the share of the second.
    """
    e, trees = rows.ensemble, rows.trees
    check_mean(e)
    if e.task != "classification" or len(e.classes) != 1 or len(e.classes[0]) != e.n_columns:
        raise UnsupportedModelError("leaves must say the shares of the classes of one outcome")
    if e.n_columns < 2:
        raise ValueError("there is one class only: nothing to predict")
    if (e.weight != e.weight[0]).any():
        raise UnsupportedModelError("trees of this model have weights of their own; a mean of kept trees "
                                    "with equal weights is not of its kind")  # fmt: skip
    if n_trees < 1:
        raise ValueError(f"n_trees must be at least 1, got {n_trees!r}")
    target = rows.outcome(outcome)
    if target.shape[1] != e.n_columns or not np.allclose(target.sum(axis=1), 1.0):
        raise ValueError(f"outcome must hold the shares of {e.n_columns} classes, which sum to one")
    if target.min() < 0:
        raise ValueError("shares must not be negative")
    value = e.value[trees.node]
    if e.n_columns == 2:
        target, value = target[:, 1:], value[:, 1:]
    prior = np.average(target, axis=0, weights=rows.weight)
    spread = n_trees / (1.0 if values == "fixed" else sureness(float(rows.weight.sum())))
    return JointProblem(
        trees=trees, old=np.ascontiguousarray((value - prior) / spread),
        column=all_or_only(e, len(prior)), outcome=target, weight=rows.weight, loss="squared_error",
        base=prior, bounds=Bounds.shares(prior, spread), fit_base=False, values=values, ridge=ridge,
        max_factor=1.0, max_trees=n_trees, prices=prices or Prices(), monotone=e.monotone,
    )  # fmt: skip


def sureness(n_rows: float) -> float:
    """How far from the prior fitted shares may go, at the most: 1 is all the way to 0 and 1.

    No leaf is surer than all rows would make it if they were of one class, and one row more were spread
    like the prior. Else few trees that all say 0 would rule out what nobody has seen yet.

    Parameters
    ----------
    n_rows : float
        Sum of weights.

    Returns
    -------
    float
        At least 0.9: weights that add up to next to nothing have another unit.
    """
    return max(n_rows / (1.0 + n_rows), 0.9)
