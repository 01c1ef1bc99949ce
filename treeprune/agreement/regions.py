"""Where two models differ most, in words of the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from treeprune.agreement.checks import pair, same_length, shares, whole
from treeprune.agreement.tables import Column, columns_of
from treeprune.model.ensemble import Array
from treeprune.statistics.weights import check_weights

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


@dataclass(frozen=True)
class Region:
    """A set of rows and how much answers change there.

    Parameters
    ----------
    conditions : tuple of Condition
        All must hold; none for a region of all rows.
    n : int
        Rows of weight above 0.
    mean_change : float
        Mean absolute change.
    mean_shift : float
        Mean change with its sign; NaN for answers of several columns.
    """

    conditions: tuple[Condition, ...]
    n: int
    mean_change: float
    mean_shift: float

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions)) or "all rows"


def worst_regions(
    X: Any, before: Any, after: Any, *, weights: Any = None, depth: int = 2, min_count: int = 11
) -> tuple[Region, ...]:
    """Regions of the feature space by mean absolute change, the worst first.

    The leaves of a regression tree (L. Breiman et al., Classification and Regression Trees, 1984) of the
    absolute change. Leaves have `min_count` rows at least: none is hidden after the fact, which its
    sibling and their sum would undo. Regions were searched for, so the worst one looks worse than it is;
    judge it on other rows.

    Parameters
    ----------
    X : dataframe, mapping of names to arrays, or array-like of shape (n_rows, n_features)
        Missing values go to one side of each split. Levels of nominal columns are put in the order of
        their mean change, those with fewer than `min_count` rows together.
    before, after : array-like, shape (n_rows,) or (n_rows, n_outputs)
        Of several columns the largest change of a row counts.
    weights : array-like of shape (n_rows,), optional
    depth : int, default=2
        Most conditions on the way to a region.
    min_count : int, default=11

    Returns
    -------
    tuple of Region
        One region of all rows where no split lowers the error, or rows are too few to split.

    Raises
    ------
    TypeError, ValueError
        If tables and answers are not legal or differ in length, fewer than `min_count` rows have weight, or
        an option is no whole number, 1 at least.

    Examples
    --------
    >>> age = np.arange(100.0)
    >>> found = worst_regions({"age": age}, np.zeros(100), np.where(age > 79, 0.2, 0.0), depth=1)
    >>> str(found[0]), found[0].n, round(found[0].mean_change, 3)
    ('age > 79.5', 20, 0.2)
    """
    whole("depth", depth, 1)
    whole("min_count", min_count, 1)
    a, b = pair(before, after, 1, 2)
    columns = columns_of(X)
    same_length(X=columns[0].values, before=a)
    w = check_weights(weights, len(a), "weights")
    present = np.flatnonzero(w)
    if len(present) < min_count:
        raise ValueError(
            f"{len(present)} rows are fewer than min_count={min_count}: no region may be shown"
        )
    part = shares(w[present])
    change = (b - a)[present]
    size = np.abs(change) if change.ndim == 1 else np.abs(change).max(axis=1)
    coded = [_Coded.of(column, present, size, part, min_count) for column in columns]
    codes = np.column_stack([each.codes for each in coded])
    # a table without any value in a column has nothing to split there, and scikit-learn warns of none
    tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=min_count, random_state=0)
    leaf = tree.fit(codes, size / max(size.max(), np.finfo(np.float64).tiny), sample_weight=part).apply(
        codes
    )
    found = []
    for node in np.unique(leaf):
        rows = leaf == node
        own = shares(part[rows])
        shift = float((change[rows] * own).sum()) if change.ndim == 1 else np.nan
        conditions = _conditions(tree.tree_, int(node), coded, codes[rows])
        found.append(Region(conditions, int(rows.sum()), float((size[rows] * own).sum()), shift))
    return tuple(sorted(found, key=lambda region: -region.mean_change))


@dataclass(frozen=True, eq=False)
class _Coded:
    """A column as whole numbers in the order of its values: exact in the tree's single precision."""

    name: str
    codes: Array
    values: Array
    levels: tuple[str, ...] | None

    @classmethod
    def of(cls, column: Column, rows: Array, size: Array, part: Array, min_count: int) -> _Coded:
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


def _conditions(tree: Any, node: int, coded: list[_Coded], codes: Array) -> tuple[Condition, ...]:
    parent = {
        int(child): k for side in (tree.children_left, tree.children_right) for k, child in enumerate(side)
    }
    low: dict[int, float] = {}
    high: dict[int, float] = {}
    while node:
        above = parent[node]
        feature, threshold = int(tree.feature[above]), float(np.floor(tree.threshold[above]))
        if tree.children_left[above] == node:
            high[feature] = min(high.get(feature, np.inf), threshold)
        else:
            low[feature] = max(low.get(feature, -np.inf), threshold)
        node = above
    return tuple(
        coded[j].condition(low.get(j, -np.inf), high.get(j, np.inf), bool(np.isnan(codes[:, j]).any()))
        for j in sorted({*low, *high})
    )
