"""Columns that stay or go together: the parts of one original column, or what the user says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array

_SPLINE = re.compile(r"^(.+)_sp_\d+$")
_POWER = re.compile(r"\^\d+$")
_MISSING = re.compile(r"^((?:.*__)?)missingindicator_(.+)$")
_MOSTLY = 0.5


@dataclass(frozen=True, eq=False)
class ColumnGroups:
    """Which columns of a model belong together.

    Parameters
    ----------
    number : ndarray of int64, shape (n_columns,)
        Group of each column, from 0 on, in the order of their first columns.
    labels : tuple of str
        Name of each group.
    columns : tuple of str
        Name of each column.
    """

    number: Array
    labels: tuple[str, ...]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, labels: Iterable[Any], columns: Iterable[str]) -> ColumnGroups:
        """Groups out of a label for each column."""
        known: dict[Any, int] = {}
        number = [known.setdefault(label, len(known)) for label in labels]
        return cls(np.array(number, np.int64), tuple(map(str, known)), tuple(columns))

    def __len__(self) -> int:
        return len(self.labels)

    def find(self, name: Hashable, what: str) -> int:
        """Group of a name: of a group, else of a column; or of a column's position.

        Raises
        ------
        ValueError
            If there is none; `what` says where the name stands.
        """
        if isinstance(name, str):
            if name in self.labels:
                return self.labels.index(name)
            if name in self.columns:
                return int(self.number[self.columns.index(name)])
        elif isinstance(name, int | np.integer) and 0 <= name < len(self.number):
            return int(self.number[int(name)])
        raise ValueError(
            f"{what}: there is no column or group {name!r}; groups are {', '.join(self.labels[:20])}"
            f"{', ...' if len(self) > 20 else ''}"
        )

    def costs(self, costs: Any) -> Array:
        """Cost of each group, that of its dearest column.

        Parameters
        ----------
        costs : None, array-like of shape (n_columns,) or dict
            By name of a column or group in a dict; others cost 1, as all do by default.

        Returns
        -------
        ndarray of float64, shape (n_groups,)

        Raises
        ------
        ValueError
            If a name is unknown, a cost is not positive, or their number is wrong.
        """
        own = np.ones(len(self))
        if isinstance(costs, Mapping):
            given: dict[int, float] = {}
            for name, cost in costs.items():
                k = self.find(name, "feature_costs")
                given[k] = max(float(cost), given.get(k, 0.0))
            for k, cost in given.items():
                own[k] = cost
        elif costs is not None:
            each = np.asarray(costs, np.float64)
            if each.shape != self.number.shape:
                raise ValueError(
                    f"feature_costs must have one entry for each of {len(self.number)} columns, got shape "
                    f"{each.shape}"
                )
            own = np.full(len(self), -np.inf)
            np.maximum.at(own, self.number, each)
        if not np.isfinite(own).all() or (own <= 0).any():
            raise ValueError(
                "feature_costs must be finite and positive; keep= names features that never go"
            )
        return own


def column_names(X: Any, n_columns: int) -> tuple[str, ...]:
    """Names of a table's columns; x0, x1, ... where it has none."""
    names = getattr(X, "columns", None)
    if names is None or not all(isinstance(name, str) for name in names):
        return tuple(f"x{k}" for k in range(n_columns))
    return tuple(names)


def column_groups(groups: Any, X: Any, values: Any, names: tuple[str, ...] | None = None) -> ColumnGroups:
    """Groups as a user gives them.

    Parameters
    ----------
    groups : "auto", None, dict, array-like or fitted transformer
        Auto goes by the names of the columns, see `groups_by_name`; None leaves each column for itself; a
        dict has the columns (names or positions) of each group, others stay for themselves; an array-like
        has a label for each column; a fitted transformer made the columns.
    X : table
        As given, for its column names.
    values : ndarray or sparse matrix, shape (n_rows, n_columns)
    names : tuple of str, optional
        In place of those of `X`.

    Returns
    -------
    ColumnGroups

    Raises
    ------
    ValueError
        If a column is unknown, or in two groups, or a label is missing.
    """
    p = values.shape[1]
    columns = column_names(X, p) if names is None else names
    if groups is None:
        return ColumnGroups.of(columns, columns)
    if isinstance(groups, str):
        if groups != "auto":
            raise ValueError(f'groups={groups!r} is unknown; use "auto", None, a dict or labels')
        named = names is not None or hasattr(X, "columns")
        return ColumnGroups.of(groups_by_name(columns, values) if named else columns, columns)
    if hasattr(groups, "transform"):
        return groups_of_transformer(groups, columns)
    if isinstance(groups, Mapping):
        return _given(groups, columns)
    labels = list(groups)
    if len(labels) != p:
        raise ValueError(f"groups has {len(labels)} labels, X has {p} columns")
    return ColumnGroups.of(labels, columns)


