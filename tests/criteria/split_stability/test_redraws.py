"""Who wins at the splits of a tree when samples are drawn anew, against trees of scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from tests.criteria.split_stability.helpers import two_slopes, two_steps, untidy
from treeprune.backends import read
from treeprune.criteria.split_stability.redraws import redraw_stability
from treeprune.criteria.split_stability.splits import Limits
from treeprune.criteria.split_stability.top_splits import top_splits, top_splits_agree
from treeprune.exceptions import UnsupportedModelError


def stump(x, y, w, **limits):
    return DecisionTreeRegressor(max_depth=1, random_state=0, **limits).fit(x, y, w).tree_


@pytest.mark.parametrize("k", [1, 2])
def test_each_node_competes_as_scikit_learn_lets_it(k):
    native = DecisionTreeRegressor(max_depth=3, min_samples_leaf=8).fit(*untidy(0, n=300, k=k))
    tree = read(native)
    redraws = [untidy(seed, n=300, k=k) for seed in range(1, 6)]
    found = redraw_stability(tree, redraws, limits=Limits(min_samples_leaf=8), tolerance=0.1)
    native_node = tree.node_id[found.node]
    assert np.array_equal(found.feature, native.tree_.feature[native_node])
    for b, (x, y, w) in enumerate(redraws):
        present = w > 0
        x, y, w = x[present], y[present], w[present]  # noqa: PLW2901
        reach = native.decision_path(x).toarray().astype(bool)
        for s, node in enumerate(native_node):
            own = reach[:, node]
            assert found.n_rows[b, s] == own.sum()
            again = stump(x[own], y[own], w[own], min_samples_leaf=8) if own.sum() >= 16 else None
            if again is None or again.node_count == 1:
                assert found.winner[b, s] == -1
                assert not found.same_split[b, s]
                continue
            f, column = again.feature[0], x[own][:, again.feature[0]].astype(np.float32)
            assert found.winner[b, s] == f
            hole = np.isnan(column)
            new = np.where(hole, again.missing_go_to_left[0], column <= again.threshold[0])
            old = np.where(
                hole, native.tree_.missing_go_to_left[node], column <= native.tree_.threshold[node]
            )
            same = f == found.feature[s] and w[own] @ (new != old) <= 0.1 * w[own].sum()
            assert found.same_split[b, s] == same
    assert (found.winner != found.feature).any()
    assert found.same_split.any()


def test_shares_are_over_all_redraws():
    rng = np.random.default_rng(0)
    tree = read(DecisionTreeRegressor(max_depth=2).fit(*two_steps(rng, 400, 0.5)))
    found = redraw_stability(tree, (two_steps(rng, n, 0.5) for n in (400, 400, 400, 1)))
    assert (found.winner[3] == -1).all()
    assert found.feature_share[0] == found.split_share[0] == 0.75
    assert found.winner_share.shape == (3, 3)
    assert found.winner_share[0].tolist() == [0.75, 0.0, 0.0]
    assert (found.split_share <= found.feature_share).all()


def test_thresholds_that_nothing_marks_move():
    rng = np.random.default_rng(1)
    tree = read(DecisionTreeRegressor(max_depth=1).fit(*two_slopes(rng, 400, 0.3)))
    redraws = [two_slopes(rng, 400, 0.3) for _ in range(20)]
    narrow, wide = (redraw_stability(tree, redraws, tolerance=t) for t in (0.0, 0.3))
    assert narrow.feature_share[0] == wide.feature_share[0] == 1.0
    assert narrow.split_share[0] < 0.2 < wide.split_share[0]


def test_threads_and_weights_change_nothing():
    tree = read(DecisionTreeRegressor(max_depth=3).fit(*untidy(2)[:2]))
    redraws = [untidy(seed) for seed in range(3, 9)]
    one, two = (redraw_stability(tree, redraws, n_jobs=n) for n in (1, 2))
    repeated = [(x[i], y[i]) for x, y, w in redraws for i in [np.repeat(np.arange(len(x)), w.astype(int))]]
    three = redraw_stability(tree, repeated)
    for name in ("n_rows", "winner", "same_split"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    # sums of repeated rows round otherwise, which decides ties between tiny nodes only
    large = (one.n_rows >= 20).all(axis=0)
    assert np.array_equal(one.winner[:, large], three.winner[:, large])
    assert np.array_equal(one.same_split[:, large], three.same_split[:, large])


def test_a_leaf_has_no_splits():
    tree = read(DecisionTreeRegressor().fit([[0.0], [1.0]], [1.0, 1.0]))
    found = redraw_stability(tree, [([[0.0], [1.0]], [0.0, 1.0])])
    assert found.winner.shape == (1, 0)
    assert found.feature_share.shape == (0,)
    assert found.winner_share.shape == (0, 1)


def test_bad_input_is_refused():
    x, y, _ = untidy(9)
    tree = read(DecisionTreeRegressor(max_depth=2).fit(x, y))
    with pytest.raises(ValueError, match="no redraw"):
        redraw_stability(tree, [])
    with pytest.raises(ValueError, match="4 columns, got 3"):
        redraw_stability(tree, [(x[:, :3], y)])
    with pytest.raises(ValueError, match="tolerance"):
        redraw_stability(tree, [(x, y)], tolerance=0.7)
    forest = RandomForestRegressor(2, max_depth=2).fit(x, y.ravel())
    with pytest.raises(UnsupportedModelError, match="model of 2"):
        redraw_stability(read(forest), [(x, y)])
    boosted = HistGradientBoostingRegressor(max_iter=1).fit(x, y.ravel())
    with pytest.raises(UnsupportedModelError, match="otherwise than scikit-learn's trees"):
        redraw_stability(read(boosted), [(x, y)])
    codes = np.random.default_rng(0).integers(0, 5, (200, 1))
    boosted = HistGradientBoostingRegressor(max_iter=1, categorical_features=[0]).fit(
        codes, codes[:, 0] % 2
    )
    with pytest.raises(UnsupportedModelError, match="categories"):
        redraw_stability(read(boosted), [(codes, codes)])


def tree_asking(root, left, right):
    """A tree with these features at its top; None for a leaf."""
    x = np.random.default_rng(0).normal(size=(300, 3))
    tree = read(DecisionTreeRegressor(max_depth=2).fit(x, (x[:, 0] > 0) * 4 + x[:, 1]))
    feature = tree.feature.copy()
    feature[[0, tree.left[0], tree.right[0]]] = root, left, right
    return replace(tree, feature=feature)


def test_tops_of_trees_are_compared_in_pairs():
    a, b, c = tree_asking(0, 1, 2), tree_asking(0, 2, 1), tree_asking(1, 1, 2)
    leaf = read(DecisionTreeRegressor().fit([[0.0], [1.0]], [1.0, 1.0]))
    one = read(DecisionTreeRegressor(max_depth=1).fit([[0.0], [1.0]], [1.0, 2.0]))
    assert top_splits(a) == (0, 1, 2)
    assert top_splits(leaf) == (-1, -1, -1)
    assert top_splits(one) == (0, -1, -1)
    assert top_splits_agree([a, a]) == 1.0
    assert top_splits_agree([a, b]) == top_splits_agree([a, c]) == top_splits_agree([leaf, one]) == 0.0
    assert top_splits_agree(iter([a, a, a, b, b])) == pytest.approx((3 + 1) / 10)
    with pytest.raises(ValueError, match="got 1"):
        top_splits_agree([a])
    forest = RandomForestRegressor(2, max_depth=2).fit([[0.0], [1.0]], [1.0, 2.0])
    with pytest.raises(UnsupportedModelError, match="2 trees"):
        top_splits_agree([a, read(forest)])
