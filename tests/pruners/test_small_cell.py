"""Nobody is singled out by a leaf: attacks on what is left, from the vendors' own files."""

import json
import re
from importlib.util import find_spec

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import random_table
from tests.test_demo_tables import SUPPORT2
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.leaf_table import leaf_table
from treeprune.export.rules import to_rules
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.pruners.small_cell import SmallCellPruner

LEAST = 11
X, Y = random_table(3, 600)
_, NUMBERS = random_table(3, 600, "regression")

MODELS = {
    "tree": DecisionTreeClassifier(random_state=0),
    "tree of numbers": DecisionTreeRegressor(random_state=0),
    "forest": RandomForestClassifier(8, random_state=0),
    "forest of numbers": RandomForestRegressor(5, random_state=0),
    "ada": AdaBoostClassifier(DecisionTreeClassifier(max_depth=5), n_estimators=4, random_state=0),
    "gradient boosting": GradientBoostingClassifier(
        n_estimators=5, max_depth=5, subsample=0.5, random_state=0
    ),
    "histogram": HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2, random_state=0),
    "xgboost": xgb.XGBClassifier(n_estimators=5, max_depth=6, n_jobs=1),
    "xgboost of numbers": xgb.XGBRegressor(n_estimators=5, max_depth=6, subsample=0.6, n_jobs=1),
    "lightgbm": lgb.LGBMClassifier(n_estimators=5, min_child_samples=2, n_jobs=1, verbose=-1),
    "lightgbm of numbers": lgb.LGBMRegressor(n_estimators=5, min_child_samples=2, n_jobs=1, verbose=-1),
}
if find_spec("catboost"):
    from catboost import CatBoostClassifier

    MODELS["catboost"] = CatBoostClassifier(
        iterations=4, depth=5, verbose=0, thread_count=1, allow_writing_files=False
    )
EACH = pytest.mark.parametrize("name", MODELS)


def fitted(name):
    wants_numbers = name.endswith("numbers")
    return MODELS[name].fit(X, NUMBERS if wants_numbers else Y)


Counts = list[tuple[list[float], list[tuple[float, float]]]]
"""For each tree the counts of its leaves, and pairs of a node's count and one of its child's."""


def _sklearn(trees, fields=("n_node_samples",)):
    out = []
    for t in trees:
        for field in fields:
            n = getattr(t, field)
            leaf = t.children_left < 0
            pairs = [
                (n[i], n[c])
                for i in np.flatnonzero(~leaf)
                for c in (t.children_left[i], t.children_right[i])
            ]
            out.append((n[leaf].tolist(), pairs))
    return out


def _xgboost(model):
    out = []
    for text in model.get_booster().get_dump(with_stats=True, dump_format="json"):
        leaves, pairs, stack = [], [], [json.loads(text)]
        while stack:
            node = stack.pop()
            for child in node.get("children", []):
                pairs.append((node["cover"], child["cover"]))
                stack.append(child)
            if "leaf" in node:
                leaves.append(node["cover"])
        out.append((leaves, pairs))
    return out


def _lightgbm(model, name="count"):
    out = []
    for text in model.booster_.model_to_string().split("\nTree=")[1:]:
        lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        leaves = [float(x) for x in lines[f"leaf_{name}"].split()]
        splits = [float(x) for x in lines.get(f"internal_{name}", "").split()]
        pairs = [
            (splits[i], splits[c] if c >= 0 else leaves[~c])
            for side in ("left_child", "right_child")
            for i, c in enumerate(map(int, lines.get(side, "").split()))
        ]
        out.append((leaves, pairs))
    return out


def _catboost(model, folder):
    model.save_model(str(folder / "model.json"), format="json")
    document = json.loads((folder / "model.json").read_text())
    out = []
    for tree in document.get("trees", []):
        leaves, stack = [], [tree]
        while stack:
            node = stack.pop()
            if "weight" in node:
                leaves.append(node["weight"])
            else:
                stack += [node["left"], node["right"]]
        out.append((leaves, []))
    out += [(tree["leaf_weights"], []) for tree in document.get("oblivious_trees", [])]
    return out


