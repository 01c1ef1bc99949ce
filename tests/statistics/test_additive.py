"""The risk of a node in a sum of trees: exact for each tree given the others, by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.statistics.boosted import EACH, KINDS, all_prunings, boosted, plain_loss, table
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.model.edit import collapse
from treeprune.model.traverse import raw_output
from treeprune.statistics import rows as rows_module
from treeprune.statistics.additive import ensemble_loss_risk, is_additive
from treeprune.statistics.losses import make_loss
from treeprune.statistics.raw_losses import natural_loss, row_losses


def mean_loss(name, e, y, rows, w):
    return np.average(plain_loss(name, e, y, raw_output(e, rows)), weights=w)


def mask_of(e, nodes):
    mask = np.zeros(e.n_nodes, bool)
    mask[nodes] = True
    return mask


def near(e):
    """How far a real sum may be off what the model sums, in its own precision."""
    return 2e-6 if e.output_dtype == "float32" else 1e-11


def risk_of(e, name, rows, target, w, **options):
    return ensemble_loss_risk(e, rows, target, w, make_loss(name, e.task), **options)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("kind", "name"), EACH)
def test_every_pruning_of_one_tree_adds_the_risks_of_its_leaves(kind, name, seed):
    e = boosted(seed, kind)
    rows, y, target, w = table(seed, e)
    risk = risk_of(e, name, rows, target, w)
    full = mean_loss(name, e, y, rows, w)
    assert not risk[e.is_leaf].any()
    for t in range(e.n_trees):
        for leaves, cut in all_prunings(e, e.root[t]):
            loss = mean_loss(name, collapse(e, mask_of(e, cut)), y, rows, w)
            assert full + risk[leaves].sum() == pytest.approx(loss, rel=near(e), abs=near(e))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("kind", "name"), EACH)
def test_weakest_links_minimise_loss_and_size_of_each_tree_given_the_others(kind, name, seed):
    e = boosted(seed, kind)
    rows, y, target, w = table(seed, e)
    alpha = weakest_link_alphas(e, risk_of(e, name, rows, target, w))
    strengths = np.unique(alpha[np.isfinite(alpha)])
    between = np.concatenate([(strengths[:-1] + strengths[1:]) / 2, strengths[-1:] * 2])
    if strengths[0] > np.finfo(float).tiny:  # where some split gains nothing there is nothing below it
        between = np.append(between, strengths[0] / 2)
    for t in range(e.n_trees):
        prunings = [
            (mean_loss(name, collapse(e, mask_of(e, cut)), y, rows, w), len(leaves))
            for leaves, cut in all_prunings(e, e.root[t])
        ]
        own = np.zeros(e.n_nodes, bool)
        own[e.tree(t)] = True
        for strength in between:
            small = collapse(e, (alpha <= strength) & own)
            reached = mean_loss(name, small, y, rows, w) + strength * np.diff(small.root)[t] / 2
            best = min(loss + strength * (2 * n - 1) / 2 for loss, n in prunings)
            assert reached == pytest.approx(best, rel=near(e), abs=near(e))


@given(st.integers(0, 10**6), st.sampled_from(EACH), st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_any_ensemble_is_exact_for_each_tree(seed, setting, sizes):
    kind, name = setting
    e = boosted(seed, kind, tuple(sizes))
    rows, y, target, w = table(seed, e, 12)
    w[0] = 1.0
    risk, full = risk_of(e, name, rows, target, w), mean_loss(name, e, y, rows, w)
    t = seed % e.n_trees
    for leaves, cut in all_prunings(e, e.root[t]):
        loss = mean_loss(name, collapse(e, mask_of(e, cut)), y, rows, w)
        assert full + risk[leaves].sum() == pytest.approx(loss, rel=10 * near(e), abs=10 * near(e))


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_losses_of_rows_by_the_textbook(kind, name):
    e = boosted(3, kind)
    rows, y, target, _ = table(3, e, 100)
    raw = raw_output(e, rows)
    own = row_losses(make_loss(name, e.task), e, target, raw)
    np.testing.assert_allclose(own, plain_loss(name, e, y, raw), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "one against all", "labels"])
def test_a_wrong_answer_beyond_the_reach_of_probabilities_costs_its_logit(kind):
    e = boosted(0, kind)
    _, _, target, _ = table(0, e, 30)
    raw = np.zeros((30, e.n_columns))
    raw[:, -1] = 800.0
    lost = row_losses(make_loss("log_loss", e.task), e, target, raw)
    wrong = target.codes[:, -1] != target.codes[:, -1].max()
    per_target = 800.0 / len(e.columns)
    assert wrong.any()
    np.testing.assert_allclose(lost[wrong], per_target, rtol=0.01)
    assert (lost[~wrong] < 3).all()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number", "rate", "votes"])
def test_order_blocks_threads_weights_and_idle_rows_change_nothing(kind, monkeypatch):
    e = boosted(5, kind, (6, 5, 7, 3) * 6)
    rows, _, target, w = table(5, e, 200)
    name = natural_loss(e)
    risk = risk_of(e, name, rows, target, w)
    order = np.random.default_rng(0).permutation(len(w))
    np.testing.assert_array_equal(risk, risk_of(e, name, rows[order], target.take(order), w[order]))
    np.testing.assert_array_equal(risk, risk_of(e, name, rows, target, w, n_jobs=3))
    seen = np.flatnonzero(w)
    np.testing.assert_array_equal(risk, risk_of(e, name, rows[seen], target.take(seen), w[seen]))
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 17)
    np.testing.assert_array_equal(risk, risk_of(e, name, rows, target, w))
    repeated = np.repeat(np.arange(len(w)), (2 * w).astype(int))
    ones = np.ones(len(repeated))
    np.testing.assert_allclose(
        risk, risk_of(e, name, rows[repeated], target.take(repeated), ones), rtol=1e-13, atol=1e-300
    )


def test_losses_that_are_no_numbers_are_refused():
    e = boosted(0, "rate")
    rows, _, target, w = table(0, e)
    huge = replace(e, value=np.full_like(e.value, 400.0))
    with pytest.raises(ValueError, match="not a finite number"):
        risk_of(huge, "squared_error", rows, target, w)


def test_what_is_additive():
    for kind in KINDS:
        assert is_additive(boosted(0, kind))
    assert not is_additive(replace(boosted(0, "number"), boosted=False))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("binary", "log_loss"),
        ("votes", "log_loss"),
        ("hinge", "misclassification"),
        ("number", "squared_error"),
        ("rate", "poisson"),
    ],
)
def test_the_natural_loss(kind, name):
    assert natural_loss(boosted(0, kind)) == name


def test_the_natural_loss_of_a_regressor_is_the_one_it_was_trained_by():
    assert natural_loss(replace(boosted(0, "number"), trained_by="absolute_error")) == "absolute_error"
    with pytest.raises(ValueError, match=r"\(quantile\).* name the loss"):
        natural_loss(replace(boosted(0, "number"), trained_by="quantile"))
