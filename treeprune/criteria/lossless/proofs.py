"""Why each split could go, in words."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.lossless.axes import Axes
from treeprune.criteria.lossless.decided import BOTH, NEVER, ONLY_LEFT
from treeprune.criteria.lossless.shrink import Shrunk
from treeprune.domain.domain import Domain
from treeprune.lossless_plan import Removal
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths, leaf_counts, parents, tree_of_node
from treeprune.plan import split_in_words

_SIDES = ("left", "right")


def gone_splits(ensemble: TreeEnsemble, way: Array, shrunk: Shrunk) -> Array:
    """Splits that went by themselves, not with a branch that went whole; positions, ascending."""
    e, found = ensemble, []
    front = e.root[:-1]
    while len(front):
        front = front[~e.is_leaf[front]]
        decided = way[front] != BOTH
        goes = decided | shrunk.twins[front]
        found.append(front[goes])
        stays = np.where(
            decided[goes] & (way[front[goes]] != ONLY_LEFT), e.right[front[goes]], e.left[front[goes]]
        )
        on = front[~goes]
        front = np.concatenate([stays, e.left[on], e.right[on]])
    return np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)


def removals(
    ensemble: TreeEnsemble,
    domain: Domain | None,
    here: tuple[Axes, Array],
    anywhere: tuple[Axes, Array],
    shrunk: Shrunk,
) -> list[Removal]:
    """A record of each split that went.

    Parameters
    ----------
    ensemble : TreeEnsemble
        The model before.
    domain : Domain or None
    here, anywhere : tuple of (Axes, ndarray of uint8, shape (n_nodes,))
        Axes and `ways_of_splits` over the domain, and over all inputs: what is decided there needs no
        domain.
    shrunk : Shrunk

    Returns
    -------
    list of Removal
    """
    way, way_of_all = here[1], anywhere[1]
    e, nodes = ensemble, gone_splits(ensemble, way, shrunk)
    if len(nodes) == 0:
        return []
    tree, depth = tree_of_node(e.root), depths(e.left, e.right)
    sizes = 2 * leaf_counts(e.left, e.right) - 1
    parent, out = parents(e.left, e.right), []
    for node in map(int, nodes):
        left, right = int(e.left[node]), int(e.right[node])
        if way[node] == BOTH:
            kind, stays, goes = "equal branches", left, right
            proof = (
                f"its branches, nodes {e.node_id[left]} and {e.node_id[right]}, answer the same everywhere"
            )
            if sizes[left] > 1 or sizes[right] > 1:
                proof += ", as far as any input can tell"
        else:
            stays, goes = (left, right) if way[node] == ONLY_LEFT else (right, left)
            side = _SIDES[int(way[node] == ONLY_LEFT)]
            outside = way_of_all[node] in (BOTH, NEVER)
            axes = (here if outside else anywhere)[0]
            above = _deciders(e, axes, parent, node, side == "right")
            reasons = [
                f"node {e.node_id[a]} ({split_in_words(e, a)}) sends it {_SIDES[int(e.left[a] != child)]}"
                for a, child in above
            ]
            kind = "decided above"
            if outside and domain is not None:
                kind = "outside the domain"
                reasons.append(_domain_words(domain, axes.columns[axes.axis[node]]))
            proof = f"no input goes {side}: " + "; ".join(reasons)
        out.append(
            Removal(
                kind=kind,
                tree=int(e.tree_id[tree[node]]),
                node=int(e.node_id[node]),
                depth=int(depth[node]),
                split=split_in_words(e, node),
                becomes=int(e.node_id[shrunk.becomes[stays]]),
                nodes_removed=1 + int(sizes[goes]),
                proof=proof,
            )
        )
    return out


def _domain_words(domain: Domain, columns: Array) -> str:
    if len(columns) == 1:
        column = domain.columns[columns[0]]
        return f"in the domain {column.name} is {column.text()}"
    names = {domain.names[j] for j in columns}
    group = next(g for g in domain.groups if set(g.columns) == names)
    return f"in the domain {group.text()}"


def _goes_left(axes: Axes, node: int) -> Array:
    """Cells of a split's axis that go left."""
    a = int(axes.axis[node])
    n = len(axes.cells[a])
    if axes.by_set[a]:
        at = int(axes.cut[node])
        words = axes.word[at : at + int(axes.first_word[a + 1] - axes.first_word[a])]
        bits = np.unpackbits(np.ascontiguousarray(words, "<u8").view(np.uint8), bitorder="little")[:n]
        return bits.astype(bool)
    left = np.arange(n) < axes.cut[node]
    left[axes.n_numbers[a] :] = axes.missing_left[node]
    return left


def _deciders(
    e: TreeEnsemble, axes: Axes, parent: Array, node: int, empty_right: bool
) -> list[tuple[int, int]]:
    """Splits above, nearest first, that together leave one side empty, and their children on the way."""
    side = _goes_left(axes, node)
    rest = ~side if empty_right else side.copy()
    found: list[tuple[int, int]] = []
    child, above = node, int(parent[node])
    while rest.any() and above != LEAF:
        if axes.axis[above] == axes.axis[node]:
            mask = _goes_left(axes, above)
            fewer = rest & (mask if e.left[above] == child else ~mask)
            if not np.array_equal(fewer, rest):
                found.append((above, child))
                rest = fewer
        child, above = above, int(parent[above])
    return found
