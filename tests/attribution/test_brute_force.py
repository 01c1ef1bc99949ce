"""Both kinds of values against their definition: every subset of the features."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attribution import brute, leaf_games
from tests.attribution.helpers import (
    BACKGROUND_WAYS,
    COVER_WAYS,
    against,
    by_covers,
    chain,
    close,
)
from tests.kernels.helpers import border_rows, shaped_ensemble
from tests.strategies import hostile_rows, random_ensemble
from treeprune.model.ensemble import LEAF

RULES = [(c, u) for c in ("<", "<=") for u in ("left", "right", "default")]


def means(seed, n_splits, **fields):
    """Mean of shares: the columns of each leaf sum up to 1, so that the last says nothing new."""
    n_nodes = sum(2 * n + 1 for n in n_splits)
    rng = np.random.default_rng(seed)
    return random_ensemble(
        seed,
        n_splits,
        value=rng.dirichlet(np.ones(3), n_nodes),
        output=np.full(len(n_splits), LEAF, np.int32),
        weight=rng.uniform(0.5, 2, len(n_splits)),
        aggregation="mean",
        **fields,
    )


def check(e, rows, background, weight):
    expected = brute.path_dependent(e, rows)
    for way in COVER_WAYS:
        close(by_covers(e, rows, way), expected)
    expected = brute.interventional(e, rows, background, weight)
    for way in BACKGROUND_WAYS:
        close(against(e, rows, background, way, background_weight=weight), expected)


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 9), min_size=1, max_size=3), st.booleans())
def test_random_ensembles(seed, n_splits, averaged):
    e = (means if averaged else random_ensemble)(seed, tuple(n_splits))
    weight = np.random.default_rng(seed).integers(0, 4, 5).astype(float)
    weight[seed % 5] += 1
    check(e, hostile_rows(seed, 3), hostile_rows(seed + 1, 5), weight)


@pytest.mark.parametrize(("comparison", "unknown"), RULES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_rule(comparison, unknown, dtype):
    """Thresholds beyond the input type and infinite ones, categories of all kinds, NaN, zeros."""
    trees = (("balanced", 9), ("zigzag", 5))
    e = shaped_ensemble(
        3, trees, comparison=comparison, unknown_category=unknown, input_dtype=dtype, infinite=True
    )
    check(e, border_rows(1, 4, dtype), border_rows(2, 4, dtype), np.ones(4))


def test_rows_without_missing_values():
    e = random_ensemble(5, (8, 3))
    rows, background = (np.nan_to_num(hostile_rows(s, 4), nan=0.5) for s in (1, 2))
    check(e, rows, background, np.ones(4))


@pytest.mark.parametrize("n_splits", [(0,), (0, 0), (1,), (1, 0, 1), (12,)])
def test_leaves_stumps_and_a_tree_in_several_groups(n_splits):
    check(random_ensemble(1, n_splits), hostile_rows(1, 3), hostile_rows(2, 3), np.ones(3))


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
def test_branches_that_no_training_row_reached(share):
    """A share of 0 beside a branch that rows have reached, equal shares where none has reached either."""
    e = random_ensemble(2, (9, 6))
    cover = np.where(np.random.default_rng(0).random(e.n_nodes) < share, 0.0, e.cover)
    e = random_ensemble(2, (9, 6), cover=cover)
    for way in COVER_WAYS:
        close(by_covers(e, hostile_rows(3, 4), way), brute.path_dependent(e, hostile_rows(3, 4)))


@pytest.mark.parametrize("size", [5e-324, 1e300, np.finfo(np.float64).max])
def test_covers_of_any_size(size):
    """Their sum overflows, or their ratio would be lost in denormals."""
    e = random_ensemble(2, (9, 6), cover=np.full(32, size))
    same = random_ensemble(2, (9, 6), cover=np.ones(32))
    for way in COVER_WAYS:
        close(by_covers(e, hostile_rows(3, 4), way), by_covers(same, hostile_rows(3, 4), way))


@pytest.mark.parametrize(("n_splits", "n_features"), [(30, 30), (64, 64), (70, 33), (70, 4)])
def test_long_paths(n_splits, n_features):
    e, rng = chain(n_splits, n_splits, n_features), np.random.default_rng(0)
    rows = rng.normal(size=(2, n_features)) + 0.5
    rows[0] = -np.inf  # goes along the whole chain
    rows[1, : n_features - 2] = np.inf
    expected = np.array([leaf_games.by_cover(e, row) for row in rows])
    found, _ = by_covers(e, rows, "edges")
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=0, atol=1e-13)
    background = rng.normal(size=(6, n_features)) * 2 + 1
    expected = np.array([leaf_games.against(e, row, background) for row in rows])
    found, _ = against(e, rows, background, "crowd")
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=0, atol=1e-13)


def test_the_leaf_games_know_the_definition():
    """The oracle of long paths on a short one."""
    e, rng = chain(0, 7, 4), np.random.default_rng(1)
    rows, background = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    np.testing.assert_allclose(
        [leaf_games.by_cover(e, row) for row in rows], brute.path_dependent(e, rows)[0][:, :, 0], atol=1e-14
    )
    np.testing.assert_allclose(
        [leaf_games.against(e, row, background) for row in rows],
        brute.interventional(e, rows, background, np.ones(5))[0][:, :, 0],
        atol=1e-14,
    )


@pytest.mark.parametrize("n_features", [9, 12, 16])
def test_tables_of_many_features(n_features):
    """Paths of more features than a group of several leaves may have."""
    e, rng = chain(1, n_features, n_features), np.random.default_rng(2)
    rows, background = rng.normal(size=(40, n_features)) + 0.7, rng.normal(size=(30, n_features)) + 0.5
    close(by_covers(e, rows, "tables"), by_covers(e, rows, "edges"))
    close(against(e, rows, background, "tables"), against(e, rows, background, "crowd"))
