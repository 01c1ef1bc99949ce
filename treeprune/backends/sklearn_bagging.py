"""scikit-learn's BaggingClassifier and BaggingRegressor of single trees.

A member sees some columns of the table, in an order of its own and perhaps one twice; the ensemble's
features are columns of the table. Members of a classifier name classes by number, and may know only
some of them: they give the others the probability 0. Such a member gets the missing classes when it is
to give them another one, as a weighted member does (see `treeprune.model.edit.scale_trees`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, register
from treeprune.backends.sklearn_members import (
    column_fields,
    criterion_of,
    feature_maps,
    in_bag,
    kept_draws,
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

_OUT_OF_BAG = ("oob_score_", "oob_prediction_", "oob_decision_function_")


def _check_count(model: Any) -> None:
    n = len(model.estimators_)
    if model.n_estimators != n:
        raise UnsupportedModelError(
            f"this {type(model).__name__} has {n} trees but n_estimators={model.n_estimators}, by which it "
            f"divides their sum, so its answers are wrong; set it first: set_params(n_estimators={n})"
        )


def _codes(model: Any, member: Any) -> Array:
    """Columns of the ensemble that the classes of a member are."""
    codes = np.asarray(member.classes_).astype(np.int64)
    legal = np.array_equal(codes, member.classes_) and (np.diff(codes) > 0).all()
    if not legal or codes[0] < 0 or codes[-1] >= len(model.classes_):
        raise InvalidModelError(
            f"a tree of the {type(model).__name__} knows the classes {member.classes_}, which are no "
            f"numbers of its {len(model.classes_)} classes"
        )
    if codes.shape != (member.tree_.value.shape[2],):
        raise InvalidModelError(f"a tree of the {type(model).__name__} does not fit its own classes")
    return codes


def _with_all_classes(tree: Any, codes: Array, n_classes: int) -> Any:
    """`Tree` that gives classes it does not know the probability 0; itself if it knows them all."""
    if len(codes) == n_classes:
        return tree
    state = checked_state(tree)
    values = np.zeros((len(state["values"]), 1, n_classes))
    values[:, :, codes] = state["values"]
    make, (n_features, _, n_outputs) = tree.__reduce__()[:2]
    wide = make(n_features, np.array([n_classes], np.intp), n_outputs)
    wide.__setstate__(state | {"values": values})
    return wide


def _trees(model: Any) -> list[Any]:
    """`Tree` of each member, of all the classes of the whole."""
    if not hasattr(model, "classes_"):
        return [member.tree_ for member in model.estimators_]
    n_classes = len(model.classes_)
    return [
        _with_all_classes(member.tree_, _codes(model, member), n_classes) for member in model.estimators_
    ]


def _columns(model: Any) -> tuple[int, ...]:
    if hasattr(model, "classes_"):
        return (len(model.classes_),)
    return (1,) * int(model.estimators_[0].tree_.n_outputs)


def _read(model: Any) -> TreeEnsemble:
    members, maps, columns = single_trees(model), feature_maps(model), _columns(model)
    _check_count(model)
    trees = _trees(model)
    root = first_nodes(trees)
    classify = hasattr(model, "classes_")
    return stacked(
        [
            node_arrays(tree, columns, int(first), own)
            for tree, first, own in zip(trees, root, maps, strict=False)
        ],
        root,
        columns=columns,
        classes=(model.classes_,) if classify else (),
        task="classification" if classify else "regression",
        criterion=criterion_of(members),
        aggregation="mean",
        reweight="blend" if classify else "value",
        **column_fields(model, maps),
    )


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    kept, whole = ensemble.tree_id, _trees(model)
    members = kept_members(
        model, ensemble, [rebuilt_tree(whole[native], ensemble, t) for t, native in enumerate(kept)]
    )
    if hasattr(model, "classes_"):
        for t, member in enumerate(members):
            _settle_classes(model, member, ensemble, t)
    new = with_members(model, members, **kept_draws(model, ensemble))
    for name in _OUT_OF_BAG:  # figures of the ensemble as it was grown: no longer true
        new.__dict__.pop(name, None)
    return new


def _settle_classes(model: Any, member: Any, ensemble: TreeEnsemble, position: int) -> None:
    """Leave a member the classes that it knew, or give it all if it is to speak of others."""
    codes, n_classes = _codes(model, model.estimators_[ensemble.tree_id[position]]), len(model.classes_)
    if len(codes) == n_classes:
        return
    value = ensemble.value[ensemble.tree(position)]
    if np.delete(value, codes, axis=1).any():
        member.classes_ = np.arange(n_classes)
        member.n_classes_ = np.intp(n_classes)
        return
    native = model.estimators_[ensemble.tree_id[position]].tree_
    member.tree_ = rebuilt_tree(native, ensemble, position, value[:, None, codes])


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    member, columns = model.estimators_[tree], _columns(model)
    own = rows[:, model.estimators_features_[tree]]
    if not hasattr(model, "classes_"):
        return tree_output(member.tree_, own, columns)
    probability = np.zeros((len(rows), *columns))
    probability[:, member.classes_] = tree_output(member.tree_, own, (len(member.classes_),))
    return probability


def _raw_output(model: Any, rows: Array) -> Array:
    raw = np.zeros((len(rows), sum(_columns(model))))
    for tree in range(len(model.estimators_)):
        raw += _tree_output(model, tree, rows)
    return raw / model.n_estimators


register(
    ("sklearn:BaggingClassifier", "sklearn:BaggingRegressor"),
    Backend(_read, _write, _raw_output, in_bag, tree_output=_tree_output),
)
