"""Folds and held-out parts follow what rows say, not where they stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tests.strategies import random_table
from treeprune.statistics import rows as rows_module
from treeprune.statistics.splits import assign_folds, held_out_rows
from treeprune.statistics.words import hash_groups, hash_rows


def table(seed, n=90, kind="multiclass"):
    X, y = random_table(seed, n, kind, missing=True)
    X[np.abs(X) < 0.3] = 0.0
    return X, y.reshape(n, -1).astype(float)


def fold_options(y):
    return {"n_folds": 4, "stratify": len(np.unique(y)) < 10}


def part_options(y):
    return {"fraction": 0.3, "stratify": len(np.unique(y)) < 10}


BOTH = pytest.mark.parametrize(
    ("split", "options"),
    [(assign_folds, fold_options), (held_out_rows, part_options)],
    ids=["folds", "part"],
)


def test_equal_rows_have_equal_words_and_others_do_not():
    X, _ = table(0)
    X[40:80] = X[:40]
    words = hash_rows(X)
    assert np.array_equal(words[40:80], words[:40])
    assert len(np.unique(words)) == len({str(row) for row in X.tolist()}) == 50


def test_every_pattern_of_zeros_and_ones_has_its_word():
    patterns = (np.arange(1024)[:, None] >> np.arange(10)) & 1
    assert len(np.unique(hash_rows(patterns))) == 1024


@given(st.integers(0, 1000), st.integers(1, 50))
def test_words_follow_rows_through_any_order_and_blocks(seed, block):
    X, _ = table(seed)
    words = hash_rows(X)
    order = np.random.default_rng(seed).permutation(len(X))
    assert np.array_equal(hash_rows(X[order]), words[order])
    named = pd.DataFrame(X, columns=list("abcde"))
    assert np.array_equal(hash_rows(named), words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "BLOCK_ROWS", block)
        assert np.array_equal(hash_rows(X), words)


@pytest.mark.parametrize(
    "form", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array, pd.DataFrame, np.asfortranarray]
)
def test_every_container_has_the_same_words(form):
    X, _ = table(1)
    X[3] = 0.0  # a row without entries
    assert np.array_equal(hash_rows(form(X)), hash_rows(X))


def test_one_zero_and_one_missing_value():
    other_nan = np.array([0x7FF8000000000123], np.uint64).view(np.float64)[0]
    X = np.array([[0.0, np.nan], [-0.0, np.nan], [0.0, -np.nan], [0.0, other_nan]])
    assert len(np.unique(hash_rows(X))) == 1
    assert hash_rows(np.array([[0.0, 0.0]])) != hash_rows(X[:1])
    explicit = sparse.csr_matrix((np.array([0.0, 2.0]), [0, 1], [0, 2]), shape=(1, 2))
    assert hash_rows(explicit) == hash_rows(np.array([[0.0, 2.0]]))


def test_a_group_has_one_word():
    words = hash_groups(["b", "a", "b", "c"])
    assert words[0] == words[2]
    assert len(np.unique(words)) == 3


@BOTH
@given(seed=st.integers(0, 1000), kind=st.sampled_from(["multiclass", "regression"]))
def test_rows_fall_on_the_same_side_in_any_order(split, options, seed, kind):
    X, y = table(seed, kind=kind)
    weight = np.random.default_rng(seed).choice([0.0, 0.5, 1.0, 3.0], len(X))
    once = split(hash_rows(X), y, weight, **options(y))
    order = np.random.default_rng(seed + 1).permutation(len(X))
    assert np.array_equal(split(hash_rows(X[order]), y[order], weight[order], **options(y)), once[order])


@BOTH
@given(seed=st.integers(0, 1000), kind=st.sampled_from(["multiclass", "regression"]))
def test_a_whole_weight_is_a_repeated_row_and_zero_an_absent_one(split, options, seed, kind):
    X, y = table(seed, kind=kind)
    weight = np.random.default_rng(seed).integers(0, 4, len(X))
    weighted = split(hash_rows(X), y, weight.astype(float), **options(y))
    again = np.repeat(np.arange(len(X)), weight)
    assert np.array_equal(
        split(hash_rows(X[again]), y[again], np.ones(len(again)), **options(y)), weighted[again]
    )
    present = np.flatnonzero(weight)
    assert np.array_equal(
        split(hash_rows(X[present]), y[present], np.ones(len(present)), **options(y)), weighted[present]
    )
    absent = -1 if split is assign_folds else False
    assert (weighted[weight == 0] == absent).all()


@given(st.integers(0, 1000), st.integers(2, 6), st.sampled_from(["multiclass", "multi_output"]))
def test_every_class_is_spread_evenly_over_the_folds(seed, n_folds, kind):
    X, y = table(seed, kind=kind)
    y[:3] = 7.0  # a rare class
    fold = assign_folds(hash_rows(X), y, np.ones(len(X)), n_folds, stratify=True)
    for label in np.unique(y, axis=0):  # every combination of classes, for two targets
        sizes = np.bincount(fold[(y == label).all(axis=1)], minlength=n_folds)
        assert sizes.max() - sizes.min() <= 1
    sizes = np.bincount(fold, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1


@given(st.integers(0, 1000), st.floats(0.05, 0.95))
def test_the_held_out_part_has_its_share_of_each_class(seed, fraction):
    X, y = table(seed)
    y[:2] = 7.0
    held_out = held_out_rows(hash_rows(X), y, np.ones(len(X)), fraction, stratify=True)
    for label in np.unique(y):
        own = held_out[y[:, 0] == label]
        assert abs(own.sum() - fraction * len(own)) <= 1
        assert 0 < own.sum() < len(own)  # seen on both sides


@BOTH
def test_another_seed_is_another_split(split, options):
    X, y = table(4)
    one, other = (split(hash_rows(X), y, np.ones(len(X)), seed=seed, **options(y)) for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_without_strata_all_folds_are_of_one_size():
    X, y = table(5, kind="regression")
    sizes = np.bincount(assign_folds(hash_rows(X), y, np.ones(len(X)), 4, stratify=False))
    assert sorted(sizes) == [22, 22, 23, 23]


def test_copies_of_a_patient_stay_together():
    X, y = table(6)
    X[60:], y[60:] = X[:30], y[:30]
    fold = assign_folds(hash_rows(X), y, np.ones(90), 4, stratify=True)
    assert np.array_equal(fold[60:], fold[:30])
    held_out = held_out_rows(hash_rows(X), y, np.ones(90), 0.3, stratify=True)
    assert np.array_equal(held_out[60:], held_out[:30])


@given(st.integers(0, 1000))
def test_patterns_that_say_little_are_spread(seed):
    """Three questions and a coin: no fold may be without a pattern that the others have."""
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 2, (400, 3)).astype(float), rng.integers(0, 2, (400, 1)).astype(float)
    fold = assign_folds(hash_rows(X), y, np.ones(400), 5, stratify=True)
    sizes = np.bincount(fold)
    assert sizes.max() - sizes.min() <= 1
    for cell in np.unique(np.hstack([X, y]), axis=0):
        own = fold[(np.hstack([X, y]) == cell).all(axis=1)]
        assert len(np.unique(own)) >= min(4, len(own) // 5)


def test_groups_are_never_torn_apart():
    groups, y = np.repeat(np.arange(6), 5), np.tile([0.0, 1.0], 15)[:, None]
    fold = assign_folds(hash_groups(groups), y, np.ones(30), 3, stratify=True, grouped=True)
    assert all(len(np.unique(fold[groups == g])) == 1 for g in range(6))
    assert np.bincount(fold).tolist() == [10, 10, 10]
    with pytest.raises(ValueError, match=r"cannot make 7 folds of 6 groups \(n_samples=30\)"):
        assign_folds(hash_groups(groups), y, np.ones(30), 7, stratify=True, grouped=True)


def test_more_folds_than_rows_are_refused():
    X, y = np.arange(3.0)[:, None], np.zeros((3, 1))
    with pytest.raises(ValueError, match=r"cannot make 4 folds of 3 rows \(n_samples=3\)"):
        assign_folds(hash_rows(X), y, np.ones(3), 4, stratify=False)
    with pytest.raises(ValueError, match="cannot make 3 folds of 2 rows"):
        assign_folds(hash_rows(X), y, np.array([0.0, 1.0, 1.0]), 3, stratify=False)


def test_a_part_that_would_be_empty_is_refused():
    X, y = np.ones((1, 1)), np.zeros((1, 1))
    with pytest.raises(ValueError, match=r"cannot hold out 25% of 1 rows .*pass X_val and y_val"):
        held_out_rows(hash_rows(X), y, np.ones(1), 0.25, stratify=False)
