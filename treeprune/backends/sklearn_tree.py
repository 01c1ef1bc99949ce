"""scikit-learn's single trees: DecisionTree* and ExtraTree*.

A `Tree` is rebuilt from its own reduce arguments and state. Node rows are copied whole, so a field
that we do not use is carried; a field that we do not know is refused, since it may change what the
others mean.
"""

from __future__ import annotations

import copy
from typing import Any, Literal

import numpy as np

from treeprune.backends.registry import Backend, register
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, Task, TreeEnsemble
from treeprune.model.structure import depths

_NODE_FIELDS = {
    "left_child",
    "right_child",
    "feature",
    "threshold",
    "impurity",
    "n_node_samples",
    "weighted_n_node_samples",
    "missing_go_to_left",
}
_STATE_FIELDS = {"max_depth", "node_count", "nodes", "values"}
_SPLIT_FIELDS = ("feature", "threshold", "missing_go_to_left")


def checked_state(tree: Any) -> dict[str, Any]:
    """State of a `Tree`, refused if its layout is not the one known.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree

    Returns
    -------
    dict
    """
    state: dict[str, Any] = tree.__getstate__()
    strange = (set(state) ^ _STATE_FIELDS) | (set(state["nodes"].dtype.names) ^ _NODE_FIELDS)
    if strange:
        import sklearn

        raise UnsupportedModelError(
            f"the trees of scikit-learn {sklearn.__version__} have another layout than treeprune "
            f"knows ({', '.join(sorted(strange))}); use a scikit-learn release that this version of "
            "treeprune supports, or a newer treeprune"
        )
    return state


def node_arrays(
    tree: Any, columns: tuple[int, ...], first: int, features: Array | None = None
) -> dict[str, Array]:
    """Node fields of a `TreeEnsemble` for one tree whose nodes start at position `first`.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
    columns : tuple of int
        Output columns of each target.
    first : int
    features : ndarray of int, shape (tree.n_features,), optional
        Column of the model that each column of the tree is; the same by default.

    Returns
    -------
    dict of str to ndarray
    """
    state = checked_state(tree)
    nodes, values = state["nodes"], state["values"]
    leaf = nodes["left_child"] == LEAF
    n = len(nodes)

    def at_splits(name: str, plus: int) -> Array:
        wide = np.where(leaf, LEAF, nodes[name] + plus)
        narrow = wide.astype(np.int32)
        if not np.array_equal(wide, narrow):
            raise InvalidModelError(f"{name} of a tree is far out of range")
        return narrow

    feature = at_splits("feature", 0)
    if features is not None:
        used = feature[~leaf]
        if used.size and (used.min() < 0 or used.max() >= len(features)):
            raise InvalidModelError(
                f"a split looks at a feature outside 0..{len(features) - 1} of its tree"
            )
        feature[~leaf] = features[used]
    return {
        "feature": feature,
        "threshold": np.where(leaf, 0.0, nodes["threshold"]),
        "left": at_splits("left_child", first),
        "right": at_splits("right_child", first),
        "default_left": ~leaf & (nodes["missing_go_to_left"] != 0),
        "missing": np.zeros(n, np.uint8),
        "category_set": np.full(n, LEAF, np.int32),
        "value": np.hstack([values[:, k, :width] for k, width in enumerate(columns)]),
        "cover": nodes["weighted_n_node_samples"].copy(),
        "n_samples": nodes["n_node_samples"].astype(np.int64),
        "impurity": nodes["impurity"].copy(),
        "node_id": np.arange(n, dtype=np.int32),
    }


def target_fields(model: Any) -> dict[str, Any]:
    """Fields of a `TreeEnsemble` that say what a scikit-learn tree or forest predicts."""
    classify = hasattr(model, "classes_")
    classes: tuple[Array, ...] = ()
    if classify:
        classes = tuple(model.classes_) if model.n_outputs_ > 1 else (model.classes_,)
    constraints = getattr(model, "monotonic_cst", None)
    names = getattr(model, "feature_names_in_", None)
    return {
        "columns": tuple(len(c) for c in classes) if classify else (1,) * model.n_outputs_,
        "classes": classes,
        "task": "classification" if classify else "regression",
        "n_features": int(model.n_features_in_),
        "criterion": model.criterion if isinstance(model.criterion, str) else None,
        "monotone": None if constraints is None else np.asarray(constraints, np.int8),
        "feature_names": None if names is None else tuple(map(str, names)),
    }


def _reweight(task: Task, aggregation: str) -> Literal["value", "blend", "none"]:
    if task == "regression":
        return "value"
    return "blend" if aggregation == "mean" else "none"


def stack_trees(model: Any, trees: list[Any], aggregation: Literal["sum", "mean"]) -> TreeEnsemble:
    """Ensemble of some `Tree` objects that all feed every column.

    Parameters
    ----------
    model : object
        The estimator that owns them.
    trees : list of sklearn.tree._tree.Tree
    aggregation : {"sum", "mean"}

    Returns
    -------
    TreeEnsemble
    """
    about = target_fields(model)
    root = first_nodes(trees)
    parts = [
        node_arrays(tree, about["columns"], int(first)) for tree, first in zip(trees, root, strict=False)
    ]
    return stacked(
        parts, root, aggregation=aggregation, reweight=_reweight(about["task"], aggregation), **about
    )


