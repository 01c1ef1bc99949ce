"""The rules on tables of losses made by hand, against plain numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treeprune.search.choose import Verdicts, choose, front, is_non_inferior


def verdicts(losses, n_parts=4, weights=None, units=None):
    losses = np.asarray(losses, float)
    n = losses.shape[1]
    parts = np.array_split(np.arange(n), n_parts)
    weights = np.ones(n) if weights is None else weights
    return Verdicts(losses, weights, parts, np.arange(n) if units is None else units)


def test_one_standard_error_is_that_of_the_difference():
    rng = np.random.default_rng(0)
    noise = 5 * np.repeat(rng.normal(size=4), 10)  # folds differ wildly, models do not
    tiny = 0.01 * rng.normal(size=40)
    v = verdicts([noise, noise + 0.5, noise + tiny - tiny.mean()])
    order, n_near = choose(v, np.array([9.0, 1.0, 5.0]), np.ones(3, bool), "1se", None, 0)
    assert order.tolist() == [2, 0, 1]
    assert n_near == 2
    assert choose(v, np.array([9.0, 1.0, 5.0]), np.array([True, True, False]), "1se", None, 0)[0][0] == 0


def test_min_takes_the_smaller_of_equals():
    v = verdicts(np.tile([[1.0], [1.0], [2.0]], 8))
    assert choose(v, np.array([3.0, 2.0, 1.0]), np.ones(3, bool), "min", None, 0)[0].tolist() == [1, 0, 2]


def test_non_inferiority_is_the_paired_t_test_of_scipy():
    from scipy.stats import ttest_1samp

    rng = np.random.default_rng(1)
    base = rng.gamma(1, size=200)
    for shift in (0.0, 0.05, 0.1, 0.15):
        d = shift + 0.4 * rng.normal(size=200)
        v = verdicts([base, base + d])
        p = ttest_1samp(d, 0.15, alternative="less").pvalue
        assert is_non_inferior(v, 1, 0, 0.15, np.arange(200)) == (p < 0.025)


def test_rows_of_a_group_count_once():
    rng = np.random.default_rng(2)
    of_group = rng.normal(size=30)
    d = np.repeat(of_group, 20)
    v = verdicts([np.zeros(600), d], units=np.repeat(np.arange(30), 20))
    mean, error, n = v.difference(1, 0, np.arange(600))
    assert (mean, n) == (pytest.approx(of_group.mean()), 30)
    assert error == pytest.approx(of_group.std(ddof=1) / 30**0.5)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_the_front_is_what_brute_force_finds(points):
    size, loss = np.array(points, float).T
    on = front(size, loss)
    for k in range(len(points)):
        beaten = ((size <= size[k]) & (loss <= loss[k]) & ((size < size[k]) | (loss < loss[k]))).any()
        assert not (on[k] and beaten)
    assert {(s, x) for s, x in zip(size[on], loss[on], strict=True)} == {
        (s, x)
        for s, x in zip(size, loss, strict=True)
        if not ((size <= s) & (loss <= x) & ((size < s) | (loss < x))).any()
    }
