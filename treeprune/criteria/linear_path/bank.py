"""Second derivatives of all problems of a path, as stale as their convergence allows."""

from __future__ import annotations

from treeprune.criteria.linear_path.curvature import Curvature, Products
from treeprune.criteria.linear_path.design import Design
from treeprune.criteria.linear_path.folds import Folds
from treeprune.criteria.linear_path.layout import Layout
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array


class Bank:
    """Second derivatives of the full fit, those of the folds made from them, and own ones where needed.

    A fold's are those of the full fit less the part of the rows that it holds out. So all folds together
    cost as much as the full fit, though they are taken at its linear predictor and not at their own. Folds
    that do not train on all other rows as the full fit does share those of the full fit as they are.

    Parameters
    ----------
    problem : PathProblem
    folds : Folds, optional
    design : Design
    weights : ndarray of float64, shape (n_problems, n_rows)
    """

    def __init__(self, problem: PathProblem, folds: Folds | None, design: Design, weights: Array) -> None:
        self._problem, self._folds, self._design, self._weights = problem, folds, design, weights
        self._own = dict[int, Products]()
        self._curvatures = list[Curvature]()
        self._are_constant = problem.family == "gaussian"
        self.is_fresh = False

    def renew(self, eta: Array, layout: Layout) -> None:
        """Take those of the full fit at its linear predictor, shape (n_outputs, n_rows)."""
        self.is_fresh = True
        if self._are_constant and self._curvatures:
            return
        pairs = self._problem.losses.curvature(eta, self._weights[0])
        self._common = Products(self._design, pairs)
        held = self._folds.held if self._folds is not None and self._folds.complementary else []
        self._held = [Products(self._design, pairs, rows) for rows in held]
        self._assemble(layout)

    def renew_own(self, m: int, eta: Array, layout: Layout) -> None:
        """Take those of one fold at its own linear predictor, from now on."""
        if self._are_constant and (self._held or m in self._own):
            return
        pairs = self._problem.losses.curvature(eta, self._weights[m])
        self._own[m] = Products(self._design, pairs)
        self._curvatures[m] = Curvature(self._own[m].matrix, layout)

    def extend(self, layout: Layout) -> None:
        """Add what is new in the working set."""
        for products in (self._common, *self._held, *self._own.values()):
            products.extend()
        self._assemble(layout)

    def product(self, m: int, step: Array) -> Array:
        """Change of the slopes of a problem's quadratic model along a step."""
        return self._curvatures[m].matrix @ step

    def descend(
        self, live: Array, slopes: Array, coefs: Array, penalties: tuple[Array, Array], tolerance: Array
    ) -> None:
        """See `Curvature.descend`; `live` are the problems."""
        for i, m in enumerate(live):
            self._curvatures[m].descend(slopes[i], coefs[i], penalties, float(tolerance[i]))

    def _assemble(self, layout: Layout) -> None:
        common = Curvature(self._common.matrix, layout)
        self._curvatures = [common] * len(self._weights)
        for k, held in enumerate(self._held):
            if k + 1 not in self._own:
                left = 1.0 - self._folds.weights[k] if self._folds is not None else 1.0
                self._curvatures[k + 1] = Curvature((self._common.matrix - held.matrix) / left, layout)
        for m, products in self._own.items():
            self._curvatures[m] = Curvature(products.matrix, layout)
