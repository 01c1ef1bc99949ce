"""Best-first growth of a tree on soft targets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from treeprune.criteria.soft_tree.rows import SoftRows
from treeprune.criteria.soft_tree.scan import N_FOUND, divide, scan
from treeprune.criteria.soft_tree.tree import SoftTree
from treeprune.model.ensemble import LEAF, Array

_ROUNDING = 1e-10
"""Share of the root's error below which a decrease, or the difference of two, is rounding."""


@dataclass(frozen=True, eq=False)
class Growth:
    """What a tree may become.

    Parameters
    ----------
    max_leaves : int
    max_depth : int or None
    min_real : int
        Rows that count as support, in each leaf at least.
    allowed : ndarray of bool, shape (n_features,), or None
        Features that may be split on; None for all.
    price : ndarray of float64, shape (n_features,), or None
        What a feature has to bring in the first time that it is split on, as a share of the error at the
        root. Costs of features that later splits need not pay again: D. Nunez, The use of background
        knowledge in decision tree induction, Machine Learning 6, 1991; here they are subtracted, as
        boosting libraries have it.
    """

    max_leaves: int
    max_depth: int | None = None
    min_real: int = 1
    allowed: Array | None = None
    price: Array | None = None


@dataclass(eq=False)
class _Frontier:
    """Open leaves, and the best split of each on every feature."""

    start: list[int] = field(default_factory=list)
    stop: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    found: dict[int, Array] = field(default_factory=dict)

    def best(self, price: Array, least: float) -> tuple[int, int] | None:
        """Node and feature of the split that lowers the error most, less its price; ties to the first."""
        choice, most = None, least
        for node in sorted(self.found):
            gain = self.found[node][:, 0]
            net = np.where(gain > least, gain - price, 0.0)
            j = int(np.argmax(net >= net.max() - least))
            if net[j] > most + least:
                choice, most = (node, j), float(net[j])
        return choice


def grow(rows: SoftRows, growth: Growth) -> SoftTree:
    """Grow a tree that lowers the weighted sum of squared errors, over all columns, as fast as it can.

    For shares of classes that is Gini's impurity of soft labels. The tree of m leaves is part of that of
    m + 1.

    Parameters
    ----------
    rows : SoftRows
    growth : Growth

    Returns
    -------
    SoftTree
        Of one leaf if no split is allowed or lowers the error.
    """
    return _Grower(rows, growth).run()


class _Grower:
    def __init__(self, rows: SoftRows, growth: Growth) -> None:
        self.rows, self.growth = rows, growth
        n_features = rows.x.shape[1]
        self.allowed = np.ones(n_features, np.bool_) if growth.allowed is None else growth.allowed
        self.mean = np.average(rows.target, axis=0, weights=rows.weight)
        self.target = np.ascontiguousarray(rows.target - self.mean)  # sums of squares lose less
        self.real = rows.real.astype(np.int64)
        self.order = rows.order.copy()
        self.scratch = np.empty(len(rows.x), np.int32)
        self.frontier = _Frontier()
        self.rounding = 0.0
        self.nodes: list[tuple[int, float, int, int, bool]] = []
        self.about: list[tuple[Array, float, int, float, float]] = []

    def _open(self, start: int, stop: int, depth: int) -> None:
        """Take a segment as a new leaf, and look for its splits."""
        node, width = len(self.nodes), self.target.shape[1]
        own = self.order[0, start:stop]
        weight, target = self.rows.weight[own], self.target[own]
        total = float(weight.sum())
        mean = weight @ target / total
        error = float(weight @ ((target - mean) ** 2).sum(axis=1))
        if node == 0:
            self.rounding = _ROUNDING * error
        self.nodes.append((LEAF, 0.0, LEAF, LEAF, False))
        real = self.real[own]
        self.about.append((mean, total, int(real.sum()), float(weight @ real), error))
        f = self.frontier
        f.start.append(start)
        f.stop.append(stop)
        f.depth.append(depth)
        most = self.growth.max_depth
        if most is not None and depth >= most:
            return
        found = np.empty((self.rows.x.shape[1], N_FOUND))
        scan(
            self.order, start, stop, self.rows.missing, self.rows.cell, self.allowed, self.target,
            self.rows.weight, self.real, self.growth.min_real, self.rounding,
            np.empty(width), np.empty((2, width)), found,
        )  # fmt: skip
        f.found[node] = found

    def _split(self, node: int, feature: int) -> None:
        f, x = self.frontier, self.rows.columns[feature]
        start, stop = f.start[node], f.stop[node]
        _, left_place, right_place, way = f.found.pop(node)[feature]
        segment = self.order[feature, start:stop]
        last, first = x[segment[int(left_place)]], x[segment[int(right_place)]]
        cut = np.inf if way == 2.0 else self.rows.threshold(feature, float(last), float(first))
        values = x[segment]
        goes_left = np.zeros(len(x), np.bool_)
        lost = np.isnan(values)
        with np.errstate(invalid="ignore"):
            goes_left[segment] = np.where(lost, way == 1.0, values.astype(np.float64) <= cut)
        middle = divide(self.order, start, stop, goes_left, self.scratch)
        # where nothing was missing, missing values go where most rows go
        default_left = bool(way == 1.0 if lost.any() else middle - start > stop - middle)
        child = len(self.nodes)
        self.nodes[node] = (feature, cut, child, child + 1, default_left)
        depth = f.depth[node] + 1
        self._open(start, middle, depth)
        self._open(middle, stop, depth)

    def run(self) -> SoftTree:
        self._open(0, len(self.rows.x), 0)
        error = self.about[0][4]
        price = np.zeros(self.rows.x.shape[1])
        if self.growth.price is not None:
            price = self.growth.price * error
        while len(self.nodes) < 2 * self.growth.max_leaves - 1:
            choice = self.frontier.best(price, self.rounding)
            if choice is None:
                break
            self._split(*choice)
            price[choice[1]] = 0.0  # it is there now
        return self._tree()

    def _tree(self) -> SoftTree:
        feature, threshold, left, right, default_left = zip(*self.nodes, strict=True)
        value, weight, n_real, real_weight, error = zip(*self.about, strict=True)
        return SoftTree(
            feature=np.array(feature, np.int32),
            threshold=np.array(threshold, np.float64),
            left=np.array(left, np.int32),
            right=np.array(right, np.int32),
            default_left=np.array(default_left, np.bool_),
            # a mean lies between its targets, whatever rounding says
            value=np.clip(
                np.array(value) + self.mean, self.rows.target.min(axis=0), self.rows.target.max(axis=0)
            ),
            weight=np.array(weight),
            n_real=np.array(n_real, np.int64),
            real_weight=np.array(real_weight),
            error=np.array(error),
        )
