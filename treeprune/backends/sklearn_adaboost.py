"""scikit-learn's AdaBoostClassifier and AdaBoostRegressor, boosted from single trees.

A tree of the classifier casts one vote, however sure it is: +1 for the class that is most frequent
in its leaf and -1 / (K - 1) for each other one. Those votes are the ensemble's values; the fractions
they follow from stay in the native trees, so votes cannot be replaced. A branch that is collapsed votes
by the class that is most frequent in it, among rows weighted as when the tree was grown.

The regressor answers with the weighted median of its trees.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, register
from treeprune.backends.sklearn_members import (
    column_fields,
    criterion_of,
    kept_members,
    single_trees,
    with_members,
)
from treeprune.backends.sklearn_tree import (
    checked_state,
    first_nodes,
    node_arrays,
    rebuilt_tree,
    stacked,
    tree_output,
)
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble

_DERIVED_VOTES = (
    "the votes of an AdaBoostClassifier follow from the class fractions in its trees, so it cannot hold "
    "other leaf values; collapse branches, and drop or weigh trees instead"
)

_MEDIAN = (
    "answers with the weighted median of its trees: a median is no sum in which each tree has its part"
)


def _weights(model: Any) -> Array:
    n = len(model.estimators_)
    weights = np.array(model.estimator_weights_[:n], np.float64)
    if len(weights) < n:
        raise InvalidModelError(f"estimator_weights_ has {len(weights)} entries for {n} trees")
    return weights


def _median_weights(model: Any) -> Array:
    """Factors of a regressor; a first tree no better than chance stands alone with a factor of 0."""
    weights = _weights(model)
    return np.ones(1) if len(weights) == 1 and weights[0] == 0 else weights


def _vote(n_classes: int) -> tuple[float, float]:
    """What a tree gives to its class and to each other one."""
    return (1.0, -1 / (n_classes - 1)) if n_classes > 1 else (0.0, 0.0)


def _votes(model: Any, member: Any) -> Array:
    """Vote of each node of a tree; shape (n_nodes, n_classes)."""
    fractions = checked_state(member.tree_)["values"][:, 0]
    codes = np.searchsorted(model.classes_, member.classes_)
    known = codes < len(model.classes_)
    if not known.all() or (model.classes_[codes] != member.classes_).any():
        raise InvalidModelError("a tree of the AdaBoostClassifier knows a class that the whole does not")
    if fractions.shape[1] != len(codes) or not np.isfinite(fractions).all():
        raise InvalidModelError("a tree of the AdaBoostClassifier holds no finite fraction of each class")
    own, other = _vote(len(model.classes_))
    votes = np.full((len(fractions), len(model.classes_)), other)
    votes[np.arange(len(fractions)), codes[fractions.argmax(axis=1)]] = own
    return votes


def _check_classifier(model: Any) -> None:
    if getattr(model, "algorithm", None) == "SAMME.R":
        raise UnsupportedModelError(
            "this AdaBoostClassifier was trained with algorithm='SAMME.R', which scikit-learn no longer "
            "knows: it answers as SAMME would, so its probabilities are wrong already; train it anew"
        )
    n = len(model.estimators_)
    if np.any(model.estimator_weights_[n:]):
        raise UnsupportedModelError(
            f"this AdaBoostClassifier has {n} trees and weights of more, by which it divides; cut them "
            f"first: model.estimator_weights_ = model.estimator_weights_[:{n}]"
        )


def _read_classifier(model: Any) -> TreeEnsemble:
    members = single_trees(model)
    _check_classifier(model)
    trees = [member.tree_ for member in members]
    root = first_nodes(trees)
    n_classes = len(model.classes_)
    parts = [
        node_arrays(member.tree_, (1,), int(first)) | {"value": _votes(model, member)}
        for member, first in zip(members, root, strict=False)
    ]
    return stacked(
        parts,
        root,
        columns=(n_classes,),
        classes=(model.classes_,),
        task="classification",
        weight=_weights(model),
        aggregation="mean",
        reweight="weight",
        link="softmax",
        link_scale=1 / max(n_classes - 1, 1),
        **column_fields(model),
    )


def _read_regressor(model: Any) -> TreeEnsemble:
    members = single_trees(model)
    trees = [member.tree_ for member in members]
    root = first_nodes(trees)
    return stacked(
        [node_arrays(tree, (1,), int(first)) for tree, first in zip(trees, root, strict=False)],
        root,
        columns=(1,),
        task="regression",
        criterion=criterion_of(members),
        weight=_median_weights(model),
        aggregation="median",
        reweight="weight",
        **column_fields(model),
    )


def _with_trees(model: Any, ensemble: TreeEnsemble, trees: list[Any], read_weights: Array) -> Any:
    kept, n = ensemble.tree_id, len(model.estimators_)
    native = _weights(model)[kept]
    weights = np.where(ensemble.weight == read_weights[kept], native, ensemble.weight)
    errors = np.asarray(model.estimator_errors_)[kept]
    if len(kept) == n:  # boosting that stopped early leaves entries for trees that were never grown
        weights = np.concatenate([weights, model.estimator_weights_[n:]])
        errors = np.concatenate([errors, model.estimator_errors_[n:]])
    members = kept_members(model, ensemble, trees)
    return with_members(model, members, estimator_weights_=weights, estimator_errors_=errors)


def _write_classifier(model: Any, ensemble: TreeEnsemble) -> Any:
    trees = []
    for t, native in enumerate(ensemble.tree_id):
        member, own = model.estimators_[native], ensemble.tree(t)
        ids = ensemble.node_id[own]
        if not np.array_equal(ensemble.value[own], _votes(model, member)[ids]):
            raise UnsupportedModelError(_DERIVED_VOTES)
        fractions = checked_state(member.tree_)["values"][ids]
        trees.append(rebuilt_tree(member.tree_, ensemble, t, fractions))
    return _with_trees(model, ensemble, trees, _weights(model))


def _write_regressor(model: Any, ensemble: TreeEnsemble) -> Any:
    trees = [
        rebuilt_tree(model.estimators_[native].tree_, ensemble, t)
        for t, native in enumerate(ensemble.tree_id)
    ]
    return _with_trees(model, ensemble, trees, _median_weights(model))


def _native_votes(model: Any, tree: int, rows: Array) -> Array:
    """Weighted votes of a tree by scikit-learn's own labels."""
    from sklearn import config_context

    own, other = _vote(len(model.classes_))
    with config_context(assume_finite=True):  # AdaBoost refuses missing values, its trees need not
        labels = model.estimators_[tree].predict(rows)
    return _weights(model)[tree] * np.where(labels[:, None] == model.classes_, own, other)


