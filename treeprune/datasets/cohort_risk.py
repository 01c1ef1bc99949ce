"""The known risk of the synthetic cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from treeprune.datasets.cohort_draws import LACTATE_LATER
from treeprune.model.ensemble import Array

_NEEDED = (
    "age",
    "site",
    "admission",
    "comorbidities",
    "diabetes",
    "consciousness",
    "oxygen",
    "systolic_bp",
    "lactate",
    "creatinine",
    "albumin",
)


def clinical_cohort_risk(X: pd.DataFrame, *, later: bool = False) -> Array:
    """Probability of death within 30 days that outcomes of the synthetic cohort are drawn with.

    With (x)+ for max(x, 0), the log odds are the sum of

    - -3.8 in the development period, -3.2 in the later one
    - 0.04 (age - 65), and 0.05 (age - 80)+
    - 0.25 comorbidities
    - 0.7 consciousness
    - 0.5 oxygen
    - 0.6 if admitted as an emergency
    - 0.45 (min(L, 10) - 2)+, where L is lactate, and lactate / 1.25 in the later period
    - 0.03 (100 - systolic_bp)+, and 0.8 more if it is below 100 while L is above 4
    - 0.015 (min(creatinine, 400) - 110)+, half as much again with diabetes; nothing at the dialysis centre
    - 0.08 (35 - albumin)+

    Nothing else counts: not sex, ward, weekday, shock_index or the other vital signs and laboratory values.

    Parameters
    ----------
    X : pandas.DataFrame
        Columns of `make_clinical_cohort` without missing values in those that count.
    later : bool
        Whether the rows are of the later period.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    ValueError
        If a column that counts is not there or has missing values.

    Examples
    --------
    >>> from treeprune.datasets import clinical_cohort_risk, make_clinical_cohort
    >>> cohort = make_clinical_cohort(1000)
    >>> known = cohort.X[cohort.X.notna().all(axis=1)]
    >>> bool((clinical_cohort_risk(known) == cohort.true_risk[known.index]).all())
    True
    """
    lacking = [name for name in _NEEDED if name not in X.columns]
    if lacking:
        raise ValueError(f"the risk needs the columns {', '.join(lacking)}")
    holes = [name for name in _NEEDED if X[name].isna().any()]
    if holes:
        raise ValueError(f"the risk needs every value, and some are missing in {', '.join(holes)}")
    return expit(_log_odds(X, later))


def _log_odds(X: pd.DataFrame, later: bool) -> Array:
    age, systolic, creatinine, albumin = (
        X[name].to_numpy(np.float64) for name in ("age", "systolic_bp", "creatinine", "albumin")
    )
    lactate = X["lactate"].to_numpy(np.float64) / (LACTATE_LATER if later else 1.0)
    diabetes = X["diabetes"].to_numpy(np.float64)
    kidney = 0.015 * np.maximum(np.minimum(creatinine, 400.0) - 110.0, 0.0) * (1.0 + 0.5 * diabetes)
    return (
        (-3.2 if later else -3.8)
        + 0.04 * (age - 65.0)
        + 0.05 * np.maximum(age - 80.0, 0.0)
        + 0.25 * X["comorbidities"].to_numpy(np.float64)
        + 0.7 * X["consciousness"].to_numpy(np.float64)
        + 0.5 * X["oxygen"].to_numpy(np.float64)
        + 0.6 * (X["admission"] == "emergency").to_numpy(np.float64)
        + 0.45 * np.maximum(np.minimum(lactate, 10.0) - 2.0, 0.0)
        + 0.03 * np.maximum(100.0 - systolic, 0.0)
        + 0.8 * ((systolic < 100.0) & (lactate > 4.0))
        + np.where((X["site"] == "dialysis centre").to_numpy(), 0.0, kidney)
        + 0.08 * np.maximum(35.0 - albumin, 0.0)
    )
