"""Small trees as straight programs: each split is one operation on a whole block of rows.

A tree is evaluated from its leaves up. The result of a branch is, for every row, the number of the leaf
it would end in, counted from the left of that branch. A split then only chooses: the number that its left
branch says, or the number of leaves on the left plus what its right branch says. No row walks anywhere,
so a block of rows is one vector operation a split. A branch that is a leaf says 0 and needs no
operation; one that is a split of two leaves is a comparison, done inside its parent's operation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import LEAF, Array

MOST_LEAVES = 256
"""Leaves of the largest tree that has a program: their numbers are bytes."""

A_LEAF, A_PAIR, A_BRANCH = range(3)
"""What a branch is: a leaf; a split of two leaves; the result of another operation."""


@dataclass(frozen=True, eq=False)
class Programs:
    """Operations of some trees, one a split that has a split below it (or is the root).

    Each operation owns one row of the tables; a branch is described by three numbers.

    Parameters
    ----------
    split : ndarray of int32, shape (n_operations, 4)
        Column, rank, number of leaves on the left, and the buffer that takes the result.
    branch : ndarray of int32, shape (n_operations, 6)
        What the left branch is, with its column and rank if it is a pair, or its buffer; then the right.
    first : ndarray of int64, shape (n_trees + 1,)
        Operations of tree ``t`` are those from ``first[t]`` on; none for a tree that is one leaf.
    n_buffers : int
        Buffers that the hungriest tree needs.
    leaf : ndarray of int32, shape (n_leaves,)
        Node of each leaf, tree by tree, from the left to the right.
    """

    split: Array
    branch: Array
    first: Array
    n_buffers: int
    leaf: Array


@part
def _count_leaves(left: Array, right: Array, start: int, stop: int, leaves: Array, need: Array) -> None:
    """Leaves below each node of a tree, and buffers that its branch needs (Sethi and Ullman, 1970)."""
    for node in range(stop - 1, start - 1, -1):
        a, b = left[node], right[node]
        if a == LEAF:
            leaves[node] = 1
            need[node] = 0
            continue
        leaves[node] = leaves[a] + leaves[b]
        if leaves[node] == 2:
            need[node] = 0  # done inside its parent
        elif need[a] == need[b]:
            need[node] = need[a] + 1
        else:
            need[node] = need[a] if need[a] > need[b] else need[b]


@borrower
def _write_programs(  # noqa: C901, PLR0912, PLR0915 (each kernel more costs time to compile)
    root: Array,
    trees: Array,
    left: Array,
    right: Array,
    column: Array,
    rank: Array,
    leaves: Array,
    need: Array,
    buffer: Array,
    free: Array,
    stack: Array,
    done: Array,
    split: Array,
    branch: Array,
    first: Array,
    leaf: Array,
) -> None:
    n, n_leaves = 0, 0
    for position in range(trees.shape[0]):
        t = trees[position]
        start = root[t]
        _count_leaves(left, right, start, root[t + 1], leaves, need)
        # leaves from the left to the right
        depth = 1
        stack[0] = start
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if left[node] == LEAF:
                leaf[n_leaves] = node
                n_leaves += 1
            else:
                stack[depth] = right[node]
                stack[depth + 1] = left[node]
                depth += 2
        # operations from the bottom up, the branch that needs more buffers first
        depth = 0
        if left[start] != LEAF:
            depth = 1
            stack[0] = start
            done[0] = False
        while depth > 0:
            node = stack[depth - 1]
            a, b = left[node], right[node]
            if not done[depth - 1]:
                done[depth - 1] = True
                child = b if need[a] >= need[b] else a
                for _ in range(2):
                    if leaves[child] > 2:
                        stack[depth] = child
                        done[depth] = False
                        depth += 1
                    child = a if child == b else b
                continue
            depth -= 1
            # taken while those of the branches are not free: no loop may write where it reads
            target = 0
            while not free[target]:
                target += 1
            free[target] = False
            buffer[node] = target
            split[n, 0] = column[node]
            split[n, 1] = rank[node]
            split[n, 2] = leaves[a]
            split[n, 3] = target
            child = a
            for at in range(0, 6, 3):
                if leaves[child] == 1:
                    branch[n, at] = A_LEAF
                elif leaves[child] == 2:
                    branch[n, at] = A_PAIR
                    branch[n, at + 1] = column[child]
                    branch[n, at + 2] = rank[child]
                else:
                    branch[n, at] = A_BRANCH
                    branch[n, at + 1] = buffer[child]
                    free[buffer[child]] = True
                child = b
            n += 1
        if leaves[start] > 1:  # the result of the whole tree needs its buffer no longer
            free[buffer[start]] = True
        first[position + 1] = n


def write_programs(
    root: Array, trees: Array, left: Array, right: Array, column: Array, rank: Array, n_leaves: Array
) -> Programs:
    """Programs of some small trees.

    Parameters
    ----------
    root : ndarray of int64, shape (n_trees + 1,)
    trees : ndarray of int64
        Positions of the trees that are meant, none with more than `MOST_LEAVES` leaves.
    left, right, column, rank : ndarray of int32, shape (n_nodes,)
    n_leaves : ndarray of int64, shape (n_trees,)

    Returns
    -------
    Programs
    """
    most = int(n_leaves[trees].sum())
    split = np.zeros((most, 4), np.int32)
    branch = np.zeros((most, 6), np.int32)
    first = np.zeros(len(trees) + 1, np.int64)
    leaf = np.empty(most, np.int32)
    leaves, need, buffer = np.empty((3, len(left)), np.int32)
    free, done = np.ones((2, 4 * MOST_LEAVES), np.bool_)
    stack = np.empty(4 * MOST_LEAVES, np.int64)
    _write_programs(
        root, trees, left, right, column, rank, leaves, need, buffer, free, stack, done, split, branch,
        first, leaf,
    )  # fmt: skip
    n = first[-1]
    n_buffers = int(split[:n, 3].max(initial=0)) + 1
    return Programs(split[:n].copy(), branch[:n].copy(), first, n_buffers, leaf)
