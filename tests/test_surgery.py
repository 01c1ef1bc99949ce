import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.backends.families import FAMILIES, encoded
from tests.backends.families.sklearn_trees import sklearn_output, sklearn_state
from tests.criteria.helpers import shapes
from tests.strategies import CLASSIFICATION, FORESTS, SINGLE, cases, fitted, random_table
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.model import edit
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import raw_output
from treeprune.surgery import _mergeable, keep_trees, merge_equal_leaves, snip

CLASSIFIERS = [cls for cls in SINGLE if cls.__name__.endswith("Classifier")]


def branch(tree, node):
    """Nodes of a branch, its top first."""
    children = (tree.children_left[node], tree.children_right[node])
    return [node, *(n for c in children if c != -1 for n in branch(tree, c))]


def splits(tree):
    return np.flatnonzero(tree.children_left != -1)


def through(tree, node, X):
    """Rows whose way leads through a node."""
    return tree.decision_path(X.astype(np.float32))[:, [node]].toarray().ravel() == 1


@pytest.mark.parametrize("case", cases(classes=SINGLE))
def test_snip(case):
    """Rows of the branch get the value of its top, all others keep theirs."""
    before, tree = pickle.dumps(case.model), case.model.tree_
    for node in splits(tree)[:: max(1, len(splits(tree)) // 5)]:
        small = snip(case.model, [node])
        assert type(small) is type(case.model)
        assert small.tree_.node_count == tree.node_count - len(branch(tree, node)) + 1
        rows = case.X.astype(np.float32)
        expected = tree.value[tree.apply(rows)]
        expected[through(tree, node, case.X)] = tree.value[node]
        np.testing.assert_array_equal(small.tree_.value[small.tree_.apply(rows)], expected)
    assert pickle.dumps(case.model) == before


def test_snip_takes_any_integers_and_nested_nodes():
    model = fitted(DecisionTreeRegressor, kind="regression")
    top = next(n for n in splits(model.tree_)[1:] if len(branch(model.tree_, n)) > 3)
    inner = next(n for n in branch(model.tree_, top)[1:] if model.tree_.children_left[n] != -1)
    whole = sklearn_state(snip(model, [int(top)]))
    for nodes in ((top, inner, top), {int(top), int(inner)}, np.array([inner, top], np.uint8), iter([top])):
        assert sklearn_state(snip(model, nodes)) == whole
    assert sklearn_state(snip(model, {0: [top]})) == whole
    assert sklearn_state(snip(model, [])) == sklearn_state(snip(model, {})) == sklearn_state(model)
    assert snip(model, [0]).get_n_leaves() == 1


@pytest.mark.parametrize("cls", FORESTS)
def test_snip_a_forest(cls):
    model = fitted(cls)
    X, _ = random_table(0)
    chosen = {3: [0], 1: splits(model.estimators_[1].tree_)[-2:]}
    small = snip(model, chosen)
    counts = [member.tree_.node_count for member in model.estimators_]
    dropped = {n for top in chosen[1] for n in branch(model.estimators_[1].tree_, top)[1:]}
    expected = [counts[0], counts[1] - len(dropped), counts[2], 1]
    assert [member.tree_.node_count for member in small.estimators_] == expected
    for t in (0, 2):
        np.testing.assert_array_equal(small.estimators_[t].predict(X), model.estimators_[t].predict(X))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([10_000], r"tree 0 has no node 10000; it has \d+"),
        ([2**40], "tree 0 has no node"),
        ([0, -1], "node numbers >= 0"),
        ([0.0], "node numbers >= 0"),
        ([True], "node numbers >= 0"),
        ("0", "node numbers >= 0"),
        (2, r"nodes must be a list of node numbers \(.* brackets too\), got 2"),
        ({0: 2}, "nodes must be a list of node numbers .* got 2"),
        (np.int64(2), "nodes must be a list of node numbers"),
        (np.array(2), "nodes must be a list of node numbers"),
        (None, "nodes must be a list of node numbers .* got None"),
        ({1: [0]}, "no tree 1; it has 1"),
        ({-1: [0]}, "no tree -1"),
    ],
)
def test_snip_refuses(nodes, message):
    with pytest.raises(ValueError, match=message):
        snip(fitted(DecisionTreeClassifier), nodes)


def test_snip_refuses_leaves():
    model = fitted(DecisionTreeClassifier)
    leaf = np.flatnonzero(model.tree_.children_left == -1)[0]
    with pytest.raises(ValueError, match=f"node {leaf} of tree 0 is a leaf already"):
        snip(model, [0, leaf])


def test_snip_wants_a_tree_number_for_forests():
    with pytest.raises(ValueError, match="several trees"):
        snip(fitted(RandomForestClassifier), [0])
    with pytest.raises(ValueError, match="no tree 4; it has 4"):
        snip(fitted(RandomForestClassifier), {4: [0]})


