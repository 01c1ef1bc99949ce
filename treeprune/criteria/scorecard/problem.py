"""What is rounded: log odds of levels, to whole points within bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.scorecard.line import Line, fit_line
from treeprune.model.ensemble import Array

_FEW = 10_000


@dataclass(frozen=True, eq=False)
class RoundingProblem:
    """Whole points for each level, the loss of which is to be least.

    Parameters
    ----------
    levels : ndarray of int64, shape (n_patterns, n_levels)
        How often each row counts a level: 0 or 1 for a bin or a yes-or-no question, any whole number for
        units of a number. Equal rows stand together as one pattern.
    event, weight : ndarray of float64, shape (n_patterns,)
        Weight of the event (a probability times the weight of its rows, or the weight of the rows that had
        it), and of all rows.
    effect : ndarray of float64, shape (n_levels,)
        Log odds that the model gives to a level; not all 0.
    low, high : ndarray of int64, shape (n_levels,)
        Least and most points.
    """

    levels: Array
    event: Array
    weight: Array
    effect: Array
    low: Array
    high: Array

    @classmethod
    def of(
        cls, levels: Array, target: Array, weight: Array, effect: Array, low: Array, high: Array
    ) -> RoundingProblem:
        """Gather equal rows.

        Parameters
        ----------
        levels : ndarray of int64, shape (n_rows, n_levels)
        target : ndarray of float64, shape (n_rows,)
            Probabilities of the event, or 1 where it happened and 0 elsewhere.
        weight : ndarray of float64, shape (n_rows,)
        effect, low, high : ndarray, shape (n_levels,)

        Returns
        -------
        RoundingProblem

        Raises
        ------
        ValueError
            If no level has an effect, or the target says the same of all rows that an event never, or
            always, happens.
        """
        if not effect.any():
            raise ValueError("no column has a coefficient other than 0: there are no points to give")
        event = weight * target
        if not 0.0 < event.sum() < weight.sum():
            raise ValueError("the rows hold one class only: no line from points to risk can be fitted")
        code = np.zeros(len(levels), np.int64)
        for column in levels.T:  # column by column the codes stay below the number of rows, squared
            place = np.unique(column, return_inverse=True)[1].ravel()
            code = np.unique(code * (place.max() + 1) + place, return_inverse=True)[1].ravel()
        first = np.unique(code, return_index=True)[1]
        levels = np.asfortranarray(levels[first])  # the search adds columns
        return cls(levels, np.bincount(code, event), np.bincount(code, weight), effect, low, high)

    def within(self, points: Array) -> Array:
        """Points moved into the bounds."""
        return np.clip(points, self.low, self.high).astype(np.int64)

    def line(self, points: Array) -> Line:
        """Best line behind some points.

        Parameters
        ----------
        points : ndarray of int64, shape (n_levels,)

        Returns
        -------
        Line
        """
        return self.line_of(self.levels @ points)

    def line_of(self, totals: Array) -> Line:
        """Best line behind the totals of the patterns.

        Parameters
        ----------
        totals : ndarray of int64, shape (n_patterns,)

        Returns
        -------
        Line
        """
        least = int(totals.min())
        if int(totals.max()) - least > 4 * len(totals) + _FEW:  # too thin to be counted one by one
            met, place = np.unique(totals, return_inverse=True)
            return fit_line(met, np.bincount(place, self.event), np.bincount(place, self.weight))
        event, weight = (np.bincount(totals - least, sums) for sums in (self.event, self.weight))
        met = np.flatnonzero(weight)
        return fit_line(met + least, event[met], weight[met])
