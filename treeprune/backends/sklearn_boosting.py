"""scikit-learn's exact gradient boosting: GradientBoosting*.

A round is a row of `estimators_`, one regression tree for each output column. The sum starts where the
`init` estimator says, so that only a constant one can be told apart from the trees.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, always_boosts, register
from treeprune.backends.sklearn_rounds import (
    ORDER,
    boosted_ensemble,
    rounds_as_grown,
    trained_by,
    whole_rounds,
)
from treeprune.backends.sklearn_tree import copied, first_nodes, node_arrays, rebuilt_tree
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

_SCORES = ("train_score_", "oob_scores_", "oob_improvement_")


def _base_score(model: Any) -> Array:
    """Where the sum of the trees starts, by scikit-learn's own code."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    init = model.init_
    dummy = type(init) in (DummyClassifier, DummyRegressor) and init.strategy != "stratified"
    if not dummy and not (isinstance(init, str) and init == "zero"):
        raise UnsupportedModelError(
            f"{type(model).__name__} starts from init={init!r}, whose answers may differ from row to row; "
            "treeprune prunes trees that start from a constant: train with init=None or init='zero' (for "
            "regression on what your init estimator leaves over, and add its prediction yourself)"
        )
    row = np.zeros((1, model.n_features_in_), np.float32)
    return np.array(model._raw_predict_init(row)[0], np.float64)


def _read(model: Any) -> TreeEnsemble:
    trees = [member.tree_ for member in model.estimators_.ravel()]
    root = first_nodes(trees)
    parts = [node_arrays(tree, (1,), int(first)) for tree, first in zip(trees, root, strict=False)]
    for part in parts:
        part["default_left"][:] = False  # what a tree says of missing values, boosting does not ask
    return boosted_ensemble(
        model, parts, root, _base_score(model), weight=np.full(len(trees), float(model.learning_rate))
    )


def _leaf_values(tree: Any, ensemble: TreeEnsemble, position: int, column: int) -> Array:
    """What a written tree holds: the ensemble's values at leaves, its own residual means at splits."""
    own = ensemble.tree(position)
    values: Array = tree.value[ensemble.node_id[own]]
    leaf = ensemble.left[own] == LEAF
    values[leaf, 0, 0] = ensemble.value[own][leaf, column]
    return values


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    whole = _read(model)
    rounds = whole_rounds(whole, ensemble)
    n_native, n_columns = model.estimators_.shape
    memo: dict[int, Any] = {}  # the members share one random state with each other and with the model
    members = np.empty((len(rounds), n_columns), object)
    for row, (number, sources) in enumerate(rounds.items()):
        for column, (source, t) in enumerate(sources):
            member = model.estimators_[number, column]
            values = _leaf_values(member.tree_, source, t, column)
            tree = rebuilt_tree(member.tree_, source, t, values)
            members[row, column] = copied(member, memo, tree_=tree)
    new = copied(model, memo, estimators_=members)
    if len(rounds) != n_native:
        new.n_estimators = len(rounds)
    new.n_estimators_ = len(rounds)
    n_true = rounds_as_grown(whole, ensemble)
    for name in _SCORES:
        if hasattr(model, name):
            # a score is that of all rounds so far: from the first change on nobody knows it
            scores = getattr(model, name)[list(rounds)]
            scores[n_true:] = np.nan
            setattr(new, name, scores)
    if hasattr(model, "oob_score_"):
        new.oob_score_ = new.oob_scores_[-1]
    return new


def _round_output(model: Any, number: int, rows: Array) -> Array:
    """What the trees of a round hold for some rows, by boosting's own loop."""
    from sklearn.ensemble._gradient_boosting import predict_stages

    out = np.zeros((len(rows), model.estimators_.shape[1]))
    # scale 1: compiled for some processors, the loop rounds its products and sums in one
    predict_stages(model.estimators_[number : number + 1], rows, 1.0, out)
    return out


def _raw_output(model: Any, rows: Array) -> Array:
    rows = np.ascontiguousarray(rows, np.float32)
    raw = np.tile(_base_score(model), (len(rows), 1))
    for number in range(len(model.estimators_)):
        raw += model.learning_rate * _round_output(model, number, rows)
    return raw


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    number, column = divmod(tree, model.estimators_.shape[1])
    out = np.zeros((len(rows), model.estimators_.shape[1]))
    rows = np.ascontiguousarray(rows, np.float32)
    out[:, column] = model.learning_rate * _round_output(model, number, rows)[:, column]
    return out


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    if model.subsample < 1.0 or model.n_iter_no_change is not None:
        return None
    return np.ones(n_rows, np.int64)


register(
    ("sklearn:GradientBoostingClassifier", "sklearn:GradientBoostingRegressor"),
    Backend(
        _read,
        _write,
        _raw_output,
        _in_bag,
        tree_output=_tree_output,
        limits={"order": ORDER},
        boosts=always_boosts,
        trained_by=trained_by,
        class_trees=True,
    ),
)
