"""An integer scorecard of a logistic model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from treeprune.criteria.scorecard.cells import Seen, score_cells
from treeprune.criteria.scorecard.search import search_points
from treeprune.model.ensemble import Array
from treeprune.scorecard_frames import cells_frame, page_of, points_frame, rounding_frame
from treeprune.scorecard_model import WeighedColumns, unwrap
from treeprune.scorecard_parts import check_parameters, levels_of, make_items, make_problem
from treeprune.statistics.rows import take_rows
from treeprune.statistics.weights import check_weights

if TYPE_CHECKING:
    import pandas as pd


class Scorecard(ClassifierMixin, BaseEstimator):
    """Whole points that a logistic model's columns are worth, and the risk that a total stands for.

    A column of zeros and ones gives its points where it is 1. Any other column gives points for each full
    unit (from the least value in `fit` on, rounded down to a unit), or for the bin it falls into. Points
    are found by a short search for the least log loss instead of rounding coefficients; what is lost all
    the same is measured.

    Parameters
    ----------
    model : object
        Fitted logistic model of two classes: anything with ``coef_``, ``intercept_``, ``classes_`` and the
        logistic function of both as its probabilities. A pruner's ``estimator_`` is taken; of a pipeline
        the last step, its columns in the units of the table where they were only scaled. It is not changed.
    max_points : int, default=10
        Most points of a unit, of a bin or of a 1, from 1 to 1000.
    bins : int, or dict of str to int or sequence of float, optional
        Columns to be put into bins: a number of them (quantiles, at round numbers) or their inner edges. A
        lone number is for all columns that hold anything but 0 and 1.
    units : dict of str to float, optional
        What a column's points are given for. By default a round number near half its standard deviation
        (less if a few values are far from all others), or a larger one that is worth a point.
    non_negative : bool, default=False
        Give points for what raises the risk only: a column that lowers it is counted from its other end.

    Attributes
    ----------
    points_ : pandas.DataFrame
        One row for each number of points: ``column``, ``item`` in words, ``unit``, ``low``, ``high`` and
        ``points``. Columns whose coefficient is 0 are not there.
    table_ : pandas.DataFrame
        Totals (``low`` to ``high``; missing where a range is open), mean ``probability``, number of
        ``rows``, their ``share`` of the weight and, if `fit` saw outcomes, the ``observed`` share of the
        event. Totals of fewer than 11 rows are merged with the next ones; if there are no more rows,
        ``rows`` is missing. ``observed`` is missing where fewer than 11 rows had the event, or fewer had it
        not, and where subtraction would tell. What is printed may merge more.
    rounding_ : pandas.DataFrame
        What rounding costs, on the rows of `fit`: ``log_loss`` in nats and ``auc`` (against the outcomes,
        or else the model's own probabilities), ``mean_change`` and ``max_change`` of the model's
        probability.
        For the model, for naive rounding (the largest coefficient becomes `max_points`, the others are
        rounded), for naive rounding with intercept and slope fitted anew, and for the scorecard.
    intercept_, slope_ : float
        Log odds at a total of 0, and for each point.
    classes_ : ndarray, shape (2,)
        Points speak for the second.
    n_features_in_ : int

    Notes
    -----
    B. Ustun, C. Rudin, Learning optimized risk scores, Journal of Machine Learning Research 20, 2019;
    J. Liu, C. Zhong, B. Li, M. Seltzer, C. Rudin, FasterRisk: fast and accurate interpretable risk scores,
    NeurIPS 2022. They look for points in the data from the start; here a model that was chosen before is
    rounded.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from treeprune import Scorecard
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> X = X[["worst radius", "worst texture", "worst smoothness"]]
    >>> model = LogisticRegression(C=100, max_iter=5000).fit(X, y == 0)
    >>> card = Scorecard(model, max_points=5).fit(X)
    >>> card.points_[["item", "points"]].shape
    (3, 2)
    """

    def __init__(
        self,
        model: Any,
        *,
        max_points: int = 10,
        bins: int | Mapping[str, int | Sequence[float]] | None = None,
        units: Mapping[str, float] | None = None,
        non_negative: bool = False,
    ) -> None:
        self.model = model
        self.max_points = max_points
        self.bins = bins
        self.units = units
        self.non_negative = non_negative

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the points.

        Parameters
        ----------
        X : table, shape (n_rows, n_features)
            As the model takes it.
        y : array-like of shape (n_rows,), optional
            Outcomes to be met; their search is a fit of its own, and may leave the model behind. By
            default points meet the model's own probabilities.
        sample_weight : array-like of shape (n_rows,), optional
            Rows of weight 0 are not looked at.

        Returns
        -------
        Scorecard

        Raises
        ------
        ValueError
            If a parameter is not legal, a value is missing, or there is nothing to give points for.
        TypeError
            If the model is no logistic model of two classes.
        """
        check_parameters(self.max_points, self.bins, self.units, self.non_negative)
        unwrap(self.model)
        X = _table(X)
        weight = check_weights(sample_weight, X.shape[0])
        met = np.flatnonzero(weight > 0)
        columns = WeighedColumns(self.model, take_rows(X, met))
        values, weight = columns.values(take_rows(X, met)), weight[met]
        happened = None if y is None else _events(y, columns.classes, X.shape[0])[met]
        own = columns.log_odds(values)
        target = expit(own) if happened is None else happened
        upwards = bool(self.non_negative)
        items = make_items(
            columns, values, weight, self.max_points, self.bins, self.units, non_negative=upwards
        )
        problem, start = make_problem(
            items, columns, values, target, weight, self.max_points, non_negative=upwards
        )
        found = search_points(problem)
        levels = levels_of(items, values)
        totals = levels @ found.points
        seen = Seen(totals, found.line.probability(totals), weight, happened)

        rounding = rounding_frame(problem, start, levels, own, target, weight, found)
        points, event = points_frame(items, found.points), _event_name(y, columns.classes[1])
        page = page_of(event, points, seen, found.line, rounding)

        self.classes_, self.n_features_in_ = columns.classes, X.shape[1]
        self.intercept_, self.slope_ = found.line.intercept, found.line.slope
        self.points_, self.table_, self.rounding_ = points, cells_frame(score_cells(seen)), rounding
        self._columns, self._items, self._points, self._page = columns, items, found.points, page
        return self

    def total_points(self, X: Any) -> Array:
        """Total of each row; int64, shape (n_rows,)."""
        check_is_fitted(self)
        totals: Array = levels_of(self._items, self._columns.values(_table(X))) @ self._points
        return totals

    def decision_function(self, X: Any) -> Array:
        """Log odds that the totals stand for; float64, shape (n_rows,)."""
        totals = self.total_points(X)
        return np.asarray(self.intercept_ + self.slope_ * totals)

    def predict_proba(self, X: Any) -> Array:
        """Probabilities of both classes; float64, shape (n_rows, 2)."""
        p = expit(self.decision_function(X))
        return np.column_stack([1.0 - p, p])

    def predict(self, X: Any) -> Array:
        """The more probable class of each row."""
        likely = self.predict_proba(X)[:, 1] > 0.5
        return np.asarray(self.classes_[likely.astype(int)])

    def to_frame(self) -> pd.DataFrame:
        """The points, a copy of `points_`."""
        check_is_fitted(self)
        return self.points_.copy()

    def to_html(self) -> str:
        """A whole page that needs no other file; all names are escaped."""
        check_is_fitted(self)
        return self._page.document()

    def _repr_html_(self) -> str:
        return self._page.fragment() if self._is_fitted else f"<pre>{escape(repr(self))}</pre>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def __str__(self) -> str:
        return self._page.text() if self._is_fitted else repr(self)

    @property
    def _is_fitted(self) -> bool:
        return "_page" in vars(self)

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted


def _table(X: Any) -> Any:
    """A frame or a sparse matrix as it is, all else as an array."""
    table = X if hasattr(X, "columns") or hasattr(X, "toarray") else np.asarray(X)
    if len(table.shape) != 2 or not table.shape[0]:
        raise ValueError(f"X must have rows and columns, got shape {table.shape}")
    return table


def _events(y: Any, classes: Array, n_rows: int) -> Array:
    """1 where the second class came about, else 0."""
    labels = np.asarray(y)
    if labels.shape != (n_rows,):
        raise ValueError(f"y must have shape ({n_rows},), got {labels.shape}")
    strangers = np.unique(labels[~np.isin(labels, classes)].astype(str))[:5]
    if len(strangers):
        raise ValueError(f"y holds labels that the model does not know: {', '.join(strangers)}")
    return np.asarray(labels == classes[1], np.float64)


def _event_name(y: Any, label: Any) -> str:
    """What the risk is of: a 1 is said by the name of the outcome."""
    if label in (1, True) and not isinstance(label, str):
        name = getattr(y, "name", None)
        return f"class {label}" if name is None else str(name)
    return str(label)
