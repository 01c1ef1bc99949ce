"""Second derivatives of all problems of a path, as stale as their convergence allows."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.curvature import Curvature, Pairs, products
from treeprune.criteria.linear_path.design import Columns, Design
from treeprune.criteria.linear_path.folds import Folds
from treeprune.criteria.linear_path.layout import Layout
from treeprune.criteria.linear_path.own_layout import OwnLayout
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.criteria.linear_path.room import Room
from treeprune.model.ensemble import Array


class Bank:
    """Second derivatives of the full fit, those of the folds made from them, and own ones where needed.

    A fold's are those of the full fit less the part of the rows that it holds out. So all folds together
    cost as much as the full fit, though they are taken at its linear predictor and not at their own. Folds
    that do not train on all other rows as the full fit does take those of the full fit as they are.

    Each problem has those of the groups that it works with only.

    Parameters
    ----------
    problem : PathProblem
    folds : Folds, optional
    design : Design
    weights : ndarray of float64, shape (n_problems, n_rows)
    layout : Layout
        Without groups.

    Attributes
    ----------
    enlisted : ndarray of bool, shape (n_problems, n_groups)
        Whether a problem works with a group of the working set.
    are_exact : bool
        Whether the quadratic models are the losses themselves, so that their minimum is the optimum.
    is_fresh : bool
        Whether those of the full fit were taken since this was last set to False.
    """

    def __init__(
        self, problem: PathProblem, folds: Folds | None, design: Design, weights: Array, layout: Layout
    ) -> None:
        self._problem, self._design, self._weights, self._layout = problem, design, weights, layout
        complementary = folds is not None and folds.complementary
        self._held = folds.held if folds is not None and complementary else []
        self._left = 1.0 - folds.weights if folds is not None else np.empty(0)
        self._own = dict[int, Pairs]()
        self._curvatures = dict[int, Curvature]()
        self._parts = [OwnLayout(layout, m, np.empty(0, np.int64)) for m in range(len(weights))]
        self.enlisted = np.zeros((len(weights), 0), bool)
        self._are_constant = problem.family == "gaussian"
        self.are_exact = self._are_constant and (folds is None or complementary)
        self.is_fresh = False

    def renew(self, eta: Array) -> None:
        """Take those of the full fit at its linear predictor, shape (n_outputs, n_rows)."""
        self.is_fresh = True
        if self._are_constant and self._curvatures:
            return
        self._pairs = self._problem.losses.curvature(eta, self._weights[0])
        self._common = Room()
        self._common.extend(products(self._design, self._pairs, slice(None)))
        for m, part in enumerate(self._parts):
            if m not in self._own:
                self._curvatures[m] = Curvature(self._block(m, 0), part)

    def renew_own(self, m: int, eta: Array) -> None:
        """Take those of one fold at its own linear predictor, from now on."""
        if self._are_constant and (self._held or m in self._own):
            return
        self._own[m] = self._problem.losses.curvature(eta, self._weights[m])
        self._curvatures[m] = Curvature(self._block(m, 0), self._parts[m])

    def extend(self, layout: Layout) -> None:
        """Take in a larger working set, of which no problem works with what is new yet."""
        old = int(self._layout.start[-1]) // layout.n_outputs
        self._layout = layout
        self._common.extend(products(self._design, self._pairs, slice(None), old))
        room = np.zeros((len(self._weights), len(layout.groups) - self.enlisted.shape[1]), bool)
        self.enlisted = np.concatenate([self.enlisted, room], axis=1)

    def enlist(self, m: int, groups: Array) -> None:
        """Let a problem work with more groups, given by their places in the working set."""
        self.enlisted[m, groups] = True
        known = self._parts[m]
        self._parts[m] = OwnLayout(self._layout, m, np.append(known.groups, groups))
        self._curvatures[m].extend(self._block(m, len(known.places)), self._parts[m])

    def product(self, m: int, step: Array) -> Array:
        """Change of the slopes of a problem's quadratic model along a step."""
        places, out = self._parts[m].places, np.zeros(len(step))
        out[places] = self._curvatures[m].matrix @ step[places]
        return out

    def descend(
        self, live: Array, slopes: Array, coefs: Array, penalties: tuple[Array, Array], tolerance: Array
    ) -> None:
        """See `Curvature.descend`; `live` are the problems."""
        for i, m in enumerate(live):
            self._curvatures[m].descend(slopes[i], coefs[i], penalties, float(tolerance[i]))

    def _block(self, m: int, old: int) -> Array:
        """Second derivatives of one problem between its coefficients and those that are not old."""
        k, places = self._layout.n_outputs, self._parts[m].places
        own, late = places[::k] // k, old // k
        everything = np.array_equal(own, np.arange(self._design.n_working))
        columns: Columns = slice(None) if everything else own
        if m in self._own:
            return products(self._design, self._own[m], columns, late)
        common = self._common.matrix[places[:, None], places[old:]]
        if m and self._held:
            common -= products(self._design, self._pairs, columns, late, self._held[m - 1])
            common /= self._left[m - 1]
        return common
