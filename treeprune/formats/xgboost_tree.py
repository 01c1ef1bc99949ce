"""One tree of an XGBoost document: is it a tree, and can each of its nodes be computed.

XGBoost's own loader looks at the lengths only. Its predictor then follows whatever the arrays say.
"""

from __future__ import annotations

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.formats.xgboost_fields import (
    Array,
    Document,
    fault,
    first,
    floats,
    integers,
    member,
    whole_number,
)
from treeprune.kernels.compiled import kernel

MAX_DEPTH = 2048
"""Longest path; XGBoost itself walks trees by recursion."""

MAX_CATEGORY = 2**24
"""Codes from here on are not exact in single precision; XGBoost treats them as unknown."""

MAX_CATEGORY_BITS = 2**33
"""XGBoost keeps a bit for each code up to the largest listed one, in each categorical node."""

DELETED = 2**31 - 1
"""The feature of a node that XGBoost's pruner took out of the tree but left in the arrays."""

NO_PARENT = (2**31 - 1, -1)

_INTEGERS = {
    "left_children": "int32",
    "right_children": "int32",
    "parents": "int32",
    "split_indices": "int32",
    "default_left": "uint8",
    "split_type": "uint8",
}
_FLOATS = ("base_weights", "loss_changes", "split_conditions", "sum_hessian")
_CATEGORIES = {
    "categories": "int32",
    "categories_nodes": "int32",
    "categories_segments": "int64",
    "categories_sizes": "int64",
}

_FAULTS = (
    "",
    "only one of its two children exists (left {left}, right {right})",
    "left child {left} is out of range 1..{last}",
    "right child {right} is out of range 1..{last}",
    "its children {left} and {right} do not stand side by side, as XGBoost's predictor expects",
    "left child {left} says its parent is {parent_of_left}",
    "right child {right} says its parent is {parent_of_right}",
    "it is deleted and still has children (left {left}, right {right})",
    "it is deleted and still a child of another node",
    "it is the child of two nodes",
    "no path leads to it from the root",
    f"it lies deeper than {MAX_DEPTH}",
)
(_ONE_CHILD, _LEFT, _RIGHT, _APART, _PARENT_OF_LEFT, _PARENT_OF_RIGHT) = range(1, 7)
(_DELETED_PARENT, _DELETED_CHILD, _SHARED, _UNREACHED, _TOO_DEEP) = range(7, 12)


@kernel
def _link_fault(node: int, left: Array, right: Array, parent: Array, deleted: Array) -> int:
    """What is wrong with the children of one node, 0 for nothing."""
    n = left.shape[0]
    a, b = left[node], right[node]
    wrong = 0
    if a == -1 and b == -1:
        pass
    elif deleted[node]:
        wrong = _DELETED_PARENT
    elif a == -1 or b == -1:
        wrong = _ONE_CHILD
    elif a < 1 or a >= n:
        wrong = _LEFT
    elif b < 1 or b >= n:
        wrong = _RIGHT
    elif b != a + 1:
        wrong = _APART
    elif parent[a] != node:
        wrong = _PARENT_OF_LEFT
    elif parent[b] != node:
        wrong = _PARENT_OF_RIGHT
    return wrong


@kernel
def _child_fault(left: Array, right: Array, parent: Array, deleted: Array) -> tuple[int, int]:
    """First node whose children cannot be right, or that is the child of two: its fault and number."""
    n = left.shape[0]
    n_parents = np.zeros(n, np.int64)
    for node in range(n):
        wrong = _link_fault(node, left, right, parent, deleted)
        if wrong:
            return wrong, node
        if left[node] != -1:
            n_parents[left[node]] += 1
            n_parents[right[node]] += 1
    for node in range(1, n):
        if n_parents[node] > 1:
            return _SHARED, node
        if deleted[node] and n_parents[node] > 0:
            return _DELETED_CHILD, node
    return 0, 0


@kernel
def _path_fault(left: Array, right: Array, deleted: Array) -> tuple[int, int]:
    """First node out of the root's reach or too far from it; ends because none is the child of two."""
    n = left.shape[0]
    depth = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    queue[0] = depth[0] = 0
    done, n_queued = 0, 1
    while done < n_queued:
        node = queue[done]
        done += 1
        if depth[node] > MAX_DEPTH:
            return _TOO_DEEP, node
        if left[node] != -1:
            for child in (left[node], right[node]):
                depth[child] = depth[node] + 1
                queue[n_queued] = child
                n_queued += 1
    for node in range(n):
        if depth[node] < 0 and not deleted[node]:
            return _UNREACHED, node
    return 0, 0


def check_tree(tree: Document, place: str, n_features: int) -> int:
    """Check one tree of the document.

    Parameters
    ----------
    tree : dict
        An element of the document's `trees`.
    place : str
        What messages call it, "tree 3".
    n_features : int
        Number of features of the model.

    Returns
    -------
    int
        Bits that the sets of categories take in memory.

    Raises
    ------
    InvalidModelError
        The first fault, with the node.
    UnsupportedModelError
        The tree's leaves hold vectors.
    """
    parameter = member(tree, "tree_param", dict, place)
    if whole_number(parameter, "size_leaf_vector", place, 0, default=1) > 1 or "leaf_weights" in tree:
        raise UnsupportedModelError(
            "XGBoost trees with vector leaves (multi_strategy='multi_output_tree') cannot be pruned; "
            "train with multi_strategy='one_output_per_tree'"
        )
    if whole_number(parameter, "num_feature", place, 0) != n_features:
        raise fault(place, f"'num_feature' is {parameter['num_feature']}, the model's is {n_features}")
    n_nodes = whole_number(parameter, "num_nodes", place, 1)
    columns = _columns(tree, place, n_nodes)
    deleted = columns["split_indices"] == DELETED
    n_deleted = whole_number(parameter, "num_deleted", place, 0)
    if deleted[0] or n_deleted != deleted.sum():
        raise fault(place, f"'num_deleted' is {n_deleted}, but {deleted.sum()} nodes are marked as deleted")
    _check_links(columns, deleted, place)
    _check_numbers(columns, deleted, n_features, place)
    return _check_categories(tree, columns["split_type"], place)


