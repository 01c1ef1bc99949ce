"""Joint pruning through the public door: limits hold, losses are the native models' own."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss, log_loss, mean_squared_error, roc_auc_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from tests.strategies import random_table
from treeprune import FeaturePruner, JointPruner, PruningWarning, UnsupportedModelError
from treeprune.backends import read
from treeprune.faithfulness.size import pickled_bytes
from treeprune.model.structure import depths

FOREST = RandomForestClassifier(20, random_state=0)
QUICK = {"values": "anchored", "target": "y"}


def splits(X, y, seed=0):
    """Rows to train on, to compare by, and others."""
    a, b, ya, yb = train_test_split(X, y, test_size=0.5, random_state=seed)
    v, t, yv, yt = train_test_split(b, yb, test_size=0.5, random_state=seed)
    return a, ya, v, yv, t, yt


@pytest.fixture(scope="module")
def cancer():
    a, ya, v, yv, t, yt = splits(*load_breast_cancer(return_X_y=True))
    return clone(FOREST).fit(a, ya), a, ya, v, yv, t, yt


def fit(model, a, ya, v, yv, **options):
    return JointPruner(FrozenEstimator(model), **options).fit(a, ya, X_val=v, y_val=yv)


# ------------------------------------------------------------------------------ losses
KINDS = {
    "binary": (FOREST, "brier"),
    "strings": (FOREST, "log_loss"),
    "multiclass": (ExtraTreesClassifier(15, random_state=0), "log_loss"),
    "regression": (RandomForestRegressor(15, random_state=0), "squared_error"),
}


def textbook(name, model, X, y):
    if name == "squared_error":
        return mean_squared_error(y, model.predict(X))
    if name == "log_loss":
        return log_loss(y, model.predict_proba(X), labels=model.classes_)
    return brier_score_loss(y == model.classes_[1], model.predict_proba(X)[:, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_those_of_the_native_models_on_the_rows_apart(kind):
    model, loss = KINDS[kind]
    X, y = random_table(0, 300, kind)
    model = clone(model).fit(X[:150], y[:150])
    folds = list(KFold(3).split(X[150:]))
    pruner = JointPruner(FrozenEstimator(model), loss=loss, cv=folds, **QUICK)
    pruner.fit(X[:150], y[:150], X_val=X[150:], y_val=y[150:])
    path = pruner.path_
    for small, expected in ((pruner.estimator_, path.loss[path.chosen]), (model, path.whole_loss)):
        by_fold = [textbook(loss, small, X[150:][test], y[150:][test]) for _, test in folds]
        assert np.mean(by_fold) == pytest.approx(expected, rel=1e-6)
    assert path.loss_se[path.chosen] >= 0
    assert path.loss[path.best] == pytest.approx(path.loss.min())
    assert read(pruner.estimator_).n_nodes == path.chosen_nodes <= path.max_nodes[path.chosen]
    assert len(path.to_frame()) == len(path)


def test_slices_are_scored_beside(cancer):
    model, a, ya, v, yv, *_ = cancer
    pruner = fit(model, a, ya, v, yv, cv=list(KFold(2).split(v)), **QUICK)
    path, root = pruner.path_, read(model).root
    for nodes, loss in zip(path.first_nodes, path.first_loss, strict=True):
        sizes = np.unique(np.geomspace(1, 20, int(4 * np.log2(20))).round().astype(int))
        k = max(n for n in sizes if root[n] <= nodes)
        mean = np.mean([tree.predict_proba(v)[:, 1] for tree in model.estimators_[:k]], axis=0)
        halves = [brier_score_loss(yv[test], mean[test]) for _, test in KFold(2).split(v)]
        assert loss == pytest.approx(np.mean(halves))


def test_cross_validation_fits_and_scores_fold_by_fold():
    X, y = random_table(0, 200, "binary")
    folds = list(KFold(2).split(X))
    pruner = JointPruner(FOREST, cv=folds, **QUICK).fit(X, y)
    whole = []
    for train, test in folds:
        own = clone(FOREST).fit(X[train], y[train])
        whole.append(textbook("brier", own, X[test], y[test]))
    assert pruner.path_.whole_loss == pytest.approx(np.mean(whole))
    assert read(pruner.estimator_).n_nodes == pruner.path_.chosen_nodes
    assert isinstance(pruner.estimator_, RandomForestClassifier)


def test_it_finds_small_models_as_good_as_the_forests():
    off = []
    for seed in range(4):  # one split says little: 114 rows are left to report
        a, ya, v, yv, t, yt = splits(*load_breast_cancer(return_X_y=True), seed)
        model = clone(FOREST).fit(a, ya)
        pruner = fit(model, a, ya, v, yv, max_nodes=200)
        assert read(pruner.estimator_).n_nodes <= 200 < read(model).n_nodes / 2
        before, after = (roc_auc_score(yt, m.predict_proba(t)[:, 1]) for m in (model, pruner.estimator_))
        off.append(after - before)
    assert np.mean(off) > -0.01


def test_the_plan_says_what_is_left_of_each_tree(cancer):
    model, a, ya, v, yv, *_ = cancer
    pruner = fit(model, a, ya, v, yv, max_nodes=50, **QUICK)
    small = read(pruner.estimator_)
    assert repr(pruner.plan_).startswith("JointPlan(")
    frame = pruner.plan_.to_frame()
    assert frame["nodes_after"].sum() == small.n_nodes
    assert (frame["nodes_after"] <= frame["nodes_before"]).all()
    assert frame["kept"].sum() == small.n_trees


# ------------------------------------------------------------------------------ limits
@pytest.mark.parametrize("limit", [5, 20, 77])
def test_nodes_are_limited(cancer, limit):
    model, a, ya, v, yv, *_ = cancer
    assert read(fit(model, a, ya, v, yv, max_nodes=limit, **QUICK).estimator_).n_nodes <= limit


@pytest.mark.parametrize(
    ("options", "measure"),
    [
        ({"max_trees": 3}, lambda model: read(model).n_trees),
        ({"max_depth": 2}, lambda model: depths(read(model).left, read(model).right).max()),
        ({"max_features": 2}, lambda model: len(read(model).used_features())),
        ({"max_bytes": 12_000}, pickled_bytes),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
@pytest.mark.parametrize("kind", ["forest", "boosted"])
def test_other_limits_hold(cancer, options, measure, kind):
    model, a, ya, v, yv, *_ = cancer
    if kind == "boosted":
        model = GradientBoostingClassifier(n_estimators=20, random_state=0).fit(a, ya)
    pruner = fit(model, a, ya, v, yv, ridge=10.0, **options, **QUICK)
    assert measure(pruner.estimator_) <= next(iter(options.values()))
    assert read(pruner.estimator_).n_nodes > 3


def test_leaves_hold_as_much_weight_as_asked_for(cancer):
    model, a, ya, v, yv, *_ = cancer
    small = fit(model, a, ya, v, yv, min_leaf_weight=40, **QUICK).estimator_
    for tree in small.estimators_:
        assert np.unique(tree.apply(a), return_counts=True)[1].min() >= 40


def test_limits_wider_than_the_model_change_nothing_and_say_so(cancer):
    model, a, ya, v, yv, t, _ = cancer
    with pytest.warns(PruningWarning, match=r"wider than the model .*: nothing is pruned"):
        pruner = fit(model, a, ya, v, yv, max_nodes=10**6, max_trees=20)
    np.testing.assert_array_equal(pruner.predict_proba(t), model.predict_proba(t))
    assert pruner.path_ is None
    assert pruner.plan_.kept.all()


def test_a_tolerance_takes_the_smallest_model_within(cancer):
    model, a, ya, v, yv, *_ = cancer
    pruner = fit(model, a, ya, v, yv, max_loss_increase=0.3, **QUICK)
    path = pruner.path_
    within = path.loss <= 1.3 * path.whole_loss
    assert path.chosen == np.flatnonzero(within)[0]
    with pytest.warns(PruningWarning, match="no smaller model is within max_loss_increase"):
        fit(model, a, ya, v, yv, max_loss_increase=0.0, max_nodes=5, **QUICK)


def test_too_few_bytes_are_refused(cancer):
    model, a, ya, v, yv, *_ = cancer
    with pytest.raises(ValueError, match="max_bytes=100, but a model of 1 nodes has"):
        fit(model, a, ya, v, yv, max_bytes=100, **QUICK)


def test_a_model_of_several_columns_needs_a_tree_for_each():
    X, y = load_iris(return_X_y=True)
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X[::2], y[::2])
    X, y = X[1::2], y[1::2]
    with pytest.raises(ValueError, match="the smallest model has 3 nodes, a tree for each column"):
        JointPruner(FrozenEstimator(model), max_nodes=2, **QUICK).fit(X, y, X_val=X, y_val=y)


# ------------------------------------------------------------------------------ other sizes
def test_models_of_other_sizes_come_from_the_same_front(cancer):
    model, a, ya, v, yv, *_ = cancer
    pruner = fit(model, a, ya, v, yv, keep_models=True, **QUICK)
    path = pruner.path_
    for limit in (10, 40, 160):
        small = pruner.model_at(limit)
        assert type(small) is RandomForestClassifier
        assert read(small).n_nodes <= limit
        least = path.loss[path.max_nodes <= limit].min()
        assert textbook("brier", small, v, yv) <= least + path.loss_se.max()
    again = fit(model, a, ya, v, yv, max_nodes=40, **QUICK)
    with pytest.raises(ValueError, match="keep_models=True"):
        again.model_at(10)
    with pytest.raises(ValueError, match="max_nodes must be a whole number"):
        pruner.model_at(0)


def test_under_a_limit_the_truest_of_those_that_cannot_be_told_apart_is_taken():
    a, ya, v, yv, *_ = splits(*load_breast_cancer(return_X_y=True), 3)
    model = clone(FOREST).fit(a, ya)
    distance, nodes = {}, {}
    for rule in ("auto", "truest", "min"):
        pruner = fit(model, a, ya, v, yv, max_nodes=200, rule=rule, **QUICK)
        assert pruner.path_.rule == ("truest" if rule == "auto" else rule)
        off = pruner.predict_proba(v) - model.predict_proba(v)
        distance[rule], nodes[rule] = (off**2).mean(), pruner.path_.chosen_nodes
        if rule == "min":
            assert pruner.path_.chosen == pruner.path_.best
    assert distance["auto"] == distance["truest"] <= distance["min"]
    assert nodes["truest"] != nodes["min"]  # else this says nothing


# ------------------------------------------------------------------------------ families
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_forest_becomes_a_boosted_model_if_asked(n_classes):
    X, y = (load_breast_cancer if n_classes == 2 else load_iris)(return_X_y=True)
    a, ya, v, yv, t, yt = splits(X, np.array(["p", "q", "r"])[y])
    forest = RandomForestClassifier(20, random_state=0).fit(pd.DataFrame(a).add_prefix("f"), ya)
    a, v, t = (pd.DataFrame(x).add_prefix("f") for x in (a, v, t))
    pruner = fit(forest, a, ya, v, yv, family="boosting", loss="log_loss")
    small = pruner.estimator_
    assert isinstance(small, GradientBoostingClassifier)
    assert list(small.classes_) == list(forest.classes_)
    assert list(small.feature_names_in_) == list(a.columns)
    path = pruner.path_
    assert path.loss[path.chosen] < path.loss[0] / 2
    assert small.score(t, yt) > 0.9
    assert sum(m.tree_.node_count for m in small.estimators_.ravel()) >= path.chosen_nodes
    clone(small).fit(a, ya)


def test_a_forest_of_numbers_becomes_a_boosted_model_if_asked():
    a, ya, v, yv, *_ = splits(*load_diabetes(return_X_y=True))
    forest = RandomForestRegressor(20, random_state=0).fit(a, ya)
    pruner = fit(forest, a, ya, v, yv, family="boosting", cv=2)
    assert isinstance(pruner.estimator_, GradientBoostingRegressor)
    assert mean_squared_error(yv, pruner.predict(v)) < 1.2 * mean_squared_error(yv, forest.predict(v))


def test_only_forests_of_scikit_learn_change_their_family():
    from sklearn.ensemble import BaggingClassifier

    X, y = random_table(0, 100)
    bag = BaggingClassifier(DecisionTreeClassifier(max_depth=2), 3, random_state=0).fit(X, y)
    with pytest.raises(UnsupportedModelError, match='not of a BaggingClassifier; use family="same"'):
        fit(bag, X, y, X, y, family="boosting")


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        (AdaBoostClassifier(n_estimators=3), "binary", 'cannot hold other leaf values.*values="fixed"'),
        (AdaBoostRegressor(n_estimators=3), "regression", "weighted median"),
    ],
    ids=["votes", "median"],
)
@pytest.mark.parametrize("make", [JointPruner, FeaturePruner])
def test_families_that_cannot_hold_the_result_are_refused(make, model, kind, words):
    X, y = random_table(0, 80, kind)
    with pytest.raises(UnsupportedModelError, match=words):
        make(model, values="refit").fit(X, y)


def test_signs_survive():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(400, 2))
    y = 2 * X[:, 0] + np.sin(6 * X[:, 1]) + 0.3 * rng.normal(size=400)
    model = HistGradientBoostingRegressor(max_iter=30, monotonic_cst=[1, 0]).fit(X[:300], y[:300])
    pruner = fit(model, X[:300], y[:300], X[300:], y[300:], values="refit", ridge=1.0, target="y", cv=2)
    grid = np.column_stack([np.tile(np.linspace(0, 1, 50), 5), np.repeat(np.linspace(0, 1, 5), 50)])
    rises = np.diff(pruner.predict(grid).reshape(5, 50), axis=1)
    assert rises.min() >= -1e-9
    assert rises.max() > 0


# ------------------------------------------------------------------------------ rows
@pytest.mark.parametrize("model", [FOREST, XGBClassifier(n_estimators=15, max_depth=3, n_jobs=1)])
def test_weights_are_repeated_rows(model):
    X, y = random_table(0, 240)
    model = clone(model).fit(X[:80], y[:80])
    rng = np.random.default_rng(0)
    w, w_val = rng.integers(0, 4, 80), rng.integers(0, 4, 80)
    rows = {"X": X[80:160], "y": y[80:160], "X_val": X[160:], "y_val": y[160:]}
    own = {"X": w, "y": w, "X_val": w_val, "y_val": w_val}
    more = {name: np.repeat(x, own[name], axis=0) for name, x in rows.items()}
    pruner = JointPruner(FrozenEstimator(model), cv=3, ridge=10.0, **QUICK)
    one = clone(pruner).fit(**rows, sample_weight=w, sample_weight_val=w_val)
    two = clone(pruner).fit(**more)
    assert one.path_.loss == pytest.approx(two.path_.loss, rel=1e-6)
    assert one.predict_proba(X) == pytest.approx(two.predict_proba(X), abs=1e-6)


def test_threads_change_nothing(cancer):
    model, a, ya, v, yv, t, _ = cancer
    one, two = (fit(model, a, ya, v, yv, n_jobs=n, **QUICK) for n in (1, 2))
    np.testing.assert_array_equal(one.predict_proba(t), two.predict_proba(t))
    np.testing.assert_array_equal(one.path_.loss, two.path_.loss)


def test_missing_values_categories_and_names_go_through():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=300), "ward": pd.Categorical(rng.choice(list("abc"), 300))})
    X.loc[::7, "x"] = np.nan
    y = np.where((X["x"].fillna(1.0) > 0) ^ (X["ward"] == "b"), "ill", "well")
    pruner = JointPruner(LGBMClassifier(n_estimators=15, num_leaves=6, verbose=-1, n_jobs=1), cv=3, **QUICK)
    pruner.fit(X, y)
    assert set(pruner.predict(X)) == {"ill", "well"}
    assert pruner.score(X, y) > 0.9


def test_a_class_that_a_fold_lacks_is_scored():
    X, y = load_iris(return_X_y=True)
    keep = np.r_[0:50, 50:100, 100:103]
    folds = [(np.r_[0:100], np.r_[100:103, 0:20]), (np.r_[20:103], np.r_[0:20, 50:60])]
    pruner = JointPruner(RandomForestClassifier(5, random_state=0), loss="brier", cv=folds, **QUICK)
    pruner.fit(X[keep], y[keep])
    assert list(pruner.classes_) == [0, 1, 2]
    assert np.isfinite(pruner.path_.loss).all()


def test_the_training_rows_as_judges_are_named():
    X, y = random_table(0, 100)
    model = clone(FOREST).fit(X, y)
    with pytest.warns(PruningWarning, match="rows the model was trained on"):
        JointPruner(FrozenEstimator(model), cv=2, **QUICK).fit(X, y)
