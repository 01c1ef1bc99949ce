"""Outputs of trees and their Gram matrix, against plain loops, whole numbers and pruned native models."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from tests.kernels.helpers import shaped_ensemble, slow_leaves
from tests.strategies import cases, fitted, hostile_rows, random_ensemble, random_table
from treeprune.backends import read, write
from treeprune.kernels import walker as walker_module
from treeprune.model.edit import keep_trees
from treeprune.model.ensemble import LEAF
from treeprune.statistics import gram as gram_module
from treeprune.statistics import rows as rows_module
from treeprune.statistics.gram import tree_gram, tree_outputs

WEIGHTS = [0.0, 1e-12, 0.25, 1.0, 1.7, 6.0]


def stump(*values, **fields):
    """One split of column 0 at zero, between two leaves of given outputs."""
    value = np.vstack([np.zeros(len(values[0])), *values])
    base = read(DecisionTreeRegressor(max_depth=1).fit([[-1.0], [1.0]], [0.0, 1.0]))
    n = value.shape[1]
    return replace(base, value=value, columns=(n,), base_score=np.zeros(n), **fields)


def plain_outputs(e, X):
    """What each tree adds to each row, by a plain walk; shape (n_trees, n_rows, n_columns)."""
    leaves = slow_leaves(e, X.astype(e.input_dtype))
    out = e.weight[:, None, None] * e.value[leaves]
    for t, column in enumerate(e.output):
        if column != LEAF:
            out[t, :, np.arange(e.n_columns) != column] = 0.0
    return out


def assert_within_a_millionth(found, e, outputs, outcome, weight):
    """Every product is off by no more than numbers that are off by a millionth of the largest."""
    numbers = [*outputs, outcome]
    leaf_value = np.abs(e.value * np.repeat(e.weight, np.diff(e.root))[:, None]) * e.is_leaf[:, None]
    largest = [leaf_value[e.tree(t)].max() for t in range(e.n_trees)]
    largest = np.append(largest, np.abs(outcome[weight > 0]).max()) * np.sqrt(weight.max())
    root = np.sqrt(weight)[:, None]
    x = np.array([(number * root).ravel() for number in numbers])
    whole = np.block(
        [[found.products, found.with_outcome[:, None]], [found.with_outcome, np.array([found.outcome])]]
    )
    off, size = 1e-6 * largest, np.abs(x).sum(axis=1)
    bound = np.outer(size, off) + np.outer(off, size) + x.shape[1] * np.outer(off, off)
    assert (np.abs(whole - x @ x.T) <= bound + 1e-13 * np.abs(x) @ np.abs(x).T).all()
    assert found.weight == float(sum(map(Fraction, weight.tolist())))


def same_bits(a, b):
    assert np.array_equal(a.products, b.products)
    assert np.array_equal(a.with_outcome, b.with_outcome)
    assert (a.outcome, a.weight) == (b.outcome, b.weight)


# ------------------------------------------------------------------------------- plain twins
@given(st.integers(0, 10_000), st.integers(0, 40), st.sampled_from(["float32", "float64"]))
def test_outputs_are_those_of_a_plain_walk(seed, n, dtype):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, n)
    found = tree_outputs(e, X, dtype=dtype)
    assert found.dtype == dtype
    assert np.array_equal(found, plain_outputs(e, X).astype(dtype))


@given(st.integers(0, 10_000), st.integers(1, 40), st.booleans())
def test_products_are_those_of_plain_sums(seed, n, weighted):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, n)
    rng = np.random.default_rng(seed)
    outcome = rng.normal(size=(n, 3)) * 10.0 ** rng.integers(-9, 9)
    weight = rng.choice(WEIGHTS, n) if weighted else np.ones(n)
    weight[0] = 1.0
    found = tree_gram(e, X, outcome, weight if weighted else None)
    assert_within_a_millionth(found, e, plain_outputs(e, X), outcome, weight)
    assert np.array_equal(found.products, found.products.T)


@pytest.mark.parametrize("case", cases("plain", "nan"))
def test_every_kind_of_tree_is_within_a_millionth(case):
    e = read(case.model)
    members = getattr(case.model, "estimators_", [case.model])
    if e.task == "classification":
        native = np.array([_shares(m, case.X) for m in members])
        codes = case.y.reshape(len(case.X), -1).T
        outcome = np.hstack([y[:, None] == c for y, c in zip(codes, e.classes, strict=True)]).astype(float)
    else:
        native = np.array([m.predict(case.X).reshape(len(case.X), -1) for m in members])
        outcome = case.y.reshape(len(case.X), -1)
    assert np.array_equal(tree_outputs(e, case.X, dtype="float64"), native)
    weight = np.random.default_rng(0).choice(WEIGHTS, len(case.X))
    found = tree_gram(e, case.X, outcome, weight)
    assert_within_a_millionth(found, e, native, outcome, weight)


def _shares(model, X):
    shares = model.predict_proba(X)
    return np.hstack(shares) if isinstance(shares, list) else shares


def plain_products(e, X, outcome, weight):
    """All products by numpy; the outcome last."""
    x = np.array([*plain_outputs(e, X), outcome])
    return np.einsum("tnc,unc,nc->tu", x, x, np.broadcast_to(weight, outcome.shape))


def all_products(found):
    return np.block(
        [[found.products, found.with_outcome[:, None]], [found.with_outcome, np.array([found.outcome])]]
    )


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_each_column_of_a_row_may_have_its_own_weight(seed, n):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, n)
    rng = np.random.default_rng(seed)
    outcome, weight = rng.normal(size=(n, 3)), rng.choice(WEIGHTS, (n, 3))
    weight[0] = 1.0
    found, expected = tree_gram(e, X, outcome, weight), plain_products(e, X, outcome, weight)
    assert found.weight == pytest.approx(weight.sum() / 3, rel=1e-15)
    x = np.array([[*np.abs(plain_outputs(e, X)).max(axis=(1, 2)), np.abs(outcome).max()]])
    assert np.abs(all_products(found) - expected).max() <= 1e-5 * weight.max() * 3 * n * (x.T @ x).max()
    # and so have three tables, each of one column alone
    apart = [np.where(np.arange(3) == c, weight, 0.0) for c in range(3)]
    one_by_one = sum(all_products(tree_gram(e, X, outcome, w)) for w in apart if w.any())
    assert np.abs(one_by_one - expected).max() <= 1e-5 * weight.max() * 3 * n * (x.T @ x).max()


def test_equal_weights_of_columns_are_weights_of_rows():
    e, X = random_ensemble(1, infinite=True), hostile_rows(1, 60)
    rng = np.random.default_rng(0)
    outcome, weight = rng.normal(size=(60, 3)), rng.choice(WEIGHTS, 60)
    twice = np.tile(weight[:, None], 3)
    a, b = tree_gram(e, X, outcome, weight), tree_gram(e, X, outcome, twice)
    assert np.array_equal(all_products(a), all_products(b))
    assert a.weight == pytest.approx(b.weight, rel=1e-15)


def test_order_steps_and_threads_change_no_bit_of_weighted_columns(monkeypatch):
    e, X = random_ensemble(2, infinite=True), hostile_rows(2, 300)
    rng = np.random.default_rng(0)
    outcome, weight = rng.normal(size=(300, 3)), rng.choice(WEIGHTS, (300, 3))
    once, order = tree_gram(e, X, outcome, weight), rng.permutation(300)
    monkeypatch.setattr(gram_module, "_BUDGET", 1)
    same_bits(once, tree_gram(e, X[order], outcome[order], weight[order], n_jobs=3))
    wild = np.where(weight > 0, outcome, 1e300)
    same_bits(once, tree_gram(e, X, wild, weight))


def test_a_wild_outcome_of_little_weight_costs_no_digits():
    """As working responses have them: the weight makes up for the size."""
    e, X = stump([1.0], [2.0]), np.array([[-1.0], [1.0], [1.0]])
    found = tree_gram(e, X, np.array([[3.0], [4.0], [1e8]]), [1.0, 2.0, 1e-16])
    assert found.outcome == pytest.approx(9 + 2 * 16 + 1, rel=1e-5)
    assert found.with_outcome[0] == pytest.approx(3 + 16 + 2e-8, rel=1e-5)
    found = tree_gram(e, X, np.array([[0.0], [0.0], [1.0]]), [1e-300, 1e300, 5e-324])
    assert found.products[0, 0] == pytest.approx(4e300, rel=1e-5)
    assert found.outcome == pytest.approx(0.0, abs=1e-320)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones((2, 2)), r"sample_weight has shape \(2, 2\)"),
        (np.ones((1, 1)), "sample_weight has shape"),
        (-np.ones((2, 1)), "negative"),
        (np.full((2, 1), np.nan), "NaN"),
        (np.zeros((2, 1)), "zero"),
    ],
)
def test_weights_of_columns_that_are_none(weight, message):
    with pytest.raises(ValueError, match=message):
        tree_gram(stump([1.0], [2.0]), [[-1.0], [1.0]], np.ones((2, 1)), weight)


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_products_of_two_parts_add_up(seed, n):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, 2 * n)
    outcome = np.random.default_rng(seed).normal(size=(2 * n, 3))
    weight = np.ones(2 * n)
    parts = [tree_gram(e, X[s], outcome[s]) for s in (slice(0, n), slice(n, None))]
    same_bits(parts[0] + parts[1], parts[1] + parts[0])
    assert (parts[0] + parts[1]).weight == 2 * n
    # bounds of the parts are within those of the whole
    assert_within_a_millionth(parts[0] + parts[1], e, plain_outputs(e, X), outcome, weight)


def test_products_of_other_trees_do_not_add_up():
    one, X = stump([1.0], [2.0]), np.array([[-1.0], [1.0]])
    two = read(RandomForestRegressor(2, random_state=0).fit(X, [0.0, 1.0]))
    with pytest.raises(ValueError, match="1 trees cannot be added to 2"):
        tree_gram(one, X, np.ones((2, 1))) + tree_gram(two, X, np.ones((2, 1)))


# ------------------------------------------------------------------------------- native models
@pytest.mark.parametrize("keep", [[0], [1, 4], [0, 2, 3, 5, 7], list(range(8))], ids=len)
def test_error_of_a_part_of_a_forest_is_that_of_the_pruned_forest(keep):
    X, y = random_table(3, 400, "multi_regression")
    model = RandomForestRegressor(8, max_depth=6, random_state=0).fit(X[:200], y[:200])
    e = read(model)
    smaller = write(model, keep_trees(e, np.array(keep)))
    weight = np.random.default_rng(0).choice(WEIGHTS, 400)
    expected = np.average(((smaller.predict(X) - y) ** 2).sum(axis=1), weights=weight)
    factors = np.zeros(8)
    factors[keep] = 1 / len(keep)
    assert tree_gram(e, X, y, weight).squared_error(factors) == pytest.approx(expected, rel=1e-4)


def test_error_of_a_part_of_a_forest_is_its_brier_score():
    X, y = random_table(3, 400, "multiclass")
    model = RandomForestClassifier(8, max_depth=6, random_state=0).fit(X[:200], y[:200])
    e, keep = read(model), [1, 2, 6]
    shares = write(model, keep_trees(e, np.array(keep))).predict_proba(X)
    hit = (y[:, None] == model.classes_).astype(float)
    factors = np.isin(np.arange(8), keep) / 3
    expected = ((shares - hit) ** 2).sum(axis=1).mean()
    assert tree_gram(e, X, hit).squared_error(factors) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["regression", "multiclass"])
def test_error_of_the_first_rounds_of_a_boosted_model_is_that_of_its_margins(kind):
    X, y = random_table(4, 300, kind, missing=True)
    cls = xgboost.XGBRegressor if kind == "regression" else xgboost.XGBClassifier
    model = cls(n_estimators=6, max_depth=3, n_jobs=1).fit(X, y)
    e = read(model)
    outcome = np.random.default_rng(0).normal(size=(300, e.n_columns))
    margin = model.predict(X, output_margin=True, iteration_range=(0, 4)).reshape(300, -1)
    factors = (np.arange(e.n_trees) < 4 * e.n_columns).astype(float)
    found = tree_gram(e, X, outcome - e.base_score).squared_error(factors)
    assert found == pytest.approx(((margin - outcome) ** 2).sum(axis=1).mean(), rel=1e-4)


# ---------------------------------------------------------------------------- nothing else counts
def mixed_models():
    """Small, large and category trees; trees of one column and of all."""
    trees = [("balanced", 40), ("zigzag", 7), ("balanced", 300), ("left", 1), ("balanced", 400)]
    yield shaped_ensemble(0, trees, infinite=True)
    yield shaped_ensemble(1, trees, infinite=True, categories=False, aggregation="mean")
    yield read(fitted(RandomForestRegressor, n=400, kind="multi_regression"))


@pytest.mark.parametrize("e", list(mixed_models()), ids=["categories", "numbers", "forest"])
def test_order_blocks_steps_and_threads_change_no_bit(e, monkeypatch):
    n, rng = 900, np.random.default_rng(0)
    X = rng.normal(size=(n, e.n_features))
    X[rng.random(X.shape) < 0.1] = np.nan
    outcome, weight = rng.normal(size=(n, e.n_columns)), rng.choice(WEIGHTS, n)
    once, outputs = tree_gram(e, X, outcome, weight), tree_outputs(e, X)
    for _ in range(5):
        same_bits(once, tree_gram(e, X, outcome, weight, n_jobs=4))
    order = rng.permutation(n)
    same_bits(once, tree_gram(e, X[order], outcome[order], weight[order]))
    assert np.array_equal(tree_outputs(e, X[order], n_jobs=3), outputs[:, order])
    present = weight > 0
    same_bits(once, tree_gram(e, X[present], outcome[present], weight[present]))
    with monkeypatch.context() as patch:
        patch.setattr(gram_module, "_BUDGET", 1)
        same_bits(once, tree_gram(e, X, outcome, weight))
        patch.setattr(rows_module, "BLOCK_ROWS", 177)
        same_bits(once, tree_gram(e, X, outcome, weight, n_jobs=2))
        assert np.array_equal(tree_outputs(e, X, n_jobs=2), outputs)
    for module in (gram_module, walker_module):
        monkeypatch.setattr(module, "STEP", 64)
    same_bits(once, tree_gram(e, X, outcome, weight, n_jobs=2))
    assert np.array_equal(tree_outputs(e, X, n_jobs=2), outputs)


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_kernel_nor_values_at_splits_count(seed):
    """Few rows walk plainly, many by programs: 64 times each row are 64 times the products."""
    e = random_ensemble(seed, (40, 0, 30), infinite=True)
    e = replace(e, value=np.where(e.is_leaf[:, None], e.value, 1e6))
    X = hostile_rows(seed, 10)
    outcome = np.random.default_rng(seed).normal(size=(10, 3))
    few, many = tree_gram(e, X, outcome), tree_gram(e, np.tile(X, (64, 1)), np.tile(outcome, (64, 1)))
    assert np.array_equal(64 * few.products, many.products)
    assert np.array_equal(64 * few.with_outcome, many.with_outcome)
    assert_within_a_millionth(few, e, plain_outputs(e, X), outcome, np.ones(10))


def test_a_sparse_table_is_its_dense_twin():
    X, y = random_table(0, 300, "regression")
    X = np.where(np.abs(X) < 0.7, 0.0, X)
    absent = np.where(X == 0, np.nan, X)
    forest = read(RandomForestRegressor(4, random_state=0).fit(X, y))
    boosted = read(xgboost.XGBRegressor(n_estimators=4, n_jobs=1).fit(absent, y))
    assert boosted.absent == "missing"
    for e, full in ((forest, X), (boosted, absent)):
        same_bits(tree_gram(e, sparse.csr_matrix(X), y[:, None]), tree_gram(e, full, y[:, None]))
        assert np.array_equal(tree_outputs(e, sparse.csc_matrix(X)), tree_outputs(e, full))
