"""What a projection refuses, before any work is done."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from treeprune.criteria.linear_projection.families import Family, check_target
from treeprune.model.ensemble import Array


def _numbers(name: str, x: Any) -> Array:
    try:
        array = np.asarray(x, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers") from error
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; fill or drop missing values first")
    return array


def table(X: Any) -> Any:
    """Finite numbers in two dimensions: float64, or a sparse array in columns."""
    if sparse.issparse(X):
        to_columns: Any = sparse.csc_array
        X = to_columns(X, dtype=np.float64)
        _numbers("X", X.data)
        if not X.has_canonical_format:  # entries of one place may stand apart
            X = X.copy()
            X.sum_duplicates()
    else:
        X = _numbers("X", X)
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(f"X must have rows and columns, got shape {X.shape}")
    return X


def rows(name: str, x: Any, n: int, k: int) -> Array:
    """Numbers for each row and output, shape (n, k)."""
    x = _numbers(name, x)
    if x.ndim == 1:
        x = np.tile(x[:, None], (1, k))
    if x.shape != (n, k):
        raise ValueError(f"{name} must have shape ({n}, {k}), got {x.shape}")
    return x


def model(coef: Any, intercept: Any, p: int, family: Family) -> tuple[Array, Array]:
    """Coefficients of shape (p, n_outputs) and as many intercepts."""
    coef = _numbers("coef", coef)
    coef = coef[:, None] if coef.ndim == 1 else coef
    if coef.ndim != 2 or len(coef) != p or coef.shape[1] == 0:
        raise ValueError(f"coef must have a row for each of the {p} columns of X, got shape {coef.shape}")
    k = coef.shape[1]
    if family.name in ("binomial", "poisson") and k != 1:
        raise ValueError(f"the {family.name} family has one output, coef has {k}")
    if family.name == "multinomial" and k < 2:
        raise ValueError("the multinomial family needs a column of coef for each class")
    own = np.atleast_1d(_numbers("intercept", intercept))
    if own.shape not in ((1,), (k,)):
        raise ValueError(f"intercept must hold one number or {k}, got shape {own.shape}")
    return coef, np.array(np.broadcast_to(own, (k,)))


def weights(sample_weight: Any, n: int) -> Array:
    """Weights of rows, ones by default."""
    if sample_weight is None:
        return np.ones(n)
    weight = _numbers("sample_weight", sample_weight)
    if weight.shape != (n,):
        raise ValueError(f"sample_weight must have shape ({n},), got {weight.shape}")
    if (weight < 0).any() or not weight.any():
        raise ValueError("sample_weight must not be negative, and not 0 everywhere")
    return weight


def groups(groups: Any, keep: Any, costs: Any, p: int) -> tuple[Array, Array, Array, Array]:
    """Numbers of the groups, the position of each column's, which are kept, and costs."""
    given = np.arange(p) if groups is None else np.asarray(groups)
    if given.shape != (p,) or given.dtype.kind not in "iu":
        raise ValueError(f"groups must hold a whole number for each of the {p} columns of X")
    ids, group = np.unique(given, return_inverse=True)
    wanted = list(keep)
    strangers = [g for g in wanted if g not in ids]
    if strangers:
        raise ValueError(f"keep names groups that do not exist: {strangers}")
    price = np.ones(len(ids)) if costs is None else _numbers("costs", costs)
    if price.shape != (len(ids),) or (price <= 0).any():
        raise ValueError(f"costs must hold a positive number for each of the {len(ids)} groups")
    return ids, group, np.isin(ids, np.array(wanted, ids.dtype)), price


def outcome(y: Any, n: int, k: int, family: Family) -> Array:
    """Outcomes that the family has a loss for, shape (n, k)."""
    y = _numbers("y", y)
    if y.ndim == 1 and k > 1:
        raise ValueError(f"y must have a column for each of the {k} outputs")
    y = rows("y", y, n, k)
    check_target(family, y)
    return y


def several_classes(outcome: Array, family: Family, weight: Array) -> None:
    """Refuse outcomes that are all of one class."""
    if family.name in ("binomial", "multinomial"):
        share = weight @ outcome / weight.sum()
        if share.max() >= 1 or (family.name == "binomial" and share.min() <= 0):
            raise ValueError("y holds one class only")


def penalty(ridge: Any, p: int) -> Array:
    """Strength of the ridge for each column."""
    ridge = _numbers("ridge", ridge)
    if ridge.shape not in ((), (p,)) or (ridge < 0).any():
        raise ValueError(f"ridge must be a number that is not negative, or one for each of {p} columns")
    return np.array(np.broadcast_to(ridge, (p,)))


def fits(family: Family, eta: Array) -> None:
    """Refuse a model whose means overflow on the rows."""
    with np.errstate(over="ignore", under="ignore"):
        mean = family.mean(eta)
    if not np.isfinite(mean).all():
        raise ValueError("the model's means overflow on these rows: is X in the units it was fitted in?")
