"""Which of the candidates is taken: by the least loss, by one standard error, or by a margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from treeprune.agreement.intervals import Interval
from treeprune.agreement.noninferiority import non_inferiority
from treeprune.model.ensemble import Array

_ROUNDING = 1e-9

RULES = ("1se", "min", "non_inferior")

_CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Losses of candidates, row by row; NaN where a row has not judged a candidate.

    Parameters
    ----------
    losses : ndarray of float64, shape (n_candidates, n_rows)
    weights : ndarray of float64, shape (n_rows,)
    parts : list of ndarray of int
        Folds: rows of one model.
    units : ndarray of int64, shape (n_rows,)
        What varies by itself: the row, or its group.
    """

    losses: Array
    weights: Array
    parts: list[Array]
    units: Array

    def of_parts(self) -> Array:
        """Mean loss of each part; shape (n_parts, n_candidates)."""
        return np.array([self.mean(rows) for rows in self.parts])

    def mean(self, rows: Array) -> Array:
        """Mean loss over some rows; shape (n_candidates,)."""
        found: Array = self.losses[:, rows] @ self.weights[rows] / self.weights[rows].sum()
        return found

    def difference(self, k: int, than: int, rows: Array) -> tuple[float, float, int]:
        """Mean loss of one candidate above another's, its standard error, and the number of units."""
        w = self.weights[rows]
        d = self.losses[k, rows] - self.losses[than, rows]
        mean = float(w @ d / w.sum())
        unit = np.unique(self.units[rows], return_inverse=True)[1].ravel()
        of_unit = np.bincount(unit, w * (d - mean))
        n = len(of_unit)
        error = np.sqrt(n / max(n - 1, 1) * (of_unit**2).sum()) / w.sum()
        return mean, float(error), n


def smallest(size: Array, loss: Array, among: Array) -> int:
    """Of some candidates the smallest, and of equals the better one."""
    places = np.flatnonzero(among)
    return int(places[np.lexsort((loss[places], size[places]))[0]])


def choose(
    verdicts: Verdicts, size: Array, allowed: Array, rule: str, margin: float | None, whole: int
) -> tuple[Array, int]:
    """Candidates in the order in which they are to be taken.

    Parameters
    ----------
    verdicts : Verdicts
    size : ndarray of float64, shape (n_candidates,)
    allowed : ndarray of bool, shape (n_candidates,)
        Those within the budget, judged by all rows; one at least.
    rule : {"1se", "min", "non_inferior"}
        The smallest within one standard error of its difference, fold by fold, from the best; the best; the
        smallest that is shown, over all rows, to be worse than the model as it was by less than the margin.
    margin : float or None
        In units of the loss.
    whole : int
        The model as it was.

    Returns
    -------
    order : ndarray of int64
        All that are allowed: those that satisfy the rule by size, then the others by loss.
    n_near : int
        How many satisfy the rule.
    """
    by_part = verdicts.of_parts()
    loss = by_part.mean(axis=0)
    least = float(loss[allowed].min())
    slack = _ROUNDING * abs(least)
    best = smallest(size, loss, allowed & (loss <= least + slack))
    if rule == "min":
        near = allowed & (loss <= least + slack)
    elif rule == "1se":
        above = by_part - by_part[:, [best]]
        error = above.std(axis=0, ddof=1) / np.sqrt(len(by_part))
        near = allowed & (above.mean(axis=0) <= error + slack)
        near[best] = True
    else:
        assert margin is not None
        near, rows = np.zeros(len(size), np.bool_), np.concatenate(verdicts.parts)
        for k in np.flatnonzero(allowed):
            near[k] = k != whole and is_non_inferior(verdicts, int(k), whole, margin, rows)
    inside, outside = np.flatnonzero(near), np.flatnonzero(allowed & ~near)
    inside = inside[np.lexsort((loss[inside], size[inside]))]
    outside = outside[np.lexsort((size[outside], loss[outside]))]
    return np.concatenate([inside, outside]), len(inside)


def is_non_inferior(verdicts: Verdicts, k: int, than: int, margin: float, rows: Array) -> bool:
    """Whether a candidate is shown, over some rows, to be worse than another by less than a margin."""
    mean, error, n = verdicts.difference(k, than, rows)
    degrees = max(n - 1, 1)
    half = float(stdtrit(degrees, 0.5 + _CONFIDENCE / 2)) * error
    found = Interval(
        mean, mean - half, mean + half, _CONFIDENCE, "paired", standard_error=error, degrees=degrees
    )
    return non_inferiority(found, margin, higher_is_better=False).passed


def front(size: Array, loss: Array) -> Array:
    """Candidates that no other one beats: none is as small and better, or smaller and as good.

    Parameters
    ----------
    size, loss : ndarray of float64, shape (n_candidates,)
        NaN in `loss` for those that are out.

    Returns
    -------
    ndarray of bool, shape (n_candidates,)
    """
    on = np.zeros(len(size), np.bool_)
    least = np.inf
    for k in np.lexsort((loss, size)):
        if loss[k] < least:  # NaN is not
            on[k], least = True, float(loss[k])
    return on
