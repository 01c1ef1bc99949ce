"""Tables that scikit-learn brings along."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import pandas as pd

from treeprune.datasets.card import read_card
from treeprune.datasets.dataset import Dataset, Table, age_band, assemble
from treeprune.pruners.parameters import check_flag


@overload
def load_breast_cancer(*, return_X_y: Literal[False] = False) -> Dataset: ...
@overload
def load_breast_cancer(*, return_X_y: Literal[True]) -> Table: ...
def load_breast_cancer(*, return_X_y: bool = False) -> Dataset | Table:
    """Breast cancer, Wisconsin: 569 masses, 30 measurements, and here **1 means malignant**.

    scikit-learn's own loader has it the other way round (1 for benign).

    Parameters
    ----------
    return_X_y : bool
        Hand out ``(X, y)`` alone.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        `y` is named ``malignant``, int64. There are no subgroups.

    References
    ----------
    W. N. Street, W. H. Wolberg, O. L. Mangasarian, Nuclear feature extraction for breast tumor diagnosis,
    1993.

    Examples
    --------
    >>> from treeprune.datasets import load_breast_cancer
    >>> data = load_breast_cancer()
    >>> data
    Dataset('breast_cancer': 569 rows, 30 columns, outcome 'malignant')
    >>> int(data.y.sum())  # 212 are malignant
    212
    """
    from sklearn.datasets import load_breast_cancer as load

    check_flag("return_X_y", return_X_y)
    X, benign = load(return_X_y=True, as_frame=True)
    y = (benign == 0).astype(np.int64).rename("malignant")
    if return_X_y:
        return X, y
    return assemble(read_card("breast_cancer"), X, y, pd.DataFrame(index=X.index))


@overload
def load_diabetes(*, return_X_y: Literal[False] = False, scaled: bool = False) -> Dataset: ...
@overload
def load_diabetes(*, return_X_y: Literal[True], scaled: bool = False) -> Table: ...
def load_diabetes(*, return_X_y: bool = False, scaled: bool = False) -> Dataset | Table:
    """Progression of diabetes within a year: 442 patients, ten columns, a number as outcome.

    Parameters
    ----------
    return_X_y : bool
        Hand out ``(X, y)`` alone.
    scaled : bool
        Centred and scaled as in the paper; by default years, kg/m2 and so on.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        `y` is named ``progression``, float64. Subgroups are sex and age band, of the patients as they were
        measured.

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least angle regression, Annals of Statistics 32(2),
    2004.

    Examples
    --------
    >>> from treeprune.datasets import load_diabetes
    >>> data = load_diabetes()
    >>> data.X[["age", "bmi"]].iloc[0].to_dict()
    {'age': 59.0, 'bmi': 32.1}
    """
    from sklearn.datasets import load_diabetes as load

    check_flag("return_X_y", return_X_y)
    check_flag("scaled", scaled)
    measured, y = load(return_X_y=True, as_frame=True, scaled=False)
    X = load(as_frame=True).data if scaled else measured.astype(np.float64)
    y = y.astype(np.float64).rename("progression")
    if return_X_y:
        return X, y
    sex = measured["sex"].map({1.0: "1", 2.0: "2"}).astype("category")
    subgroups = pd.DataFrame({"sex": sex, "age_band": age_band(measured["age"])})
    return assemble(read_card("diabetes"), X, y, subgroups)
