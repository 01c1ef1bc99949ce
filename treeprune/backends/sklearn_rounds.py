"""What scikit-learn's two gradient boosting families have in common: rounds of one tree a column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from treeprune.backends.sklearn_tree import stacked
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, with_values
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import leaf_means
from treeprune.model.validate import validate

ORDER = "each tree corrects the ones before it, so their order is part of the model"

_LINKS: dict[str, dict[str, Any]] = {
    "IdentityLink": {"link": "identity"},
    "LogLink": {"link": "log"},
    "LogitLink": {"link": "logit"},
    "HalfLogitLink": {"link": "logit", "link_scale": 2.0},
    "MultinomialLogit": {"link": "softmax"},
}

Source = tuple[TreeEnsemble, int]
"""A tree to be written: the ensemble that holds it and its position there."""


def link_fields(model: Any) -> dict[str, Any]:
    """Fields of a `TreeEnsemble` that say what the model's loss makes of its raw output."""
    name = type(model._loss.link).__name__
    if name not in _LINKS:
        raise UnsupportedModelError(
            f"{type(model).__name__} has a loss with the link {name}, which treeprune does not know; "
            "train it with one of scikit-learn's own losses"
        )
    return _LINKS[name] | {"trained_by": trained_by(model)}


def trained_by(model: Any) -> str | None:
    """What the parameters of a model say of `TreeEnsemble.trained_by`."""
    return model.loss if model.loss in ("absolute_error", "quantile", "gamma") else None


def boosted_ensemble(
    model: Any, parts: list[dict[str, Array]], root: Array, base_score: Array, **fields: Any
) -> TreeEnsemble:
    """Ensemble of all trees of a model, round after round.

    Parameters
    ----------
    model : object
    parts : list of dict of str to ndarray
        Node fields of each tree, as `node_arrays` gives them, with a single column of values.
    root : ndarray of int64, shape (n_trees + 1,)
    base_score : ndarray of float64, shape (n_columns,)
    **fields : object
        Further fields of the ensemble.

    Returns
    -------
    TreeEnsemble
        What a split would predict is the mean of its leaves: what the libraries store there is of
        another scale.
    """
    n_columns = len(base_score)
    output = np.tile(np.arange(n_columns), len(parts) // n_columns).astype(np.int32)
    names = getattr(model, "feature_names_in_", None)
    e = stacked(
        parts,
        root,
        base_score=base_score,
        output=output,
        columns=(n_columns,),
        classes=(model.classes_,) if hasattr(model, "classes_") else (),
        task="classification" if hasattr(model, "classes_") else "regression",
        n_features=int(model.n_features_in_),
        feature_names=None if names is None else tuple(map(str, names)),
        aggregation="sum",
        boosted=True,
        reweight="value",
        **link_fields(model),
        **fields,
    )
    value = np.zeros((e.n_nodes, n_columns))
    value[np.arange(e.n_nodes), np.repeat(output, np.diff(root))] = np.where(e.is_leaf, e.value[:, 0], 0.0)
    e = validate(replace(e, value=value))  # before the links are walked
    return replace(e, value=leaf_means(e.left, e.right, e.cover, e.value))


def whole_rounds(whole: TreeEnsemble, edited: TreeEnsemble) -> dict[int, list[Source]]:
    """What to write for each tree of each round that keeps a tree.

    Parameters
    ----------
    whole : TreeEnsemble
        Read from the model that `edited` was read from.
    edited : TreeEnsemble

    Returns
    -------
    dict of int to list of (TreeEnsemble, int)
        By the native number of the round. A tree that is missing from a round is a leaf of value 0.

    Raises
    ------
    ValueError
        If the trees are not in their native order.
    """
    if (np.diff(edited.tree_id) <= 0).any():
        raise ValueError(f"the trees cannot be put into another order: {ORDER}")
    rounds = np.unique(edited.tree_id // whole.n_columns)
    source: dict[int, Source] = {int(tree): (edited, t) for t, tree in enumerate(edited.tree_id)}
    trees = {int(number): number * whole.n_columns + np.arange(whole.n_columns) for number in rounds}
    missing = np.setdiff1d(np.concatenate(list(trees.values())), edited.tree_id)
    if len(missing):
        lost = keep_trees(whole, missing)
        stubs = collapse(lost, np.ones(lost.n_nodes, bool))
        stubs = with_values(stubs, np.zeros_like(stubs.value))
        source |= {int(tree): (stubs, t) for t, tree in enumerate(missing)}
    return {number: [source[int(tree)] for tree in own] for number, own in trees.items()}


def rounds_as_grown(whole: TreeEnsemble, edited: TreeEnsemble) -> int:
    """Number of rounds at the start that an edit left as they were: their scores are still true."""
    for t in range(edited.n_trees):
        if edited.tree_id[t] != t:
            return t // whole.n_columns
        old, new = whole.tree(t), edited.tree(t)
        leaf = edited.is_leaf[new]
        if (
            not np.array_equal(edited.node_id[new], whole.node_id[old])
            or not np.array_equal(leaf, whole.is_leaf[old])
            or not np.array_equal(edited.value[new][leaf], whole.value[old][leaf])
        ):
            return t // whole.n_columns
    return edited.n_trees // whole.n_columns
