"""Fewer trees: what is kept answers as the vendors' own parts do, and sizes are scored as by hand."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from matplotlib import pyplot
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss, log_loss, mean_squared_error, roc_auc_score
from sklearn.model_selection import KFold
from xgboost import XGBClassifier, XGBRegressor

from tests.pruners.test_families import ALL, can_be_judged, named
from tests.strategies import random_table, random_weights
from treeprune import PruningWarning, TreeCountPruner, TreePathDisplay, UnsupportedModelError
from treeprune.backends import read
from treeprune.criteria.tree_order.registry import tree_orders

FOREST = RandomForestClassifier(12, random_state=0)
REGRESSOR = RandomForestRegressor(12, random_state=0)
XGB = XGBClassifier(n_estimators=12, max_depth=3, n_jobs=1)
LGBM = LGBMClassifier(n_estimators=12, num_leaves=6, n_jobs=1, verbose=-1)
METHODS = tuple(tree_orders())


def tables(kind="binary", seed=0, n=300):
    """Rows that a model is fitted on, and others."""
    X, y = random_table(seed, n, kind)
    return X[: n // 2], y[: n // 2], X[n // 2 :], y[n // 2 :]


def frozen(model, kind="binary", seed=0):
    """A fitted model, and rows it has not seen."""
    X, y, X_val, y_val = tables(kind, seed)
    return clone(model).fit(X, y), X_val, y_val


# ------------------------------------------------------------------------------ what is kept
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["binary", "strings"])
def test_a_forest_of_fewer_trees_averages_the_trees_it_kept(method, kind):
    model, X, y = frozen(FOREST, kind)
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=4, method=method, weights="uniform").fit(X, y)
    kept = pruner.plan_.tree[pruner.plan_.kept]
    assert 1 <= len(kept) == pruner.n_trees_ == len(pruner.estimator_) <= 4
    mean = np.mean([model.estimators_[t].predict_proba(X) for t in kept], axis=0)
    np.testing.assert_allclose(pruner.predict_proba(X), mean, rtol=1e-12)
    assert list(pruner.classes_) == list(model.classes_)
    assert len(model) == 12


@pytest.mark.parametrize("method", ["lasso", "nnls", "omp", "l0"])
def test_factors_of_a_forest_are_those_of_a_weighted_mean(method):
    model, X, y = frozen(FOREST)
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=5, method=method).fit(X, y)
    factor = pruner.plan_.factor
    shares = np.array([tree.predict_proba(X) for tree in model.estimators_])
    mean = np.tensordot(factor / factor.sum(), shares, 1)
    np.testing.assert_allclose(pruner.predict_proba(X), mean, rtol=1e-10, atol=1e-12)
    assert factor[pruner.plan_.kept].mean() == pytest.approx(1)


def test_refitted_factors_are_no_worse_than_none():
    model, X, y = frozen(REGRESSOR, "regression")
    errors = {}
    for weights in ("uniform", "refit"):
        pruner = TreeCountPruner(FrozenEstimator(model), n_trees=4, weights=weights).fit(X, y)
        errors[weights] = mean_squared_error(y, pruner.predict(X))
    assert errors["refit"] < errors["uniform"] < mean_squared_error(y, model.estimators_[0].predict(X))


@pytest.mark.parametrize("n", [1, 3, 12])
def test_the_first_trees_are_what_vendors_slice(n):
    model, X, y = frozen(XGB)
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=n, method="first").fit(X, y)
    np.testing.assert_array_equal(pruner.predict_proba(X), model.predict_proba(X, iteration_range=(0, n)))
    model, X, y = frozen(LGBM)
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=n, method="first").fit(X, y)
    np.testing.assert_allclose(pruner.predict_proba(X), model.predict_proba(X, num_iteration=n), rtol=1e-12)


def test_rounds_of_several_classes():
    model, X, y = frozen(clone(XGB).set_params(n_estimators=6), "multiclass")
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=0.5, method="first").fit(X, y)
    np.testing.assert_allclose(
        pruner.predict_proba(X), model.predict_proba(X, iteration_range=(0, 3)), rtol=1e-6
    )


# ------------------------------------------------------------------------------ scores
def scores_by_hand(model, X, y, folds, score):
    """Loss of the first k trees of a forest, fold by fold."""
    said = np.array([tree.predict_proba(X) for tree in model.estimators_])
    return [np.mean([score(y[t], said[:k, t].mean(axis=0)) for _, t in folds]) for k in range(1, 13)]


@pytest.mark.parametrize(
    ("loss", "score"),
    [
        ("brier", lambda y, p: brier_score_loss(y, p[:, 1])),
        ("auc", lambda y, p: 1 - roc_auc_score(y, p[:, 1])),
        ("misclassification", lambda y, p: np.mean(y != p.argmax(axis=1))),
    ],
)
def test_sizes_are_scored_as_by_hand(loss, score):
    model, X, y = frozen(FOREST)
    folds = list(KFold(3).split(X))
    pruner = TreeCountPruner(FrozenEstimator(model), method="first", loss=loss, cv=folds).fit(X, y)
    path = pruner.path_
    np.testing.assert_array_equal(path.n_trees, np.arange(1, 13))
    by_hand = scores_by_hand(model, X, y, folds, score)
    np.testing.assert_allclose(path.loss, by_hand, rtol=1e-12)
    np.testing.assert_allclose(path.first_loss, path.loss, rtol=1e-14)
    assert path.whole_loss == pytest.approx(by_hand[-1])
    assert path.n_trees[path.chosen] == pruner.n_trees_ <= path.n_trees[path.best]
    assert path.n_nodes[path.chosen] == sum(t.tree_.node_count for t in pruner.estimator_.estimators_)


@pytest.mark.parametrize("model", [XGB, LGBM, GradientBoostingClassifier(n_estimators=12, random_state=0)])
def test_the_whole_of_a_boosted_model_is_scored_by_the_log_loss(model):
    model, X, y = frozen(model)
    folds = list(KFold(3).split(X))
    path = TreeCountPruner(FrozenEstimator(model), cv=folds).fit(X, y).path_
    whole = np.mean([log_loss(y[t], model.predict_proba(X[t])[:, 1].astype(float)) for _, t in folds])
    assert path.loss_name == "log_loss"
    assert path.whole_loss == pytest.approx(whole, rel=1e-5)
    assert path.loss[-1] == pytest.approx(whole, rel=1e-5)


def test_a_fold_is_scored_by_the_order_of_the_others():
    """Whatever the folds are: sums of the other folds' statistics are the statistics of their rows."""
    model, X, y = frozen(FOREST)
    folds = list(KFold(3).split(X))
    parted = TreeCountPruner(FrozenEstimator(model), cv=folds).fit(X, y).path_
    scores = []
    for train, test in folds:
        own = TreeCountPruner(FrozenEstimator(model), n_trees=3).fit(X[train], y[train])
        scores.append(brier_score_loss(y[test], own.predict_proba(X[test])[:, 1]))
    assert parted.loss[2] == pytest.approx(np.mean(scores), rel=1e-9)
    twice = TreeCountPruner(FrozenEstimator(model), cv=[*folds, folds[0]]).fit(X, y).path_
    assert twice.loss[2] == pytest.approx(np.mean([*scores, scores[0]]), rel=1e-9)


