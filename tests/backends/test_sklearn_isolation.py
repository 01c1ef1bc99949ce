"""Isolation forests: path lengths, scores, and what is carried or refused."""

import copy

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length

from tests.backends.families import FAMILIES, pruned
from tests.strategies import random_mask, random_table
from treeprune import info
from treeprune.backends import read, registry, write
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, with_values
from treeprune.model.links import answers
from treeprune.model.structure import depths
from treeprune.model.traverse import raw_output

CASES = {case.id.partition("-")[2]: case for case in FAMILIES["sklearn:IsolationForest"].cases}
EACH = pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)


def usual_length(n):
    """c(n) of the paper: mean path length of a search without success among n keys."""
    if n <= 2:
        return max(n - 1, 0)
    return 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n


def paper_score(model, chosen, X):
    """Anomaly score by the paper's formula, from the leaf of each row in each tree."""
    rows, total = np.float32(X), np.zeros(len(X))
    for t in chosen:
        tree = model.estimators_[t].tree_
        own = rows[:, model.estimators_features_[t]] if model._max_features < X.shape[1] else rows
        leaves = tree.apply(own)
        n_edges = tree.compute_node_depths()[leaves] - 1
        total += n_edges + [usual_length(n) for n in tree.n_node_samples[leaves]]
    return 2 ** (-total / len(chosen) / usual_length(model.max_samples_))


@EACH
def test_the_link_gives_the_scores(case):
    e = read(case.model)
    score = answers(e, raw_output(e, case.X.astype(np.float32)))[:, 0]
    np.testing.assert_allclose(score, -case.model.score_samples(case.X), rtol=1e-14)
    np.testing.assert_allclose(score, paper_score(case.model, range(e.n_trees), case.X), rtol=1e-12)
    assert e.task == "anomaly"


@EACH
def test_every_node_has_the_length_of_a_leaf_in_its_place(case):
    e = read(case.model)
    expected = depths(e.left, e.right) + [usual_length(n) for n in e.n_samples]
    np.testing.assert_allclose(e.value[:, 0], expected, rtol=1e-14, atol=1e-15)


@EACH
def test_kept_trees_score_as_before(case):
    for chosen in ([3], [5, 0, 2]):
        new = write(case.model, keep_trees(read(case.model), np.array(chosen)))
        assert len(new.estimators_) == new.n_estimators == len(chosen)
        expected = paper_score(case.model, chosen, case.X)
        np.testing.assert_allclose(-new.score_samples(case.X), expected, rtol=1e-12)
        assert new.offset_ == case.model.offset_
        outside = np.where(-expected < new.offset_, -1, 1)
        np.testing.assert_array_equal(new.predict(case.X), outside)
        for t, drawn in zip(chosen, new.estimators_samples_, strict=True):
            np.testing.assert_array_equal(drawn, case.model.estimators_samples_[t])


@EACH
def test_a_collapsed_forest_scores_as_one_grown_so(case):
    """Lengths that are kept are those that scikit-learn would compute from the written trees."""
    for seed in range(3):
        small, _ = pruned(case.model, seed)
        np.testing.assert_allclose(
            -small.score_samples(case.X), paper_score(small, range(len(small.estimators_)), case.X)
        )
        for t, member in enumerate(small.estimators_):
            np.testing.assert_array_equal(
                small._decision_path_lengths[t], member.tree_.compute_node_depths()
            )
            np.testing.assert_array_equal(
                small._average_path_length_per_tree[t], _average_path_length(member.tree_.n_node_samples)
            )
        np.testing.assert_array_equal(small.decision_function(case.X) < 0, small.predict(case.X) < 0)


def test_contamination_is_not_fitted_anew():
    case = CASES["contamination"]
    small, _ = pruned(case.model, share=0.6)
    assert small.offset_ == case.model.offset_
    assert (small.predict(case.X) < 0).mean() != (case.model.predict(case.X) < 0).mean()


@EACH
def test_path_lengths_cannot_be_replaced(case):
    e = read(case.model)
    with pytest.raises(UnsupportedModelError, match="collapse branches or drop trees instead"):
        write(case.model, with_values(e, e.value + 1))
    with pytest.raises(UnsupportedModelError, match="or counts"):
        write(case.model, with_values(e, e.value, n_samples=e.n_samples + 1))
    limits = info(case.model).limits
    assert "shapes of its trees" in limits["other leaf values"]
    assert "factors of trees" in limits


