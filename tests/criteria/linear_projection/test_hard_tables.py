"""Tables that trip a solver: constant and double columns, few rows, separable classes, odd units."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit

from tests.criteria.linear_projection.helpers import KINDS, METHODS, close, problem, table
from treeprune.criteria.linear_projection.newton import fit
from treeprune.criteria.linear_projection.path import projection_path
from treeprune.criteria.linear_projection.problem import projection_problem


def test_entries_of_one_place_may_stand_apart_in_a_sparse_table():
    X, p = problem(3)
    half = sparse.csc_array(X)
    twice = sparse.csc_array(
        (np.repeat(half.data / 2, 2), np.repeat(half.indices, 2), half.indptr * 2), shape=X.shape
    )
    before = twice.data.copy()
    other = projection_problem(twice, p.coef, p.intercept, "gaussian", y=p.y)
    close(projection_path(other), projection_path(p))
    np.testing.assert_allclose(other.design.scale, p.design.scale)
    np.testing.assert_array_equal(twice.data, before)


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_constant_columns_go_first_at_no_cost_and_twins_are_no_obstacle(family, method):
    def change(X):
        return np.column_stack([X[:, 0], np.full(len(X), 4.0), X[:, 2], X[:, 0], X[:, 4:]])

    _, p = problem(5, family, p=6, change=change)
    path = projection_path(p, method)
    assert np.isfinite(path.coef).all()
    assert path.converged.all()
    constant = np.flatnonzero(path.removed == 1)[0]
    assert path.saliency[constant] == pytest.approx(0.0, abs=1e-12)
    assert path.audit.divergence[constant] == pytest.approx(path.audit.divergence[constant - 1], abs=1e-9)
    if method in ("obs", "forward"):
        at = [int(np.flatnonzero(path.removed == j)[0]) for j in (0, 3)]
        assert path.saliency[min(at)] < 1e-6
        assert path.audit.divergence[min(at)] < 1e-6


def test_a_constant_column_that_is_kept_keeps_its_coefficient():
    def change(X):
        return np.column_stack([X[:, :4], np.full(len(X), 2.0)])

    X, p = problem(6, "binomial", change=change, keep=[4])
    path = projection_path(p)
    np.testing.assert_array_equal(path.coef[:, 4, 0], p.coef[4, 0])
    assert path.coef[-1, 4, 0] != 0
    mean = expit(X @ p.coef + p.intercept).mean()
    assert expit(X @ path.coef[-1] + path.intercept[-1]).mean() == pytest.approx(mean)


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_more_columns_than_rows(family, method):
    _, p = problem(7, family, n=15, p=25)
    path = projection_path(p, method)
    assert np.isfinite(path.coef).all()
    assert path.sizes.tolist() == list(range(25, -1, -1))
    if method == "obs":  # 14 columns and the intercept say all that 15 rows can say
        assert (path.audit.divergence[path.sizes >= 14] < 1e-5 * path.audit.divergence[-1]).all()


def test_a_model_of_separable_classes_is_projected_without_a_fault():
    X = table(8, 60, 4)
    y = (X[:, 0] > np.median(X[:, 0])).astype(float)
    coef = np.array([[200 / X[:, 0].std()], [0], [0], [0]])
    p = projection_problem(X, coef, -np.median(X[:, 0]) * coef[0], "binomial", y=y)
    for refit in ("project", "y", "none"):
        path = projection_path(p, refit=refit)
        assert np.isfinite(path.coef).all()
        assert path.removed[-1] == 0


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("intercept", [0.0, 3.7])
def test_a_model_without_slopes_has_a_path_without_changes(family, method, intercept):
    X, p = problem(17, family)
    flat = projection_problem(X, 0 * p.coef, intercept, family, y=p.y)
    path = projection_path(flat, method)
    assert path.converged.all()
    np.testing.assert_allclose(path.coef * X.std(axis=0)[:, None], 0.0, atol=1e-7)
    np.testing.assert_allclose(path.audit.max_change, 0.0, atol=1e-6)


def test_the_size_of_a_gaussian_outcome_changes_nothing():
    X, p = problem(18)
    for size in (1e-9, 1e9):
        other = projection_problem(X, size * p.coef, size * p.intercept, "gaussian")
        path, plain = projection_path(other), projection_path(p)
        assert path.converged.all()
        np.testing.assert_array_equal(path.removed, plain.removed)
        np.testing.assert_allclose(path.coef / size, plain.coef, atol=1e-7 * np.abs(plain.coef).max())


@pytest.mark.parametrize("family", KINDS)
def test_what_rows_do_not_settle_stays_as_the_model_has_it(family):
    def change(X):
        return np.column_stack([X, X[:, 0]])

    _, p = problem(19, family, change=change)
    whole = p.objective("model")
    found = fit(whole, whole.start())
    np.testing.assert_allclose(found.w, p.own, atol=1e-4)
