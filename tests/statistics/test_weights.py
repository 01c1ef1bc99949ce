"""Weights: which are legal, and what is said of the others."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from treeprune.statistics.weights import below_one, check_weights


def test_none_and_numbers_stand_for_all_rows():
    assert np.array_equal(check_weights(None, 3), np.ones(3))
    for two in (2, 2.0, np.float32(2)):
        assert np.array_equal(check_weights(two, 3), [2.0, 2.0, 2.0])


@pytest.mark.parametrize("container", [list, tuple, np.array, pd.Series, lambda w: np.array(w, np.int8)])
def test_any_one_dimensional_container_will_do(container):
    weights = check_weights(container([1, 0, 3]), 3)
    assert weights.dtype == np.float64
    assert np.array_equal(weights, [1.0, 0.0, 3.0])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1.0, -0.5], "case_weight holds 2 negative weights; give a row weight 0"),
        ([1.0, np.nan, 1.0], "Input case_weight contains NaN"),
        ([1.0, np.inf, 1.0], "Input case_weight contains infinity"),
        ([0.0, 0.0, 0.0], "all entries of case_weight are zero"),
        ([1.0, 1.0], r"case_weight has shape \(2,\), but there are 3 rows"),
        ([[1.0], [1.0], [1.0]], "Sample weights must be 1D array or scalar"),
        (["a", "b", "c"], "could not convert string to float"),
    ],
)
def test_anything_else_is_refused_in_plain_words(weights, message):
    with pytest.raises(ValueError, match=message):
        check_weights(weights, 3, "case_weight")


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_a_single_number_is_checked_too(number):
    with pytest.raises(ValueError, match="sample_weight"):
        check_weights(number, 3)


def test_no_rows_need_no_weights():
    assert check_weights([], 0).shape == (0,)
    assert check_weights(None, 0).shape == (0,)


@pytest.mark.parametrize("n", [1, 2, 3, 1000])
@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-300, 0.3, 1.0, 7.0, np.finfo(np.float64).max])
def test_scaled_weights_sum_to_less_than_one(n, size):
    scaled = below_one(np.full(n, size))
    assert 0.0 < math.fsum(scaled) < 1.0
    assert math.frexp(scaled[0])[0] == math.frexp(size)[0]  # a power of two


def test_no_weights_are_scaled_to_none():
    assert below_one(np.zeros(0)).shape == (0,)
    assert not below_one(np.zeros(3)).any()
