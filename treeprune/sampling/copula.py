"""Rows from a Gaussian copula around real blocks of categories and missing values.

Categories and the pattern of missing values are those of a real row, so that nothing stands together
that did not. Given them, ordered columns are normal variables behind weighted ranks, with a mean that
depends on the block: a general location model (I. Olkin, R. Tate, *Multivariate correlation models with
mixed discrete and continuous variables*, 1961; J. Schafer, *Analysis of incomplete multivariate data*,
1997, chapter 9) with a Gaussian copula in place of normal columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from treeprune.model.ensemble import Array
from treeprune.sampling.blocks import Shift, indicators, mean_scores, shift_of
from treeprune.sampling.columns import Columns, rows_that_count
from treeprune.sampling.curves import Curve, curve_of
from treeprune.sampling.margins import margins
from treeprune.sampling.picks import Picker
from treeprune.sampling.registry import check_draw, register
from treeprune.sampling.scores import Scores, latent_correlation, normal_scores

_AT_ONCE = 8192
_FLAT = 1e-9


@dataclass(frozen=True, eq=False)
class Copula:
    """Fitted copula; see `fit_copula`.

    Parameters
    ----------
    blocks : ndarray of float64, shape (n_rows, n_columns)
        Real rows of a weight above 0.
    picker : Picker
        Draws one of them.
    places : ndarray of int64, shape (n_varying,)
        Ordered columns of more than one value.
    means : ndarray of float64, shape (n_rows, n_varying)
        Of the normal variables behind these, given each row's block.
    root : ndarray of float64, shape (n_varying, n_varying)
        ``root @ root.T`` is their covariance given the block.
    curves : tuple of Curve
        From the normal variables to values.
    """

    blocks: Array
    picker: Picker
    places: Array
    means: Array
    root: Array
    curves: tuple[Curve, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """Draw rows.

        Parameters
        ----------
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of float64, shape (n, n_columns)
        """
        n = check_draw(n, rng)
        drawn = np.empty((n, self.blocks.shape[1]))
        with threadpool_limits(1, "blas"):  # more threads add up in another order
            for start in range(0, n, _AT_ONCE):
                self._fill(drawn[start : start + _AT_ONCE], rng)
        return drawn

    def _fill(self, drawn: Array, rng: np.random.Generator) -> None:
        source = self.picker.pick(rng.random(len(drawn)))
        drawn[:] = self.blocks[source]
        normal = self.means[source] + rng.standard_normal((len(drawn), len(self.places))) @ self.root.T
        for j, curve, y in zip(self.places, self.curves, normal.T, strict=True):
            drawn[:, j] = np.where(np.isnan(drawn[:, j]), np.nan, curve.at(y))


@register("copula")
def fit_copula(rows: Any, columns: Columns, weight: Any = None, random_state: Any = None) -> Copula:
    """Fit a Gaussian copula to rows.

    Parameters
    ----------
    rows : array-like of float64, shape (n_rows, n_columns)
        NaN is missing; nominal columns hold codes.
    columns : Columns
    weight : array-like of shape (n_rows,), optional
        An integer weight stands for as many equal rows.
    random_state : object
        Not used: the fit leaves nothing to chance.

    Returns
    -------
    Copula

    Raises
    ------
    ValueError
        If rows do not fit the columns, or weights are not legal.

    Notes
    -----
    Combinations of categories and missing values are real ones, each as frequent as it was. Values of
    discrete columns are real ones with their shares; so are values that more than one in twenty rows
    share. Other values lie between observed neighbours. Correlations are those of the normal variables,
    estimated on the rows where both columns are present and pulled towards 0 as far as chance explains them
    (J. Schäfer, K. Strimmer, *A shrinkage approach to large-scale covariance matrix estimation*, 2005).

    Examples
    --------
    >>> import numpy as np
    >>> from treeprune.sampling.columns import infer_columns
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=500)
    >>> rows = np.column_stack([x, x + rng.normal(size=500), rng.integers(0, 3, 500)])
    >>> sampler = fit_copula(rows, infer_columns(rows, np.array([False, False, True])))
    >>> drawn = sampler.draw(10_000, rng)
    >>> bool(abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] - 0.7) < 0.05)
    True
    """
    counting = rows_that_count(rows, columns, weight)
    of_columns = margins(counting, columns)
    varying = [j for j, m in enumerate(of_columns) if len(m.values) > 1 and not columns.nominal[j]]
    with threadpool_limits(1, "blas"):
        scores = [normal_scores(of_columns[j]) for j in varying]
        observed = _side_by_side([score.of_rows for score in scores], len(counting.weight))
        present = ~np.isnan(counting.values[:, varying])
        means = mean_scores(indicators(counting, columns), counting.weight, observed, present)
        weights = counting.weight[:, None] * present
        shifts = [shift_of(s, means[:, c], weights[:, c]) for c, s in enumerate(scores)]
        together = (observed * weights).T @ observed - (means * weights).T @ (means * present)
        root = _root(scores, shifts, together, weights)
    return Copula(
        blocks=counting.values,
        picker=Picker(counting.weight),
        places=np.array(varying, np.int64),
        means=_side_by_side([shift.mean for shift in shifts], len(counting.weight)),
        root=root,
        curves=tuple(
            curve_of(of_columns[j], shift, weights[:, c])
            for c, (j, shift) in enumerate(zip(varying, shifts, strict=True))
        ),
    )


def _root(scores: list[Scores], shifts: list[Shift], together: Array, weights: Array) -> Array:
    """Square root of the covariance given the block: ``root @ root.T``, positive semidefinite.

    Parameters
    ----------
    scores : list of Scores
    shifts : list of Shift
    together : ndarray of float64, shape (n_varying, n_varying)
        Sums of products of scores, less those of their means given the block.
    weights : ndarray of float64, shape (n_rows, n_varying)
        0 where missing.
    """
    deviation = np.sqrt([shift.variance for shift in shifts])
    root_weight = np.sqrt(weights)  # the same in all columns that are present
    slopes = _side_by_side([shift.slope for shift in shifts], len(weights)) * root_weight
    # to first order scores of a row vary together by the product of their slopes
    first_order = together / np.maximum(slopes.T @ slopes, _FLAT)
    one = np.array([score.hermite[0] for score in scores])
    correlation = np.clip(first_order * np.outer(one, one), -1.0, 1.0)
    kept = 1.0 - _chance(correlation, root_weight.T @ root_weight)
    latent = kept * latent_correlation(scores, correlation)
    np.fill_diagonal(latent, 1.0)
    value, vector = np.linalg.eigh(latent)
    # the symmetric root: signs and order of the vectors, which rounding decides, leave it
    root = vector * np.sqrt(np.maximum(value, 0.0)) @ vector.T
    return root * (deviation / np.sqrt((root**2).sum(axis=1)))[:, None]


def _chance(correlation: Array, together: Array) -> float:
    """Part of the squared correlations that chance explains, from 0 to 1."""
    pair = np.triu(together > 2.0, 1)
    squares = correlation[pair] ** 2
    if not squares.any():
        return 1.0
    noise = (1.0 - squares) ** 2 / (together[pair] - 1.0)
    return float(min(noise.sum() / squares.sum(), 1.0))


def _side_by_side(columns: list[Array], n: int) -> Array:
    """Columns as a table of `n` rows, even if there are none."""
    return np.array(columns).reshape(len(columns), n).T
