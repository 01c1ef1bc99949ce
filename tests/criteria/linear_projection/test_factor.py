"""Systems with and without rank, against numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treeprune.criteria.linear_projection.factor import Factor


@given(seed=st.integers(0, 10_000), n=st.integers(1, 8))
def test_full_rank_is_solved_as_numpy_does(seed, n):
    rng = np.random.default_rng(seed)
    root = np.diag(10.0 ** rng.integers(-4, 5, n)) @ (np.eye(n) + 0.2 * rng.normal(size=(n, n)))
    A, b = root @ root.T, rng.normal(size=(n, 2))
    factor = Factor(A)
    assert factor.rank == n
    size = np.abs(np.linalg.inv(A)).max(axis=1, keepdims=True)
    np.testing.assert_allclose(factor.solve(b) / size, np.linalg.solve(A, b) / size, atol=1e-6)
    np.testing.assert_allclose(factor.inverse() / size, np.linalg.inv(A) / size, atol=1e-6)
    np.testing.assert_array_equal(factor.inverse(), factor.inverse().T)


@pytest.mark.parametrize("n", [3, 6])
def test_without_full_rank_nothing_runs_off(n):
    rng = np.random.default_rng(n)
    root = rng.normal(size=(n, n - 1))
    A = root @ root.T
    factor = Factor(A)
    assert factor.rank == n - 1
    b = A @ rng.normal(size=n)
    x = factor.solve(b)
    np.testing.assert_allclose(A @ x, b, atol=1e-10)
    np.testing.assert_allclose(factor.inverse() @ b, x, atol=1e-9)
    assert np.abs(x).max() < 1e3


def test_empty_and_zero_systems():
    assert Factor(np.zeros((0, 0))).solve(np.zeros(0)).shape == (0,)
    zero = Factor(np.zeros((2, 2)))
    assert zero.rank == 0
    np.testing.assert_array_equal(zero.solve(np.ones(2)), 0.0)