def _histogram(nodes):
    splits = nodes[nodes["is_leaf"] == 0]
    pairs = [(p["count"], nodes["count"][p[side]]) for p in splits for side in ("left", "right")]
    return nodes["count"][nodes["is_leaf"] == 1].tolist(), pairs


def stored(model, folder) -> Counts:
    """Every count that the native model tells, without treeprune's help."""
    if isinstance(model, lgb.LGBMModel):
        return _lightgbm(model)
    if isinstance(model, xgb.XGBRegressor):  # sums of second derivatives that are 1 are counts
        return _xgboost(model)
    if isinstance(model, xgb.XGBClassifier):
        return []
    if type(model).__name__ == "CatBoostClassifier":
        return _catboost(model, folder)
    if isinstance(model, HistGradientBoostingClassifier):
        return [_histogram(stage[0].nodes) for stage in model._predictors]
    members = getattr(model, "estimators_", [model])
    return _sklearn([member.tree_ for member in np.ravel(members)])


@pytest.mark.parametrize("scrub", [False, True], ids=["stored", "scrubbed"])
@EACH
def test_an_attack_finds_no_small_cell(name, scrub, tmp_path):
    model = fitted(name)
    pruner = SmallCellPruner(FrozenEstimator(model), scrub_counts=scrub).fit(X)
    written = pruner.estimator_
    # rows by the model's own leaves
    e = read(written)
    for leaves in leaf_index(e, X.astype(e.input_dtype)):
        assert np.unique(leaves, return_counts=True)[1].min() >= LEAST
    # counts in the file, and what is left of a node without one child
    for leaves, pairs in stored(written, tmp_path):
        assert min(leaves) >= LEAST
        for parent, child in pairs:
            assert parent - child >= LEAST
        if scrub:
            assert all(n % 5 == 0 for n in leaves)
            assert all(n % 5 == 0 for pair in pairs for n in pair)
    assert pruner.n_rows_ >= LEAST
    small = sum(min(leaves, default=LEAST) < LEAST for leaves, _ in stored(model, tmp_path))
    assert small > 0 or name == "xgboost"


@EACH
def test_scrubbing_changes_no_bit_of_a_prediction(name):
    model = fitted(name)
    pruner = SmallCellPruner(FrozenEstimator(model), scrub_counts=True).fit(X)
    again = SmallCellPruner(FrozenEstimator(pruner.estimator_), scrub_counts=True, multiple=7).fit(X)
    assert len(again.plan_) == 0
    answer = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    np.testing.assert_array_equal(getattr(again, answer)(X), getattr(pruner, answer)(X))
    e, f = read(pruner.estimator_), read(again.estimator_)
    assert not np.array_equal(e.cover, f.cover)
    rows = X.astype(e.input_dtype)
    np.testing.assert_array_equal(raw_output(e, rows), raw_output(f, rows))


def test_it_is_the_largest_top_subtree_without_small_cells():
    """Brute force from the bottom up by scikit-learn's own decision paths."""
    model = fitted("tree")
    t, here = model.tree_, np.asarray(model.decision_path(X).sum(axis=0)).ravel()

    def leaves(node):
        a, b = t.children_left[node], t.children_right[node]
        return 1 if a < 0 or min(here[a], here[b]) < LEAST else leaves(a) + leaves(b)

    assert SmallCellPruner(FrozenEstimator(model)).fit(X).estimator_.get_n_leaves() == leaves(0)


def test_rows_are_counted_whatever_they_weigh():
    weight = np.random.default_rng(0).choice([0.25, 1.0, 50.0], len(Y))
    pruner = SmallCellPruner(DecisionTreeClassifier(random_state=0)).fit(X, Y, sample_weight=weight)
    assert np.unique(pruner.apply(X), return_counts=True)[1].min() >= LEAST
    absent = np.where(np.arange(len(Y)) % 2, 0.0, 1.0)
    pruner = SmallCellPruner(DecisionTreeClassifier(random_state=0)).fit(X, Y, sample_weight=absent)
    assert np.unique(pruner.apply(X[absent > 0]), return_counts=True)[1].min() >= LEAST


