"""The front of sizes and losses, and the step of it that is taken."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from treeprune.criteria.path_choice import choose_step
from treeprune.exceptions import PruningWarning
from treeprune.model.ensemble import Array
from treeprune.pruners.joint_choice import LaneScores
from treeprune.pruners.joint_lanes import Lane

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Front:
    """The best lane at each of some steps from small to large.

    Parameters
    ----------
    lane : ndarray of int64, shape (n_steps,)
        Number of the best lane.
    size : ndarray of int64, shape (n_steps,)
        Most nodes of its model.
    losses : ndarray of float64, shape (n_folds, n_steps)
    distance : ndarray of float64, shape (n_steps,)
        Mean squared distance of its answers from those of the model before pruning.
    loss, loss_se : ndarray of float64, shape (n_steps,)
        Mean over folds, and its standard error.
    best, chosen : int
    """

    lane: Array
    size: Array
    losses: Array
    distance: Array
    loss: Array
    loss_se: Array
    best: int
    chosen: int

    def truest(self, steps: Array) -> int:
        """Of some steps that cannot be told from the best of them, the one truest to the model."""
        return int(steps[_truest(self.losses[:, steps], self.distance[steps])])


def front_by_size(
    scores: LaneScores, lanes: Sequence[Lane], rule: str | float, most_loss: float | None
) -> Front:
    """The best candidate at each number of nodes.

    Parameters
    ----------
    scores : LaneScores
    lanes : sequence of Lane
    rule : str or float
        See `treeprune.criteria.path_choice.choose_step`; or "truest", see `Front.truest`.
    most_loss : float or None
        In place of the rule: the smallest model with no more loss than this.

    Returns
    -------
    Front
    """
    lanes_left = np.array([k for k, lane in enumerate(lanes) if lane.candidate])
    places = [(lanes_left, np.full(len(lanes_left), size)) for size in range(len(scores.sizes))]
    return _front(scores, places, rule, most_loss)


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
    every = np.arange(len(scores.sizes))
    numbers = np.array([lane.max_features or 0 for lane in lanes])
    left = np.array([lane.candidate for lane in lanes])
    places = []
    for number in np.unique(numbers):
        own = np.flatnonzero((numbers == number) & left)
        places.append((np.repeat(own, len(every)), np.tile(every, len(own))))
    return _front(scores, places, rule, most_loss)


def _front(
    scores: LaneScores, places: Sequence[tuple[Array, Array]], rule: str | float, most_loss: float | None
) -> Front:
    """One step out of each group of places: lanes, and positions of their sizes."""
    lane, at = np.array(
        [
            np.array(place)[:, _truest(scores.losses[:, *place], scores.distances[:, *place].mean(axis=0))]
            for place in places
        ]
    ).T
    losses, distance = scores.losses[:, lane, at], scores.distances[:, lane, at].mean(axis=0)
    # choose_step goes from the largest model to the smallest
    chosen, best, mean, spread = choose_step(losses[:, ::-1], "min" if rule == "truest" else rule)
    last = len(lane) - 1
    front = Front(
        lane, scores.sizes[at], losses, distance, mean[::-1], spread[::-1], last - best, last - chosen
    )
    if most_loss is not None:
        return replace(front, chosen=_within(front, most_loss))
    return replace(front, chosen=front.truest(np.arange(last + 1))) if rule == "truest" else front


def _truest(losses: Array, distance: Array) -> int:
    """Of models that cannot be told from the best, the one truest to the model before pruning.

    A model cannot be told from the best if its loss is above by no more than one standard error of the
    difference, fold by fold. Losses that are not finite are of models that there are not.
    """
    finite = np.isfinite(losses).all(axis=0)
    mean = np.where(finite, losses.mean(axis=0), np.inf)
    best = int(np.argmax(mean <= mean.min() + _ROUNDING * abs(mean.min())))
    above = np.where(finite, losses, 0.0) - losses[:, [best]]
    error = above.std(axis=0, ddof=1) / np.sqrt(len(losses))
    # rounding must not decide: equal rows in another order, or as weights, differ by it
    slack = _ROUNDING * abs(mean[best])
    near = finite & (above.mean(axis=0) <= error + slack)
    near[best] = True
    far = np.where(near, distance, np.inf)
    return int(np.argmax(far <= far.min() * (1.0 + _ROUNDING)))


def _within(front: Front, most_loss: float) -> int:
    """The smallest model with no more loss than this, or the best."""
    within = np.flatnonzero(front.loss <= most_loss + _ROUNDING * abs(most_loss))
    if len(within):
        return int(within[0])
    warnings.warn(
        "no smaller model is within max_loss_increase: the least loss is "
        f"{front.loss[front.best]:.6g}, and {most_loss:.6g} is the most that was allowed; the model of "
        "least loss is taken",
        PruningWarning,
        stacklevel=7,
    )
    return front.best