def test_full_subsets_are_not_heeded():
    """scikit-learn gives a tree the whole table where it has all columns, in whatever order they stand."""
    case = CASES["all_rows"]
    model = copy.deepcopy(case.model)
    model.estimators_features_ = [own[::-1].copy() for own in model.estimators_features_]
    np.testing.assert_array_equal(model.score_samples(case.X), case.model.score_samples(case.X))
    np.testing.assert_array_equal(read(model).feature, read(case.model).feature)


def test_in_bag_rows():
    for case in CASES.values():
        in_bag = registry.find_backend(case.model).in_bag
        weight = np.ones(len(case.X)) if case.weight is None else case.weight
        for t, member in enumerate(case.model.estimators_):
            counts = in_bag(case.model, t, len(case.X))
            assert ((counts > 0) & (weight > 0)).sum() == member.tree_.n_node_samples[0]
            if case.weight is None:
                assert counts.sum() == member.tree_.weighted_n_node_samples[0]
        assert in_bag(case.model, 0, len(case.X) + 1) is None


def test_warm_start_grows_on():
    X, _ = random_table(0)
    model = IsolationForest(n_estimators=4, max_samples=50, random_state=0, warm_start=True).fit(X)
    part = keep_trees(read(model), np.array([0, 2]))
    few = write(model, collapse(part, random_mask(0, part.n_nodes)))
    before = [member.tree_.threshold.tobytes() for member in few.estimators_]
    few.set_params(n_estimators=5).fit(X)
    assert [member.tree_.threshold.tobytes() for member in few.estimators_[:2]] == before
    np.testing.assert_allclose(-few.score_samples(X), paper_score(few, range(5), X))
    again, planned = pruned(few)
    score = answers(planned, raw_output(planned, X.astype(np.float32)))[:, 0]
    np.testing.assert_allclose(-again.score_samples(X), score)


def test_frames_and_sparse_tables():
    X, _ = random_table(0)
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = IsolationForest(n_estimators=5, max_features=0.5, random_state=0).fit(frame)
    small, planned = pruned(model)
    assert planned.feature_names == tuple("abcde")
    expected = answers(planned, raw_output(planned, X.astype(np.float32)))[:, 0]
    np.testing.assert_allclose(-small.score_samples(frame), expected, rtol=1e-14)
    bare = IsolationForest(n_estimators=5, max_features=0.5, random_state=0).fit(sparse.csc_matrix(X))
    less, planned = pruned(bare)
    expected = answers(planned, raw_output(planned, X.astype(np.float32)))[:, 0]
    np.testing.assert_allclose(-less.score_samples(sparse.csr_matrix(X)), expected, rtol=1e-14)


@pytest.mark.parametrize("rows", [2, 3])
def test_very_few_rows_a_tree(rows):
    X, _ = random_table(0)
    model = IsolationForest(n_estimators=5, max_samples=rows, random_state=0).fit(X)
    e = read(model)
    np.testing.assert_allclose(answers(e, raw_output(e, np.float32(X)))[:, 0], -model.score_samples(X))
    stumps = write(model, collapse(e, np.ones(e.n_nodes, bool)))
    np.testing.assert_allclose(stumps.score_samples(X), -0.5)  # each path is as long as usual


def test_one_row_a_tree_is_refused():
    model = IsolationForest(n_estimators=3, max_samples=1, random_state=0).fit(random_table(0)[0])
    with pytest.raises(UnsupportedModelError, match="max_samples of 2 or more"):
        read(model)


@pytest.mark.parametrize("name", ["_decision_path_lengths", "_average_path_length_per_tree"])
def test_damaged_lengths(name):
    model = copy.deepcopy(CASES["columns"].model)
    old = getattr(model, name)
    setattr(model, name, (*old[:2], old[2][:-1], *old[3:]))
    with pytest.raises(InvalidModelError, match=f"{name} of the IsolationForest does not fit its trees"):
        read(model)
    setattr(model, name, old[:-1])
    with pytest.raises(InvalidModelError, match=name):
        read(model)
    setattr(model, name, (*old[:2], old[2] * np.nan, *old[3:]))
    with pytest.raises(InvalidModelError, match="value holds NaN"):
        read(model)


@pytest.mark.parametrize(
    ("where", "entry", "complaint"),
    [
        ("left_child", -3, "not part of a proper tree"),
        ("right_child", 0, "not part of a proper tree"),
        ("feature", 3, r"outside 0\.\.2 of its tree"),
        ("threshold", np.nan, "threshold holds NaN"),
    ],
)
def test_damaged_trees(where, entry, complaint):
    model = copy.deepcopy(CASES["columns"].model)
    state = model.estimators_[1].tree_.__getstate__()
    state["nodes"][where][0] = entry
    model.estimators_[1].tree_.__setstate__(state)
    with pytest.raises(InvalidModelError, match=complaint):
        read(model)
