from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import hostile_rows, random_ensemble, random_mask, random_table
from treeprune.backends import read
from treeprune.model import edit
from treeprune.model.ensemble import LEAF, NODE_FIELDS, same_ensemble
from treeprune.model.traverse import raw_output
from treeprune.model.validate import validate

SPLIT_ONLY = {"feature": LEAF, "threshold": 0.0, "default_left": False, "missing": 0, "category_set": LEAF}
TRAVELS = [name for name in NODE_FIELDS if name not in ("left", "right", *SPLIT_ONLY)]


def nested(e, node, marked):
    """A branch as nested tuples, cut at the marked nodes."""
    facts = [np.asarray(getattr(e, name)[node]).tolist() for name in TRAVELS]
    if e.left[node] == LEAF or marked[node]:
        return (*facts, *SPLIT_ONLY.values(), None, None)
    facts += [getattr(e, name)[node].item() for name in SPLIT_ONLY]
    return (*facts, nested(e, e.left[node], marked), nested(e, e.right[node], marked))


def all_nested(e, marked=None):
    marked = np.zeros(e.n_nodes, bool) if marked is None else marked
    return [nested(e, root, marked) for root in e.root[:-1]]


def snapshot(e):
    return replace(
        e, **{f.name: v.copy() for f in fields(e) if isinstance(v := getattr(e, f.name), np.ndarray)}
    )


@pytest.mark.parametrize("seed", range(10))
def test_collapse(seed):
    e = random_ensemble(seed, (12, 0, 1, 20))
    mask = random_mask(seed, e.n_nodes)
    before, marked = snapshot(e), mask.copy()
    small = validate(edit.collapse(e, mask))
    assert all_nested(small) == all_nested(e, mask)
    for name, nothing in SPLIT_ONLY.items():
        assert (getattr(small, name)[small.is_leaf] == nothing).all()
    assert same_ensemble(e, before)
    np.testing.assert_array_equal(mask, marked)
    for name in ("tree_id", "weight", "output", "base_score", "category_word", "category_offset"):
        np.testing.assert_array_equal(getattr(small, name), getattr(e, name))


def test_collapse_lays_out_only_what_changes():
    e = random_ensemble(3, (9, 9))
    mask = np.zeros(e.n_nodes, bool)
    mask[np.flatnonzero(~e.is_leaf[: e.root[1]])[-1]] = True
    small = edit.collapse(e, mask)
    split = np.flatnonzero(~small.is_leaf[: small.root[1]])
    np.testing.assert_array_equal(small.left[split], split + 1)  # pre-order
    assert (np.diff(e.node_id[e.tree(1)]) == np.diff(small.node_id[small.tree(1)])).all()


@pytest.mark.parametrize("seed", range(3))
def test_collapse_of_nothing_is_the_identity(seed):
    e = random_ensemble(seed)
    assert same_ensemble(edit.collapse(e, np.zeros(e.n_nodes, bool)), e)
    assert same_ensemble(edit.collapse(e, e.is_leaf), e)


def test_collapse_of_everything():
    e = random_ensemble(0)
    stumps = validate(edit.collapse(e, np.ones(e.n_nodes, bool)))
    assert stumps.n_nodes == stumps.n_leaves == e.n_trees
    np.testing.assert_array_equal(stumps.cover, e.cover[e.root[:-1]])


@pytest.mark.parametrize("mask", [np.zeros(5, bool), np.zeros(33, int), np.array([0, 2])])
def test_collapse_wants_a_mask(mask):
    with pytest.raises(ValueError, match="boolean mask"):
        edit.collapse(random_ensemble(0), mask)


def test_collapse_without_optional_fields():
    e = random_ensemble(0, n_samples=None, impurity=None)
    small = validate(edit.collapse(e, random_mask(0, e.n_nodes)))
    assert small.n_samples is None
    assert small.impurity is None


