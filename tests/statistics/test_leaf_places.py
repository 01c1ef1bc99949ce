"""Leaf numbers held in memory, against a plain walk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import RandomForestRegressor

from tests.kernels.helpers import slow_leaves
from tests.strategies import hostile_rows, random_ensemble
from treeprune.backends import read
from treeprune.statistics import rows as rows_module
from treeprune.statistics.leaf_places import leaf_places, place_type


def nodes(places):
    return places.node[places.first[:-1, None] + places.numbers]


@given(st.integers(0, 10_000), st.integers(0, 40), st.sampled_from([1, 2]))
def test_places_are_those_of_a_plain_walk(seed, n, n_jobs):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, n)
    found = leaf_places(e, X, n_jobs=n_jobs)
    assert np.array_equal(nodes(found), slow_leaves(e, X.astype(e.input_dtype)))
    assert found.numbers.dtype == np.uint8
    assert found.n_rows == n
    assert np.array_equal(found.node, np.flatnonzero(e.is_leaf))


@pytest.mark.parametrize(
    ("n_rows", "dtype"), [(200, np.uint8), (1500, np.uint16), (70_000, np.int32)], ids=str
)
def test_numbers_are_as_small_as_the_largest_tree_allows(n_rows, dtype):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n_rows, 2)), rng.normal(size=n_rows)
    # without a bootstrap a full tree has a leaf for each row
    model = RandomForestRegressor(2, bootstrap=False, max_features=1, random_state=0).fit(X, y)
    found = leaf_places(read(model), X[:3000])
    assert found.numbers.dtype == dtype
    native = np.array([tree.apply(X[:3000].astype(np.float32)) for tree in model.estimators_])
    offset = read(model).root[:-1, None]
    assert np.array_equal(nodes(found) - offset, native)


def test_type_of_places():
    for most, dtype in ((1, np.uint8), (256, np.uint8), (257, np.uint16), (65536, np.uint16)):
        assert place_type(np.array([0, 1, 1 + most])) is dtype
    assert place_type(np.array([0, 65537])) is np.int32
    assert place_type(np.array([0])) is np.uint8


def test_blocks_and_sparse_tables_change_nothing(monkeypatch):
    X = np.random.default_rng(0).normal(size=(500, 3)).round(1)
    e = read(RandomForestRegressor(5, max_depth=6, random_state=0).fit(X, X[:, 0]))
    whole = leaf_places(e, X)
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 64)
    assert np.array_equal(leaf_places(e, sparse.csr_matrix(X)).numbers, whole.numbers)


@given(st.integers(0, 1000))
def test_sums_are_those_of_plain_loops(seed):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, 30)
    columns = np.random.default_rng(seed).integers(0, 9, (30, 2)).astype(float)
    found = leaf_places(e, X).sums(columns)
    expected = np.zeros((e.n_nodes, 2))
    for leaves in slow_leaves(e, X.astype(e.input_dtype)):
        np.add.at(expected, leaves, columns)
    assert np.array_equal(found, expected[e.is_leaf])


def test_wrong_rows_are_refused():
    X = np.random.default_rng(0).normal(size=(20, 3))
    e = read(RandomForestRegressor(2, random_state=0).fit(X, X[:, 0]))
    with pytest.raises(ValueError, match="features"):
        leaf_places(e, X[:, :2])
    with pytest.raises(ValueError, match="20 rows"):
        leaf_places(e, X).sums(np.ones((19, 1)))


def test_merged_places_are_those_of_the_leaves_above():
    X = np.random.default_rng(0).normal(size=(50, 3))
    e = read(RandomForestRegressor(2, max_depth=2, random_state=0).fit(X, X[:, 0]))
    places = leaf_places(e, X)
    n = np.diff(places.first)
    # all leaves of each tree become one, then two
    one = places.merged(np.zeros(n.sum(), np.int64), np.arange(3), e.root[:-1])
    assert not one.numbers.any()
    assert np.array_equal(nodes(one), np.tile(e.root[:-1, None], (1, 50)))
    into = np.concatenate([np.arange(k) > 0 for k in n]).astype(np.int64)
    two = places.merged(into, np.array([0, 2, 4]), np.arange(4))
    assert np.array_equal(two.numbers, places.numbers > 0)
