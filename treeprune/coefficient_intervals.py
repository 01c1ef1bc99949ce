"""How much the coefficients of a selected model vary when the selection is made again."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from treeprune.model.ensemble import Array
from treeprune.pruners.parameters import check_flag, check_n_jobs, check_whole_number
from treeprune.selection_refits import Refits, check_share

if TYPE_CHECKING:
    import pandas as pd

_NOTE = (
    "Intervals hold the middle of the coefficients over resamples, 0 where a column was dropped: they show "
    "how selection and fit vary together. They are no confidence intervals of true effects: penalties pull "
    "coefficients towards 0, selection picks those that chance made large, and after selection no interval "
    "of this kind is sure to cover at its nominal rate."
)


@dataclass(frozen=True, eq=False)
class CoefficientIntervals:
    """Percentile intervals of coefficients over resamples in which the whole selection was made again.

    Parameters
    ----------
    columns : tuple of str
    outputs : tuple of str
        Names of the outputs; one that is empty where there is one only.
    estimate : ndarray of float64, shape (n_outputs, n_columns)
        Coefficients of the fit on all rows; 0 for columns that it dropped.
    resampled : ndarray of float64, shape (n_resamples, n_outputs, n_columns)
        Those of the resamples.
    kept : ndarray of bool, shape (n_resamples, n_columns)
    support : ndarray of bool, shape (n_columns,)
        Columns that the fit on all rows kept.
    confidence : float
    """

    columns: tuple[str, ...]
    outputs: tuple[str, ...]
    estimate: Array
    resampled: Array
    kept: Array
    support: Array
    confidence: float

    @property
    def low(self) -> Array:
        """Lower ends; shape (n_outputs, n_columns)."""
        return np.asarray(np.quantile(self.resampled, (1 - self.confidence) / 2, axis=0))

    @property
    def high(self) -> Array:
        """Upper ends; shape (n_outputs, n_columns)."""
        return np.asarray(np.quantile(self.resampled, (1 + self.confidence) / 2, axis=0))

    @property
    def frequency(self) -> Array:
        """Share of the resamples that kept each column; shape (n_columns,)."""
        return np.asarray(self.kept.mean(axis=0))

    def to_frame(self) -> pd.DataFrame:
        """One row for each column, and each output if there are several.

        Returns
        -------
        pandas.DataFrame
            ``column``, ``output`` (if there are several), ``selected`` (by the fit on all rows),
            ``estimate``, ``low``, ``high``, ``frequency`` (share of the resamples that kept the column).
        """
        import pandas as pd

        n = len(self.outputs)
        frame = pd.DataFrame(
            {
                "column": np.tile(np.array(self.columns, object), n),
                "output": np.repeat(np.array(self.outputs, object), len(self.columns)),
                "selected": np.tile(self.support, n),
                "estimate": self.estimate.ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
                "frequency": np.tile(self.frequency, n),
            }
        )
        return frame if n > 1 else frame.drop(columns="output")

    def __str__(self) -> str:
        table = self.to_frame().to_string(index=False, float_format="{:.4g}".format)
        return f"{self._title()}\n{table}\n{_NOTE}"

    def __repr__(self) -> str:
        return f"CoefficientIntervals({self._title()})\n{_NOTE}"

    def _title(self) -> str:
        return (
            f"{int(self.support.sum())} of {len(self.columns)} columns selected; middle "
            f"{self.confidence:.0%} of coefficients over {len(self.resampled)} resamples"
        )

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(index=False, max_rows=60, float_format="{:.4g}".format)
        return f"<p>{escape(self._title())}</p>{table}<p>{escape(_NOTE)}</p>"


def coefficient_intervals(
    selector: Any,
    X: Any,
    y: Any,
    *,
    n_resamples: int = 200,
    confidence: float = 0.9,
    sample_weight: Any = None,
    random_state: Any = 0,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> CoefficientIntervals:
    """Fit a selector on bootstrap samples, selection and all, and see how its coefficients vary.

    Percentile intervals: B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13.

    Parameters
    ----------
    selector : object
        As for `selection_stability`, with a linear model behind it (its own
        ``coef_``, or that of its ``estimator_``).
    X : table, shape (n_rows, n_features)
    y : array-like, shape (n_rows,)
        Rows are drawn class by class.
    n_resamples : int, default=200
    confidence : float, default=0.9
        Share of the resamples between both ends.
    sample_weight : array-like of shape (n_rows,), optional
        Given to the selector's `fit`; rows of weight 0 are not drawn.
    random_state : int, RandomState or None, default=0
        Which rows are drawn depends on what they say, not on where they stand.
    n_jobs : int, optional
        Threads over fits.
    verbose : bool, default=False
        Show a bar.

    Returns
    -------
    CoefficientIntervals

    Raises
    ------
    ValueError
        If an argument is not legal.
    TypeError
        If the selector does not say what it selects, or has no coefficients.

    Notes
    -----
    What an interval says: in as many samples like this one, the whole procedure would give the column a
    coefficient between these ends, 0 if it drops the column. What it does not say: that the true effect
    lies there. A penalty pulls coefficients towards 0; columns are kept because chance made them look
    large; and the distribution of estimates after selection has jumps at 0 that no resampling reproduces
    uniformly (H. Leeb, B. Poetscher, Model selection and inference: facts and fiction, Econometric
    Theory 21, 2005).
    A selector that cross-validates meets copies of a row on both sides, unless its folds keep equal rows
    together.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.feature_selection import SelectFromModel
    >>> from sklearn.linear_model import Lasso
    >>> from treeprune import coefficient_intervals
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> found = coefficient_intervals(SelectFromModel(Lasso(1.0)), X, y, n_resamples=20)
    >>> found.to_frame().loc[found.low[0] > 0, "column"].tolist()
    ['bmi', 's5']
    """
    check_whole_number("n_resamples", n_resamples, 2)
    check_share("confidence", confidence)
    check_n_jobs(n_jobs)
    check_flag("verbose", verbose)
    refits = Refits.of(selector, X, y, sample_weight)
    rng = check_random_state(random_state)
    rows = refits.in_order()
    strata = refits.strata(rows)
    draws = [
        np.concatenate([own[np.sort(rng.randint(len(own), size=len(own)))] for own in strata])
        for _ in range(n_resamples)
    ]
    whole, *found = refits.fit_all([np.sort(rows), *draws], n_jobs, bool(verbose), with_coef=True)
    if any(own.classes != whole.classes for own in found):
        raise ValueError("resamples do not have the same outputs: a class has too few rows")
    assert whole.coef is not None
    return CoefficientIntervals(
        whole.names,
        whole.classes,
        whole.coef,
        np.array([own.coef for own in found]),
        np.array([own.support for own in found]),
        whole.support,
        float(confidence),
    )