@pytest.mark.parametrize("function", [lambda model: snip(model, [0]), merge_equal_leaves])
def test_unsupported(function):
    with pytest.raises(UnsupportedModelError, match="LinearRegression"):
        function(LinearRegression())


@pytest.mark.parametrize("function", [lambda model: snip(model, [0]), merge_equal_leaves])
def test_a_frozen_model_is_asked_for_what_it_holds(function):
    model = fitted(DecisionTreeClassifier)
    with pytest.raises(UnsupportedModelError, match=r"FrozenEstimator .* \(give its \.estimator\)"):
        function(FrozenEstimator(model))


@pytest.mark.parametrize("cls", CLASSIFIERS)
@pytest.mark.parametrize("kind", CLASSIFICATION)
def test_merge_by_class(cls, kind):
    """Same classes on any row; the kept splits are those whose leaves differ, and no others."""
    model = fitted(cls, kind=kind, n=200, min_samples_leaf=6)
    before, tree = pickle.dumps(model), model.tree_
    merged = merge_equal_leaves(model, by="class")
    rows = np.vstack([random_table(seed, 500, kind)[0] for seed in range(3)])
    rows[::7, 0] = np.nan
    np.testing.assert_array_equal(merged.predict(rows), model.predict(rows))
    answer = tree.value.argmax(axis=2)
    differ = [
        node
        for node in splits(tree)
        if len({answer[n].tobytes() for n in branch(tree, node) if tree.children_left[n] == -1}) > 1
    ]
    assert 0 < len(differ) < len(splits(tree))
    assert len(splits(merged.tree_)) == len(differ)
    assert sklearn_state(merge_equal_leaves(merged, by="class")) == sklearn_state(merged)
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("case", cases())
def test_merge_by_value_changes_no_output(case):
    merged = merge_equal_leaves(case.model)
    rows = np.vstack([case.X, random_table(9)[0]])
    np.testing.assert_array_equal(sklearn_output(merged, rows), sklearn_output(case.model, rows))


def test_merge_by_value_finds_splits_without_effect():
    """XOR: the first split gains nothing; made to end there, it says nothing."""
    X = np.array([[a, b] for a in (0.0, 1.0) for b in (0.0, 1.0)] * 8)
    y = (X[:, 0] != X[:, 1]).astype(int)
    for cls in (DecisionTreeClassifier, DecisionTreeRegressor):
        model = cls(random_state=0).fit(X, y)
        assert merge_equal_leaves(model).get_n_leaves() == 4
        shallow = cls(max_depth=1, random_state=0).fit(X, y)
        assert shallow.get_n_leaves() == 2
        assert merge_equal_leaves(shallow).get_n_leaves() == 1
    forest = RandomForestClassifier(3, max_depth=1, bootstrap=False, max_features=None, random_state=0)
    merged = merge_equal_leaves(forest.fit(X, y))
    assert [member.get_n_leaves() for member in merged.estimators_] == [1, 1, 1]


def test_merge_by_value_looks_at_leaves_not_at_rounded_means():
    """Two leaves of the same bits whose parent's mean, summed in another order, has other bits."""
    n_rounded = 0
    for seed in range(100):
        X, y = np.repeat([[0.0], [1.0]], 3, axis=0), np.tile(np.random.default_rng(seed).random(3), 2)
        model = DecisionTreeRegressor(max_depth=1).fit(X, y)
        root, *leaves = model.tree_.value.ravel()
        if len(leaves) == 2 and leaves[0] == leaves[1]:
            n_rounded += root != leaves[0]
            merged = merge_equal_leaves(model)
            assert merged.get_n_leaves() == 1
            np.testing.assert_array_equal(merged.predict(X), model.predict(X))
    assert n_rounded > 0


def merge_twin(left, right, answer, lift):
    """Splits to merge and the answers that they end with, in plain Python."""
    answer, mask = answer.copy(), np.zeros(len(left), bool)
    for node in reversed(np.flatnonzero(left != LEAF)):
        below = [left[node], right[node]]
        if all(left[c] == LEAF or mask[c] for c in below):
            compared = below if lift else [*below, node]
            mask[node] = all(np.array_equal(answer[c], answer[below[0]]) for c in compared)
            answer[node] = answer[below[0]] if mask[node] and lift else answer[node]
    return mask, answer


@given(shapes(), st.integers(1, 3), st.booleans(), st.integers(0, 1000))
def test_the_merging_kernel_against_its_twin(shape, n_columns, lift, seed):
    left, right = shape
    answer = np.random.default_rng(seed).choice([-0.0, 0.0, 1.0], (len(left), n_columns), p=[0.1, 0.7, 0.2])
    mask, lifted = merge_twin(left, right, answer, lift)
    assert np.array_equal(_mergeable(left, right, answer, lift), mask)
    assert answer.tobytes() == lifted.tobytes()


