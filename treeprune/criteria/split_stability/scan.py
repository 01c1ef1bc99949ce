"""The best split of every feature at a node, by scikit-learn's rules.

A split into rows L and R lowers the weighted sum of squared errors by W_L W_R / W times the squared
distance of the two means (L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and Regression
Trees, 1984, chapter 8), summed over the columns of the target. Which splits are looked at, where a
threshold lies, and what missing values do is as in ``DecisionTreeRegressor(splitter="best")`` of
scikit-learn 1.9.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.split_stability.order import pass_over
from treeprune.criteria.split_stability.sample import Sample
from treeprune.criteria.split_stability.splits import Limits, NodeScan
from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array

_STEP = np.float32(1e-7)
"""scikit-learn takes closer values for equal (its ``FEATURE_THRESHOLD``)."""

_PURE = float(np.finfo(np.float64).eps)
"""scikit-learn splits no node of a mean squared error up to this."""


@borrower
def _scan(  # noqa: C901, PLR0912 (each rule is one line)
    values: Array,
    order: Array,
    n_present: Array,
    moment: Array,
    weight: Array,
    total: Array,
    total_weight: float,
    min_rows: int,
    min_weight: float,
    left: Array,
    gain: Array,
    threshold: Array,
    missing_left: Array,
    curve: Array,
) -> None:
    n_features, n = order.shape
    n_targets = moment.shape[1]
    for f in range(n_features):
        present = n_present[f]
        missing = n - present
        if present == 0:
            continue
        if missing == 0 and values[f, order[f, n - 1]] <= values[f, order[f, 0]] + _STEP:
            continue
        for missing_first in range(2 if missing > 0 else 1):
            left_weight, n_left = 0.0, 0
            for k in range(n_targets):
                left[k] = 0.0
            if missing_first == 1:
                n_left = missing
                for i in range(present, n):
                    r = order[f, i]
                    left_weight += weight[r]
                    for k in range(n_targets):
                        left[k] += moment[r, k]
            for i in range(present):
                r = order[f, i]
                n_left += 1
                left_weight += weight[r]
                for k in range(n_targets):
                    left[k] += moment[r, k]
                last = i == present - 1
                if last:
                    if missing_first == 1 or missing == 0:
                        continue
                elif values[f, order[f, i + 1]] <= values[f, r] + _STEP:
                    continue
                if n_left < min_rows or n - n_left < min_rows:
                    continue
                right_weight = total_weight - left_weight
                if not right_weight > 0.0 or left_weight < min_weight or right_weight < min_weight:
                    continue
                squares_left, squares_right, squares = 0.0, 0.0, 0.0
                for k in range(n_targets):
                    squares_left += left[k] * left[k]
                    right = total[k] - left[k]
                    squares_right += right * right
                    squares += total[k] * total[k]
                found = squares_left / left_weight + squares_right / right_weight - squares / total_weight
                if curve.shape[1] > 0:
                    curve[missing_first, i] = found
                if found > gain[f]:
                    gain[f] = found
                    missing_left[f] = missing_first == 1 if missing > 0 else 2 * n_left > n
                    if last:
                        threshold[f] = np.inf
                    else:
                        above = values[f, order[f, i + 1]]
                        threshold[f] = np.float64(values[f, r]) / 2.0 + np.float64(above) / 2.0


def centred(sample: Sample) -> Array:
    """Targets around their weighted mean; sums of squares then lose no digits."""
    w = sample.weights
    return np.asarray(sample.targets - (w @ sample.targets) / w.sum())


def best_splits(sample: Sample, limits: Limits | None = None) -> NodeScan:
    """Find the best split of every feature.

    Parameters
    ----------
    sample : Sample
        Rows at the node.
    limits : Limits, optional
        As the tree is grown.

    Returns
    -------
    NodeScan
        Without a split if the node is too small, or its targets are all equal.

    Examples
    --------
    >>> from treeprune.criteria.split_stability.sample import make_sample
    >>> scan = best_splits(make_sample([[0, 5], [1, 5], [2, 7], [3, 5]], [0, 0, 1, 1]))
    >>> scan.winner, float(scan.threshold[0]), scan.gain.round(3).tolist()
    (0, 1.5, [1.0, 0.333])
    """
    return _scanned(sample, slice(None), limits or Limits(), np.empty((2, 0)))


def gain_curve(sample: Sample, feature: int, limits: Limits | None = None) -> Array:
    """Gain of every cut of one feature.

    Parameters
    ----------
    sample : Sample
    feature : int
    limits : Limits, optional

    Returns
    -------
    ndarray of float64, shape (2, n_rows)
        Entry ``i`` is of the cut behind row ``sample.order[feature, i]``, missing values going right in
        the first line and left in the second; -inf where there is no such cut.
    """
    curve = np.full((2, len(sample)), -np.inf)
    _scanned(sample, slice(feature, feature + 1), limits or Limits(), curve)
    return curve


def _scanned(sample: Sample, features: slice, limits: Limits, curve: Array) -> NodeScan:
    values, order, w = sample.values[features], sample.order[features], sample.weights
    p, n = order.shape
    scan = NodeScan(np.full(p, -np.inf), np.full(p, np.nan), np.zeros(p, np.bool_))
    if n < max(limits.min_samples_split, 2 * limits.min_samples_leaf):
        return scan
    y, total_weight = centred(sample), float(w.sum())
    if float(w @ (y**2).sum(axis=1)) <= _PURE * total_weight * y.shape[1]:
        return scan
    moment = w[:, None] * y

    def work() -> None:
        _scan(
            values, order, n - np.isnan(values).sum(axis=1), moment, w, moment.sum(axis=0), total_weight,
            limits.min_samples_leaf, float(limits.min_weight_leaf), np.empty(y.shape[1]), scan.gain,
            scan.threshold, scan.missing_left, curve,
        )  # fmt: skip

    pass_over(work, n * p)
    return scan
