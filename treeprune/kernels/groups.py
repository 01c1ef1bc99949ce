"""Trees in groups of one kind, and rows in the forms that the kinds read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from treeprune.kernels.deep import LANES
from treeprune.kernels.threads import thread_count
from treeprune.model.ensemble import Array

Kind = Literal["blend", "deep", "plain"]

STEP = 4096
"""Rows whose leaf numbers are held at a time."""

_ROUNDS = 2
"""Parts of the rows that each thread gets, if there are rows enough."""

PART = 8 * STEP
"""Rows that go down all trees before the next do: nodes of a large forest come from memory as often."""

_TREES: dict[Kind, int] = {"blend": 64, "deep": 16, "plain": 4}
"""Trees whose leaf numbers are held at a time: with `STEP` rows, a quarter of a megabyte at the most."""


@dataclass(frozen=True)
class Group:
    """Consecutive trees of one kind: those from `first` to before `last`, the `own`-th of their kind."""

    kind: Kind
    first: int
    last: int
    own: int

    def __len__(self) -> int:
        return self.last - self.first


def cut_into_groups(kinds: Array) -> list[Group]:
    """Cut trees into groups of one kind, of a size that suits it.

    Parameters
    ----------
    kinds : ndarray of str, shape (n_trees,)

    Returns
    -------
    list of Group
        Covers all trees in order.
    """
    groups: list[Group] = []
    seen: dict[Kind, int] = {}
    first = 0
    while first < len(kinds):
        kind: Kind = kinds[first]
        last = first
        while last < len(kinds) and kinds[last] == kind and last - first < _TREES[kind]:
            last += 1
        groups.append(Group(kind, first, last, seen.get(kind, 0)))
        seen[kind] = seen.get(kind, 0) + last - first
        first = last
    return groups


def finer(groups: list[Group], n_jobs: int | None) -> list[Group]:
    """Cut the last groups into ever smaller ones, so that threads that share them end together.

    Parameters
    ----------
    groups : list of Group
    n_jobs : int or None
        Threads, see `treeprune.kernels.threads.thread_count`.

    Returns
    -------
    list of Group
        Covers the same trees in the same order. One thread gets the groups as they are.
    """
    n_threads = thread_count(n_jobs)
    if n_threads == 1:
        return groups
    cut: list[Group] = []
    remaining = sum(map(len, groups))
    for group in groups:
        first, least = group.first, max(_TREES[group.kind] // 16, 1)
        while first < group.last:
            # half of a fair share of what remains (guided self-scheduling: Polychronopoulos and Kuck, 1987)
            last = min(first + max(remaining // (2 * n_threads), least), group.last)
            cut.append(Group(group.kind, first, last, group.own + first - group.first))
            remaining -= last - first
            first = last
    return cut


def parts_of_rows(n_rows: int, n_jobs: int | None) -> list[slice]:
    """Cut rows into parts of about one size, as many for each thread.

    Parameters
    ----------
    n_rows : int
    n_jobs : int or None
        Threads, see `treeprune.kernels.threads.thread_count`.

    Returns
    -------
    list of slice
        Of whole tiles of `LANES` rows but for the last one, and of at most `PART` rows. Threads get a few
        parts each, so that one that was held up leaves some to the others, but none of less than `STEP`
        rows: each part reads all trees.
    """
    n_threads = thread_count(n_jobs)
    rounds = max(math.ceil(n_rows / PART / n_threads), 1)
    if n_threads > 1:
        rounds = max(rounds, min(_ROUNDS, n_rows // (STEP * n_threads)))
    size = max(math.ceil(n_rows / (rounds * n_threads) / LANES), 1) * LANES
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


def runs_of_trees(edges: Array, size: int, within: slice) -> Iterator[slice]:
    """Consecutive trees that have about so many nodes, or slots, together, or one larger tree.

    Parameters
    ----------
    edges : ndarray of int64, shape (n_trees + 1,)
        Where the nodes, or slots, of each tree begin.
    size : int
    within : slice
        The trees that are meant.

    Yields
    ------
    slice
    """
    first = within.start
    while first < within.stop:
        last = max(int(np.searchsorted(edges, edges[first] + size, "right")) - 1, first + 1)
        yield slice(first, min(last, within.stop))
        first = last


class Scratch:
    """Room for the leaf numbers of one group and `STEP` rows, used again and again by one thread."""

    def __init__(self) -> None:
        self.bytes = np.empty(max(_TREES.values()) * STEP, np.uint8)
        self.places = np.empty(max(_TREES["deep"], _TREES["plain"]) * STEP, np.int32)


@dataclass(frozen=True, eq=False)
class Codes:
    """A block of rows in the forms that the kernels of an ensemble read.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_features)
        For `plain`.
    by_column : ndarray of int8 or int16, shape (n_columns, n_rows)
        For `blend`, and for the first levels of `deep`; empty where no tree needs it.
    by_tile : ndarray of uint32
        For `deep`; empty where no tree needs it.
    """

    rows: Array
    by_column: Array
    by_tile: Array

    def __len__(self) -> int:
        return len(self.rows)
