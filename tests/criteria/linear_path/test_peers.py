"""Against the solvers of scikit-learn and scipy."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, lasso_path

from tests.criteria.linear_path.helpers import make, plain, table
from treeprune.criteria.linear_path.path import solve_path
from treeprune.criteria.linear_path.problem import path_problem


def centred(X, weights=None):
    X = X - np.average(X, axis=0, weights=weights)
    return X / np.sqrt(np.average(X**2, axis=0, weights=weights))


@pytest.mark.parametrize(("n", "p"), [(80, 10), (30, 50)])
def test_gaussian_path_is_that_of_lasso_path(n, p):
    X, y, _ = table(3, "gaussian", n, p)
    path = solve_path(path_problem(X, y, family="gaussian"), n_lambdas=30, min_ratio=0.02)
    _, coefs, _ = lasso_path(centred(X), y - y.mean(), alphas=path.lambdas, tol=1e-12, max_iter=10**6)
    assert path.lambda_max == pytest.approx(np.abs(centred(X).T @ (y - y.mean())).max() / n)
    np.testing.assert_allclose(path.coef * X.std(axis=0), coefs.T, atol=2e-6)


@pytest.mark.parametrize("l1_ratio", [0.2, 1.0])
def test_gaussian_with_weights_and_signs(l1_ratio):
    X, y, rng = table(4, "gaussian", 70, 12)
    weights = rng.uniform(0, 3, 70)
    kwargs = {"weights": weights, "l1_ratio": l1_ratio, "lower": 0.0}
    path = solve_path(path_problem(X, y, family="gaussian", **kwargs), n_lambdas=10, min_ratio=0.05)
    Z = centred(X, weights)
    for lam, coef in zip(path.lambdas, path.coef, strict=True):
        twin = ElasticNet(alpha=lam, l1_ratio=l1_ratio, positive=True, tol=1e-13, max_iter=10**6)
        twin = Lasso(alpha=lam, positive=True, tol=1e-13, max_iter=10**6) if l1_ratio == 1 else twin
        twin.fit(Z, y, sample_weight=weights)
        sd = np.sqrt(np.average((X - np.average(X, axis=0, weights=weights)) ** 2, axis=0, weights=weights))
        np.testing.assert_allclose(coef * sd, twin.coef_, atol=1e-6)


@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
@pytest.mark.parametrize("sparse", [False, True])
def test_binomial_is_that_of_saga(l1_ratio, sparse):
    X, y, _ = table(5, "binomial", 90, 8)
    given = sp.csr_array(X) if sparse else X
    path = solve_path(
        path_problem(given, y, family="binomial", l1_ratio=l1_ratio), n_lambdas=4, min_ratio=0.05
    )
    for lam, coef, intercept in zip(path.lambdas[1:], path.coef[1:], path.intercept[1:], strict=True):
        twin = LogisticRegression(
            C=1 / (90 * lam), l1_ratio=l1_ratio, solver="saga", tol=1e-10, max_iter=10**5
        )
        twin.fit(centred(X), y)
        np.testing.assert_allclose(coef * X.std(axis=0), twin.coef_[0], atol=2e-5)
        assert intercept + X.mean(axis=0) @ coef == pytest.approx(twin.intercept_[0], abs=2e-5)


@pytest.mark.parametrize("family", ["binomial", "poisson", "multinomial"])
@pytest.mark.parametrize("seed", range(3))
def test_groups_reach_what_scipy_reaches(family, seed):
    """The norm is smoothed for scipy, so that it can only be worse, and not by much."""
    X, y, rng = table(seed, family, 50, 6)
    kwargs = {"X": X, "y": y, "family": family, "groups": np.array([0, 0, 1, 1, 1, 2]), "l1_ratio": 0.7}
    kwargs |= {"penalty_factors": np.array([0.5, 1.0, 0.0]), "weights": rng.uniform(0.1, 1, 50)}
    problem, twin = make(kwargs), plain(kwargs)
    lam = 0.4 * solve_path(problem, n_lambdas=1).lambda_max
    path = solve_path(problem, lambdas=[lam])
    k = twin.k

    def smoothed(x):
        b, a = x[k:].reshape(-1, k), x[:k]
        norms = [np.sqrt((b[m] ** 2).sum() + 1e-12) for m in twin.members]
        penalty = sum(s * t + r / 2 * t * t for s, r, t in zip(twin.soft, twin.ridge, norms, strict=True))
        return twin.loss(twin.eta(b, a)) + lam * penalty

    b, a = twin.standard(path.coef[0], path.intercept[0])
    start = np.concatenate([a, b.ravel()])
    theirs = min(
        minimize(smoothed, x, method="BFGS", options={"gtol": 1e-9, "maxiter": 3000}).fun
        for x in (np.zeros_like(start), start + 0.01 * rng.normal(size=len(start)))
    )
    assert twin.objective(path.coef[0], path.intercept[0], lam) == pytest.approx(theirs, abs=3e-6)
    assert twin.objective(path.coef[0], path.intercept[0], lam) <= theirs + 1e-9


def spread(X, weights=None):
    return np.sqrt(np.average((X - np.average(X, axis=0, weights=weights)) ** 2, axis=0, weights=weights))


@pytest.mark.parametrize(("n", "p"), [(80, 10), (30, 50)])
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_gaussian_without_intercept_is_lasso_without_intercept(n, p, standardize, sparse):
    """Columns are not centred, but divided by their deviations around their means; one is constant."""
    X, y, rng = table(3, "gaussian", n, p)
    weights, y = rng.uniform(0.5, 2, n), y + 3
    X[:, 1] = 2.0
    unit = spread(X, weights) if standardize else np.ones(p)
    unit[1] = np.inf if standardize else 1.0  # has no deviation to be divided by
    given = sp.csc_array(X) if sparse else X
    problem = path_problem(
        given, y, family="gaussian", weights=weights, standardize=standardize, fit_intercept=False
    )
    path = solve_path(problem, n_lambdas=8, min_ratio=0.05, tol=1e-9)
    assert not path.intercept.any()
    assert path.lambda_max == pytest.approx(np.abs((X / unit).T @ (weights * y)).max() / weights.sum())
    for lam, coef in zip(path.lambdas, path.coef, strict=True):
        twin = Lasso(alpha=lam, fit_intercept=False, tol=1e-13, max_iter=10**6)
        twin.fit(X / unit, y, sample_weight=weights)
        np.testing.assert_allclose(coef, twin.coef_ / unit, atol=1e-6)
    deviance = weights @ (y[:, None] - X @ path.coef.T) ** 2 / (weights @ y**2)  # of no model at all
    np.testing.assert_allclose(path.deviance_ratio, 1 - deviance, atol=1e-8)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_binomial_without_intercept_is_liblinear_without_intercept(standardize, sparse):
    X, y, _ = table(5, "binomial", 90, 8)
    unit, given = spread(X) if standardize else np.ones(8), sp.csr_array(X) if sparse else X
    problem = path_problem(given, y, family="binomial", standardize=standardize, fit_intercept=False)
    path = solve_path(problem, n_lambdas=5, min_ratio=0.05)
    assert not path.intercept.any()
    assert path.lambda_max == pytest.approx(np.abs((X / unit).T @ (0.5 - y)).max() / 90)
    for lam, coef in zip(path.lambdas[1:], path.coef[1:], strict=True):
        solver = {"solver": "liblinear", "tol": 1e-10, "max_iter": 10**5}
        twin = LogisticRegression(C=1 / (90 * lam), l1_ratio=1.0, fit_intercept=False, **solver)
        twin.fit(X / unit, y)
        np.testing.assert_allclose(coef * unit, twin.coef_[0], atol=2e-5)


def test_multinomial_without_intercept_and_penalty_is_the_unpenalised_fit():
    X, y, _ = table(6, "multinomial", 200, 4)
    problem = path_problem(X, y, family="multinomial", fit_intercept=False)
    path = solve_path(problem, lambdas=[1e-9], tol=1e-10)
    twin = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10**4).fit(X, y)
    assert not path.intercept.any()
    np.testing.assert_allclose(path.coef[0], (twin.coef_ - twin.coef_.mean(axis=0)).T, atol=1e-4)


def test_multinomial_with_tiny_penalty_is_the_unpenalised_fit():
    X, y, _ = table(6, "multinomial", 200, 4)
    path = solve_path(path_problem(X, y, family="multinomial"), lambdas=[1e-9], tol=1e-10)
    twin = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10**4).fit(centred(X), y)
    ours = path.coef[0] * X.std(axis=0)[:, None]
    np.testing.assert_allclose(ours, (twin.coef_ - twin.coef_.mean(axis=0)).T, atol=1e-4)
    assert path.intercept.sum() == pytest.approx(0.0, abs=1e-12)
