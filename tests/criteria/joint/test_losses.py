"""Losses and their derivatives, against definitions and differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error, mean_tweedie_deviance

from treeprune.criteria.joint.losses import RowLoss


def drawn(seed, kind, n_columns, n=15):
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(n, n_columns)) * 3
    if kind == "one_against_all":
        y = rng.random((n, n_columns))
    elif kind == "log_loss":
        y = rng.dirichlet(np.ones(n_columns + (n_columns == 1)), n)[:, -n_columns:]
    else:
        y = rng.gamma(1.0, 2.0, (n, n_columns))
    return raw, y, rng.choice([0.5, 1.0, 3.0], n)


def binary(y, raw):
    return -(y * np.log(expit(raw)) + (1 - y) * np.log(expit(-raw)))


LOSSES = {
    "squared_error": lambda y, raw: 0.5 * (y - raw) ** 2,
    "poisson": lambda y, raw: np.exp(raw) - y * raw,
    "gamma": lambda y, raw: y * np.exp(-raw) + raw,
    "tweedie": lambda y, raw: 2 * np.exp(raw / 2) + 2 * y * np.exp(-raw / 2),
    "one_against_all": binary,
    "log_loss": lambda y, raw: -y * log_softmax(raw, axis=1) if raw.shape[1] > 1 else binary(y, raw),
}


def loss_of(kind, raw, y):
    """Loss of each row, from the definition."""
    return LOSSES[kind](y, raw).sum(axis=1)


KINDS = [
    ("squared_error", 1),
    ("squared_error", 3),
    ("poisson", 1),
    ("gamma", 1),
    ("tweedie", 2),
    ("log_loss", 1),
    ("log_loss", 3),
    ("one_against_all", 3),
]


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
        bend = np.maximum((up - 2 * here + down) / h**2, 1.0 if kind == "gamma" else 0.0)
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


@pytest.mark.parametrize("kind", ["gamma", "tweedie"])
def test_deviances_are_those_that_everybody_knows(kind):
    rng = np.random.default_rng(0)
    y, w, pairs = rng.gamma(1.0, 2.0, (50, 1)), rng.uniform(0.5, 2, 50), np.empty((1, 50, 2))
    raw = rng.normal(size=(1, 50))
    one, other = (RowLoss(kind, y, w).evaluate(r, pairs) for r in (raw, 0 * raw))
    power = {"gamma": 2, "tweedie": 1.5}[kind]
    rates = np.exp(raw[0]), np.ones(50)
    known = [mean_tweedie_deviance(y[:, 0], m, sample_weight=w, power=power) for m in rates]
    assert one - other == pytest.approx(w.sum() * (known[0] - known[1]) / 2)


@given(seed=st.integers(0, 1000))
def test_absolute_errors_lie_below_their_parabolas(seed):
    rng = np.random.default_rng(seed)
    y, w = rng.normal(size=(20, 2)) * [1.0, 50.0], rng.choice([0.5, 1.0, 3.0], 20)
    loss, raw = RowLoss("absolute_error", y, w), rng.normal(size=(2, 20)) * [[1.0], [50.0]]
    pairs, other = np.empty((2, 20, 2)), np.empty((2, 20, 2))
    spread = np.average(np.abs(y - np.average(y, axis=0, weights=w)), axis=0, weights=w)
    error = np.abs(y - raw.T)
    exact = np.where(error > 0.05 * spread, error - 0.025 * spread, error**2 / (0.1 * spread))
    assert loss.evaluate(raw, pairs) == pytest.approx(w @ (spread * exact).sum(axis=1))
    step = rng.normal(size=(2, 20)) * [[1.0], [50.0]]
    promised = loss.evaluate(raw, pairs) + (-pairs[..., 0] * step + pairs[..., 1] * step**2 / 2).sum()
    assert loss.evaluate(raw + step, other) <= promised + 1e-9 * abs(promised)
    tiny = 1e-6 * step
    rise = loss.evaluate(raw + tiny, other) - loss.evaluate(raw - tiny, other)
    assert rise == pytest.approx(-2 * (pairs[..., 0] * tiny).sum(), rel=1e-3, abs=1e-6)


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
