"""What the public libraries have for the same work, called in the way that is fastest for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost
from kernel_clocks import Way
from kernel_models import FORESTS, Case

from treeprune.model.ensemble import Array

COUNTED_TREES = 25
"""Trees, evenly spread, whose decision paths are asked for: all of them would take minutes."""


def _each_tree(case: Case, step: int, work: Callable[[Any], Any]) -> Way:
    return Way(tuple(lambda _, tree=member.tree_: work(tree) for member in case.native.estimators_[::step]))


def _each_part(case: Case, work: Callable[[Array], Any]) -> Way:
    return Way(tuple(lambda _, part=part: work(case.X[part]) for part in case.parts))


def _booster(case: Case) -> Any:
    booster = case.native.get_booster()
    booster.set_param({"nthread": 1})
    return booster


def _each_matrix(case: Case, work: Callable[[Any], Any]) -> Way:
    """XGBoost keeps the raw predictions of a matrix and hands them back when it is asked again.

    So each run makes matrices of its own; on the clock, as ours codes the rows on the clock.
    """
    return _each_part(case, lambda X: work(xgboost.DMatrix(X, nthread=1)))


def leaf_ways(case: Case) -> dict[str, Way]:
    """The leaf of every row in every tree."""
    if case.name in FORESTS:
        return {"scikit-learn, apply": _each_tree(case, 1, lambda tree: tree.apply(case.X))}
    if case.name == "xgb":
        booster = _booster(case)
        return {"XGBoost, pred_leaf": _each_matrix(case, lambda m: booster.predict(m, pred_leaf=True))}
    booster = case.native.booster_
    return {
        "LightGBM, pred_leaf": _each_part(case, lambda X: booster.predict(X, pred_leaf=True, num_threads=1))
    }


def leaves(case: Case, n: int) -> Array:
    """Native leaf of the first rows in each tree, by the numbers of `node_id`; shape (n_trees, n)."""
    X, e = case.X[:n], case.ensemble
    if case.name in FORESTS:
        return np.array([member.tree_.apply(X) for member in case.native.estimators_])
    if case.name == "xgb":
        return case.native.get_booster().predict(xgboost.DMatrix(X), pred_leaf=True).T.astype(np.int64)
    n_splits = np.add.reduceat((~e.is_leaf).astype(np.int64), e.root[:-1])  # LightGBM counts leaves apart
    return case.native.booster_.predict(X, pred_leaf=True).T + n_splits[:, None]


def raw_ways(case: Case) -> dict[str, Way]:
    """The output of the ensemble before its link."""
    if case.name in FORESTS:
        return {"scikit-learn, predict_proba": _each_part(case, case.native.predict_proba)}
    if case.name == "xgb":
        booster = _booster(case)
        return {
            "XGBoost, predict": _each_matrix(case, lambda m: booster.predict(m, output_margin=True)),
            "XGBoost, inplace_predict": _each_part(
                case, lambda X: booster.inplace_predict(X, predict_type="margin")
            ),
        }
    booster = case.native.booster_
    return {
        "LightGBM, predict": _each_part(case, lambda X: booster.predict(X, raw_score=True, num_threads=1))
    }


def raw(case: Case) -> Array:
    """Native raw output; shape (n_rows, n_columns)."""
    if case.name in FORESTS:
        return case.native.predict_proba(case.X)
    if case.name == "xgb":
        margin = case.native.get_booster().predict(xgboost.DMatrix(case.X), output_margin=True)
    else:
        margin = case.native.booster_.predict(case.X, raw_score=True)
    return margin.reshape(len(case.X), -1).astype(np.float64)


def path_ways(case: Case) -> dict[str, Way]:
    """Rows of each class at every node, from decision paths; of `COUNTED_TREES` trees."""
    one_hot = np.eye(2)[case.y]

    def times_classes(tree: Any) -> Array:
        return tree.decision_path(case.X).T @ one_hot

    def counted(tree: Any) -> Array:
        path = tree.decision_path(case.X)
        at = 2 * path.indices + np.repeat(case.y, np.diff(path.indptr))
        return np.bincount(at, minlength=2 * tree.node_count).reshape(-1, 2)

    ways = {"product with classes": times_classes, "bincount of classes": counted}
    step = len(case.native.estimators_) // COUNTED_TREES
    return {
        f"scikit-learn, decision_path, {name}": _each_tree(case, step, work) for name, work in ways.items()
    }


def row_counts(case: Case) -> Way:
    """Rows alone at every node, which is less than ours count; of `COUNTED_TREES` trees."""
    step = len(case.native.estimators_) // COUNTED_TREES
    return _each_tree(
        case,
        step,
        lambda tree: np.bincount(tree.decision_path(case.X).indices, minlength=tree.node_count),
    )


def class_counts(case: Case, tree: int) -> Array:
    """Rows of each class at every node of one tree."""
    path = case.native.estimators_[tree].tree_.decision_path(case.X)
    return path.T @ np.eye(2)[case.y]


def outputs(case: Case) -> Array:
    """Probabilities of each tree; shape (n_trees, n_rows, 2)."""
    return np.stack([member.predict_proba(case.X) for member in case.native.estimators_])


def gram(case: Case) -> Array:
    """Products of the trees' probabilities, summed over rows and classes."""
    flat = outputs(case).reshape(len(case.native.estimators_), -1)
    return flat @ flat.T
