"""The items of a scorecard: how a column's values become counts, one for each number of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from treeprune.model.ensemble import Array

_SLACK = 1e-9
"""Of a unit: 0.3 is three times 0.1, whatever their quotient is in float64."""

_ENDLESS = 1e9
"""Counts end there, far beyond any that rows of a fit have: totals must stay whole numbers."""

_NEAR = 1e-6
"""So far from 0 or 1 a value may be that went through a scaler and back."""


class ItemLine(NamedTuple):
    """One line of a scorecard.

    Parameters
    ----------
    column, text : str
        Name of the column; and the whole line in words.
    unit, low, high : float
        What points are given for once each; values that they are given for. NaN where there is none.
    points : int
    """

    column: str
    text: str
    unit: float
    low: float
    high: float
    points: int


def neat(number: float) -> float:
    """A number without the noise of its last digits, as it is printed."""
    return float(f"{number:.12g}") + 0.0


def in_words(number: float) -> str:
    """A number as it is printed."""
    return f"{neat(number):.12g}"


def round_number(x: float) -> float:
    """The number 1, 2 or 5 times a power of ten that is nearest to a positive one, by their quotient."""
    power = np.floor(np.log10(x))
    near = [neat(step * 10.0**power) for step in (1.0, 2.0, 5.0, 10.0)]
    return near[int(np.argmin(np.abs(np.log(np.array(near) / x))))]


@dataclass(frozen=True)
class Flag:
    """A column of zeros and ones.

    Parameters
    ----------
    column : str
    yes, no : str
        What a 1 and a 0 say, in words.
    on_zero : bool
        Points are given for the zeros.
    """

    column: str
    yes: str
    no: str
    on_zero: bool

    @property
    def n_levels(self) -> int:
        """Numbers of points that it has."""
        return 1

    def levels(self, x: Array) -> Array:
        """Counts of each level; int64, shape (n_rows, n_levels).

        Raises
        ------
        ValueError
            If a value is neither 0 nor 1.
        """
        near = np.rint(x)
        if (np.abs(x - near) > _NEAR).any() or not np.isin(near, (0.0, 1.0)).all():
            raise ValueError(f"column {self.column!r} held 0 and 1 only where the scorecard was fitted")
        return (near == (0.0 if self.on_zero else 1.0)).astype(np.int64)[:, None]

    def effect(self, coef: float, x: Array, weight: Array) -> tuple[float, Array]:
        """Log odds by the model where all counts are 0, and what a count of 1 adds for each level."""
        return (coef, np.array([-coef])) if self.on_zero else (0.0, np.array([coef]))

    def lines(self, points: Array) -> list[ItemLine]:
        """Lines for the points of its levels."""
        value, text = (0.0, self.no) if self.on_zero else (1.0, self.yes)
        return [ItemLine(self.column, text, np.nan, value, value, int(points[0]))]


@dataclass(frozen=True)
class Units:
    """A number, counted in full units from a point on; on the other side of it the count is 0.

    Parameters
    ----------
    column : str
    unit : float
    origin : float
        Where counting begins.
    down : bool
        Count what a value is below the origin, not above.
    """

    column: str
    unit: float
    origin: float
    down: bool

    @property
    def n_levels(self) -> int:
        """As for `Flag`."""
        return 1

    def levels(self, x: Array) -> Array:
        """Counts of the only level; int64, shape (n_rows, 1)."""
        way = self.origin - x if self.down else x - self.origin
        return np.clip(np.floor(way / self.unit + _SLACK), 0, _ENDLESS).astype(np.int64)[:, None]

    def effect(self, coef: float, x: Array, weight: Array) -> tuple[float, Array]:
        """As for `Flag`, with what rows have beyond their last full unit, on average."""
        step = -self.unit if self.down else self.unit
        rest = x - step * self.levels(x)[:, 0]
        return coef * float(np.average(rest, weights=weight)), np.array([coef * step])

    def lines(self, points: Array) -> list[ItemLine]:
        """As for `Flag`."""
        text = f"{self.column}, per full {in_words(self.unit)}"
        if self.down or self.origin != 0:
            text += f" {'below' if self.down else 'above'} {in_words(self.origin)}"
        low, high = (np.nan, self.origin) if self.down else (self.origin, np.nan)
        return [ItemLine(self.column, text, self.unit, low, high, int(points[0]))]


@dataclass(frozen=True)
class Bins:
    """A number in bins.

    Parameters
    ----------
    column : str
    edges : tuple of float
        Ascending; a value at an edge is in the bin above.
    reference : int
        Bin that is given no points.
    """

    column: str
    edges: tuple[float, ...]
    reference: int

    @property
    def n_levels(self) -> int:
        """As for `Flag`."""
        return len(self.edges)

    def _others(self) -> Array:
        return np.setdiff1d(np.arange(len(self.edges) + 1), [self.reference])

    def levels(self, x: Array) -> Array:
        """Counts of each bin but the reference; int64, shape (n_rows, n_levels)."""
        place = np.searchsorted(np.array(self.edges), x, side="right")
        return (place[:, None] == self._others()).astype(np.int64)

    def effect(self, coef: float, x: Array, weight: Array) -> tuple[float, Array]:
        """As for `Flag`, by the means of the bins.

        Raises
        ------
        ValueError
            If a bin has no rows.
        """
        place = np.searchsorted(np.array(self.edges), x, side="right")
        rows = np.bincount(place, weight, len(self.edges) + 1)
        if not rows.all():
            empty = self._text(int(np.flatnonzero(rows == 0)[0]))
            raise ValueError(f"no row is in the bin {empty!r}: its points cannot be told; give other edges")
        mean = np.bincount(place, weight * x, len(rows)) / rows
        start = mean[self.reference]
        return coef * float(start), coef * (mean[self._others()] - start)

    def lines(self, points: Array) -> list[ItemLine]:
        """As for `Flag`; the bin without points has a line too."""
        bounds = [np.nan, *self.edges, np.nan]
        return [
            ItemLine(self.column, self._text(k), np.nan, bounds[k], bounds[k + 1], int(own))
            for k, own in enumerate(np.insert(points, self.reference, 0))
        ]

    def _text(self, k: int) -> str:
        if k == 0:
            return f"{self.column}: under {in_words(self.edges[0])}"
        low = in_words(self.edges[k - 1])
        if k == len(self.edges):
            return f"{self.column}: {low} and over"
        return f"{self.column}: {low} to under {in_words(self.edges[k])}"


Item = Flag | Units | Bins
