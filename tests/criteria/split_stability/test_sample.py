"""Sorted rows, and selections of them."""

import numpy as np
import pytest

from tests.criteria.split_stability.helpers import untidy
from treeprune.criteria.split_stability.sample import make_sample


def test_order_is_that_of_a_stable_sort():
    x, y, w = untidy(0)
    x[:5, 3], x[5:10, 3] = 0.0, -0.0
    x[10:20, 3] = -np.abs(x[10:20, 3])
    x[20, 3] = -np.nan
    sample = make_sample(x, y, w + 1)
    assert np.array_equal(sample.order, np.argsort(x.T.astype(np.float32), axis=1, kind="stable"))


def test_a_selection_is_a_sample_of_the_selected_rows():
    x, y, w = untidy(1, k=2)
    inside = np.random.default_rng(0).random(len(x)) < 0.4
    a = make_sample(x, y, w + 1).at(inside)
    b = make_sample(x[inside], y[inside], (w + 1)[inside])
    for name in ("values", "order", "targets", "weights"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True), name
    assert a.values.flags.c_contiguous
    assert len(a.at(np.zeros(len(a), bool))) == 0


def test_weight_zero_is_absent():
    x, y, w = untidy(2)
    a, b = make_sample(x, y, w), make_sample(x[w > 0], y[w > 0], w[w > 0])
    assert np.array_equal(a.order, b.order)
    assert np.array_equal(a.targets, b.targets)


@pytest.mark.parametrize(
    ("rows", "targets", "weights", "message"),
    [
        ([[1.0], [2.0]], [1.0], None, "there are 2 rows"),
        ([[1.0], [np.inf]], [1.0, 2.0], None, "infinity"),
        ([[1.0], [1e39]], [1.0, 2.0], None, "single precision"),
        ([[1.0], [2.0]], [1.0, np.nan], None, "NaN"),
        ([[1.0], [2.0]], [1.0, 1e71], None, "fourth powers"),
        ([[1.0], [2.0]], [1.0, 2.0], [1e71, 1.0], "weights add up"),
        ([[1.0], [2.0]], [1.0, 2.0], [1e-71, 0.0], "weights add up"),
        ([[1.0], [2.0]], [1.0, 2.0], [1.0, -1.0], "negative"),
        ([[1.0], [2.0]], [1.0, 2.0], [0.0, 0.0], "zero"),
        ([[1.0], [2.0]], np.zeros((2, 1, 1)), None, "dim"),
        ([1.0, 2.0], [1.0, 2.0], None, "2D"),
    ],
)
def test_bad_samples_are_refused(rows, targets, weights, message):
    with pytest.raises(ValueError, match=message):
        make_sample(rows, targets, weights)
