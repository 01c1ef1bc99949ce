"""Fits against scikit-learn's solvers, scipy's minimiser, and what has no optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit, log_softmax
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge

from tests.criteria.linear_projection.helpers import (
    KINDS,
    model,
    objective,
    on_users_scale,
    outcome,
    table,
)
from treeprune.criteria.linear_projection.newton import fit


def drawn(seed, family, n=80, p=4):
    X = table(seed, n, p)
    return X, outcome(seed, X, *model(seed, X, family), family)


@pytest.mark.parametrize("seed", range(4))
def test_gaussian_fits_are_least_squares(seed):
    X, y = drawn(seed, "gaussian")
    weight = np.random.default_rng(seed).uniform(0.2, 3, len(y))
    o = objective(X, y, "gaussian", weight=weight)
    found = fit(o)
    other = LinearRegression().fit(X, y, sample_weight=weight)
    coef, intercept = on_users_scale(o.design, found.w)
    assert found.converged
    np.testing.assert_allclose(coef[:, 0], other.coef_, rtol=1e-9)
    np.testing.assert_allclose(intercept, other.intercept_, rtol=1e-9)


def test_a_ridge_is_scikit_learns_on_standardised_columns():
    X, y = drawn(1, "gaussian")
    o = objective(X, y, "gaussian", ridge=0.3)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(fit(o).w[:-1, 0], Ridge(0.3 * len(y), tol=1e-12).fit(Z, y).coef_, rtol=1e-9)


@pytest.mark.parametrize("ridge", [0.0, 0.02])
@pytest.mark.parametrize("seed", range(3))
def test_binomial_fits_are_logistic_regression(seed, ridge):
    X, y = drawn(seed, "binomial", n=150)
    weight = np.random.default_rng(seed).uniform(0.2, 3, len(y))
    weight /= weight.sum()
    o = objective(X, y, "binomial", ridge=ridge, weight=weight)
    Z = (X - o.design.centre) / o.design.scale
    C = 1 / ridge if ridge else np.inf
    other = LogisticRegression(C=C, tol=1e-13, max_iter=10_000).fit(Z, y, sample_weight=weight)
    found = fit(o)
    assert found.converged
    np.testing.assert_allclose(found.w[:-1, 0], other.coef_[0], atol=2e-5)
    sure = fit(o, start=np.vstack([other.coef_.T, other.intercept_[None]]))
    np.testing.assert_allclose(sure.w, found.w, atol=1e-8)
    assert found.value <= sure.value + 1e-14


def test_poisson_fits_are_scikit_learns_with_an_exposure():
    X, y = drawn(3, "poisson", n=150)
    exposure = np.random.default_rng(3).uniform(0.5, 4, len(y))
    # scikit-learn has no offset: rates with the exposures as weights are the same fit
    other = PoissonRegressor(alpha=0, tol=1e-10, solver="newton-cholesky")
    other.fit(X, y / exposure, sample_weight=exposure)
    o = objective(X, y, "poisson", offset=np.log(exposure))
    found = fit(o)
    coef, intercept = on_users_scale(o.design, found.w)
    assert found.converged
    np.testing.assert_allclose(coef[:, 0], other.coef_, rtol=1e-7)
    np.testing.assert_allclose(intercept[0], other.intercept_, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_multinomial_fits_are_scikit_learns(seed):
    X, y = drawn(seed, "multinomial", n=150)
    o = objective(X, y, "multinomial", ridge=0.01)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    other = LogisticRegression(C=1 / (0.01 * len(y)), tol=1e-12, max_iter=10_000, solver="newton-cg")
    other.fit(Z, y.argmax(axis=1))
    found = fit(o)
    assert found.converged
    np.testing.assert_allclose(found.w[:-1], other.coef_.T, atol=1e-6)
    np.testing.assert_allclose(found.w.sum(axis=1), 0.0, atol=1e-10)


def plain_loss(family, eta, target):
    if family == "binomial":
        return -(target * np.log(expit(eta)) + (1 - target) * np.log(expit(-eta)))[:, 0]
    if family == "poisson":
        return (np.exp(eta) - target * eta)[:, 0]
    if family == "multinomial":
        return -(target * log_softmax(eta, axis=1)).sum(axis=1)
    return 0.5 * ((target - eta) ** 2)[:, 0]


@pytest.mark.parametrize("family", KINDS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_soft_targets_offsets_and_a_ridge_by_scipy(family, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(25, 2))
    k = 3 if family == "multinomial" else 1
    target = {
        "gaussian": rng.normal(size=(25, 1)),
        "binomial": rng.random((25, 1)),
        "poisson": rng.gamma(1.0, 2.0, (25, 1)),
        "multinomial": rng.dirichlet(np.ones(3), 25),
    }[family]
    weight, offset = rng.uniform(0.1, 2, 25), rng.normal(size=25)
    o = objective(X, target, family, ridge=0.05, weight=weight, offset=offset)
    found = fit(o)
    share = weight / weight.sum()
    Z = (X - share @ X) / np.sqrt(share @ (X - share @ X) ** 2)

    def slow(v):
        w = v.reshape(3, k)
        eta = Z @ w[:2] + w[2] + offset[:, None]
        return share @ plain_loss(family, eta, target) + 0.025 * (w[:2] ** 2).sum()

    other = minimize(slow, np.zeros(3 * k), method="BFGS", options={"gtol": 1e-7})
    assert found.converged
    assert found.value == pytest.approx(slow(found.w.ravel()), rel=1e-12)
    assert found.value <= other.fun + 1e-12
    assert np.abs(approx_fprime(found.w.ravel(), slow, 1e-6)).max() < 2e-5


@pytest.mark.parametrize("family", KINDS)
def test_hessians_are_differences_of_gradients(family):
    X, y = drawn(7, family, n=30, p=3)
    o = objective(X, y, family, ridge=0.1)
    k = o.target.shape[1]
    rng = np.random.default_rng(0)
    w, move = 0.3 * rng.normal(size=(2, 4, k))
    if k > 1:  # the one direction that is held fast
        move -= move.mean(axis=1, keepdims=True)
    up, down = (o.at(w + h * move).gradient for h in (1e-5, -1e-5))
    direct = o.hessian(o.at(w).eta) @ move.T.ravel()
    np.testing.assert_allclose(direct, (up - down) / 2e-5, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("family", KINDS)
def test_a_stale_hessian_or_a_far_start_changes_nothing(family):
    X, y = drawn(5, family, n=100)
    o = objective(X, y, family, ridge=0.01)
    found = fit(o)
    far = np.full_like(found.w, 2.0) if family != "multinomial" else np.tile([2.0, -1, -1], (5, 1))
    stale = o.hessian(o.at(far).eta)
    for other in (fit(o, far), fit(o, hessian=stale), fit(o, far, 3 * stale)):
        assert other.converged
        np.testing.assert_allclose(other.w, found.w, atol=1e-7)


@pytest.mark.parametrize("family", ["binomial", "multinomial"])
def test_separable_classes_are_not_called_converged(family):
    X = np.arange(30.0)[:, None]
    y = np.digitize(X[:, 0], [9.5, 19.5] if family == "multinomial" else [14.5])
    y = np.eye(3)[y] if family == "multinomial" else y.astype(float)
    found = fit(objective(X, y, family))
    assert not found.converged
    assert np.isfinite(found.w).all()
    held = fit(objective(X, y, family, ridge=1e-4))
    assert held.converged


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_a_group_without_events_is_not_called_converged(family):
    X, y = drawn(2, "binomial")
    X[:, 0] = np.arange(len(y)) < 20
    found = fit(objective(X, np.where(X[:, 0] > 0, 0.0, y), family))
    assert not found.converged
    assert np.isfinite(found.w).all()


@pytest.mark.parametrize("family", KINDS)
def test_columns_that_depend_on_each_other_are_no_obstacle(family):
    X, y = drawn(4, family)
    plain = objective(X, y, family)
    more = np.column_stack([X, X[:, 0], np.full(len(X), 7.0), X[:, 1] - 2 * X[:, 2]])
    found = fit(objective(more, y, family))
    assert found.converged
    assert found.value == pytest.approx(fit(plain).value, rel=1e-10)
    np.testing.assert_allclose(found.w[X.shape[1] + 1], 0.0, atol=1e-14)
    np.testing.assert_allclose(found.w[0], found.w[X.shape[1]], rtol=1e-6)


def test_more_columns_than_rows():
    X, y = drawn(6, "gaussian", n=8, p=20)
    found = fit(objective(X, y, "gaussian"))
    assert found.value < 1e-16
    assert np.isfinite(found.w).all()


def test_without_intercept():
    X, y = drawn(8, "gaussian")
    o = objective(X, y, "gaussian", intercept=False)
    other = LinearRegression(fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(fit(o).w[:, 0] / o.design.scale, other.coef_, rtol=1e-9)


def test_a_start_that_overflows_is_not_used_and_an_offset_that_does_is_refused():
    X, y = drawn(3, "poisson")
    o = objective(X, y, "poisson")
    np.testing.assert_array_equal(fit(o, start=np.full((5, 1), 1e5)).w, fit(o).w)
    with pytest.raises(ValueError, match="offset is too large"):
        fit(objective(X, y, "poisson", offset=np.linspace(0, 1e5, len(y))))
