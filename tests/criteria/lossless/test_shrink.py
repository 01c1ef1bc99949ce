"""What is left says the same to every input, and what went is written down."""

from dataclasses import replace

import numpy as np
import pytest

from tests.criteria.lossless.test_axes import domains, inputs_of, random_tree
from treeprune.criteria.lossless.axes import all_inputs, axes_of
from treeprune.criteria.lossless.decided import ways_of_splits
from treeprune.criteria.lossless.proofs import removals
from treeprune.criteria.lossless.shrink import shrink
from treeprune.model.ensemble import LEAF, same_ensemble
from treeprune.model.structure import branch_sums
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.model.validate import validate


def shrunk(e, domain):
    axes = axes_of(e, domain)
    return shrink(e, ways_of_splits(e, axes), axes.question)


@pytest.mark.parametrize("name", domains())
@pytest.mark.parametrize("seed", range(4))
def test_every_input_gets_the_same_answer(name, seed):
    e, domain = random_tree(seed, depth=5), domains()[name]
    rows = inputs_of(domain).astype(e.input_dtype)
    small = shrunk(e, domain)
    validate(small.ensemble)
    np.testing.assert_array_equal(raw_output(small.ensemble, rows), raw_output(e, rows))
    assert small.ensemble.n_nodes < e.n_nodes
    # what is left has no split that no input sees, and no two equal branches
    assert same_ensemble(shrunk(small.ensemble, domain).ensemble, small.ensemble)


@pytest.mark.parametrize("name", domains())
@pytest.mark.parametrize("seed", range(2))
def test_records_add_up_and_name_a_side_that_no_input_takes(name, seed):
    e, domain = random_tree(seed, depth=5), domains()[name]
    here, anywhere = (
        (axes, ways_of_splits(e, axes)) for axes in (axes_of(e, domain), axes_of(e, all_inputs(e)))
    )
    small = shrink(e, here[1], here[0].question)
    found = removals(e, None if name == "all" else domain, here, anywhere, small)
    assert sum(r.nodes_removed for r in found) == e.n_nodes - small.ensemble.n_nodes
    kinds = {r.kind for r in found}
    assert kinds <= {"decided above", "equal branches", "outside the domain"}
    assert "outside the domain" not in kinds or name != "all"
    for r in found:
        assert r.proof
        assert r.split
        if r.kind == "outside the domain":
            assert "in the domain" in r.proof
        if r.kind == "decided above":
            assert " sends it " in r.proof


def test_the_proof_names_the_split_that_decides():
    """x <= 2, and on its left x <= 5 and then x <= 1: only the second says nothing."""
    e = stump_chain([2.0, 5.0, 1.0])
    axes = axes_of(e, all_inputs(e))
    way = ways_of_splits(e, axes)
    small = shrink(e, way, axes.question)
    (only,) = removals(e, None, (axes, way), (axes, way), small)
    assert (only.node, only.becomes, only.nodes_removed) == (1, 2, 2)
    assert only.proof == "no input goes right: node 0 (x[0] <= 2) sends it left"
    assert small.ensemble.node_id.tolist() == [0, 2, 3, 4, 6]


def stump_chain(thresholds):
    """Each split stands on the left of the one before; leaves 0, 1, 2, ... from the deepest left one."""
    k = len(thresholds)
    n = 2 * k + 1
    base = random_tree(0, 0)
    left, right = np.full(n, LEAF, np.int32), np.full(n, LEAF, np.int32)
    left[:k], right[:k] = np.arange(1, k + 1), n - 1 - np.arange(k)
    feature = np.where(left != LEAF, 0, LEAF).astype(np.int32)
    return replace(
        base,
        feature=feature,
        threshold=np.append(thresholds, np.zeros(k + 1)),
        left=left,
        right=right,
        default_left=left != LEAF,
        missing=np.zeros(n, np.uint8),
        category_set=np.full(n, LEAF, np.int32),
        value=np.arange(n, dtype=float)[:, None],
        cover=np.ones(n),
        n_samples=np.ones(n, np.int64),
        node_id=np.arange(n, dtype=np.int32),
        root=np.array([0, n], np.int64),
        comparison="<=",
        input_dtype="float64",
    )


def test_rows_of_equal_branches_are_counted_together_and_impossible_ones_no_more():
    e = stump_chain([2.0, 1.0])
    e = replace(e, value=np.array([[0.0], [0], [5], [5], [7]]), cover=np.array([10.0, 6, 2, 4, 4]))
    e = replace(e, n_samples=np.array([10, 6, 2, 4, 4]))
    small = shrunk(e, all_inputs(e)).ensemble
    assert small.cover.tolist() == [10, 6, 4]
    assert small.n_samples.tolist() == [10, 6, 4]
    narrow = replace(all_inputs(e).columns[0], lower=3.0, missing=False)
    domain = replace(all_inputs(e), columns=(narrow, *all_inputs(e).columns[1:]))
    left_over = shrunk(e, domain).ensemble
    assert left_over.cover.tolist() == [4]


def test_covers_of_splits_stay_sums_and_add_up_over_equal_branches():
    e = replace(random_tree(7, depth=6), value=np.zeros((127, 1)))
    e = replace(e, value=(np.arange(127) % 2.0)[:, None])
    at_leaf = np.where(e.is_leaf, np.random.default_rng(0).integers(1, 9, 127), 0).astype(float)
    e = replace(e, cover=branch_sums(e.left, e.right, at_leaf, np.zeros(127)))
    small = shrunk(e, all_inputs(e)).ensemble
    split = ~small.is_leaf
    np.testing.assert_array_equal(
        small.cover[split], small.cover[small.left[split]] + small.cover[small.right[split]]
    )
    assert small.cover[0] <= e.cover[0]


def test_equal_whole_branches_go_however_deep_they_are():
    """Both sides of the root ask the same two questions: one side is left."""
    e = random_tree(0, depth=3)
    feature = np.array([0, 1, 1, 2, 2, 2, 2] + [LEAF] * 8, np.int32)
    threshold = np.array([0.0, 1, 1, 0.5, 0.25, 0.5, 0.25] + [0.0] * 8)
    value = np.array([0.0] * 7 + [1, 2, 3, 4, 1, 2, 3, 4])[:, None]
    split = feature >= 0
    e = replace(
        e,
        feature=feature,
        threshold=threshold,
        value=value,
        default_left=split,
        missing=np.zeros(15, np.uint8),
        category_set=np.full(15, LEAF, np.int32),
    )
    small = shrunk(e, all_inputs(e))
    assert small.ensemble.n_nodes == 7
    assert small.ensemble.cover[small.ensemble.is_leaf].tolist() == [2.0] * 4
    rows = np.random.default_rng(0).normal(size=(100, 4)).astype(e.input_dtype)
    assert len(set(leaf_index(e, rows)[0])) == 8
    np.testing.assert_array_equal(raw_output(small.ensemble, rows), raw_output(e, rows))
