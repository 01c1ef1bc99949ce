"""Samples to draw, and gains from their definition."""

import numpy as np


def squared_error(y, w):
    """Weighted sum of squared errors around the weighted mean, over all columns."""
    if len(y) == 0:
        return 0.0
    mean = np.average(y, axis=0, weights=w)
    return float((w[:, None] * (y - mean) ** 2).sum())


def gain_of(left, y, w):
    y = np.asarray(y, float).reshape(len(w), -1)
    return squared_error(y, w) - squared_error(y[left], w[left]) - squared_error(y[~left], w[~left])


def untidy(seed, n=200, p=4, k=1, missing=0.2):
    """Columns with equal values, with missing ones, and with steps that scikit-learn does not see."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-6, 6, p)
    x[:, 0] = np.round(rng.normal(size=n), 1)
    x[:, 1] = rng.integers(0, 4, n) + 4e-8 * rng.integers(0, 4, n)
    y = np.tanh(x[:, [0]]) + rng.normal(size=(n, k)) + 5.0
    hole = rng.random((n, p)) < missing
    hole[:, 2] = False
    y[hole[:, 0]] += 0.5
    x[hole] = np.nan
    return x, y, rng.integers(0, 4, n).astype(float)


def two_steps(rng, n, second, p=3, noise=0.3):
    """The first column makes a step of 1, the second one of `second`, others tell nothing."""
    x = rng.normal(size=(n, p))
    return x, (x[:, 0] > 0) + second * (x[:, 1] > 0) + noise * rng.normal(size=n)


def two_slopes(rng, n, second, p=3, noise=0.3):
    """Thresholds are not marked by anything."""
    x = rng.normal(size=(n, p))
    return x, x[:, 0] + second * x[:, 1] + noise * rng.normal(size=n)
