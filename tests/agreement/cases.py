"""Tables that several tests of this folder use."""

import numpy as np
from scipy.special import expit


def two_models(n=200, seed=0, noise=1.0, ties=False):
    """Outcomes and the probabilities of two related models."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = (rng.random(n) < expit(1.5 * x - 0.5)).astype(int)
    before = expit(1.5 * x - 0.5 + 0.5 * rng.normal(size=n))
    after = expit(1.2 * x - 0.2 + noise * rng.normal(size=n))
    return (y, before.round(1), after.round(1)) if ties else (y, before, after)


def three_classes(n=90, seed=0):
    """Classes and the probabilities of two related models."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    raw = rng.normal(size=(2, n, 3)) + 1.2 * np.eye(3)[y]
    before, after = np.exp(raw) / np.exp(raw).sum(axis=2, keepdims=True)
    return y, before, after


def repeated(weights, *arrays):
    """Rows as often as their whole weights say."""
    return [np.repeat(array, weights, axis=0) for array in arrays]
