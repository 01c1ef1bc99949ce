"""What every loader hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from treeprune.datasets.card import Card

Table: TypeAlias = "tuple[pd.DataFrame, pd.Series[Any]]"
"""Columns and outcome alone."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table, its outcome, and what is known about both.

    Parameters
    ----------
    X : pandas.DataFrame, shape (n_rows, n_columns)
        Numbers (also yes and no, as 1 and 0) as float64 with NaN where missing, words as ``category``.
    y : pandas.Series, shape (n_rows,)
        The outcome, named: int64 with the clinical event as 1, or float64.
    subgroups : pandas.DataFrame, shape (n_rows, n_subgroups)
        Columns that make sense as subgroups, with the index of `X`.
    card : Card
    groups : pandas.Series or None
        Which rows belong to the same patient, where patients have several; split by it.
    true_risk : pandas.Series or None
        Probability of the event that `y` was drawn with, where the table is simulated.
    period : pandas.Series or None
        When a row was recorded, where the table has a planted shift.
    """

    X: pd.DataFrame
    y: pd.Series[Any]
    subgroups: pd.DataFrame
    card: Card
    groups: pd.Series[Any] | None = None
    true_risk: pd.Series[Any] | None = None
    period: pd.Series[Any] | None = None

    @property
    def name(self) -> str:
        """Short name, as in the loader's."""
        return self.card.name

    @property
    def excluded(self) -> Mapping[str, str]:
        """Columns of the source that `X` does not have, and why."""
        return self.card.excluded

    def __repr__(self) -> str:
        rows, columns = self.X.shape
        return f"Dataset({self.name!r}: {rows} rows, {columns} columns, outcome {self.y.name!r})"


def assemble(
    card: Card,
    X: pd.DataFrame,
    y: pd.Series[Any],
    subgroups: pd.DataFrame,
    **series: pd.Series[Any] | None,
) -> Dataset:
    """Make a data set whose card has the counts of its table.

    Parameters
    ----------
    card : Card
    X, y, subgroups : the table
    **series : pandas.Series or None
        Further ones of `Dataset`.

    Returns
    -------
    Dataset
    """
    return Dataset(X, y, subgroups, card.of(X, y), **series)


def age_band(age: pd.Series[Any]) -> pd.Series[Any]:
    """Age in three bands that readers of clinical papers expect.

    Parameters
    ----------
    age : pandas.Series
        In years.

    Returns
    -------
    pandas.Series of category
        Named ``age_band``.
    """
    bands = pd.cut(age, [-1, 50, 65, 200], right=False, labels=["under 50", "50 to 64", "65 and over"])
    return unordered(bands).rename("age_band")


def unordered(words: pd.Series[Any]) -> pd.Series[Any]:
    """Categories in the order in which they stand, without being ordered.

    Parameters
    ----------
    words : pandas.Series of category

    Returns
    -------
    pandas.Series of category
        LightGBM takes ordered ones for numbers, others do not: so the same table would be two.
    """
    return words.cat.as_unordered()


def categories(words: pd.Series[Any], names: Mapping[Any, str] | list[str]) -> pd.Series[Any]:
    """Column of words with stated categories.

    Parameters
    ----------
    words : pandas.Series
        Codes or words.
    names : mapping of code to word, or list of words
        In the order in which the categories shall stand.

    Returns
    -------
    pandas.Series of category

    Raises
    ------
    ValueError
        If the column holds something else.
    """
    found = words.map(names) if isinstance(names, Mapping) else words
    order = list(names.values()) if isinstance(names, Mapping) else names
    known = words.isin(list(names)) | words.isna()
    if not known.all():
        raise ValueError(f"column {words.name!r} holds {words[~known].tolist()[0]!r}, which nobody knows")
    return pd.Series(pd.Categorical(found, categories=order), index=words.index, name=words.name)