def _raw_classifier(model: Any, rows: Array) -> Array:
    raw = np.zeros((len(rows), len(model.classes_)))
    for tree in range(len(model.estimators_)):
        raw += _native_votes(model, tree, rows)
    return raw / _weights(model).sum()


def _raw_regressor(model: Any, rows: Array) -> Array:
    from sklearn import config_context

    with config_context(assume_finite=True):
        # `predict` is this and a check that refuses missing values
        median: Array = model._get_median_predict(rows, len(model.estimators_))
    return median[:, None]


def _regressor_tree_output(model: Any, tree: int, rows: Array) -> Array:
    return _median_weights(model)[tree] * tree_output(model.estimators_[tree].tree_, rows, (1,))


def _all_rows(model: Any, tree: int, n_rows: int) -> Array | None:
    return np.ones(n_rows, np.int64)  # boosting weighs rows, it draws none


def _unknown_rows(model: Any, tree: int, n_rows: int) -> Array | None:
    return None  # each tree has rows of its own, and the model does not say which


register(
    ("sklearn:AdaBoostClassifier",),
    Backend(
        _read_classifier,
        _write_classifier,
        _raw_classifier,
        _all_rows,
        tree_output=_native_votes,
        limits={"values": _DERIVED_VOTES},
    ),
)
register(
    ("sklearn:AdaBoostRegressor",),
    Backend(
        _read_regressor,
        _write_regressor,
        _raw_regressor,
        _unknown_rows,
        tree_output=_regressor_tree_output,
        limits={"sum": _MEDIAN},
    ),
)
