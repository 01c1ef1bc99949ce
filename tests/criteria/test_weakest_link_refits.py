"""Pruning a fitted model gives, bit for bit, what scikit-learn grows with ``ccp_alpha``."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tests.criteria.helpers import same_tree
from tests.strategies import random_table, random_weights
from treeprune.backends import read, write
from treeprune.criteria.weakest_link import distinct_alphas, geometric_means, weakest_link_alphas
from treeprune.model.edit import collapse
from treeprune.statistics.risk import node_risk

N = 160
SEED = 7


def whole_numbers(kind):
    """Table with ties everywhere: few values, and many gains that are equal."""
    rng = np.random.default_rng(SEED)
    X = rng.integers(0, 6, size=(N, 4)).astype(float)
    total = X[:, 0] + (X[:, 1] > 2) * X[:, 2] + rng.integers(0, 3, N)
    return X, total if kind == "regression" else (total > 5).astype(int)


def positive(kind):
    X, y = random_table(SEED, N, kind)
    return X, np.abs(y)


WHOLE = np.random.default_rng(SEED).integers(1, 5, N)
FRACTIONAL = random_weights(SEED, N)
INCREASING = [1, 0, 0, -1, 0]

# name: model, kind of target, table, weights, risk
SETTINGS = {
    "gini": (DecisionTreeClassifier(), "binary", random_table, None, "impurity"),
    "entropy": (DecisionTreeClassifier(criterion="entropy"), "multiclass", random_table, None, "impurity"),
    "log_loss": (DecisionTreeClassifier(criterion="log_loss"), "strings", random_table, None, "impurity"),
    "squared_error": (DecisionTreeRegressor(), "regression", random_table, None, "impurity"),
    "absolute_error": (
        DecisionTreeRegressor(criterion="absolute_error"),
        "regression",
        random_table,
        None,
        "impurity",
    ),
    "poisson": (DecisionTreeRegressor(criterion="poisson"), "regression", positive, None, "impurity"),
    "gini_weights": (DecisionTreeClassifier(), "multiclass", random_table, FRACTIONAL, "impurity"),
    "gini_whole_weights": (DecisionTreeClassifier(), "binary", random_table, WHOLE, "impurity"),
    "balanced": (
        DecisionTreeClassifier(class_weight="balanced"),
        "multiclass",
        random_table,
        None,
        "impurity",
    ),
    "balanced_weights": (
        DecisionTreeClassifier(criterion="entropy", class_weight="balanced"),
        "binary",
        random_table,
        FRACTIONAL,
        "impurity",
    ),
    "squared_weights": (DecisionTreeRegressor(), "regression", random_table, FRACTIONAL, "impurity"),
    "absolute_weights": (
        DecisionTreeRegressor(criterion="absolute_error"),
        "regression",
        random_table,
        FRACTIONAL,
        "impurity",
    ),
    "poisson_weights": (
        DecisionTreeRegressor(criterion="poisson"),
        "regression",
        positive,
        FRACTIONAL,
        "impurity",
    ),
    "gini_nan": (DecisionTreeClassifier(), "binary", "nan", None, "impurity"),
    "squared_nan": (DecisionTreeRegressor(), "regression", "nan", FRACTIONAL, "impurity"),
    "poisson_nan": (
        DecisionTreeRegressor(criterion="poisson"),
        "regression",
        "nan",
        None,
        "stored_impurity",
    ),
    "monotonic_gini": (
        DecisionTreeClassifier(monotonic_cst=INCREASING),
        "binary",
        random_table,
        None,
        "stored_impurity",
    ),
    "monotonic_squared": (
        DecisionTreeRegressor(monotonic_cst=INCREASING),
        "regression",
        random_table,
        FRACTIONAL,
        "stored_impurity",
    ),
    "multi_output": (DecisionTreeClassifier(), "multi_output", random_table, None, "impurity"),
    "multi_output_regression": (
        DecisionTreeRegressor(),
        "multi_regression",
        random_table,
        FRACTIONAL,
        "impurity",
    ),
    "extra_tree": (ExtraTreeClassifier(), "multiclass", random_table, FRACTIONAL, "impurity"),
    "extra_tree_regression": (ExtraTreeRegressor(), "regression", random_table, None, "impurity"),
    "extra_tree_nan": (ExtraTreeRegressor(), "regression", "nan", None, "impurity"),
    "best_first": (DecisionTreeClassifier(max_leaf_nodes=25), "multiclass", random_table, None, "impurity"),
    "best_first_regression": (
        DecisionTreeRegressor(max_leaf_nodes=25),
        "regression",
        random_table,
        FRACTIONAL,
        "impurity",
    ),
    "ties": (DecisionTreeClassifier(), "binary", "ties", None, "impurity"),
    "ties_entropy_weights": (
        DecisionTreeClassifier(criterion="entropy"),
        "binary",
        "ties",
        WHOLE,
        "impurity",
    ),
    "ties_regression": (DecisionTreeRegressor(), "regression", "ties", None, "impurity"),
    "ties_absolute": (
        DecisionTreeRegressor(criterion="absolute_error"),
        "regression",
        "ties",
        WHOLE,
        "impurity",
    ),
}


def table_of(source, kind):
    if source == "nan":
        X, y = random_table(SEED, N, kind, missing=True)
        return X, np.abs(y) if kind == "regression" else y
    if source == "ties":
        return whole_numbers(kind)
    return source(SEED, N, kind) if source is random_table else source(kind)


def strengths_of(alpha):
    """The strengths of a path, the middles of its steps, and some at random."""
    path = distinct_alphas(alpha)
    anywhere = np.random.default_rng(SEED).uniform(0, path[-1], 10)
    return np.unique(
        np.concatenate([path, np.unique(alpha[np.isfinite(alpha)]), geometric_means(path), anywhere])
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_pruned_tree_is_the_refit_node_for_node(name):
    model, kind, source, weight, risk = SETTINGS[name]
    X, y = table_of(source, kind)
    model = clone(model).set_params(random_state=SEED)
    full = clone(model).fit(X, y, sample_weight=weight)
    e = read(full)
    alpha = weakest_link_alphas(e, node_risk(e, risk))
    strengths = strengths_of(alpha)
    assert len(strengths) > 20
    for strength in strengths:
        pruned = write(full, collapse(e, alpha <= strength))
        refit = clone(model).set_params(ccp_alpha=float(strength)).fit(X, y, sample_weight=weight)
        if not (alpha <= strength).any():
            # nothing to prune: scikit-learn may renumber a best-first tree, an empty edit must not
            assert refit.tree_.node_count == full.tree_.node_count
            refit = full
        same_tree(pruned.tree_, refit.tree_)


@pytest.mark.parametrize(
    ("forest", "kind"),
    [
        (RandomForestClassifier(5), "multiclass"),
        (RandomForestClassifier(5, class_weight="balanced", criterion="entropy"), "binary"),
        (RandomForestRegressor(5, max_features=2), "regression"),
        (ExtraTreesRegressor(5), "multi_regression"),
    ],
    ids=lambda x: getattr(type(x), "__name__", "") if not isinstance(x, str) else x,
)
def test_pruned_forest_is_the_refit_tree_for_tree(forest, kind):
    X, y = random_table(SEED, N, kind)
    model = clone(forest).set_params(random_state=SEED)
    full = clone(model).fit(X, y, sample_weight=FRACTIONAL)
    e = read(full)
    alpha = weakest_link_alphas(e, node_risk(e))
    path = distinct_alphas(alpha)
    for strength in np.concatenate([path[:: max(1, len(path) // 12)], geometric_means(path)[1::37]]):
        pruned = write(full, collapse(e, alpha <= strength))
        refit = clone(model).set_params(ccp_alpha=float(strength)).fit(X, y, sample_weight=FRACTIONAL)
        for own, native in zip(pruned.estimators_, refit.estimators_, strict=True):
            same_tree(own.tree_, native.tree_)
