"""Losses along a path against refits of scikit-learn, scored by `sklearn.metrics`."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.statistics.test_losses import COSTS, REFERENCE, predicted
from tests.strategies import random_table
from treeprune.backends import read
from treeprune.criteria.weakest_link import distinct_alphas, geometric_means, weakest_link_alphas
from treeprune.kernels.columns import missing_features
from treeprune.kernels.walker import Walker
from treeprune.model.path import lifetimes, path_sizes, path_sums
from treeprune.model.traverse import raw_output
from treeprune.statistics import path_outputs
from treeprune.statistics import rows as rows_module
from treeprune.statistics.losses import make_loss
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.path_outputs import PathOutputs
from treeprune.statistics.risk import node_risk
from treeprune.statistics.step_losses import AUC
from treeprune.statistics.target import encode_target

CLASS_LOSSES = ["log_loss", "brier", "misclassification", "cost", AUC]
NUMBER_LOSSES = ["squared_error", "absolute_error", "poisson"]


def auc(y, p, w):
    """One class against the rest, each with the weights; the mean over classes."""
    labels = np.unique(y)
    columns = [1] if len(labels) == 2 else range(len(labels))
    return 1 - np.mean([metrics.roc_auc_score(y == labels[c], p[:, c], sample_weight=w) for c in columns])


SCORES = REFERENCE | {AUC: auc}


def halves(kind, seed=11, n=300):
    X, y = random_table(seed, n, kind)
    y = np.abs(y) + 0.1 if kind == "regression" else y
    weight = np.random.default_rng(seed).choice([0.25, 1.0, 3.0], (2, n // 2))
    return (X[::2], y[::2], weight[0]), (X[1::2], y[1::2], weight[1])


class Path:
    """The path of a fitted model, and the refits at some of its strengths."""

    def __init__(self, model, kind, n_steps):
        self.train, self.test = halves(kind)
        self.model = model.set_params(random_state=0)
        self.full = clone(model).fit(*self.train[:2], sample_weight=self.train[2])
        self.e = read(self.full)
        self.alpha = weakest_link_alphas(self.e, node_risk(self.e))
        steps = distinct_alphas(self.alpha)
        steps = np.unique(np.concatenate([steps, geometric_means(steps)]))  # ends and insides
        self.alphas = np.unique(steps[np.linspace(0, len(steps) - 1, n_steps).astype(int)])

    def refits(self):
        for strength in self.alphas:
            refit = clone(self.model).set_params(ccp_alpha=float(strength))
            yield refit.fit(*self.train[:2], sample_weight=self.train[2])

    def losses(self, name, **options):
        X, y, weight = self.test
        loss = name if name == AUC else make_loss(name, self.e.task, COSTS.get(self.e.n_columns))
        target = encode_target(self.e, y)
        return path_losses(self.e, self.alpha, self.alphas, X, target, weight, loss, **options)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (DecisionTreeClassifier(), "binary"),
        (DecisionTreeClassifier(criterion="entropy"), "multiclass"),
        (DecisionTreeRegressor(), "regression"),
        (RandomForestClassifier(4), "binary"),
        (RandomForestClassifier(4), "multiclass"),
        (RandomForestRegressor(4), "regression"),
        (ExtraTreesRegressor(3, criterion="poisson"), "regression"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_every_loss_at_every_step_is_that_of_the_refit(model, kind):
    path = Path(model, kind, 25)
    X, y, weight = path.test
    names = NUMBER_LOSSES if kind == "regression" else CLASS_LOSSES
    expected = {name: [] for name in names}
    for refit in path.refits():
        answers = predicted(refit, X)
        for name in names:
            expected[name].append(SCORES[name](y, answers, weight))
    for name in names:
        np.testing.assert_allclose(path.losses(name), expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_several_targets_are_averaged_at_every_step():
    path = Path(DecisionTreeClassifier(), "multi_output", 15)
    X, y, weight = path.test
    for name in ("log_loss", "brier", "misclassification"):
        expected = [
            np.mean([SCORES[name](y[:, k], p, weight) for k, p in enumerate(refit.predict_proba(X))])
            for refit in path.refits()
        ]
        np.testing.assert_allclose(path.losses(name), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "model", [DecisionTreeClassifier(), RandomForestClassifier(3), RandomForestRegressor(3)]
)
def test_sizes_and_outputs_are_those_of_the_refits(model):
    kind = "regression" if isinstance(model, RandomForestRegressor) else "multiclass"
    path = Path(model, kind, 12)
    rows = path.test[0].astype(np.float32)
    refits = list(path.refits())
    leaves = [sum(t.get_n_leaves() for t in getattr(m, "estimators_", [m])) for m in refits]
    assert np.array_equal(path_sizes(path.e, path.alpha, path.alphas), leaves)
    walker = Walker(path.e, missing_features(rows), len(rows))
    outputs = PathOutputs(walker, path.alpha, path.alphas).of(walker.encode(rows), 0, len(rows))
    for own, refit in zip(outputs, refits, strict=True):
        assert np.array_equal(own, raw_output(read(refit), rows))


@pytest.mark.parametrize("model", [DecisionTreeClassifier(), RandomForestClassifier(4)])
@pytest.mark.parametrize("name", ["log_loss", AUC])
def test_blocks_and_threads_change_nothing(model, name, monkeypatch):
    path = Path(model, "binary", 20)
    once = path.losses(name)
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 17)
    monkeypatch.setattr(path_outputs, "_BUDGET", 400)
    np.testing.assert_allclose(path.losses(name), once, rtol=1e-13)
    np.testing.assert_allclose(path.losses(name, n_jobs=2), once, rtol=1e-13)


def test_tables_of_another_shape_are_refused():
    path = Path(RandomForestClassifier(2), "binary", 5)
    path.test = (path.test[0][:, :4], *path.test[1:])
    with pytest.raises(ValueError, match="X has 4 features, but the model is expecting 5"):
        path.losses("brier")


def test_sums_far_apart_do_not_swallow_each_other():
    """A cost of 1e16 enters and leaves the running sum; what stays is exact."""
    path = Path(DecisionTreeClassifier(), "binary", 30)
    e = path.e
    cost = np.where(e.is_leaf, 1.0, 1e16)
    cost[0] = 3.0
    first, last = lifetimes(e, path.alpha, path.alphas)
    expected = [cost[(first <= step) & (step < last)].sum() for step in range(len(path.alphas))]
    own = path_sums(e, path.alpha, path.alphas, cost)
    np.testing.assert_allclose(own, expected, rtol=1e-15)
    assert own[-1] == 3.0


def test_each_row_is_answered_by_one_leaf_at_each_step():
    path = Path(DecisionTreeClassifier(), "multiclass", 30)
    first, last = lifetimes(path.e, path.alpha, path.alphas)
    passes = path.full.decision_path(path.test[0]).toarray()
    for step in range(len(path.alphas)):
        alive = (first <= step) & (step < last)
        assert (passes[:, alive].sum(axis=1) == 1).all()


def test_a_tree_of_one_node_has_one_loss():
    X, y = np.zeros((6, 1)), np.array([0, 0, 0, 1, 1, 0])
    e = read(DecisionTreeClassifier().fit(X, y))
    alpha = weakest_link_alphas(e, node_risk(e))
    for alphas in (np.zeros(1), np.array([0.0, 1.0, 5.0])):
        own = path_losses(e, alpha, alphas, X, encode_target(e, y), np.ones(6), make_loss("brier", e.task))
        np.testing.assert_allclose(own, np.full(len(alphas), 2 / 9), rtol=1e-12)