def first_nodes(trees: list[Any]) -> Array:
    """Position of the first node of each tree, and the number of nodes at the end."""
    return np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])]).astype(np.int64)


def stacked(parts: list[dict[str, Array]], root: Array, **fields: Any) -> TreeEnsemble:
    """Ensemble of what `node_arrays` gave for each tree, and of `first_nodes`.

    Unless `fields` says otherwise, trees feed all columns, count alike and split on numbers, and
    their sum starts at 0.
    """
    nodes: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    usual = {
        "category_offset": np.zeros(1, np.int64),
        "category_word": np.zeros(0, np.uint32),
        "category_count": np.zeros(0, np.int64),
        "tree_id": np.arange(len(parts), dtype=np.int32),
        "weight": np.ones(len(parts)),
        "output": np.full(len(parts), LEAF, np.int32),
        "base_score": np.zeros(sum(fields["columns"])),
    }
    return TreeEnsemble(**(nodes | usual | fields), root=root)


def rebuilt_tree(tree: Any, ensemble: TreeEnsemble, position: int, values: Array | None = None) -> Any:
    """New `Tree` for one tree of an edited ensemble.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
        The native tree that it came from.
    ensemble : TreeEnsemble
    position : int
        Which tree of the ensemble.
    values : ndarray of float64, shape (n_nodes of it, n_outputs, max_n_classes), optional
        What the tree is to hold, where that is not the ensemble's `value`.

    Returns
    -------
    sklearn.tree._tree.Tree
    """
    state = checked_state(tree)
    own = ensemble.tree(position)
    ids = ensemble.node_id[own]
    # field by field into zeros: the bytes between fields would else differ from one save to the next
    nodes = np.zeros(len(ids), state["nodes"].dtype)
    for name in nodes.dtype.names:
        nodes[name] = state["nodes"][name][ids]
    leaf = ensemble.left[own] == LEAF
    left, right = (
        np.where(leaf, np.int32(LEAF), child[own] - np.int32(own.start))
        for child in (ensemble.left, ensemble.right)
    )
    template = state["nodes"][np.argmax(state["nodes"]["left_child"] == LEAF)]
    became_leaf = leaf & (nodes["left_child"] != LEAF)
    for name in _SPLIT_FIELDS:
        nodes[name][became_leaf] = template[name]
    nodes["left_child"], nodes["right_child"] = left, right
    nodes["weighted_n_node_samples"] = ensemble.cover[own]
    if ensemble.impurity is not None:
        nodes["impurity"] = ensemble.impurity[own]
    if ensemble.n_samples is not None:
        nodes["n_node_samples"] = ensemble.n_samples[own]
    if values is None:
        values = np.zeros((len(ids), *state["values"].shape[1:]))
        for k, width in enumerate(ensemble.columns):
            values[:, k, :width] = ensemble.value[own, ensemble.target_columns(k)]
    local_depths = depths(left, right)
    make, arguments = tree.__reduce__()[:2]
    new = make(*arguments)
    new.__setstate__(
        state
        | {
            "max_depth": int(local_depths.max()),
            "node_count": len(nodes),
            "nodes": np.ascontiguousarray(nodes),
            "values": np.ascontiguousarray(values),
        }
    )
    return new


def copied(model: Any, memo: dict[int, Any] | None = None, /, **replaced: Any) -> Any:
    """Deep copy of an estimator, but for the attributes given.

    Parameters
    ----------
    model : object
    memo : dict, optional
        As for `copy.deepcopy`; copies made with one memo share what their originals share.
    **replaced : object
        New values of attributes that are not to be copied.

    Returns
    -------
    object
    """
    cls: Any = type(model)
    new = cls.__new__(cls)
    memo = {} if memo is None else memo
    memo[id(model)] = new  # a method of the model that an attribute holds becomes one of the copy
    new.__dict__.update(
        {
            name: replaced[name] if name in replaced else copy.deepcopy(value, memo)
            for name, value in vars(model).items()
        }
    )
    return new


def tree_output(tree: Any, rows: Array, columns: tuple[int, ...]) -> Array:
    """Output columns of one `Tree` by scikit-learn's own code."""
    out = tree.predict(np.ascontiguousarray(rows, np.float32)).reshape(len(rows), len(columns), -1)
    return np.hstack([out[:, k, :width] for k, width in enumerate(columns)])


def _read(model: Any) -> TreeEnsemble:
    return stack_trees(model, [model.tree_], "sum")


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    return copied(model, tree_=rebuilt_tree(model.tree_, ensemble, 0))


def _raw_output(model: Any, rows: Array) -> Array:
    return tree_output(model.tree_, rows, target_fields(model)["columns"])


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    return np.ones(n_rows, np.int64)


register(
    (
        "sklearn:DecisionTreeClassifier",
        "sklearn:DecisionTreeRegressor",
        "sklearn:ExtraTreeClassifier",
        "sklearn:ExtraTreeRegressor",
    ),
    Backend(_read, _write, _raw_output, _in_bag),
)
