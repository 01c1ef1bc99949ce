"""The path of a fitted model: identity, units, weights, sparse tables, refits, audit figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import expit, rel_entr, softmax
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import log_loss

from tests.criteria.linear_projection.helpers import KINDS, METHODS, close, problem, table
from treeprune.criteria.linear_projection.audit import weighted_quantile
from treeprune.criteria.linear_projection.newton import fit
from treeprune.criteria.linear_projection.path import projection_path
from treeprune.criteria.linear_projection.problem import projection_problem


@pytest.mark.parametrize("family", KINDS)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_projection_on_all_groups_is_the_model_itself(family, seed):
    _, p = problem(seed, family)
    far = p.objective("model").start()
    found = fit(p.objective("model"), far)
    coef, intercept = p.on_the_users_scale(found.w, np.ones(p.n_groups, bool))
    assert found.converged
    np.testing.assert_allclose(coef / np.abs(p.coef).max(axis=1, keepdims=True),
                               p.coef / np.abs(p.coef).max(axis=1, keepdims=True), atol=1e-8)  # fmt: skip
    np.testing.assert_allclose(intercept, p.intercept, atol=1e-7 * (1 + np.abs(p.intercept).max()))
    path = projection_path(p)
    np.testing.assert_array_equal(path.coef[0], p.coef)
    np.testing.assert_array_equal(path.intercept[0], p.intercept)
    assert path.audit.max_change[0] == 0.0
    assert path.removed[0] == -1


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_an_integer_weight_is_a_repeated_row_and_zero_an_absent_one(family, method):
    X, p = problem(1, family)
    times = np.random.default_rng(0).integers(0, 4, len(X))
    rows = np.repeat(np.arange(len(X)), times)
    model = (p.coef, p.intercept, family)
    weighted = projection_problem(X, *model, y=p.y, sample_weight=times)
    close(
        projection_path(weighted, method),
        projection_path(projection_problem(X[rows], *model, y=p.y[rows]), method),
    )
    tenfold = projection_problem(X, *model, y=p.y, sample_weight=0.1 * times)
    close(projection_path(weighted, method), projection_path(tenfold, method))


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("intercept", [True, False])
def test_sparse_tables_give_what_dense_ones_give(family, method, intercept):
    def thin(X):
        X = X / X.std(axis=0)
        return np.where(np.random.default_rng(0).random(X.shape) < 0.6, 0.0, X)

    weight = np.random.default_rng(1).choice([0.0, 0.5, 1.0, 2.0], 80)
    X, p = problem(2, family, change=thin, sample_weight=weight, fit_intercept=intercept)
    options = {"sample_weight": weight, "fit_intercept": intercept}
    y = np.zeros((80, p.y.shape[1]))
    y[weight > 0] = p.y
    y[weight == 0] = p.y[0]
    for kind in (sparse.csr_matrix, sparse.csc_array, sparse.coo_array):
        thin_one = projection_problem(kind(X), p.coef, p.intercept, family, y=y, **options)
        close(projection_path(thin_one, method), projection_path(p, method))


@pytest.mark.parametrize("family", KINDS)
def test_units_of_columns_change_nothing_but_units(family):
    X, p = problem(4, family)
    unit, shift = 10.0 ** np.arange(-2, 3), np.arange(5.0)
    other = projection_problem(
        X * unit + shift, p.coef / unit[:, None], p.intercept - (shift / unit) @ p.coef, family, y=p.y
    )
    a, b = projection_path(other), projection_path(p)
    np.testing.assert_array_equal(a.removed, b.removed)
    np.testing.assert_allclose(a.coef * unit[:, None], b.coef, atol=1e-6 * np.abs(b.coef).max())
    np.testing.assert_allclose(a.audit.max_change, b.audit.max_change, atol=1e-7)


def test_refits_to_the_outcome_carry_the_models_ridge():
    X, p = problem(9, "gaussian", ridge=0.1 * table(9).std(axis=0) ** 2)
    path = projection_path(p, "magnitude", refit="y")
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    for step in range(1, 5):
        columns = np.flatnonzero(path.kept[step])
        other = Ridge(0.1 * len(X)).fit(Z[:, columns], p.y[:, 0])
        own = path.coef[step, columns, 0] * X[:, columns].std(axis=0)
        np.testing.assert_allclose(own, other.coef_, rtol=1e-5, atol=1e-6)
    X, p = problem(9, "binomial", ridge=0.02)
    path = projection_path(p, "obs", target="y", refit="y")
    columns = np.flatnonzero(path.kept[2])
    other = LogisticRegression(C=1 / (0.02 * len(X)), solver="newton-cholesky", tol=1e-12)
    other.fit(X[:, columns], p.y[:, 0])
    np.testing.assert_allclose(path.coef[2, columns, 0], other.coef_[0], rtol=1e-5)


def test_without_a_refit_coefficients_stay_and_columns_count_with_their_means():
    X, p = problem(10, "poisson")
    path = projection_path(p, "magnitude", refit="none")
    for step in range(len(path)):
        kept = path.kept[step]
        np.testing.assert_allclose(path.coef[step, kept], p.coef[kept], rtol=1e-12)
        held = np.where(kept, X, X.mean(axis=0)) @ p.coef + p.intercept
        np.testing.assert_allclose(X @ path.coef[step] + path.intercept[step], held, atol=1e-9)


def test_offsets_are_part_of_both_models():
    X, p = problem(11, "poisson")
    offset = np.random.default_rng(0).normal(size=len(X))
    other = projection_problem(X, p.coef, p.intercept, "poisson", y=p.y, offset=offset)
    path = projection_path(other)
    # the intercept alone: the mean of all counts is met
    alone = np.exp(path.intercept[-1] + offset)
    assert alone.sum() == pytest.approx(np.exp(X @ p.coef + p.intercept + offset[:, None]).sum())
    losses = path.losses(X, p.y, offset=offset)
    np.testing.assert_allclose(losses, path.audit.loss)


def test_an_intercept_that_is_not_fitted_stays():
    X, p = problem(12, fit_intercept=False)
    path = projection_path(p)
    np.testing.assert_array_equal(path.intercept, np.broadcast_to(p.intercept, (6, 1)))
    columns = np.flatnonzero(path.kept[2])
    other = LinearRegression(fit_intercept=False).fit(X[:, columns], X @ p.coef)
    np.testing.assert_allclose(path.coef[2, columns], other.coef_.T, rtol=1e-5)
    assert not path.coef[-1].any()


@pytest.mark.parametrize("family", KINDS)
def test_audit_figures_are_those_of_their_definitions(family):
    X, p = problem(13, family)
    weight = np.random.default_rng(0).uniform(0.1, 2, len(X))
    p = projection_problem(X, p.coef, p.intercept, family, y=p.y, sample_weight=weight)
    path = projection_path(p)
    mean = {"gaussian": lambda e: e, "binomial": expit, "poisson": np.exp}.get(
        family, lambda e: softmax(e, axis=1)
    )
    full = mean(X @ p.coef + p.intercept)
    for step in range(len(path)):
        own = mean(X @ path.coef[step] + path.intercept[step])
        change = np.abs(own - full).max(axis=1)
        divergence = {
            "gaussian": lambda own=own: 0.5 * (own - full) ** 2,
            "binomial": lambda own=own: rel_entr(full, own) + rel_entr(1 - full, 1 - own),
            "poisson": lambda own=own: rel_entr(full, own) - full + own,
            "multinomial": lambda own=own: rel_entr(full, own),
        }[family]().sum(axis=1)
        loss = {
            "gaussian": lambda own=own: 0.5 * np.average((own - p.y)[:, 0] ** 2, weights=weight),
            "binomial": lambda own=own: log_loss(p.y[:, 0], own[:, 0], sample_weight=weight),
            "poisson": lambda own=own: np.average((own - p.y * np.log(own))[:, 0], weights=weight),
            "multinomial": lambda own=own: log_loss(p.y.argmax(axis=1), own, sample_weight=weight),
        }[family]()
        a = path.audit
        assert a.divergence[step] == pytest.approx(np.average(divergence, weights=weight), abs=1e-10)
        assert a.mean_change[step] == pytest.approx(np.average(change, weights=weight), abs=1e-10)
        assert a.max_change[step] == pytest.approx(change.max(), abs=1e-10)
        assert a.loss[step] == pytest.approx(loss)
        assert change[change <= a.high_change[step] + 1e-10].size >= 1
        assert weight[change <= a.high_change[step] + 1e-10].sum() >= 0.99 * weight.sum()
        assert weight[change < a.high_change[step] - 1e-10].sum() < 0.99 * weight.sum()
    assert projection_path(projection_problem(X, p.coef, p.intercept, family)).audit.loss is None


def test_quantiles_of_equal_weights_are_numpys():
    x = np.random.default_rng(0).normal(size=201)
    for share in (0.01, 0.5, 0.99, 1.0):
        assert weighted_quantile(x, np.ones(201), share) == np.quantile(x, share, method="inverted_cdf")


@pytest.mark.parametrize("family", KINDS)
def test_losses_on_other_rows_are_those_of_the_rows_themselves(family):
    X, p = problem(14, family)
    path = projection_path(p)
    np.testing.assert_allclose(path.losses(X, p.y), path.audit.loss, atol=1e-10)
    np.testing.assert_allclose(path.losses(sparse.csr_array(X), p.y), path.audit.loss, atol=1e-10)
    half = np.arange(len(X)) % 2
    other = path.losses(X[half > 0], p.y[half > 0])
    np.testing.assert_allclose(path.losses(X, p.y, sample_weight=half), other)


def test_inputs_are_left_alone():
    X, p = problem(15, "multinomial")
    coef, intercept, y, weight = p.coef.copy(), p.intercept.copy(), p.y.copy(), np.ones(len(X))
    given = [X, coef, intercept, y, weight]
    before = [x.copy() for x in given]
    projection_path(projection_problem(X, coef, intercept, "multinomial", y=y, sample_weight=weight))
    for x, then in zip(given, before, strict=True):
        np.testing.assert_array_equal(x, then)


@pytest.mark.parametrize("method", ["obs", "forward"])
def test_the_target_of_the_search_is_not_that_of_the_refit(method):
    X, p = problem(20)
    project = projection_path(p, method, target="y")
    to_y = projection_path(p, method, refit="y")
    mean = (X @ p.coef + p.intercept)[:, 0]
    for path, goal in ((project, mean), (to_y, p.y[:, 0])):
        for step in range(1, 5):
            columns = np.flatnonzero(path.kept[step])
            other = LinearRegression().fit(X[:, columns], goal)
            np.testing.assert_allclose(path.coef[step, columns, 0], other.coef_, rtol=1e-5)
    own = projection_path(p, method, target="y", refit="y")
    np.testing.assert_array_equal(own.removed, project.removed)
