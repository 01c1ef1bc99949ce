"""Every pruner there is, models that count their fits, and oracles that know scikit-learn alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from inspect import isabstract
from itertools import product
from pkgutil import walk_packages
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import treeprune
from treeprune import (
    CostComplexityPruner,
    ErrorBasedPruner,
    FeaturePruner,
    JointPruner,
    ReducedErrorPruner,
    TreeCountPruner,
)
from treeprune.pruners.base import BasePruner
from treeprune.pruners.small_cell import SmallCellPruner

MODELS = (
    DecisionTreeClassifier(random_state=0),
    DecisionTreeRegressor(random_state=0),
    RandomForestClassifier(3, random_state=0),
    RandomForestRegressor(3, random_state=0),
)

PARAMETERS: dict[type, dict[str, Any]] = {
    CostComplexityPruner: {"cv": 3, "rule": "min"},
    ErrorBasedPruner: {"method": "minimum_error", "method_params": {"m": 20}},
    FeaturePruner: {"max_features": 2, "max_nodes": 15, "values": "anchored", "target": "y", "cv": 2},
    JointPruner: {"rule": "min", "values": "anchored", "target": "y", "cv": 2},
    ReducedErrorPruner: {"random_state": 0},
    # rows are counted, whatever they weigh: only the weakest rule takes a weight for a repetition
    SmallCellPruner: {"min_count": 1},
    TreeCountPruner: {"n_trees": 2},
}
"""What a pruner needs to serve classifiers and regressors, and to be quick."""


@cache
def pruner_classes() -> tuple[type[BasePruner], ...]:
    """All pruners of the package, found by looking: a new one is tested by existing."""
    for module in walk_packages(treeprune.__path__, "treeprune."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found, queue = set(), [BasePruner]
    while queue:
        below = queue.pop().__subclasses__()
        queue += below
        found |= {cls for cls in below if cls.__module__.startswith("treeprune.") and not isabstract(cls)}
    return tuple(sorted(found, key=lambda cls: cls.__name__))


def make(cls: type[BasePruner], estimator: Any, **parameters: Any) -> Any:
    return cls(estimator, **(PARAMETERS.get(cls, {}) | parameters))


def each_pruner(model: Any) -> list[Any]:
    return [make(cls, clone(model)) for cls in pruner_classes()]


def names(estimators: list[Any]) -> list[str]:
    return [f"{type(p).__name__}-{type(p.estimator).__name__}" for p in estimators]


class CountingTree(DecisionTreeClassifier):
    """A tree classifier that remembers how often any of its kind was fitted."""

    n_fits: ClassVar[int] = 0

    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        CountingTree.n_fits += 1
        return super().fit(X, y, sample_weight=sample_weight, check_input=check_input)


class CountingRegressor(DecisionTreeRegressor):
    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        CountingTree.n_fits += 1
        return super().fit(X, y, sample_weight=sample_weight, check_input=check_input)


@contextmanager
def no_fit() -> Iterator[None]:
    """Assert that no counting tree is fitted inside."""
    before = CountingTree.n_fits
    yield
    assert CountingTree.n_fits == before, "the model was fitted before the input was refused"


def tree_arrays(tree: Any) -> dict[str, np.ndarray]:
    """What a scikit-learn tree says about itself, without the numbers of its nodes."""
    t = tree.tree_
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if t.children_left[node] >= 0:
            stack += [t.children_right[node], t.children_left[node]]
    columns = (
        "feature",
        "threshold",
        "value",
        "impurity",
        "n_node_samples",
        "weighted_n_node_samples",
    )
    split = t.children_left[order] >= 0
    arrays = {name: getattr(t, name)[order] for name in columns}
    missing = np.where(split, t.missing_go_to_left[order], 0)
    return arrays | {"split": split, "missing": missing}


def assert_same_trees(a: Any, b: Any) -> None:
    """Two scikit-learn models hold the same trees, node for node and bit for bit."""
    ones, twos = (list(getattr(m, "estimators_", [m])) for m in (a, b))
    assert len(ones) == len(twos)
    for one, two in zip(ones, twos, strict=True):
        first, second = tree_arrays(one), tree_arrays(two)
        for name, column in first.items():
            np.testing.assert_array_equal(column, second[name], err_msg=name)


def node_counts(model: Any) -> list[int]:
    return [tree.tree_.node_count for tree in getattr(model, "estimators_", [model])]


def top_subtrees(tree: Any, node: int = 0) -> list[frozenset[int]]:
    """Leaves of every top subtree of a scikit-learn tree."""
    t = tree.tree_
    found = [frozenset([node])]
    if t.children_left[node] >= 0:
        below = (top_subtrees(tree, child) for child in (t.children_left[node], t.children_right[node]))
        found += [a | b for a, b in product(*below)]
    return found


def answers_of(tree: Any, leaves: frozenset[int], X: Any) -> np.ndarray:
    """Values that a top subtree answers rows with, by the decision path of the full tree."""
    t = tree.tree_
    passes = tree.decision_path(X)[:, sorted(leaves)].toarray()
    assert (passes.sum(axis=1) == 1).all()
    value = t.value[sorted(leaves), 0]
    return value[passes.argmax(axis=1)]


def _labels(tree: Any, answers: np.ndarray) -> np.ndarray:
    return tree.classes_[answers.argmax(axis=1)]


def _brier(tree: Any, y: Any, answers: np.ndarray, weight: Any) -> float:
    truth = (np.asarray(y)[:, None] == tree.classes_).astype(float)
    square = ((answers - truth) ** 2).sum(axis=1)
    return float(np.average(square, weights=weight)) / (2 if len(tree.classes_) == 2 else 1)


ORACLE_LOSSES: dict[str, Callable[[Any, Any, np.ndarray, Any], float]] = {
    "log_loss": lambda tree, y, a, w: log_loss(y, a, sample_weight=w, labels=tree.classes_),
    "brier": _brier,
    "misclassification": lambda tree, y, a, w: 1 - accuracy_score(y, _labels(tree, a), sample_weight=w),
    "squared_error": lambda tree, y, a, w: mean_squared_error(y, a[:, 0], sample_weight=w),
    "absolute_error": lambda tree, y, a, w: mean_absolute_error(y, a[:, 0], sample_weight=w),
}
"""Losses of a tree's answers by scikit-learn's metrics."""


def leaves_kept(full: Any, pruned: Any) -> frozenset[int]:
    """Nodes of the full tree that are the leaves of a pruned one, walked down side by side."""
    a, b, leaves, stack = full.tree_, pruned.tree_, set(), [(0, 0)]
    while stack:
        i, j = stack.pop()
        if b.children_left[j] < 0:
            leaves.add(i)
            continue
        assert a.feature[i] == b.feature[j]
        assert a.threshold[i] == b.threshold[j]
        stack += [(a.children_left[i], b.children_left[j]), (a.children_right[i], b.children_right[j])]
    return frozenset(leaves)
