"""Every registered method of pruning by training counts, through the public class."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pruners.helpers import MODELS, assert_same_trees, leaves_kept, node_counts, top_subtrees
from tests.strategies import random_table, random_weights
from treeprune import ErrorBasedPruner
from treeprune.criteria.registry import criteria

STRONGER = {
    "error_based": ("confidence", [0.5, 0.1, 1e-6]),
    "pessimistic": ("standard_errors", [0, 1, 5]),
    "minimum_error": ("m", [0, 5, 1000]),
    "smallest_leaf": ("min_samples_leaf", [1, 5, 20]),
}
"""For each method with a parameter, values that prune more and more."""


def task(model):
    return "classification" if is_classifier(model) else "regression"


def table_for(model, seed=0, n=150):
    return random_table(seed, n, "binary" if is_classifier(model) else "regression")


SERVED = [(m, name) for m in MODELS for name, c in criteria().items() if task(m) in c.tasks]
REFUSED = [(m, name) for m in MODELS for name, c in criteria().items() if task(m) not in c.tasks]
SERVED_IDS = [f"{name}-{type(m).__name__}" for m, name in SERVED]


def test_a_method_with_a_parameter_is_tried_along_it():
    assert {name for name, c in criteria().items() if c.parameters} == set(STRONGER)


@pytest.mark.parametrize(("model", "method"), SERVED, ids=SERVED_IDS)
def test_prunes_to_a_top_subtree_and_alike_when_frozen(model, method):
    X, y = table_for(model)
    pruner = ErrorBasedPruner(clone(model), method=method).fit(X, y)
    full = clone(model).fit(X, y)
    frozen = ErrorBasedPruner(FrozenEstimator(full), method=method).fit(X)
    assert_same_trees(pruner.estimator_, frozen.estimator_)
    for a, b in zip(*(getattr(m, "estimators_", [m]) for m in (full, pruner.estimator_)), strict=True):
        assert sum(a.tree_.n_node_samples[list(leaves_kept(a, b))]) == a.tree_.n_node_samples[0]
    assert type(pruner.estimator_) is type(model)
    frame = pruner.plan_.to_frame()
    assert frame["nodes_removed"].sum() == sum(node_counts(full)) - sum(node_counts(pruner.estimator_))


@pytest.mark.parametrize(("model", "method"), SERVED, ids=SERVED_IDS)
def test_weights_reach_the_growth(model, method):
    X, y = table_for(model)
    weight = random_weights(0, len(y))
    weighted = ErrorBasedPruner(clone(model), method=method).fit(X, y, sample_weight=weight)
    full = clone(model).fit(X, y, sample_weight=weight)
    frozen = ErrorBasedPruner(FrozenEstimator(full), method=method).fit(X)
    assert_same_trees(weighted.estimator_, frozen.estimator_)


STRENGTHS = [
    (m, name) for m, name in SERVED if name in STRONGER and (name, task(m)) != ("pessimistic", "regression")
]


@pytest.mark.parametrize(
    ("model", "method"), STRENGTHS, ids=[f"{n}-{type(m).__name__}" for m, n in STRENGTHS]
)
def test_parameters_of_the_method_arrive(model, method):
    X, y = table_for(model)
    parameter, values = STRONGER[method]
    if (method, task(model)) == ("minimum_error", "regression"):
        values = values[:2]  # with a very large m all leaves look like the root, and nothing is gained
    sizes = [
        sum(
            node_counts(
                ErrorBasedPruner(clone(model), method=method, method_params={parameter: v})
                .fit(X, y)
                .estimator_
            )
        )
        for v in values
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


@pytest.mark.parametrize(("model", "method"), SERVED, ids=SERVED_IDS)
def test_defaults_are_those_of_the_registry(model, method):
    X, y = table_for(model)
    by_name = ErrorBasedPruner(
        clone(model), method=method, method_params=dict(criteria()[method].parameters)
    )
    assert_same_trees(
        by_name.fit(X, y).estimator_, ErrorBasedPruner(clone(model), method=method).fit(X, y).estimator_
    )


@pytest.mark.parametrize(("model", "method"), REFUSED, ids=[f"{n}-{type(m).__name__}" for m, n in REFUSED])
def test_methods_for_the_other_task_are_refused_and_others_named(model, method):
    with pytest.raises(
        ValueError, match=f"method='{method}' is defined for .* only; .* CostComplexityPruner"
    ):
        ErrorBasedPruner(model, method=method).fit(*table_for(model))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("k", [1, 2, 7, 11, 30])
def test_no_leaf_has_fewer_rows_than_asked_for(model, k):
    X, y = table_for(model)
    pruner = ErrorBasedPruner(clone(model), method="smallest_leaf", method_params={"min_samples_leaf": k})
    pruned = pruner.fit(X, y).estimator_
    for tree in (t.tree_ for t in getattr(pruned, "estimators_", [pruned])):
        assert tree.n_node_samples[tree.children_left < 0].min() >= k


@pytest.mark.parametrize("k", [1, 3, 8, 20])
@pytest.mark.parametrize("cls", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_of_the_trees_without_small_leaves_the_largest_is_kept(cls, k):
    X, y = table_for(cls(), 1, 80)
    tree = cls(max_leaf_nodes=9, random_state=0).fit(X, y)
    rows = tree.tree_.n_node_samples
    pruner = ErrorBasedPruner(
        FrozenEstimator(tree), method="smallest_leaf", method_params={"min_samples_leaf": k}
    )
    legal = [leaves for leaves in top_subtrees(tree) if all(rows[leaf] >= k for leaf in leaves)]
    assert leaves_kept(tree, pruner.fit(X).estimator_) == max(legal, key=len)


def test_a_tree_of_too_few_rows_becomes_its_root():
    X, y = random_table(0, 8)
    pruner = ErrorBasedPruner(DecisionTreeClassifier(random_state=0), method="smallest_leaf").fit(X, y)
    assert node_counts(pruner.estimator_) == [1]


def test_pessimistic_pruning_by_brute_force():
    """Quinlan 1987: with no allowance the least sum of errors + 1/2 a leaf against the grown branch."""
    X, y = random_table(3, 100)
    tree = DecisionTreeClassifier(max_leaf_nodes=10, random_state=0).fit(X, y)
    t = tree.tree_
    errors = t.n_node_samples * (1 - t.value[:, 0].max(axis=1)) + 0.5

    def grown(node):
        return (
            [node]
            if t.children_left[node] < 0
            else grown(t.children_left[node]) + grown(t.children_right[node])
        )

    def kept(node):
        branch = sum(errors[grown(node)])
        spread = np.sqrt(branch * (t.n_node_samples[node] - branch) / t.n_node_samples[node])
        if t.children_left[node] < 0 or errors[node] <= branch + spread:
            return [node]
        return kept(t.children_left[node]) + kept(t.children_right[node])

    pruner = ErrorBasedPruner(FrozenEstimator(tree), method="pessimistic").fit(X)
    assert leaves_kept(tree, pruner.estimator_) == frozenset(kept(0))
