"""What a pass over rows says does not depend on how the rows come: order, blocks, steps, threads."""

import sys

import numpy as np
import pytest
import xgboost
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.ensemble import (
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.kernels.helpers import shaped_ensemble, slow_leaves, slow_output
from tests.statistics.helpers import equal_bits
from tests.strategies import random_mask, random_table
from treeprune import ReducedErrorPruner
from treeprune.backends import read
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.statistics import collect as collect_module
from treeprune.statistics import path_outputs
from treeprune.statistics import rows as rows_module
from treeprune.statistics.additive import ensemble_loss_risk, is_additive
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import LOSSES
from treeprune.statistics.passes import EncodedRows
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.raw_losses import natural_loss
from treeprune.statistics.step_losses import AUC
from treeprune.statistics.target import Target, encode_target

SMALL = {"n_estimators": 6, "random_state": 0}
MODELS = {
    "tree": (
        DecisionTreeRegressor(random_state=0),
        "multi_regression",
        ["squared_error", "absolute_error"],
    ),
    "class tree": (
        DecisionTreeClassifier(random_state=0),
        "multi_output",
        ["log_loss", "misclassification"],
    ),
    "two classes": (DecisionTreeClassifier(max_depth=5, random_state=0), "binary", [AUC, "brier"]),
    "forest": (RandomForestRegressor(**SMALL), "multi_regression", ["squared_error", "absolute_error"]),
    "class forest": (
        RandomForestClassifier(**SMALL),
        "multiclass",
        ["log_loss", "misclassification", "brier", AUC],
    ),
    "median": (AdaBoostRegressor(**SMALL), "regression", ["squared_error", "absolute_error"]),
    "boosted": (GradientBoostingRegressor(**SMALL), "regression", ["squared_error", "absolute_error"]),
    "deviance": (xgboost.XGBRegressor(n_estimators=6, n_jobs=1, objective="count:poisson"), "counts", []),
    "boosted classes": (
        GradientBoostingClassifier(**SMALL),
        "multiclass",
        ["log_loss", "misclassification"],
    ),
    "boosted pair": (xgboost.XGBClassifier(n_estimators=6, n_jobs=1), "binary", ["log_loss", "brier", AUC]),
    "other pair": (LGBMClassifier(n_estimators=6, n_jobs=1, verbose=-1), "binary", ["log_loss"]),
}
N = 700


def table_of(kind):
    X, y = random_table(1, N, "regression" if kind == "counts" else kind, missing=False)
    return X, np.round(np.exp(0.5 * y)) if kind == "counts" else y


@pytest.fixture(scope="module", params=MODELS.values(), ids=MODELS.keys())
def subject(request):
    model, kind, losses = request.param
    X, y = table_of(kind)
    e = read(model.fit(X[::2], y[::2]))
    losses = losses or [natural_loss(e)]
    rng = np.random.default_rng(0)
    weight = rng.choice([0.0, 1.0, 1.7], N) * rng.random(N)
    return e, X, y, weight, [name if name == AUC else LOSSES[name]() for name in losses]


def every_pass(subject, order=None, n_jobs=None):
    """All that passes say of some rows, as a list of arrays."""
    e, X, y, weight, losses = subject
    order = np.arange(N) if order is None else order
    X, y, weight = X[order], y[order], weight[order]
    target, rng = encode_target(e, y), np.random.default_rng(0)
    alpha = np.where(e.is_leaf, np.inf, rng.random(e.n_nodes))
    alphas = np.array([0.0, 0.03, 0.1, 0.2, 0.5, 0.99])
    found = []
    for w in (np.ones(N), weight):
        own = collect(e, X, target, w, absolute=e.task == "regression", n_jobs=n_jobs)
        found += [own.n_rows, own.total, own.lost]
        found += [own.absolute] if own.absolute is not None else []
        for loss in losses:
            found.append(path_losses(e, alpha, alphas, X, target, w, loss, n_jobs=n_jobs))
            if is_additive(e) and loss != AUC:
                found.append(ensemble_loss_risk(e, X, target, w, loss, n_jobs=n_jobs))
    return found


@pytest.fixture(scope="module")
def once(subject):
    """The passes of all rows at one time in one thread."""
    return every_pass(subject)


def same(found, expected):
    assert len(found) == len(expected) > 0
    for a, b in zip(found, expected, strict=True):
        assert np.isfinite(b).all()
        np.testing.assert_array_equal(a, b)


def small_steps(patch):
    """Some rows at a time wherever rows are cut into steps."""
    modules = [m for name, m in sys.modules.items() if name.startswith("treeprune.") and hasattr(m, "STEP")]
    assert len(modules) > 3
    for module in modules:
        patch.setattr(module, "STEP", 48)


def test_the_order_of_rows_changes_no_bit(subject, once):
    for seed in range(3):
        same(every_pass(subject, np.random.default_rng(seed).permutation(N)), once)


@pytest.mark.parametrize("n_jobs", [None, 3])
def test_blocks_and_steps_change_no_bit(subject, once, n_jobs, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rows_module, "BLOCK_ROWS", 130)
        same(every_pass(subject, n_jobs=n_jobs), once)
        small_steps(patch)
        same(every_pass(subject, n_jobs=n_jobs), once)
    monkeypatch.setattr(path_outputs, "_BUDGET", 1)
    monkeypatch.setattr(collect_module, "_BUDGET", 100)
    monkeypatch.setattr(collect_module, "_LEAF_SUMS", 300)
    same(every_pass(subject, n_jobs=n_jobs), once)


def test_threads_change_no_bit(subject, once, monkeypatch):
    small_steps(monkeypatch)
    for n_jobs in (2, 5, 2, 7):
        same(every_pass(subject, n_jobs=n_jobs), once)


def test_sizes_of_weights_change_no_bit_of_a_mean(subject):
    """Powers of two are exact; the sum of the largest would overflow."""
    e, X, y, weight, losses = subject
    target = encode_target(e, y)
    alpha = np.where(e.is_leaf, np.inf, np.random.default_rng(0).random(e.n_nodes))
    for loss in losses:
        once = path_losses(e, alpha, np.array([0.0, 0.5]), X, target, weight, loss)
        for factor in (2.0**-900, 2.0**1022):
            again = path_losses(e, alpha, np.array([0.0, 0.5]), X, target, weight * factor, loss)
            np.testing.assert_array_equal(again, once)
        if is_additive(e) and loss != AUC:
            once = ensemble_loss_risk(e, X, target, weight, loss)
            for factor in (2.0**-900, 2.0**1022):
                np.testing.assert_array_equal(ensemble_loss_risk(e, X, target, weight * factor, loss), once)


# ------------------------------------------------------------------------------------- encoded rows
TREES = [("balanced", 300), ("zigzag", 5), ("balanced", 280), ("right", 1), ("left", 7), ("balanced", 270)]


def alternating(seed, **fields):
    """Trees whose kernels alternate: small ones, large ones, large ones that ask for categories."""
    return shaped_ensemble(seed, TREES, infinite=True, **fields)


def plain_rows(seed, n, missing=0.1):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=(n, 3)), rng.integers(0, 90, n)])
    X[rng.random(X.shape) < missing] = np.nan
    return X


