"""Newton steps over the coefficients that are not zero: where columns are alike, descent alone crawls."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from treeprune.criteria.linear_path.own_layout import OwnLayout
from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array

_RANK = 1e-12
_MOST_HALVINGS = 30


def step_on_support(
    H: Array,
    slope: Array,
    coef: Array,
    layout: OwnLayout,
    penalties: tuple[Array, Array],
) -> None:
    """Go to the minimum of the quadratic model plus penalty with the present zeros and signs, in place.

    The step ends where the first coefficient that is a group of its own gets zero or meets a bound, and
    before the objective rises again steeply.

    Parameters
    ----------
    H : ndarray of float64, shape (n_coefficients, n_coefficients) or larger
        The first rows and columns count.
    slope, coef : ndarray of float64, shape (n_coefficients,)
        Slopes of the model at the coefficients.
    layout : OwnLayout
    penalties : tuple of ndarray
        See `Layout.penalties`, of the groups of `layout`.
    """
    at, group = _support(coef, layout)
    head, b = layout.head, coef[at]
    own, alone = group[head:], (np.diff(layout.start) == 1)[group[head:]]
    soft, ridge = (factor[own] for factor in penalties)

    still = coef.copy()  # coefficients at their bounds count in the norm of their group
    still[at] = 0.0
    of_still = np.add.reduceat(np.append(still**2, 0.0), layout.start)

    def penalty_slope(x: Array) -> tuple[Array, Array]:
        square = of_still + np.bincount(own, x[head:] ** 2, minlength=len(layout.start))
        norm = np.sqrt(square[own])
        unit = np.divide(x[head:], norm, where=norm > 0.0, out=np.zeros(len(own)))
        return np.append(np.zeros(head), ridge * x[head:] + soft * unit), norm

    pull, norm = penalty_slope(b)
    pull += slope[at]
    step = _newton(H[np.ix_(at, at)], pull, b[head:], own, ridge, soft / norm, norm)
    if not np.isfinite(step).all() or not (fall := -float(pull @ step)) > 0.0:
        return
    low, high = (bound[at[head:]] for bound in layout.bounds)
    room, ends = _room(b[head:], step[head:], low, high, alone)
    part = min(1.0, float(room.min(initial=np.inf)))
    change = np.zeros(len(slope))
    _add_rows(H, at, step, change)
    for _ in range(_MOST_HALVINGS):
        new = b + part * step
        rise = float(step @ (slope[at] + part * change[at] + penalty_slope(new)[0]))
        if rise <= 0.5 * fall:
            break
        part *= 0.5
    else:
        return
    met = room <= part
    new[head:][met] = ends[met]
    slope += part * change
    coef[at] = new


@borrower
def _add_rows(H: Array, at: Array, step: Array, total: Array) -> None:
    """Add the product of a step with some rows of a matrix."""
    for i in range(at.shape[0]):
        for k in range(total.shape[0]):
            total[k] += H[at[i], k] * step[i]


def _support(coef: Array, layout: OwnLayout) -> tuple[Array, Array]:
    """Places of the head and of coefficients that may move both ways, and the group of each."""
    sizes = np.diff(layout.start)
    group = np.append(np.zeros(layout.head, np.int64), np.repeat(np.arange(len(sizes)), sizes))
    moves = (coef != 0.0) & (coef > layout.bounds[0]) & (coef < layout.bounds[1])
    moves[: layout.head] = True
    at = np.flatnonzero(moves)
    return at, group[at]


def _newton(H: Array, pull: Array, b: Array, group: Array, ridge: Array, bend: Array, norm: Array) -> Array:
    """Step to where the linearised slopes are zero; the norm of a group bends across its direction only."""
    head = len(pull) - len(b)
    unit = b / norm
    own = np.where(np.equal.outer(group, group), -np.multiply.outer(bend * unit, unit), 0.0)
    H[head:, head:] += own
    places = np.arange(head, len(pull))
    H[places, places] += ridge + bend
    diagonal = np.arange(len(pull))
    H[diagonal, diagonal] += _RANK * np.abs(H.diagonal()).max()
    try:
        factor = cho_factor(H, overwrite_a=True, check_finite=False)
        return np.asarray(cho_solve(factor, -pull, check_finite=False))
    except np.linalg.LinAlgError:
        return np.full(len(pull), np.nan)


def _room(b: Array, step: Array, low: Array, high: Array, alone: Array) -> tuple[Array, Array]:
    """Part of the step after which each penalised coefficient is stopped, and where."""
    bound = np.where(step < 0.0, low, high)
    ends = np.where(alone & (b * step < 0.0), 0.0, bound)
    room = np.divide(ends - b, step, where=step != 0.0, out=np.full(len(b), np.inf))
    return room, ends
