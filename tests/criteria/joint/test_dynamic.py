"""The dynamic program of one tree, against all of its tops."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.criteria.joint.helpers import (
    all_tops,
    forest_problem,
    nearest_legal,
    rows_below,
    shares_of,
    tree_arrays,
)
from treeprune.criteria.joint.block import propose, update
from treeprune.criteria.joint.dynamic import project
from treeprune.criteria.joint.problem import Bounds, Prices
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.top import Block


def leaf_cost(problem, sums, old, factor):
    """Least cost of one leaf, from the definition."""
    pull, curve = sums[:, 0], sums[:, 1]
    anchor = (0.0 if problem.values == "refit" else factor) * old
    if problem.values == "fixed":
        v = nearest_legal(anchor, problem.bounds)
        return (0.5 * curve * v**2 - pull * v).sum()
    bend = curve + problem.ridge
    v = np.where(bend > 0, (pull + problem.ridge * anchor) / np.where(bend > 0, bend, 1.0), anchor)
    v = nearest_legal(v, problem.bounds)
    return (0.5 * curve * v**2 - pull * v + 0.5 * problem.ridge * (v - anchor) ** 2).sum()


def least_of_all(problem, block, factor, strength):
    left, right, _, old = tree_arrays(problem, block.t)
    return min(
        sum(leaf_cost(problem, block.sums[leaf], old[leaf], factor) for leaf in leaves)
        + strength * (len(splits) + len(leaves))
        for splits, leaves in all_tops(left, right)
    )


VALUES = st.sampled_from(["fixed", "anchored", "refit"])


@given(st.integers(0, 300), VALUES, st.floats(0, 3), st.sampled_from([0.0, 0.3, 20.0]))
def test_best_top_is_the_best_of_all(seed, values, strength, ridge):
    for make in (
        lambda: forest_problem(seed, values=values, ridge=ridge),
        lambda: forest_problem(seed, n_classes=3, values=values, ridge=ridge),
        lambda: shares_of(seed, 2, 2, values=values, ridge=ridge),
        lambda: shares_of(seed, 3, 2, values=values, ridge=ridge),
    ):
        problem = make()
        state = JointState(problem)
        update(state, 0, 0.1, 1.0)  # so that sums are taken with the tree's own output removed
        factor = 0.0 if values == "refit" else 0.7
        block = Block(problem, 0, state.sums_without(0))
        split, cost, price = block.best(factor, strength, np.empty(0))
        assert cost == pytest.approx(least_of_all(problem, block, factor, strength), rel=1e-9, abs=1e-9)
        top, own = block.top(split, factor)
        assert price == top.n_nodes
        assert own + strength * price == pytest.approx(cost, rel=1e-9, abs=1e-9)


def row_loss(problem, raw):
    """Half the weighted squared error, from the definition."""
    return 0.5 * (problem.weight[:, None] * (problem.outcome - raw.T) ** 2).sum()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["numbers", "shares", "outcomes"])
def test_one_step_is_the_least_objective_over_all_tops_and_values(seed, kind):
    """With real rows and real losses: no top with its best values does better than the step."""
    problem = (
        forest_problem(seed, "numbers", values="refit", ridge=0.5)
        if kind == "numbers"
        else shares_of(seed, 3, 2, values="refit", ridge=0.5, several=kind == "outcomes")
    )
    problem = replace(problem, fit_base=False)
    state = JointState(problem)
    for t in (0, 1):
        update(state, t, 0.2, 0.0)
    t, strength = 0, 0.2
    update(state, t, strength, 0.0)
    others = state.copy()
    others.replace(t, None, 1e9)  # nodes are so dear that the tree goes, whatever the loss
    assert t not in others.tops
    left, right, *_ = tree_arrays(problem, t)
    reached = rows_below(problem, t)
    rest = problem.outcome - others.raw.T
    least = row_loss(problem, others.raw) + others.ridge + strength * others.price
    for splits, leaves in all_tops(left, right):
        if not splits:
            continue  # a leaf alone is no tree
        raw, ridge = others.raw.copy(), others.ridge
        for leaf in leaves:
            w = problem.weight[reached[leaf]]
            pull = (w[:, None] * rest[reached[leaf]]).sum(axis=0)
            v = nearest_legal(pull / (w.sum() + 0.5), problem.bounds)
            raw[:, reached[leaf]] += v[:, None]
            ridge += 0.25 * (v**2).sum()
        size = len(splits) + len(leaves)
        least = min(least, row_loss(problem, raw) + ridge + strength * (others.price + size))
    assert state.total(strength) == pytest.approx(least, rel=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_projection_is_the_nearest_point(seed, n):
    rng = np.random.default_rng(seed)
    prior = rng.dirichlet(np.ones(n))
    bounds = Bounds.shares(prior, int(rng.integers(1, 5)), [n])
    v = rng.normal(size=n) * 10.0 ** rng.integers(-3, 2)
    found = v.copy()
    project(found, bounds.blocks, bounds.low, bounds.high)
    assert found == pytest.approx(nearest_legal(v, bounds), abs=1e-9)
    assert found.sum() == pytest.approx(0, abs=1e-12)
    assert (found >= bounds.low).all()


@given(st.integers(0, 10_000), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_outcomes_are_projected_one_by_one(seed, widths):
    rng = np.random.default_rng(seed)
    prior = np.concatenate([rng.dirichlet(np.ones(n + (n == 1)))[:n] for n in widths])
    bounds = Bounds.shares(prior, 3, widths)
    v = rng.normal(size=len(prior))
    found = v.copy()
    project(found, bounds.blocks, bounds.low, bounds.high)
    assert found == pytest.approx(nearest_legal(v, bounds), abs=1e-9)


def test_shares_at_their_bounds():
    v, low = np.array([0.9, -0.5, 0.4]), np.array([-0.2, -0.3, -0.1])
    project(v, np.array([0, 3]), low, -low)
    assert v == pytest.approx([0.4, -0.3, -0.1])
    v = np.array([-2.0, 0.3, 2.0])
    project(v, np.arange(4), np.full(3, -1.0), np.full(3, 0.5))
    assert v.tolist() == [-1.0, 0.3, 0.5]


@pytest.mark.parametrize("seed", range(5))
def test_a_fitted_factor_is_better_than_others(seed):
    problem = forest_problem(seed, values="anchored", ridge=2.0)
    state = JointState(problem)
    top, block = propose(state, 0, 0.3, 1.0)
    assert top is not None
    best = block.factor(top)
    costs = [block.top(top.split, best + off)[1] for off in (-0.2, -0.01, 0.0, 0.01, 0.2)]
    assert min(costs) == costs[2]


def test_prices_are_checked():
    with pytest.raises(ValueError, match="not negative"):
        Prices(node=-1.0)
    with pytest.raises(ValueError, match="must have a price"):
        Prices(node=0.0)
    with pytest.raises(ValueError, match="finite"):
        Prices(feature=np.array([1.0, np.inf]))


def test_projection_ends_where_rounding_goes_back_and_forth():
    rng = np.random.default_rng(0)
    for _ in range(20_000):
        n = int(rng.integers(2, 6))
        bounds = Bounds.shares(rng.dirichlet(np.ones(n)), 3, [n])
        v = rng.choice(bounds.low, n) + rng.choice([0.0, 1e-17, 1e-16, 0.1], n)
        project(v, bounds.blocks, bounds.low, bounds.high)
        assert abs(v.sum()) < 1e-12
