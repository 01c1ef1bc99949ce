"""Random tables and models, and the loss of a fit from scikit-learn or scipy."""

import numpy as np
from scipy.special import expit, softmax

from treeprune.criteria.linear_projection.design import design_of
from treeprune.criteria.linear_projection.families import FAMILIES
from treeprune.criteria.linear_projection.objective import Objective
from treeprune.criteria.linear_projection.problem import projection_problem
from treeprune.criteria.linear_projection.registry import linear_orders

METHODS = tuple(linear_orders())
KINDS = ("gaussian", "binomial", "poisson", "multinomial")


def table(seed, n=80, p=5):
    """Columns that go together, in units of their own."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) @ (np.eye(p) + np.triu(0.7 * rng.normal(size=(p, p)), 1))
    return X * 10.0 ** rng.integers(-2, 3, p) + rng.normal(size=p)


def model(seed, X, family):
    """Coefficients whose linear predictor has a spread of about 1."""
    rng = np.random.default_rng(seed + 1)
    k = 3 if family == "multinomial" else 1
    spread = np.where(np.ptp(X, axis=0) > 0, X.std(axis=0), 1.0)
    coef = rng.normal(size=(X.shape[1], k)) / spread[:, None] / np.sqrt(X.shape[1])
    return coef, rng.normal(size=k) - X.mean(axis=0) @ coef


def outcome(seed, X, coef, intercept, family):
    rng = np.random.default_rng(seed + 2)
    eta = X @ coef + intercept
    if family == "gaussian":
        return (eta + rng.normal(size=eta.shape))[:, 0]
    if family == "poisson":
        return rng.poisson(np.exp(eta))[:, 0].astype(float)
    if family == "binomial":
        return (rng.random(len(X)) < expit(eta[:, 0])).astype(float)
    classes = (softmax(eta, axis=1).cumsum(axis=1) < rng.random((len(X), 1))).sum(axis=1)
    return np.eye(3)[classes.clip(max=2)]


def problem(seed, family="gaussian", n=80, p=5, change=None, **options):
    """A projection problem; `change` edits the table before the model is made."""
    X = table(seed, n, p)
    if change is not None:
        X = change(X)
    coef, intercept = model(seed, X, family)
    y = outcome(seed, X, coef, intercept, family)
    return X, projection_problem(X, coef, intercept, family, y=y, **options)


def objective(X, target, family, ridge=0.0, weight=None, offset=0.0, intercept=True):
    """A plain objective with one ridge for all columns, on the standardised scale."""
    target = target[:, None] if target.ndim == 1 else target
    d = design_of(X, np.ones(len(target)) if weight is None else weight, intercept=intercept)
    pen = np.full(d.n_parameters, float(ridge))
    if intercept:
        pen[-1] = 0.0
    offset = np.broadcast_to(np.reshape(offset, (-1, 1)), target.shape)
    towards = np.zeros((d.n_parameters, target.shape[1]))
    return Objective(d, FAMILIES[family], target, offset, pen, towards)


def on_users_scale(design, w):
    """Coefficients and intercept of the columns as they were given."""
    coef = w[:-1] / design.scale[:, None]
    return coef, w[-1] - design.centre @ coef


def close(a, b, tolerance=1e-7):
    """Same groups, coefficients and figures, but for rounding."""
    np.testing.assert_array_equal(a.removed, b.removed)
    size = np.abs(b.coef).max(axis=(0, 2), keepdims=True).clip(1e-300)
    np.testing.assert_allclose(a.coef / size, b.coef / size, atol=tolerance)
    np.testing.assert_allclose(a.intercept, b.intercept, atol=tolerance * (1 + np.abs(b.intercept).max()))
    for name in ("divergence", "mean_change", "high_change", "max_change", "loss"):
        np.testing.assert_allclose(
            getattr(a.audit, name), getattr(b.audit, name), rtol=1e-5, atol=tolerance, err_msg=name
        )