def test_an_estimator_is_fitted_in_each_fold_and_once_more():
    fits = []

    class Counting(RandomForestClassifier):
        def fit(self, X, y, sample_weight=None):
            fits.append(len(X))
            return super().fit(X, y, sample_weight)

    X, y = random_table(0, 90)
    pruner = TreeCountPruner(Counting(8, random_state=0), cv=3).fit(X, y)
    assert sorted(fits) == [60, 60, 60, 90]
    assert isinstance(pruner.estimator_, Counting)
    assert len(pruner.estimator_) == pruner.n_trees_
    fits.clear()
    TreeCountPruner(Counting(8, random_state=0), n_trees=3).fit(X, y)
    assert fits == [90]
    fits.clear()
    X, y, X_val, y_val = tables()
    given = TreeCountPruner(Counting(8, random_state=0), cv=3).fit(X, y, X_val=X_val, y_val=y_val)
    assert fits == [150]
    same = TreeCountPruner(FrozenEstimator(Counting(8, random_state=0).fit(X, y)), cv=3).fit(X_val, y_val)
    np.testing.assert_array_equal(given.path_.loss, same.path_.loss)
    np.testing.assert_array_equal(given.plan_.factor, same.plan_.factor)


# ------------------------------------------------------------------------------ every family
CASES = [
    pytest.param(family, case, id=case.id)
    for family, case in ALL
    if can_be_judged(family, case) and read(case.model).n_trees > 2
]


