"""Exact gradient boosting: what belongs to the rounds and not to a tree, and which models are refused."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from tests.backends.families import FAMILIES, case_rows, pruned
from tests.backends.families.sklearn_trees import sklearn_state
from tests.strategies import random_table, random_weights
from treeprune.backends import read, registry, write
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, with_values
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

CASES = [
    case
    for name in ("GradientBoostingClassifier", "GradientBoostingRegressor")
    for case in FAMILIES[f"sklearn:{name}"].cases
]
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def classifier(kind="multiclass", n=120, **params):
    options = {"n_estimators": 5, "random_state": 0} | params
    return GradientBoostingClassifier(**options).fit(*random_table(0, n, kind))


def regressor(**params):
    options = {"n_estimators": 6, "random_state": 0} | params
    return GradientBoostingRegressor(**options).fit(*random_table(0, kind="regression"))


def keep(model, trees):
    return write(model, keep_trees(read(model), np.array(trees)))


@EVERY_CASE
def test_answers_are_those_of_the_model(case):
    e = read(case.model)
    rows = case_rows(case, e)
    rows = rows[~np.isnan(rows).any(axis=1)]
    ask = getattr(case.model, "predict_proba", case.model.predict)
    if hasattr(case.model, "feature_names_in_"):
        rows = rows.astype(np.float64)
        X = type(case.X)(rows, columns=case.X.columns)
        rows = rows.astype(np.float32)
    else:
        X = rows
    np.testing.assert_allclose(
        answers(e, raw_output(e, rows)), ask(X).reshape(len(rows), -1), rtol=1e-12, atol=1e-15
    )


@EVERY_CASE
def test_first_rounds_are_the_stages_of_the_model(case):
    model = case.model
    n_rounds, n_columns = model.estimators_.shape
    stages = list(getattr(model, "staged_decision_function", model.staged_predict)(case.X))
    for kept in {1, n_rounds // 2, n_rounds} - {0}:
        few = keep(model, range(kept * n_columns))
        own = list(getattr(few, "staged_decision_function", few.staged_predict)(case.X))
        np.testing.assert_array_equal(own, stages[:kept])
        assert few.n_estimators_ == kept == len(few.estimators_)
        assert few.n_estimators == (model.n_estimators if kept == n_rounds else kept)
        for name in ("train_score_", "oob_scores_", "oob_improvement_"):
            assert hasattr(few, name) == hasattr(model, name)
            if hasattr(model, name):  # still true to the last digit
                np.testing.assert_array_equal(getattr(few, name), getattr(model, name)[:kept])
        X = case.X.to_numpy() if hasattr(case.X, "to_numpy") else case.X  # apply warns of names
        leaves = few.apply(X).reshape(X.shape[0], kept, -1)  # a regressor's have no third axis
        old = model.apply(X).reshape(X.shape[0], n_rounds, -1)
        np.testing.assert_array_equal(leaves, old[:, :kept])


def test_scores_that_are_no_longer_true_are_unknown():
    model = regressor(subsample=0.7)
    for small, n_true in (
        (keep(model, [0, 1, 3, 4]), 2),
        (keep(model, [1, 2]), 0),
        (write(model, collapse(read(model), np.arange(read(model).n_nodes) == read(model).root[4])), 4),
        (write(model, with_values(read(model), 2 * read(model).value)), 0),
        (write(model, read(model)), 6),
    ):
        for name in ("train_score_", "oob_scores_", "oob_improvement_"):
            scores = getattr(small, name)
            assert len(scores) == small.n_estimators_
            np.testing.assert_array_equal(scores[:n_true], getattr(model, name)[:n_true])
            assert np.isnan(scores[n_true:]).all()
        assert np.array_equal(small.oob_score_, small.oob_scores_[-1], equal_nan=True)


def test_a_missing_tree_of_a_round_is_a_leaf_of_value_zero():
    model = classifier()
    small = keep(model, [1, 3, 4, 5, 12])  # the second of round 0, all of round 1, the first of round 4
    assert small.estimators_.shape == (3, 3)
    sizes = [[tree.tree_.node_count for tree in row] for row in small.estimators_]
    old = [[tree.tree_.node_count for tree in row] for row in model.estimators_]
    assert sizes == [[1, old[0][1], 1], old[1], [old[4][0], 1, 1]]
    X = random_table(0)[0].astype(np.float32)
    expected = model._raw_predict_init(X)
    for row, column in ((0, 1), (1, 0), (1, 1), (1, 2), (4, 0)):
        expected[:, column] += 0.1 * model.estimators_[row, column].predict(X)
    np.testing.assert_allclose(small.decision_function(X), expected, rtol=1e-13, atol=1e-13)
    assert small.estimators_[0, 0].tree_.value.item() == 0.0
    assert len({id(tree) for tree in small.estimators_.ravel()}) == 9


def test_nothing_but_order_is_refused():
    model = regressor()
    with pytest.raises(ValueError, match="order"):
        keep(model, [3, 1])
    assert keep(model, [5]).n_estimators_ == 1


@pytest.mark.parametrize("options", [{}, {"subsample": 0.5, "max_features": 2}], ids=["all", "random"])
def test_warm_start_grows_on_as_the_model_would(options):
    """Unpruned, the copy grows the very trees that the model would: the random state goes along."""
    model = regressor(warm_start=True, **options)
    same = write(model, read(model))
    longer = copy.deepcopy(model).set_params(n_estimators=9)
    X, y = random_table(0, kind="regression")
    assert sklearn_state(same.set_params(n_estimators=9).fit(X, y)) == sklearn_state(longer.fit(X, y))
    np.testing.assert_array_equal(same.train_score_, longer.train_score_)


def test_warm_start_after_a_drop_learns_from_what_is_left():
    model = regressor(warm_start=True, max_depth=2)
    X, y = random_table(0, kind="regression")
    small = keep_trees(read(model), np.array([0, 3, 4]))
    few = write(model, collapse(small, np.arange(small.n_nodes) == 1))
    left, before = y - few.predict(X), sklearn_state(few)
    few.set_params(n_estimators=4).fit(X, y)
    assert sklearn_state(few)[:3] == before
    own = clone(few.estimators_[3, 0]).fit(X.astype(np.float32), left)
    np.testing.assert_allclose(few.estimators_[3, 0].predict(X), own.predict(X), rtol=1e-10, atol=1e-10)
    assert few.train_score_[3] == pytest.approx(np.mean((y - few.predict(X)) ** 2), rel=1e-12)
    assert read(few).n_trees == 4


def test_members_share_one_random_state():
    """As scikit-learn has it: else each saved tree would bring a generator of its own."""
    model = regressor(n_estimators=40, max_depth=1)
    small, _ = pruned(model, share=0.0)
    states = {id(tree.random_state) for tree in small.estimators_.ravel()}
    assert states == {id(small._rng)}
    assert small._rng is not model._rng
    assert len(pickle.dumps(small)) <= len(pickle.dumps(model))
    assert len(pickle.dumps(keep(model, range(20)))) < 0.7 * len(pickle.dumps(model))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_collapsed_tree_answers_the_mean_of_its_leaves(weighted):
    """The native value of a split is a mean of residuals, the leaves are Newton steps."""
    X, y = random_table(0)
    weight = random_weights(0, len(y)) if weighted else np.ones(len(y))
    model = GradientBoostingClassifier(n_estimators=3, random_state=0).fit(X, y, sample_weight=weight)
    e = read(model)
    stumps = write(model, collapse(e, np.ones(e.n_nodes, bool)))
    raw = [np.average(m.decision_function(X), weights=weight) for m in (model, stumps)]
    assert raw[0] == pytest.approx(raw[1], rel=1e-12)
    assert stumps.estimators_[0, 0].tree_.value.item() != model.estimators_[0, 0].tree_.value[0, 0, 0]


def test_splits_keep_their_residual_means():
    model = regressor()
    small, e = pruned(model)
    for t, tree in enumerate(small.estimators_.ravel()):
        old = model.estimators_.ravel()[t].tree_.value[e.node_id[e.tree(t)]]
        split = tree.tree_.children_left != -1
        np.testing.assert_array_equal(tree.tree_.value[split], old[split])


@EVERY_CASE
def test_importances(case):
    """The mean of what each tree says, trees of one leaf left out."""
    for share in (0.0, 0.3, 1.0):
        model, e = pruned(case.model, share=share)
        importances = model.feature_importances_
        each = [
            tree.tree_.compute_feature_importances(normalize=False)
            for tree in model.estimators_.ravel()
            if tree.tree_.node_count > 1
        ]
        total = np.sum(each, axis=0) if each else np.zeros(e.n_features)
        np.testing.assert_allclose(importances, total / (total.sum() or 1), rtol=1e-12)
        assert set(np.flatnonzero(importances)) <= set(e.used_features())


def test_learning_rate_is_the_one_the_model_uses():
    model = regressor().set_params(learning_rate=0.7)
    X = random_table(0)[0].astype(np.float32)
    e = read(model)
    np.testing.assert_array_equal(e.weight, 0.7)
    np.testing.assert_allclose(raw_output(e, X)[:, 0], model.predict(X), rtol=1e-13, atol=1e-13)
    assert pruned(model)[0].learning_rate == 0.7


class CenteredDummy(DummyRegressor):
    def predict(self, X, return_std=False):
        return X[:, 0]


@pytest.mark.parametrize(
    ("cls", "init", "name"),
    [
        (GradientBoostingClassifier, LogisticRegression(), "LogisticRegression"),
        (GradientBoostingClassifier, DummyClassifier(strategy="stratified"), "stratified"),
        (GradientBoostingRegressor, LinearRegression(), "LinearRegression"),
        (GradientBoostingRegressor, CenteredDummy(), "CenteredDummy"),
    ],
    ids=["logistic", "random", "linear", "subclass"],
)
def test_a_start_that_depends_on_the_row_is_refused(cls, init, name):
    kind = "binary" if cls is GradientBoostingClassifier else "regression"
    X, y = random_table(0, kind=kind)
    X[:, 4] = 0.0
    model = cls(n_estimators=2, init=init).fit(X, y)
    with pytest.raises(UnsupportedModelError, match=rf"{cls.__name__} .*{name}.*init=None"):
        read(model)


def test_a_loss_of_unknown_link_is_refused():
    model = copy.deepcopy(regressor())

    class CubeLink(type(model._loss.link)):
        pass

    model._loss.link = CubeLink()
    with pytest.raises(UnsupportedModelError, match=r"GradientBoostingRegressor .* CubeLink"):
        read(model)


TAMPERED = {
    "child past the end": ("left_child", 0, 10_000),
    "child that wraps around": ("left_child", 0, 2**32 + 1),
    "negative child": ("left_child", 0, -7),
    "half a leaf": ("right_child", 0, -1),
    "cycle": ("left_child", 1, 0),
    "itself": ("right_child", 0, 0),
    "feature past the end": ("feature", 0, 5),
    "NaN threshold": ("threshold", 0, np.nan),
    "NaN cover": ("weighted_n_node_samples", 0, np.nan),
    "NaN value": ("values", -1, np.nan),
}


@pytest.mark.parametrize(("name", "at", "entry"), TAMPERED.values(), ids=TAMPERED.keys())
@pytest.mark.parametrize("tree", [(0, 0), (2, 1)])
def test_tampered_trees_are_refused(tree, name, at, entry):
    model = copy.deepcopy(classifier(n_estimators=3))
    own = model.estimators_[tree].tree_
    state = copy.deepcopy(own.__getstate__())
    (state if name == "values" else state["nodes"])[name][at] = entry
    own.__setstate__(state)
    with pytest.raises(InvalidModelError):
        read(model)


def test_in_bag():
    asked = registry.find_backend(regressor()).in_bag
    np.testing.assert_array_equal(asked(regressor(), 0, 7), np.ones(7))
    assert asked(regressor(subsample=0.5), 0, 120) is None
    assert asked(regressor(n_iter_no_change=2), 0, 120) is None


def test_arrays_of_the_result_are_its_own():
    model = regressor(subsample=0.5)
    before = pickle.dumps(model)
    small = write(model, read(model))
    for array in (small.train_score_, small.oob_scores_, small.estimators_[0, 0].tree_.value):
        array[...] = 7
    small._rng.random(5)
    assert pickle.dumps(model) == before
