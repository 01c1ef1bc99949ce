"""Trees that say the same as others, and trees that say one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from treeprune.criteria.lossless.axes import axes_of
from treeprune.domain.domain import Domain
from treeprune.lossless_plan import Removal
from treeprune.model.edit import keep_trees, with_values
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import leaf_means

_UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}


@dataclass(frozen=True, eq=False)
class Joined:
    """An ensemble some of whose trees took over the values of others.

    Parameters
    ----------
    ensemble : TreeEnsemble
    removals : list of Removal
    rounding : ndarray of float64, shape (n_columns,)
        By how much sums of values may be off for that they were rounded.
    notes : list of str
        What the format has no place for.
    """

    ensemble: TreeEnsemble
    removals: list[Removal]
    rounding: Array
    notes: list[str]


def join_trees(ensemble: TreeEnsemble, domain: Domain) -> Joined:
    """Add up the values of trees that ask the same questions, and fold trees without any into others.

    Parameters
    ----------
    ensemble : TreeEnsemble
    domain : Domain
        Over which questions are the same.

    Returns
    -------
    Joined
        Trees that are summed are joined by adding values; trees that are averaged have no place for that
        (their number is what the sum is divided by), so that they stay, and a note says so.
    """
    e = ensemble
    rounding, notes = np.zeros(e.n_columns), list[str]()
    removals: list[Removal] = []
    if e.n_trees == 1:
        return Joined(e, removals, rounding, notes)
    twins = _same_structure(e, axes_of(e, domain).question)
    if e.aggregation == "mean" and e.reweight == "weight":
        return _with_weights_added(e, twins)
    if e.aggregation != "sum":
        n = sum(len(group) - 1 for group in twins) + int((np.diff(e.root) == 1).sum())
        if n:
            notes.append(
                f"{n} trees ask the same as others, or nothing, and stay: this model averages its trees, "
                "and its format has no place for a tree that counts more than once"
            )
        return Joined(e, removals, rounding, notes)
    value, gone = e.value.copy(), np.zeros(e.n_trees, np.bool_)
    for group in twins:
        first, others = group[0], group[1:]
        for t in others:
            own, twin = _pre_order(e, first), _pre_order(e, t)
            value[own] += value[twin] * (e.weight[t] / e.weight[first])
            removals.append(_gone(e, t, first, "same structure", "asks the same questions as"))
        gone[others] = True
        rounding += _rounding(e, value, group)
    for target, constants in _constants(e, gone):
        for t in constants:
            value[e.tree(target)] += value[e.root[t]] * (e.weight[t] / e.weight[target])
            removals.append(_gone(e, t, target, "constant", "answers the same everywhere, as part of"))
        gone[constants] = True
        rounding += _rounding(e, value, [target, *constants])
    if not removals:
        return Joined(e, removals, rounding, notes)
    # what the sum starts with stands in values already: an edit would put it in a second time
    bare = keep_trees(replace(with_values(e, value), prior=None), np.flatnonzero(~gone))
    splits = leaf_means(bare.left, bare.right, bare.cover, bare.value)
    changed = np.isin(bare.tree_id, [r.becomes for r in removals])
    at_splits = np.repeat(changed, np.diff(bare.root)) & ~bare.is_leaf
    joined = with_values(bare, np.where(at_splits[:, None], splits, bare.value))
    return Joined(replace(joined, prior=e.prior), removals, rounding, notes)


def _with_weights_added(e: TreeEnsemble, twins: list[list[int]]) -> Joined:
    """Trees of a weighted mean that are the same in every leaf become one of their weights' sum."""
    weight, gone = e.weight.copy(), np.zeros(e.n_trees, np.bool_)
    removals = []
    for group in twins:
        alike: dict[bytes, int] = {}
        for t in group:
            own = _pre_order(e, t)
            answers = np.where(e.is_leaf[own][:, None], e.value[own], 0.0) + 0.0  # there is one zero only
            first = alike.setdefault(answers.tobytes(), t)
            if first != t:
                weight[first] += weight[t]
                gone[t] = True
                removals.append(_gone(e, t, first, "same structure", "is the same as"))
    size = np.abs(e.value).max(axis=0, initial=0.0)
    joined = keep_trees(replace(e, weight=weight), np.flatnonzero(~gone)) if removals else e
    # each weight is rounded once more, and so is what it is divided by
    rounding = 4 * len(removals) * _UNIT[e.output_dtype] * size
    return Joined(joined, removals, rounding, [])


def _gone(e: TreeEnsemble, t: int, other: int, kind: str, words: str) -> Removal:
    native = int(e.tree_id[other])
    return Removal(
        kind=kind,
        tree=int(e.tree_id[t]),
        node=int(e.node_id[e.root[t]]),
        depth=0,
        split="",
        becomes=native,
        nodes_removed=int(e.root[t + 1] - e.root[t]),
        proof=f"{words} tree {native}, which counts for both now",
    )


def _rounding(e: TreeEnsemble, value: Array, trees: list[int]) -> Array:
    """Four roundings of each number that a sum was made of, and of the sums."""
    size = np.zeros(e.n_columns)
    for t in trees:
        both = np.maximum(np.abs(e.value[e.tree(t)]), np.abs(value[e.tree(t)]))
        size += 2 * abs(e.weight[t]) * both.max(axis=0)
    return 4 * _UNIT[e.output_dtype] * size


def _pre_order(e: TreeEnsemble, t: int) -> Array:
    """Nodes of a tree, left ones first."""
    order, stack = [], [int(e.root[t])]
    while stack:
        node = stack.pop()
        order.append(node)
        if e.left[node] != LEAF:
            stack += [int(e.right[node]), int(e.left[node])]
    return np.array(order, np.int64)


def _same_structure(e: TreeEnsemble, question: Array) -> list[list[int]]:
    """Trees that ask the same and feed the same columns, the first of each first; constants left out."""
    groups: dict[tuple[int, bytes], list[int]] = {}
    first: dict[tuple[int, int, int], list[int]] = {}
    sizes = np.diff(e.root)
    asking = np.flatnonzero((sizes > 1) & (e.weight != 0))
    for t in map(int, asking):  # few trees share a size and a first question
        first.setdefault((int(e.output[t]), int(sizes[t]), int(question[e.root[t]])), []).append(t)
    for alike in first.values():
        for t in alike if len(alike) > 1 else ():
            key = int(e.output[t]), question[_pre_order(e, t)].tobytes()
            groups.setdefault(key, []).append(t)
    return [group for group in groups.values() if len(group) > 1]


def _constants(e: TreeEnsemble, gone: Array) -> list[tuple[int, list[int]]]:
    """Trees of one leaf by the tree that takes over their values."""
    constant = (np.diff(e.root) == 1) & ~gone
    if e.n_columns > 1 and (e.output >= 0).all():
        # a tree that goes from a round that stays would leave a leaf behind in its place
        number = e.tree_id // e.n_columns
        constant &= ~np.isin(number, number[~constant])
    found = []
    for column in np.unique(e.output):
        own = np.flatnonzero((e.output == column) & ~gone & (e.weight != 0))
        splits = own[~constant[own]]
        target = int(splits[0] if len(splits) else own[0]) if len(own) else LEAF
        others = [int(t) for t in np.flatnonzero((e.output == column) & constant) if t != target]
        if others and target != LEAF:
            found.append((target, others))
    return found