def refusal(e):
    """What a model is refused by; None if it is not."""
    if e.aggregation == "median":
        return "weighted median"
    if e.aggregation == "mean" and e.n_columns > 1 and (e.output >= 0).any():
        return "one of several averages"
    return None


@pytest.mark.filterwarnings("ignore:the held-out rows are the rows:treeprune.PruningWarning")
@pytest.mark.parametrize(("family", "case"), CASES)
def test_every_family_keeps_half_of_its_trees_or_says_why_not(family, case):
    e = read(case.model)
    pruner = TreeCountPruner(FrozenEstimator(case.model), n_trees=0.5, **named(e))
    message = refusal(e)
    if message is not None:
        with pytest.raises((UnsupportedModelError, ValueError), match=message):
            pruner.fit(case.X, case.y)
        return
    pruner.fit(case.X, case.y)
    after = read(pruner.estimator_)
    assert type(pruner.estimator_) is type(case.model)
    assert np.sum(pruner.plan_.kept) == pruner.n_trees_ == max(1, round(0.5 * e.n_trees))
    assert after.n_trees <= e.n_trees
    assert len(np.asarray(pruner.predict(case.X))) == case.X.shape[0]


# ------------------------------------------------------------------------------ promises
@pytest.mark.parametrize("method", METHODS)
def test_weights_are_repetitions(method):
    model, X, y = frozen(FOREST)
    times = np.random.default_rng(0).integers(0, 3, len(y))
    weighted = TreeCountPruner(FrozenEstimator(model), n_trees=5, method=method)
    weighted.fit(X, y, sample_weight=times)
    repeated = TreeCountPruner(FrozenEstimator(model), n_trees=5, method=method)
    repeated.fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.plan_.factor, repeated.plan_.factor, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_threads_and_the_order_of_rows_change_nothing(method):
    model, X, y = frozen(FOREST)
    weight, order = random_weights(0, len(y)), np.random.default_rng(0).permutation(len(y))
    one = TreeCountPruner(FrozenEstimator(model), n_trees=5, method=method).fit(X, y, sample_weight=weight)
    two = TreeCountPruner(FrozenEstimator(model), n_trees=5, method=method, n_jobs=2)
    two.fit(X[order], y[order], sample_weight=weight[order])
    np.testing.assert_array_equal(one.plan_.factor, two.plan_.factor)


@pytest.mark.parametrize("model", [FOREST, XGB, LGBM], ids=lambda m: type(m).__name__)
def test_all_trees_are_the_model_as_it_was(model):
    model, X, y = frozen(model)
    with pytest.warns(PruningWarning, match="n_trees=99, but the model has 12 trees: nothing is pruned"):
        pruner = TreeCountPruner(FrozenEstimator(model), n_trees=99).fit(X, y)
    np.testing.assert_array_equal(pruner.predict_proba(X), model.predict_proba(X))
    assert pruner.plan_.kept.all()


