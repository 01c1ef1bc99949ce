"""Bagging: column subsets, draws, classes that a member never saw, and what is refused."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.ensemble import BaggingClassifier, BaggingRegressor, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.backends.families import FAMILIES, pruned
from tests.backends.families.sklearn_bagging import bagged_output, bagged_state, rare_class_table
from tests.strategies import random_mask, random_table
from treeprune.backends import read, registry, write
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, scale_trees, with_values
from treeprune.model.traverse import leaf_index, raw_output

CLASSIFIERS = {case.id.partition("-")[2]: case for case in FAMILIES["sklearn:BaggingClassifier"].cases}
REGRESSORS = {case.id.partition("-")[2]: case for case in FAMILIES["sklearn:BaggingRegressor"].cases}
EACH = pytest.mark.parametrize(
    "case", [*CLASSIFIERS.values(), *REGRESSORS.values()], ids=lambda case: case.id
)


def brute_mean(model, chosen, X, weights=None):
    """Weighted mean of some members, each on its own columns, class by class."""
    answers = []
    for t in chosen:
        member, own = model.estimators_[t], np.float32(X)[:, model.estimators_features_[t]]
        answer = member.tree_.predict(own).reshape(len(X), -1)
        if hasattr(model, "classes_"):
            whole = np.zeros((len(X), len(model.classes_)))
            for k, code in enumerate(member.classes_):
                whole[:, code] = answer[:, k]
            answer = whole
        answers.append(answer)
    return np.average(answers, axis=0, weights=weights)


@EACH
def test_kept_trees_answer_as_before(case):
    old = case.model
    for chosen in ([3], [4, 0, 2]):
        new = write(old, keep_trees(read(old), np.array(chosen)))
        assert new.n_estimators == len(new.estimators_) == len(chosen)
        np.testing.assert_allclose(
            bagged_output(new, case.X), brute_mean(old, chosen, case.X), rtol=1e-12, atol=1e-14
        )
        for t, own in zip(chosen, new.estimators_features_, strict=True):
            np.testing.assert_array_equal(own, old.estimators_features_[t])


@EACH
def test_draws_of_kept_trees_are_theirs(case):
    chosen = [4, 1, 2]
    new = write(case.model, keep_trees(read(case.model), np.array(chosen)))
    assert len(new.estimators_samples_) == 3
    for t, drawn in zip(chosen, new.estimators_samples_, strict=True):
        np.testing.assert_array_equal(drawn, case.model.estimators_samples_[t])


@EACH
def test_leaves_are_those_of_the_members(case):
    """Columns of the table against columns of the tree, by scikit-learn's `apply`."""
    rows = case.X.astype(np.float32)
    e = read(case.model)
    leaves = leaf_index(e, rows)
    for t, member in enumerate(case.model.estimators_):
        own = np.ascontiguousarray(rows[:, case.model.estimators_features_[t]])
        np.testing.assert_array_equal(leaves[t] - e.root[t], member.tree_.apply(own))
    used = {
        int(own[f])
        for member, own in zip(case.model.estimators_, case.model.estimators_features_, strict=True)
        for f in member.tree_.feature[member.tree_.children_left != -1]
    }
    assert set(e.used_features().tolist()) == used


def test_a_column_drawn_twice_is_one_feature():
    model = CLASSIFIERS["column_twice"].model
    assert any(len(set(own.tolist())) < len(own) for own in model.estimators_features_)
    small, planned = pruned(model)
    for new, old in zip(small.estimators_, model.estimators_, strict=True):
        kept = new.tree_.feature[new.tree_.children_left != -1]
        assert set(kept) <= set(old.tree_.feature)  # columns of the tree, not of the table
    X = CLASSIFIERS["column_twice"].X
    np.testing.assert_allclose(
        small.predict_proba(X), raw_output(planned, X.astype(np.float32)), atol=1e-14
    )


