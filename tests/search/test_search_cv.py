"""The search: what it takes, what it says, and that no row judges what it has chosen."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier

from tests.search.tables import forest, table
from treeprune import CostComplexityPruner, PruningWarning, ReducedErrorPruner
from treeprune.backends import read
from treeprune.pruners.unwrap import bare_model
from treeprune.search.search_cv import PruningSearchCV

CHEAP = ["cost_complexity", "tree_count"]


@pytest.fixture(scope="module")
def found():
    X, y = table()
    return PruningSearchCV(forest(), cv=3).fit(X, y)


# ---------------------------------------------------------------------- what it says
def test_the_table_names_what_was_tried(found):
    r = found.results_
    assert set(r["strategy"]) == {
        "none",
        "cost_complexity",
        "error_based",
        "reduced_error",
        *CHEAP,
        "joint",
    }
    assert len(r) == found.n_candidates_
    assert r["chosen"].sum() == 1
    taken = r[r["chosen"]].iloc[0]
    assert taken["strategy"] == found.best_strategy_
    assert taken["n_folds"] == 3
    assert r["n_folds"].min() >= 1
    assert type(found.estimator_) is RandomForestClassifier
    assert np.isfinite(taken[["bytes", "ms"]].astype(float)).all()


def test_the_front_is_what_nothing_beats(found):
    r = found.results_
    r = r[(r["n_folds"] == 3) & r["loss"].notna()]
    for i, one in r.iterrows():
        smaller = r[(r["nodes"] <= one["nodes"]) & (r.index != i)]
        beaten = (smaller["loss"] < one["loss"]).any()
        assert not (beaten and one["front"])
        if not one["front"]:
            assert (smaller["loss"] <= one["loss"]).any()


def test_losses_are_those_of_models_fitted_and_pruned_in_each_fold_by_hand():
    X, y = table()
    folds = list(KFold(3, shuffle=True, random_state=1).split(X))
    tree = DecisionTreeClassifier(random_state=0)
    search = PruningSearchCV(tree, ["cost_complexity"], cv=folds, loss="brier", rule="min").fit(X, y)
    r = search.results_
    for _, row in r[(r["n_folds"] == 3) & (r["strategy"] == "cost_complexity")].iterrows():
        losses, nodes = [], []
        alpha = search_alpha(row)
        for train, test in folds:
            own = clone(tree).set_params(ccp_alpha=alpha).fit(X[train], y[train])
            losses.append(brier_score_loss(y[test], own.predict_proba(X[test])[:, 1]))
            nodes.append(own.tree_.node_count)
        # the printed strength has four digits: where that decides about a split, sizes say so
        if np.mean(nodes) == pytest.approx(row["nodes"]):
            assert np.mean(losses) == pytest.approx(row["loss"], rel=1e-12)
            assert np.std(losses, ddof=1) / 3**0.5 == pytest.approx(row["loss_se"], rel=1e-9)
    whole = [
        brier_score_loss(y[b], clone(tree).fit(X[a], y[a]).predict_proba(X[b])[:, 1]) for a, b in folds
    ]
    assert search.whole_loss_ == pytest.approx(np.mean(whole), rel=1e-12)
    exact = clone(tree).set_params(ccp_alpha=search.best_params_["ccp_alpha"]).fit(X, y)
    assert search.estimator_.tree_.node_count == exact.tree_.node_count


def search_alpha(row):
    return float(row["parameters"].removeprefix("ccp_alpha="))


def test_reduced_error_is_judged_by_rows_that_have_not_chosen():
    # pure noise: rows that had chosen would flatter the pruned tree below the prior's loss
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 5)), rng.integers(0, 2, 600)
    search = PruningSearchCV(DecisionTreeClassifier(random_state=0), ["reduced_error"], rule="min")
    r = search.fit(X, y).results_
    assert r.loc[r["strategy"] == "reduced_error", "loss"].iloc[0] > 0.25


def test_each_fold_is_fitted_once_and_all_rows_once():
    class Counting(DecisionTreeClassifier):
        n_fits = 0

        def fit(self, X, y, sample_weight=None, check_input=True):
            Counting.n_fits += 1
            return super().fit(X, y, sample_weight, check_input)

    X, y = table()
    PruningSearchCV(Counting(random_state=0), ["cost_complexity", "error_based", "joint"], cv=4).fit(X, y)
    assert Counting.n_fits == 5


# ---------------------------------------------------------------------- what it takes
@pytest.mark.parametrize(
    ("limit", "size"),
    [
        ({"max_nodes": 40}, lambda m: read(m).n_nodes <= 40),
        ({"max_trees": 3}, lambda m: read(m).n_trees <= 3),
        ({"max_features": 2}, lambda m: len(read(m).used_features()) <= 2),
        ({"max_nodes": 60, "max_trees": 2}, lambda m: read(m).n_nodes <= 60 and read(m).n_trees <= 2),
    ],
    ids=["nodes", "trees", "features", "nodes and trees"],
)
def test_the_budget_is_kept(limit, size):
    X, y = table()
    search = PruningSearchCV(forest(), cv=3, **limit).fit(X, y)
    assert size(search.estimator_)
    assert not size(forest().fit(X, y))


def test_the_budget_of_bytes_is_kept():
    X, y = table()
    search = PruningSearchCV(forest(), CHEAP, cv=3, max_bytes=9000).fit(X, y)
    from treeprune.faithfulness.size import pickled_bytes

    assert pickled_bytes(search.estimator_) <= 9000 < pickled_bytes(forest().fit(X, y))


def test_non_inferior_takes_the_smallest_that_is_shown_to_be():
    X, y = table(400)
    wide, narrow = (
        PruningSearchCV(forest(), CHEAP, cv=3, rule="non_inferior", margin=m).fit(X, y) for m in (0.2, 0.02)
    )
    size_wide, size_narrow = read(wide.estimator_).n_nodes, read(narrow.estimator_).n_nodes
    assert size_wide <= size_narrow < read(forest().fit(X, y)).n_nodes
    taken = wide.results_[wide.results_["chosen"]].iloc[0]
    assert taken["loss"] < wide.whole_loss_ + 0.2


def test_where_nothing_is_shown_it_says_so():
    X, y = table(60)
    search = PruningSearchCV(
        forest(3), ["tree_count"], cv=3, rule="non_inferior", margin=1e-9, max_nodes=30
    )
    with pytest.warns(PruningWarning, match="no candidate is shown to be worse by less than margin=1e-09"):
        search.fit(X, y)


def test_a_frozen_model_is_not_fitted_and_not_changed():
    X, y = table(400)
    model = forest().fit(X[:200], y[:200])
    before = read(model)
    search = PruningSearchCV(FrozenEstimator(model), [*CHEAP, "reduced_error"], cv=3).fit(X[200:], y[200:])
    assert read(model).n_nodes == before.n_nodes
    assert read(search.estimator_).n_nodes < before.n_nodes
    # each tree is a top of a tree of the model given
    roots = {tree.tree_.threshold[0] for tree in model.estimators_}
    assert {tree.tree_.threshold[0] for tree in search.estimator_.estimators_} <= roots | {-2.0}


def test_rows_that_a_frozen_model_was_trained_on_are_noticed():
    X, y = table()
    model = forest().fit(X, y)
    with pytest.warns(PruningWarning, match="the rows the model was trained on"):
        PruningSearchCV(FrozenEstimator(model), CHEAP, cv=3).fit(X, y)


def test_rows_apart_judge_in_place_of_folds():
    X, y = table(400)
    given = {"X_val": X[200:], "y_val": y[200:]}
    search = PruningSearchCV(forest(), cv=4).fit(X[:200], y[:200], **given)
    r = search.results_
    assert set(r["n_folds"]) == {4}  # nothing falls behind: there is one fit
    whole = forest().fit(X[:200], y[:200]).predict_proba(X[200:])[:, 1]
    loss = np.mean((whole - (y[200:] == np.unique(y)[1])) ** 2)
    assert search.whole_loss_ == pytest.approx(loss, abs=2e-3)  # folds are of slightly different sizes


def test_a_weight_is_a_repeated_row():
    X, y = table(150)
    w = np.random.default_rng(0).integers(0, 3, len(X))
    again = np.repeat(np.arange(len(X)), w)
    tree = DecisionTreeClassifier(random_state=0, max_leaf_nodes=20)
    one = PruningSearchCV(tree, ["cost_complexity"], cv=3).fit(X, y, sample_weight=w)
    other = PruningSearchCV(tree, ["cost_complexity"], cv=3).fit(X[again], y[again])
    np.testing.assert_allclose(one.results_["loss"], other.results_["loss"], rtol=1e-9)
    assert_array_equal(one.predict(X), other.predict(X))


def test_groups_stay_together():
    X, y = table(200)
    groups = np.arange(200) // 4
    many = PruningSearchCV(forest(3), CHEAP, cv=3).fit(X, y, groups=groups)
    alone = PruningSearchCV(forest(3), CHEAP, cv=3).fit(X, y)
    assert many.whole_loss_ != alone.whole_loss_


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_other_outcomes(kind):
    X, y = table(300, kind)
    model = RandomForestRegressor(5, random_state=0) if kind == "regression" else forest(5)
    search = PruningSearchCV(model, cv=3).fit(X, y)
    assert read(search.estimator_).n_nodes <= read(clone(model).fit(X, y)).n_nodes
    assert search.predict(X).shape == y.shape


@pytest.mark.parametrize(
    ("model", "left_out"),
    [
        (
            AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=4, random_state=0),
            {"error_based"},
        ),
        (AdaBoostRegressor(n_estimators=4, random_state=0), {"tree_count", "joint"}),
    ],
    ids=["votes", "medians"],
)
def test_auto_leaves_out_what_does_not_fit(model, left_out):
    X, y = table(200, "binary" if isinstance(model, AdaBoostClassifier) else "regression")
    tried = set(PruningSearchCV(model, cv=3).fit(X, y).results_["strategy"])
    assert not tried & left_out
    assert {"none", "cost_complexity", "reduced_error"} <= tried


def test_boosted_models_with_words_for_labels_and_names_that_are_refused():
    xgboost = pytest.importorskip("xgboost")
    X, y = table(200)
    frame = pd.DataFrame(X, columns=[f"[{k}]" for k in range(X.shape[1])])
    words = np.where(y == np.unique(y)[0], "alive", "dead")
    search = PruningSearchCV(xgboost.XGBClassifier(n_estimators=8), cv=3).fit(frame, words)
    assert_array_equal(search.classes_, ["alive", "dead"])
    assert set(search.predict(frame)) <= {"alive", "dead"}
    assert search.score(frame, words) > 0.6
    assert search.transform(frame).shape[1] == search.support_.sum()


def test_frames_keep_their_names_and_their_order_counts():
    X, y = table(150)
    frame = pd.DataFrame(X).add_prefix("v")
    search = PruningSearchCV(DecisionTreeClassifier(random_state=0), ["cost_complexity"], cv=3)
    search.fit(frame, y)
    assert_array_equal(search.get_feature_names_out(), np.array(frame.columns)[search.support_])
    with pytest.raises(ValueError, match="feature names should match"):
        search.predict(frame[frame.columns[::-1]])


def test_pruners_of_ones_own_and_another_class_where_asked_for():
    X, y = table(240)
    own = {
        "mine": ReducedErrorPruner(None, loss="log_loss"),
        "paths": CostComplexityPruner(None, max_leaf_nodes=3),
        "trees": "tree_count",
        "one tree": "distil",
    }
    search = PruningSearchCV(forest(4), own, cv=3, random_state=0).fit(X, y)
    assert {"mine", "paths", "distil"} <= set(search.results_["strategy"])
    fixed = search.results_[search.results_["strategy"] == "paths"].iloc[0]
    assert fixed["leaves"] <= 12
    only = PruningSearchCV(forest(4), ["distil"], cv=3, max_nodes=15, random_state=0).fit(X, y)
    assert type(bare_model(only)).__name__ == "DecisionTreeClassifier"


def test_a_forest_becomes_a_sum_only_where_asked_for():
    X, y = table(240)
    search = PruningSearchCV(forest(5), ["boosting"], cv=3, max_nodes=40).fit(X, y)
    assert type(search.estimator_).__name__ == "GradientBoostingClassifier"
    assert read(search.estimator_).n_nodes <= 40


def test_threads_and_repeats_change_no_bit(found):
    X, y = table()
    again = PruningSearchCV(forest(), cv=3, n_jobs=2).fit(X, y)
    columns = ["strategy", "parameters", "nodes", "loss", "loss_se", "front", "chosen"]
    pd.testing.assert_frame_equal(found.results_[columns], again.results_[columns], check_exact=True)
    assert_array_equal(found.predict_proba(X), again.predict_proba(X))
