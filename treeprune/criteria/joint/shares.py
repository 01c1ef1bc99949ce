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
        Of a classifier whose trees are averaged alike.
    outcome : ndarray of float64, shape (n_rows, n_columns)
        Shares of the classes that should be met, those of several outcomes side by side; those of each
        outcome sum to one.
    n_trees : int
        Most trees that may be kept.
    values, ridge, prices
        See `JointProblem`.

    Returns
    -------
    JointProblem
        Two classes have one column, the share of the second, see `fitted_columns`.
    """
    e, trees = rows.ensemble, rows.trees
    check_mean(e)
    if e.task != "classification" or tuple(map(len, e.classes)) != e.columns:
        raise UnsupportedModelError("leaves must say the shares of the classes of each outcome")
    if max(e.columns) < 2:
        raise ValueError("there is one class only: nothing to predict")
    if (e.weight != e.weight[0]).any():
        raise UnsupportedModelError("trees of this model have weights of their own; a mean of kept trees "
                                    "with equal weights is not of its kind")  # fmt: skip
    if n_trees < 1:
        raise ValueError(f"n_trees must be at least 1, got {n_trees!r}")
    target = rows.outcome(outcome)
    start = np.cumsum([0, *e.columns[:-1]])
    if target.shape[1] != e.n_columns or not np.allclose(np.add.reduceat(target, start, axis=1), 1.0):
        raise ValueError(f"outcome must hold the shares of {e.n_columns} classes, which sum to one")
    if target.min() < 0:
        raise ValueError("shares must not be negative")
    fitted = fitted_columns(e.columns)
    target, value = target[:, fitted], e.value[trees.node][:, fitted]
    prior = np.average(target, axis=0, weights=rows.weight)
    spread = n_trees / (1.0 if values == "fixed" else sureness(float(rows.weight.sum())))
    widths = [width - (width == 2) for width in e.columns]
    return JointProblem(
        trees=trees, old=np.ascontiguousarray((value - prior) / spread),
        column=all_or_only(e, len(prior)), outcome=target, weight=rows.weight, loss="squared_error",
        base=prior, bounds=Bounds.shares(prior, spread, widths), fit_base=False, values=values,
        ridge=ridge, max_factor=1.0, max_trees=n_trees, prices=prices or Prices(), monotone=e.monotone,
    )  # fmt: skip


def fitted_columns(columns: tuple[int, ...]) -> Array:
    """Columns of shares that are fitted: of two classes the second alone, since the other follows.

    Parameters
    ----------
    columns : tuple of int
        Number of classes of each outcome.

    Returns
    -------
    ndarray of int64
    """
    start = np.cumsum([0, *columns])
    own = [np.arange(first + (n == 2), first + n) for first, n in zip(start, columns, strict=False)]
    return np.concatenate(own)


def whole_shares(fitted: Array, columns: tuple[int, ...]) -> Array:
    """Shares of all classes, within bounds that rounding may have passed.

    Parameters
    ----------
    fitted : ndarray of float64, shape (n, n_fitted)
        Of `fitted_columns`.
    columns : tuple of int

    Returns
    -------
    ndarray of float64, shape (n, n_columns)
    """
    share = np.zeros((len(fitted), sum(columns)))
    own = fitted_columns(columns)
    share[:, own] = np.clip(fitted, 0.0, 1.0)
    start = np.cumsum([0, *columns[:-1]])
    firsts = start[np.array(columns) == 2]
    share[:, firsts] = 1.0 - share[:, firsts + 1]
    return share


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
