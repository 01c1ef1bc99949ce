"""Cross-validation of the whole path: the textbook recipe, and what each rule makes of it."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import (
    log_loss,
    mean_absolute_error,
    mean_poisson_deviance,
    mean_squared_error,
    roc_auc_score,
)
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pruners.helpers import assert_same_trees
from tests.strategies import random_table, random_weights
from treeprune import CostComplexityPruner

COSTS = np.array([[0.0, 1.0], [4.0, 0.0]])
CLASSIFIER = DecisionTreeClassifier(random_state=0)
REGRESSOR = DecisionTreeRegressor(random_state=0)


def log_losses(model, X, y, w):
    return log_loss(y, model.predict_proba(X), sample_weight=w, labels=model.classes_)


def briers(model, X, y, w):
    truth = (y[:, None] == model.classes_).astype(float)
    square = ((model.predict_proba(X) - truth) ** 2).sum(axis=1)
    return np.average(square, weights=w) / (2 if len(model.classes_) == 2 else 1)


def costs(model, X, y, w):
    decided = (model.predict_proba(X) @ COSTS).argmin(axis=1)
    return np.average(COSTS[y, decided], weights=w)


LOSSES = {
    "log_loss": (CLASSIFIER, "strings", log_losses),
    "brier": (CLASSIFIER, "multiclass", briers),
    "misclassification": (
        CLASSIFIER,
        "binary",
        lambda m, X, y, w: 1 - m.score(X, y, sample_weight=w),
    ),
    "auc": (
        CLASSIFIER,
        "binary",
        lambda m, X, y, w: 1 - roc_auc_score(y, m.predict_proba(X)[:, 1], sample_weight=w),
    ),
    "cost": (CLASSIFIER, "binary", costs),
    "squared_error": (
        REGRESSOR,
        "regression",
        lambda m, X, y, w: mean_squared_error(y, m.predict(X), sample_weight=w),
    ),
    "absolute_error": (
        REGRESSOR,
        "regression",
        lambda m, X, y, w: mean_absolute_error(y, m.predict(X), sample_weight=w),
    ),
    "poisson": (
        DecisionTreeRegressor(criterion="poisson", random_state=0, min_samples_leaf=2),
        "regression",
        lambda m, X, y, w: mean_poisson_deviance(y, m.predict(X), sample_weight=w),
    ),
}


def table_for(loss, kind, seed=1, n=100):
    X, y = random_table(seed, n, kind)
    return X, y - y.min() + 0.5 if loss == "poisson" else y


def means_of(alphas):
    """Geometric means of neighbouring strengths; behind the last one there is only itself."""
    return np.append(np.sqrt(alphas[:-1] * alphas[1:]), alphas[-1])


def recipe(model, X, y, w, folds, strengths, metric):
    """Refit for every fold and every strength, score by scikit-learn; (n_folds, n_strengths)."""
    table = []
    for train, test in folds:
        fits = [clone(model).set_params(ccp_alpha=a) for a in strengths]
        own = None if w is None else w[train]
        table.append(
            [
                metric(
                    m.fit(X[train], y[train], sample_weight=own),
                    X[test],
                    y[test],
                    None if w is None else w[test],
                )
                for m in fits
            ]
        )
    return np.array(table)


def chosen_by_rule(table, rule):
    """Breiman's rule from scratch: last step within so many standard errors of the (last) least mean."""
    mean, error = table.mean(axis=0), table.std(axis=0, ddof=1) / np.sqrt(len(table))
    best = max(k for k in range(len(mean)) if mean[k] <= min(mean) * (1 + 1e-12))
    width = {"min": 0, "1se": 1}.get(rule, rule)
    return max(k for k in range(len(mean)) if k == best or mean[k] <= mean[best] + width * error[best])


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_those_of_the_textbook_recipe(loss, weighted):
    model, kind, metric = LOSSES[loss]
    X, y = table_for(loss, kind)
    w = np.random.default_rng(0).uniform(0.5, 2, len(y)) if weighted else None
    folds = list(KFold(4, shuffle=True, random_state=0).split(X))
    costs_too = {"cost_matrix": COSTS.tolist()} if loss == "cost" else {}
    table = None
    for rule in ("min", "1se", 0.5, 3):
        pruner = CostComplexityPruner(model, loss=loss, cv=folds, rule=rule, **costs_too)
        path = pruner.fit(X, y, sample_weight=w).path_
        if table is None:
            table = recipe(model, X, y, w, folds, means_of(path.ccp_alpha), metric)
        np.testing.assert_allclose(path.loss, table.mean(axis=0), rtol=1e-12, atol=1e-12)
        error = table.std(axis=0, ddof=1) / np.sqrt(len(table))
        np.testing.assert_allclose(path.loss_se, error, rtol=1e-9, atol=1e-12)
        assert path.loss_name == loss
        assert path.chosen == chosen_by_rule(table, rule)
        assert path.best == chosen_by_rule(table, "min")
        assert pruner.ccp_alpha_ == pytest.approx(means_of(path.ccp_alpha)[path.chosen], rel=1e-12)
        refit = clone(model).set_params(ccp_alpha=pruner.ccp_alpha_).fit(X, y, sample_weight=w)
        assert_same_trees(pruner.estimator_, refit)


