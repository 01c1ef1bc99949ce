"""The weakest-link path against brute force, a plain twin, and scikit-learn's own path."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestRegressor

from tests.criteria.helpers import leaves_left, make_tree, shapes, top_subtrees
from tests.strategies import cases, fitted
from treeprune.backends import read
from treeprune.criteria import weakest_link
from treeprune.criteria.weakest_link import distinct_alphas, geometric_means, weakest_link_alphas
from treeprune.model.ensemble import LEAF
from treeprune.model.path import path_sums
from treeprune.model.structure import lowest_above
from treeprune.statistics.risk import node_risk


@st.composite
def trees_with_risk(draw):
    """A small tree and a whole-number risk of each node; splits never add risk, many add nothing."""
    left, right = draw(shapes())
    risk = np.zeros(len(left))
    for node in range(len(left) - 1, -1, -1):
        if left[node] == LEAF:
            risk[node] = draw(st.integers(0, 4))
        else:
            risk[node] = risk[left[node]] + risk[right[node]] + draw(st.integers(0, 6))
    return make_tree(left, right, np.zeros(len(left)), np.ones(len(left))), risk


def slow_path(e, risk):
    """(strength, leaves) of each step, from a look at all nodes in every step, in exact arithmetic."""
    leaf = e.is_leaf.copy()
    steps = [(Fraction(0), leaves_left(e, leaf))]
    while not leaf[0]:
        strength = {}
        for node in np.flatnonzero(~leaf):
            branch = [i for i in leaves_left(e, leaf) if is_below(e, i, node)]
            if branch:  # none below a node that has gone
                rise = Fraction(risk[node]) - sum(Fraction(risk[i]) for i in branch)
                strength[node] = rise / (len(branch) - 1)
        least = min(strength.values())
        leaf[[node for node, own in strength.items() if own == least]] = True
        steps.append((least, leaves_left(e, leaf)))
    return steps


def is_below(e, node, ancestor):
    return node == ancestor or (
        e.left[ancestor] != LEAF
        and (is_below(e, node, e.left[ancestor]) or is_below(e, node, e.right[ancestor]))
    )


@given(trees_with_risk())
def test_path_is_that_of_the_slow_twin(drawn):
    e, risk = drawn
    alpha = weakest_link_alphas(e, risk)
    steps = {float(strength): leaves for strength, leaves in slow_path(e, risk)}  # the last of each tie
    ours = distinct_alphas(alpha)
    strictly = [s for s in steps if s > 0]
    np.testing.assert_allclose(ours[ours > 1e-9], strictly, rtol=1e-12)
    for strength in strictly:
        assert leaves_left(e, alpha <= strength * (1 + 1e-12)) == steps[strength]
    assert leaves_left(e, alpha <= 1e-9) == steps[0.0]


@given(trees_with_risk(), st.fractions(min_value=Fraction(1, 60), max_value=8, max_denominator=60))
def test_every_member_is_the_smallest_that_minimises_the_penalised_risk(drawn, strength):
    e, risk = drawn
    alpha = weakest_link_alphas(e, risk)
    cost = {
        leaves: sum(Fraction(risk[i]) for i in leaves) + strength * len(leaves)
        for leaves in top_subtrees(e.left, e.right)
    }
    best = min(cost.values())
    smallest = min((leaves for leaves, own in cost.items() if own == best), key=len)
    assert leaves_left(e, alpha <= float(strength) * (1 + 1e-12)) == smallest


@pytest.mark.parametrize("case", cases())
def test_strengths_are_positive_and_the_path_is_nested_down_to_the_roots(case):
    e = read(case.model)
    alpha = weakest_link_alphas(e, node_risk(e))
    assert (alpha > 0).all()
    assert np.isinf(alpha[e.is_leaf]).all()
    roots = e.root[:-1][~e.is_leaf[e.root[:-1]]]
    assert np.isfinite(alpha[roots]).all()
    # a split that collapses by itself does so before any split above it, or in a tie with it
    own = np.isfinite(alpha)
    assert (alpha[own] <= lowest_above(e.left, e.right, alpha)[own]).all()


TREES = [param for param in cases() if not hasattr(param.values[0].model, "estimators_")]


@pytest.mark.parametrize("case", TREES)
def test_strengths_and_risks_are_those_of_cost_complexity_pruning_path(case):
    e = read(case.model)
    risk = node_risk(e)
    alpha = weakest_link_alphas(e, risk)
    native = case.model.cost_complexity_pruning_path(case.X, case.y, sample_weight=case.weight)
    # scikit-learn lists every collapse and lets rounding take a strength back or below zero
    expected = np.maximum(np.maximum.accumulate(native.ccp_alphas[1:]), np.finfo(float).tiny)
    assert np.array_equal(np.sort(alpha[np.isfinite(alpha)]), expected)
    steps = np.concatenate([[0.0], expected])
    last = np.append(steps[1:] > steps[:-1], True)
    np.testing.assert_allclose(
        path_sums(e, alpha, steps[last], risk), native.impurities[last], rtol=1e-9, atol=1e-12
    )


def test_trees_of_a_forest_do_not_see_each_other():
    forest = fitted(RandomForestRegressor, kind="regression")
    e = read(forest)
    together = weakest_link_alphas(e, node_risk(e))
    for t, member in enumerate(forest.estimators_):
        alone = read(member)
        assert np.array_equal(together[e.tree(t)], weakest_link_alphas(alone, node_risk(alone)))


def test_a_tree_of_one_node_has_an_empty_path():
    e = make_tree([-1], [-1], [[1.0]], [3.0])
    alpha = weakest_link_alphas(e, np.ones(1))
    assert np.isinf(alpha).all()
    assert np.array_equal(distinct_alphas(alpha), [0.0])


def test_a_split_that_gains_nothing_goes_at_the_least_strength_but_not_at_zero():
    e = make_tree([1, -1, -1], [2, -1, -1], [0.0, 0.0, 0.0], [2.0, 1.0, 1.0])
    for gain in (0.0, -1e-17):
        alpha = weakest_link_alphas(e, np.array([gain, 0.0, 0.0]))
        assert 0 < alpha[0] < 1e-300


@pytest.mark.parametrize("short", [-1, 10**9])
def test_a_chain_of_many_splits_is_pruned_from_its_end(short, monkeypatch):
    monkeypatch.setattr(weakest_link, "_SHORT", short)  # with and without a thread of its own
    n = 2001
    left = np.where(np.arange(n) % 2 == 0, np.arange(n) + 1, -1)
    right = np.where(np.arange(n) % 2 == 0, np.arange(n) + 2, -1)
    left[-1] = right[-1] = -1
    depth = np.arange(n) // 2
    risk = np.where(left == -1, 0.0, (1000.0 - depth) ** 2)
    alpha = weakest_link_alphas(make_tree(left, right, np.zeros(n), np.ones(n)), risk)
    # r ** 2 at a split against (r - 1) ** 2 at the one below it, which has just become a leaf
    assert np.array_equal(alpha[left != -1], 2 * (1000 - depth[left != -1]) - 1)


def test_ties_are_merged_upwards_and_the_first_strength_is_zero():
    alpha = np.array([np.inf, 2.0, 1.0, 1.0 + 1e-14, np.inf, 1.0 - 1e-14, 3.0])
    assert np.array_equal(distinct_alphas(alpha), [0.0, 1.0 + 1e-14, 2.0, 3.0])


def test_geometric_means_lie_inside_their_steps():
    alphas = np.array([0.0, 1.0, 4.0, 9.0])
    np.testing.assert_allclose(geometric_means(alphas), [0.0, 2.0, 6.0, 9.0], rtol=1e-15)


def test_geometric_means_of_tiny_strengths_do_not_underflow():
    tiny = np.finfo(float).tiny
    means = geometric_means(np.array([0.0, tiny, 4 * tiny, 1.0]))
    np.testing.assert_allclose(means[1], 2 * tiny, rtol=1e-12)
    assert (means >= np.array([0.0, tiny, 4 * tiny, 1.0])).all()


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=8, unique=True).map(sorted))
def test_a_geometric_mean_never_falls_out_of_its_step(alphas):
    means = geometric_means(np.array(alphas))
    assert (means >= alphas).all()
    assert (means[:-1] <= np.array(alphas[1:]) * (1 + 1e-15)).all()
