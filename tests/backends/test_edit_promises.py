"""What edits keep, in every family that has it: monotone constraints, probabilities, expectations."""

import numpy as np
import pytest

from tests.backends.families import FAMILIES, encoded
from tests.strategies import random_mask
from treeprune.backends import read, registry, write
from treeprune.model.edit import collapse, keep_trees, scale_trees
from treeprune.model.ensemble import LEAF


def each(wanted):
    pairs = [
        pytest.param(family, case, id=case.id)
        for family in FAMILIES.values()
        for case in family.cases
        if wanted(family, read(case.model))
    ]
    assert pairs
    return pytest.mark.parametrize(("family", "case"), pairs)


def sweep(e, X, feature):
    """Rows that differ in one column alone, which rises through all of its thresholds."""
    at = np.unique(e.threshold[(e.feature == feature) & (e.category_set == LEAF)])
    at = at[np.isfinite(at)].astype(e.input_dtype)
    grid = np.unique(np.concatenate([at, np.nextafter(at, -np.inf), np.nextafter(at, np.inf)]))
    rows = np.repeat(X[:15, None], len(grid), axis=1)
    rows[:, :, feature] = grid
    return rows


@each(lambda family, e: e.monotone is not None and e.monotone.any() and e.n_columns <= 2)
def test_monotone_constraints_survive(family, case):
    """A rise of the column never moves the native answer the other way, whatever was edited."""
    e = read(case.model)
    X = encoded(case.model, case.X, e)
    rng, moved = np.random.default_rng(0), False
    for seed in range(4):
        small = keep_trees(e, np.flatnonzero(rng.random(e.n_trees) < 0.7)) if seed and e.n_trees > 3 else e
        if "weights" not in family.cannot:
            small = scale_trees(small, rng.uniform(0.2, 2, small.n_trees))
        small = collapse(small, random_mask(seed, small.n_nodes, 0.3))
        written = write(case.model, small)
        for feature in np.flatnonzero(e.monotone):
            rows = sweep(e, X, feature)
            flat = rows.reshape(-1, e.n_features)
            raw = registry.find_backend(written).raw_output(written, flat)[:, -1].reshape(rows.shape[:2])
            steps = np.diff(raw, axis=1) * e.monotone[feature]
            assert (steps >= -1e-12).all()
            moved |= bool((steps > 0).any())
    assert moved


@each(lambda family, e: e.reweight == "blend")
def test_reweighted_leaves_are_still_probabilities_that_sum_to_one(family, case):
    e = read(case.model)
    scaled = scale_trees(e, np.random.default_rng(0).uniform(0, 5, e.n_trees))
    assert not np.array_equal(scaled.value, e.value)
    back = read(write(case.model, scaled))
    for k in range(len(e.columns)):
        total = back.value[:, back.target_columns(k)].sum(axis=1)
        np.testing.assert_allclose(total, e.value[:, e.target_columns(k)].sum(axis=1), atol=1e-12)


@each(lambda family, e: e.boosted)
def test_a_collapsed_node_keeps_the_expectation_over_what_covers_it(family, case):
    """The mean of the leaves, weighted by cover, is the same for a tree and for its root alone."""
    e = read(case.model)
    stumps = collapse(e, np.ones(e.n_nodes, bool))
    near = 1e-6 if e.output_dtype == "float32" else 1e-12
    for t in range(e.n_trees):
        own = np.arange(*e.root[t : t + 2])[e.is_leaf[e.tree(t)]]
        cover = e.cover[own] if e.cover[own].any() else np.ones(len(own))
        mean = (e.value[own] * cover[:, None]).sum(axis=0) / cover.sum()
        scale = np.abs(e.value[own]).max() + 1e-300
        np.testing.assert_allclose(stumps.value[t] / scale, mean / scale, rtol=0, atol=near)
