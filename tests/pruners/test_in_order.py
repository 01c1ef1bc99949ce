"""Reduced-error pruning of sums of trees: each tree the best given the others, by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.statistics.boosted import EACH, all_prunings, boosted, plain_loss, table
from treeprune import PruningWarning
from treeprune.model.edit import collapse
from treeprune.model.traverse import raw_output
from treeprune.pruners.absent_classes import class_weights, lead_to_absent_classes
from treeprune.pruners.in_order import prune_in_order
from treeprune.statistics import rows as rows_module
from treeprune.statistics.losses import make_loss
from treeprune.statistics.raw_losses import natural_loss


def mean_loss(name, e, y, rows, w):
    return np.average(plain_loss(name, e, y, raw_output(e, rows)), weights=w)


def near(e):
    return 5e-6 if e.output_dtype == "float32" else 1e-10


def pruned(e, rows, target, w, name, kept=None):
    kept = np.zeros(e.n_nodes, bool) if kept is None else kept
    return prune_in_order(e, rows, target, w, make_loss(name, e.task), kept)


def first_trees(e, mask, n):
    """The mask on the first n trees alone."""
    part = np.zeros_like(mask)
    part[: e.root[n]] = mask[: e.root[n]]
    return part


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("kind", "name"), EACH)
def test_each_tree_becomes_the_smallest_best_given_the_others(kind, name, seed):
    e = boosted(seed, kind)
    rows, y, target, w = table(seed, e)
    mask, _ = pruned(e, rows, target, w, name)
    for t in range(e.n_trees):
        before = first_trees(e, mask, t)
        choices = []
        for leaves, cut in all_prunings(e, e.root[t]):
            other = before.copy()
            other[cut] = True
            choices.append((mean_loss(name, collapse(e, other), y, rows, w), len(leaves)))
        small = collapse(e, first_trees(e, mask, t + 1))
        reached, best = mean_loss(name, small, y, rows, w), min(loss for loss, _ in choices)
        assert reached == pytest.approx(best, rel=near(e), abs=near(e))
        smallest = min(n for loss, n in choices if loss <= best)
        assert (np.diff(small.root)[t] + 1) // 2 <= smallest


@given(st.integers(0, 10**6), st.sampled_from(EACH), st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_the_loss_never_rises_from_tree_to_tree(seed, setting, sizes):
    kind, name = setting
    e = boosted(seed, kind, tuple(sizes))
    rows, y, target, w = table(seed, e, 25)
    w[0] = 1.0
    mask, _ = pruned(e, rows, target, w, name)
    losses = [
        mean_loss(name, collapse(e, first_trees(e, mask, t)), y, rows, w) for t in range(e.n_trees + 1)
    ]
    scale = max(1.0, losses[0])
    assert (np.diff(losses) <= near(e) * scale).all()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number", "rate", "votes", "labels"])
def test_order_of_rows_blocks_weights_and_idle_rows_change_nothing(kind, monkeypatch):
    e = boosted(5, kind, (6, 5, 7, 3) * 6)
    rows, _, target, w = table(5, e, 200)
    name = natural_loss(e)
    mask, change = pruned(e, rows, target, w, name)
    assert mask.any()
    order = np.random.default_rng(0).permutation(len(w))
    seen = np.flatnonzero(w)
    twice = np.repeat(np.arange(len(w)), (2 * w).astype(int))
    for part, weights in ((order, w[order]), (seen, w[seen]), (twice, np.ones(len(twice)))):
        other, _ = pruned(e, rows[part], target.take(part), weights, name)
        np.testing.assert_array_equal(mask, other)
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 17)
    other, again = pruned(e, rows, target, w, name)
    np.testing.assert_array_equal(mask, other)
    np.testing.assert_array_equal(change, again)


def test_kept_splits_stay_unless_one_above_goes():
    e = boosted(1, "binary", (8, 8, 8))
    rows, _, target, w = table(1, e, 60)
    free, _ = pruned(e, rows, target, w, "log_loss")
    kept = free & (np.arange(e.n_nodes) % 2 == 0)
    assert kept.any()
    held, _ = pruned(e, rows, target, w, "log_loss", kept)
    assert not (held & kept).any()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "one against all"])
def test_trees_of_the_column_of_an_absent_class_are_kept(kind):
    e = boosted(2, kind, (4, 3, 5, 2, 4, 3))
    _, _, target, w = table(2, e, 60)
    absent = 1
    w = np.where(target.codes[:, 0] == absent, 0.0, 1.0)
    with pytest.warns(PruningWarning, match="class b"):
        kept = lead_to_absent_classes(e, class_weights(e, target, w), stacklevel=1)
    speaks = e.output == (0 if kind == "binary" else absent)
    assert speaks.any()
    np.testing.assert_array_equal(kept, np.repeat(speaks, np.diff(e.root)) & ~e.is_leaf)


def test_votes_for_an_absent_class_are_kept():
    e = boosted(2, "votes", (4, 3, 5))
    rows, _, target, w = table(2, e, 60)
    w = np.where(target.codes[:, 0] == 1, 0.0, 1.0)
    with pytest.warns(PruningWarning, match="class b"):
        kept = lead_to_absent_classes(e, class_weights(e, target, w), stacklevel=1)
    vote = e.value.argmax(axis=1)
    before = int((vote[e.is_leaf] == 1).sum())
    mask, _ = pruned(e, rows, target, w, "log_loss", kept)
    small = collapse(e, mask)
    erased = before > 0 and not (small.value[small.is_leaf].argmax(axis=1) == 1).any()
    assert before
    assert not erased