@pytest.mark.parametrize(
    ("model", "kind", "metric"),
    [
        (RandomForestClassifier(5, random_state=0), "strings", log_losses),
        (RandomForestRegressor(5, random_state=0), "regression", LOSSES["squared_error"][2]),
    ],
)
def test_forests_are_refitted_at_the_strengths_of_their_path(model, kind, metric):
    X, y = random_table(2, 120, kind)
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    pruner = CostComplexityPruner(model, cv=folds, rule="min", n_alphas=12).fit(X, y)
    path = pruner.path_
    assert 2 <= len(path) <= 14
    table = recipe(model, X, y, None, folds, path.ccp_alpha, metric)
    np.testing.assert_allclose(path.loss, table.mean(axis=0), rtol=1e-12, atol=1e-12)
    assert path.chosen == chosen_by_rule(table, "min")
    assert_same_trees(pruner.estimator_, clone(model).set_params(ccp_alpha=pruner.ccp_alpha_).fit(X, y))


@pytest.mark.parametrize("loss", ["log_loss", "brier"])
def test_a_frozen_model_is_scored_on_the_folds_of_the_rows_given(loss):
    (X, y), (X_new, y_new) = random_table(3, 150), random_table(4, 90)
    tree = clone(CLASSIFIER).fit(X, y)
    folds = [(np.arange(90), np.arange(k, 90, 3)) for k in range(3)]
    path = CostComplexityPruner(FrozenEstimator(tree), loss=loss, cv=folds).fit(X_new, y_new).path_
    metric = LOSSES[loss][2]
    refits = [clone(CLASSIFIER).set_params(ccp_alpha=a).fit(X, y) for a in means_of(path.ccp_alpha)]
    table = np.array([[metric(m, X_new[test], y_new[test], None) for m in refits] for _, test in folds])
    np.testing.assert_allclose(path.loss, table.mean(axis=0), rtol=1e-12, atol=1e-12)
    assert path.chosen == chosen_by_rule(table, "1se")


# ---------------------------------------------------------------------- where folds come from
X120, Y120 = random_table(5, 120)
GROUPS = np.arange(120) // 6