@EACH
def test_in_bag_rows_are_those_the_tree_saw(case):
    in_bag = registry.find_backend(case.model).in_bag
    for t, member in enumerate(case.model.estimators_):
        counts = in_bag(case.model, t, len(case.X))
        if case.id.endswith("few_classes"):  # rows repeated, for its trees take no weights
            assert counts.sum() == member.tree_.n_node_samples[0]
            continue
        weight = np.ones(len(case.X)) if case.weight is None else case.weight
        assert ((counts > 0) & (weight > 0)).sum() == member.tree_.n_node_samples[0]
        if case.weight is None:
            assert counts.sum() == member.tree_.weighted_n_node_samples[0]
    assert in_bag(case.model, 0, len(case.X) - 1) is None


def test_trees_grow_again_from_their_in_bag_rows():
    case = REGRESSORS["default"]
    in_bag = registry.find_backend(case.model).in_bag
    for t, member in enumerate(case.model.estimators_):
        own = copy.deepcopy(member).fit(case.X, case.y, sample_weight=in_bag(case.model, t, len(case.X)))
        np.testing.assert_array_equal(own.tree_.value, member.tree_.value)


def test_members_without_some_classes():
    """Their own classes stay theirs, and no other gets a probability."""
    case = CLASSIFIERS["few_classes"]
    old = [member.classes_.tolist() for member in case.model.estimators_]
    assert len({len(own) for own in old}) > 1
    small, _ = pruned(case.model)
    assert [member.classes_.tolist() for member in small.estimators_] == old
    assert [member.tree_.value.shape[2] for member in small.estimators_] == [len(own) for own in old]
    for member in small.estimators_:
        member.predict(case.X[:, :4])
    narrow = min(range(5), key=lambda t: len(old[t]))
    alone = write(case.model, keep_trees(read(case.model), np.array([narrow])))
    absent = np.setdiff1d(np.arange(4), old[narrow])
    np.testing.assert_array_equal(alone.predict_proba(case.X)[:, absent], 0)
    assert alone.classes_.tolist() == case.model.classes_.tolist()


def test_weighted_members_get_the_classes_that_they_lacked():
    """Or the probabilities of the whole would not add up to one."""
    case = CLASSIFIERS["few_classes"]
    factors = np.array([0.5, 2.0, 1.0, 0.2, 1.3])
    new = write(case.model, scale_trees(read(case.model), factors))
    probability = new.predict_proba(case.X)
    np.testing.assert_allclose(
        probability, brute_mean(case.model, range(5), case.X, factors), rtol=1e-12, atol=1e-14
    )
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)
    for member in new.estimators_:
        own = case.X[:, :4]
        assert member.predict_proba(own).shape == (len(own), len(member.classes_))
        member.predict(own)
    again = write(new, read(new))
    assert bagged_state(again) == bagged_state(new)
    assert bagged_state(pickle.loads(pickle.dumps(new))) == bagged_state(new)


@pytest.mark.parametrize("cls", [BaggingClassifier, BaggingRegressor])
def test_out_of_bag_figures_are_dropped(cls):
    X, y = random_table(0, kind="binary" if cls is BaggingClassifier else "regression")
    model = cls(n_estimators=60, oob_score=True, random_state=0).fit(X, y)
    had = {name for name in vars(model) if name.startswith("oob_") and name.endswith("_")}
    assert len(had) == 2
    small, _ = pruned(model)
    assert vars(model).keys() - vars(small).keys() == had
    assert small.oob_score is True


