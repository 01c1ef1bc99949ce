"""Losses and their derivatives, against definitions and differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error

from treeprune.criteria.joint.losses import RowLoss


def drawn(seed, kind, n_columns, n=15):
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(n, n_columns)) * 3
    if kind == "log_loss":
        y = rng.dirichlet(np.ones(n_columns + (n_columns == 1)), n)[:, -n_columns:]
    else:
        y = rng.gamma(1.0, 2.0, (n, n_columns))
    return raw, y, rng.choice([0.5, 1.0, 3.0], n)


def loss_of(kind, raw, y):
    """Loss of each row, from the definition."""
    if kind == "squared_error":
        return 0.5 * ((y - raw) ** 2).sum(axis=1)
    if kind == "poisson":
        return (np.exp(raw) - y * raw).sum(axis=1)
    if raw.shape[1] > 1:
        return -(y * log_softmax(raw, axis=1)).sum(axis=1)
    return -(y * np.log(expit(raw)) + (1 - y) * np.log(expit(-raw)))[:, 0]


KINDS = [("squared_error", 1), ("squared_error", 3), ("poisson", 1), ("log_loss", 1), ("log_loss", 3)]


@pytest.mark.parametrize(("kind", "n_columns"), KINDS)
@given(seed=st.integers(0, 1000))
def test_derivatives_are_those_of_the_loss(kind, n_columns, seed):
    raw, y, w = drawn(seed, kind, n_columns)
    pairs = np.empty((n_columns, len(y), 2))
    loss = RowLoss(kind, y, w)
    assert loss.evaluate(np.ascontiguousarray(raw.T), pairs) == pytest.approx(loss_of(kind, raw, y) @ w)
    h = 1e-4
    for c in range(n_columns):
        step = np.zeros(n_columns)
        step[c] = h
        up, here, down = (loss_of(kind, raw + k * step, y) for k in (1, 0, -1))
        assert pairs[c, :, 0] == pytest.approx(-w * (up - down) / (2 * h), rel=1e-5, abs=1e-5)
        bend = np.maximum((up - 2 * here + down) / h**2, 0.0)
        assert pairs[c, :, 1] == pytest.approx(w * bend, rel=1e-3, abs=1e-4)


@given(st.integers(0, 1000), st.integers(2, 4))
def test_curvature_of_whole_leaves_is_a_bound(seed, n_columns):
    raw, y, w = drawn(seed, "log_loss", n_columns)
    pairs = np.empty((n_columns, len(y), 2))
    RowLoss("log_loss", y, w, whole_leaves=True).evaluate(np.ascontiguousarray(raw.T), pairs)
    for p, bend, weight in zip(softmax(raw, axis=1), pairs[..., 1].T, w, strict=True):
        exact = weight * (np.diag(p) - np.outer(p, p))
        assert np.linalg.eigvalsh(np.diag(bend) - exact).min() >= -1e-12


def test_losses_are_those_that_everybody_knows():
    rng = np.random.default_rng(0)
    raw, w, n = rng.normal(size=(1, 50)), rng.uniform(0.5, 2, 50), 50
    pairs = np.empty((1, n, 2))
    y = (rng.random((n, 1)) < 0.4).astype(float)
    found = RowLoss("log_loss", y, w).evaluate(raw, pairs)
    assert found == pytest.approx(w.sum() * log_loss(y[:, 0], expit(raw[0]), sample_weight=w))
    found = RowLoss("squared_error", y, w).evaluate(raw, pairs)
    assert found == pytest.approx(w.sum() * mean_squared_error(y[:, 0], raw[0], sample_weight=w) / 2)
    counts, mu = rng.poisson(2.0, (n, 1)).astype(float), np.exp(raw[0])
    one, other = (RowLoss("poisson", counts, w).evaluate(r, pairs) for r in (raw, 0 * raw))
    known = [mean_poisson_deviance(counts[:, 0], m, sample_weight=w) for m in (mu, np.ones(n))]
    assert one - other == pytest.approx(w.sum() * (known[0] - known[1]) / 2)


@pytest.mark.parametrize("raw", [1e4, -1e4])
def test_sure_rows_stay_finite(raw):
    for kind, n_columns in (("log_loss", 1), ("log_loss", 2)):
        y, pairs = np.full((3, n_columns), 1.0 / n_columns), np.empty((n_columns, 3, 2))
        at = np.zeros((n_columns, 3))
        at[0] = raw
        assert np.isfinite(RowLoss(kind, y, np.ones(3)).evaluate(at, pairs))
        assert np.isfinite(pairs).all()
        assert (pairs[..., 1] > 0).all()


def test_a_rate_beyond_all_numbers_is_not_finite():
    pairs = np.empty((1, 2, 2))
    assert RowLoss("poisson", np.ones((2, 1)), np.ones(2)).evaluate(np.full((1, 2), 1e4), pairs) == np.inf


@pytest.mark.parametrize(
    ("kind", "y", "message"),
    [
        ("hinge", np.ones((2, 1)), "unknown"),
        ("log_loss", np.full((2, 1), 1.5), "probabilities"),
        ("log_loss", np.full((2, 1), -0.5), "probabilities"),
        ("poisson", np.full((2, 1), -1.0), "negative"),
        ("squared_error", np.full((2, 1), np.nan), "finite"),
        ("squared_error", np.ones(2), "two dimensions"),
    ],
)
def test_bad_outcomes_are_refused(kind, y, message):
    with pytest.raises(ValueError, match=message):
        RowLoss(kind, y, np.ones(2))
