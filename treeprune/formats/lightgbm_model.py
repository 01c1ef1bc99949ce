"""Every rule that a LightGBM model text must keep, checked before LightGBM sees it.

LightGBM trusts its files. A child out of range, an objective of more classes than the model, no trees a
round or a parameter without a colon end the process; a cycle hangs it; a decimal comma or a missing
entry changes numbers in silence. `check_document` names the first broken rule and its place.

What no check can see: a file cut off exactly before its last line, ``pandas_categorical``, looks like a
file by LightGBM's command line, which writes no such line.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_fields import integer, integers, numbers
from treeprune.formats.lightgbm_header import check_header
from treeprune.formats.lightgbm_tail import check_tail
from treeprune.formats.lightgbm_text import OTHER_RELEASE, LightGBMDocument, excerpt

_INT_MAX = 2**31 - 1
_MAX_LEAVES = 131072  # LightGBM trains no tree with more

_LINKS = ("left_child", "right_child")
_SPLIT_INTEGERS = ("split_feature", "decision_type", "internal_count", *_LINKS)
_SPLIT_NUMBERS = ("threshold", "split_gain", "internal_value", "internal_weight")
_LINEAR = ("leaf_const", "num_features", "leaf_features", "leaf_coeff")
_TREE = {
    "num_leaves",
    "num_cat",
    *_SPLIT_INTEGERS,
    *_SPLIT_NUMBERS,
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "shrinkage",
}
_OPTIONAL = {"is_linear", "cat_boundaries", "cat_threshold", *_LINEAR}

_CATEGORICAL = 1
_MISSING_TYPES = 3  # none, zero, NaN

Tree = Mapping[str, str]
Integers = NDArray[np.int64]


def _of_length(key: str, array: NDArray[np.generic], *lengths: int) -> None:
    if len(array) not in lengths:
        wanted = " or ".join(str(n) for n in lengths)
        raise InvalidModelError(f"{key} has {len(array)} entries where {wanted} are expected")


def _in_range(key: str, array: Integers, low: int, high: int, where: str = "entry") -> None:
    outside = (array < low) | (array > high)
    if outside.any():
        i = int(outside.argmax())
        raise InvalidModelError(f"{key} of {where} {i} is {array[i]}, out of {low}..{high}")


def _finite(key: str, array: NDArray[np.float64], where: str) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        i = int(bad.argmax())
        raise InvalidModelError(f"{key} of {where} {i} is {array[i]}, which is not finite")


def _check_links(left: Integers, right: Integers) -> None:
    """Each node but the root has one parent, and the way up from each ends at the root."""
    n_splits = len(left)
    _in_range("left_child", left, -n_splits - 1, n_splits - 1, "node")
    _in_range("right_child", right, -n_splits - 1, n_splits - 1, "node")
    children = np.concatenate([left, right])
    n_parents = np.bincount(children + n_splits + 1, minlength=2 * n_splits + 1)
    n_parents[n_splits + 1] += 1  # stands for the root's own
    if n_parents.max() > 1:  # as many links as nodes: where none has two, none has none
        child = int(n_parents.argmax()) - n_splits - 1
        name = f"node {child}" if child >= 0 else f"leaf {~child}"
        raise InvalidModelError(f"{name} has one parent too many")

    parent = np.zeros(n_splits, np.int64)
    inner = np.flatnonzero(children >= 0)
    parent[children[inner]] = inner % n_splits
    for _ in range(n_splits.bit_length()):  # each step doubles the length of the way
        parent = parent[parent]
    if parent.any():
        raise InvalidModelError(f"node {int(parent.argmax())} is part of a cycle")


def _check_categories(tree: Tree, decision: Integers, threshold: NDArray[np.float64]) -> None:
    categorical = (decision & _CATEGORICAL) != 0
    n_sets = integer(tree, "num_cat", 0, _INT_MAX)
    if n_sets == 0:
        if categorical.any():
            raise InvalidModelError(f"node {int(categorical.argmax())} is categorical, but num_cat is 0")
        if "cat_boundaries" in tree or "cat_threshold" in tree:
            raise InvalidModelError("there are category sets, but num_cat is 0")
        return
    bounds, words = integers(tree, "cat_boundaries"), integers(tree, "cat_threshold")
    _of_length("cat_boundaries", bounds, n_sets + 1)
    _in_range("cat_threshold", words, 0, 2**32 - 1)
    if bounds[0] != 0 or (np.diff(bounds) < 1).any() or bounds[-1] != len(words):
        raise InvalidModelError(
            f"cat_boundaries must rise from 0 to the {len(words)} words of cat_threshold"
        )
    empty = np.bitwise_or.reduceat(words, bounds[:-1]) == 0
    if empty.any():
        raise InvalidModelError(f"category set {int(empty.argmax())} is empty")
    chosen = threshold[categorical]
    bad = (chosen != np.floor(chosen)) | (chosen < 0) | (chosen >= n_sets)
    if bad.any():
        node = int(np.flatnonzero(categorical)[bad.argmax()])
        raise InvalidModelError(
            f"threshold of node {node} is {threshold[node]}, no category set of 0..{n_sets - 1}"
        )


def _check_splits(tree: Tree, n_splits: int, n_features: int) -> None:
    whole = {key: integers(tree, key) for key in _SPLIT_INTEGERS}
    real = {key: numbers(tree, key) for key in _SPLIT_NUMBERS}
    for key, array in (whole | real).items():
        _of_length(key, array, n_splits)
    _in_range("split_feature", whole["split_feature"], 0, n_features - 1, "node")
    _in_range("decision_type", whole["decision_type"], 0, 4 * _MISSING_TYPES - 1, "node")
    _in_range("internal_count", whole["internal_count"], 0, _INT_MAX, "node")
    if np.isnan(real["threshold"]).any():  # infinity is legal: all numbers left, missing values right
        raise InvalidModelError(f"threshold of node {int(np.isnan(real['threshold']).argmax())} is NaN")
    _finite("internal_weight", real["internal_weight"], "node")
    if n_splits:
        _check_links(whole["left_child"], whole["right_child"])
    _check_categories(tree, whole["decision_type"], real["threshold"])


def _check_linear(tree: Tree, n_leaves: int, n_features: int) -> None:
    const, sizes = numbers(tree, "leaf_const"), integers(tree, "num_features")
    features, factors = integers(tree, "leaf_features"), numbers(tree, "leaf_coeff")
    _of_length("leaf_const", const, n_leaves)
    _of_length("num_features", sizes, n_leaves)
    _in_range("num_features", sizes, 0, n_features, "leaf")
    _of_length("leaf_features", features, int(sizes.sum()))
    _of_length("leaf_coeff", factors, int(sizes.sum()))
    _in_range("leaf_features", features, 0, n_features - 1)
    _finite("leaf_const", const, "leaf")
    _finite("leaf_coeff", factors, "entry")


def _check_tree(tree: Tree, n_features: int) -> None:
    for key in tree:
        if key not in _TREE and key not in _OPTIONAL:
            raise InvalidModelError(f"{excerpt(key)} is not known to LightGBM 4; {OTHER_RELEASE}")
    n_leaves = integer(tree, "num_leaves", 1, _MAX_LEAVES)
    linear = "is_linear" in tree and integer(tree, "is_linear", 0, 1) == 1
    value, weight, count = (
        numbers(tree, "leaf_value"),
        numbers(tree, "leaf_weight"),
        integers(tree, "leaf_count"),
    )
    _of_length("leaf_value", value, n_leaves)
    # a tree that never split has lost the weight and, in older files, the count of its leaf; LightGBM
    # does not miss them unless the leaf is linear
    unsplit = (0,) if n_leaves == 1 and not linear else ()
    _of_length("leaf_weight", weight, n_leaves, *unsplit)
    _of_length("leaf_count", count, n_leaves, *unsplit)
    _finite("leaf_value", value, "leaf")
    _finite("leaf_weight", weight, "leaf")
    _in_range("leaf_count", count, 0, _INT_MAX, "leaf")
    shrinkage = numbers(tree, "shrinkage")
    _of_length("shrinkage", shrinkage, 1)
    _finite("shrinkage", shrinkage, "tree")

    _check_splits(tree, n_leaves - 1, n_features)
    if linear:
        _check_linear(tree, n_leaves, n_features)
    elif any(key in tree for key in _LINEAR):
        raise InvalidModelError("there are linear leaves, but is_linear is not 1")


def check_document(document: LightGBMDocument) -> None:
    """Check that LightGBM can load a document and answer by it.

    Parameters
    ----------
    document : LightGBMDocument
        From ``lightgbm_text.parse``, which has checked sizes and numbers of the trees already.

    Raises
    ------
    InvalidModelError
        If a field is missing, unknown, of the wrong length or out of range, a token is not the number
        it should be, a tree is not a tree or the tail is not whole; the message names the place.
    """
    n_features = check_header(document.header, len(document.trees))
    for number, tree in enumerate(document.trees):
        try:
            _check_tree(tree, n_features)
        except InvalidModelError as error:
            raise InvalidModelError(f"tree {number}: {error}") from None
    check_tail(document.tail, n_features)