def test_a_forest_is_counted_by_patients_not_by_draws():
    model = fitted("forest")
    scrubbed = SmallCellPruner(FrozenEstimator(model), scrub_counts=True).fit(X)
    kept = SmallCellPruner(FrozenEstimator(model)).fit(X)
    # fewer rows were drawn for a tree than there are, so that stored counts allow fewer leaves
    assert read(kept.estimator_).n_leaves < read(scrubbed.estimator_).n_leaves
    for member in scrubbed.estimator_.estimators_:
        assert np.unique(member.apply(X.astype(np.float32)), return_counts=True)[1].min() >= LEAST


def test_weights_of_lightgbm_tell_no_count_that_was_scrubbed():
    model = fitted("lightgbm of numbers")
    pruner = SmallCellPruner(FrozenEstimator(model), scrub_counts=True).fit(X)
    for leaves, pairs in _lightgbm(pruner.estimator_, "weight"):
        assert all(n % 5 == 0 for n in leaves if len(leaves) > 1)
        assert all(child % 5 == 0 for _, child in pairs)


def class_cells(model):
    """Rows of each class at each leaf, by the model's own leaves, and all that shares and counts tell."""
    e = read(model)
    for leaves in leaf_index(e, X.astype(e.input_dtype)):
        for leaf in np.unique(leaves):
            yield from np.unique(Y[leaves == leaf], return_counts=True)[1]
    if isinstance(model, DecisionTreeClassifier | RandomForestClassifier):
        for t in (member.tree_ for member in getattr(model, "estimators_", [model])):
            yield from (t.value[:, 0] * t.weighted_n_node_samples[:, None]).round(6).ravel()


@pytest.mark.parametrize("name", ["tree", "forest", "gradient boosting", "xgboost", "lightgbm"])
def test_no_class_within_a_leaf_has_few_rows(name):
    model = fitted(name)
    cells = np.array(list(class_cells(SmallCellPruner(FrozenEstimator(model)).fit(X).estimator_)))
    assert ((cells > 0) & (cells < LEAST)).any()
    pruner = SmallCellPruner(FrozenEstimator(model)).fit(X, Y)
    cells = np.array(list(class_cells(pruner.estimator_)))
    assert not ((cells > 0) & (cells < LEAST)).any()
    assert read(pruner.estimator_).n_leaves > 1 or name == "tree"


def test_classes_within_leaves_are_collapsed_no_further_than_needed():
    """Brute force from the bottom up by scikit-learn's own decision paths."""
    model = fitted("tree")
    t, path = model.tree_, model.decision_path(X).toarray().astype(int)
    here = np.column_stack([path[k == Y].sum(axis=0) for k in np.unique(Y)])

    def shown(node):
        return here[node].sum() >= LEAST and all(n == 0 or n >= LEAST for n in here[node])

    def leaves(node):
        a, b = t.children_left[node], t.children_right[node]
        return leaves(a) + leaves(b) if a >= 0 and shown(a) and shown(b) else 1

    pruner = SmallCellPruner(FrozenEstimator(model), classes=True).fit(X, Y)
    assert pruner.estimator_.get_n_leaves() == leaves(0)


def test_the_plan_names_the_cell_for_which_a_split_went():
    model = fitted("tree")
    frame = SmallCellPruner(FrozenEstimator(model)).fit(X, Y).plan_.to_frame()
    assert (frame["smallest_cell"] < LEAST).all()
    assert (frame["rows_of_smaller_child"] >= LEAST).any()
    path = model.decision_path(X).toarray().astype(bool)
    t = model.tree_
    for node, cell in zip(frame["node"], frame["smallest_cell"], strict=True):
        children = path[:, [t.children_left[node], t.children_right[node]]].T
        assert cell == min(np.unique(Y[child], return_counts=True)[1].min() for child in children)


