"""How far a pruned linear model is from the whole one, on the rows that it was judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.linear_projection.problem import ProjectionProblem
from treeprune.model.ensemble import Array

_HIGH = 0.99


@dataclass(frozen=True, eq=False)
class Audit:
    """Figures of each step; all float64 of shape (n_steps,), over rows with their weights.

    Parameters
    ----------
    divergence : ndarray
        Mean Kullback-Leibler divergence from the whole model, in nats; for the Gaussian family half the
        mean square of the change.
    mean_change, high_change, max_change : ndarray
        Mean, 99th percentile and maximum of the absolute change of a row's mean: of a probability, of a
        count, of a number; with several outputs of the one that changes most.
    loss : ndarray or None
        Weighted mean loss on the outcome, if there is one.
    """

    divergence: Array
    mean_change: Array
    high_change: Array
    max_change: Array
    loss: Array | None


def audit(problem: ProjectionProblem, ws: Array) -> Audit:
    """Compare fits with the whole model.

    Parameters
    ----------
    problem : ProjectionProblem
    ws : ndarray of float64, shape (n_steps, n_parameters, n_outputs)

    Returns
    -------
    Audit
    """
    family, weight, eta = problem.family, problem.design.weight, problem.eta
    mean, rows = family.mean(eta), []
    for w in ws:
        other = problem.design.predict(w) + problem.offset
        change = np.abs(family.mean(other) - mean).max(axis=1)
        loss = np.nan if problem.y is None else float(weight @ family.loss(other, problem.y))
        divergence = max(float(weight @ family.divergence(eta, other)), 0.0)
        high = weighted_quantile(change, weight, _HIGH)
        rows.append((divergence, float(weight @ change), high, float(change.max()), loss))
    figures = np.array(rows).T
    divergences, means, highs, most, losses = figures
    return Audit(divergences, means, highs, most, None if problem.y is None else losses)


def weighted_quantile(x: Array, weight: Array, share: float) -> float:
    """Least value that at least a share of the weight does not exceed.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
        Positive.
    share : float

    Returns
    -------
    float
    """
    order = np.argsort(x, kind="stable")
    below = np.cumsum(weight[order])
    place = np.searchsorted(below, share * below[-1] * (1 - 1e-12))
    return float(x[order[place]])
