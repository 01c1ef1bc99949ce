"""What an order of trees decides: the factor of each tree at each size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class TreeSteps:
    """Factors of the trees of an ensemble, for ever more trees.

    Parameters
    ----------
    factors : ndarray of float64, shape (n_steps, n_trees)
        What the factor of each tree is multiplied by at each step; 0 leaves the tree out. Where trees are
        averaged only the ratios within a step count.

    Raises
    ------
    ValueError
        If there is no step, if a factor is negative or not finite, or if a step does not keep more
        trees than the one before it (the first: one at least).
    """

    factors: Array

    def __post_init__(self) -> None:
        if self.factors.ndim != 2 or len(self.factors) == 0:
            raise ValueError(f"factors must have a row for each step, got shape {self.factors.shape}")
        if not np.isfinite(self.factors).all() or (self.factors < 0).any():
            raise ValueError("factors of trees must be finite and not negative")
        if (np.diff(self.sizes, prepend=0) < 1).any():
            raise ValueError(f"each step must keep more trees than the one before it, got {self.sizes}")

    @classmethod
    def of_order(cls, order: Any, n_trees: int | None = None, sizes: Any = None) -> TreeSteps:
        """Steps that keep the first trees of an order, all with the factor 1.

        Parameters
        ----------
        order : array-like of int
            Positions of trees, each at most once.
        n_trees : int, optional
            Of the ensemble; by default the order names them all.
        sizes : array-like of int, optional
            How many trees are kept at each step, ascending; by default 1, 2, and so on.

        Returns
        -------
        TreeSteps

        Raises
        ------
        ValueError
            If the order names a tree twice, or one that is not there, or holds fewer than a size asks for.
        """
        order = np.asarray(order, np.int64)
        n_trees = len(order) if n_trees is None else n_trees
        sizes = np.arange(1, len(order) + 1) if sizes is None else np.asarray(sizes)
        if len(np.unique(order)) < len(order) or ((order < 0) | (order >= n_trees)).any():
            raise ValueError(f"an order must name trees from 0 to {n_trees - 1} once, got {order}")
        if (sizes > len(order)).any():
            raise ValueError(f"an order of {len(order)} trees has no {sizes.max()}")
        factors = np.zeros((len(sizes), n_trees))
        factors[:, order] = np.arange(len(order)) < sizes[:, None]
        return cls(factors)

    def __len__(self) -> int:
        return len(self.factors)

    @property
    def n_trees(self) -> int:
        """Number of trees of the ensemble."""
        return self.factors.shape[1]

    @property
    def sizes(self) -> Array:
        """Number of trees that each step keeps; int64, shape (n_steps,)."""
        return np.count_nonzero(self.factors, axis=1)

    def kept(self, step: int) -> Array:
        """Positions of the trees that a step keeps, ascending."""
        return np.flatnonzero(self.factors[step])
