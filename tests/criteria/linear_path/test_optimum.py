"""Every point of a path is an optimum, whatever the problem."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.criteria.linear_path.helpers import FAMILIES, five_folds, make, plain, problems, table
from treeprune.criteria.linear_path.kkt import kkt_residual
from treeprune.criteria.linear_path.path import solve_path


@settings(max_examples=60)
@given(problems(), st.booleans())
def test_every_point_meets_the_conditions(kwargs, with_folds):
    problem, twin = make(kwargs), plain(kwargs)
    folds = five_folds(problem.n_rows) if with_folds else None
    path = solve_path(problem, n_lambdas=15, min_ratio=0.02, folds=folds)
    assert path.ending in ("complete", "perfect fit")
    for coef, intercept, lam, kkt in zip(path.coef, path.intercept, path.lambdas, path.kkt, strict=True):
        off = twin.violation(coef, intercept, lam) / path.lambda_max
        assert off <= 1e-6
        assert kkt == pytest.approx(off, rel=1e-2, abs=1e-10)


@settings(max_examples=40)
@given(problems())
def test_largest_strength_is_the_smallest_that_leaves_mandatory_groups_only(kwargs):
    problem = make(kwargs)
    largest = solve_path(problem, n_lambdas=1).lambda_max
    path = solve_path(problem, lambdas=largest * np.array([1 + 1e-6, 1 - 1e-5]), tol=1e-9)
    b = np.reshape(path.coef, (2, problem.n_features, -1))
    penalised = (problem.factor > 0)[problem.group]
    assert not b[0, penalised].any()
    assert b[1, penalised].any()


@settings(max_examples=40)
@given(problems(), st.floats(0.05, 0.9))
def test_coefficients_stay_within_bounds(kwargs, share):
    problem = make(kwargs)
    largest = solve_path(problem, n_lambdas=1).lambda_max
    coef = np.reshape(solve_path(problem, lambdas=[share * largest]).coef, (problem.n_features, -1))
    assert (coef >= problem.lower[:, None] * (1 + 1e-12)).all()
    assert (coef <= problem.upper[:, None] * (1 + 1e-12)).all()


@settings(max_examples=15)
@given(
    problems(family="multinomial", lower=None, upper=None, offset=None)
    | problems(family="binomial", lower=None, upper=None)
    | problems(family="gaussian", lower=None, upper=None),
    st.floats(0.2, 0.9),
)
def test_objective_is_that_of_proximal_gradient_steps(kwargs, share):
    problem, twin = make(kwargs), plain(kwargs)
    largest = solve_path(problem, n_lambdas=1).lambda_max
    path = solve_path(problem, lambdas=[share * largest])
    ours = twin.objective(path.coef[0], path.intercept[0], share * largest)
    assert ours <= twin.minimum(share * largest, 3000) + 1e-8 * max(1.0, abs(ours))


@pytest.mark.parametrize("family", FAMILIES)
def test_certificate_sees_what_is_no_optimum(family):
    X, y, _ = table(0, family)
    problem = make({"X": X, "y": y, "family": family})
    path = solve_path(problem, n_lambdas=5, min_ratio=0.1)
    wrong = path.coef.copy()
    wrong[:, 0] += 0.01
    off = kkt_residual(problem, wrong, path.intercept, path.lambdas)
    twin = plain({"X": X, "y": y, "family": family})
    assert (off > 1e-5).all()
    for k in range(5):
        assert off[k] == pytest.approx(twin.violation(wrong[k], path.intercept[k], path.lambdas[k]))
