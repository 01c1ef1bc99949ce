"""Squared error of any weighting of the trees, as a function of their factors alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.gram import TreeGram


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Mean squared error of an ensemble whose trees are multiplied by factors f.

    Where trees are summed it is ``f'Af - 2 b'f + constant``. Where they are averaged it is
    ``f'Af / (b'f) ** 2``: A holds the products of the trees' own errors, b their weights. In both cases
    the best factors of any set of trees minimise ``f'Af / 2 - b'f``, up to their scale in the second: that
    the shares of an average add up to one costs nothing.

    Parameters
    ----------
    products : ndarray of float64, shape (n_trees, n_trees)
        A; positive semidefinite.
    linear : ndarray of float64, shape (n_trees,)
        b.
    constant : float
        Error without any tree; 0 for averages.
    normalised : bool
        Whether the trees are averaged.
    as_sum : Quadratic, optional
        Of averages, the same trees summed instead of averaged. A penalty on factors needs it, since their
        ratios alone cannot be penalised.
    """

    products: Array
    linear: Array
    constant: float
    normalised: bool
    as_sum: Quadratic | None = None

    @classmethod
    def of(cls, gram: TreeGram, ensemble: TreeEnsemble) -> Quadratic:
        """Quadratic of an ensemble from the inner products of its trees.

        Parameters
        ----------
        gram : TreeGram
        ensemble : TreeEnsemble

        Returns
        -------
        Quadratic

        Raises
        ------
        ValueError
            If the trees are joined by a median, or by one average for each output column (a random forest
            of LightGBM for several classes), or if the products are of another number of trees, or of no
            rows.
        """
        if ensemble.aggregation == "median":
            raise ValueError(
                "the model answers with the median of its trees, whose squared error does not follow from "
                "products of trees: orders that minimise it are not defined for it"
            )
        if len(gram.products) != ensemble.n_trees:
            raise ValueError(f"products are of {len(gram.products)} trees, not of {ensemble.n_trees}")
        if gram.weight == 0.0:
            raise ValueError("there are no rows to order trees by")
        products, with_outcome = gram.products / gram.weight, gram.with_outcome / gram.weight
        outcome = gram.outcome / gram.weight
        summed = cls(products, with_outcome, outcome, normalised=False)
        if ensemble.aggregation == "sum":
            return summed
        if ensemble.n_columns > 1 and (ensemble.output >= 0).any():
            raise ValueError(
                "each tree of the model feeds one of several averages: what a tree is worth depends on how "
                "many feed its own, so orders by the squared error of one average are not defined for it; "
                'use method="first", which keeps the first rounds, without weights="refit"'
            )
        cross = ensemble.weight[:, None] * with_outcome
        errors = products - cross - cross.T + outcome * np.outer(ensemble.weight, ensemble.weight)
        return cls(errors, ensemble.weight.copy(), 0.0, normalised=True, as_sum=summed)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.linear)

    def error(self, factors: Array) -> Array:
        """Mean squared error of one or many weightings of the trees, summed over output columns.

        Parameters
        ----------
        factors : ndarray of float64, shape (n_trees,) or (n, n_trees)
            What the factor of each tree is multiplied by; 0 leaves the tree out.

        Returns
        -------
        ndarray of float64, shape () or (n,)
            Not below 0, where rounding would take it. NaN for an average of no trees.
        """
        square = np.einsum("...t,...t->...", factors @ self.products, factors)
        total = factors @ self.linear
        if self.normalised:
            with np.errstate(divide="ignore", invalid="ignore"):  # NaN is the answer for no trees
                return np.maximum(square / total**2, 0.0)
        return np.maximum(square - 2 * total + self.constant, 0.0)
