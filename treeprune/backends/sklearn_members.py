"""Ensembles of scikit-learn's single trees: what AdaBoost, bagging and isolation forests share."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.backends.sklearn_tree import copied
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble


def single_trees(model: Any) -> list[Any]:
    """Members of an ensemble, refused unless each is a single tree of the ensemble's own kind.

    Parameters
    ----------
    model : object
        A fitted estimator with `estimators_`.

    Returns
    -------
    list of DecisionTree* or ExtraTree*
    """
    from sklearn.tree import BaseDecisionTree

    name = type(model).__name__
    if len(model.estimators_) == 0:
        raise InvalidModelError(f"the {name} holds no trees")
    for cls, member in {type(member): member for member in model.estimators_}.items():
        if not issubclass(cls, BaseDecisionTree):
            raise UnsupportedModelError(
                f"the members of this {name} are {cls.__name__} objects, and treeprune reads members that "
                "are single trees (DecisionTree*, ExtraTree*): put what prepares the data before the "
                f"{name} (a Pipeline), or prune each fitted tree model in estimators_ by itself"
            )
        check_supported(member)
        if hasattr(member, "classes_") != hasattr(model, "classes_"):
            raise UnsupportedModelError(
                f"the members of this {name} are {cls.__name__} objects, whose answers it takes for what "
                "they are not (labels for numbers, or numbers for labels); give classification trees to "
                "a classifier and regression trees to a regressor"
            )
    if len({member.tree_.n_outputs for member in model.estimators_}) > 1:
        raise InvalidModelError(f"the trees of the {name} predict different numbers of targets")
    return list(model.estimators_)


def feature_maps(model: Any) -> list[Array]:
    """Columns of a bagging ensemble that each member looks at, in the member's order."""
    maps = [np.asarray(own) for own in model.estimators_features_]
    if len(maps) != len(model.estimators_):
        raise InvalidModelError(
            f"estimators_features_ has {len(maps)} entries for {len(model.estimators_)} trees"
        )
    for member, own in zip(model.estimators_, maps, strict=True):
        legal = own.dtype.kind in "iu" and own.shape == (member.tree_.n_features,)
        if not legal or own.min() < 0 or own.max() >= model.n_features_in_:
            raise InvalidModelError(
                f"estimators_features_ must name {member.tree_.n_features} columns of "
                f"{model.n_features_in_} for each tree, got {own!r}"
            )
    return maps


def column_fields(model: Any, maps: list[Array] | None = None) -> dict[str, Any]:
    """Fields of a `TreeEnsemble` that speak of the columns of the table.

    Parameters
    ----------
    model : object
    maps : list of ndarray of int, optional
        What `feature_maps` gave; each member looks at all columns by default.

    Returns
    -------
    dict
    """
    names = getattr(model, "feature_names_in_", None)
    return {
        "n_features": int(model.n_features_in_),
        "feature_names": None if names is None else tuple(map(str, names)),
        "monotone": _common_signs(model, maps),
    }


def _common_signs(model: Any, maps: list[Array] | None) -> Array | None:
    """Sign that all trees that see a column give to it, 0 where they differ."""
    n = model.n_features_in_
    if all(member.monotonic_cst is None for member in model.estimators_):
        return None
    low, high = np.full(n, 2), np.full(n, -2)  # of a column that no tree sees nothing is known
    for t, member in enumerate(model.estimators_):
        own = np.arange(n) if maps is None else maps[t]
        # a constraint names a column of the tree, which is another column of the table in each tree
        signs = np.zeros(len(own), int) if member.monotonic_cst is None else member.monotonic_cst
        np.minimum.at(low, own, signs)
        np.maximum.at(high, own, signs)
    return np.where(low == high, low, 0).astype(np.int8)


def criterion_of(members: list[Any]) -> str | None:
    """Growth criterion of all members, None if it has no name."""
    criterion = members[0].criterion
    return criterion if isinstance(criterion, str) else None


def kept_members(model: Any, ensemble: TreeEnsemble, trees: list[Any]) -> list[Any]:
    """Copies of the members that an ensemble keeps, with their new `Tree` objects."""
    return [
        copied(model.estimators_[native], tree_=tree)
        for native, tree in zip(ensemble.tree_id, trees, strict=True)
    ]


def with_members(model: Any, members: list[Any], **replaced: Any) -> Any:
    """Copy of an ensemble with other members, counted anew if their number is another."""
    new = copied(model, estimators_=members, **replaced)
    if len(members) != len(model.estimators_):
        new.n_estimators = len(members)
    return new


def _first_with_seed(model: Any) -> int:
    """First tree whose seed is known: a warm start forgets those of earlier calls.

    Negative where there are more seeds than trees.
    """
    return len(model.estimators_) - len(model._seeds)


def kept_draws(model: Any, ensemble: TreeEnsemble) -> dict[str, Any]:
    """Feature subsets and seeds of the trees that a bagging ensemble keeps, by attribute."""
    subsets = [np.array(model.estimators_features_[native]) for native in ensemble.tree_id]
    first, wanted = _first_with_seed(model), ensemble.tree_id
    if first < 0:  # trees were cut off by hand, so nobody knows whose the seeds are
        return {"estimators_features_": subsets, "_seeds": model._seeds.copy()}
    known = wanted >= first
    if (np.diff(known.astype(int)) < 0).any():  # seeds can only be those of the last trees
        known[: np.flatnonzero(~known)[-1]] = False
    return {"estimators_features_": subsets, "_seeds": model._seeds[wanted[known] - first]}


def in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    """How often each training row was drawn for a tree of a bagging ensemble, if that is known."""
    first = _first_with_seed(model)
    if model._n_samples != n_rows or not 0 <= first <= tree:
        return None
    alone = copy.copy(model)  # asked for one tree, the ensemble would draw the rows of all
    alone._seeds = model._seeds[tree - first : tree - first + 1]
    return np.bincount(alone.estimators_samples_[0], minlength=n_rows)
