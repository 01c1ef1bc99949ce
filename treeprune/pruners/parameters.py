"""Parameters that can be judged before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array, Task
from treeprune.statistics.risk import legal_risks


def check_whole_number(name: str, number: Any, least: int) -> None:
    """Refuse what is no whole number, or too small a one.

    Parameters
    ----------
    name : str
    number : object
    least : int

    Raises
    ------
    ValueError
    """
    if not isinstance(number, Integral) or int(number) < least:
        raise ValueError(f"{name} must be a whole number, {least} at least, got {number!r}")


def check_flag(name: str, flag: Any) -> None:
    """Refuse what is neither true nor false: any text would count as true.

    Parameters
    ----------
    name : str
    flag : object

    Raises
    ------
    ValueError
    """
    if not isinstance(flag, bool | np.bool_ | Integral):
        raise ValueError(f"{name} must be True or False, got {flag!r}")


def check_n_jobs(n_jobs: Any) -> None:
    """Refuse a number of threads that joblib cannot read.

    Parameters
    ----------
    n_jobs : object

    Raises
    ------
    ValueError
    """
    if n_jobs is not None and (not isinstance(n_jobs, Integral) or n_jobs == 0):
        raise ValueError(f"n_jobs must be None or a whole number other than 0, got {n_jobs!r}")


def check_rule(rule: Any) -> None:
    """Refuse what does not say how far from the least loss a model may be.

    Parameters
    ----------
    rule : object

    Raises
    ------
    ValueError
    """
    numeric = isinstance(rule, Real) and 0 <= float(rule) < np.inf
    if not numeric and not (isinstance(rule, str) and rule in ("min", "1se")):
        raise ValueError(f"rule must be 'min', '1se' or a number >= 0, got {rule!r}")


def check_risk(risk: str, task: Task) -> None:
    """Refuse a risk that no model of a task has: neither its nodes nor the whole ensemble.

    Parameters
    ----------
    risk : str
    task : {"classification", "regression"}

    Raises
    ------
    ValueError
    """
    legal = ("auto", "loss", *legal_risks(task))
    if risk not in legal:
        raise ValueError(f"risk={risk!r} does not fit {task}; use one of {', '.join(legal)}")


def check_numbers(y: Any, *, squares: bool, counts: bool = False) -> None:
    """Refuse outcomes that the arithmetic to come cannot hold, before anything is fitted on them.

    Parameters
    ----------
    y : ndarray of numbers, shape (n_rows,) or (n_rows, n_targets)
    squares : bool
        Whether outcomes will be squared and summed.
    counts : bool
        Whether outcomes must not be negative.

    Raises
    ------
    ValueError
    """
    numbers = np.asarray(y, np.float64)
    if counts and (numbers < 0).any():
        raise ValueError("deviances need outcomes that are not negative")
    largest = np.sqrt(np.finfo(np.float64).max / (16 * max(len(numbers), 1)))
    if squares and np.abs(numbers).max(initial=0.0) > largest:
        raise ValueError(
            f"y holds outcomes beyond {largest:.0e}, too large to be squared in float64: divide y by a "
            "constant"
        )


def check_class_table(name: str, table: Sequence[Any], n_classes: int | None) -> None:
    """Refuse a table of classes (costs, priors) that is made for another number of them.

    Parameters
    ----------
    name : str
    table : sequence
        One entry for each class.
    n_classes : int or None
        None where it is not known.

    Raises
    ------
    ValueError
    """
    size = len(table) if np.ndim(table) else 1
    if n_classes is not None and size != n_classes:
        raise ValueError(f"{name} is for {size} classes, the model has {n_classes}")


def check_feature_costs(costs: Any, X: Any) -> Array | None:
    """Costs of features as an array, in the order of the columns.

    Parameters
    ----------
    costs : array-like, mapping of names to numbers, or None
    X : table

    Returns
    -------
    ndarray of float64, shape (n_features,), or None

    Raises
    ------
    ValueError
        If a name is not there, a cost is negative or not finite, or their number is wrong.
    """
    if costs is None:
        return None
    n = X.shape[1]
    if isinstance(costs, Mapping):
        names = list(getattr(X, "columns", range(n)))
        strangers = [name for name in costs if name not in names]
        if strangers:
            raise ValueError(f"feature_costs names columns that X does not have: {strangers[:5]}")
        found = np.array([costs.get(name, 0.0) for name in names], np.float64)
    else:
        found = np.asarray(costs, np.float64)
    if found.shape != (n,):
        raise ValueError(
            f"feature_costs must have one entry for each of {n} columns, got shape {found.shape}"
        )
    if not np.isfinite(found).all() or (found < 0).any():
        raise ValueError("feature_costs must be finite and not negative")
    return found
