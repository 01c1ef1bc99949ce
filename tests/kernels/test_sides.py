"""Tables of the sides of categories."""

import numpy as np
import pytest

from tests.kernels.helpers import goes_left, shaped_ensemble
from treeprune.kernels import sides
from treeprune.kernels.sides import category_sides
from treeprune.model.ensemble import LEAF


@pytest.mark.parametrize("unknown", ["left", "right", "default"])
def test_every_code_at_every_split(unknown):
    """Sets of unequal length: a code that one knows is unknown to another."""
    for seed in range(3):
        e = shaped_ensemble(seed, [("balanced", 60), ("left", 1), ("zigzag", 9)], unknown_category=unknown)
        n, place, side = category_sides(e)
        by_set = np.flatnonzero(e.category_set != LEAF)
        assert n == max(e.category_count[e.category_set[by_set]])
        assert set(side.tolist()) <= {0, 1}
        assert (np.delete(place, by_set) == -1).all()
        assert len(side) == (n + 2) * len({(e.category_set[i], e.default_left[i]) for i in by_set})
        for node in by_set:
            values = [*range(n), 1e9, np.nan]  # the last two are what the codes n and n + 1 stand for
            right = [not goes_left(e, node, x) for x in values]
            assert side[place[node] : place[node] + n + 2].tolist() == right


def test_splits_share_tables():
    e = shaped_ensemble(0, [("balanced", 60)])
    _, place, _ = category_sides(e)
    by_set = np.flatnonzero(e.category_set != LEAF)
    keys = [(e.category_set[i], e.default_left[i]) for i in by_set]
    for i, a in zip(by_set, keys, strict=True):
        for j, b in zip(by_set, keys, strict=True):
            assert (place[i] == place[j]) == (a == b)


def test_no_categories():
    e = shaped_ensemble(0, [("balanced", 9)], categories=False)
    n, place, side = category_sides(e)
    assert (n, len(side)) == (0, 0)
    assert (place == -1).all()


def test_the_limit_of_memory(monkeypatch):
    e = shaped_ensemble(0, [("balanced", 60)])
    exact = len(category_sides(e)[2])
    monkeypatch.setattr(sides, "MOST_SIDES", exact)
    assert len(category_sides(e)[2]) == exact
    monkeypatch.setattr(sides, "MOST_SIDES", exact - 1)
    assert len(category_sides(e)[2]) == 0
