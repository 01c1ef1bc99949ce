"""What is minimised when trees, subtrees and leaf values of an ensemble are chosen together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from treeprune.criteria.joint.losses import LossKind, RowLoss
from treeprune.criteria.joint.trees import JointTrees
from treeprune.model.ensemble import LEAF, Array

Values = Literal["fixed", "anchored", "refit"]


@dataclass(frozen=True)
class Prices:
    """What a model costs, in units of which the strength says the loss.

    Parameters
    ----------
    node, tree : float
        Of each kept node, and of each kept tree on top.
    feature : ndarray of float64, shape (n_features,), optional
        Of each feature that any kept split looks at, charged once for the whole model.
    """

    node: float = 1.0
    tree: float = 0.0
    feature: Array | None = None

    def __post_init__(self) -> None:
        numbers = np.append([self.node, self.tree], [] if self.feature is None else self.feature)
        if not np.isfinite(numbers).all() or (numbers < 0).any():
            raise ValueError("prices must be finite and not negative")
        if self.node <= 0 and self.tree <= 0:
            raise ValueError("nodes or trees must have a price, or nothing limits the size of the model")


@dataclass(frozen=True)
class Bounds:
    """Which values leaves may have, as what they add to the raw output.

    Parameters
    ----------
    blocks : ndarray of int64
        Columns ``blocks[b]:blocks[b + 1]`` are bounded together, see
        `treeprune.criteria.joint.dynamic.project`; none where values are free.
    low, high : ndarray of float64, shape (n_columns,)
        Not above and not below 0.
    """

    blocks: Array
    low: Array
    high: Array

    @classmethod
    def free(cls, n_columns: int) -> Bounds:
        """No bounds."""
        return cls(np.empty(0, np.int64), np.full(n_columns, -np.inf), np.full(n_columns, np.inf))

    @classmethod
    def shares(cls, prior: Array, n_trees: float, widths: Sequence[int]) -> Bounds:
        """Shares of classes less the prior, divided by the number of trees that are averaged.

        Parameters
        ----------
        prior : ndarray of float64, shape (n_columns,)
            Shares that sum to one for each outcome; of one column, the share of the second of two classes.
        n_trees : float
            More than there are if shares are not to be 0 or 1.
        widths : sequence of int
            Number of columns of each outcome.
        """
        blocks = np.cumsum([0, *widths], dtype=np.int64)
        return cls(blocks, -prior / n_trees, (1.0 - prior) / n_trees)

    def check(self, width: int) -> None:
        """Refuse bounds of other columns than a tree feeds: a kernel would read beyond them."""
        b = self.blocks
        covers = len(b) == 0 or (b[0] == 0 and b[-1] == width and bool((np.diff(b) > 0).all()))
        if len(self.low) != width or len(self.high) != width or not covers:
            raise ValueError("bounds must cover the columns that a tree feeds")


@dataclass(frozen=True, eq=False, kw_only=True)
class JointProblem:
    """Find tops of trees and their leaf values that minimise loss + ridge + strength x price.

    The loss is the weighted mean over rows at the raw output ``base + sum of the kept trees``. The ridge
    is ``ridge / 2 * sum (v - factor * old) ** 2`` over kept leaves, divided by the sum of weights; so it
    counts as that many rows of weight one in each leaf under squared error.

    Parameters
    ----------
    trees : JointTrees
    old : ndarray of float64, shape (n_nodes, width)
        What each node would add to the raw output as a leaf; `width` is 1 if each tree feeds one column,
        else the number of columns.
    column : ndarray of int32, shape (n_trees,)
        Column that a tree feeds; -1 for all.
    outcome : ndarray of float64, shape (n_rows, n_columns)
        Numbers to be met: indicators of classes, numbers, soft targets, or a mix.
    weight : ndarray of float64, shape (n_rows,)
        Positive.
    loss : str
        See `treeprune.criteria.joint.losses.RowLoss`.
    base : ndarray of float64, shape (n_columns,)
        Where the sum of the trees starts.
    fit_base : bool
        Whether `base` is fitted too.
    values : {"fixed", "anchored", "refit"}
        Leaf values are the old ones times one fitted factor a tree; drawn to these by the ridge; or drawn
        to 0.
    ridge : float
        Not looked at if values are fixed.
    max_factor : float
        Of the fitted factors; they are never negative.
    max_trees : float
        Trees that may be kept at most.
    bounds : Bounds
        Of what a leaf may add.
    prices : Prices
    monotone : ndarray of int8, shape (n_features,), optional
        Sign of each feature's effect that leaf values have to follow. Values are moved to where they do
        so; a step is taken only if the objective falls there.
    """

    trees: JointTrees
    old: Array
    column: Array
    outcome: Array
    weight: Array
    loss: LossKind
    base: Array
    bounds: Bounds
    fit_base: bool = True
    values: Values = "anchored"
    ridge: float = 1.0
    max_factor: float = np.inf
    max_trees: float = np.inf
    prices: Prices = field(default_factory=Prices)
    monotone: Array | None = None

    def __post_init__(self) -> None:
        t, n_rows = self.trees, len(self.outcome)
        if self.values not in ("fixed", "anchored", "refit"):
            raise ValueError(f"values={self.values!r} is unknown; use fixed, anchored or refit")
        if not np.isfinite(self.ridge) or self.ridge < 0:
            raise ValueError(f"ridge must be finite and not negative, got {self.ridge!r}")
        if t.places.n_rows != n_rows or self.weight.shape != (n_rows,):
            raise ValueError("places, outcome and weight must be of the same rows")
        if n_rows == 0 or (self.weight <= 0).any() or not np.isfinite(self.weight).all():
            raise ValueError("weights must be positive and finite; leave rows of weight zero out")
        if self.base.shape != (self.n_columns,) or self.column.shape != (t.n_trees,):
            raise ValueError("base and column must have one entry for each column and each tree")
        if self.old.shape != (t.root[-1], self.width) or not np.isfinite(self.old).all():
            raise ValueError("old values must be finite, one row for each node")
        self.bounds.check(self.width)
        if len(self.bounds.blocks) and (self.loss != "squared_error" or self.width != self.n_columns):
            raise ValueError("shares of classes are fitted by squared error, all at once")
        if self.prices.feature is not None and t.feature.max(initial=-1) >= len(self.prices.feature):
            raise ValueError("there must be a price for each feature")
        if self.has_signs and self.values != "fixed" and self.width > 1:
            raise ValueError("monotonic constraints are for trees that feed one column")
        RowLoss(self.loss, self.outcome, self.weight)  # refuses outcomes that the loss is not made for

    @property
    def n_columns(self) -> int:
        """Number of columns of the raw output."""
        return self.outcome.shape[1]

    @cached_property
    def width(self) -> int:
        """Number of columns that each tree feeds."""
        return self.n_columns if bool((self.column == LEAF).any()) else 1

    @cached_property
    def has_signs(self) -> bool:
        """Whether there are monotonic constraints."""
        return self.monotone is not None and bool(self.monotone.any())

    @property
    def strength_of_ridge(self) -> float:
        """The ridge, infinite where values are fixed."""
        return np.inf if self.values == "fixed" else self.ridge

    @cached_property
    def total_weight(self) -> float:
        """Sum of the weights."""
        return float(self.weight.sum())

    def first_column(self, t: int) -> int:
        """First of the columns that tree `t` feeds."""
        return max(int(self.column[t]), 0)