def test_counting_classes_needs_them():
    with pytest.raises(ValueError, match="requires y"):
        SmallCellPruner(FrozenEstimator(fitted("tree")), classes=True).fit(X)
    for yes in (True, np.True_):
        with pytest.raises(ValueError, match="task is regression"):
            SmallCellPruner(DecisionTreeRegressor(), classes=yes).fit(X, NUMBERS)
    rare = np.where(np.arange(len(Y)) < 5, 1, 0)
    with pytest.raises(ValueError, match="the classes have 595, 5 rows"):
        SmallCellPruner(DecisionTreeClassifier(), classes=True).fit(X, rare)


def test_a_small_count_at_a_root_is_refused_unless_it_is_overwritten():
    forest = RandomForestRegressor(3, max_samples=8, random_state=0).fit(X, NUMBERS)
    with pytest.raises(ValueError, match=r"tree 0 holds a count of \d+ at its root.*scrub_counts=True"):
        SmallCellPruner(FrozenEstimator(forest)).fit(X)
    scrubbed = SmallCellPruner(FrozenEstimator(forest), scrub_counts=True).fit(X).estimator_
    assert min(tree.tree_.n_node_samples.min() for tree in scrubbed.estimators_) >= LEAST


def test_exports_show_no_small_cell():
    pruner = SmallCellPruner(DecisionTreeClassifier(random_state=0), scrub_counts=True).fit(X, Y)
    assert leaf_table(pruner.estimator_, X)["n"].min() >= LEAST
    rules = str(to_rules(pruner.estimator_))
    assert all(int(n) >= LEAST for n in re.findall(r"\bn ?= ?(\d+)", rules))
    assert "<11" not in rules
    table = leaf_table(pruner.estimator_, X, Y)
    events = table["n_1"]
    assert len(table) > 1
    for cells in (table["n"], events, table["n"] - events):
        assert not ((cells.round() > 0) & (cells.round() < LEAST)).any()


def test_the_plan_says_what_went_and_why():
    pruner = SmallCellPruner(DecisionTreeClassifier(random_state=0), classes=False).fit(X, Y)
    frame = pruner.plan_.to_frame()
    assert (frame["rows_of_smaller_child"] < LEAST).all()
    assert (frame["smallest_cell"] == frame["rows_of_smaller_child"]).all()
    assert (frame["rows"] >= LEAST).all()
    assert frame["leaves_removed"].sum() == (
        DecisionTreeClassifier(random_state=0).fit(X, Y).get_n_leaves() - pruner.estimator_.get_n_leaves()
    )


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"min_count": 0}, "min_count must be a whole number"),
        ({"min_count": 2.5}, "min_count must be a whole number"),
        ({"multiple": True}, "multiple must be a whole number"),
        ({"scrub_counts": "yes"}, "scrub_counts must be"),
        ({"classes": 1}, "classes must be True, False or"),
        ({"min_count": 601}, "600 rows are fewer than min_count=601"),
    ],
)
def test_parameters_are_refused_before_any_fit(parameters, match):
    with pytest.raises(ValueError, match=match):
        SmallCellPruner(DecisionTreeClassifier(), **parameters).fit(X, Y)


def test_anomaly_detectors_are_refused():
    with pytest.raises(UnsupportedModelError, match="IsolationForest"):
        SmallCellPruner(FrozenEstimator(IsolationForest(n_estimators=3, random_state=0).fit(X))).fit(X)


def test_support2_keeps_its_discrimination():
    """A forest loses little of it with four fifths of its leaves."""
    if not SUPPORT2.exists():
        pytest.skip("SUPPORT2 is not here: TREEPRUNE_DATA names no folder that holds it")
    table = pd.read_csv(SUPPORT2)
    columns = ["age", "meanbp", "hrt", "resp", "temp", "crea", "sod"]
    rows, died = table[columns].fillna(table[columns].median()).to_numpy(), table["hospdead"].to_numpy()
    train, test = slice(0, 4000), slice(4000, None)
    forest = RandomForestClassifier(20, random_state=0).fit(rows[train], died[train])
    pruned = SmallCellPruner(FrozenEstimator(forest), scrub_counts=True).fit(rows[train])
    before, after = (roc_auc_score(died[test], m.predict_proba(rows[test])[:, 1]) for m in (forest, pruned))
    assert after > before - 0.01
    assert read(pruned.estimator_).n_leaves < read(forest).n_leaves / 5
