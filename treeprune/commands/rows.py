"""Rows that a command works on: features, outcome, weights, groups, and how they are parted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from treeprune.commands.columns import columns_for
from treeprune.commands.model_files import ModelFile
from treeprune.commands.outcomes import outcome_for
from treeprune.commands.printing import Voice
from treeprune.commands.tables import check_columns_there, read_table
from treeprune.model.ensemble import Array
from treeprune.pruners.folds import numeric_columns
from treeprune.statistics.splits import held_out_rows
from treeprune.statistics.words import hash_rows


@dataclass(frozen=True, eq=False)
class Asked:
    """What the columns of a table are.

    Parameters
    ----------
    target : str
    positive : str or None
        Label that counts as the second of two classes.
    exclude : sequence of str
        Columns that are no features.
    weights, groups : str or None
        Columns.
    subgroups : sequence of str
        Columns to make subgroups of.
    ignored : sequence of str
        Columns that are no features, and need not be there.
    """

    target: str
    positive: str | None = None
    exclude: Sequence[str] = ()
    weights: str | None = None
    groups: str | None = None
    subgroups: Sequence[str] = ()
    ignored: Sequence[str] = ()

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Asked:
        """What options say."""
        return cls(
            target=arguments.target,
            positive=arguments.positive,
            exclude=arguments.exclude,
            weights=arguments.weights,
            groups=getattr(arguments, "groups", None),
            subgroups=arguments.subgroups,
        )

    @property
    def needed(self) -> list[str]:
        """Columns that must be there."""
        named = self.target, self.weights, self.groups, *self.exclude, *self.subgroups
        return [name for name in named if name is not None]

    @property
    def no_features(self) -> list[str]:
        """Columns that a model must not see."""
        named = self.target, self.weights, self.groups, *self.exclude, *self.ignored
        return [name for name in named if name is not None]

    def in_training(self) -> Asked:
        """The same of rows that the model was trained on: weights and groups play no part there."""
        ignored = [name for name in (self.weights, self.groups) if name is not None]
        return Asked(self.target, self.positive, self.exclude, ignored=ignored)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table.

    Parameters
    ----------
    path : pathlib.Path
        Where they come from.
    X : pandas.DataFrame
        Features as the model file takes them.
    y : ndarray
        In the model's own labels.
    weights, groups : ndarray or None
    subgroups : pandas.DataFrame or None
    """

    path: Path
    X: pd.DataFrame
    y: Array
    weights: Array | None = None
    groups: Array | None = None
    subgroups: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, at: Array) -> Rows:
        """Some of the rows, by a mask or by numbers."""
        some = [None if own is None else own[at] for own in (self.weights, self.groups)]
        of_groups = None if self.subgroups is None else self.subgroups[at].reset_index(drop=True)
        X = self.X[at].reset_index(drop=True)
        return replace(self, X=X, y=self.y[at], weights=some[0], groups=some[1], subgroups=of_groups)


def read_rows(file: ModelFile, path: Path, asked: Asked, voice: Voice) -> Rows:
    """Rows of a table with a known outcome, as a model takes them.

    Parameters
    ----------
    file : ModelFile
    path : pathlib.Path
    asked : Asked
    voice : Voice
        Told of rows that are left out.

    Returns
    -------
    Rows
        One at least.

    Raises
    ------
    ValueError
        If the table does not fit the model or what was asked, or no row is left.
    """
    table = read_table(path)
    check_columns_there(table, asked.needed, path)
    known = table[asked.target].notna()
    if not known.any():
        raise ValueError(f"no rows are left: column {asked.target!r} of {path.name} is empty")
    if not known.all():
        voice.note(f"{(~known).sum():,} rows of {path.name} have no {asked.target} and are left out")
        table = table[known].reset_index(drop=True)
    return Rows(
        path=path,
        X=columns_for(file, table, path, asked.no_features),
        y=outcome_for(file, table[asked.target], path, asked.positive),
        weights=None if asked.weights is None else _weights(table[asked.weights], path),
        groups=None if asked.groups is None else _groups(table[asked.groups], path),
        subgroups=table[list(asked.subgroups)] if asked.subgroups else None,
    )


def _weights(column: pd.Series[Any], path: Path) -> Array:
    try:
        weights = pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise ValueError(f"weights in column {column.name!r} of {path.name} must be numbers") from error
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(
            f"weights in column {column.name!r} of {path.name} must be finite and not negative"
        )
    if not weights.any():
        raise ValueError(f"no rows are left: all weights in column {column.name!r} of {path.name} are 0")
    return weights


def _groups(column: pd.Series[Any], path: Path) -> Array:
    if column.isna().any():
        raise ValueError(f"groups in column {column.name!r} of {path.name} have missing values")
    return column.astype(str).to_numpy(object).astype(str)


def part(rows: Rows, share: float, seed: int, *, stratify: bool) -> tuple[Rows, Rows]:
    """Rows that choose, and rows that judge: groups and equal rows are not torn apart.

    Parameters
    ----------
    rows : Rows
    share : float
        Of those that judge.
    seed : int
    stratify : bool
        Whether classes keep their shares.

    Returns
    -------
    choosing, judging : Rows

    Raises
    ------
    ValueError
        If one of both would be empty.
    """
    if not 0 < share < 1:
        raise ValueError(f"--test-size must be between 0 and 1, got {share:g}")
    try:
        if rows.groups is None:
            weights = np.ones(len(rows)) if rows.weights is None else rows.weights
            judging = held_out_rows(
                *(hash_rows(rows.X), numeric_columns(rows.y), weights, share), stratify=stratify, seed=seed
            )
        else:
            parted = GroupShuffleSplit(1, test_size=share, random_state=seed)
            judging = np.zeros(len(rows), np.bool_)
            judging[next(parted.split(rows.X, rows.y, rows.groups))[1]] = True
    except ValueError as error:
        raise ValueError(
            f"the {len(rows)} rows of {rows.path.name} cannot be parted into those that choose and those "
            f"that judge (--test-size {share:g}): give more rows, or rows that judge by --held-out"
        ) from error
    return rows.take(~judging), rows.take(judging)


def n_shared(first: Rows, second: Rows) -> int:
    """How many of the second rows have the features of a first one."""
    return int(np.isin(hash_rows(second.X), hash_rows(first.X)).sum())