@pytest.mark.parametrize("trees", [[2], [0, 3], [3, 1, 0], [0, 1, 2, 3]])
def test_keep_trees(trees):
    e = random_ensemble(1, (4, 0, 7, 3))
    before = snapshot(e)
    kept = validate(edit.keep_trees(e, np.array(trees)))
    assert all_nested(kept) == [all_nested(e)[t] for t in trees]
    assert same_ensemble(e, before)
    for name in ("tree_id", "weight", "output"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(e, name)[trees])
    rows = hostile_rows(0, 50)
    single = [raw_output(edit.keep_trees(e, np.array([t])), rows) - e.base_score for t in trees]
    np.testing.assert_allclose(raw_output(kept, rows), e.base_score + sum(single), atol=1e-12)


@pytest.mark.parametrize("trees", [[], [0, 0], [-1], [3], [True, False, True], [0.0]])
def test_keep_trees_refuses(trees):
    with pytest.raises(ValueError, match="trees must name"):
        edit.keep_trees(random_ensemble(0), np.array(trees))


def test_with_values():
    e = random_ensemble(0)
    before = snapshot(e)
    new = edit.with_values(e, e.value + 1, cover=e.cover * 2, n_samples=e.n_samples + 3, impurity=e.cover)
    for name, expected in (
        ("value", before.value + 1),
        ("cover", before.cover * 2),
        ("n_samples", before.n_samples + 3),
        ("impurity", before.cover),
        ("left", before.left),
    ):
        np.testing.assert_array_equal(getattr(new, name), expected)
    assert same_ensemble(e, before)
    assert same_ensemble(edit.with_values(e, e.value), e)


def test_with_values_wants_the_shape():
    e = random_ensemble(0)
    with pytest.raises(ValueError, match="shape"):
        edit.with_values(e, e.value[:, :1])


@pytest.mark.parametrize("lacking", ["alive", "dead", "lost"])
def test_with_classes(lacking):
    X, y = random_table(0, 120, "strings")
    known = y != lacking
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[known], y[known])
    wide = validate(edit.with_classes(read(model), (np.unique(y),)))
    probability = raw_output(wide, X.astype(np.float32))
    column = list(np.unique(y)).index(lacking)
    np.testing.assert_array_equal(probability[:, column], 0)
    np.testing.assert_array_equal(np.delete(probability, column, axis=1), model.predict_proba(X))


def test_with_classes_moves_every_column():
    """Two targets; trees of one column; base scores."""
    e = random_ensemble(0, columns=(2, 1), classes=(np.array([0, 2]), np.array([5])))
    e = validate(replace(e, output=np.array([2, -1, 1], np.int32)))
    wide = validate(edit.with_classes(e, (np.array([0, 1, 2]), np.array([4, 5]))))
    rows = hostile_rows(0, 40)
    moved = raw_output(wide, rows)
    np.testing.assert_array_equal(moved[:, [0, 2, 4]], raw_output(e, rows))
    np.testing.assert_array_equal(moved[:, [1, 3]], 0)
    assert wide.columns == (3, 2)


def test_with_the_same_classes_is_the_identity():
    e = random_ensemble(0)
    assert edit.with_classes(e, e.classes) is e


def test_the_prior_of_a_column_without_trees_is_counted_once():
    """However often trees are dropped or weighed, the answer is the prior plus the trees that are left."""
    prior = np.array([1.0, -2.0, 4.0])
    e = random_ensemble(0, output=np.array([0, 1, 2], np.int32), weight=np.ones(3), base_score=np.zeros(3))
    e = validate(replace(e, prior=prior, reweight="value", boosted=True))
    rows = hostile_rows(0, 40)
    own = raw_output(e, rows) - prior  # of tree 1, beside what the sum starts from
    small = edit.keep_trees(edit.keep_trees(e, np.array([1, 2])), np.array([0]))
    small = edit.keep_trees(edit.scale_trees(small, np.array([3.0])), np.array([0]))
    expected = np.column_stack([np.ones(40), -2.0 + 3.0 * own[:, 1], np.full(40, 4.0)])
    np.testing.assert_allclose(raw_output(validate(small), rows), expected, atol=1e-12)
