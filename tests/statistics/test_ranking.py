"""Area under the ROC curve along a path, and of rows, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.criteria.helpers import make_tree, numbers_of, shapes
from tests.strategies import fitted, random_table, random_weights
from treeprune.backends import read
from treeprune.model.ensemble import LEAF
from treeprune.model.path import lifetimes
from treeprune.statistics.ranking import path_auc, rows_auc


@st.composite
def scored_trees(draw):
    """Tree with few different scores (ties), class weights at its leaves, strengths of its splits."""
    shape = draw(shapes())
    left, right = shape
    sums = draw(numbers_of(shape, st.tuples(st.integers(0, 3), st.integers(0, 3)))).astype(float)
    sums[left == LEAF] += [[1, 1]] * int((left == LEAF).sum()) if draw(st.booleans()) else 0
    sums[np.flatnonzero(left == LEAF)[0]] += 1
    for node in range(len(left) - 1, -1, -1):
        if left[node] != LEAF:
            sums[node] = sums[left[node]] + sums[right[node]]
    score = draw(numbers_of(shape, st.integers(0, 4))) / 4
    e = make_tree(left, right, np.column_stack([1 - score, score]), np.ones(len(left)))
    alpha = np.where(left == LEAF, np.inf, draw(numbers_of(shape, st.integers(1, 4))).astype(float))
    alpha[0] = 4.0 if left[0] != LEAF else np.inf
    return e, sums, alpha


@given(scored_trees())
def test_path_auc_is_that_of_the_rows_in_the_leaves(drawn):
    e, sums, alpha = drawn
    alphas = np.arange(5.0)
    first, last = lifetimes(e, alpha, alphas)
    own = path_auc(e, first, last, sums, len(alphas))
    for step in range(len(alphas)):
        alive = np.flatnonzero((first <= step) & (step < last))
        y = np.repeat([0, 1], len(alive))
        scores = np.tile(e.value[alive, 1], 2)
        weight = np.concatenate([sums[alive, 0], sums[alive, 1]])
        assert own[step] == pytest.approx(roc_auc_score(y, scores, sample_weight=weight), abs=1e-12)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "strings"])
def test_rows_auc_is_the_mean_over_classes(kind):
    forest = fitted(RandomForestClassifier, kind=kind, max_depth=3)
    X, y = random_table(1, 200, kind)
    e, scores = read(forest), forest.predict_proba(X)
    codes = np.unique(y, return_inverse=True)[1][:, None]
    own = rows_auc(e, codes, scores, np.ones(200))
    binary = scores.shape[1] == 2
    expected = roc_auc_score(y, scores[:, 1] if binary else scores, multi_class="ovr", average="macro")
    assert own == pytest.approx(expected, rel=1e-12)


def auc_twin(y, score, weight):
    """Share of the weight of all (good, bad) pairs that are in order, equal scores counting half."""
    order = np.sign(score[y][:, None] - score[~y][None, :]) / 2 + 0.5
    mass = weight[y][:, None] * weight[~y][None, :]
    return (order * mass).sum() / mass.sum()


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_rows_auc_is_that_of_scikit_learn(kind, weighted, ties):
    e = read(fitted(DecisionTreeClassifier, kind=kind))
    rng = np.random.default_rng(3)
    scores = rng.dirichlet(np.ones(e.n_columns), 300)
    scores = np.round(scores, 1) if ties else scores
    codes = rng.integers(0, e.n_columns, (300, 1))
    weight = random_weights(4, 300) if weighted else np.ones(300)
    own = rows_auc(e, codes, scores, weight)
    columns = [1] if kind == "binary" else [0, 1, 2]
    good = [codes[:, 0] == c for c in columns]
    oracle = [
        roc_auc_score(y, scores[:, c], sample_weight=weight) for y, c in zip(good, columns, strict=True)
    ]
    twin = [auc_twin(y, scores[:, c], weight) for y, c in zip(good, columns, strict=True)]
    assert own == pytest.approx(np.mean(oracle), rel=1e-12)
    assert own == pytest.approx(np.mean(twin), rel=1e-12)


def test_rows_auc_does_not_pay_by_the_class(monkeypatch):
    """One sort for all classes, where scikit-learn takes milliseconds for each."""
    labels = np.arange(90) % 30
    e = read(DecisionTreeClassifier(random_state=0).fit(labels[:, None], labels))
    rng = np.random.default_rng(0)
    scores, codes = rng.random((300, 30)), rng.permutation(np.arange(300) % 30)[:, None]
    sorts, argsort = [], np.argsort
    monkeypatch.setattr(np, "argsort", lambda *args, **kw: sorts.append(1) or argsort(*args, **kw))
    rows_auc(e, codes, scores, np.ones(300))
    assert len(sorts) == 1


def test_the_class_without_rows_is_named_plainly():
    e = read(fitted(DecisionTreeClassifier))
    with pytest.raises(ValueError, match="hold none of class 1, or nothing else"):
        rows_auc(e, np.zeros((2, 1), int), np.full((2, 2), 0.5), np.ones(2))


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_class_without_held_out_rows_is_named(missing):
    tree = fitted(DecisionTreeClassifier, kind="strings")
    e = read(tree)
    name = tree.classes_[missing]
    sums = np.ones((e.n_nodes, 3))
    sums[:, missing] = 0
    first, last = lifetimes(e, np.full(e.n_nodes, np.inf), np.zeros(1))
    codes = np.setdiff1d([0, 1, 2], missing)[:, None]
    with pytest.raises(ValueError, match=f"hold none of class .*{name}.*use fewer folds or another loss"):
        path_auc(e, first, last, sums, 1)
    with pytest.raises(ValueError, match=f"hold none of class .*{name}"):
        rows_auc(e, codes, np.full((2, 3), 1 / 3), np.ones(2))


def test_rows_of_one_class_only_have_no_ranking():
    e = read(fitted(DecisionTreeClassifier))
    for codes in ([[0], [0]], [[1], [1]]):
        with pytest.raises(ValueError, match="not defined: the held-out rows"):
            rows_auc(e, np.array(codes), np.full((2, 2), 0.5), np.ones(2))


@pytest.mark.parametrize(
    "model",
    [
        fitted(DecisionTreeRegressor, kind="regression"),
        fitted(DecisionTreeClassifier, kind="multi_output"),
        DecisionTreeClassifier().fit([[0.0], [1.0]], [1, 1]),
    ],
    ids=["regression", "two_targets", "one_class"],
)
def test_models_that_do_not_rank_one_outcome_are_refused(model):
    with pytest.raises(ValueError, match="one target and two classes or more"):
        rows_auc(read(model), np.zeros((1, 1), int), np.ones((1, 1)), np.ones(1))
