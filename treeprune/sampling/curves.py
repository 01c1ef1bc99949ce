"""From normal variables back to values of a column, each with its share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from treeprune.model.ensemble import Array
from treeprune.sampling.blocks import Shift
from treeprune.sampling.margins import Margin

_BINS = 256
_GRID = 1024
_TAIL = 8.0
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Curve:
    """Values of a column as a rising function of the normal variable behind it.

    Parameters
    ----------
    knots : ndarray of float64, shape (n_knots,)
        Ascending; at two that are equal the function jumps.
    values : ndarray of float64, shape (n_knots,)
        Values at the knots; between them it is linear.
    """

    knots: Array
    values: Array

    def at(self, y: Array) -> Array:
        """Values where the normal variable is `y`; both ndarray of float64, shape (n,)."""
        right = np.searchsorted(self.knots, y, side="right")
        left = np.maximum(right - 1, 0)
        right = np.minimum(right, len(self.knots) - 1)
        width = self.knots[right] - self.knots[left]
        t = np.clip((y - self.knots[left]) / np.where(width > 0, width, 1.0), 0.0, 1.0)
        low, high = self.values[left], self.values[right]
        return np.clip((1.0 - t) * low + t * high, low, high)


def curve_of(margin: Margin, shift: Shift, weight: Array) -> Curve:
    """Curve by which a column has the shares of its values, whatever its blocks do to its mean.

    Parameters
    ----------
    margin : Margin
        Of at least two values.
    shift : Shift
    weight : ndarray of float64, shape (n_rows,)
        0 where the column is missing.

    Returns
    -------
    Curve
        Flat over the share of a value that is drawn as it is; linear between the mid-ranks of others.
    """
    ends = np.concatenate([[0.0], margin.below, [1.0]])
    low = np.where(margin.kept, ends[:-1], 0.5 * (ends[:-1] + ends[1:]))
    high = np.where(margin.kept, ends[1:], low)
    twice = np.repeat(np.arange(len(low)), np.where(margin.kept, 2, 1))
    second = np.append(False, twice[1:] == twice[:-1])
    return Curve(_quantiles(np.where(second, high[twice], low[twice]), shift, weight), margin.values[twice])


def _quantiles(share: Array, shift: Shift, weight: Array) -> Array:
    """Quantiles of the mixture of normal variables over all rows."""
    mean, weight, deviation = shift.mean[weight > 0], weight[weight > 0], np.sqrt(shift.variance)
    if np.ptp(mean) < _SAME:
        centre, of_bin = mean[:1], np.ones(1)
    else:
        of_bin, edges = np.histogram(mean, _BINS, weights=weight)
        filled = of_bin > 0
        centre, of_bin = (0.5 * (edges[1:] + edges[:-1]))[filled], of_bin[filled]
    grid = np.linspace(centre[0] - _TAIL * deviation, centre[-1] + _TAIL * deviation, _GRID)
    below = ndtr((grid[:, None] - centre) / deviation) @ (of_bin / of_bin.sum())
    return np.interp(share, np.maximum.accumulate(below), grid)
