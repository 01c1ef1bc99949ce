"""What each tree that is not kept would gain, computed anew only where it may matter.

At one strength, the gain of a tree mostly falls as others are kept, since these explain what it would have
explained. So gains that were found earlier serve as bounds from above, and only trees at the head of the
queue are looked at again: lazy evaluation, M. Minoux, Accelerated greedy algorithms for maximizing
submodular set functions, Optimization Techniques, LNCIS 7, 1978. Gains are not submodular here, so a tree
may be overlooked; all are looked at again at the next strength.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.joint.block import FAR_TOO_LARGE, block_of, split_prices
from treeprune.criteria.joint.state import JointState
from treeprune.kernels.threads import run
from treeprune.model.ensemble import LEAF, Array

_TREES_AT_ONCE = 8
_SAMPLED = 32
_TIE = 1e-9
_SHARES = (1.0, 1 / FAR_TOO_LARGE, 1 / FAR_TOO_LARGE**2)
"""Shares of the usual factor that are tried in turns where values are fixed: not all trees count alike."""


def usual_factor(state: JointState) -> float:
    """Factor of a tree that has none yet: the mean of the others, or what suits first splits.

    Parameters
    ----------
    state : JointState

    Returns
    -------
    float
        0 where values are drawn to 0.
    """
    if state.problem.values == "refit":
        return 0.0
    if state.tops:
        return float(np.mean([top.factor for top in state.tops.values()]))
    if state.first_factor is None:
        state.first_factor = _first_factor(state)
    return state.first_factor


def _first_factor(state: JointState) -> float:
    """Median over some trees of the factor that suits their first split alone."""
    n = state.problem.trees.n_trees
    found = []
    for t in range(0, n, -(-n // _SAMPLED)):
        block = block_of(state, t)
        if block.left[0] != LEAF:
            stump = np.zeros(len(block.left), np.bool_)
            stump[0] = True
            found.append(block.factor(block.top(stump, 1.0)[0]))
    positive = [factor for factor in found if factor > 0.0]
    return float(np.median(positive)) if positive else min(1.0, state.problem.max_factor)


def gain(state: JointState, t: int, strength: float, factor: float) -> tuple[float, float]:
    """What the objective would fall by under the quadratic, and the price of that top.

    Parameters
    ----------
    state : JointState
    t : int
    strength : float
        By the sum of weights.
    factor : float
        Of the old values.

    Returns
    -------
    tuple of float
        0 and 0 if the tree is better left out.
    """
    block, own = block_of(state, t), state.problem.prices.tree
    prices = split_prices(state, t)
    for share in _SHARES if state.problem.values == "fixed" else _SHARES[:1]:
        split, cost, price = block.best(share * factor, strength, prices)
        fall = -cost - strength * own
        if split[0] and fall > 0.0:
            return fall, price + own
    return 0.0, 0.0


def all_gains(state: JointState, strength: float, *, n_jobs: int | None = None) -> tuple[Array, Array]:
    """Gains and prices of all trees that are not kept; 0 for those that are.

    Parameters
    ----------
    state : JointState
    strength : float
    n_jobs : int, optional
        Threads over trees, after joblib's convention.

    Returns
    -------
    gains, prices : ndarray of float64, shape (n_trees,)
    """
    n, factor = state.problem.trees.n_trees, usual_factor(state)
    out = np.zeros((n, 2))

    def some(start: int) -> None:
        for t in range(start, min(start + _TREES_AT_ONCE, n)):
            if t not in state.tops:
                out[t] = gain(state, t, strength, factor)

    run(some, range(0, n, _TREES_AT_ONCE), n_jobs)
    return out[:, 0], out[:, 1]


class Queue:
    """Trees by what they would gain, the best first; of equal ones the first.

    Parameters
    ----------
    state : JointState
    strength : float
        By the sum of weights.
    n_jobs : int, optional
        Threads of the first look at all trees.
    """

    def __init__(self, state: JointState, strength: float, *, n_jobs: int | None = None) -> None:
        self._state, self._strength = state, strength
        self._gains, _ = all_gains(state, strength, n_jobs=n_jobs)
        self._fresh = np.ones(len(self._gains), np.bool_)

    def pop(self, least: float) -> int | None:
        """The tree that gains most, if more than `least`."""
        factor = usual_factor(self._state)
        while True:
            most = float(self._gains.max())
            if most <= least:
                return None
            t = int((self._gains >= most * (1 - _TIE)).argmax())  # rounding must not choose between trees
            if self._fresh[t]:
                self._gains[t] = 0.0
                return t
            self._gains[t], _ = gain(self._state, t, self._strength, factor)
            self._fresh[t] = True

    def age(self) -> None:
        """Say that the model has changed."""
        self._fresh[:] = False
