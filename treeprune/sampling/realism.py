"""How real synthetic rows look: column by column, two by two, and to a forest."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.utils import check_random_state

from treeprune.model.ensemble import Array
from treeprune.sampling.columns import Columns, Kind, WeightedRows, rows_that_count
from treeprune.sampling.ranks import ranks_of

if TYPE_CHECKING:
    import pandas as pd

_TREES = 100
_LEAST_LEAF = 5
_MOST_ROWS = 5000
_MEASURE = ("Kolmogorov-Smirnov", "total variation")


@dataclass(frozen=True, eq=False)
class Realism:
    """Differences between real and synthetic rows; see `realism`.

    Parameters
    ----------
    kinds : tuple of {"continuous", "integer", "nominal"}
    distance : ndarray of float64, shape (n_columns,)
        From 0, alike, to 1. Of ordered columns the Kolmogorov-Smirnov distance between present values, of
        nominal ones the total variation distance, in which missing is one more category. NaN where there is
        nothing to compare.
    missing_real, missing_synthetic : ndarray of float64, shape (n_columns,)
        Shares of missing values.
    correlation_real, correlation_synthetic : ndarray of float64, shape (n_columns, n_columns)
        Rank correlations (Spearman) over the rows where both columns are present; NaN for nominal columns,
        and where a column does not vary.
    auc : float
        Area under the curve with which a forest tells real rows from synthetic ones that it has not seen:
        about 0.5 if it cannot (a little less where it learned noise), 1 if it always can.
    """

    kinds: tuple[Kind, ...]
    distance: Array
    missing_real: Array
    missing_synthetic: Array
    correlation_real: Array
    correlation_synthetic: Array
    auc: float

    @property
    def correlation_difference(self) -> Array:
        """Synthetic minus real rank correlations: ndarray of float64, shape (n_columns, n_columns)."""
        return self.correlation_synthetic - self.correlation_real

    def to_frame(self) -> pd.DataFrame:
        """One row for each column.

        Returns
        -------
        pandas.DataFrame
            ``column``, ``kind``, ``measure`` (of the distance), ``distance``, ``missing_real``,
            ``missing_synthetic``, ``correlation_off``: the greatest difference between real and synthetic
            rank correlations with any other column, NaN where there is none.
        """
        import pandas as pd

        off = np.abs(self.correlation_difference)
        np.fill_diagonal(off, np.nan)
        worst = np.fmax.reduce(off, axis=1)
        return pd.DataFrame(
            {
                "column": np.arange(len(self.kinds)),
                "kind": self.kinds,
                "measure": [
                    "total variation" if k == "nominal" else "Kolmogorov-Smirnov" for k in self.kinds
                ],
                "distance": self.distance,
                "missing_real": self.missing_real,
                "missing_synthetic": self.missing_synthetic,
                "correlation_off": worst,
            }
        )


def realism(
    real: Any, synthetic: Any, columns: Columns, *, weight: Any = None, random_state: Any = 0
) -> Realism:
    """Compare synthetic rows with real ones.

    Parameters
    ----------
    real, synthetic : array-like of float64, shape (n_rows, n_columns)
        NaN is missing; nominal columns hold codes. Real rows that no sampler was fitted to say most.
    columns : Columns
    weight : array-like of shape (n_rows,), optional
        Of the real rows.
    random_state : int, RandomState or None, default=0

    Returns
    -------
    Realism

    Raises
    ------
    ValueError
        If rows do not fit the columns, or weights are not legal.

    Examples
    --------
    >>> import numpy as np
    >>> from treeprune.sampling.columns import infer_columns
    >>> rng = np.random.default_rng(0)
    >>> real, like = rng.normal(size=(2, 300, 2))
    >>> unlike = rng.uniform(-2, 2, size=(300, 2))
    >>> columns = infer_columns(real, np.zeros(2, bool))
    >>> bool(realism(real, like, columns).auc < 0.6 < realism(real, unlike, columns).auc)
    True
    """
    one = rows_that_count(real, columns, weight, "real rows")
    other = rows_that_count(synthetic, columns, name="synthetic rows")
    random = check_random_state(random_state)
    return Realism(
        kinds=columns.kinds,
        distance=np.array([_distance(one, other, j, nominal) for j, nominal in enumerate(columns.nominal)]),
        missing_real=np.average(np.isnan(one.values), axis=0, weights=one.weight),
        missing_synthetic=np.isnan(other.values).mean(axis=0),
        correlation_real=rank_correlations(one, columns),
        correlation_synthetic=rank_correlations(other, columns),
        auc=_told_apart(one, other, random),
    )


def rank_correlations(rows: WeightedRows, columns: Columns) -> Array:
    """Weighted rank correlations of ordered columns.

    Parameters
    ----------
    rows : WeightedRows
    columns : Columns

    Returns
    -------
    ndarray of float64, shape (n_columns, n_columns)
        Ranks are those among all rows where a column is present; NaN where there is no correlation.
    """
    w, present = rows.weight / rows.weight.sum(), ~np.isnan(rows.values)
    rank = np.zeros(rows.values.shape)
    for j in np.flatnonzero(~columns.nominal):
        there = present[:, j]
        if there.any():
            place = np.unique(rows.values[there, j], return_inverse=True)[1]
            share = np.bincount(place, w[there])
            rank[there, j] = (np.cumsum(share) - 0.5 * share)[place] / share.sum() - 0.5
    weighted = w[:, None] * present
    total = weighted.T @ present
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (weighted * rank).T @ present / total  # of the first column where the second is there too
        square = (weighted * rank**2).T @ present / total - mean**2
        product = (weighted * rank).T @ rank / total - mean * mean.T
        found = product / np.sqrt(square * square.T)
    found[(square < 1e-12) | (square.T < 1e-12)] = np.nan
    return np.clip(found, -1.0, 1.0)


def _distance(one: WeightedRows, other: WeightedRows, j: int, nominal: bool) -> float:
    """Greatest difference of the distribution functions, or half the sum of differences of shares."""
    x, y = one.values[:, j], other.values[:, j]
    v, w = one.weight, other.weight
    if not nominal:
        v, w = v[~np.isnan(x)], w[~np.isnan(y)]
        x, y = x[~np.isnan(x)], y[~np.isnan(y)]
        if not len(x) or not len(y):
            return float("nan")
    place = np.unique(np.concatenate([x, y]), return_inverse=True)[1]
    n = place.max() + 1
    off = np.bincount(place[: len(x)], v, n) / v.sum() - np.bincount(place[len(x) :], w, n) / w.sum()
    return float(0.5 * np.abs(off).sum() if nominal else np.abs(np.cumsum(off)).max())


def _told_apart(one: WeightedRows, other: WeightedRows, random: np.random.RandomState) -> float:
    """Out-of-bag area under the curve of a forest that tells real rows from synthetic ones."""
    tables = []
    for rows in (one, other):
        n = len(rows.weight)
        some = np.sort(random.choice(n, _MOST_ROWS, replace=False)) if n > _MOST_ROWS else np.arange(n)
        tables.append(WeightedRows(rows.values[some], rows.weight[some] / rows.weight[some].sum()))
    table = np.vstack(ranks_of(*(rows.values for rows in tables)))
    label = np.repeat([1, 0], [len(rows.weight) for rows in tables])
    weight = np.concatenate([rows.weight for rows in tables]) * (0.5 * len(table))
    forest = RandomForestClassifier(
        _TREES, min_samples_leaf=_LEAST_LEAF, oob_score=True, random_state=random.randint(2**31 - 1)
    )
    with warnings.catch_warnings():  # rows of tiny tables may be in all bags
        warnings.filterwarnings("ignore", "Some inputs do not have OOB scores", UserWarning)
        forest.fit(table, label, sample_weight=weight)
    score = forest.oob_decision_function_[:, 1]
    judged = forest.oob_decision_function_.sum(axis=1) > 0  # in some tree's bag a row was not
    if len(np.unique(label[judged])) < 2:
        return float("nan")
    return float(roc_auc_score(label[judged], score[judged], sample_weight=weight[judged]))
