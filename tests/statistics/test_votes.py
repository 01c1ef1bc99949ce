"""Votes of trees against the predictions of the vendors' own trees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_multilabel_classification
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRFClassifier

from tests.kernels.helpers import slow_leaves
from tests.strategies import hostile_rows, random_ensemble
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.statistics import rows as rows_module
from treeprune.statistics.target import Target, encode_target
from treeprune.statistics.votes import TreeVotes, tree_votes

NAMES = np.array(["c", "a", "b"])


def table(loader=load_wine):
    X, y = loader(return_X_y=True)
    X = X.astype(np.float32).astype(np.float64)
    return X, NAMES[y]


def collect(model, X, y, **options):
    e = read(model)
    return tree_votes(e, X, encode_target(e, y), **options)


def votes_of_members(model, X):
    """Positions of the classes that the members predict, by their own `predict`."""
    predicted = [member.predict(X) for member in model.estimators_]
    return np.array([np.searchsorted(model.classes_, p) if p.dtype.kind in "OU" else p for p in predicted])


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(9, max_depth=2, random_state=0),
        RandomForestClassifier(5, random_state=0),
        ExtraTreesClassifier(7, max_leaf_nodes=3, random_state=0),
        BaggingClassifier(DecisionTreeClassifier(max_depth=2), 6, random_state=0),
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=6, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_votes_are_what_the_members_predict(model, n_jobs):
    X, y = table()
    model.fit(X, y)
    votes = collect(model, X, y, n_jobs=n_jobs)
    assert votes.codes.dtype == np.uint8
    assert np.array_equal(votes.codes, votes_of_members(model, X))
    assert np.array_equal(model.classes_[votes.truth], y)
    assert votes.n_classes == 3
    weights = getattr(model, "estimator_weights_", np.ones(votes.n_trees))
    assert np.array_equal(votes.factors, weights[: votes.n_trees])
    assert np.array_equal(votes.weight, np.ones(len(y)))


def test_one_tree_votes_as_it_predicts():
    X, y = table()
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    votes = collect(model, X, y)
    assert np.array_equal(model.classes_[votes.codes], [model.predict(X)])


def test_members_that_do_not_know_all_classes_vote_for_those_they_know():
    X, y = table(load_iris)
    model = BaggingClassifier(DecisionTreeClassifier(max_depth=2), 4, max_features=2, random_state=1).fit(
        X, y
    )
    known = np.searchsorted(model.classes_, y)
    for t, left_out in enumerate([0, 1, 2]):  # what bagging does with trees that take no weights
        rows, own = known != left_out, model.estimators_features_[t]
        model.estimators_[t] = DecisionTreeClassifier(max_depth=2).fit(X[rows][:, own], known[rows])
    expected = [
        member.predict(X[:, own])
        for member, own in zip(model.estimators_, model.estimators_features_, strict=True)
    ]
    assert np.array_equal(collect(model, X, y).codes, expected)


def test_weighted_votes_are_what_adaboost_answers():
    X, y = table()
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=20, random_state=0).fit(
        X, y
    )
    votes = collect(model.fit(X, y), X, y)
    assert np.ptp(votes.factors) > 0
    shares = np.array([votes.factors @ (votes.codes == c) for c in range(3)])
    assert np.array_equal(model.classes_[shares.argmax(axis=0)], model.predict(X))


def test_a_forest_of_lightgbm_votes_by_the_sign():
    X, y = load_breast_cancer(return_X_y=True)
    model = LGBMClassifier(
        boosting_type="rf", n_estimators=7, num_leaves=4, bagging_freq=1, bagging_fraction=0.6, verbose=-1
    ).fit(X, y)
    expected = [model.booster_.predict(X, start_iteration=t, num_iteration=1) > 0.5 for t in range(7)]
    assert np.array_equal(collect(model, X, y).codes, expected)


def test_a_tie_goes_to_the_first_class():
    X, y = np.zeros((4, 1)), np.array([1, 0, 2, 1])
    model = RandomForestClassifier(3, bootstrap=False).fit(X[:2], y[:2])
    assert model.predict(X[:1]) == [0]
    assert not collect(model, X[:2], y[:2]).codes.any()


@given(st.integers(0, 10_000), st.integers(0, 40))
def test_votes_are_those_of_a_plain_walk(seed, n):
    whole = {"aggregation": "mean", "output": np.full(3, -1, np.int32), "weight": np.ones(3)}
    e = random_ensemble(seed, infinite=True, **whole)
    X = hostile_rows(seed, n)
    truth = np.random.default_rng(seed).integers(0, 3, (n, 1))
    found = tree_votes(e, X, Target(codes=truth))
    alone = e.base_score + e.value[slow_leaves(e, X.astype(e.input_dtype))]
    assert np.array_equal(found.codes, alone.argmax(axis=2))
    assert np.array_equal(found.truth, truth[:, 0])


def test_blocks_and_sparse_rows_change_nothing(monkeypatch):
    X, y = table()
    X[X < 1.0] = 0.0
    model = RandomForestClassifier(70, random_state=0).fit(X, y)
    whole = collect(model, X, y).codes
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 32)
    assert np.array_equal(collect(model, X, y, n_jobs=2).codes, whole)
    assert np.array_equal(collect(model, sparse.csr_matrix(X), y).codes, whole)


def test_more_classes_than_a_byte_holds():
    y = np.arange(700) % 350
    X = y[:, None] + np.zeros((700, 2))
    model = RandomForestClassifier(3, bootstrap=False, random_state=0).fit(X, y)
    votes = collect(model, X, y)
    assert votes.codes.dtype == np.uint16
    assert np.array_equal(votes.codes, np.tile(y, (3, 1)))


def test_weights_are_checked_and_kept():
    X, y = table()
    model = RandomForestClassifier(2, max_depth=1, random_state=0).fit(X, y)
    weight = np.arange(len(y)) % 3.0
    assert np.array_equal(collect(model, X, y, sample_weight=weight).weight, weight)
    for bad, message in ((-weight, "negative"), (0 * weight, "all entries"), (weight[1:], "rows")):
        with pytest.raises(ValueError, match=message):
            collect(model, X, y, sample_weight=bad)
    with pytest.raises(ValueError, match="outcomes"):
        collect(model, X[1:], y)


# ------------------------------------------------------------------------------- refusals
def rf_of_lightgbm(X, y):
    return LGBMClassifier(
        boosting_type="rf", n_estimators=2, bagging_freq=1, bagging_fraction=0.6, verbose=-1
    ).fit(X, y)


REFUSED = {
    "GradientBoosting": (
        lambda X, y: GradientBoostingClassifier(n_estimators=2).fit(X, y),
        "boosted model",
    ),
    "LightGBM": (lambda X, y: LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y), "boosted model"),
    "XGBoost": (lambda X, y: XGBClassifier(n_estimators=2).fit(X, y), "boosted model"),
    "XGBRF": (lambda X, y: XGBRFClassifier(n_estimators=2).fit(X, y), "boosted model"),
    "LightGBM's forest": (rf_of_lightgbm, "trees for each class"),
    "regressor": (lambda X, y: RandomForestRegressor(2).fit(X, y), "model for regression"),
    "anomalies": (lambda X, y: IsolationForest(n_estimators=2).fit(X), "model for anomaly"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_whose_trees_do_not_vote_are_refused_with_the_way_out(name):
    X, y = load_iris(return_X_y=True)
    make, reason = REFUSED[name]
    e = read(make(X, y))
    with pytest.raises(UnsupportedModelError, match=f'{reason}.*ordered by votes.*"greedy"'):
        tree_votes(e, X, Target(codes=y[:, None]))


def test_several_targets_are_refused():
    X, y = make_multilabel_classification(60, 5, n_classes=2, random_state=0)
    model = RandomForestClassifier(2, max_depth=2).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="classifier of 2 targets"):
        collect(model, X, y)


# ------------------------------------------------------------------------------- what votes are
GOOD = {
    "codes": np.array([[0, 1, 2], [2, 2, 0]], np.uint8),
    "truth": np.array([0, 1, 2]),
    "weight": np.ones(3),
    "factors": np.ones(2),
    "n_classes": 3,
}


@pytest.mark.parametrize(
    ("field", "bad", "message"),
    [
        ("codes", GOOD["codes"].astype(np.int64), "uint8 or uint16"),
        ("codes", GOOD["codes"][0], "uint8 or uint16"),
        ("codes", GOOD["codes"][:, 1:], "truth of shape"),
        ("truth", np.array([0, 1, 3]), "among 3 classes"),
        ("truth", np.array([0, 1, -1]), "among 3 classes"),
        ("n_classes", 2, "among 2 classes"),
        ("factors", np.ones(3), "factors of shape"),
        ("factors", np.array([1.0, -1.0]), "factors holds 1 negative"),
        ("factors", np.zeros(2), "all entries of factors"),
        ("weight", np.ones(2), "weight has shape"),
    ],
)
def test_votes_that_contradict_themselves(field, bad, message):
    assert TreeVotes(**GOOD).n_trees == 2
    with pytest.raises(ValueError, match=message):
        TreeVotes(**(GOOD | {field: bad}))
