"""Steps of the descent: the objective never rises, and says what it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_softmax

from tests.criteria.joint.helpers import PRICED, boosted, forest_problem, shares_of
from treeprune.criteria.joint.block import refine, update
from treeprune.criteria.joint.descent import Limits, descend
from treeprune.criteria.joint.problem import Prices
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.step import step_of

CASES = {
    "two classes": forest_problem,
    "three classes": lambda s, **o: forest_problem(s, n_classes=3, **o),
    "numbers": lambda s, **o: forest_problem(s, "numbers", **o),
    "counts": lambda s, **o: forest_problem(s, "counts", **o),
    "shares of two": lambda s, **o: shares_of(s, 2, 3, **o),
    "shares of three": lambda s, **o: shares_of(s, 3, 3, **o),
    "boosted": boosted,
    "boosted classes": lambda s, **o: boosted(s, 3, **o),
}


def weighted_loss(problem, raw):
    """Loss of a raw output, shape (n_rows, n_columns), from the definition."""
    y, w = problem.outcome, problem.weight
    if problem.loss == "squared_error":
        loss = 0.5 * ((y - raw) ** 2).sum(axis=1)
    elif problem.loss == "poisson":
        loss = (np.exp(raw) - y * raw).sum(axis=1)
    elif y.shape[1] > 1:
        loss = -(y * log_softmax(raw, axis=1)).sum(axis=1)
    else:
        p = expit(raw)
        loss = -(y * np.log(p) + (1 - y) * np.log1p(-p))[:, 0]
    return float(loss @ w)


def slow_raw(problem, state):
    raw = np.tile(state.base, (len(problem.outcome), 1))
    for t, top in state.tops.items():
        first = problem.first_column(t)
        raw[:, first : first + problem.width] += top.table[problem.trees.places.numbers[t]]
    return raw


@pytest.mark.parametrize("case", CASES)
@given(
    seed=st.integers(0, 100),
    values=st.sampled_from(["fixed", "anchored", "refit"]),
    ridge=st.sampled_from([0.0, 1.0]),
    priced=st.booleans(),
)
def test_objective_never_rises_and_is_what_it_says(case, seed, values, ridge, priced):
    problem = CASES[case](seed, values=values, ridge=ridge, prices=PRICED if priced else Prices())
    rng = np.random.default_rng(seed)
    state, before = JointState(problem), np.inf
    strength = 10.0 ** rng.uniform(-2, 0.5)
    for _ in range(12):
        t = int(rng.integers(problem.trees.n_trees))
        if t in state.tops and rng.random() < 0.3:
            refine(state, t)
        else:
            fall = update(state, t, strength, 0.0 if values == "refit" else 1.0)
            assert fall >= 0.0
        assert state.total(strength) <= before
        before = state.total(strength)
    raw = slow_raw(problem, state)
    assert pytest.approx(raw, abs=1e-9) == state.raw.T
    assert state.loss == pytest.approx(weighted_loss(problem, raw), rel=1e-9, abs=1e-9)
    assert state.n_nodes == sum(top.kept.sum() for top in state.tops.values())
    price = state.n_nodes
    if priced:
        used = set().union(*(top.features.tolist() for top in state.tops.values()))
        price += 2 * len(state.tops) + problem.prices.feature[sorted(used)].sum()
    assert state.price == pytest.approx(price)
    ridge_cost = sum(
        0.5
        * ridge
        * ((top.value[top.leaf] - top.factor * problem.old[problem.trees.tree(t)][top.leaf]) ** 2).sum()
        for t, top in state.tops.items()
        if values != "fixed"
    )
    assert state.ridge == pytest.approx(ridge_cost, abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_values_are_as_wanted(case):
    for values in ("fixed", "refit"):
        problem = CASES[case](1, values=values)
        state = JointState(problem)
        descend(state, 0.05, Limits(), state.loss)
        assert state.tops
        for t, top in state.tops.items():
            if values == "fixed":
                own = problem.old[problem.trees.tree(t)][top.leaf]
                assert top.value[top.leaf] == pytest.approx(top.factor * own)
                assert top.factor >= 0.0
            else:
                assert top.factor == 0.0


@pytest.mark.parametrize("case", CASES)
def test_a_strong_ridge_gives_old_values_times_a_factor(case):
    anchored = CASES[case](2, values="anchored", ridge=1e9)
    fixed = replace(anchored, values="fixed")
    found = []
    for problem in (anchored, fixed):
        state = JointState(problem)
        update(state, 0, 0.05, 1.0)
        found.append(state)
    assert found[0].total(0.05) == pytest.approx(found[1].total(0.05), rel=1e-5)


def test_free_features_change_nothing():
    for case in CASES.values():
        steps = []
        for feature in (None, np.zeros(4)):
            state = JointState(case(3, prices=Prices(feature=feature)))
            descend(state, 0.2, Limits(), state.loss)
            steps.append(step_of(state, 0.2))
        a, b = steps
        assert a.nodes.tolist() == b.nodes.tolist()
        assert a.values == pytest.approx(b.values, rel=1e-6, abs=1e-9)


def test_a_dear_feature_is_left_out_and_a_paid_one_is_free():
    problem = forest_problem(0, "numbers", n_trees=8, depth=4)
    state = JointState(problem)
    descend(state, 0.5, Limits(), state.loss)
    assert state.uses[2] > 0
    dear = Prices(feature=np.array([0.0, 0.0, 1e6, 0.0]))
    other = JointState(replace(problem, prices=dear))
    descend(other, 0.5, Limits(), other.loss)
    assert other.tops
    assert other.uses[2] == 0
    some = Prices(feature=np.full(4, 3.0))
    third = JointState(replace(problem, prices=some))
    descend(third, 0.5, Limits(), third.loss)
    used = np.flatnonzero(third.uses)
    assert third.price == third.n_nodes + 3.0 * len(used)


def test_values_follow_the_signs():
    problem = replace(
        forest_problem(0, "numbers", n_trees=6, depth=4, values="refit", ridge=0.1),
        monotone=np.array([1, 0, 0, -1], np.int8),
    )
    state, before = JointState(problem), np.inf
    for t in [*range(6), *range(6)]:
        update(state, t, 0.3, 0.0)
        assert state.total(0.3) <= before
        before = state.total(0.3)
    assert state.tops
    for t, top in state.tops.items():
        own = problem.trees.tree(t)
        left, right, feature = (getattr(problem.trees, k)[own] for k in ("left", "right", "feature"))

        def leaves(node, top=top, left=left, right=right):
            return [node] if top.leaf[node] else leaves(left[node]) + leaves(right[node])

        for node in np.flatnonzero(top.split):
            below, above = (top.value[leaves(side[node]), 0] for side in (left, right))
            if feature[node] == 0:
                assert below.max() <= above.min() + 1e-12
            elif feature[node] == 3:
                assert below.min() >= above.max() - 1e-12


def test_limits_hold():
    problem = forest_problem(0, "numbers", n_trees=8, depth=4)
    state = JointState(problem)
    descend(state, 0.01, Limits(max_trees=2), state.loss)
    assert len(state.tops) == 2
