"""Models of whole trees, as steps beside a path: the first trees of a booster, or trees with weights.

On small tables the first trees of a boosted model are hard to beat, so whoever chooses a step should
compare with them. Any order or weighting of trees is such a candidate.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.joint.block import block_of
from treeprune.criteria.joint.descent import refine_all
from treeprune.criteria.joint.problem import JointProblem
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.step import JointStep, step_of
from treeprune.model.ensemble import LEAF, Array

_ROUNDS = 20


def whole_trees(
    problem: JointProblem, factors: Array, *, refine: bool = False, tolerance: float = 1e-4
) -> JointStep:
    """A model of whole trees with their old values, and a base that is fitted if the problem says so.

    Parameters
    ----------
    problem : JointProblem
    factors : ndarray of float64, shape (n_trees,)
        Of each tree's old values, not negative; 0 leaves a tree out. Ones and zeros give a slice.
    refine : bool
        Whether leaf values are then fitted all together, as the problem's `values` say.
    tolerance : float
        Rounds of that end when one lowers the objective by less than this share of the loss without trees.

    Returns
    -------
    JointStep
        At strength 0. Whole as far as the problem's trees go: cut back to its depth and leaf weight.

    Raises
    ------
    ValueError
        If the factors are not legal.
    """
    factors = np.asarray(factors, np.float64)
    if factors.shape != (problem.trees.n_trees,) or not np.isfinite(factors).all():
        raise ValueError(f"factors must be {problem.trees.n_trees} finite numbers")
    if (factors < 0).any() or (factors > problem.max_factor).any():
        raise ValueError(f"factors must be from 0 to {problem.max_factor}")
    state = JointState(problem)
    null_loss = state.loss
    for t in map(int, np.flatnonzero(factors)):
        block = block_of(state, t)
        split = block.left != LEAF
        if split.any():  # a leaf alone is a part of the base
            state.put(t, block.old_values(split, float(factors[t])))
    state.settle()
    state.fit_base()
    if refine:
        refine_all(state, tolerance * null_loss, _ROUNDS)
    return step_of(state, 0.0)
