"""The best split of each feature, against scikit-learn and against all splits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from tests.criteria.split_stability.helpers import gain_of, untidy
from treeprune.criteria.split_stability.sample import make_sample
from treeprune.criteria.split_stability.scan import best_splits, gain_curve
from treeprune.criteria.split_stability.splits import NO_FEATURE, Limits, Split


def stump(x, y, w, **limits):
    return DecisionTreeRegressor(max_depth=1, random_state=0, **limits).fit(x, y, w).tree_


def stump_gain(tree, n_targets):
    error = tree.impurity * tree.weighted_n_node_samples * n_targets
    return error[0] - error[1:].sum()


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("limits", [{}, {"min_samples_leaf": 30}, {"min_weight_fraction_leaf": 0.2}])
def test_each_feature_is_split_as_scikit_learn_splits_it(seed, k, limits):
    x, y, w = untidy(seed, k=k, missing=0.2 * (seed % 3))
    own = Limits(
        min_samples_leaf=limits.get("min_samples_leaf", 1),
        min_weight_leaf=limits.get("min_weight_fraction_leaf", 0.0) * w.sum(),
    )
    sample = make_sample(x, y, w)
    scan = best_splits(sample, own)
    for f in range(x.shape[1]):
        tree = stump(x[:, [f]], y, w, **limits)
        if tree.node_count == 1:
            assert scan.gain[f] == -np.inf
            assert np.isnan(scan.threshold[f])
            continue
        assert scan.threshold[f] == tree.threshold[0]
        assert scan.missing_left[f] == tree.missing_go_to_left[0]
        assert scan.gain[f] == pytest.approx(stump_gain(tree, k), rel=1e-9)
    assert scan.winner == stump(x, y, w, **limits).feature[0]


def test_missing_against_all_others():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 1))
    x[rng.random(100) < 0.3] = np.nan
    y = np.isnan(x[:, 0]) + 0.01 * rng.normal(size=100)
    sample = make_sample(x, y)
    scan, tree = best_splits(sample), stump(x, y, None)
    assert scan.threshold[0] == tree.threshold[0] == np.inf
    assert not scan.missing_left[0]
    assert np.array_equal(scan.split(0).goes_left(sample), ~np.isnan(x[:, 0]))


def test_missing_values_that_are_new_go_to_the_larger_side():
    for y in ([0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]):
        scan, tree = (
            best_splits(make_sample(np.arange(4.0)[:, None], y)),
            stump(np.arange(4.0)[:, None], y, None),
        )
        assert scan.missing_left[0] == tree.missing_go_to_left[0] == (sum(y) == 1)


def test_steps_that_scikit_learn_does_not_see():
    x = np.array([[0.0, 1.0], [9e-8, 1.0], [1.7e-7, 1.0], [2.5e-7, 1.0]])  # each is near the one below
    y = np.array([0.0, 0.0, 1.0, 1.0])
    scan, tree = best_splits(make_sample(x, y)), stump(x, y, None)
    assert tree.node_count == 1 + 2 * (scan.winner != NO_FEATURE)
    assert scan.gain[1] == -np.inf
    assert np.isnan(scan.threshold[1])


@pytest.mark.parametrize("steps", range(4))
def test_a_threshold_between_neighbours_divides_them(steps):
    low = np.float32(1000.0)
    for _ in range(steps):
        low = np.nextafter(low, np.float32(np.inf))
    x = np.array([[low], [np.nextafter(low, np.float32(np.inf))]])
    sample = make_sample(x, [0.0, 1.0])
    assert best_splits(sample).split(0).goes_left(sample).tolist() == [True, False]


VALUES = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0, np.nan])


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(2, 9), st.integers(1, 2), st.integers(1, 3))
def test_no_split_is_better(data, n, k, least):
    x = np.array(data.draw(st.lists(VALUES, min_size=n, max_size=n)))[:, None]
    y = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=n * k, max_size=n * k))).reshape(n, k)
    w = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)), float)
    sample = make_sample(x, y, w)
    legal = []
    for threshold in [*(np.unique(x[~np.isnan(x)]) + 0.1), np.inf]:
        for missing_left in (False, True):
            left = Split(0, threshold, missing_left).goes_left(sample)
            if least <= left.sum() <= n - least:
                legal.append(gain_of(left, y, w))
    scan = best_splits(sample, Limits(min_samples_leaf=least))
    if not legal or np.ptp(y, axis=0).max() == 0:
        assert scan.winner == NO_FEATURE
        return
    assert scan.gain[0] == pytest.approx(max(legal), abs=1e-9)
    left = scan.split(0).goes_left(sample)
    assert gain_of(left, y, w) == pytest.approx(max(legal), abs=1e-9)
    assert least <= left.sum() <= n - least


def test_a_curve_holds_the_gain_of_each_cut():
    x, y, w = untidy(3, n=60, k=2)
    sample = make_sample(x, y, w)
    curve, scan = gain_curve(sample, 0), best_splits(sample)
    assert curve.max() == scan.gain[0]
    ascending = sample.values[0, sample.order[0]]
    for side in (0, 1):
        for i in np.flatnonzero(curve[side] > -np.inf):
            left = Split(0, float(ascending[i]), bool(side)).goes_left(sample)
            assert curve[side, i] == pytest.approx(gain_of(left, sample.targets, sample.weights), abs=1e-9)
    assert (curve > -np.inf).sum() == 2 * len(np.unique(ascending[~np.isnan(ascending)])) - 1


def test_far_targets_lose_no_digits():
    x, y, w = untidy(4)
    near = best_splits(make_sample(x, np.round(y, 3), w))
    far = best_splits(make_sample(x, np.round(y, 3) + 2.0**20, w))
    assert np.array_equal(near.threshold, far.threshold)
    assert near.gain == pytest.approx(far.gain, rel=1e-6)


def test_nodes_without_a_split():
    x = np.arange(6.0)[:, None]
    assert best_splits(make_sample(x, np.full(6, 0.3))).winner == NO_FEATURE
    assert best_splits(make_sample(x, x), Limits(min_samples_split=7)).winner == NO_FEATURE
    assert best_splits(make_sample(x, x), Limits(min_samples_leaf=4)).winner == NO_FEATURE
    assert best_splits(make_sample(x, x), Limits(min_weight_leaf=3.5)).winner == NO_FEATURE
    assert best_splits(make_sample(np.full((6, 1), np.nan), x)).winner == NO_FEATURE


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_samples_split": 1},
        {"min_samples_leaf": 0},
        {"min_samples_leaf": 1.5},
        {"min_samples_leaf": True},
        {"min_weight_leaf": -1.0},
        {"min_weight_leaf": np.nan},
        {"min_weight_leaf": "1"},
    ],
)
def test_bad_limits_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)
