"""Standardised columns: sparse tables against dense ones, and against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from treeprune.criteria.linear_projection.design import design_of


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), intercept=st.booleans())
def test_sparse_and_dense_designs_are_one(seed, intercept):
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((30, 6)) < 0.6, 0.0, rng.normal(size=(30, 6)))
    X[:, 1], X[:, 4] = 0.0, 3.0
    weight = rng.uniform(0.1, 3, 30)
    a = design_of(X, weight, intercept=intercept)
    b = design_of(sparse.csc_array(X), weight, intercept=intercept)
    for columns in (np.arange(6), np.array([0, 1, 3, 4])):
        one, other = a.take(columns), b.take(columns)
        np.testing.assert_allclose(one.centre, other.centre)
        np.testing.assert_allclose(one.scale, other.scale)
        np.testing.assert_array_equal(one.constant, other.constant)
        w, r = rng.normal(size=(one.n_parameters, 2)), rng.normal(size=(30, 2))
        w[:-1][one.constant[: len(w) - 1]] = 0.0  # nothing depends on them
        if not intercept:
            w[one.constant] = 0.0
        np.testing.assert_allclose(one.predict(w), other.predict(w), atol=1e-12)
        np.testing.assert_allclose(one.back(r), other.back(r), atol=1e-12)
        for d in (weight, rng.normal(size=30)):
            np.testing.assert_allclose(one.gram(d), other.gram(d), atol=1e-11)
    if not intercept:
        np.testing.assert_allclose(a.scaled(), b.scaled().toarray(), atol=1e-12)


@pytest.mark.parametrize("intercept", [True, False])
def test_columns_are_standardised_by_the_weighted_moments(intercept):
    rng = np.random.default_rng(0)
    X, weight = rng.gamma(1.0, size=(40, 3)), rng.uniform(0.1, 2, 40)
    d = design_of(X, weight, intercept=intercept)
    centre = np.average(X, axis=0, weights=weight) if intercept else np.zeros(3)
    scale = np.sqrt(np.average((X - centre) ** 2, axis=0, weights=weight))
    Z = (X - centre) / scale
    Z = np.column_stack([Z, np.ones(40)]) if intercept else Z
    w, r = rng.normal(size=(Z.shape[1], 2)), rng.normal(size=(40, 2))
    np.testing.assert_allclose(d.predict(w), Z @ w)
    np.testing.assert_allclose(d.back(r), Z.T @ r)
    np.testing.assert_allclose(d.gram(weight), (Z * weight[:, None]).T @ Z, atol=1e-12)
    np.testing.assert_allclose(d.weight, weight / weight.sum())
