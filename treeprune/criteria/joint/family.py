"""A forest as a sum of steps: what it would be as a boosted model, before anything is pruned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, NODE_FIELDS, Array, Link, TreeEnsemble

_LEAST_SPREAD = 0.05
"""Least variance of a share that its deviations are divided by."""


def as_boosted(ensemble: TreeEnsemble, name: str) -> TreeEnsemble:
    """Trees of a forest as steps of a sum, one for each column.

    Parameters
    ----------
    ensemble : TreeEnsemble
        That averages numbers of one outcome, or shares of its classes.
    name : str
        Of the model's class, for messages.

    Returns
    -------
    TreeEnsemble
        Shares become log odds to first order: what a leaf adds is its share less the whole's, divided by
        the variance of a share. Each tree says as much as the mean of all would, so that a sum needs
        factors. Behind a softmax each tree stands once for each class, its copies side by side. The sum
        starts at 0.

    Raises
    ------
    UnsupportedModelError
        If there are several outcomes to predict.
    """
    e = ensemble
    check_one_outcome(name, len(e.columns))
    mean = _mean_at_roots(e)
    if e.task == "regression":
        return _sum_of(e, e.value - mean, "identity", (1,))
    spread = np.maximum(mean * (1 - mean), _LEAST_SPREAD)
    steps = (e.value - mean) / spread
    if e.n_columns == 2:
        return _sum_of(e, steps[:, 1:], "logit", (1,))
    copies = repeated_trees(e, np.repeat(np.arange(e.n_trees), e.n_columns))
    column = np.tile(np.arange(e.n_columns), e.n_trees)
    own = np.repeat(column, np.diff(copies.root))
    value = np.zeros_like(copies.value)
    rows = np.arange(copies.n_nodes)
    of_copy = (copies.value - mean) / spread
    value[rows, own] = of_copy[rows, own]
    many = _sum_of(copies, value, "softmax", (e.n_columns,))
    return replace(many, output=column.astype(np.int32))


def check_one_outcome(name: str, n_outcomes: int) -> None:
    """Refuse several outcomes, which no boosted model that a forest could become predicts.

    Parameters
    ----------
    name : str
        Of the model's class, for the message.
    n_outcomes : int

    Raises
    ------
    UnsupportedModelError
    """
    if n_outcomes > 1:
        raise UnsupportedModelError(
            f'family="boosting" is for one outcome, this {name} predicts {n_outcomes}; use family="same"'
        )


def repeated_trees(e: TreeEnsemble, trees: Array) -> TreeEnsemble:
    """Trees by position, each as often as it is named; they are numbered anew."""
    sizes = np.diff(e.root)[trees]
    root = np.concatenate([[0], np.cumsum(sizes)])
    nodes = np.concatenate([np.arange(e.root[t], e.root[t + 1]) for t in trees])
    shift = np.repeat(root[:-1] - e.root[trees], sizes)
    taken = {name: getattr(e, name)[nodes] for name in NODE_FIELDS if getattr(e, name) is not None}
    for name in ("left", "right"):
        taken[name] = np.where(e.is_leaf[nodes], LEAF, taken[name] + shift).astype(np.int32)
    return replace(
        e,
        **taken,
        root=root,
        tree_id=np.arange(len(trees), dtype=np.int32),
        weight=e.weight[trees],
        output=e.output[trees],
    )


def _mean_at_roots(e: TreeEnsemble) -> Array:
    mean: Array = np.average(e.value[e.root[:-1]], axis=0, weights=e.weight)
    return mean


def _sum_of(e: TreeEnsemble, value: Array, link: Link, columns: tuple[int, ...]) -> TreeEnsemble:
    width = sum(columns)
    return replace(
        e,
        value=np.ascontiguousarray(value),
        default_left=np.zeros(e.n_nodes, np.bool_),  # boosting by scikit-learn takes no missing values
        base_score=np.zeros(width),
        columns=columns,
        link=link,
        link_scale=1.0,
        output=np.zeros(e.n_trees, np.int32),
        weight=np.ones(e.n_trees),
        aggregation="sum",
        boosted=True,
        reweight="value",
        prior=None,
    )
