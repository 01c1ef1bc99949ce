"""Which item a column becomes: its unit, its bins, the side that points are counted from."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.scorecard.items import Bins, Units, in_words, neat, round_number
from treeprune.model.ensemble import Array

MOST_COUNTS = 10_000
"""Units between the least and the largest value of a column, at the most."""

_USUAL_COUNTS = 200
"""As many, where the unit is not the user's."""

_QUARTILES = 1.349
"""Standard deviations between the quartiles of a normal distribution."""


def quantile_edges(x: Array, n_bins: int, column: str) -> tuple[float, ...]:
    """Edges that part some values about evenly, as round numbers: none is a value of anybody.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows,)
    n_bins : int
        At least 2; fewer are made where values are few.
    column : str

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        If all values are (nearly) the same.
    """
    quantiles = np.quantile(x, np.arange(1, n_bins) / n_bins)
    step = _round_spread(x, 10.0)
    if step > 0:
        rounded = {neat(np.rint(q / step) * step) for q in quantiles}
        edges = tuple(sorted(e for e in rounded if x.min() < e <= x.max()))
        if edges:
            return edges
    raise ValueError(f"column {column!r} cannot be cut into bins: its values are nearly all the same")


def _round_spread(x: Array, parts: float) -> float:
    """A round part of the spread, a whole number for whole numbers; 0 if there is no spread.

    The spread is the standard deviation, or that of a normal distribution with the same quartiles if this
    is less: some laboratory values are a hundred times the usual ones.
    """
    largest = float(np.abs(x).max())
    if largest == 0:
        return 0.0
    spread = float(np.std(x / largest))
    low, high = np.quantile(x / largest, [0.25, 0.75])
    if high > low:
        spread = min(spread, float(high - low) / _QUARTILES)
    if spread <= 1e-12:
        return 0.0
    unit = round_number(spread * largest / parts)
    return max(unit, 1.0) if (x == np.rint(x)).all() else unit


def in_units(x: Array, coef: float, column: str, unit: float | None, *, non_negative: bool) -> Units:
    """A column in units, counted from its end.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows,)
    coef : float
        Log odds that the model gives to 1.
    column : str
    unit : float, optional
        By default a round number near half the spread (standard deviation, or less if a few values are far
        from all others).
    non_negative : bool
        Count from the top where the coefficient is negative, so that points are positive.

    Returns
    -------
    Units

    Raises
    ------
    ValueError
        If values do not differ, or there are more than 10,000 units.
    """
    low, high = float(x.min()), float(x.max())
    if unit is None:
        unit = _round_spread(x, 2.0)
        if unit == 0:
            raise ValueError(f"column {column!r} has one value only: there are no points to give for it")
        unit = max(unit, round_number((high - low) / _USUAL_COUNTS))
    if (high - low) / unit > MOST_COUNTS:
        raise ValueError(
            f"column {column!r} goes from {in_words(low)} to {in_words(high)}: a unit of {in_words(unit)} "
            "is too small to count by"
        )
    down = non_negative and coef < 0
    end = np.ceil(high / unit - 1e-9) if down else np.floor(low / unit + 1e-9)
    return Units(column, unit, neat(end * unit), down)


def worth_a_point(item: Units, x: Array, coef: float, effect: float) -> Units:
    """The same column in a larger unit, if one is needed for an effect.

    Parameters
    ----------
    item : Units
    x : ndarray of float64, shape (n_rows,)
    coef : float
    effect : float
        Log odds that a unit must stand for, unless there were less than two in all values.

    Returns
    -------
    Units
    """
    needed = min(effect / abs(coef), float(x.max() - x.min()) / 2)
    if needed <= item.unit:
        return item
    unit = max(round_number(needed), 1.0 if (x == np.rint(x)).all() else 0.0)
    return in_units(x, coef, item.column, unit, non_negative=item.down)


def in_bins(coef: float, column: str, edges: tuple[float, ...], *, non_negative: bool) -> Bins:
    """A column in bins; that without points is the lowest, or that of least risk by the model.

    Parameters
    ----------
    coef : float
    column : str
    edges : tuple of float
    non_negative : bool

    Returns
    -------
    Bins
    """
    return Bins(column, edges, len(edges) if non_negative and coef < 0 else 0)
