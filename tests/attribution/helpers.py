"""Both kinds of values by a way that a test chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

from tests.strategies import random_ensemble
from treeprune.attribution import by_background, by_cover
from treeprune.attribution.by_background import interventional
from treeprune.attribution.by_cover import path_dependent
from treeprune.model.ensemble import LEAF, TreeEnsemble

COVER_WAYS, BACKGROUND_WAYS = ("tables", "edges", "both"), ("tables", "crowd", "both")


@contextmanager
def forced(way: str) -> Iterator[None]:
    """All trees go one way; with ``"both"`` every other one goes the other."""

    def ways(other: str, layout):
        pair = ("tables", other) if way == "both" else (way, way)
        return [pair[t % 2] for t in range(layout.ensemble.n_trees)]

    with (
        mock.patch.object(by_cover, "ways_by_cover", lambda layout, n: ways("edges", layout)),
        mock.patch.object(by_background, "ways_by_background", lambda layout, n, m: ways("crowd", layout)),
    ):
        yield


def by_covers(e: TreeEnsemble, rows: np.ndarray, way: str, **options) -> tuple[np.ndarray, np.ndarray]:
    """Path-dependent values by one way."""
    with forced(way):
        return path_dependent(e, rows, **options)


def against(
    e: TreeEnsemble, rows: np.ndarray, background: np.ndarray, way: str, **options
) -> tuple[np.ndarray, np.ndarray]:
    """Interventional values by one way."""
    with forced(way):
        return interventional(e, rows, background, **options)


def close(found: tuple[np.ndarray, np.ndarray], expected: tuple[np.ndarray, np.ndarray]) -> None:
    """Values and base agree to a few roundings of the largest number at work."""
    size = 1.0 + max(np.abs(part).max(initial=0.0) for part in expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-13 * size)


def chain(seed: int, n_splits: int, n_features: int, **fields) -> TreeEnsemble:
    """One tree of one long path, each split on the next feature, round and round."""
    rng = np.random.default_rng(seed)
    n = 2 * n_splits + 1
    left, right, feature = np.full((3, n), LEAF, np.int32)
    for k in range(n_splits):
        pair = np.array([2 * k + 1, 2 * k + 2])
        left[2 * k], right[2 * k] = pair[::-1]  # the second one is split next
        feature[2 * k] = k % n_features
    cover = rng.uniform(0.5, 3, n)
    made = {
        "feature": feature,
        "left": left,
        "right": right,
        "threshold": np.where(feature == LEAF, 0.0, rng.normal(size=n)),
        "category_set": np.full(n, LEAF, np.int32),
        "missing": np.zeros(n, np.uint8),
        "value": rng.normal(size=(n, 1)),
        "cover": cover,
        "output": np.array([LEAF], np.int32),
        "base_score": np.zeros(1),
        "weight": np.ones(1),
        "columns": (1,),
        "classes": (),
        "task": "regression",
        "n_features": n_features,
    }
    return random_ensemble(seed, (n_splits,), **(made | fields))