@pytest.mark.parametrize("categories", [True, False])
@pytest.mark.parametrize("aggregation", ["sum", "mean", "median"])
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 49, 400])
def test_trees_of_all_kinds_side_by_side(categories, aggregation, n, monkeypatch):
    fields = {"aggregation": aggregation, "output": np.full(len(TREES), LEAF, np.int32)}
    e = alternating(3, categories=categories, weight=np.array([1.0, 0.5, 2.0, 1.0, 3.0, 0.25]), **fields)
    X = plain_rows(0, n)
    small_steps(monkeypatch)
    leaves = slow_leaves(e, X)
    assert np.array_equal(leaf_index(e, X, n_jobs=2), leaves)
    if aggregation != "median":
        expected = slow_output(e, X)
    else:
        expected = np.empty((n, e.n_columns))
        for i in range(n):
            for c in range(e.n_columns):
                order = np.argsort(e.value[leaves[:, i], c])
                reached = np.cumsum(e.weight[order]) >= 0.5 * e.weight.sum()
                expected[i, c] = e.value[leaves[order[np.argmax(reached)], i], c]
    assert np.array_equal(raw_output(e, X, n_jobs=2), expected)
    rows = EncodedRows(e, X, np.ones(n), n_jobs=2)
    assert np.array_equal(rows.raw_output(), expected)


