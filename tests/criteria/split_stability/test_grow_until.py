"""Samples that grow until splits are stable."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from tests.criteria.split_stability.helpers import two_steps
from treeprune.backends import read
from treeprune.criteria.split_stability.grow_until import grow_until_stable
from treeprune.criteria.split_stability.redraws import redraw_stability
from treeprune.criteria.split_stability.sample import make_sample
from treeprune.criteria.split_stability.splits import Limits
from treeprune.criteria.split_stability.tree_nodes import split_nodes
from treeprune.criteria.split_stability.win_again import win_again


class Steps:
    """Draws samples, and remembers how many rows it was asked for."""

    def __init__(self, second, seed=0):
        self.second, self.rng, self.asked = second, np.random.default_rng(seed), []

    def __call__(self, n):
        self.asked.append(n)
        return two_steps(self.rng, n, self.second)


def grow(depth):
    return lambda rows, targets: read(
        DecisionTreeRegressor(max_depth=depth, random_state=0).fit(rows, targets)
    )


def test_clear_splits_need_one_look():
    draw = Steps(0.5)
    grown = grow_until_stable(draw, grow(2), start=2000, limit=100_000)
    assert grown.sizes == (2000,)
    assert draw.asked == [2000]
    assert grown.stable.all()
    assert (grown.stable_since == 2000).all()
    assert grown.n_rows.tolist()[0] == 2000
    assert (grown.rows_needed <= 2000).all()


def test_close_splits_get_the_rows_they_need():
    draw = Steps(0.88, seed=1)
    grown = grow_until_stable(draw, grow(1), start=200, limit=50_000)
    assert 200 < grown.sizes[-1] < 50_000
    assert sum(draw.asked) == len(grown.rows) == len(grown.targets) == grown.sizes[-1]
    steps = np.array(grown.sizes[1:]) / grown.sizes[:-1]
    assert ((steps >= 2) & (steps <= 4)).all()
    assert grown.stable.tolist() == [True]
    assert grown.stable_since.tolist() == [grown.sizes[-1]]
    rng = np.random.default_rng(2)
    fresh = (two_steps(rng, grown.sizes[-1], 0.88) for _ in range(20))
    assert redraw_stability(grown.tree, fresh).split_share[0] >= 0.9


def test_a_tie_is_not_stable_at_the_limit():
    grown = grow_until_stable(Steps(1.0, seed=3), grow(2), start=60, limit=3000)
    assert grown.sizes == (60, 240, 960, 3000)
    assert grown.stable.tolist() == [False, True, True]  # once it is settled, the other step is clear
    assert grown.stable_since[0] == -1
    assert grown.stable_since[1:].tolist() == [960, 960]
    assert grown.rows_needed[0] > 3000


def test_what_is_said_of_a_node_is_what_the_test_says():
    limits = Limits(min_samples_leaf=20)
    grown = grow_until_stable(
        Steps(0.8, seed=4), grow(2), start=500, limit=500, alpha=0.2, tolerance=0.1, limits=limits
    )
    nodes = split_nodes(grown.tree, make_sample(grown.rows, grown.targets))
    for i, (node, split, reached) in enumerate(nodes):
        again = win_again(reached, split, limits=limits, tolerance=0.1)
        assert grown.node[i] == node
        assert grown.at_least[i] == again.at_least()
        assert grown.stable[i] == (again.at_least() >= 0.8)
        assert grown.rows_needed[i] == pytest.approx(again.rows_needed(0.2) * 500 / len(reached))


def test_the_feature_may_be_stable_where_the_threshold_is_not():
    def draw(n, rng=np.random.default_rng(5)):  # noqa: B008
        x = rng.normal(size=(n, 2))
        return x, x[:, 0] + 0.2 * x[:, 1]

    feature = grow_until_stable(draw, grow(1), start=400, limit=400, feature_only=True)
    whole = grow_until_stable(draw, grow(1), start=400, limit=400)
    assert feature.stable.all()
    assert not whole.stable.any()


def test_a_sampler_may_give_other_numbers_of_rows():
    rng = np.random.default_rng(6)
    grown = grow_until_stable(
        lambda n: two_steps(rng, max(n // 2, 1), 0.9), grow(1), start=300, limit=2000, alpha=1e-9
    )
    assert grown.sizes[0] == 150
    assert grown.sizes[-1] == 2000


def test_equal_targets_but_for_rounding_are_no_stable_split():
    def draw(n, rng=np.random.default_rng(7)):  # noqa: B008
        x = rng.normal(size=(n, 1))
        return x, 1e3 * (1.0 + (x[:, 0] > 0)) + 1e-13 * np.sign(np.sin(1e5 * x[:, 0]))

    def one_split_below(rows, targets):
        return read(DecisionTreeRegressor(max_depth=2, random_state=0).fit(rows, rows[:, 0]))

    grown = grow_until_stable(draw, one_split_below, start=200, limit=200)
    assert grown.at_least[1:].tolist() == [0.0, 0.0]
    assert (grown.rows_needed[1:] == np.inf).all()


def test_a_leaf_is_stable():
    grown = grow_until_stable(lambda n: (np.zeros((n, 1)), np.zeros(n)), grow(2), start=10, limit=100)
    assert grown.sizes == (10,)
    assert grown.stable.shape == grown.node.shape == grown.rows_needed.shape == (0,)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"start": 1}, "start"),
        ({"start": 10.0}, "start"),
        ({"limit": 99}, "less than start"),
        ({"alpha": 0.0}, "alpha"),
        ({"tolerance": 0.6}, "tolerance"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_drawn(wrong, message):
    draw = Steps(0.5)
    with pytest.raises(ValueError, match=message):
        grow_until_stable(draw, grow(1), **{"start": 100, "limit": 1000} | wrong)
    assert draw.asked == []


@pytest.mark.parametrize(
    "drawn", [(np.zeros((0, 1)), np.zeros(0)), (np.zeros((3, 1)), np.zeros(2)), (np.zeros(3), np.zeros(3))]
)
def test_bad_draws_are_refused(drawn):
    with pytest.raises(ValueError, match="rows and as many targets"):
        grow_until_stable(lambda n: drawn, grow(1), start=100, limit=1000)
