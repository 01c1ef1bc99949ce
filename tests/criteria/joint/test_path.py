"""Paths: sizes, losses, limits; weights are repeated rows."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from tests.criteria.joint.helpers import forest_problem, indicators, shares_of, table, tree_arrays
from tests.criteria.joint.test_descent import CASES, weighted_loss
from treeprune.backends import read
from treeprune.criteria.joint import build
from treeprune.criteria.joint.descent import Limits
from treeprune.criteria.joint.forest import shares, solve_shares
from treeprune.criteria.joint.path import largest_alpha, solve_path
from treeprune.criteria.joint.problem import Prices
from treeprune.criteria.joint.shares import shares_problem
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.top import Block
from treeprune.model.ensemble import LEAF
from treeprune.model.structure import depths


@pytest.mark.parametrize("case", CASES)
def test_sizes_rise_and_losses_fall_as_alpha_falls(case):
    problem = CASES[case](0)
    steps = solve_path(problem)
    assert len(steps) > 2
    for a, b in itertools.pairwise(steps):
        assert a.alpha > b.alpha
        assert a.price < b.price
        assert a.loss + a.ridge >= b.loss + b.ridge
        # warm starts: the later model is better at its own strength
        assert b.objective <= a.loss + a.ridge + b.alpha * a.price + 1e-9
    for step in steps:
        assert step.n_nodes == step.price
        raw = np.tile(step.base, (len(problem.outcome), 1))
        for t in step.trees:
            own = problem.trees.tree(int(t))
            left, right, *_ = tree_arrays(problem, int(t))
            value = np.full((own.stop - own.start, problem.n_columns), np.nan)
            position = {int(n): k for k, n in enumerate(problem.trees.node[own])}
            inside = [k for k, n in enumerate(step.nodes) if int(n) in position]
            for k in inside:
                if step.is_leaf[k]:
                    value[position[int(step.nodes[k])]] = step.values[k]
                else:
                    assert not step.values[k].any()
            for node in range(len(left)):
                if left[node] != LEAF and not np.isnan(value[node]).any():
                    value[left[node]] = value[right[node]] = value[node]
            raw += value[left == LEAF][problem.trees.places.numbers[t]]
        assert step.loss == pytest.approx(weighted_loss(problem, raw) / problem.weight.sum(), rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_the_first_strength_is_where_the_first_tree_enters(seed):
    problem = forest_problem(seed, "numbers", values="refit")
    largest = largest_alpha(problem)
    state = JointState(problem)

    def gain(alpha):
        found = 0.0
        for t in range(problem.trees.n_trees):
            block = Block(problem, t, state.sums_without(t))
            split, cost, _ = block.best(0.0, alpha * problem.weight.sum(), np.empty(0))
            found = max(found, -cost if split[0] else 0.0)
        return found

    assert gain(largest * 1.0001) == 0.0
    assert gain(largest * 0.999) > 0.0
    assert solve_path(problem, [largest * 1.0001]) == []
    assert solve_path(problem, [largest * 0.999])[0].n_trees == 1


@pytest.mark.parametrize("kind", ["classes", "numbers", "counts"])
@pytest.mark.parametrize("values", ["fixed", "anchored", "refit"])
def test_weights_are_repeated_rows(kind, values):
    X, y = table(0, 80, kind=kind)
    forest = RandomForestClassifier if kind == "classes" else RandomForestRegressor
    e = read(forest(4, max_depth=3, random_state=0).fit(X, y))
    outcome = y[:, None].astype(float)
    loss = {"classes": "log_loss", "numbers": "squared_error", "counts": "poisson"}[kind]
    weight = np.random.default_rng(1).integers(0, 4, 80)
    found = []
    for rows, own, w in (
        (X, outcome, weight),
        (np.repeat(X, weight, axis=0), np.repeat(outcome, weight, axis=0), None),
    ):
        prepared = build.joint_rows(e, rows, w, min_leaf_weight=3)
        found.append(solve_path(build.additive_problem(prepared, own, loss, values=values), [0.05, 0.02]))
    assert len(found[0]) == len(found[1]) > 0
    for a, b in zip(*found, strict=True):
        assert a.nodes.tolist() == b.nodes.tolist()
        assert a.values == pytest.approx(b.values, rel=1e-6, abs=1e-8)
        assert a.objective == pytest.approx(b.objective)


def test_limits_hold():
    problem = forest_problem(0, "numbers", n_trees=8, depth=4)
    free = solve_path(problem)
    assert free[-1].n_nodes > 40
    small = solve_path(problem, limits=Limits(max_nodes=40))
    assert 20 < small[-1].n_nodes <= 40
    few = solve_path(problem, limits=Limits(max_trees=2))
    assert max(step.n_trees for step in few) == 2


def test_depth_and_leaf_weight_hold():
    X, y = table(0, 200, kind="numbers")
    e = read(RandomForestRegressor(4, random_state=0).fit(X, y))
    rows = build.joint_rows(e, X, max_depth=2, min_leaf_weight=20)
    steps = solve_path(build.additive_problem(rows, y[:, None], "squared_error"))
    assert 7 <= steps[-1].n_nodes <= steps[-1].n_trees * 7
    assert (
        max(
            depths(rows.trees.left[own], rows.trees.right[own]).max()
            for own in map(rows.trees.tree, range(4))
        )
        == 2
    )


def test_a_dearer_tree_means_fewer_trees():
    problem = forest_problem(0, "numbers", n_trees=8, depth=4)
    dear = replace(problem, prices=Prices(tree=30.0))
    cheap, few = (next(s for s in reversed(solve_path(p)) if s.n_nodes <= 40) for p in (problem, dear))
    assert few.n_trees < cheap.n_trees


def test_threads_change_nothing():
    problem = forest_problem(0, n_trees=20)
    one, two = solve_path(problem, n_jobs=1), solve_path(problem, n_jobs=2)
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a.values, b.values)
        assert np.array_equal(a.nodes, b.nodes)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("values", ["fixed", "anchored", "refit"])
def test_shares_are_shares(n_classes, values):
    for size in (1, 2, 4):
        path = solve_shares(shares_of(0, n_classes, size, values=values, ridge=0.1))
        assert path
        for step in path:
            assert 1 <= step.n_trees <= size
            exact = step.base + step.n_trees * step.values[step.is_leaf]
            if n_classes == 2:
                exact = np.hstack([1 - exact, exact])
            assert exact.min() >= -1e-9
            assert exact.max() <= 1 + 1e-9
            assert exact.sum(axis=1) == pytest.approx(1)
            assert shares(step, (n_classes,))[step.is_leaf] == pytest.approx(exact, abs=1e-9)


def test_soft_targets_are_met():
    X, y = table(0, 300)
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, y)
    rows = build.joint_rows(read(model), X)
    soft = model.predict_proba(X)
    problem = shares_problem(rows, soft, 5, ridge=0.0)
    last = solve_path(problem, limits=Limits(max_trees=5))[-1]
    assert 2 * last.loss < 0.002  # the forest itself is in reach
    hard = shares_problem(rows, indicators(y), 5)
    assert 2 * solve_path(hard, limits=Limits(max_trees=5))[-1].loss > 0.01


def test_nothing_to_gain_gives_no_path():
    X, y = table(0, kind="numbers")
    e = read(RandomForestRegressor(3, max_depth=3, random_state=0).fit(X, y))
    rows = build.joint_rows(e, X)
    assert solve_path(build.additive_problem(rows, np.ones((len(X), 1)), "squared_error")) == []


@pytest.mark.parametrize("alphas", [[0.0], [-1.0], [np.nan], [np.inf]])
def test_bad_strengths_are_refused(alphas):
    with pytest.raises(ValueError, match="alphas"):
        solve_path(forest_problem(0), alphas)
