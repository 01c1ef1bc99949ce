"""One kept tree: which top of it, and what its leaves say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from treeprune.criteria.joint.dynamic import CURVE, PRESENT, PULL, best_top, lay_out
from treeprune.criteria.joint.monotone import clip_monotone
from treeprune.criteria.joint.problem import JointProblem
from treeprune.criteria.joint.rows import spread
from treeprune.model.ensemble import LEAF, Array


@dataclass(frozen=True, eq=False)
class Top:
    """Top of one tree with values.

    Parameters
    ----------
    split, kept, leaf : ndarray of bool, shape (n_nodes,)
        Splits of the top, its nodes, and its leaves.
    answers : ndarray of int64, shape (n_nodes,)
        Leaf of the top at or above each node; -1 at its splits.
    value : ndarray of float64, shape (n_nodes, width)
        What the nodes of the top add to the raw output; what splits say is not used.
    table : ndarray of float64, shape (n_leaves, width)
        What the leaves of the whole tree add.
    factor : float
        The old values are multiplied by it, and values drawn there.
    ridge : float
        Cost of being away from there.
    features : ndarray of int32
        Those that its splits look at, ascending.
    n_nodes : int
        Number of its nodes.
    """

    split: Array
    kept: Array
    leaf: Array
    answers: Array
    value: Array
    table: Array
    factor: float
    ridge: float
    features: Array
    n_nodes: int


class Block:
    """All tops of one tree, given the sums at its nodes.

    Parameters
    ----------
    problem : JointProblem
    t : int
        The tree.
    sums : ndarray of float64, shape (n_nodes, width, 3)
        See `treeprune.criteria.joint.dynamic.roll_up`.
    """

    def __init__(self, problem: JointProblem, t: int, sums: Array) -> None:
        own, trees = problem.trees.tree(t), problem.trees
        self.problem, self.t, self.sums = problem, t, sums
        self.left, self.right, self.feature = trees.left[own], trees.right[own], trees.feature[own]
        self.old, self._v = problem.old[own], np.empty(problem.width)

    def best(self, factor: float, strength: float, split_price: Array) -> tuple[Array, float, float]:
        """Splits of the best top, what it costs with its price, and that price.

        Without the price of a tree. `strength` is by the sum of weights, as the sums are.
        """
        p, n = self.problem, len(self.left)
        best, price, split = np.empty(n), np.empty(n), np.empty(n, np.bool_)
        b = p.bounds
        best_top(
            self.left, self.right, self.sums, self.old, factor, p.strength_of_ridge, b.blocks, b.low,
            b.high, strength, p.prices.node, split_price, self._v, best, price, split,
        )  # fmt: skip
        return split, float(best[0]), float(price[0])

    def top(self, split: Array, factor: float) -> tuple[Top, float]:
        """The top that some splits make, with its best values, and the cost of its leaves."""
        p, b, n = self.problem, self.problem.bounds, len(self.left)
        kept, answers = np.zeros(n, np.bool_), np.empty(n, np.int64)
        value = np.zeros((n, p.width))
        cost = lay_out(
            self.left, self.right, split, self.sums, self.old, factor, p.strength_of_ridge, b.blocks, b.low,
            b.high, self._v, kept, answers, value,
        )  # fmt: skip
        leaf = kept & (answers != LEAF)
        features = np.unique(self.feature[kept & ~leaf])
        top = Top(
            kept & ~leaf,
            kept,
            leaf,
            answers,
            value,
            np.empty((0, 0)),
            factor,
            0.0,
            features,
            int(np.count_nonzero(kept)),
        )
        return self._finished(top), float(cost)

    def old_values(self, split: Array, factor: float) -> Top:
        """The top that some splits make, with old values times a factor, whatever suits better."""
        top, _ = self.top(split, factor)
        value = np.where(top.kept[:, None], factor * self.old, 0.0)
        return self._finished(replace(top, value=value))

    def factor(self, top: Top) -> float:
        """Factor of the old values that suits a top best, apart from bounds."""
        ridge, o = self.problem.strength_of_ridge, self.old[top.leaf]
        pull, curve = self.sums[top.leaf][..., PULL], self.sums[top.leaf][..., CURVE]
        if ridge != np.inf:
            o = o / np.sqrt(np.maximum(curve + ridge, np.finfo(np.float64).tiny))
            pull = pull / np.sqrt(np.maximum(curve + ridge, np.finfo(np.float64).tiny))
        bend = float((o * o * curve).sum())
        if bend <= 0.0:
            return top.factor
        return min(max(float((o * pull).sum()) / bend, 0.0), self.problem.max_factor)

    def between(self, top: Top, step: float, from_factor: float) -> Top:
        """A top whose values are part of the way from what the tree says now."""
        if self.problem.values == "fixed":
            return self.top(top.split, from_factor + step * (top.factor - from_factor))[0]
        curve, present = self.sums[..., CURVE], self.sums[..., PRESENT]
        now = np.where(curve > 0, present / np.where(curve > 0, curve, 1.0), top.value)
        value = np.where(top.kept[:, None], now + step * (top.value - now), 0.0)
        return self._finished(replace(top, value=value))

    def _finished(self, top: Top) -> Top:
        """With values that follow the signs, and all that follows from the values."""
        p, value, n = self.problem, top.value, len(self.left)
        if (
            p.monotone is not None and p.has_signs and p.values != "fixed"
        ):  # factors are not negative, so old values keep the signs
            value = value.copy()
            clip_monotone(
                self.left, self.right, self.feature, p.monotone, top.split, top.kept, value,
                np.empty(n), np.empty(n),
            )  # fmt: skip
        table = np.empty((int(np.count_nonzero(self.left == LEAF)), p.width))
        spread(self.left, top.answers, value, table)
        ridge = p.strength_of_ridge
        off = value[top.leaf] - top.factor * self.old[top.leaf]
        cost = 0.0 if ridge == np.inf else 0.5 * ridge * float((off * off).sum())
        return replace(top, value=value, table=table, ridge=cost)
