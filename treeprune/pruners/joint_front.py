"""The front of sizes and losses, and the step of it that is taken."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from treeprune.criteria.path_choice import choose_step
from treeprune.exceptions import PruningWarning
from treeprune.model.ensemble import Array
from treeprune.pruners.joint_choice import LaneScores
from treeprune.pruners.joint_lanes import Lane


@dataclass(frozen=True, eq=False)
class Front:
    """The best lane at each of some steps from small to large.

    Parameters
    ----------
    lane : ndarray of int64, shape (n_steps,)
        Number of the best lane.
    size : ndarray of int64, shape (n_steps,)
        Most nodes of its model.
    loss, loss_se : ndarray of float64, shape (n_steps,)
    best, chosen : int
    """

    lane: Array
    size: Array
    loss: Array
    loss_se: Array
    best: int
    chosen: int


def front_by_size(
    scores: LaneScores, lanes: Sequence[Lane], rule: str | float, most_loss: float | None
) -> Front:
    """The best candidate at each number of nodes.

    Parameters
    ----------
    scores : LaneScores
    lanes : sequence of Lane
    rule : str or float
        See `treeprune.criteria.path_choice.choose_step`.
    most_loss : float or None
        In place of the rule: the smallest model with no more loss than this.

    Returns
    -------
    Front
    """
    candidates = np.array([k for k, lane in enumerate(lanes) if lane.candidate])
    step = np.arange(len(scores.sizes))
    lane = np.array([candidates[_truest(scores, candidates, np.full(len(candidates), s))] for s in step])
    return _chosen(scores.losses[:, lane, step], lane, scores.sizes, rule, most_loss)


def front_by_features(
    scores: LaneScores, lanes: Sequence[Lane], rule: str | float, most_loss: float | None
) -> Front:
    """The best candidate at each number of features, of whatever size.

    Parameters
    ----------
    scores, lanes, rule, most_loss
        As for `front_by_size`; each lane has a number of features.

    Returns
    -------
    Front
        One step for each number of features, ascending.
    """
    numbers = sorted({lane.max_features or 0 for lane in lanes})
    lane, size = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
    columns = []
    for k, number in enumerate(numbers):
        own = np.array([i for i, x in enumerate(lanes) if (x.max_features or 0) == number])
        at = scores.losses[:, own].mean(axis=0).argmin(axis=1)
        best = _truest(scores, own, at)
        lane[k], size[k] = own[best], scores.sizes[at[best]]
        columns.append(scores.losses[:, own[best], at[best]])
    return _chosen(np.stack(columns, axis=1), lane, size, rule, most_loss)


def _truest(scores: LaneScores, lanes: Array, at: Array) -> int:
    """Of the lanes that cannot be told from the best, the one truest to the model before pruning.

    Each at a size of its own. A lane cannot be told from the best if its loss is above by no more than one
    standard error of the difference, fold by fold.
    """
    losses, distance = scores.losses[:, lanes, at], scores.distances[:, lanes, at].mean(axis=0)
    finite = np.isfinite(losses).all(axis=0)
    mean = np.where(finite, losses.mean(axis=0), np.inf)
    best = int(mean.argmin())
    above = np.where(finite, losses, 0.0) - losses[:, [best]]
    error = above.std(axis=0, ddof=1) / np.sqrt(len(losses))
    near = finite & (above.mean(axis=0) <= error)
    near[best] = True
    return int(np.where(near, distance, np.inf).argmin())


def _chosen(losses: Array, lane: Array, size: Array, rule: str | float, most_loss: float | None) -> Front:
    # from the largest model to the smallest, as paths are
    chosen, best, mean, spread = choose_step(losses[:, ::-1], rule)
    n = losses.shape[1]
    mean, spread, chosen, best = mean[::-1], spread[::-1], n - 1 - chosen, n - 1 - best
    if most_loss is not None:
        within = np.flatnonzero(mean <= most_loss)
        if len(within) == 0:
            warnings.warn(
                f"no smaller model is within max_loss_increase: the least loss is {mean[best]:.6g}, and "
                f"{most_loss:.6g} is the most that was allowed; the model of least loss is taken",
                PruningWarning,
                stacklevel=6,
            )
        chosen = int(within[0]) if len(within) else best
    return Front(lane, size, mean, spread, best, chosen)
