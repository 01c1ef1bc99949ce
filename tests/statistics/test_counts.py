"""Rows that weigh one are counted: more than two bytes can hold, and with a walker made before."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from tests.kernels.helpers import walker_of
from tests.statistics.helpers import equal_bits, routing
from tests.strategies import cases, fitted
from treeprune.backends import read
from treeprune.kernels.columns import missing_features
from treeprune.kernels.walker import Walker
from treeprune.model.edit import keep_trees
from treeprune.statistics import collect as collect_module
from treeprune.statistics.collect import collect
from treeprune.statistics.target import encode_target


@pytest.mark.parametrize("kind", ["blend", "deep", "plain"])
@pytest.mark.parametrize("classes", [1, 2, 3])
def test_a_leaf_may_hold_more_rows_than_two_bytes_say(kind, classes):
    e = read(
        DecisionTreeClassifier().fit(np.arange(2.0 * classes)[:, None], np.arange(2 * classes) % classes)
    )
    y = np.zeros(140_000, int)
    y[::7] = classes - 1
    X = np.zeros((len(y), 1), np.float32)
    X[-3:] = 2 * classes - 1 if classes > 1 else 0  # else the tree is one leaf
    walker = walker_of(e, kind, np.zeros(1, bool))
    own = collect(e, X, encode_target(e, y), walker=walker)
    for node, rows in ((0, slice(None)), (int(np.argmax(own.n_rows * e.is_leaf)), X[:, 0] == 0)):
        assert own.sums[node].tolist() == np.bincount(y[rows], minlength=classes).tolist()
        assert own.n_rows[node] == own.weight[node] == len(y[rows])
    assert own.n_rows[e.is_leaf].sum() == len(y)


@pytest.mark.parametrize("case", cases("plain", "nan", "multi"))
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_walker_made_before_changes_nothing(case, n_jobs):
    e = read(case.model)
    target = encode_target(e, case.y)
    walker = Walker(e, np.ones(e.n_features, bool), 10**6)
    equal_bits(collect(e, case.X, target, walker=walker, n_jobs=n_jobs), collect(e, case.X, target))


@pytest.mark.parametrize("case", cases("nan"))
def test_values_that_a_walker_did_not_expect_to_be_missing(case, monkeypatch):
    e, X = read(case.model), case.X
    assert np.isnan(X).any()
    walker, made = Walker(e, np.zeros(e.n_features, bool), len(X)), []
    monkeypatch.setattr(collect_module, "Walker", lambda *given: made.append(given) or Walker(*given))
    own = collect(e, X, encode_target(e, case.y), walker=walker)
    assert np.array_equal(own.n_rows, routing(case, X).sum(axis=0))
    assert len(made) == 1
    full = ~np.isnan(X).any(axis=1)
    collect(e, X[full], encode_target(e, case.y[full]), walker=walker)
    assert len(made) == 1


def test_a_walker_of_another_ensemble_is_refused():
    case = fitted(DecisionTreeClassifier)
    e = read(case)
    other = keep_trees(e, np.array([0]))
    X = np.zeros((3, e.n_features))
    walker = Walker(other, missing_features(X), 3)
    with pytest.raises(ValueError, match="the walker is of another ensemble"):
        collect(e, X, encode_target(e, e.classes[0][[0, 0, 0]]), walker=walker)
