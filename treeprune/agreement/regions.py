"""Where two models differ most, in words of the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from treeprune.agreement.checks import pair, same_length, shares, whole
from treeprune.agreement.conditions import CodedColumn, Condition
from treeprune.agreement.tables import columns_of
from treeprune.model.ensemble import Array
from treeprune.statistics.weights import check_weights


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
    coded = [CodedColumn.of(column, present, size, part, min_count) for column in columns]
    codes = np.column_stack([each.codes for each in coded])
    tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=min_count, random_state=0)
    # scikit-learn takes variances below a fixed size for none
    relative = size / max(size.max(), np.finfo(np.float64).tiny)
    leaf = tree.fit(codes, relative, sample_weight=part).apply(codes)
    found = []
    for node in np.unique(leaf):
        rows = leaf == node
        own = shares(part[rows])
        shift = float((change[rows] * own).sum()) if change.ndim == 1 else np.nan
        conditions = _conditions(tree.tree_, int(node), coded, codes[rows])
        found.append(Region(conditions, int(rows.sum()), float((size[rows] * own).sum()), shift))
    return tuple(sorted(found, key=lambda region: -region.mean_change))


def _conditions(tree: Any, node: int, coded: list[CodedColumn], codes: Array) -> tuple[Condition, ...]:
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
