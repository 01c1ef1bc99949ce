"""A step of a path as an ensemble, ready to be written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.criteria.joint.forest import shares
from treeprune.criteria.joint.kinds import kind_of
from treeprune.criteria.joint.step import JointStep
from treeprune.criteria.joint.votes import pruned_votes
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, with_values
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import leaf_means


def with_stumps(ensemble: TreeEnsemble, step: JointStep) -> JointStep:
    """The same model, with a tree of one leaf where the format needs one and none is kept.

    Parameters
    ----------
    ensemble : TreeEnsemble
        That the step's problem was made from.
    step : JointStep

    Returns
    -------
    JointStep
        A mean keeps a tree at least, and as many for one column as for another; a sum keeps one for each
        column, whose leaves can take the base. What such a leaf adds is 0.
    """
    e, kept = ensemble, step.trees
    if (e.output == LEAF).any():
        added = np.arange(0 if len(kept) else 1)
    else:
        count = np.bincount(e.output[kept], minlength=e.n_columns)
        least = max(int(count.max()), 1) if e.aggregation == "mean" else 1
        spare = [np.setdiff1d(e.trees_of(c), kept)[: max(least - count[c], 0)] for c in range(e.n_columns)]
        added = np.sort(np.concatenate(spare))
    if len(added) == 0:
        return step
    trees, nodes = np.append(step.trees, added), np.append(step.nodes, e.root[added])
    by_tree, by_node = np.argsort(trees), np.argsort(nodes)
    values = np.vstack([step.values, np.zeros((len(added), step.values.shape[1]))])
    return replace(
        step,
        trees=trees[by_tree],
        factors=np.append(step.factors, np.zeros(len(added)))[by_tree],
        nodes=nodes[by_node],
        is_leaf=np.append(step.is_leaf, np.ones(len(added), np.bool_))[by_node],
        values=values[by_node],
    )


def pruned(ensemble: TreeEnsemble, step: JointStep) -> TreeEnsemble:
    """The model of a step, in the family of the ensemble.

    Parameters
    ----------
    ensemble : TreeEnsemble
        That the step's problem was made from.
    step : JointStep
        Of a boosted, a shares, a votes, or, for a forest of numbers, an additive problem.

    Returns
    -------
    TreeEnsemble
        Splits answer with the mean of their leaves, weighted by cover. What the base of a sum has moved by
        stands in the leaves of the first tree of its column: every format has a place for it there.

    Raises
    ------
    UnsupportedModelError
        If the base has moved in a column without a tree.
    ValueError
        If no tree is kept.
    """
    e = ensemble
    if step.n_trees == 0:
        raise ValueError("no tree is kept; there is no such model")
    kind = kind_of(e)
    if kind == "votes":
        return pruned_votes(e, step)
    value = np.zeros_like(e.value)
    if e.aggregation == "sum":
        value[step.nodes] = step.values / e.link_scale
    elif kind == "shares":
        value[step.nodes] = shares(step, e.columns)
    else:
        value[step.nodes] = (step.base + _averaged(e, step) * step.values) / e.link_scale
    mask = step.collapsed(e.n_nodes)
    # the base is put in below; an edit would put the prior in a second time
    smaller = keep_trees(collapse(replace(e, value=value, prior=None), mask), step.trees)
    if e.aggregation == "sum":
        moved = step.base / e.link_scale - e.base_score
        smaller = _with_base(smaller, moved)
        if e.prior is not None:
            smaller = replace(smaller, prior=moved)
    elif (smaller.weight != smaller.weight[0]).any():
        if e.reweight != "weight":
            raise UnsupportedModelError("trees of this model have weights of their own")
        smaller = replace(smaller, weight=np.ones_like(smaller.weight))
    splits = leaf_means(smaller.left, smaller.right, smaller.cover, smaller.value)
    return with_values(smaller, splits)


def _averaged(e: TreeEnsemble, step: JointStep) -> int:
    """Number of trees whose mean a column is; of trees that feed one column each, all have as many."""
    alike = 1 if (e.output == LEAF).any() else e.n_columns
    return step.n_trees // alike


def _with_base(e: TreeEnsemble, moved: Array) -> TreeEnsemble:
    """Values of sums, divided by the trees' factors, with the moved base in the first tree's leaves."""
    value = e.value / np.repeat(e.weight, np.diff(e.root))[:, None]
    for column in range(e.n_columns):
        own = e.trees_of(column)
        if moved[column] == 0.0:
            continue
        if len(own) == 0:
            raise UnsupportedModelError(
                f"no tree of output column {column} is kept, so there is no place for its base"
            )
        t = int(own[0])
        value[e.tree(t), column] += moved[column] / e.weight[t]
    return replace(e, value=value)
