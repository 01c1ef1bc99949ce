"""One model of a path: which nodes are kept, and what their leaves say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.joint.problem import JointProblem
from treeprune.criteria.joint.state import JointState
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class JointStep:
    """A model on the path, in terms of the ensemble that the problem was made from.

    Parameters
    ----------
    alpha : float
        Strength at which it was found, in mean loss for a unit of price.
    base : ndarray of float64, shape (n_columns,)
        Where the sum of its trees starts.
    trees : ndarray of int64, shape (n_kept_trees,)
        Kept trees, ascending.
    factors : ndarray of float64, shape (n_kept_trees,)
        What old values were multiplied by, or drawn to multiplied so; 0 where values are drawn to 0.
    nodes : ndarray of int64, shape (n_kept_nodes,)
        Positions of kept nodes in the ensemble, ascending.
    is_leaf : ndarray of bool, shape (n_kept_nodes,)
    values : ndarray of float64, shape (n_kept_nodes, n_columns)
        What a leaf adds to the raw output, 0 in columns that its tree does not feed; 0 at splits.
    loss, ridge, price : float
        Parts of the objective ``loss + ridge + alpha * price``; of means over rows.
    """

    alpha: float
    base: Array
    trees: Array
    factors: Array
    nodes: Array
    is_leaf: Array
    values: Array
    loss: float
    ridge: float
    price: float

    @property
    def objective(self) -> float:
        """Objective at the step's own strength."""
        return self.loss + self.ridge + self.alpha * self.price

    @property
    def n_nodes(self) -> int:
        """Number of kept nodes."""
        return len(self.nodes)

    @property
    def n_trees(self) -> int:
        """Number of kept trees."""
        return len(self.trees)

    def collapsed(self, n_nodes: int) -> Array:
        """Kept leaves as a mask over the ensemble's nodes, for `treeprune.model.edit.collapse`."""
        mask = np.zeros(n_nodes, np.bool_)
        mask[self.nodes[self.is_leaf]] = True
        return mask


def step_of(state: JointState, alpha: float) -> JointStep:
    """The model that a state holds.

    Parameters
    ----------
    state : JointState
    alpha : float

    Returns
    -------
    JointStep
    """
    p, total = state.problem, state.problem.total_weight
    trees = np.array(sorted(state.tops), np.int64)
    parts = [_of_tree(p, state, int(t)) for t in trees]
    empty = np.empty(0, np.int64), np.empty(0, np.bool_), np.empty((0, p.n_columns))
    nodes, is_leaf, values = (np.concatenate(x) for x in zip(empty, *parts, strict=True))
    return JointStep(
        alpha=alpha,
        base=state.base.copy(),
        trees=trees,
        factors=np.array([state.tops[int(t)].factor for t in trees]),
        nodes=nodes,
        is_leaf=is_leaf,
        values=values,
        loss=state.loss / total,
        ridge=state.ridge / total,
        price=state.price,
    )


def _of_tree(p: JointProblem, state: JointState, t: int) -> tuple[Array, Array, Array]:
    top, first = state.tops[t], p.first_column(t)
    kept = np.flatnonzero(top.kept)
    values = np.zeros((len(kept), p.n_columns))
    values[:, first : first + p.width] = np.where(top.leaf[kept, None], top.value[kept], 0.0)
    return p.trees.node[p.trees.tree(t)][kept], top.leaf[kept], values
