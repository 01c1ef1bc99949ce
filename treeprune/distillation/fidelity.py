"""How close the answers of a tree are to those of its teacher, on the whole and where they are worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from treeprune.agreement.prediction import change_distribution, fidelity_r2, mean_kl
from treeprune.agreement.regions import Region, worst_regions
from treeprune.agreement.subgroup_changes import subgroup_changes
from treeprune.agreement.subgroups import SubgroupTable
from treeprune.model.ensemble import Array
from treeprune.statistics.rows import dense

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fidelity:
    """Agreement of two models on some rows.

    Parameters
    ----------
    r2 : float
        One less the squared distance of the answers over the variance of the teacher's, over all columns.
    agreement : float
        Weighted share of rows of the same class; NaN for numbers.
    kl : float
        Mean Kullback-Leibler divergence of the tree's shares from the teacher's, in nats; NaN for numbers.
    mean_change, max_change : float
        Mean and largest absolute difference, of a share or in units of the outcome.
    n_rows : int
        Rows with weight.
    regions : tuple of Region
        Where the answers differ most: leaves of a tree of depth two on the absolute difference, the worst
        first; none has fewer than eleven rows.
    subgroups : SubgroupTable or None
        Fidelity R squared and mean difference in subgroups of the rows, if there were any.
    """

    r2: float
    agreement: float
    kl: float
    mean_change: float
    max_change: float
    n_rows: int
    regions: tuple[Region, ...]
    subgroups: SubgroupTable | None

    def to_frame(self) -> pd.DataFrame:
        """The numbers over all rows, one a row; those that are not defined are left out.

        Returns
        -------
        pandas.DataFrame
            With the column ``value``.
        """
        import pandas as pd

        numbers = {
            "fidelity R2": self.r2,
            "same class": self.agreement,
            "mean Kullback-Leibler divergence": self.kl,
            "mean |change|": self.mean_change,
            "max |change|": self.max_change,
            "rows": float(self.n_rows),
        }
        return pd.DataFrame({"value": numbers}).dropna()

    def __str__(self) -> str:
        return self.to_frame()["value"].map("{:.4g}".format).to_string()

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(float_format="{:.4g}".format))


def fidelity(
    teacher: Array, tree: Array, weight: Array, X: Any, *, classify: bool, subgroups: Any = None
) -> Fidelity:
    """Compare answers.

    Parameters
    ----------
    teacher, tree : ndarray of float64, shape (n_rows, n_columns)
        Shares of classes, or numbers.
    weight : ndarray of float64, shape (n_rows,)
    X : table, shape (n_rows, n_features)
        To tell where they differ.
    classify : bool
    subgroups : dataframe or array-like, optional
        Columns to make subgroups of.

    Returns
    -------
    Fidelity
    """
    change = change_distribution(teacher, tree, weight)
    agreement = kl = float("nan")
    if classify:
        agreement = float(np.average(teacher.argmax(axis=1) == tree.argmax(axis=1), weights=weight))
        kl = mean_kl(teacher, tree, weight)
    table = None
    if subgroups is not None:
        table = subgroup_changes(subgroups, teacher, tree, weights=weight)
    few = int((weight > 0).sum()) < 22
    return Fidelity(
        r2=fidelity_r2(teacher, tree, weight),
        agreement=agreement,
        kl=kl,
        mean_change=change.mean,
        max_change=change.maximum,
        n_rows=int((weight > 0).sum()),
        regions=() if few else worst_regions(dense(X) if issparse(X) else X, teacher, tree, weights=weight),
        subgroups=table,
    )
