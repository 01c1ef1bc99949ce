"""Hard data is served or refused in clear words."""

import numpy as np
import pytest
import scipy.sparse as sp

from tests.criteria.linear_path.helpers import FAMILIES, five_folds, make, plain, table
from treeprune.criteria.linear_path.path import solve_path


def kwargs_of(family, seed=0, n=60, p=8):
    X, y, _ = table(seed, family, n, p)
    return {"X": X, "y": y, "family": family}


def optimal(kwargs, path):
    twin = plain(kwargs)
    return all(
        twin.violation(c, a, lam) <= 1e-6 * max(path.lambda_max, 1e-9)
        for c, a, lam in zip(path.coef, path.intercept, path.lambdas, strict=True)
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("sparse", [False, True])
def test_constant_and_zero_columns_get_nothing(family, sparse):
    kwargs = kwargs_of(family)
    X = kwargs["X"]
    X[:, 2], X[:, 5] = 0.1, 0.0
    kwargs |= {"groups": [0, 0, 1, 2, 2, 3, 3, 4], "X": sp.csc_array(X) if sparse else X}
    path = solve_path(make(kwargs), folds=five_folds(60), n_lambdas=10, min_ratio=0.05)
    assert not path.coef[:, [2, 5]].any()
    assert path.coef[:, 0].any()
    assert optimal(kwargs, path)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_constant_column_of_stored_entries_gets_nothing(fit_intercept):
    """Weights that do not sum to one exactly leave it no deviation."""
    kwargs = kwargs_of("gaussian")
    kwargs["X"][:, 1] = 2.0
    for seed in range(5):
        weights = np.random.default_rng(seed).uniform(0.5, 2, 60)
        given = kwargs | {"weights": weights, "fit_intercept": fit_intercept}
        dense = solve_path(make(given), n_lambdas=5, folds=five_folds(60))
        given["X"] = sp.csc_array(kwargs["X"])
        path = solve_path(make(given), n_lambdas=5, folds=five_folds(60))
        assert not path.coef[:, 1].any()
        np.testing.assert_allclose(path.coef, dense.coef, atol=1e-6)
        np.testing.assert_allclose(path.held_out, dense.held_out, rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_column_that_is_constant_in_a_fold(family):
    kwargs, folds = kwargs_of(family), five_folds(60)
    kwargs["X"][:, 0] = np.isin(np.arange(60), folds[0])
    path = solve_path(make(kwargs), folds=folds, n_lambdas=10, min_ratio=0.05)
    assert np.isfinite(path.held_out).all()
    assert optimal(kwargs, path)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("mandatory", [False, True])
def test_duplicate_columns(family, mandatory):
    kwargs = kwargs_of(family)
    kwargs["X"] = np.column_stack([kwargs["X"][:, :4]] * 2)
    if mandatory:
        kwargs["penalty_factors"] = np.array([0.0, 1, 1, 1] * 2)
    path = solve_path(make(kwargs), n_lambdas=10, min_ratio=0.05)
    assert optimal(kwargs, path)


@pytest.mark.parametrize("family", ["binomial", "multinomial"])
def test_separable_classes_end_the_path(family):
    X, _, _ = table(1, family)
    y = (X[:, 0] > np.median(X[:, 0])).astype(int)
    if family == "multinomial":
        y += X[:, 0] > np.quantile(X[:, 0], 0.8)
    kwargs = {"X": X, "y": y, "family": family}
    path = solve_path(make(kwargs), n_lambdas=200, min_ratio=1e-6)
    assert path.ending == "perfect fit"
    assert path.stopped_early
    assert path.deviance_ratio[-1] > 0.999 >= path.deviance_ratio[-2]
    assert optimal(kwargs, path)
    with pytest.raises(ValueError, match="separate the outcome"):
        solve_path(make(kwargs | {"penalty_factors": np.append(0.0, np.ones(7))}))


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_that_helps(family):
    kwargs = kwargs_of(family)
    kwargs["X"] = np.ones((60, 3))
    path = solve_path(make(kwargs), folds=five_folds(60))
    assert path.lambda_max == 0.0
    assert path.lambdas.tolist() == [0.0]
    assert not path.coef.any()
    assert np.isfinite(path.held_out).all()


def test_constant_outcome_of_the_gaussian_family():
    X, _, _ = table(0, "gaussian")
    path = solve_path(make({"X": X, "y": np.full(60, 0.1), "family": "gaussian"}))
    assert path.lambda_max == 0.0
    assert path.intercept[0] == pytest.approx(0.1)
    assert path.deviance_ratio.tolist() == [0.0]


@pytest.mark.parametrize("family", FAMILIES)
def test_only_mandatory_groups(family):
    kwargs = kwargs_of(family, p=4) | {"penalty_factors": np.zeros(4)}
    path = solve_path(make(kwargs), folds=five_folds(60))
    twin = plain(kwargs)
    assert path.lambda_max == 0.0
    assert twin.violation(path.coef[0], path.intercept[0], 0.0) < 1e-8


@pytest.mark.parametrize("family", FAMILIES)
def test_far_columns(family):
    """A mean a million times the spread costs digits, not the optimum."""
    kwargs = kwargs_of(family)
    one = solve_path(make(kwargs), n_lambdas=6, min_ratio=0.1, tol=1e-9)
    other = solve_path(make(kwargs | {"X": kwargs["X"] + 1e6}), n_lambdas=6, min_ratio=0.1, tol=1e-9)
    np.testing.assert_allclose(one.coef, other.coef, atol=1e-5)


def test_large_outcomes():
    kwargs = kwargs_of("gaussian")
    one = solve_path(make(kwargs), folds=five_folds(60), n_lambdas=6)
    other = solve_path(make(kwargs | {"y": 1e8 + 1e6 * kwargs["y"]}), folds=five_folds(60), n_lambdas=6)
    np.testing.assert_allclose(other.coef, 1e6 * one.coef, rtol=1e-5, atol=1.0)
    np.testing.assert_allclose(other.held_out, 1e12 * one.held_out, rtol=1e-4)


def test_probabilities_in_place_of_classes():
    X, y, rng = table(2, "binomial")
    p = np.clip(y * 0.8 + 0.1 * rng.random(60), 0, 1)
    soft = solve_path(make({"X": X, "y": p, "family": "binomial"}), n_lambdas=6, tol=1e-9)
    twice = {"X": np.vstack([X, X]), "y": np.repeat([1.0, 0.0], 60), "weights": np.append(p, 1 - p)}
    hard = solve_path(make(twice | {"family": "binomial"}), n_lambdas=6, tol=1e-9)
    np.testing.assert_allclose(soft.coef, hard.coef, atol=1e-6)
    both = np.column_stack([1 - p, p])
    classes = solve_path(make({"X": X, "y": both, "family": "multinomial"}), n_lambdas=6, tol=1e-9)
    assert classes.coef.shape == (6, 8, 2)
    assert classes.lambda_max == pytest.approx(np.sqrt(2) * soft.lambda_max)


REFUSED = {
    "is unknown": {"family": "cox"},
    "missing or infinite": {"X": np.full((60, 8), np.nan)},
    "y has missing": {"y": np.full(60, np.nan)},
    "X has 60 rows": {"y": np.zeros(5)},
    "must be numbers": {"y": np.array(["a", "b"] * 30)},
    "0, 1 or a probability": {"y": np.full(60, 2.0)},
    "no rows of one class": {"y": np.ones(60)},
    "not be negative, nor": {"weights": np.full(60, -1.0)},
    "nor all zero": {"weights": np.zeros(60)},
    "weights must be finite": {"weights": np.full(60, np.inf)},
    "one whole number": {"groups": np.zeros(8)},
    "penalty_factors must be finite": {"penalty_factors": np.ones(3)},
    "penalty_factors must not": {"penalty_factors": -np.ones(8)},
    "l1_ratio must be": {"l1_ratio": 0.0},
    "0 between them": {"lower": 0.5},
    "groups of one column": {"lower": 0.0, "groups": np.zeros(8, int)},
    "offset must be": {"offset": np.zeros(3)},
    "rows and columns": {"X": np.zeros((60, 0))},
    "too large": {"X": np.vstack([np.full((30, 8), 1e200), np.full((30, 8), -1e200)])},
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_input_is_refused(words):
    with pytest.raises(ValueError, match=words):
        solve_path(make(kwargs_of("binomial") | REFUSED[words]))


@pytest.mark.parametrize(
    ("family", "y", "words"),
    [
        ("poisson", np.zeros(60), "no events"),
        ("poisson", np.full(60, -1.0), "must not be negative"),
        ("multinomial", np.full((60, 2), 0.7), "sum to 1"),
        ("multinomial", np.full(60, 0.5), "codes"),
        ("multinomial", np.repeat([0, 2], 30), "no rows of one class"),
        ("gaussian", np.zeros((60, 2)), "one dimension"),
    ],
)
def test_bad_outcomes_are_refused(family, y, words):
    with pytest.raises(ValueError, match=words):
        make(kwargs_of(family) | {"y": y})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lambdas": [0.1, 0.2]}, "must fall"),
        ({"lambdas": [0.1, -0.2]}, "not be negative"),
        ({"lambdas": [np.nan]}, "finite"),
        ({"n_lambdas": 0}, "n_lambdas"),
        ({"min_ratio": 1.0}, "min_ratio"),
        ({"tol": 0.0}, "tol"),
        ({"early_stop": True}, "needs folds"),
        ({"folds": [[1, 2, 3]]}, "two folds"),
        ({"folds": [[1, 2], [60]]}, "out of range"),
        ({"folds": [[1, 2], [0.5]]}, "row numbers"),
        ({"folds": [[1, 2], []]}, "holds none out"),
        ({"folds": [[1, 2], np.arange(60)]}, "trains on no rows"),
        ({"folds": -np.ones((2, 60))}, "not negative"),
        ({"folds": 5}, "list of row numbers"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        solve_path(make(kwargs_of("gaussian")), **options)


def test_fold_without_a_class_is_refused_with_a_remedy():
    kwargs = kwargs_of("binomial")
    events = np.flatnonzero(kwargs["y"])
    with pytest.raises(ValueError, match="fold 1 have no rows of one class; stratify"):
        solve_path(make(kwargs), folds=[np.setdiff1d(np.arange(60), events)[:5], events])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("l1_ratio", [0.01, 1.0])
@pytest.mark.parametrize("grouped", [False, True])
def test_columns_that_are_nearly_alike(family, l1_ratio, grouped):
    """Coordinate descent alone would need thousands of sweeps."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(80, 24)) + 10 * rng.normal(size=(80, 1))
    eta = np.column_stack([X[:, :6] @ rng.normal(size=6), X[:, 3], -X[:, 5]])
    y = {
        "gaussian": eta[:, 0] + rng.normal(size=80),
        "binomial": (eta[:, 0] + rng.logistic(size=80) > 0).astype(float),
        "poisson": rng.poisson(np.exp(np.clip(eta[:, 0], -5, 5))).astype(float),
        "multinomial": (eta + 3 * rng.gumbel(size=eta.shape)).argmax(axis=1),
    }[family]
    kwargs = {"X": X, "y": y, "family": family, "l1_ratio": l1_ratio}
    if grouped:
        kwargs["groups"] = np.arange(24) // 3
    path = solve_path(make(kwargs), folds=five_folds(80), n_lambdas=30, min_ratio=1e-3)
    assert path.ending in ("complete", "perfect fit")
    assert len(path.lambdas) > 5
    assert optimal(kwargs, path)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("n", "p"), [(25, 30), (60, 8)])
def test_classes_with_many_bounds(seed, n, p):
    """Some coefficients of a group stand at their bounds, others move."""
    X, y, rng = table(seed, "multinomial", n, p)
    kwargs = {"X": X, "y": y, "family": "multinomial", "standardize": False}
    kwargs["lower"] = np.where(rng.random(p) < 0.5, -np.inf, -rng.choice([0.0, 0.1], p))
    kwargs["upper"] = np.where(rng.random(p) < 0.5, np.inf, rng.choice([0.0, 0.1], p))
    path = solve_path(make(kwargs), n_lambdas=15, min_ratio=0.02)
    assert path.ending in ("complete", "perfect fit")
    at_bound = (path.coef == kwargs["lower"][:, None]) | (path.coef == kwargs["upper"][:, None])
    assert (at_bound & (path.coef != 0)).any()
    assert optimal(kwargs, path)