@pytest.mark.parametrize(
    "splitter",
    [KFold(4), StratifiedKFold(3), ShuffleSplit(3, random_state=0), GroupKFold(5)],
    ids=lambda s: type(s).__name__,
)
def test_splitters_are_used_as_they_stand(splitter):
    groups = GROUPS if isinstance(splitter, GroupKFold) else None
    by_splitter = CostComplexityPruner(CLASSIFIER, cv=splitter).fit(X120, Y120, groups=groups)
    listed = list(splitter.split(X120, Y120, groups))
    by_list = CostComplexityPruner(CLASSIFIER, cv=listed).fit(X120, Y120)
    by_generator = CostComplexityPruner(CLASSIFIER, cv=iter(listed)).fit(X120, Y120)
    np.testing.assert_array_equal(by_splitter.path_.loss, by_list.path_.loss)
    np.testing.assert_array_equal(by_splitter.path_.loss, by_generator.path_.loss)
    metric = LOSSES["log_loss"][2]
    table = recipe(CLASSIFIER, X120, Y120, None, listed, means_of(by_list.path_.ccp_alpha), metric)
    np.testing.assert_allclose(by_list.path_.loss, table.mean(axis=0), rtol=1e-12, atol=1e-12)


def test_a_fold_that_lacks_a_class_counts_its_probability_as_zero():
    X, y = random_table(6, 120, "strings")
    rare = np.flatnonzero(y == "lost")
    rest = np.flatnonzero(y != "lost")
    folds = [(rest[::2], np.append(rest[1::2], rare[:5])), (np.arange(120), np.arange(0, 120, 2))]
    pruner = CostComplexityPruner(CLASSIFIER, cv=folds, loss="brier").fit(X, y)
    assert set(y[folds[0][0]]) == {"alive", "dead"}
    strengths = means_of(pruner.path_.ccp_alpha)
    classes, expected = np.unique(y), []
    for train, test in folds:
        row = []
        for a in strengths:
            model = clone(CLASSIFIER).set_params(ccp_alpha=a).fit(X[train], y[train])
            p = np.zeros((len(test), 3))
            p[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(X[test])
            row.append((((y[test][:, None] == classes) - p) ** 2).sum(axis=1).mean())
        expected.append(row)
    np.testing.assert_allclose(pruner.path_.loss, np.mean(expected, axis=0), rtol=1e-12)


@pytest.mark.parametrize("n_folds", [2, 3, 10])
def test_own_folds_keep_equal_rows_together_and_do_not_depend_on_order(n_folds):
    X, y = random_table(7, 120)
    X, y = np.repeat(X, 2, axis=0), np.repeat(y, 2)
    order = np.random.default_rng(0).permutation(len(y))
    straight = CostComplexityPruner(CLASSIFIER, cv=n_folds).fit(X, y)
    shuffled = CostComplexityPruner(CLASSIFIER, cv=n_folds).fit(X[order], y[order])
    np.testing.assert_allclose(straight.path_.loss, shuffled.path_.loss, rtol=1e-12)
    # an over-grown tree that had seen the twin of a held-out row would never be wrong
    wrong = CostComplexityPruner(CLASSIFIER, cv=n_folds, loss="misclassification").fit(X, y)
    assert wrong.path_.loss[0] > 0.05


def test_rows_without_weight_are_in_no_fold():
    weight = random_weights(8, 120)
    kept = weight > 0
    absurd = np.where(kept[:, None], X120, 1e9)
    zeros = CostComplexityPruner(CLASSIFIER, cv=KFold(4)).fit(absurd, Y120, sample_weight=weight)
    without = CostComplexityPruner(CLASSIFIER, cv=KFold(4)).fit(
        X120[kept], Y120[kept], sample_weight=weight[kept]
    )
    np.testing.assert_array_equal(zeros.path_.loss, without.path_.loss)


def test_progress_is_shown_only_when_asked_for(capfd):
    CostComplexityPruner(CLASSIFIER, cv=3).fit(X120, Y120)
    assert capfd.readouterr() == ("", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook bar may miss its widgets
        CostComplexityPruner(CLASSIFIER, cv=3, verbose=True).fit(X120, Y120)
    assert "folds" in capfd.readouterr().err
