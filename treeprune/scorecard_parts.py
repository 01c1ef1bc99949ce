"""What a scorecard is made of, by its parameters: items, and the problem of rounding them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from treeprune.criteria.scorecard.columns import in_bins, in_units, quantile_edges, worth_a_point
from treeprune.criteria.scorecard.items import Bins, Flag, Item, Units
from treeprune.criteria.scorecard.problem import RoundingProblem
from treeprune.model.ensemble import Array
from treeprune.pruners.parameters import check_flag, check_whole_number
from treeprune.scorecard_model import WeighedColumns

_MOST_POINTS = 1000

_MOST_BINS = 100


def check_parameters(max_points: Any, bins: Any, units: Any, non_negative: Any) -> None:
    """Refuse what is not legal, whatever the table.

    Raises
    ------
    ValueError
        See `treeprune.scorecard.Scorecard` for what is.
    """
    check_whole_number("max_points", max_points, 1)
    if isinstance(max_points, bool) or max_points > _MOST_POINTS:
        raise ValueError(f"max_points must be a whole number up to {_MOST_POINTS}, got {max_points!r}")
    check_flag("non_negative", non_negative)
    named = isinstance(bins, Mapping)
    for own in bins.values() if named else [] if bins is None else [bins]:
        if named and not isinstance(own, Integral):
            _check_edges(own)
        elif not isinstance(own, Integral) or not 2 <= int(own) <= _MOST_BINS:
            raise ValueError(
                f"bins must be a number of bins from 2 to {_MOST_BINS}, or a dict of columns' numbers or "
                f"edges, got {own!r}"
            )
    if units is not None and not isinstance(units, Mapping):
        raise ValueError(f"units must be a dict from columns to numbers, got {units!r}")
    for name, unit in (units or {}).items():
        if not isinstance(unit, Real) or isinstance(unit, bool) or not 0 < float(unit) < np.inf:
            raise ValueError(f"the unit of {name!r} must be a positive number, got {unit!r}")
    both = sorted(set(units or ()) & set(bins if named else ()))
    if both:
        raise ValueError(f"columns have either bins or units, {', '.join(both)} both")


def _check_edges(edges: Any) -> None:
    try:
        numbers = np.asarray(edges, np.float64)
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if numbers.ndim != 1 or not 0 < len(numbers) < _MOST_BINS or not np.isfinite(numbers).all():
        raise ValueError(f"edges of bins must be finite numbers, one at least, got {edges!r}")
    if (np.diff(numbers) <= 0).any():
        raise ValueError(f"edges of bins must rise, got {edges!r}")


def make_items(
    columns: WeighedColumns,
    values: Array,
    weight: Array,
    max_points: int,
    bins: int | Mapping[str, int | Sequence[float]] | None,
    units: Mapping[str, float] | None,
    *,
    non_negative: bool,
) -> list[Item]:
    """Item of each column.

    A unit that nobody has named is made so large that it is worth a point when the largest effect is worth
    the most.

    Parameters
    ----------
    columns : WeighedColumns
    values : ndarray of float64, shape (n_rows, n_columns)
    weight : ndarray of float64, shape (n_rows,)
    max_points, bins, units, non_negative
        See `treeprune.scorecard.Scorecard`.

    Returns
    -------
    list of Item

    Raises
    ------
    ValueError
        If a name is not there, or a column cannot be had in its bins or units.
    """
    named = bins if isinstance(bins, Mapping) else {}
    units = units or {}
    strangers = [str(name) for name in (*named, *units) if name not in columns.known]
    if strangers:
        raise ValueError(f"bins or units name columns that are not there: {', '.join(strangers[:5])}")
    items, largest = list[Item](), 0.0
    for k, name in enumerate(columns.names):
        x, coef = values[:, k], float(columns.coef[k])
        near = np.rint(x)
        if np.isin(near, (0.0, 1.0)).all() and np.allclose(x, near, rtol=0.0, atol=1e-6):
            if name in named or name in units:
                raise ValueError(f"column {name!r} holds 0 and 1 only: it needs neither bins nor units")
            items.append(_flag(name, columns.levels[k], on_zero=non_negative and coef < 0))
        else:
            own = named.get(name, bins if isinstance(bins, Integral) else None)
            items.append(_number(x, coef, name, own, units.get(name), non_negative=non_negative))
        largest = max(largest, float(np.abs(items[-1].effect(coef, x, weight)[1]).max()))
    for k, item in enumerate(items):
        if isinstance(item, Units) and item.column not in units:
            items[k] = worth_a_point(item, values[:, k], float(columns.coef[k]), largest / max_points)
    return items


def _number(
    x: Array, coef: float, name: str, bins: Any, unit: float | None, *, non_negative: bool
) -> Units | Bins:
    """Item of a column that holds more than 0 and 1."""
    if bins is None:
        return in_units(x, coef, name, unit, non_negative=non_negative)
    one = isinstance(bins, Integral)
    edges = quantile_edges(x, int(bins), name) if one else tuple(float(edge) for edge in bins)
    return in_bins(coef, name, edges, non_negative=non_negative)


def _flag(name: str, level: tuple[str, str] | None, *, on_zero: bool) -> Flag:
    if level is None:
        return Flag(name, name, f"not {name}", on_zero)
    return Flag(name, " = ".join(level), " not ".join(level), on_zero)


def levels_of(items: list[Item], values: Array) -> Array:
    """Counts of all levels of all items; int64, shape (n_rows, n_levels)."""
    return np.hstack([item.levels(values[:, k]) for k, item in enumerate(items)])


def make_problem(
    items: list[Item],
    columns: WeighedColumns,
    values: Array,
    target: Array,
    weight: Array,
    max_points: int,
    *,
    non_negative: bool,
) -> tuple[RoundingProblem, float]:
    """The problem of rounding, and the model's log odds where all counts are 0.

    Parameters
    ----------
    items : list of Item
    columns : WeighedColumns
    values : ndarray of float64, shape (n_rows, n_columns)
    target, weight : ndarray of float64, shape (n_rows,)
    max_points : int
    non_negative : bool

    Returns
    -------
    problem : RoundingProblem
    start : float

    Raises
    ------
    ValueError
        If there is nothing to give points for.
    """
    if not items:
        raise ValueError("no column has a coefficient other than 0: there are no points to give")
    parts = [item.effect(float(columns.coef[k]), values[:, k], weight) for k, item in enumerate(items)]
    effect = np.concatenate([own for _, own in parts])
    high = np.full(len(effect), int(max_points))
    low = np.zeros_like(high) if non_negative else -high
    problem = RoundingProblem.of(levels_of(items, values), target, weight, effect, low, high)
    return problem, columns.intercept + sum(start for start, _ in parts)