def _given(groups: Mapping[Any, Any], columns: tuple[str, ...]) -> ColumnGroups:
    alone = ColumnGroups.of(columns, columns)
    labels: list[Any] = list(columns)
    taken: dict[int, Any] = {}
    for label, members in groups.items():
        for name in [members] if isinstance(members, str) else members:
            k = alone.find(name, f"groups[{label!r}]")
            if k in taken:
                raise ValueError(f"column {columns[k]!r} is in the groups {taken[k]!r} and {label!r}")
            taken[k], labels[k] = label, ("group", label)
    found = ColumnGroups.of(labels, columns)
    words = tuple(str(k[1]) if isinstance(k, tuple) else str(k) for k in dict.fromkeys(labels))
    return ColumnGroups(found.number, words, columns)


def groups_of_transformer(transformer: Any, columns: tuple[str, ...]) -> ColumnGroups:
    """Columns that a fitted transformer made out of the same columns of its own table."""
    from treeprune.pruners.column_sources import column_sources

    inputs = list(getattr(transformer, "feature_names_in_", ()))
    n_in = int(transformer.n_features_in_)
    sources = column_sources(transformer, n_in)
    if len(sources) != len(columns):
        raise ValueError(
            f"the {type(transformer).__name__} of groups makes {len(sources)} columns, the model has "
            f"{len(columns)}"
        )
    words = [str(name) for name in inputs] or [f"x{k}" for k in range(n_in)]
    return ColumnGroups.of([" ".join(words[k] for k in sorted(source)) for source in sources], columns)


def groups_by_name(columns: tuple[str, ...], values: Any) -> list[str]:
    """Label of each column by scikit-learn's way to name what it makes.

    ``color_red`` and ``color_blue`` belong together if they hold 0 and 1, never both 1, and mostly one of
    them is 1: flags of rare things that never met are no levels of one column. ``age_sp_0`` and
    ``age_sp_1`` are splines of one column, ``age^2`` its power, ``missingindicator_age`` says where it was
    missing; products of columns stay for themselves, with all their powers.

    Parameters
    ----------
    columns : tuple of str
    values : ndarray or sparse matrix, shape (n_rows, n_columns)

    Returns
    -------
    list of str
    """
    labels: list[str | None] = [None] * len(columns)
    # levels first: they are the user's words, and may hold blanks like products of columns
    for prefix, members in _indicators(columns, values):
        if all(labels[k] is None for k in members):
            for k in members:
                labels[k] = prefix
    for k, name in enumerate(columns):
        spline, missing = _SPLINE.match(name), _MISSING.match(name)
        if labels[k] is not None:
            continue
        if spline:
            labels[k] = spline.group(1)
        elif missing:
            labels[k] = "".join(missing.groups())
        elif " " in name or _POWER.search(name):
            labels[k] = " ".join(_POWER.sub("", word) for word in name.split(" "))
    return [name if label is None else label for name, label in zip(columns, labels, strict=True)]


def _indicators(columns: tuple[str, ...], values: Any) -> list[tuple[str, list[int]]]:
    """Prefixes of columns that hold levels of one column, the widest first."""
    shared = defaultdict(list)
    for k, name in enumerate(columns):
        if _MISSING.match(name):
            continue
        first = name.find("__") + 2 if "__" in name else 0  # a transformer's name stands before it
        ends = [i for i, letter in enumerate(name) if letter == "_" and i > first]
        if ends and _is_binary(values[:, [k]]):
            for end in ends:
                shared[name[:end]].append(k)
    found = []
    for prefix, members in shared.items():
        total = np.asarray(values[:, members].sum(axis=1))
        if len(members) > 1 and total.max() <= 1 and total.mean() >= _MOSTLY:
            found.append((prefix, members))
    return sorted(found, key=lambda one: (-len(one[1]), -len(one[0])))


def _is_binary(column: Any) -> bool:
    entries = column.data if hasattr(column, "tocsc") else column
    return bool(((entries == 0) | (entries == 1)).all())