def _columns(tree: Document, place: str, n_nodes: int) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    form = type(member(tree, "parents", list | np.ndarray, place))
    for name in (*_INTEGERS, *_FLOATS):
        value = member(tree, name, form, place)
        column = (
            integers(value, name, place, _INTEGERS[name])
            if name in _INTEGERS
            else floats(value, name, place)
        )
        if len(column) != n_nodes:
            raise fault(place, f"{name!r} has {len(column)} entries where {n_nodes} are expected")
        columns[name] = column
    return columns


def _check_links(columns: dict[str, Array], deleted: Array, place: str) -> None:
    left, right, parent = columns["left_children"], columns["right_children"], columns["parents"]
    if parent[0] not in NO_PARENT:
        raise fault(f"{place}, node 0", f"the root says its parent is {parent[0]}")
    wrong, node = _child_fault(left, right, parent, deleted)
    if not wrong:
        wrong, node = _path_fault(left, right, deleted)
    if not wrong:
        return
    n = len(left)
    message = _FAULTS[wrong].format(
        left=left[node],
        right=right[node],
        last=n - 1,
        parent_of_left=parent[left[node] % n],
        parent_of_right=parent[right[node] % n],
    )
    raise fault(f"{place}, node {node}", message)


def _check_numbers(columns: dict[str, Array], deleted: Array, n_features: int, place: str) -> None:
    feature, number, cover = (
        columns[name] for name in ("split_indices", "split_conditions", "sum_hessian")
    )
    leaf = columns["left_children"] == -1
    categorical = columns["split_type"] == 1
    kept = ~deleted
    # a split may be at infinity (a feature near the largest float) and that of categories at NaN, which
    # versions before 3.0 wrote there
    checks = (
        (
            kept & ((feature < 0) | (feature >= n_features)),
            "split_indices",
            f"is out of range 0..{n_features - 1}",
        ),
        (columns["default_left"] >> 1 != 0, "default_left", "is neither 0 nor 1"),
        (columns["split_type"] >> 1 != 0, "split_type", "is neither 0 nor 1"),
        (kept & leaf & ~np.isfinite(number), "split_conditions", "is no finite leaf value"),
        (kept & ~leaf & ~categorical & np.isnan(number), "split_conditions", "is no threshold"),
        (kept & np.isnan(cover), "sum_hessian", "must be a number of 0 or more"),
        *(
            (kept & ~np.isfinite(columns[name]), name, "is not finite")
            for name in _FLOATS
            if name != "split_conditions"
        ),
    )
    for bad, name, what in checks:
        if bad.any():
            node = first(bad)
            raise fault(f"{place}, node {node}", f"{name!r} {columns[name][node]} {what}")
    bent = kept & (cover < 0)
    if bent.any():  # an own objective may be so, and then the model is whole all the same
        node = first(bent)
        raise UnsupportedModelError(
            f"{place}, node {node}: 'sum_hessian' {cover[node]} must be a number of 0 or more: the model "
            "was trained by an objective with negative second derivatives, which leave its nodes without a "
            "weight; train it with second derivatives >= 0"
        )


def _check_categories(tree: Document, split_type: Array, place: str) -> int:
    code, node, start, size = (
        integers(member(tree, name, object, place), name, place, dtype)
        for name, dtype in _CATEGORIES.items()
    )
    if not np.array_equal(node, np.flatnonzero(split_type)):
        raise fault(place, "'categories_nodes' must list the nodes whose 'split_type' is 1, in order")
    if len(start) != len(node) or len(size) != len(node):
        raise fault(
            place, "'categories_segments' and 'categories_sizes' need one entry for each categorical node"
        )
    if not len(node):
        if len(code):
            raise fault(place, "'categories' are listed, but no node is categorical")
        return 0
    if (size < 1).any():
        raise fault(
            f"{place}, node {node[first(size < 1)]}", "a categorical split needs one category at least"
        )
    if (size > len(code)).any() or size.sum() != len(code):
        raise fault(
            place, f"'categories_sizes' add up to {size.sum()}, but {len(code)} categories are listed"
        )
    expected = np.cumsum(size) - size
    if not np.array_equal(start, expected):
        i = first(start != expected)
        raise fault(
            f"{place}, node {node[i]}", f"its categories start at {start[i]}, expected {expected[i]}"
        )
    owner = np.repeat(node, size)
    bad = (code < 0) | (code >= MAX_CATEGORY)
    if bad.any():
        i = first(bad)
        raise fault(
            f"{place}, node {owner[i]}", f"category {code[i]} is out of range 0..{MAX_CATEGORY - 1}"
        )
    falls = (np.diff(code) <= 0) & (np.diff(owner) == 0)
    if falls.any():
        raise fault(f"{place}, node {owner[first(falls)]}", "its categories do not rise")
    return int(code[start + size - 1].sum()) + len(node)