def test_missing_values_and_several_targets():
    X, y = random_table(0, 200, "binary", missing=True)
    model = RandomForestClassifier(8, random_state=0).fit(X[:100], np.column_stack([y, y])[:100])
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=3).fit(X[100:], np.column_stack([y, y])[100:])
    assert len(pruner.estimator_) == 3
    assert np.shape(pruner.predict(X)) == (200, 2)


# ------------------------------------------------------------------------------ refusals
@pytest.mark.parametrize("method", ["kappa", "reduced_error", "orientation"])
@pytest.mark.parametrize(
    "model", [XGB, HistGradientBoostingClassifier(max_iter=4)], ids=["xgboost", "hist"]
)
def test_steps_of_a_sum_do_not_vote(method, model):
    model, X, y = frozen(model)
    with pytest.raises(UnsupportedModelError, match="greedy"):
        TreeCountPruner(FrozenEstimator(model), method=method).fit(X, y)


def test_votes_are_for_classes():
    model, X, y = frozen(REGRESSOR, "regression")
    with pytest.raises(ValueError, match=r"for classification only; for regression use one of .*greedy"):
        TreeCountPruner(FrozenEstimator(model), method="kappa").fit(X, y)


def test_a_median_is_no_sum():
    model, X, y = frozen(AdaBoostRegressor(n_estimators=5, random_state=0), "regression")
    with pytest.raises(UnsupportedModelError, match=r"AdaBoostRegressor answers with the weighted median"):
        TreeCountPruner(FrozenEstimator(model), n_trees=2).fit(X, y)


@pytest.mark.parametrize(
    "model", [AdaBoostClassifier(n_estimators=6, random_state=0), ExtraTreesClassifier(6)]
)
@pytest.mark.parametrize("method", ["greedy", "kappa", "lasso"])
def test_other_ensembles_of_voters(model, method):
    model, X, y = frozen(model)
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=3, method=method).fit(X, y)
    assert 1 <= len(pruner.estimator_.estimators_) <= 3


def test_one_tree_is_left_alone():
    model, X, y = frozen(clone(FOREST).set_params(n_estimators=1))
    with pytest.warns(PruningWarning, match="has one tree: there is nothing to choose"):
        pruner = TreeCountPruner(FrozenEstimator(model)).fit(X, y)
    np.testing.assert_array_equal(pruner.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "model", [XGBRegressor(n_estimators=5, n_jobs=1), LGBMRegressor(n_estimators=5, verbose=-1)]
)
def test_boosted_regressors(model):
    model, X, y = frozen(model, "regression")
    pruner = TreeCountPruner(FrozenEstimator(model), cv=3, rule="min").fit(X, y)
    best = pruner.path_.loss[pruner.path_.chosen]
    assert best <= pruner.path_.whole_loss + 1e-12


# ------------------------------------------------------------------------------ pictures
def test_the_path_is_drawn():
    model, X, y = frozen(FOREST)
    pruner = TreeCountPruner(FrozenEstimator(model), cv=3).fit(X, y)
    display = TreePathDisplay.from_estimator(pruner)
    assert display.ax_.get_xlabel() == "trees"
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels[-1] == f"chosen: {pruner.n_trees_} tree" + "s" * (pruner.n_trees_ > 1)
    np.testing.assert_array_equal(display.frame()["loss"], pruner.path_.loss)
    pyplot.close(display.figure_)
    assert "<table" in pruner.path_._repr_html_()
    assert "<table" in pruner.plan_._repr_html_()
    fixed = TreeCountPruner(FrozenEstimator(model), n_trees=3).fit(X, y)
    with pytest.raises(ValueError, match='n_trees="cv"'):
        TreePathDisplay.from_estimator(fixed)
    with pytest.raises(TypeError, match="TreeCountPruner has some"):
        TreePathDisplay.from_estimator(FOREST.fit(X, y))
