"""Trees in groups of one kind, and rows in the forms that the kinds read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from treeprune.model.ensemble import Array

Kind = Literal["blend", "deep", "plain"]

STEP = 4096
"""Rows whose leaf numbers are held at a time."""

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
