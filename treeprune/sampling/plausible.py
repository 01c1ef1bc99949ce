"""Rows that may exist: what was never seen together is refused, and so is what the user rules out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.sampling.columns import Columns, rows_that_count
from treeprune.sampling.registry import Sampler, check_draw

Allowed = Callable[[Array], Any]
"""Function of rows that says which of them may exist: booleans, one a row."""

_LEAST_PASSING = 0.01
_LEAST_DRAWN = 10_000
_LEAST_AT_ONCE = 256
_MOST_AT_ONCE = 100_000


class SeenTogether:
    """Pairs of categories and missing values that some row has.

    Two categories of two nominal columns, a category and a missing or present value of another column, or
    two of these in two columns.

    Parameters
    ----------
    rows : array-like of float64, shape (n_rows, n_columns)
    columns : Columns
    weight : array-like of shape (n_rows,), optional
        Rows of weight 0 count as not seen.

    Raises
    ------
    ValueError
        If rows do not fit the columns, or weights are not legal.

    Examples
    --------
    >>> import numpy as np
    >>> from treeprune.sampling.columns import infer_columns
    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> seen = SeenTogether(rows, infer_columns(rows, np.array([True, True])))
    >>> seen(np.array([[0.0, 0.0], [1.0, 1.0]]))
    array([False,  True])
    """

    def __init__(self, rows: Any, columns: Columns, weight: Any = None) -> None:
        values = rows_that_count(rows, columns, weight).values
        self._nominal = columns.nominal
        self._states = [np.unique(self._state(values[:, j], j)) for j in range(len(columns))]
        codes = [self._code(values[:, j], j) for j in range(len(columns))]
        # a column that is always in one state is judged by itself
        varying = [j for j, states in enumerate(self._states) if len(states) > 1]
        self._pairs = {
            (a, b): np.unique(codes[a] * len(self._states[b]) + codes[b])
            for a, b in combinations(varying, 2)
        }

    def __call__(self, rows: Array) -> Array:
        """Whether all pairs of each row were seen.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_columns)

        Returns
        -------
        ndarray of bool, shape (n,)

        Raises
        ------
        ValueError
            If the rows have another number of columns.
        """
        if rows.ndim != 2 or rows.shape[1] != len(self._states):
            raise ValueError(f"rows must have {len(self._states)} columns, got shape {rows.shape}")
        codes = [self._code(rows[:, j], j) for j in range(len(self._states))]
        possible = np.all([code >= 0 for code in codes], axis=0)
        for (a, b), pairs in self._pairs.items():
            n = len(self._states[b])
            if len(pairs) < n * len(self._states[a]):
                possible &= np.isin(codes[a] * n + codes[b], pairs)
        return possible

    def _state(self, column: Array, j: int) -> Array:
        """Category, -1 for a missing value; of ordered columns 0 for all that is present."""
        return np.where(np.isnan(column), -1.0, column if self._nominal[j] else 0.0)

    def _code(self, column: Array, j: int) -> Array:
        """Place of the state among those that were seen; -1 for others."""
        states, state = self._states[j], self._state(column, j)
        place = np.minimum(np.searchsorted(states, state), len(states) - 1)
        return np.where(states[place] == state, place, -1)


class Drawn(NamedTuple):
    """Rows that may exist.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, n_columns)
    refused : float
        Share of the rows drawn that were refused.
    """

    rows: Array
    refused: float


def draw_allowed(
    sampler: Sampler,
    n: int,
    rng: np.random.Generator,
    allowed: Allowed | None = None,
    *,
    seen: SeenTogether | None = None,
) -> Drawn:
    """Draw rows, again for those that are refused.

    Parameters
    ----------
    sampler : Sampler
    n : int
    rng : numpy.random.Generator
    allowed : callable, optional
        ``allowed(rows)`` says which rows may exist: booleans, one a row. It gets a copy.
    seen : SeenTogether, optional
        Refuses pairs of categories and missing values that no real row has.

    Returns
    -------
    Drawn

    Raises
    ------
    ValueError
        If fewer than one row in a hundred passes, or `allowed` does not answer with booleans.
    """
    n = check_draw(n, rng)
    batches = [sampler.draw(0, rng)]
    passed = drawn = 0
    while passed < n:
        wanted = (n - passed) / max(passed / drawn, _LEAST_PASSING) if drawn else n
        batch = sampler.draw(int(np.clip(wanted, _LEAST_AT_ONCE, _MOST_AT_ONCE)), rng)
        passing = _passing(batch, allowed, seen)
        batches.append(batch[passing])
        passed, drawn = passed + int(passing.sum()), drawn + len(batch)
        if drawn >= _LEAST_DRAWN and passed < _LEAST_PASSING * drawn:
            raise ValueError(
                f"of {drawn} synthetic rows {drawn - passed} were refused ({1 - passed / drawn:.2%}): "
                "what may exist is too narrow to draw from; allow more, or use no synthetic rows"
            )
    return Drawn(np.concatenate(batches)[:n], 1.0 - passed / drawn if drawn else 0.0)


def _passing(rows: Array, allowed: Allowed | None, seen: SeenTogether | None) -> Array:
    passing = np.ones(len(rows), bool) if seen is None else seen(rows)
    if allowed is None:
        return passing
    answer = np.asarray(allowed(rows.copy()))
    if answer.dtype != bool or answer.shape != (len(rows),):
        raise ValueError(
            f"allowed must answer with {len(rows)} booleans, one a row; it answered with "
            f"{answer.dtype} of shape {answer.shape}"
        )
    return passing & answer
