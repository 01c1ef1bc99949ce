"""Pure edits: each takes an ensemble and gives a new one, the old stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import LEAF, MISSING_DEFAULT, NODE_FIELDS, TREE_FIELDS, Array, TreeEnsemble


@borrower
def _keep(
    left: Array,
    right: Array,
    root: Array,
    cut: Array,
    touched: Array,
    stack: Array,
    kept: Array,
    new_root: Array,
) -> None:
    n = 0
    for t in range(touched.shape[0]):
        if touched[t]:
            stack[0] = root[t]
            top = 1
            while top > 0:
                top -= 1
                node = stack[top]
                kept[n] = node
                n += 1
                if not cut[node]:
                    stack[top] = right[node]
                    stack[top + 1] = left[node]
                    top += 2
        else:
            for node in range(root[t], root[t + 1]):
                kept[n] = node
                n += 1
        new_root[t + 1] = n


def _kept_in_order(ensemble: TreeEnsemble, collapse: Array) -> tuple[Array, Array]:
    """Nodes that remain, in the order they are to stand, and the new roots.

    A tree that loses nodes is laid out anew in pre-order, as scikit-learn lays out a pruned tree; a
    tree that loses none keeps its order, so that an empty edit is the identity.
    """
    e = ensemble
    touched = np.logical_or.reduceat(collapse & ~e.is_leaf, e.root[:-1])
    kept, stack, root = (
        np.empty(e.n_nodes, np.int64),
        np.empty(e.n_nodes + 1, np.int64),
        np.zeros_like(e.root),
    )
    _keep(e.left, e.right, e.root, collapse | e.is_leaf, touched, stack, kept, root)
    return kept[: root[-1]], root


def _gather(ensemble: TreeEnsemble, kept: Array, **changes: Any) -> TreeEnsemble:
    """Ensemble of the nodes `kept`, with children renumbered."""
    position = np.full(ensemble.n_nodes + 1, LEAF, np.int32)  # the last entry maps -1 to -1
    position[kept] = np.arange(len(kept), dtype=np.int32)
    nodes = {name: array[kept] for name in NODE_FIELDS if (array := getattr(ensemble, name)) is not None}
    nodes["left"] = position[nodes["left"]]
    nodes["right"] = position[nodes["right"]]
    return replace(ensemble, **nodes, **changes)


def collapse(ensemble: TreeEnsemble, nodes: Array) -> TreeEnsemble:
    """Turn splits into leaves and drop everything below them.

    Parameters
    ----------
    ensemble : TreeEnsemble
    nodes : ndarray of bool, shape (n_nodes,)
        Splits that become leaves; entries at leaves and below other chosen nodes have no effect.

    Returns
    -------
    TreeEnsemble
        Kept nodes keep every field, `node_id` and cover included.
    """
    if nodes.dtype != np.bool_ or nodes.shape != (ensemble.n_nodes,):
        raise ValueError(
            f"nodes must be a boolean mask of shape ({ensemble.n_nodes},), "
            f"got {nodes.dtype} of shape {nodes.shape}"
        )
    kept, root = _kept_in_order(ensemble, nodes)
    edited = _gather(ensemble, kept, root=root)
    leaf = nodes[kept] | (edited.left == LEAF)
    blank = {
        "left": LEAF,
        "right": LEAF,
        "feature": LEAF,
        "threshold": 0.0,
        "default_left": False,
        "missing": MISSING_DEFAULT,
        "category_set": LEAF,
    }
    for name, nothing in blank.items():
        getattr(edited, name)[leaf] = nothing  # gathered a moment ago, so nobody else holds them
    return edited


def keep_trees(ensemble: TreeEnsemble, trees: Array) -> TreeEnsemble:
    """Keep some trees, in the order given.

    Parameters
    ----------
    ensemble : TreeEnsemble
    trees : ndarray of int, shape (n_kept,)
        Positions of the trees to keep; at least one, none twice.

    Returns
    -------
    TreeEnsemble
    """
    trees = np.asarray(trees)
    if len(trees) == 0 or len(np.unique(trees)) != len(trees) or trees.dtype.kind not in "iu":
        raise ValueError("trees must name at least one tree by its position, and none twice")
    if trees.min() < 0 or trees.max() >= ensemble.n_trees:
        raise ValueError(f"trees must name positions in 0..{ensemble.n_trees - 1}, got {trees.tolist()}")
    kept = np.concatenate([np.arange(ensemble.root[t], ensemble.root[t + 1]) for t in trees])
    sizes = np.diff(ensemble.root)[trees]
    root = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    per_tree = {name: getattr(ensemble, name)[trees] for name in TREE_FIELDS}
    return _with_prior_of(ensemble, _gather(ensemble, kept, root=root, **per_tree))


def _with_prior_of(whole: TreeEnsemble, part: TreeEnsemble) -> TreeEnsemble:
    """Give the part the prior that stood in a tree it has lost."""
    if whole.prior is None:
        return part
    base_score, prior = part.base_score.copy(), whole.prior.copy()
    for column in map(int, np.flatnonzero(whole.prior)):
        old, new = whole.trees_of(column), part.trees_of(column)
        if len(new) == 0:
            base_score[column] += whole.prior[column]
            prior[column] = 0.0  # it stands in no tree now
        elif part.tree_id[new[0]] != whole.tree_id[old[0]]:
            part.value[part.tree(new[0]), column] += whole.prior[column]  # gathered a moment ago
    return replace(part, base_score=base_score, prior=prior)


def scale_trees(ensemble: TreeEnsemble, factors: Array) -> TreeEnsemble:
    """Multiply the contribution of each tree, in the way that the native format can hold.

    Parameters
    ----------
    ensemble : TreeEnsemble
    factors : ndarray of float64, shape (n_trees,)
        Not negative, not all zero. Trees that vote by probability are weighed against each other
        alone: only the ratios of their factors matter.

    Returns
    -------
    TreeEnsemble
        Where leaves are class probabilities, those of a tree of factor w among factors with mean 1
        become ``w * value + (1 - w) * prior`` with the mean of the roots as prior: the ensemble's answer
        is the weighted mean, and each leaf still sums to one (though a value may leave [0, 1]).

    Raises
    ------
    UnsupportedModelError
        If the native format has no place for such factors.
    ValueError
        If the factors are not legal.
    """
    factors = np.asarray(factors, np.float64)
    if factors.shape != (ensemble.n_trees,) or not np.isfinite(factors).all():
        raise ValueError(f"factors must be {ensemble.n_trees} finite numbers, got {factors!r}")
    if (factors < 0).any() or not factors.any():
        raise ValueError("factors must not be negative, and not all zero")
    if ensemble.reweight == "none":
        raise UnsupportedModelError(
            "trees of this model cannot be weighed against each other: its format has no place for "
            "factors; keep or drop whole trees instead"
        )
    if ensemble.reweight == "weight":
        weight = (ensemble.weight * factors).astype(ensemble.output_dtype).astype(np.float64)
        return replace(ensemble, weight=weight)
    sizes = np.diff(ensemble.root)
    if ensemble.reweight == "blend":
        factors = factors / factors.mean()
        prior = ensemble.value[ensemble.root[:-1]].mean(axis=0)
    else:
        if ensemble.aggregation == "mean":
            factors = factors / factors.mean()
        prior = np.zeros((ensemble.n_trees, ensemble.n_columns))
        if ensemble.prior is not None:
            for column in map(int, np.flatnonzero(ensemble.prior)):
                prior[ensemble.trees_of(column)[0], column] = ensemble.prior[column]
        prior = np.repeat(prior, sizes, axis=0)
    each = np.repeat(factors, sizes)[:, None]
    return with_values(ensemble, ensemble.value * each + (1 - each) * prior)


def with_values(
    ensemble: TreeEnsemble,
    value: Array,
    *,
    cover: Array | None = None,
    n_samples: Array | None = None,
    impurity: Array | None = None,
) -> TreeEnsemble:
    """Replace the node values, and what they rest on.

    Parameters
    ----------
    ensemble : TreeEnsemble
    value : ndarray of float64, shape (n_nodes, n_columns)
    cover : ndarray of float64, shape (n_nodes,), optional
    n_samples : ndarray of int64, shape (n_nodes,), optional
    impurity : ndarray of float64, shape (n_nodes,), optional

    Returns
    -------
    TreeEnsemble
    """
    if value.shape != ensemble.value.shape:
        raise ValueError(f"value must have shape {ensemble.value.shape}, got {value.shape}")
    return replace(
        ensemble,
        # rounded to what the native format can hold, so that the plan is what gets written
        value=np.ascontiguousarray(value, ensemble.output_dtype).astype(np.float64, copy=False),
        cover=ensemble.cover if cover is None else np.asarray(cover, np.float64),
        n_samples=ensemble.n_samples if n_samples is None else np.asarray(n_samples, np.int64),
        impurity=ensemble.impurity if impurity is None else np.asarray(impurity, np.float64),
    )


def with_classes(ensemble: TreeEnsemble, classes: tuple[Array, ...]) -> TreeEnsemble:
    """Give a classifier output columns for classes it has never seen, at probability zero.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Trained on rows that may lack some classes.
    classes : tuple of ndarray
        Sorted labels of each target, those of the ensemble among them.

    Returns
    -------
    TreeEnsemble
    """
    if all(np.array_equal(a, b) for a, b in zip(ensemble.classes, classes, strict=True)):
        return ensemble
    start = np.cumsum([0, *map(len, classes)])
    column = np.concatenate(
        [
            start[k] + np.searchsorted(wanted, own)
            for k, (own, wanted) in enumerate(zip(ensemble.classes, classes, strict=True))
        ]
    )
    value = np.zeros((ensemble.n_nodes, start[-1]))
    value[:, column] = ensemble.value
    base_score = np.zeros(start[-1])
    base_score[column] = ensemble.base_score
    output = np.where(ensemble.output == LEAF, LEAF, column[ensemble.output]).astype(np.int32)
    return replace(
        ensemble,
        value=value,
        base_score=base_score,
        output=output,
        classes=classes,
        columns=tuple(map(len, classes)),
    )
