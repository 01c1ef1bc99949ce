"""A user's table as numbers that samplers and trees can read, and tables made of such numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.distillation.columns_in import Columns, columns_of
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class WordCodes:
    """How words become numbers: their places among a column's categories.

    Parameters
    ----------
    categories : tuple of (ndarray of object) or None
        Words of each column that holds words; None for columns of numbers.
    """

    categories: tuple[Array | None, ...]

    @property
    def nominal(self) -> Array:
        """Which columns hold words; ndarray of bool."""
        return np.array([own is not None for own in self.categories], np.bool_)

    def encode(self, X: Any) -> Array:
        """Numbers of a table; NaN where missing, or where a word is not known.

        Parameters
        ----------
        X : table, shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_features)
        """
        columns = columns_of(X).columns
        parts = []
        for column, own in zip(columns, self.categories, strict=True):
            if own is None:
                parts.append(np.full(len(column.values), np.nan) if column.nominal else column.values)
                continue
            place = {word: float(k) for k, word in enumerate(own)}
            parts.append(np.array([place.get(word, np.nan) for word in column.values], np.float64))
        return np.column_stack(parts)


@dataclass(frozen=True, eq=False)
class TableCodes(WordCodes):
    """The same with what makes tables of the user's kind.

    Parameters
    ----------
    pattern : Columns
        Of the table that it was made from.
    """

    pattern: Columns

    @classmethod
    def of(cls, X: Any) -> TableCodes:
        """Look at a table.

        Raises
        ------
        ValueError
            If a column holds neither numbers nor words.
        """
        pattern = columns_of(X)
        categories = tuple(
            np.array(sorted({w for w in column.values if w is not None}, key=_by_text), object)
            if column.nominal
            else None
            for column in pattern.columns
        )
        return cls(categories, pattern)

    def ordered(self, order: dict[int, Array]) -> TableCodes:
        """The same with the categories of some columns in another order, given as positions."""
        new = tuple(
            own[order[j]] if own is not None and j in order else own
            for j, own in enumerate(self.categories)
        )
        return TableCodes(new, self.pattern)

    def decode(self, rows: Array) -> Any:
        """A table of the user's kind, of numbers.

        Parameters
        ----------
        rows : ndarray of float64, shape (n_rows, n_features)

        Returns
        -------
        table
        """
        parts = []
        for j, (column, own) in enumerate(zip(self.pattern.columns, self.categories, strict=True)):
            values: Array = rows[:, j]
            if own is not None:
                words = np.array([*own, None], object)  # the last one is for what is missing
                values = words[np.where(np.isnan(values), len(own), values).astype(np.int64)]
            parts.append(column.restore(values))
        return self.pattern.join(parts)


def _by_text(word: Any) -> tuple[str, str]:
    return type(word).__name__, str(word)


def order_by_answer(codes: Array, n_categories: int, answers: Array, weight: Array) -> Array:
    """Categories of a column by what a model says of their rows, on average.

    For one number or two classes no other grouping of the categories by one split is better at the root (W.
    Fisher, On grouping for maximum homogeneity, JASA 53, 1958); several columns are brought to one by their
    first principal direction (D. Coppersmith, S. Hong, J. Hosking, Data Mining and Knowledge Discovery 3,
    1999).

    Parameters
    ----------
    codes : ndarray of float64, shape (n_rows,)
        NaN is missing.
    n_categories : int
    answers : ndarray of float64, shape (n_rows, n_columns)
    weight : ndarray of float64, shape (n_rows,)

    Returns
    -------
    ndarray of int64, shape (n_categories,)
        Categories, the lowest answer first; one without rows stands in the middle.
    """
    there = ~np.isnan(codes)
    own, w = codes[there].astype(np.int64), weight[there]
    total = np.bincount(own, w, minlength=n_categories)
    middle = np.average(answers, axis=0, weights=weight)
    sums = np.column_stack(
        [np.bincount(own, w * column, minlength=n_categories) for column in (answers[there] - middle).T]
    )
    means = sums / np.where(total > 0, total, 1.0)[:, None]
    if means.shape[1] > 1:
        _, _, directions = np.linalg.svd(means * np.sqrt(total)[:, None], full_matrices=False)
        upwards = 1.0 if directions[0][-1] >= 0 else -1.0  # with the last class
        means = upwards * means @ directions[0][:, None]
    return np.argsort(means[:, 0], kind="stable")