@pytest.mark.parametrize("categories", [True, False])
def test_rows_without_weight_are_left_out(categories, monkeypatch):
    e, X = alternating(5, categories=categories), plain_rows(1, 300)
    weight = np.where(random_mask(0, 300, 0.4), 0.0, 1.0)
    weight[50:150] = 0.0  # whole blocks
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 40)
    rows = EncodedRows(e, X, weight, n_jobs=2)
    assert len(rows) == (weight > 0).sum()
    found = np.full((e.n_trees, len(rows)), -1)
    for step in rows:

        def put(tree, leaves, step=step):
            found[tree, step.rows] = leaves

        rows.each_tree(step, put)
    assert np.array_equal(found, slow_leaves(e, X[weight > 0]))
    assert np.array_equal(rows.raw_output(), slow_output(e, X[weight > 0]))


@pytest.mark.parametrize("absent", ["zero", "missing"])
@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array])
def test_what_a_sparse_table_leaves_out(absent, form, monkeypatch):
    """Every pass reads it as the model says: 0, or missing."""
    e = alternating(7, task="regression", classes=(), columns=(1, 1, 1), absent=absent, boosted=True)
    X = np.where(random_mask(1, 1200, 0.5).reshape(300, 4), plain_rows(2, 300, 0.0), 0.0)
    table = form(X)
    full = np.where(X == 0, 0.0 if absent == "zero" else np.nan, X)
    y = np.random.default_rng(3).normal(size=(300, 3))
    target, weight = Target(numbers=y), np.where(random_mask(4, 300, 0.2), 0.0, 1.3)
    alpha = np.where(e.is_leaf, np.inf, np.random.default_rng(0).random(e.n_nodes))
    loss = LOSSES["squared_error"]()
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 70)
    equal_bits(collect(e, table, target, weight), collect(e, full, target, weight))
    for ask in (
        lambda rows: ensemble_loss_risk(e, rows, target, weight, loss),
        lambda rows: path_losses(e, alpha, np.array([0.0, 0.4, 0.8]), rows, target, weight, loss),
    ):
        np.testing.assert_array_equal(ask(table), ask(full))
    path = np.zeros((300, e.n_nodes), bool)
    path[np.arange(300), slow_leaves(e, full)] = True
    found = collect(e, table, Target.unknown(300), weight)
    leaf = e.is_leaf
    assert np.array_equal(found.n_rows[leaf], path[weight > 0].sum(axis=0)[leaf])


# ------------------------------------------------------------------------------------- extremes
@pytest.mark.parametrize("weight", [1e-320, 1e-300, 1e300, 1.5e308])
@pytest.mark.parametrize("kind", ["regression", "multiclass"])
def test_weights_of_any_size_give_the_same_risk(weight, kind):
    cls = GradientBoostingRegressor if kind == "regression" else GradientBoostingClassifier
    X, y = random_table(2, 150, kind)
    e = read(cls(n_estimators=3, random_state=0).fit(X, y))
    loss, target = LOSSES[natural_loss(e)](), encode_target(e, y)
    expected = ensemble_loss_risk(e, X, target, np.ones(150), loss)
    found = ensemble_loss_risk(e, X, target, np.full(150, weight), loss)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_one_row_of_weight_speaks_for_all():
    X, y = random_table(2, 150, "regression")
    model = GradientBoostingRegressor(n_estimators=3, random_state=0).fit(X, y)
    weight = np.where(np.arange(150) == 77, 1e-9, 0.0)
    pruner = ReducedErrorPruner(FrozenEstimator(model))
    pruner.fit(X, y[::-1], sample_weight=weight)
    before, after = pruner.validation_loss_
    assert before == pytest.approx((model.predict(X[[77]])[0] - y[::-1][77]) ** 2, rel=1e-12)
    assert after == pytest.approx((pruner.predict(X[[77]])[0] - y[::-1][77]) ** 2, rel=1e-12)
    assert after <= before
