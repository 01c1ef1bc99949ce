"""An edited `TreeEnsemble` back into the LightGBM model text it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from treeprune.backends.lightgbm_prior import first_trees
from treeprune.backends.lightgbm_read import (
    CATEGORICAL,
    CATEGORY_KEYS,
    LEAF_KEYS,
    SPLIT_KEYS,
)
from treeprune.exceptions import UnsupportedModelError
from treeprune.formats.lightgbm_fields import integers, numbers
from treeprune.formats.lightgbm_text import LightGBMDocument
from treeprune.model.ensemble import Array, TreeEnsemble

_AT_SPLIT = {"leaf_weight": "internal_weight", "leaf_value": "internal_value"}
"""Where a split that becomes a leaf has what a leaf needs."""


def _printed(number: float) -> str:
    """A number as LightGBM prints it where every bit counts."""
    return f"{number:.17g}"


def _leaf_values(tokens: list[str], value: Array) -> str:
    """Values as text; those that did not change keep the text they had."""
    return " ".join(
        [
            token if float(token) == number else _printed(number)
            for token, number in zip(tokens, value.tolist(), strict=True)
        ]
    )


def _with_weights(changed: dict[str, str], key: str, before: Array, count: Array) -> None:
    """Weights of nodes whose counts are others now, in proportion: they were sums over those rows.

    They are printed short, as LightGBM prints them at splits: rounding of the old sum would tell it.
    """
    tokens = changed.get(key, "").split()
    if len(tokens) != len(count) or np.array_equal(before, count):
        return
    changed[key] = " ".join(
        token if old in (0, new) else f"{float(token) / old * new:g}"
        for token, old, new in zip(tokens, before.tolist(), count.tolist(), strict=True)
    )


def _with_categories_of(tree: Mapping[str, str], changed: dict[str, str]) -> None:
    """Keep the category sets of the splits that are left, numbered anew."""
    bounds = integers(tree, "cat_boundaries")
    words = tree["cat_threshold"].split()
    threshold = changed["threshold"].split()
    kept_bounds, kept_words = [0], []
    for i, decision in enumerate(changed["decision_type"].split()):
        if int(decision) & CATEGORICAL:
            chosen = int(float(threshold[i]))
            threshold[i] = str(len(kept_bounds) - 1)
            kept_words += words[bounds[chosen] : bounds[chosen + 1]]
            kept_bounds.append(len(kept_words))
    changed["threshold"] = " ".join(threshold)
    changed["num_cat"] = str(len(kept_bounds) - 1)
    if kept_words:
        changed["cat_boundaries"] = " ".join(map(str, kept_bounds))
        changed["cat_threshold"] = " ".join(kept_words)
    else:
        for key in CATEGORY_KEYS:
            del changed[key]


def _rewritten(tree: Mapping[str, str], e: TreeEnsemble, t: int) -> dict[str, str]:
    """Lines of a native tree with the nodes and leaf values of tree `t` of an ensemble.

    Splits and leaves that stay keep their native order; splits that became leaves stand behind them.
    """
    own = e.tree(t)
    node_id, is_leaf = e.node_id[own], e.is_leaf[own]
    n_leaves = int(tree["num_leaves"])
    n_splits = n_leaves - 1
    splits, leaves = np.flatnonzero(~is_leaf), np.flatnonzero(is_leaf)
    splits = splits[np.argsort(node_id[splits])]
    native_leaf = node_id - n_splits
    leaves = leaves[np.argsort(np.where(native_leaf >= 0, native_leaf, n_leaves + node_id)[leaves])]
    number = np.empty(len(node_id), np.int64)
    number[splits] = np.arange(len(splits))
    number[leaves] = ~np.arange(len(leaves))

    changed = dict(tree)
    changed["num_leaves"] = str(len(leaves))
    split_ids = node_id[splits].tolist()
    tokens = {key: tree[key].split() for key in (*SPLIT_KEYS, *LEAF_KEYS) if key in tree}
    for key in SPLIT_KEYS:
        if tokens.get(key):
            changed[key] = " ".join([tokens[key][i] for i in split_ids])
    for key, side in (("left_child", e.left), ("right_child", e.right)):
        changed[key] = " ".join(map(str, number[side[own][splits] - own.start].tolist()))
    for key, at_split in _AT_SPLIT.items():
        if tokens.get(key):
            both = [*tokens.get(at_split, []), *tokens[key]]
            changed[key] = " ".join([both[i] for i in node_id[leaves].tolist()])
    changed["leaf_value"] = _leaf_values(changed["leaf_value"].split(), _values(e, t)[leaves])
    counts = None if e.n_samples is None else e.n_samples[own]
    for name, nodes in (("internal", splits), ("leaf", leaves)):
        key = f"{name}_count"
        if tokens.get(key) and counts is not None:
            before = np.array([*tokens.get("internal_count", []), *tokens["leaf_count"]], np.int64)
            _with_weights(changed, f"{name}_weight", before[node_id[nodes]], counts[nodes])
            changed[key] = " ".join(map(str, counts[nodes].tolist()))
    if len(leaves) == 1:
        changed["leaf_weight"] = ""  # a tree of one leaf has none
    if "cat_boundaries" in tree:
        _with_categories_of(tree, changed)
    return changed


def _values(e: TreeEnsemble, t: int) -> Array:
    return e.value[e.tree(t), e.output[t]]


def _is_untouched(tree: Mapping[str, str], e: TreeEnsemble, t: int) -> bool:
    own = e.tree(t)
    n_leaves = int(tree["num_leaves"])
    if own.stop - own.start != 2 * n_leaves - 1:
        return False
    leaf, node_id = e.is_leaf[own], e.node_id[own]
    value = numbers(tree, "leaf_value")[node_id[leaf] - (n_leaves - 1)]
    count = np.append(integers(tree, "internal_count"), integers(tree, "leaf_count"))
    same_count = (
        e.n_samples is None or len(count) != len(node_id) or (count[node_id] == e.n_samples[own]).all()
    )
    return bool(same_count) and np.array_equal(value, _values(e, t)[leaf])


def _with_prior(tree: Mapping[str, str], prior: float) -> dict[str, str]:
    """The tree as LightGBM marks one that holds the start of the sum; its leaves hold it already."""
    raised = [f"{value + prior:g}" for value in numbers(tree, "internal_value").tolist()]
    return dict(tree) | {"internal_value": " ".join(raised), "shrinkage": "1"}


def _stub(tree: Mapping[str, str], value: float) -> dict[str, str]:
    """A tree of one leaf in the place of one that went."""
    count = integers(tree, "internal_count" if int(tree["num_leaves"]) > 1 else "leaf_count")
    stub = {key: "" if key in SPLIT_KEYS + LEAF_KEYS else text for key, text in tree.items()}
    for key in CATEGORY_KEYS:
        stub.pop(key, None)
    return stub | {
        "num_leaves": "1",
        "num_cat": "0",
        "leaf_value": _printed(value),
        "leaf_count": str(count[0]) if len(count) else "",
        "shrinkage": "1",
    }


def _check_writable(e: TreeEnsemble) -> None:
    if (np.diff(e.tree_id) < 0).any():
        raise ValueError(
            "trees of a LightGBM model cannot change their order: each was grown on the errors of those "
            "before it, and the sum starts in the first"
        )
    if (e.weight != 1.0).any():
        raise UnsupportedModelError(
            "LightGBM has no place for factors beside its trees; scale_trees multiplies the leaves"
        )
    fed = np.unique(e.output)
    if e.base_score[fed].any():
        raise UnsupportedModelError(
            "LightGBM has no place for a base score but a column's first tree: add it to the leaves there"
        )
    if e.aggregation == "mean" and (len(fed) < e.n_columns or np.ptp(np.bincount(e.output)) > 0):
        raise UnsupportedModelError(
            "a LightGBM random forest divides each class by the number of rounds: keep as many trees of "
            "one class as of another"
        )


def _slots(e: TreeEnsemble) -> list[list[int | None]]:
    """Which tree of the ensemble stands where: one list a round, one entry a column, None for a stub.

    Rounds of boosting stay together; trees of a forest close up, since a stub would count in its mean.
    """
    k = e.n_columns
    if e.aggregation == "mean":
        columns = [e.trees_of(column).tolist() for column in range(k)]
        return [list(trees) for trees in zip(*columns, strict=True)]
    rounds: dict[int, list[int | None]] = {}
    for t, native in enumerate(e.tree_id.tolist()):
        rounds.setdefault(native // k, [None] * k)[native % k] = t
    return list(rounds.values())


def document_of(document: LightGBMDocument, e: TreeEnsemble) -> LightGBMDocument:
    """Document with the trees of an edited ensemble.

    Parameters
    ----------
    document : LightGBMDocument
        The one that the ensemble was read from.
    e : TreeEnsemble

    Returns
    -------
    LightGBMDocument
        Trees that were not touched are the very lines they were. A tree that went from a round of
        which others are left is a single leaf that adds nothing.

    Raises
    ------
    ValueError
        If trees changed their order.
    UnsupportedModelError
        If the format cannot hold the ensemble.
    """
    _check_writable(e)
    k = e.n_columns
    starts = first_trees(document, k)
    base = e.base_score.copy()  # of columns without trees
    trees: list[Mapping[str, str]] = []
    for slots in _slots(e):
        natives = [int(e.tree_id[t]) // k for t in slots if t is not None]
        for column, t in enumerate(slots):
            if t is None:
                trees.append(_stub(document.trees[natives[0] * k + column], base[column]))
                base[column] = 0.0
                continue
            native = int(e.tree_id[t])
            tree = document.trees[native]
            if not _is_untouched(tree, e, t):
                tree = _rewritten(tree, e, t)
            moved = native != starts[column] and t == e.trees_of(column)[0]
            if moved and e.prior is not None and e.prior[column]:
                tree = _with_prior(tree, e.prior[column])
            trees.append(tree)
    return replace(document, trees=tuple(trees))
