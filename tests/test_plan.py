import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import fitted, random_ensemble, random_mask, random_table
from treeprune.backends import read
from treeprune.model.edit import collapse
from treeprune.model.ensemble import LEAF
from treeprune.plan import PruningPath, PruningPlan, outermost, split_in_words


def costs_of(e):
    return np.random.default_rng(0).normal(size=(3, e.n_nodes))


def plan_of(e, mask):
    branch, leaf, link = costs_of(e)
    return PruningPlan.of(e, mask, cost_branch=branch, cost_leaf=leaf, link=link)


@pytest.mark.parametrize("seed", range(8))
def test_outermost(seed):
    e = random_ensemble(seed, (12, 0, 20))
    mask = random_mask(seed, e.n_nodes)
    expected = np.zeros(e.n_nodes, bool)
    for root in e.root[:-1]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if e.left[node] == LEAF:
                continue
            expected[node] = mask[node]
            if not mask[node]:
                waiting += [e.left[node], e.right[node]]
    before = mask.copy()
    np.testing.assert_array_equal(outermost(e, mask), expected)
    np.testing.assert_array_equal(mask, before)


def test_words():
    e = random_ensemble(0, feature_names=("age", "sex", "bmi", "ward"), comparison="<")
    for node in range(e.n_nodes):
        words = split_in_words(e, node)
        if e.is_leaf[node]:
            assert words == ""
        elif e.category_set[node] != LEAF:
            assert words.startswith(("ward in {", "ward not in {"))
        else:
            name = ("age", "sex", "bmi")[e.feature[node]]
            assert words == f"{name} < {e.threshold[node]:g}"
    unnamed = read(fitted(DecisionTreeClassifier, max_depth=1))
    assert split_in_words(unnamed, 0).startswith(f"x[{unnamed.feature[0]}] <= ")


