"""What must not change a path: weights or repeated rows, sparse or dense, the order of columns."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.criteria.linear_path.helpers import FAMILIES, make, problems, table
from treeprune.criteria.linear_path.path import solve_path

TIGHT = {"n_lambdas": 8, "min_ratio": 0.1, "tol": 1e-9}


def same(one, other, atol=1e-6):
    assert one.lambda_max == pytest.approx(other.lambda_max, rel=1e-8)
    n = min(len(one.lambdas), len(other.lambdas))  # nearly all deviance may be explained a point earlier
    assert n >= max(len(one.lambdas), len(other.lambdas)) - 1
    size = max(1.0, np.abs(one.coef).max())
    np.testing.assert_allclose(one.coef[:n], other.coef[:n], atol=atol * size)
    np.testing.assert_allclose(one.deviance_ratio[:n], other.deviance_ratio[:n], atol=1e-6)


@settings(max_examples=25)
@given(problems(weights=None, offset=None), st.integers(0, 99))
def test_weight_two_is_a_row_twice_and_weight_zero_no_row(kwargs, seed):
    n = len(kwargs["y"])
    times = np.random.default_rng(seed).choice([0, 1, 2], n)
    times[:3] = 1  # all classes stay
    rows = np.repeat(np.arange(n), times)
    X = kwargs["X"].toarray() if sp.issparse(kwargs["X"]) else kwargs["X"]
    weighted = solve_path(make(kwargs | {"weights": times.astype(float)}), **TIGHT)
    repeated = solve_path(make(kwargs | {"X": X[rows], "y": kwargs["y"][rows], "weights": None}), **TIGHT)
    same(weighted, repeated)


@settings(max_examples=25)
@given(problems())
def test_sparse_is_dense(kwargs):
    X = kwargs["X"].toarray() if sp.issparse(kwargs["X"]) else kwargs["X"]
    dense, sparse = (solve_path(make(kwargs | {"X": x}), **TIGHT) for x in (X, sp.csr_array(X)))
    same(dense, sparse)


@settings(max_examples=25)
@given(problems(), st.integers(0, 99))
def test_order_of_columns(kwargs, seed):
    X = kwargs["X"].toarray() if sp.issparse(kwargs["X"]) else kwargs["X"]
    order = np.random.default_rng(seed).permutation(X.shape[1])
    turned = {"X": X[:, order]}
    if "groups" in kwargs:
        turned["groups"] = kwargs["groups"][order]
    elif "penalty_factors" in kwargs:
        turned["penalty_factors"] = kwargs["penalty_factors"][order]
    for bound in {"lower", "upper"} & set(kwargs):
        turned[bound] = kwargs[bound][order]
    one, other = solve_path(make(kwargs), **TIGHT), solve_path(make(kwargs | turned), **TIGHT)
    assert one.coef.shape[1] == len(order)
    back = type(other)(**(vars(other) | {"coef": other.coef[:, np.argsort(order)]}))
    same(one, back)


def test_order_of_columns_of_which_a_mandatory_one_has_bounds():
    """A constant for all classes more would predict the same."""
    X, y, _ = table(3, "multinomial", 60, 8)
    factor, low = np.append(0.0, np.ones(7)), np.append(-0.1, np.full(7, -np.inf))
    order = np.arange(8)[::-1]
    kwargs = {"X": X, "y": y, "family": "multinomial", "penalty_factors": factor, "lower": low}
    turned = {"X": X[:, order], "penalty_factors": factor[order], "lower": low[order]}
    one, other = solve_path(make(kwargs), **TIGHT), solve_path(make(kwargs | turned), **TIGHT)
    assert (one.coef[:, 0] >= -0.1).all()
    np.testing.assert_allclose(one.coef, other.coef[:, order], atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_same_input_same_bits_and_the_input_stays(family):
    X, y, _ = table(1, family)
    kwargs = {"X": X, "y": y, "family": family}
    kept = X.copy()
    one, other = (solve_path(make(kwargs), n_lambdas=10) for _ in range(2))
    assert one.coef.tobytes() == other.coef.tobytes()
    assert (kept == X).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_scale_of_columns_does_not_matter_when_standardised(family):
    X, y, _ = table(2, family)
    factor = np.geomspace(1e-3, 1e4, X.shape[1])
    kwargs = {"X": X, "y": y, "family": family}
    one, other = solve_path(make(kwargs), **TIGHT), solve_path(make(kwargs | {"X": X * factor}), **TIGHT)
    shape = (-1, 1) if family == "multinomial" else (-1,)
    back = type(other)(**(vars(other) | {"coef": other.coef * factor.reshape(shape)}))
    same(one, back)


def test_float32_is_taken_as_its_numbers():
    X, y, _ = table(7, "gaussian")
    X = X.astype(np.float32)
    one, other = (
        solve_path(make({"X": x, "y": y, "family": "gaussian"})) for x in (X, X.astype(np.float64))
    )
    np.testing.assert_array_equal(one.coef, other.coef)
