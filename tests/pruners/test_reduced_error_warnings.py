"""Reduced-error pruning: absent classes, rows that were trained on, and backfitting."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from tests.pruners.helpers import node_counts
from tests.strategies import random_table, random_weights
from treeprune import PruningWarning, ReducedErrorPruner

MODELS = [
    DecisionTreeClassifier(random_state=0),
    ExtraTreeClassifier(random_state=0),
    DecisionTreeRegressor(random_state=0),
    RandomForestClassifier(4, random_state=0),
    RandomForestRegressor(4, random_state=0, max_samples=0.7),
    RandomForestClassifier(4, random_state=0, bootstrap=False),
    ExtraTreesClassifier(4, random_state=0),
    ExtraTreesRegressor(4, random_state=0, bootstrap=True),
]
EACH = pytest.mark.parametrize("model", MODELS, ids=str)
TRAINED_ON = "the held-out rows are the rows the model was trained on"


def table_for(model, seed, n=120):
    return random_table(seed, n, "binary" if is_classifier(model) else "regression")


# ---------------------------------------------------------------------- training rows
@EACH
def test_warns_when_handed_the_training_rows(model):
    X, y = table_for(model, 0)
    with pytest.warns(PruningWarning, match=TRAINED_ON) as caught:
        ReducedErrorPruner(FrozenEstimator(clone(model).fit(X, y))).fit(X, y)
    with pytest.warns(PruningWarning, match=TRAINED_ON):
        ReducedErrorPruner(clone(model)).fit(X, y, X_val=X, y_val=y)
    assert caught[0].filename == __file__


@EACH
def test_warns_where_the_training_rows_had_weights(model):
    X, y = table_for(model, 0)
    weight = random_weights(0, len(y))
    fitted = clone(model).fit(X, y, sample_weight=weight)
    with pytest.warns(PruningWarning, match=TRAINED_ON):
        ReducedErrorPruner(FrozenEstimator(fitted)).fit(X, y, sample_weight=weight)


@EACH
@pytest.mark.parametrize("n", [119, 120, 121])
def test_is_silent_on_other_rows(model, n):
    fitted = FrozenEstimator(clone(model).fit(*table_for(model, 0)))
    for seed in range(1, 6):
        ReducedErrorPruner(fitted).fit(*table_for(model, seed, n))


@EACH
def test_is_silent_on_rows_it_splits_off_itself(model):
    X, y = table_for(model, 0)
    X, y = np.repeat(X[:40], 3, axis=0), np.repeat(y[:40], 3)
    for seed in range(5):
        ReducedErrorPruner(model, validation_fraction=0.5, random_state=seed).fit(X, y)


# ---------------------------------------------------------------------- absent classes
def without_class(seed, name):
    X, y = random_table(seed, 120, "strings")
    return X[y != name], y[y != name]


@pytest.mark.parametrize("name", ["alive", "lost"])
@pytest.mark.parametrize("cls", [DecisionTreeClassifier, RandomForestClassifier])
def test_leaves_of_an_absent_class_are_kept_and_the_class_is_named(cls, name):
    model = cls(random_state=0).set_params(max_leaf_nodes=12).fit(*random_table(0, 120, "strings"))
    rows = without_class(1, name)
    with pytest.warns(PruningWarning, match=f"no held-out row is of class {name}:") as caught:
        kept = ReducedErrorPruner(FrozenEstimator(model)).fit(*rows)
    assert caught[0].filename == __file__
    dropped = ReducedErrorPruner(FrozenEstimator(model), absent_class="prune").fit(*rows)
    # wherever a tree of the full model answers the class, so does the pruned one
    X, code = random_table(2, 2000)[0], list(model.classes_).index(name)
    for full, tree in zip(*(getattr(m, "estimators_", [m]) for m in (model, kept.estimator_)), strict=True):
        before, after = (t.predict_proba(X).argmax(axis=1) == code for t in (full, tree))
        assert before.any()
        assert after[before].all()
    assert sum(node_counts(dropped.estimator_)) < sum(node_counts(kept.estimator_))


def test_a_class_whose_held_out_rows_weigh_nothing_is_absent():
    X, y = random_table(0, 120, "strings")
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    X_val, y_val = random_table(1, 120, "strings")
    others = (y_val != "lost").astype(float)
    with pytest.warns(PruningWarning, match="class lost"):
        ReducedErrorPruner(FrozenEstimator(model)).fit(X_val, y_val, sample_weight=others)


# ---------------------------------------------------------------------- backfit
def pooled(model, tree, X, y, w, X_val, y_val, w_val):
    """Value and weight of every node from training and held-out rows together, by decision paths."""
    passes = [tree.decision_path(rows).toarray().astype(float) for rows in (X, X_val)]
    weights = [p * weight[:, None] for p, weight in zip(passes, (w, w_val), strict=True)]
    weight = sum(part.sum(axis=0) for part in weights)
    if is_classifier(model):
        truth = [(np.asarray(t)[:, None] == model.classes_).astype(float) for t in (y, y_val)]
    else:
        truth = [np.asarray(t)[:, None] for t in (y, y_val)]
    total = sum(part.T @ t for part, t in zip(weights, truth, strict=True))
    return total / weight[:, None], weight


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", ["strings", "regression"])
@pytest.mark.parametrize("criterion", ["gini|squared_error", "entropy|squared_error"])
def test_backfit_gives_the_figures_of_all_rows_together(kind, criterion, weighted):
    (X, y), (X_val, y_val) = random_table(0, 120, kind), random_table(1, 80, kind)
    w, w_val = (
        (random_weights(0, 120) + 0.1, random_weights(1, 80)) if weighted else (np.ones(120), np.ones(80))
    )
    cls = DecisionTreeClassifier if kind == "strings" else DecisionTreeRegressor
    model = cls(random_state=0, max_leaf_nodes=10, criterion=criterion.split("|")[kind == "regression"])
    model.fit(X, y, sample_weight=w)
    plain = ReducedErrorPruner(FrozenEstimator(model)).fit(X_val, y_val, sample_weight=w_val)
    fitted = ReducedErrorPruner(FrozenEstimator(model), backfit=True).fit(X_val, y_val, sample_weight=w_val)
    assert node_counts(plain.estimator_) == node_counts(fitted.estimator_)
    assert plain.validation_loss_ == fitted.validation_loss_
    tree = fitted.estimator_.tree_
    np.testing.assert_array_equal(tree.threshold, plain.estimator_.tree_.threshold)
    value, weight = pooled(model, fitted.estimator_, X, y, w, X_val, y_val, w_val)
    np.testing.assert_allclose(tree.value[:, 0], value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tree.weighted_n_node_samples, weight, rtol=1e-12)
    reached = fitted.estimator_.decision_path(np.vstack([X, X_val[w_val > 0]])).sum(axis=0)
    np.testing.assert_array_equal(tree.n_node_samples, np.asarray(reached).ravel())


def test_backfit_leaves_the_given_model_alone():
    (X, y), (X_val, y_val) = random_table(0, 120), random_table(1, 80)
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    value = model.tree_.value.copy()
    ReducedErrorPruner(FrozenEstimator(model), backfit=True).fit(X_val, y_val)
    np.testing.assert_array_equal(model.tree_.value, value)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (DecisionTreeClassifier(class_weight="balanced"), "class_weight"),
        (RandomForestClassifier(3, class_weight={0: 1, 1: 5}), "class_weight"),
        (DecisionTreeRegressor(criterion="absolute_error"), "criterion='absolute_error'"),
        (RandomForestRegressor(3, criterion="absolute_error"), "criterion='absolute_error'"),
    ],
    ids=str,
)
def test_backfit_is_refused_where_leaves_are_no_plain_means(model, message):
    X, y = table_for(model, 0)
    for estimator in (model, FrozenEstimator(clone(model).fit(X, y))):
        with pytest.raises(ValueError, match=message):
            ReducedErrorPruner(estimator, backfit=True).fit(*table_for(model, 1))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ReducedErrorPruner(estimator).fit(*table_for(model, 1))
