"""Trees grown on soft targets: scikit-learn's own where it can grow them, and what it cannot do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from treeprune.criteria.soft_tree.growth import Growth, grow
from treeprune.criteria.soft_tree.rows import SoftRows


def make_rows(seed, n=200, p=4, k=1, *, missing=False, grid=None, weighted=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)).astype(np.float32)
    if grid:
        x = np.round(x * grid) / np.float32(grid)
    target = rng.random((n, k)) + np.sin(2 * x[:, :1]) + (x[:, 1:2] > 0)
    if missing:
        x[rng.random((n, p)) < 0.2] = np.nan
    weight = rng.integers(1, 4, n).astype(float) if weighted else np.ones(n)
    return SoftRows(x=x, target=target, weight=weight, real=np.ones(n, bool))


def answers(tree, x):
    return tree.value[tree.apply(x)]


@given(
    seed=st.integers(0, 10_000),
    k=st.integers(1, 3),
    leaves=st.integers(2, 14),
    least=st.integers(1, 9),
    missing=st.booleans(),
    grid=st.sampled_from([None, 10]),
)
def test_the_tree_is_scikit_learns(seed, k, leaves, least, missing, grid):
    rows = make_rows(seed, k=k, missing=missing, grid=grid)
    tree = grow(rows, Growth(leaves, min_real=least))
    known = DecisionTreeRegressor(max_leaf_nodes=leaves, min_samples_leaf=least, random_state=0)
    known.fit(rows.x, rows.target, sample_weight=rows.weight)
    new = np.random.default_rng(seed + 1).normal(size=(300, 4)).astype(np.float32)
    # in small nodes several features part the rows alike, and either may be taken
    for x in (rows.x, new) if least >= 5 and not grid else (rows.x,):
        expected = known.predict(x).reshape(len(x), k)
        np.testing.assert_allclose(answers(tree, x), expected, rtol=0, atol=1e-9)
    assert tree.n_leaves == known.get_n_leaves()


@pytest.mark.parametrize("missing", [False, True])
def test_every_size_is_in_one_growth(missing):
    rows = make_rows(3, missing=missing)
    large = grow(rows, Growth(12))
    for size, at in enumerate(large.leaves_by_size(rows.x), start=1):
        alone = grow(rows, Growth(size))
        np.testing.assert_array_equal(large.value[at], answers(alone, rows.x))
        np.testing.assert_array_equal(large.of_size(size).feature, alone.feature)
        np.testing.assert_array_equal(large.of_size(size).left, alone.left)


def test_depth_is_limited():
    rows = make_rows(1)
    tree = grow(rows, Growth(50, max_depth=2))
    known = DecisionTreeRegressor(max_depth=2).fit(rows.x, rows.target, sample_weight=rows.weight)
    np.testing.assert_allclose(answers(tree, rows.x)[:, 0], known.predict(rows.x), atol=1e-9)


def test_only_real_rows_are_support():
    rows = make_rows(5, n=400)
    real = np.arange(400) < 60
    rows = replace(rows, real=real)
    tree = grow(rows, Growth(30, min_real=7))
    leaf = tree.apply(rows.x)
    counts = np.bincount(leaf[real], minlength=len(tree.feature))
    np.testing.assert_array_equal(tree.n_real[tree.left < 0], counts[tree.left < 0])
    assert counts[tree.left < 0].min() >= 7
    weights = np.bincount(leaf[real], rows.weight[real], minlength=len(tree.feature))
    np.testing.assert_allclose(tree.real_weight[tree.left < 0], weights[tree.left < 0])
    assert tree.n_leaves < grow(replace(rows, real=real | True), Growth(30, min_real=7)).n_leaves


def test_splits_stand_where_they_may():
    rows = make_rows(2, n=300)
    cuts = tuple(np.linspace(-1, 1, 4) + 0.01 * j for j in range(4))
    tree = grow(replace(rows, cuts=cuts), Growth(8))
    assert tree.n_leaves == 8
    for j, cut in zip(tree.feature, tree.threshold, strict=True):
        assert j < 0 or cut in cuts[j]
    codes = np.column_stack([np.searchsorted(c, x) for c, x in zip(cuts, rows.x.T, strict=True)])
    known = DecisionTreeRegressor(max_leaf_nodes=8).fit(codes, rows.target, sample_weight=rows.weight)
    np.testing.assert_allclose(answers(tree, rows.x)[:, 0], known.predict(codes), atol=1e-9)


def test_features_that_are_not_allowed_are_not_used():
    rows = make_rows(2)
    allowed = np.array([False, True, True, True])
    tree = grow(rows, Growth(10, allowed=allowed))
    assert 0 not in tree.feature
    known = DecisionTreeRegressor(max_leaf_nodes=10).fit(
        rows.x[:, 1:], rows.target, sample_weight=rows.weight
    )
    np.testing.assert_allclose(answers(tree, rows.x)[:, 0], known.predict(rows.x[:, 1:]), atol=1e-9)


def test_a_price_is_paid_once_and_only_where_it_is_worth_it():
    rows = make_rows(2, n=1000, weighted=False)
    free = grow(rows, Growth(30))
    dear = grow(rows, Growth(30, price=np.full(4, 0.05)))
    root_error = free.error[0]
    used, paid = set(), 0.0
    for node in range(len(dear.feature)):
        j = dear.feature[node]
        if j < 0:
            continue
        gain = dear.error[node] - dear.error[dear.left[node]] - dear.error[dear.right[node]]
        if j not in used:
            used.add(j)
            paid += 1
            assert gain > 0.05 * root_error
    assert len(used) == paid < len(set(free.feature[free.feature >= 0]))
    assert grow(rows, Growth(8, price=np.full(4, 1.0))).n_leaves == 1


def test_missing_values_alone_can_be_a_branch():
    x = np.array([[1], [2], [3], [np.nan], [np.nan]], np.float32)
    target = np.array([[0.0], [0], [0], [1], [1]])
    tree = grow(SoftRows(x=x, target=target, weight=np.ones(5), real=np.ones(5, bool)), Growth(2))
    assert np.isinf(tree.threshold[0])
    assert not tree.default_left[0]
    np.testing.assert_array_equal(answers(tree, x), target)


def test_one_answer_makes_one_leaf():
    rows = make_rows(0)
    tree = grow(replace(rows, target=np.full((200, 1), 0.3)), Growth(8))
    assert tree.n_leaves == 1
    assert tree.value[0, 0] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros((0, 2), np.float32)}, "needs rows and columns"),
        ({"x": np.full((200, 4), np.inf, np.float32)}, "finite, or NaN"),
        ({"x": np.zeros((200, 4))}, "single precision"),
        ({"target": np.full((200, 1), np.nan)}, "targets must be finite"),
        ({"weight": np.zeros(200)}, "positive and finite"),
        ({"real": np.ones(3, bool)}, "of one length"),
        ({"cuts": (np.zeros(1),)}, "each of 4 features"),
    ],
)
def test_rows_are_checked(change, message):
    with pytest.raises(ValueError, match=message):
        replace(make_rows(0), **change)