def test_warm_start_grows_on():
    """A warm start keeps the seeds of its last call alone, so draws are known of its last trees."""
    X, y = random_table(0)
    tree = DecisionTreeClassifier(max_depth=4)
    model = BaggingClassifier(tree, n_estimators=3, random_state=0, warm_start=True).fit(X, y)
    model.set_params(n_estimators=5).fit(X, y)
    assert len(model._seeds) == 2
    draws = model.estimators_samples_
    in_bag = registry.find_backend(model).in_bag
    assert in_bag(model, 2, len(X)) is None
    for t in (3, 4):
        np.testing.assert_array_equal(in_bag(model, t, len(X)), np.bincount(draws[t - 3], minlength=120))
    expected = {
        (0, 1, 2, 3, 4): [0, 1],
        (1, 4): [1],
        (0, 2): [],
        (1, 4, 3): [1, 0],
        (4, 1, 3): [0],  # a tree whose draw is unknown stands between: that of tree 4 has no place
        (3, 0): [],
    }
    for chosen, known in expected.items():
        new = write(model, keep_trees(read(model), np.array(chosen)))
        assert len(new.estimators_samples_) == len(known)
        for own, k in zip(new.estimators_samples_, known, strict=True):
            np.testing.assert_array_equal(own, draws[k])
    few = write(model, keep_trees(read(model), np.array([0, 2, 4])))
    before = [member.tree_.value.tobytes() for member in few.estimators_]
    few.set_params(n_estimators=6).fit(X, y)
    assert [member.tree_.value.tobytes() for member in few.estimators_[:3]] == before
    assert read(few).n_trees == 6


def test_values_of_one_tree():
    case = REGRESSORS["several"]
    e = read(case.model)
    value = e.value.copy()
    value[e.tree(1), 1] += 5
    moved = write(case.model, with_values(e, value)).predict(case.X)
    np.testing.assert_allclose(moved, case.model.predict(case.X) + np.array([0, 1]))


def test_stumps_answer_with_the_roots():
    case = CLASSIFIERS["strings"]
    e = read(case.model)
    stumps = write(case.model, collapse(e, np.ones(e.n_nodes, bool)))
    expected = np.mean([member.tree_.value[0, 0] for member in case.model.estimators_], axis=0)
    np.testing.assert_allclose(stumps.predict_proba(case.X), np.tile(expected, (120, 1)), rtol=1e-14)


def test_monotone_where_every_tree_says_so():
    """A constraint names a column of the tree, so subsets in another order constrain other columns."""
    X, y = random_table(0)
    tree = DecisionTreeClassifier(max_depth=3, monotonic_cst=[1, 0, 0, -1, 0])
    whole = BaggingClassifier(tree, n_estimators=3, random_state=0).fit(X, y)
    assert read(whole).monotone.tolist() == [1, 0, 0, -1, 0]
    part = BaggingClassifier(
        tree.set_params(monotonic_cst=[1, 0, -1]), n_estimators=2, max_features=3, random_state=0
    ).fit(X, y)
    signs = [set() for _ in range(5)]
    for features in part.estimators_features_:
        for column, sign in zip(features, (1, 0, -1), strict=True):
            signs[column].add(sign)
    assert read(part).monotone.tolist() == [own.pop() if len(own) == 1 else 0 for own in signs]
    assert read(part).monotone.any()
    assert read(CLASSIFIERS["default"].model).monotone is None


def test_frames_and_sparse_tables():
    X, y = rare_class_table()
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = BaggingClassifier(n_estimators=4, max_features=0.6, random_state=0).fit(frame, y)
    small, planned = pruned(model)
    assert planned.feature_names == tuple("abcde")
    np.testing.assert_array_equal(small.feature_names_in_, frame.columns)
    expected = raw_output(planned, X.astype(np.float32))
    np.testing.assert_allclose(small.predict_proba(frame), expected, atol=1e-14)
    labels = small.classes_[small.predict_proba(frame).argmax(axis=1)]
    np.testing.assert_array_equal(small.predict(frame), labels)
    bare = BaggingClassifier(n_estimators=4, max_features=0.6, random_state=0).fit(sparse.csc_matrix(X), y)
    less, planned = pruned(bare)
    np.testing.assert_allclose(
        less.predict_proba(sparse.csr_matrix(X)), raw_output(planned, X.astype(np.float32)), atol=1e-14
    )


def test_threads_do_not_matter():
    case = REGRESSORS["several"]
    model = copy.deepcopy(case.model).set_params(n_jobs=2)
    small, planned = pruned(model)
    assert small.n_jobs == 2
    np.testing.assert_allclose(small.predict(case.X), raw_output(planned, case.X.astype(np.float32)))


