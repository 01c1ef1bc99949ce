"""Groups of columns of which one is 1 and the others are 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from treeprune.domain.column import Column
from treeprune.model.ensemble import Array


@dataclass(frozen=True)
class Group:
    """Columns made of one, by one-hot encoding for instance.

    Parameters
    ----------
    columns : tuple of str
        Names; two at least.
    exactly : bool
        Whether one of them must be 1; else all may be 0.

    Raises
    ------
    ValueError
        If a name stands there twice, or there are fewer than two.
    """

    columns: tuple[str, ...]
    exactly: bool = True

    def __post_init__(self) -> None:
        if len(self.columns) < 2 or len(set(self.columns)) < len(self.columns):
            raise ValueError(f"a group must name two different columns or more, got {list(self.columns)}")

    def contains(self, members: Array) -> Array:
        """Which rows keep to the group.

        Parameters
        ----------
        members : ndarray of float64, shape (n_rows, n_columns)
            Its columns.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
        """
        ones = members.sum(axis=1)
        kept: Array = (ones == 1) | ((ones == 0) & (not self.exactly))
        return kept & ((members == 0) | (members == 1)).all(axis=1)

    def text(self) -> str:
        """What is demanded, in words."""
        return f"{'exactly' if self.exactly else 'at most'} one of {', '.join(self.columns)} is 1"

    def to_dict(self) -> dict[str, Any]:
        """The group as plain Python objects."""
        return {"columns": list(self.columns), "exactly": self.exactly}


def member(column: Column) -> Column:
    """A column of a group: 0 or 1, never missing.

    Raises
    ------
    ValueError
        If the column allows neither.
    """
    both = Column(name=column.name, values=(0.0, 1.0))
    return column.intersect(both)


def alternatives(members: Sequence[Column], exactly: bool) -> Array:
    """All values that the columns of a group may hold together.

    Parameters
    ----------
    members : sequence of Column
        From `member`.
    exactly : bool

    Returns
    -------
    ndarray of float64, shape (n_alternatives, n_columns)
        None at all if the columns contradict the group.
    """
    rows = np.eye(len(members))
    if not exactly:
        rows = np.vstack([rows, np.zeros(len(members))])
    allowed = np.array([[x in (column.values or ()) for x in (0.0, 1.0)] for column in members])
    inside = allowed[np.arange(len(members)), rows.astype(int)].all(axis=1)
    found: Array = rows[inside]
    return found


def checked(columns: Sequence[Column], groups: Sequence[Group]) -> tuple[Column, ...]:
    """Columns with those of groups narrowed to 0 and 1.

    Raises
    ------
    ValueError
        If a group names no column or one of another group, or nothing satisfies it.
    """
    by_name = {column.name: column for column in columns}
    taken: set[str] = set()
    for group in groups:
        for name in group.columns:
            if name not in by_name:
                raise ValueError(f"a group names {name!r}, which is no column of the domain")
            if name in taken:
                raise ValueError(f"column {name!r} is in two groups")
            taken.add(name)
            by_name[name] = member(replace(by_name[name], missing=False))
        if not len(alternatives([by_name[name] for name in group.columns], group.exactly)):
            raise ValueError(
                f"the domain contradicts itself: {group.text()}, but no values of them allow that"
            )
    return tuple(by_name.values())


def both(groups: Sequence[Group], others: Sequence[Group]) -> tuple[Group, ...]:
    """Groups of two domains; those of the same columns become one, the stricter."""
    found = {frozenset(group.columns): group for group in groups}
    for group in others:
        same = found.get(frozenset(group.columns))
        exactly = group.exactly or (same is not None and same.exactly)
        found[frozenset(group.columns)] = replace(group, exactly=exactly)
    return tuple(found.values())


def found_in(names: Sequence[str], rows: Array) -> list[Group]:
    """Groups that a table shows.

    Columns of 0 and 1 side by side, whose names begin alike, and that always sum to 1.

    Parameters
    ----------
    names : sequence of str
    rows : ndarray of float64

    Returns
    -------
    list of Group
    """
    binary = ((rows == 0) | (rows == 1)).all(axis=0) & (len(rows) > 0)
    stems = [name.rpartition("_")[0] if flag else "" for name, flag in zip(names, binary, strict=True)]
    groups, start = [], 0
    while start < len(names):
        stop = start + 1
        while stop < len(names) and stems[stop] and stems[stop] == stems[start]:
            stop += 1
        if stop - start > 1 and (rows[:, start:stop].sum(axis=1) == 1).all():
            groups.append(Group(tuple(names[start:stop])))
        start = stop
    return groups