@pytest.mark.parametrize("model", [fitted(DecisionTreeRegressor), fitted(RandomForestClassifier)])
def test_merge_by_class_is_for_single_classification_trees(model):
    with pytest.raises(ValueError, match="single classification trees"):
        merge_equal_leaves(model, by="class")


def lone_boosted_trees():
    """Classifiers with one tree whose leaves are steps of log odds or votes."""
    lightgbm, xgboost = pytest.importorskip("lightgbm"), pytest.importorskip("xgboost")
    return [
        xgboost.XGBClassifier(n_estimators=1, n_jobs=1),
        xgboost.XGBRFClassifier(n_estimators=1, n_jobs=1),
        lightgbm.LGBMClassifier(n_estimators=1, n_jobs=1, verbose=-1),
        GradientBoostingClassifier(n_estimators=1),
        HistGradientBoostingClassifier(max_iter=1),
        AdaBoostClassifier(n_estimators=1),
    ]


def test_merge_by_class_is_not_for_a_lone_boosted_tree():
    """Its leaves hold one number, whose largest entry is always the first."""
    X, y = load_breast_cancer(return_X_y=True)
    for model in lone_boosted_trees():
        model.fit(X, y)
        with pytest.raises(ValueError, match=r'single classification trees.*by="value" is for all'):
            merge_equal_leaves(model, by="class")
        np.testing.assert_array_equal(merge_equal_leaves(model).predict_proba(X), model.predict_proba(X))


VENDORS_TABLES = {
    "xgboost": ("ID", ["Yes", "No"], "Cover", "-"),
    "lightgbm": ("node_index", ["left_child", "right_child"], "count", "-S"),
}


def boosted(vendor, X, y):
    module = pytest.importorskip(vendor)
    if vendor == "lightgbm":
        return module.train({"num_leaves": 6, "num_threads": 1, "verbose": -1}, module.Dataset(X, y), 3)
    return module.train({"max_depth": 3, "nthread": 1}, module.DMatrix(X, y), 3)


@pytest.mark.parametrize("vendor", VENDORS_TABLES)
def test_snip_counts_nodes_as_the_vendors_do(vendor):
    name, children, size, separator = VENDORS_TABLES[vendor]
    model = boosted(vendor, *load_breast_cancer(return_X_y=True))
    table = model.trees_to_dataframe().set_index(name)

    def leaves_below(node):
        below = table.loc[node, children].dropna()
        return [leaf for child in below for leaf in leaves_below(child)] if len(below) else [node]

    splits_of_trees = table.index[table[children].notna().all(axis=1)]
    for split in splits_of_trees.drop([f"{tree}{separator}0" for tree in range(3)]):
        tree, node = map(int, split.split(separator))
        gone = leaves_below(split)
        after = snip(model, {tree: [node]}).trees_to_dataframe()
        after = after[after[children].isna().all(axis=1)]
        everywhere = table[table[children].isna().all(axis=1)]
        expected = [*everywhere[size].drop(gone), table.loc[gone, size].sum()]
        np.testing.assert_allclose(sorted(after[size]), sorted(expected), rtol=1e-5)


def test_merge_by_something_else():
    with pytest.raises(ValueError, match="by must be 'value' or 'class', got 'leaf'"):
        merge_equal_leaves(fitted(ExtraTreesRegressor), by="leaf")


ENSEMBLES = [
    pytest.param(family, case, id=case.id)
    for family in FAMILIES.values()
    for case in family.cases
    if "drop" not in family.cannot and read(case.model).n_trees > 2
]


@pytest.mark.parametrize(("family", "case"), ENSEMBLES)
def test_keep_trees(family, case):
    """Numbers are the vendor's: the output is what the ensemble's trees of those numbers give."""
    e = read(case.model)
    chosen = [int(e.tree_id[0]), int(e.tree_id[2])]
    before = pickle.dumps(case.model)
    small = keep_trees(case.model, chosen)
    assert type(small) is type(case.model)
    assert pickle.dumps(case.model) == before
    expected = raw_output(edit.keep_trees(e, np.array([0, 2])), encoded(case.model, case.X, e))
    np.testing.assert_allclose(
        family.native(small, case.X), expected, rtol=family.tolerance, atol=family.tolerance
    )


def test_keep_trees_names_what_is_wrong():
    forest = fitted(RandomForestClassifier)
    for trees, words in (([9], "no tree 9; it has 4"), ([0, 0], "none twice"), ([], "at least one")):
        with pytest.raises(ValueError, match=words):
            keep_trees(forest, trees)
    boosted = GradientBoostingClassifier(n_estimators=3).fit(*random_table(0))
    with pytest.raises(ValueError, match="order"):
        keep_trees(boosted, [2, 0])
