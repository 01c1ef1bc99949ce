"""Where a solver stands: the kept tops, the raw output that they make, and the objective."""

from __future__ import annotations

import math

import numpy as np

from treeprune.criteria.joint.dynamic import roll_up
from treeprune.criteria.joint.losses import RowLoss
from treeprune.criteria.joint.problem import JointProblem
from treeprune.criteria.joint.rows import add_pairs, shift_rows
from treeprune.criteria.joint.top import Top
from treeprune.model.ensemble import Array

_BASE_ROUNDS = 20
_HALVINGS = 6


class JointState:
    """A model on its way, at first no tree and the best base.

    Parameters
    ----------
    problem : JointProblem

    Attributes
    ----------
    tops : dict of int to Top
        The kept trees.
    base : ndarray of float64, shape (n_columns,)
    raw : ndarray of float64, shape (n_columns, n_rows)
    pairs : ndarray of float64, shape (n_columns, n_rows, 2)
        Derivatives at `raw`, see `RowLoss.evaluate`.
    loss : float
        Weighted sum over rows.
    uses : ndarray of int64
        Number of kept trees that look at each feature.
    first_factor : float or None
        Factor of old values for a tree when none is kept, once somebody has found it.
    """

    raw: Array
    pairs: Array
    loss: float

    def __init__(self, problem: JointProblem) -> None:
        self.problem = problem
        self.row_loss = RowLoss(
            problem.loss, problem.outcome, problem.weight, whole_leaves=problem.width > 1
        )
        self.tops: dict[int, Top] = {}
        self._n_nodes = 0
        self.first_factor: float | None = None
        self.base = problem.base.astype(np.float64)
        self.uses = np.zeros(int(problem.trees.feature.max(initial=0)) + 1, np.int64)
        self._take_raw(np.repeat(self.base[:, None], len(problem.outcome), axis=1))
        self.fit_base()

    def copy(self) -> JointState:
        """Another state that goes its own way from here."""
        twin = object.__new__(JointState)
        twin.__dict__.update(self.__dict__)
        twin.tops, twin.uses = dict(self.tops), self.uses.copy()
        return twin  # raw and pairs are replaced, never written to

    @property
    def n_nodes(self) -> int:
        """Number of kept nodes."""
        return self._n_nodes

    @property
    def ridge(self) -> float:
        """Cost of the values being away from what they are drawn to."""
        return math.fsum(top.ridge for top in self.tops.values())

    @property
    def price(self) -> float:
        """Price of the model: nodes, trees, and each feature once."""
        p = self.problem.prices
        features = 0.0 if p.feature is None else float(p.feature[np.flatnonzero(self.uses)].sum())
        return p.node * self.n_nodes + p.tree * len(self.tops) + features

    def total(self, strength: float) -> float:
        """The objective, times the sum of weights; `strength` is by the sum of weights too."""
        return self.loss + self.ridge + strength * self.price

    def table(self, t: int) -> Array:
        """What a tree adds at its leaves now, shape (n_leaves, width)."""
        top = self.tops.get(t)
        if top is not None:
            return top.table
        first = self.problem.trees.places.first
        return np.zeros((int(first[t + 1] - first[t]), self.problem.width))

    def replace(self, t: int, top: Top | None, strength: float) -> bool:
        """Put a top in the place of a tree's present one, unless the objective would rise.

        Parameters
        ----------
        t : int
        top : Top or None
            None drops the tree.
        strength : float

        Returns
        -------
        bool
            Whether it was done.
        """
        before, old = self.total(strength), self.tops.get(t)
        change = -self.table(t) if top is None else top.table - self.table(t)
        raw, first = self.raw.copy(), self.problem.first_column(t)
        for k in range(self.problem.width):
            shift_rows(self.problem.trees.places.numbers[t], change, k, raw[first + k])
        kept = self.raw, self.pairs, self.loss
        self._take_raw(raw)
        self.put(t, top)
        if self.total(strength) <= before:  # false for NaN too
            return True
        self.raw, self.pairs, self.loss = kept
        self.put(t, old)
        return False

    def put(self, t: int, top: Top | None) -> None:
        """Keep a top in the books; `raw` is left as it was, see `settle`."""
        before = self.tops.pop(t, None)
        if before is not None:
            self.uses[before.features] -= 1
            self._n_nodes -= before.n_nodes
        if top is not None:
            self.tops[t] = top
            self.uses[top.features] += 1
            self._n_nodes += top.n_nodes

    def _take_raw(self, raw: Array) -> None:
        self.raw, self.pairs = raw, np.empty((*raw.shape, 2))
        self.loss = self.row_loss.evaluate(raw, self.pairs)

    def fit_base(self) -> None:
        """Move the base to where the loss is least, the trees being as they are."""
        if not self.problem.fit_base:
            return
        for _ in range(_BASE_ROUNDS):
            pull, curve = self.pairs[..., 0].sum(axis=1), self.pairs[..., 1].sum(axis=1)
            step, before = pull / curve, self.loss
            if not self._try_base(step) or before - self.loss <= 1e-12 * abs(before):
                break

    def _try_base(self, step: Array) -> bool:
        kept = self.raw, self.pairs, self.loss
        for _ in range(_HALVINGS):
            self._take_raw(kept[0] + step[:, None])
            if self.loss <= kept[2]:
                self.base = self.base + step
                return True
            step = step / 4
        self.raw, self.pairs, self.loss = kept
        return False

    def settle(self) -> None:
        """Sum the raw output anew: many small steps leave rounding behind."""
        raw = np.repeat(self.base[:, None], self.raw.shape[1], axis=1)
        for t in sorted(self.tops):
            first = self.problem.first_column(t)
            for k in range(self.problem.width):
                shift_rows(self.problem.trees.places.numbers[t], self.tops[t].table, k, raw[first + k])
        self._take_raw(raw)

    def sums_without(self, t: int) -> Array:
        """Present sums at the nodes of a tree, as if it were dropped; see `dynamic.roll_up`."""
        p, own = self.problem, self.problem.trees.tree(t)
        table, first = self.table(t), p.first_column(t)
        by_column = np.zeros((p.width, len(table), 2))
        for k in range(p.width):
            add_pairs(p.trees.places.numbers[t], self.pairs[first + k], by_column[k])
        at_leaf = np.ascontiguousarray(by_column.transpose(1, 0, 2))
        sums = np.empty((own.stop - own.start, p.width, 3))
        roll_up(p.trees.left[own], p.trees.right[own], at_leaf, table, sums)
        return sums
