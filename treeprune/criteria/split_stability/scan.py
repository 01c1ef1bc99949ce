"""The best split of every feature at a node, by scikit-learn's rules.

A split into rows L and R lowers the weighted sum of squared errors by W_L W_R / W times the squared
distance of the two means (L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and Regression
Trees, 1984, chapter 8), summed over the columns of the target. Which splits are looked at, where a
threshold lies, and what missing values do is as in ``DecisionTreeRegressor(splitter="best")`` of
scikit-learn 1.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

from treeprune.criteria.split_stability.sample import Sample
from treeprune.kernels.compiled import borrower
from treeprune.kernels.threads import interruptible
from treeprune.model.ensemble import Array

NO_FEATURE = -1

_STEP = np.float32(1e-7)
"""scikit-learn takes closer values for equal (its ``FEATURE_THRESHOLD``)."""

_PURE = float(np.finfo(np.float64).eps)
"""scikit-learn splits no node of a mean squared error up to this."""

_LONG = 2_000_000
"""Values whose scan is worth a thread that hears Ctrl-C."""


@dataclass(frozen=True)
class Limits:
    """What a node and its children must have.

    Parameters
    ----------
    min_samples_split : int, default=2
        Rows at a node that is split.
    min_samples_leaf : int, default=1
        Rows on each side.
    min_weight_leaf : float, default=0.0
        Weight on each side, in the units of the weights.

    Raises
    ------
    ValueError
        If one is out of range or no such number.
    """

    min_samples_split: int = 2
    min_samples_leaf: int = 1
    min_weight_leaf: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("min_samples_split", 2), ("min_samples_leaf", 1)):
            number = getattr(self, name)
            if not isinstance(number, Integral) or isinstance(number, bool) or number < least:
                raise ValueError(f"{name} must be a whole number from {least}, got {number!r}")
        weight = self.min_weight_leaf
        if not isinstance(weight, Real) or isinstance(weight, bool) or not 0 <= weight < np.inf:
            raise ValueError(f"min_weight_leaf must be a finite number from 0, got {weight!r}")


@dataclass(frozen=True)
class Split:
    """One question.

    Parameters
    ----------
    feature : int
    threshold : float
        Rows up to it go left; infinite where only missing values go right.
    missing_left : bool
        Whether missing values go left.
    """

    feature: int
    threshold: float
    missing_left: bool

    def goes_left(self, sample: Sample) -> Array:
        """Which rows go left; bool, shape (n_rows,)."""
        x = sample.values[self.feature]
        return np.where(np.isnan(x), self.missing_left, x <= self.threshold)


@dataclass(frozen=True, eq=False)
class NodeScan:
    """Best split of each feature at a node.

    Parameters
    ----------
    gain : ndarray of float64, shape (n_features,)
        Decrease of the weighted sum of squared errors, summed over target columns; -inf where a feature
        cannot split the node.
    threshold : ndarray of float64, shape (n_features,)
        NaN where it cannot.
    missing_left : ndarray of bool, shape (n_features,)
    """

    gain: Array
    threshold: Array
    missing_left: Array

    @property
    def winner(self) -> int:
        """Feature of the largest gain, the first of equals; `NO_FEATURE` if none can split the node.

        scikit-learn takes one of equals at random.
        """
        best = int(np.argmax(self.gain))
        return best if self.gain[best] > -np.inf else NO_FEATURE

    def split(self, feature: int) -> Split:
        """Best split of a feature that can split the node."""
        return Split(feature, float(self.threshold[feature]), bool(self.missing_left[feature]))


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

    if n * p < _LONG:
        work()
    else:
        interruptible(work)
    return scan
