"""What a region asks of one feature, and columns that a tree can split exactly to find it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.agreement.tables import Column
from treeprune.model.ensemble import Array

_RARE = "(rare levels)"


@dataclass(frozen=True)
class Condition:
    """What a region asks of one feature.

    Parameters
    ----------
    feature : str
    low, high : float
        Values above `low` and up to `high`; infinite where there is no end, `low` is infinite where only
        rows without a value belong.
    levels : tuple of str or None
        Levels of a nominal feature, which has no ends.
    missing : bool
        Whether rows without a value belong to the region, too.
    """

    feature: str
    low: float
    high: float
    levels: tuple[str, ...] | None
    missing: bool

    def __str__(self) -> str:
        if self.levels is not None:
            text = f"{self.feature} in {{{', '.join(self.levels)}}}" if self.levels else ""
        elif self.low == np.inf:
            text = ""
        elif self.low == -np.inf and self.high == np.inf:
            text = f"{self.feature} known"
        elif self.low == -np.inf:
            text = f"{self.feature} <= {self.high:.6g}"
        elif self.high == np.inf:
            text = f"{self.feature} > {self.low:.6g}"
        else:
            text = f"{self.low:.6g} < {self.feature} <= {self.high:.6g}"
        known = f"{text} or missing" if text else f"{self.feature} missing"
        return known if self.missing else text


@dataclass(frozen=True, eq=False)
class CodedColumn:
    """A column as whole numbers in the order of its values: exact in the tree's single precision.

    Parameters
    ----------
    name : str
    codes : ndarray of float64, shape (n_rows,)
        Whole numbers from 0 on; NaN where missing.
    values : ndarray of float64, shape (n_codes,)
        The number that each code stands for; its place, for levels.
    levels : tuple of str or None
        The level that each code stands for.
    """

    name: str
    codes: Array
    values: Array
    levels: tuple[str, ...] | None

    @classmethod
    def of(cls, column: Column, rows: Array, size: Array, part: Array, min_count: int) -> CodedColumn:
        """Code some rows of a column; levels by their mean size, rare ones together.

        Parameters
        ----------
        column : Column
        rows : ndarray of int64, shape (n_rows,)
        size, part : ndarray of float64, shape (n_rows,)
            What the tree is to explain, and its weight.
        min_count : int
            Least number of rows of a level.
        """
        values = column.values[rows]
        known = ~np.isnan(values)
        codes = np.full(len(values), np.nan)
        if column.levels is None:
            distinct, place = np.unique(values[known], return_inverse=True)
            codes[known] = place
            return cls(column.name, codes, distinct, None)
        level = values[known].astype(np.int64)
        count = np.bincount(level, minlength=len(column.levels))
        rare = (count > 0) & (count < min_count)
        names = np.array([*column.levels, _RARE], dtype=object)
        level = np.where(rare[level], len(column.levels), level)
        weight = np.bincount(level, weights=part[known], minlength=len(names))
        moved = np.bincount(level, weights=(part * size)[known], minlength=len(names))
        order = np.argsort(moved / np.where(weight > 0, weight, 1), kind="stable")
        order = order[weight[order] > 0]
        codes[known] = np.argsort(order)[np.searchsorted(np.sort(order), level)]
        return cls(column.name, codes, np.arange(float(len(order))), tuple(names[order]))

    def condition(self, low: float, high: float, missing: bool) -> Condition:
        """Condition out of the largest code below and the largest code inside."""
        # the tree sends all known values to the left of an infinite threshold
        last = len(self.values) - 1
        first, last = (int(min(low, last)) + 1 if low >= 0 else 0), int(min(high, last))
        if self.levels is not None:
            return Condition(self.name, -np.inf, np.inf, self.levels[first : last + 1], missing)
        below = self._between(first - 1) if first > 0 else -np.inf
        above = self._between(last) if high < len(self.values) - 1 else np.inf
        return Condition(self.name, below, above, None, missing)

    def _between(self, k: int) -> float:
        """Middle of two neighbours; never the upper one, which belongs to the other side."""
        if k == len(self.values) - 1:
            return np.inf
        low, high = float(self.values[k]), float(self.values[k + 1])
        middle = low / 2 + high / 2
        return middle if low <= middle < high else low