def on_wards(codes, n_codes):
    """An ensemble whose splits all ask for one set of categories."""
    e = random_ensemble(0, (3,), feature_names=("age", "sex", "bmi", "ward"))
    words = np.zeros(-(-n_codes // 32), np.uint32)
    for code in codes:
        words[code // 32] |= np.uint32(1) << np.uint32(code % 32)
    split = ~e.is_leaf
    return replace(
        e,
        feature=np.where(split, 3, LEAF).astype(np.int32),
        category_set=np.where(split, 0, LEAF).astype(np.int32),
        category_offset=np.array([0, len(words)]),
        category_word=words,
        category_count=np.array([n_codes]),
    )


@pytest.mark.parametrize(
    ("codes", "n_codes", "words"),
    [
        ([0, 3], 40, "ward in {0, 3}"),
        ([31, 32, 39], 40, "ward in {31, 32, 39}"),
        ([c for c in range(40) if c not in (5, 33)], 40, "ward not in {5, 33}"),
        (range(20), 40, "ward in {0, 1, 2, 3, 4, 5, 6, 7 and 12 more}"),
    ],
)
def test_categories_are_named_by_their_codes(codes, n_codes, words):
    e = on_wards(codes, n_codes)
    assert split_in_words(e, 0) == words
    assert plan_of(e, np.arange(e.n_nodes) == 0).to_frame()["split"].tolist() == [words]


def test_a_plan_holds_the_sets_of_its_own_splits():
    for seed in range(5):
        e = random_ensemble(seed, (12, 9))
        nodes = np.flatnonzero(outermost(e, random_mask(seed, e.n_nodes)))
        plan = plan_of(e, random_mask(seed, e.n_nodes))
        assert plan.to_frame()["split"].tolist() == [split_in_words(e, node) for node in nodes]
        assert len(plan.category_word) <= len(e.category_word)


@pytest.mark.parametrize("cls", [DecisionTreeClassifier, RandomForestClassifier])
def test_plan_frame_says_what_scikit_learn_knows(cls):
    model = fitted(cls)
    trees = [member.tree_ for member in getattr(model, "estimators_", [model])]
    e = read(model)
    mask = random_mask(1, e.n_nodes)
    plan = plan_of(e, mask)
    frame = plan.to_frame()
    nodes = np.flatnonzero(outermost(e, mask))
    assert len(frame) == len(plan) == len(nodes) > 2
    for row, node in zip(frame.itertuples(), nodes, strict=True):
        tree = trees[row.tree]
        inside = tree.decision_path(random_table(0)[0].astype(np.float32)).toarray()
        below = {row.node}
        for n in range(row.node, tree.node_count):
            if n in below and tree.children_left[n] != -1:
                below |= {tree.children_left[n], tree.children_right[n]}
        reached = inside[:, row.node] == 1
        assert row.depth == inside[reached][0, : row.node].sum()
        assert row.support_rows == tree.n_node_samples[row.node]
        assert row.support_weight == tree.weighted_n_node_samples[row.node]
        assert row.nodes_removed == len(below) - 1
        assert row.leaves_removed == sum(tree.children_left[n] == -1 for n in below) - 1
        assert row.split == f"x[{tree.feature[row.node]}] <= {tree.threshold[row.node]:.6g}"
        assert (row.cost_branch, row.cost_leaf, row.link) == tuple(costs_of(e)[:, node])


@pytest.mark.parametrize("seed", range(5))
def test_plan_adds_up_to_the_collapse(seed):
    e = random_ensemble(seed, (9, 0, 14))
    mask = random_mask(seed, e.n_nodes, 0.2)
    plan = plan_of(e, mask)
    small, frame = collapse(e, mask), plan.to_frame()
    assert frame["nodes_removed"].sum() == e.n_nodes - small.n_nodes
    assert frame["leaves_removed"].sum() == e.n_leaves - small.n_leaves
    assert set(frame["tree"]) <= set(e.tree_id)
    assert (
        repr(plan)
        == f"PruningPlan({len(plan)} splits become leaves, {e.n_nodes - small.n_nodes} nodes removed)"
    )


def test_empty_plan():
    e = random_ensemble(0, n_samples=None)
    plan = plan_of(e, e.is_leaf)
    assert len(plan) == 0
    assert plan.to_frame().empty
    assert repr(plan) == "PruningPlan(0 splits become leaves, 0 nodes removed)"
    assert "<table" in plan._repr_html_()


def test_plan_without_row_counts():
    e = random_ensemble(0, n_samples=None)
    frame = plan_of(e, np.ones(e.n_nodes, bool)).to_frame()
    assert frame["support_rows"].isna().all()
    assert (frame["support_weight"] > 0).all()


def test_names_are_escaped_in_html():
    X, y = random_table(0)
    frame = pd.DataFrame(X, columns=[f"<script>alert({k})</script>" for k in range(5)])
    e = read(DecisionTreeClassifier(random_state=0).fit(frame, y))
    html = plan_of(e, np.ones(e.n_nodes, bool))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def path_of(**options):
    fields = {"loss": None, "loss_se": None, "best": None, "loss_name": None, "rule": None} | options
    return PruningPath(
        ccp_alpha=np.array([0.0, 0.1, 0.4]),
        n_leaves=np.array([9, 4, 1]),
        risk=np.array([0.0, 0.2, 0.6]),
        chosen=1,
        chosen_leaves=4,
        chosen_risk=0.2,
        **fields,
    )


def test_path():
    path = path_of()
    assert len(path) == 3
    assert repr(path) == "PruningPath(3 steps, 9 to 1 leaves, chosen 4)"
    frame = path.to_frame()
    assert list(frame) == ["ccp_alpha", "n_leaves", "risk", "chosen"]
    assert frame["chosen"].tolist() == [False, True, False]
    assert frame["n_leaves"].tolist() == [9, 4, 1]
    assert "<table" in path._repr_html_()


def test_a_model_that_is_no_step_of_its_path():
    path = replace(path_of(), chosen=None, chosen_leaves=3, chosen_risk=0.3)
    assert repr(path) == "PruningPath(3 steps, 9 to 1 leaves, chosen 3)"
    assert not path.to_frame()["chosen"].any()


def test_a_plan_holds_nothing_of_the_rest_of_the_model():
    e = read(fitted(RandomForestClassifier))
    mask = np.zeros(e.n_nodes, bool)
    mask[0] = True
    assert len(pickle.dumps(plan_of(e, mask))) < 3000 < len(pickle.dumps(e))


def test_scored_path():
    loss, se = np.array([0.5, 0.3, 0.7]), np.array([0.1, 0.2, 0.3])
    frame = path_of(loss=loss, loss_se=se, best=1, loss_name="log_loss").to_frame()
    assert list(frame) == ["ccp_alpha", "n_leaves", "risk", "loss", "loss_se", "chosen"]
    np.testing.assert_array_equal(frame[["loss", "loss_se"]], np.column_stack([loss, se]))
