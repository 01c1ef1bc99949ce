"""Nodes in the places of nodes above them, in every native format."""

import numpy as np
import pytest

from tests.backends.families import FAMILIES, case_rows
from treeprune.backends import read, write
from treeprune.model.ensemble import LEAF, same_ensemble
from treeprune.model.splice import splice
from treeprune.model.structure import leaf_counts
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.model.validate import validate

CASES = [
    pytest.param(family, case, id=case.id) for family in FAMILIES.values() for case in family.cases[:4]
]


def random_becomes(e, seed, share=0.3):
    """Some splits give their place to a child."""
    rng = np.random.default_rng(seed)
    becomes = np.arange(e.n_nodes)
    chosen = ~e.is_leaf & (rng.random(e.n_nodes) < share)
    becomes[chosen] = np.where(rng.random(e.n_nodes) < 0.5, e.left, e.right)[chosen]
    return becomes


@pytest.mark.parametrize(("family", "case"), CASES)
def test_every_format_holds_spliced_trees(family, case):
    """The vendor answers as the ensemble does, and so does what is read back."""
    e = read(case.model)
    becomes = random_becomes(e, 0)
    small = validate(splice(e, becomes))
    rows = case_rows(case, e, 20)
    written = write(case.model, small, rows)
    np.testing.assert_allclose(
        family.native(written, family.table(case, rows)),
        raw_output(small, rows),
        rtol=family.tolerance,
        atol=family.tolerance,
    )
    back = read(written)
    np.testing.assert_array_equal(raw_output(back, rows), raw_output(small, rows))
    assert small.n_nodes < e.n_nodes
    # and once more, from what was written
    again = splice(back, random_becomes(back, 1))
    np.testing.assert_array_equal(
        raw_output(read(write(written, again, rows)), rows), raw_output(again, rows)
    )


def test_rows_go_where_the_splits_that_stay_send_them():
    e = read(FAMILIES["sklearn:DecisionTreeRegressor"].cases[0].model)
    becomes = random_becomes(e, 3)
    small = splice(e, becomes)
    rows = FAMILIES["sklearn:DecisionTreeRegressor"].cases[0].X.astype(np.float32)
    got = small.node_id[leaf_index(small, rows)[0]]
    for row, leaf in zip(rows, got, strict=True):
        node = 0
        while True:
            while becomes[node] != node:
                node = becomes[node]
            if e.left[node] == LEAF:
                break
            node = e.left[node] if row[e.feature[node]] <= e.threshold[node] else e.right[node]
        assert e.node_id[node] == leaf


def test_nothing_spliced_is_the_identity():
    e = read(FAMILIES["sklearn:RandomForestClassifier"].cases[0].model)
    assert same_ensemble(splice(e, np.arange(e.n_nodes)), e)


def test_chains_are_followed_to_their_end():
    e = read(FAMILIES["sklearn:DecisionTreeClassifier"].cases[0].model)
    becomes = np.where(e.is_leaf, np.arange(e.n_nodes), e.left)
    small = splice(e, becomes)
    assert small.n_nodes == 1
    leaf = 0
    while not e.is_leaf[leaf]:
        leaf = e.left[leaf]
    assert small.node_id[0] == e.node_id[leaf]


def test_what_is_not_below_is_refused():
    e = read(FAMILIES["sklearn:DecisionTreeClassifier"].cases[0].model)
    split = int(np.flatnonzero(~e.is_leaf & (leaf_counts(e.left, e.right) > 2))[1])
    becomes = np.arange(e.n_nodes)
    becomes[split] = 0
    with pytest.raises(ValueError, match="not below"):
        splice(e, becomes)
    becomes[split] = e.n_nodes
    with pytest.raises(ValueError, match="positions"):
        splice(e, becomes)
    with pytest.raises(ValueError, match="node positions"):
        splice(e, np.zeros(3, np.int64))
