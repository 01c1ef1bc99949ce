"""Which steps of a path are looked at, and which one is taken."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.weakest_link import distinct_alphas, geometric_means
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.path import path_sizes

_CANDIDATES_A_STEP = 20


def choose_step(losses: Array, rule: str | float) -> tuple[int, int, Array, Array]:
    """Step of a path by the losses of its folds.

    Parameters
    ----------
    losses : ndarray of float64, shape (n_folds, n_steps)
        Steps ordered from the largest model to the smallest.
    rule : "min", "1se" or float
        The smallest model whose mean loss is within so many standard errors of the least (0 and 1 for
        the names); CART, section 3.4.3.

    Returns
    -------
    chosen, best : int
    mean, standard_error : ndarray of float64, shape (n_steps,)
        The standard error is the standard deviation over folds by the root of their number.

    Raises
    ------
    ValueError
        If a loss is not finite.
    """
    scale = float(np.abs(losses).max()) or 1.0  # the deviation squares: large losses must not overflow
    if not np.isfinite(scale):
        raise ValueError(
            "the loss of held-out rows is not a finite number: the outcome is too large to be squared in "
            "float64; divide it by a constant"
        )
    mean = (losses / scale).mean(axis=0) * scale
    standard_error = (losses / scale).std(axis=0, ddof=1) / np.sqrt(len(losses)) * scale
    best = int(np.flatnonzero(mean <= mean.min() + 1e-12 * abs(mean.min()))[-1])
    width = {"min": 0.0, "1se": 1.0}.get(str(rule), rule)
    bar = mean[best] + float(width) * standard_error[best]
    chosen = int(np.flatnonzero(mean <= bar)[-1])
    return max(chosen, best), best, mean, standard_error


def sizes_evenly(ensemble: TreeEnsemble, alpha: Array, n_steps: int) -> Array:
    """Strengths whose models have sizes spread evenly on a logarithmic scale.

    An ensemble of hundreds of trees has hundreds of thousands of distinct strengths; a grid of them
    by size says as much.

    Parameters
    ----------
    ensemble : TreeEnsemble
    alpha : ndarray of float64, shape (n_nodes,)
    n_steps : int

    Returns
    -------
    ndarray of float64, shape (at most n_steps,)
    """
    alphas = distinct_alphas(alpha)
    if len(alphas) <= n_steps:
        return alphas
    # sizes fall roughly as the number of strengths left: candidates denser towards the end suffice
    left = np.geomspace(1, len(alphas), _CANDIDATES_A_STEP * n_steps).astype(int)
    alphas = alphas[np.unique(np.append(len(alphas) - left, 0))]
    sizes = path_sizes(ensemble, alpha, alphas)
    wanted = np.geomspace(sizes[0], sizes[-1], n_steps)
    steps = np.searchsorted(-sizes, -wanted, side="left")
    return alphas[np.unique(np.clip(np.append(steps, [0, len(alphas) - 1]), 0, len(alphas) - 1))]


def comparable_strengths(ensemble: TreeEnsemble, alphas: Array) -> Array:
    """Strengths at which models of other folds are compared with each step.

    The path of one tree has a gap behind each strength, whose middle stands for the step; the grid of
    an ensemble has none, so there the strength stands for itself.
    """
    return geometric_means(alphas) if ensemble.n_trees == 1 else alphas
