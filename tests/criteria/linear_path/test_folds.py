"""Folds that go in lock-step, the curve that they give, and what is chosen from it."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.criteria.linear_path.helpers import FAMILIES, five_folds, make, plain, table
from treeprune.criteria.linear_path.choose import choose_lambda
from treeprune.criteria.linear_path.curve import by_rule, cv_curve, is_past_minimum
from treeprune.criteria.linear_path.path import solve_path


def mean_deviance(kwargs, path_alone, rows):
    """Of held-out rows, from coefficients; saturated models count zero for outcomes that are no shares."""
    held = np.isin(np.arange(len(kwargs["y"])), rows).astype(float)
    twin = plain(kwargs | {"weights": held * kwargs.get("weights", 1.0)})
    losses = []
    for coef, intercept in zip(path_alone.coef, path_alone.intercept, strict=True):
        eta = kwargs["X"] @ np.reshape(coef, (kwargs["X"].shape[1], -1)) + intercept + twin.offset
        losses.append(2 * twin.loss(eta))
    y = twin.y
    if kwargs["family"] == "poisson":
        losses = np.array(losses) + 2 * twin.w @ (y * np.log(np.where(y > 0, y, 1)) - y)[:, 0]
    return np.array(losses)


def alone_and_in_step(kwargs, folds, **grid):
    """Held-out deviance of each fold in lock-step, and of a fit of its own, which finds its own scale."""
    path = solve_path(make(kwargs), folds=folds, **grid)
    tight = solve_path(make(kwargs), folds=folds, lambdas=path.lambdas, tol=1e-9)
    weights = kwargs.get("weights", np.ones(len(kwargs["y"])))
    for k, rows in enumerate(folds):
        training = np.where(np.isin(np.arange(len(weights)), rows), 0.0, weights)
        alone = solve_path(make(kwargs | {"weights": training}), lambdas=path.lambdas, tol=1e-10)
        expected = mean_deviance(kwargs, alone, rows)
        np.testing.assert_allclose(tight.held_out[:, k], expected, atol=1e-6, rtol=1e-6)
        np.testing.assert_allclose(path.held_out[:, k], expected, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(path.fold_weights * weights.sum(), [weights[rows].sum() for rows in folds])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(("n", "p"), [(80, 8), (40, 60)])
def test_lock_step_is_each_fold_alone(family, grouped, n, p):
    X, y, rng = table(8, family, n, p)
    kwargs = {"X": X, "y": y, "family": family}
    kwargs["offset"] = 0.3 * rng.normal(size=(n, 3) if family == "multinomial" else n)
    if grouped:
        kwargs |= {"groups": np.arange(p) // 2, "l1_ratio": 0.8}
    alone_and_in_step(kwargs, five_folds(n), n_lambdas=12, min_ratio=0.05)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_lock_step_with_bounds_weights_and_mandatory_columns(family, standardize, fit_intercept, sparse):
    """One column does not vary in a fold, one hardly does, and one is far from zero."""
    X, y, rng = table(11, family, 60, 8)
    folds = five_folds(60)
    X = np.where(np.median(X, axis=0) < X, X, 0.0)
    X[:, 3] = np.isin(np.arange(60), folds[0]) * rng.normal(size=60)
    X[:, 4] = np.isin(np.arange(60), folds[1]) * 30.0 + rng.normal(size=60)
    X[:, 5] = 3e3 + rng.normal(size=60)
    kwargs = {"X": sp.csc_array(X) if sparse else X, "y": y, "family": family}
    kwargs |= {"standardize": standardize, "fit_intercept": fit_intercept, "lower": np.full(8, -0.2)}
    kwargs |= {
        "weights": rng.uniform(0.5, 2.0, 60),
        "penalty_factors": np.array([0, 1, 1, 2, 1, 1, 1, 1.0]),
    }
    kwargs["lower"][:1] = -np.inf  # mandatory and free
    alone_and_in_step(kwargs, folds, n_lambdas=8, min_ratio=0.1)


@pytest.mark.parametrize("family", FAMILIES)
def test_matrix_of_weights_is_the_lists_of_rows_and_takes_repeats(family):
    X, y, rng = table(9, family, 60, 6)
    problem, folds = make({"X": X, "y": y, "family": family}), five_folds(60)
    times = np.array([np.where(np.isin(np.arange(60), rows), 0.0, 1.0) for rows in folds])
    one, other = (solve_path(problem, folds=f, n_lambdas=8, tol=1e-9) for f in (folds, times))
    np.testing.assert_array_equal(one.held_out, other.held_out)
    again = times * rng.integers(1, 4, times.shape)
    path = solve_path(problem, folds=again, lambdas=one.lambdas, tol=1e-9)
    kwargs = {"X": X, "y": y, "family": family}
    alone = solve_path(make(kwargs | {"weights": again[0]}), lambdas=one.lambdas, tol=1e-9)
    np.testing.assert_allclose(
        path.held_out[:, 0], mean_deviance(kwargs, alone, folds[0]), atol=1e-6, rtol=1e-6
    )


def test_curve_is_that_of_glmnet():
    """Means and standard errors that cv.glmnet 4.1 computes, written out."""
    held_out, weights = np.array([[1.0, 2.0, 4.0], [1.0, 1.5, 2.0]]), np.array([1.0, 1.0, 2.0])
    mean, error = cv_curve(held_out, weights)
    assert mean.tolist() == [(1 + 2 + 8) / 4, (1 + 1.5 + 4) / 4]
    expected = [(1 * (m - a) ** 2 + (m - b) ** 2 + 2 * (m - c) ** 2) / 4 / 2
                for m, (a, b, c) in zip(mean, held_out, strict=True)]  # fmt: skip
    np.testing.assert_allclose(error, np.sqrt(expected))


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(2, 6))
def test_one_standard_error_takes_the_largest_strength(seed, n_lambdas, n_folds):
    rng = np.random.default_rng(seed)
    held_out = rng.normal(size=(n_lambdas, 1)).cumsum(axis=0) * 0.3 + rng.normal(size=(n_lambdas, n_folds))
    weights = rng.uniform(0.5, 2, n_folds)
    mean, error = cv_curve(held_out, weights)
    best, wider = by_rule(held_out, weights, "min"), by_rule(held_out, weights, "1se")
    assert mean[best] == mean.min()
    assert wider <= best  # strengths fall
    assert mean[wider] <= mean[best] + error[best]
    assert (mean[:wider] > mean[best] + error[best]).all()


def test_end_is_near_eight_strengths_after_the_minimum():
    held_out = np.abs(np.arange(20.0) - 5)[:, None] + np.array([-0.1, 0.1])
    weights = np.ones(2)
    assert [is_past_minimum(held_out[:n], weights) for n in (1, 13, 14)] == [False, False, True]
    assert not is_past_minimum(np.full((20, 2), [1.0, 2.0]), weights)  # never above


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from(FAMILIES))
def test_early_stop_changes_nothing_but_the_length(seed, family):
    X, y, _ = table(seed, family, 60, 20)
    problem, folds = make({"X": X, "y": y, "family": family}), five_folds(60)
    whole = solve_path(problem, folds=folds, n_lambdas=40, min_ratio=0.05)
    early = solve_path(problem, folds=folds, n_lambdas=40, min_ratio=0.05, early_stop=True)
    n = len(early.lambdas)
    assert early.stopped_early == (n < 40) or early.ending != "complete"
    np.testing.assert_array_equal(early.held_out, whole.held_out[:n])
    np.testing.assert_array_equal(early.coef, whole.coef[:n])
    if by_rule(whole.held_out, whole.fold_weights, "min") < n:  # the curve did not fall again
        for rule in ("min", "1se"):
            assert choose_lambda(early, rule) == choose_lambda(whole, rule)


def test_early_stop_comes():
    X, y, _ = table(5, "binomial", 60, 40)
    path = solve_path(
        make({"X": X, "y": y, "family": "binomial"}), folds=five_folds(60), n_lambdas=60, early_stop=True
    )
    assert path.ending == "past the minimum"
    assert path.stopped_early
    assert len(path.lambdas) < 60


def test_choice_by_number():
    X, y, _ = table(1, "gaussian")
    path = solve_path(make({"X": X, "y": y, "family": "gaussian"}), n_lambdas=20)
    for k in (0, 7, 19):
        assert choose_lambda(path, path.lambdas[k] * 1.0000000001) == k
    assert choose_lambda(path, np.sqrt(path.lambdas[3] * path.lambdas[4]) * 1.01) == 3
    with pytest.raises(ValueError, match="is not between"):
        choose_lambda(path, 2 * path.lambda_max)
    with pytest.raises(ValueError, match="needs a path with folds"):
        choose_lambda(path, "1se")
    with pytest.raises(ValueError, match="unknown"):
        choose_lambda(path, "best")
