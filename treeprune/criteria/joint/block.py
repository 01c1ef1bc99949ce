"""One step of the descent: the best top of one tree, all others being as they are."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.top import Block, Top
from treeprune.model.ensemble import Array

_FACTOR_ROUNDS = 3
_STEPS = (1.0, 0.5, 0.2)
FAR_TOO_LARGE = 4
"""By what factors are divided that no split is worth, where nothing but them is fitted."""

_NO_PRICES = np.empty(0)


def split_prices(state: JointState, t: int, paid: Array | None = None) -> Array:
    """What splits of a tree cost for a feature that the rest of the model does not look at.

    The first split of a path on such a feature pays its price. So a feature that two branches begin to
    use on their own is paid twice in the dynamic program: it bounds the true price from above.

    Parameters
    ----------
    state : JointState
    t : int
    paid : ndarray of int, optional
        Features that count as paid.

    Returns
    -------
    ndarray of float64, shape (n_nodes,) or (0,)
        Empty where nothing has to be paid.
    """
    price = state.problem.prices.feature
    if price is None:
        return _NO_PRICES
    trees, own, top = state.problem.trees, state.problem.trees.tree(t), state.tops.get(t)
    uses = state.uses.copy()
    if top is not None:
        uses[top.features] -= 1
    due = np.append(np.where(uses > 0, 0.0, price[: len(uses)]), 0.0)  # the last entry is the leaves'
    if paid is not None:
        due[paid] = 0.0
    return np.where(trees.first_use[own], due[trees.feature[own]], 0.0) if due.any() else _NO_PRICES


def block_of(state: JointState, t: int) -> Block:
    """All tops of one tree, the others being as they are."""
    return Block(state.problem, t, state.sums_without(t))


def propose(state: JointState, t: int, strength: float, factor: float) -> tuple[Top | None, Block]:
    """The best top of a tree under the quadratic around the present raw output.

    Exact for given factor and features that are paid for; both are then improved in turns, as long as
    the quadratic falls.

    Parameters
    ----------
    state : JointState
    t : int
    strength : float
        By the sum of weights.
    factor : float
        Of the old values, to begin with.

    Returns
    -------
    Top or None
        None if the tree is best dropped. A top of one node is no tree but a part of the base.
    Block
        For steps part of the way.
    """
    problem, block = state.problem, block_of(state, t)
    paid: Array | None = None
    best: Top | None = None
    least, present = 0.0, t in state.tops or problem.values == "refit"
    for _ in range(_FACTOR_ROUNDS):
        split, _, _ = block.best(factor, strength, split_prices(state, t, paid))
        if not split[0]:
            if best is not None or present:
                break
            # old values may be too large for this tree
            factor /= FAR_TOO_LARGE if problem.values == "fixed" else 2
            continue
        top, cost = block.top(split, factor)
        cost += strength * _own_price(state, t, top)
        wanted = factor if problem.values == "refit" else block.factor(top)
        if wanted != factor:
            other, lower = block.top(split, wanted)
            lower += strength * _own_price(state, t, top)
            if lower < cost:
                top, cost = other, lower
        if best is not None and cost >= least - 1e-9 * abs(least):
            break
        if best is None or cost < least:
            best, least = top, cost
        if problem.prices.feature is None and abs(top.factor - factor) <= 0.05 * abs(factor):
            break  # it would hardly choose another top
        factor, paid = top.factor, top.features
    return (best if best is not None and least < 0.0 else None), block


def _own_price(state: JointState, t: int, top: Top) -> float:
    """What a top adds to the price of the model, exactly."""
    p, present = state.problem.prices, state.tops.get(t)
    price = p.node * top.n_nodes + p.tree
    if p.feature is not None:
        uses = state.uses.copy()
        if present is not None:
            uses[present.features] -= 1
        price += float(p.feature[top.features[uses[top.features] == 0]].sum())
    return price


def update(state: JointState, t: int, strength: float, factor: float) -> float:
    """Give one tree its best top; the objective never rises.

    Parameters
    ----------
    state : JointState
        Changed in place.
    t : int
    strength : float
        By the sum of weights.
    factor : float
        Where the tree's factor starts if the tree is not kept yet.

    Returns
    -------
    float
        By how much the objective fell, times the sum of weights.
    """
    present, before = state.tops.get(t), state.total(strength)
    start = present.factor if present is not None else factor
    top, block = propose(state, t, strength, start)
    if top is None:
        if present is not None and not state.replace(t, None, strength):
            _improve_values(state, t, strength, block)
        return before - state.total(strength)
    if present is not None and np.array_equal(top.table, present.table):
        return 0.0
    for step in _STEPS:
        trial = top if step == 1.0 else block.between(top, step, start if present is not None else 0.0)
        if state.replace(t, trial, strength):
            return before - state.total(strength)
    if present is not None:
        _improve_values(state, t, strength, block)
    return before - state.total(strength)


def _improve_values(state: JointState, t: int, strength: float, block: Block) -> bool:
    """Better values for the same top, by a line search."""
    present = state.tops[t]
    top, _ = block.top(present.split, present.factor)
    factor = block.factor(top) if state.problem.values != "refit" else 0.0
    if factor != present.factor:
        top, _ = block.top(present.split, factor)
    for step in _STEPS:
        trial = top if step == 1.0 else block.between(top, step, present.factor)
        if state.replace(t, trial, strength):
            return True
    return False


def refine(state: JointState, t: int) -> float:
    """Better values for the top that is kept of a tree; the objective never rises.

    Parameters
    ----------
    state : JointState
        Changed in place.
    t : int

    Returns
    -------
    float
        By how much the objective fell, times the sum of weights.
    """
    before = state.loss + state.ridge
    _improve_values(state, t, 0.0, block_of(state, t))
    return before - state.loss - state.ridge
