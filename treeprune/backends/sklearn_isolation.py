"""scikit-learn's IsolationForest.

The value of a node is the length of the path that ends there: its depth, and the length that a random
tree would still need to isolate the training rows in it, c(n) in the words of Liu, Ting and Zhou (2008).
The raw output is the mean over the trees; 2 ** (-mean / c(max_samples)), the link's answer, is the
opposite of `score_samples`.

Path lengths follow from the shape of a tree, so they cannot be replaced, and trees cannot be weighed.
A collapsed branch has the path length that scikit-learn gives to a leaf of that depth and size: not the
mean of those below, so scores move, towards those of a forest grown less deep. The threshold `offset_`
is carried as it is: where it came from a `contamination` it is not fitted to the new scores, and the
share of training rows called outliers changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import Backend, register
from treeprune.backends.sklearn_members import (
    column_fields,
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
)
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble

_DERIVED_LENGTHS = (
    "the path lengths of an IsolationForest follow from the shapes of its trees and their training rows, "
    "so it cannot hold other leaf values or counts; collapse branches or drop trees instead"
)


def _path_length(model: Any, tree: int) -> Array:
    """Path length of each node of a tree, in scikit-learn's order of operations."""
    lengths: Array = model._decision_path_lengths[tree] + model._average_path_length_per_tree[tree] - 1.0
    return lengths


def _maps(model: Any) -> list[Array]:
    """Columns that each tree looks at."""
    return [_heeded(model, own) for own in feature_maps(model)]


def _heeded(model: Any, subset: Array) -> Array:
    """A tree's columns: scikit-learn heeds the subsets only where they are smaller than the table."""
    n = model.n_features_in_
    return np.arange(n) if model._max_features == n else subset


def _check_lengths(model: Any) -> None:
    n_nodes = [member.tree_.node_count for member in model.estimators_]
    for name in ("_decision_path_lengths", "_average_path_length_per_tree"):
        if [len(own) for own in getattr(model, name)] != n_nodes:
            raise InvalidModelError(f"{name} of the IsolationForest does not fit its trees")


def _usual_length(model: Any) -> float:
    """c(max_samples), by scikit-learn's own function."""
    from sklearn.ensemble._iforest import _average_path_length

    length = float(_average_path_length([model._max_samples])[0])
    if length <= 0:
        raise UnsupportedModelError(
            "this IsolationForest has seen one row a tree, so all rows score alike and there is nothing to "
            "prune; train it with max_samples of 2 or more"
        )
    return length


def _read(model: Any) -> TreeEnsemble:
    members, maps = single_trees(model), _maps(model)
    trees = [member.tree_ for member in members]
    root = first_nodes(trees)
    parts = [
        node_arrays(tree, (1,), int(first), own)
        for tree, first, own in zip(trees, root, maps, strict=False)
    ]
    _check_lengths(model)
    for t, part in enumerate(parts):
        part["value"] = _path_length(model, t)[:, None]
    return stacked(
        parts,
        root,
        columns=(1,),
        task="anomaly",
        aggregation="mean",
        reweight="none",
        link="isolation",
        link_scale=1 / _usual_length(model),
        **column_fields(model, maps),
    )


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    trees, depths, averages = [], [], []
    for t, native in enumerate(ensemble.tree_id):
        own, tree = ensemble.tree(t), model.estimators_[native].tree_
        ids = ensemble.node_id[own]
        same_lengths = np.array_equal(ensemble.value[own, 0], _path_length(model, native)[ids])
        counts = None if ensemble.n_samples is None else ensemble.n_samples[own]
        if not same_lengths or counts is None or not np.array_equal(counts, tree.n_node_samples[ids]):
            raise UnsupportedModelError(_DERIVED_LENGTHS)
        trees.append(rebuilt_tree(tree, ensemble, t, checked_state(tree)["values"][ids]))
        # neither the depth of a node nor its rows depend on what is below it
        depths.append(model._decision_path_lengths[native][ids])
        averages.append(model._average_path_length_per_tree[native][ids])
    return with_members(
        model,
        kept_members(model, ensemble, trees),
        _decision_path_lengths=tuple(depths),
        _average_path_length_per_tree=tuple(averages),
        **kept_draws(model, ensemble),
    )


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    own = np.ascontiguousarray(rows[:, _heeded(model, model.estimators_features_[tree])], np.float32)
    leaves = model.estimators_[tree].tree_.apply(own)
    return _path_length(model, tree)[leaves][:, None]


def _raw_output(model: Any, rows: Array) -> Array:
    raw = np.zeros((len(rows), 1))
    for tree in range(len(model.estimators_)):
        raw += _tree_output(model, tree, rows)
    return raw / len(model.estimators_)


register(
    ("sklearn:IsolationForest",),
    Backend(
        _read, _write, _raw_output, in_bag, tree_output=_tree_output, limits={"values": _DERIVED_LENGTHS}
    ),
)
