"""scikit-learn's forests: RandomForest* and ExtraTrees*."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, register
from treeprune.backends.sklearn_tree import (
    copied,
    rebuilt_tree,
    stack_trees,
    target_fields,
    tree_output,
)
from treeprune.model.ensemble import Array, TreeEnsemble

_OUT_OF_BAG = ("oob_score_", "oob_prediction_", "oob_decision_function_")


def _read(model: Any) -> TreeEnsemble:
    return stack_trees(model, [member.tree_ for member in model.estimators_], "mean")


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    members = [
        copied(model.estimators_[tree], tree_=rebuilt_tree(model.estimators_[tree].tree_, ensemble, t))
        for t, tree in enumerate(ensemble.tree_id)
    ]
    new = copied(model, estimators_=members)
    if len(members) != len(model.estimators_):
        new.n_estimators = len(members)
    for name in _OUT_OF_BAG:  # figures of the forest as it was grown: no longer true
        new.__dict__.pop(name, None)
    return new


def _raw_output(model: Any, rows: Array) -> Array:
    columns = target_fields(model)["columns"]
    raw = np.zeros((len(rows), sum(columns)))
    for member in model.estimators_:
        raw += tree_output(member.tree_, rows, columns)
    return raw / len(model.estimators_)


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    return tree_output(model.estimators_[tree].tree_, rows, target_fields(model)["columns"])


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    if getattr(model, "_n_samples", None) != n_rows:
        return None
    alone = copy.copy(model)  # asked for one tree, the forest would draw the rows of all
    alone.estimators_ = [model.estimators_[tree]]
    return np.bincount(alone.estimators_samples_[0], minlength=n_rows)


register(
    (
        "sklearn:RandomForestClassifier",
        "sklearn:RandomForestRegressor",
        "sklearn:ExtraTreesClassifier",
        "sklearn:ExtraTreesRegressor",
    ),
    Backend(_read, _write, _raw_output, _in_bag, tree_output=_tree_output),
)