@pytest.mark.parametrize(
    "member",
    [
        make_pipeline(StandardScaler(), DecisionTreeClassifier()),
        SVC(),
        RandomForestClassifier(n_estimators=2),
    ],
    ids=lambda member: type(member).__name__,
)
def test_members_that_are_no_trees_are_refused(member):
    model = BaggingClassifier(member, n_estimators=2, random_state=0).fit(*random_table(0))
    with pytest.raises(UnsupportedModelError, match=rf"{type(member).__name__}.*single trees.*Pipeline"):
        read(model)


def test_trees_of_the_other_kind_are_refused():
    model = BaggingRegressor(DecisionTreeClassifier(), n_estimators=2).fit(*random_table(0))
    with pytest.raises(UnsupportedModelError, match="regression trees to a regressor"):
        read(model)


def test_another_number_of_trees_than_it_divides_by_is_refused():
    model = copy.deepcopy(CLASSIFIERS["default"].model).set_params(n_estimators=9)
    with pytest.raises(UnsupportedModelError, match=r"wrong; set it first: set_params\(n_estimators=5\)"):
        read(model)
    model.set_params(n_estimators=5)
    assert read(model).n_trees == 5


@pytest.mark.parametrize(
    ("where", "entry", "complaint"),
    [
        ("left_child", -3, "not part of a proper tree"),
        ("right_child", 10**6, "not part of a proper tree"),
        ("feature", 3, r"outside 0\.\.2 of its tree"),
        ("feature", -2, r"outside 0\.\.2 of its tree"),
        ("threshold", np.nan, "threshold holds NaN"),
        (None, np.nan, "value holds NaN"),
    ],
)
def test_damaged_trees(where, entry, complaint):
    model = copy.deepcopy(CLASSIFIERS["strings"].model)
    state = model.estimators_[1].tree_.__getstate__()
    if where is None:
        state["values"][...] = entry
    else:
        state["nodes"][where][0] = entry
    model.estimators_[1].tree_.__setstate__(state)
    with pytest.raises(InvalidModelError, match=complaint):
        read(model)


@pytest.mark.parametrize(
    "columns", [[1, 2], [0, 1, 5], [-1, 0, 1], [0.0, 1.0, 2.0], [True, False, True]], ids=str
)
def test_damaged_column_subsets(columns):
    model = copy.deepcopy(CLASSIFIERS["strings"].model)
    model.estimators_features_[2] = np.array(columns)
    with pytest.raises(InvalidModelError, match="must name 3 columns of 5 for each tree"):
        read(model)
    model.estimators_features_.pop()
    with pytest.raises(InvalidModelError, match="4 entries for 5 trees"):
        read(model)


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 3], [2, 1, 0], [0.5, 1, 2]], ids=str)
def test_damaged_classes(classes):
    model = copy.deepcopy(CLASSIFIERS["strings"].model)
    model.estimators_[2].classes_ = np.array(classes)
    with pytest.raises(InvalidModelError, match="classes"):
        read(model)


def test_trees_of_unlike_targets():
    model = copy.deepcopy(REGRESSORS["several"].model)
    X, y = random_table(0, kind="regression")
    model.estimators_[1] = DecisionTreeRegressor(max_depth=1).fit(X[:, :2], y)
    with pytest.raises(InvalidModelError, match="different numbers of targets"):
        read(model)


def test_seeds_that_fit_no_tree_are_left_alone():
    """Trees cut off by hand: nobody can say whose the seeds are."""
    model = copy.deepcopy(CLASSIFIERS["default"].model)
    model.estimators_, model.estimators_features_ = model.estimators_[2:], model.estimators_features_[2:]
    model.n_estimators = 3
    assert registry.find_backend(model).in_bag(model, 0, 120) is None
    e = read(model)
    small = write(model, collapse(e, random_mask(0, e.n_nodes)))
    np.testing.assert_array_equal(small._seeds, model._seeds)
    assert small._seeds is not model._seeds
