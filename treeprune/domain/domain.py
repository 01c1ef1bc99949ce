"""Which inputs exist: what a table may hold, column by column and in groups of columns."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from treeprune.domain.column import Column
from treeprune.domain.from_table import columns_of_table
from treeprune.domain.groups import Group, both, checked, found_in
from treeprune.domain.ranges import Spec, column_of
from treeprune.domain.tables import column_names, numbers, rows_of
from treeprune.model.ensemble import Array

_VERSION = 1


@dataclass(frozen=True)
class Domain:
    """The inputs that exist.

    Parameters
    ----------
    columns : tuple of Column
        In the order of the table.
    groups : tuple of Group
        Columns of which exactly (or at most) one is 1; none is in two groups. They are narrowed to 0 and 1
        and are never missing.

    Raises
    ------
    ValueError
        If names repeat, or the domain contradicts itself.

    Notes
    -----
    Numbers are those that trees see: categories are codes, with labels to show.

    Examples
    --------
    >>> from treeprune import Domain
    >>> print(Domain.from_ranges({"age": {"lower": 18, "upper": 90, "integer": True}, "lactate": (0, 20)}))
    age      a whole number from 18 to 90
    lactate  a number from 0 to 20
    """

    columns: tuple[Column, ...]
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two columns of the domain have one name: {', '.join(twice)}")
        object.__setattr__(self, "groups", tuple(self.groups))
        object.__setattr__(self, "columns", checked(self.columns, self.groups))

    @classmethod
    def from_data(
        cls,
        X: Any,
        *,
        model: Any = None,
        margin: float = 0.0,
        integer: Literal["auto"] | Sequence[str] = "auto",
        one_hot: Literal["auto"] | Sequence[Sequence[str]] = "auto",
        names: Sequence[str] | None = None,
    ) -> Domain:
        """The ranges, categories and groups of a table.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_columns)
        model : object, optional
            Fitted model whose table this is: categories then are its codes, and what it takes for missing
            (-999, for instance) is missing.
        margin : float, default=0.0
            Part of each range that is added at both ends; not to categories and columns of 0 and 1.
        integer : "auto" or sequence of str, default="auto"
            Columns that hold whole numbers alone; by default those that do in the table.
        one_hot : "auto" or sequence of sequences of str, default="auto"
            Groups of columns of which exactly one is 1. By default columns of 0 and 1 side by side whose
            names are the same up to the last underscore, and that sum to 1 in each row.
        names : sequence of str, optional
            Names of the columns of a table that has none.

        Returns
        -------
        Domain
            Missing values are allowed where the table has some; a column without any value allows missing
            values alone. A column that holds infinity has no bound on that side.

        Raises
        ------
        ValueError
            If the table has no rows, a parameter is not legal, or a group is not one in the table.
        """
        rows = numbers(X, model)
        if len(rows) == 0:
            raise ValueError("a table without rows has no ranges")
        if not (math.isfinite(margin) and margin >= 0):
            raise ValueError(f"margin must be a number >= 0, got {margin!r}")
        known = tuple(names or column_names(X) or (f"x[{j}]" for j in range(rows.shape[1])))
        if len(known) != rows.shape[1]:
            raise ValueError(f"names must be {rows.shape[1]} names, got {len(known)}")
        columns = columns_of_table(X, rows, known, margin, integer)
        if one_hot == "auto":
            return cls(columns, tuple(found_in(known, rows)))
        groups = tuple(Group(tuple(group)) for group in one_hot)
        found = cls(columns, groups)
        broken = [g for g in groups if not g.contains(rows[:, found._places(g)]).all()]
        if broken:
            raise ValueError(f"rows of the table contradict a group: {broken[0].text()}")
        return found

    @classmethod
    def from_ranges(
        cls,
        ranges: Mapping[str, Spec],
        *,
        one_hot: Sequence[Sequence[str]] = (),
        at_most_one: Sequence[Sequence[str]] = (),
    ) -> Domain:
        """A domain as you know it.

        Parameters
        ----------
        ranges : mapping of str to object
            For each column, in the order of the table: a pair ``(lower, upper)``, either of them None where
            there is no bound; a list or set of all values; None for any number; or a mapping with any of
            ``lower``, ``upper``, ``integer``, ``values``, ``labels``, ``missing``.
        one_hot, at_most_one : sequence of sequences of str, optional
            Groups of columns of which exactly, or at most, one is 1.

        Returns
        -------
        Domain

        Raises
        ------
        ValueError
            If the domain contradicts itself, or says something else about a column.
        """
        groups = [Group(tuple(g)) for g in one_hot] + [Group(tuple(g), exactly=False) for g in at_most_one]
        return cls(tuple(column_of(str(name), spec) for name, spec in ranges.items()), tuple(groups))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def unbounded(self) -> tuple[str, ...]:
        """Names of the columns whose numbers have no least or no greatest."""
        return tuple(
            c.name for c in self.columns if c.values is None and c.lower <= c.upper and not c.bounded
        )

    def __getitem__(self, name: str) -> Column:
        """The column of a name."""
        try:
            return self.columns[self.names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def contains(self, X: Any, *, model: Any = None) -> Array:
        """Which rows of a table the domain has.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_columns)
            Columns of a dataframe are found by name; ValueError if there are others.
        model : object, optional
            As for `from_data`.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
        """
        rows = rows_of(self.names, X, model)
        inside = np.ones(len(rows), bool)
        for j, column in enumerate(self.columns):
            inside &= column.contains(rows[:, j])
        for group in self.groups:
            inside &= group.contains(rows[:, self._places(group)])
        return inside

    def why_not(self, row: Any, *, model: Any = None) -> list[str]:
        """Why the domain does not have a row, in words.

        Parameters
        ----------
        row : array-like of shape (n_columns,), or table of one row
        model : object, optional
            As for `from_data`.

        Returns
        -------
        list of str
            Empty if the domain has it.

        Raises
        ------
        ValueError
            If it is no single row, or has other columns.
        """
        rows = rows_of(self.names, row if hasattr(row, "columns") else np.atleast_2d(row), model)
        if len(rows) != 1:
            raise ValueError(f"why_not takes one row, got {len(rows)}")
        reasons = [column.why_not(float(x)) for column, x in zip(self.columns, rows[0], strict=True)]
        for group in self.groups:
            own = rows[:, self._places(group)]
            if not group.contains(own)[0]:
                reasons.append(f"{group.text()}, but they sum to {own.sum():g}")
        return [reason for reason in reasons if reason]

    def _places(self, group: Group) -> list[int]:
        return [self.names.index(name) for name in group.columns]

    def intersect(self, other: Domain) -> Domain:
        """The inputs that two domains have in common.

        Parameters
        ----------
        other : Domain
            Of the same columns, in any order.

        Returns
        -------
        Domain

        Raises
        ------
        ValueError
            If they have other columns, or no input in common.
        """
        if sorted(self.names) != sorted(other.names):
            raise ValueError(f"the domains have other columns: {list(self.names)}, {list(other.names)}")
        columns = [column.intersect(other[column.name]) for column in self.columns]
        return Domain(tuple(columns), both(self.groups, other.groups))

    def show(self, row: Array) -> dict[str, str]:
        """Values of a row by column name, categories by their labels."""
        return {column.name: column.show(float(x)) for column, x in zip(self.columns, row, strict=True)}

    def _lines(self) -> list[tuple[str, str]]:
        return [(c.name, c.text()) for c in self.columns] + [("", g.text()) for g in self.groups]

    def __str__(self) -> str:
        width = max((len(name) for name in self.names), default=0)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in self._lines())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self._lines()
        )
        return f"<table><caption>Domain</caption>{rows}</table>"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python objects, fit for JSON."""
        return {
            "version": _VERSION,
            "columns": [column.to_dict() for column in self.columns],
            "groups": [group.to_dict() for group in self.groups],
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Domain:
        """The domain that `to_dict` wrote.

        Parameters
        ----------
        given : mapping

        Returns
        -------
        Domain

        Raises
        ------
        ValueError
            If it is of a later version, or no domain.
        """
        if not isinstance(given, Mapping) or given.get("version") != _VERSION:
            raise ValueError(f"this is no domain of version {_VERSION}: {str(given)[:80]}")
        try:
            columns = tuple(Column.from_dict(column) for column in given["columns"])
            groups = tuple(Group(tuple(g["columns"]), bool(g["exactly"])) for g in given["groups"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no domain: {error!r}") from error
        return cls(columns, groups)
