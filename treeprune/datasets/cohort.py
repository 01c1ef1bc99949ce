"""A synthetic clinical cohort whose risks are known."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from treeprune.datasets.card import read_card
from treeprune.datasets.cohort_draws import WORDS, draw
from treeprune.datasets.cohort_risk import clinical_cohort_risk
from treeprune.datasets.dataset import Dataset, Table, age_band, assemble
from treeprune.model.ensemble import Array
from treeprune.pruners.parameters import check_flag, check_whole_number

_PERIODS = ("development", "later")
_TABLE = {"n_rows": 1500, "random_state": 2026}


@overload
def make_clinical_cohort(
    n_rows: int = 3000,
    *,
    return_X_y: Literal[False] = False,
    period: str = "development",
    random_state: int = 0,
) -> Dataset: ...
@overload
def make_clinical_cohort(
    n_rows: int = 3000, *, return_X_y: Literal[True], period: str = "development", random_state: int = 0
) -> Table: ...
def make_clinical_cohort(
    n_rows: int = 3000,
    *,
    period: str = "development",
    random_state: int = 0,
    return_X_y: bool = False,
) -> Dataset | Table:
    """Simulate hospital admissions with known risks of death within 30 days.

    22 columns: demographics, ordinal scores, vital signs, skewed and correlated laboratory values, one
    column that follows from two others (``shock_index``) and one of pure noise (``weekday``). Values go
    missing in two ways: ``respiratory_rate``, ``temperature`` and ``crp`` at random; ``lactate`` and
    ``albumin`` more often the less ill the patient looks. The risk is `clinical_cohort_risk` of the values
    as they were before. Two things are planted: at the dialysis centre (5% of the rows) creatinine is high
    and means nothing; and in the later period more patients die, and the lactate analyser shows 25% more.

    Parameters
    ----------
    n_rows : int
        Of both periods together. Of one period, a larger cohort begins with the rows of a smaller one.
    period : {"development", "later", "both"}
        With ``"both"`` the last third of the rows is the later period.
    random_state : int
        Seed, 0 or more. Equal seeds make equal tables everywhere, `true_risk` up to its last digits.
    return_X_y : bool
        Hand out ``(X, y)`` alone.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        `y` is named ``died_30d``, int64; `true_risk` and `period` are series beside `X`. Subgroups are
        sex, age band and site.

    Raises
    ------
    ValueError
        If a parameter is not legal.

    Examples
    --------
    >>> from treeprune.datasets import make_clinical_cohort
    >>> cohort = make_clinical_cohort(2000)
    >>> cohort
    Dataset('clinical_cohort': 2000 rows, 22 columns, outcome 'died_30d')
    >>> later = make_clinical_cohort(2000, period="later")
    >>> bool(later.y.mean() > cohort.y.mean())
    True
    """
    check_flag("return_X_y", return_X_y)
    check_whole_number("n_rows", n_rows, 1)
    check_whole_number("random_state", random_state, 0)
    if period not in (*_PERIODS, "both"):
        raise ValueError(f"period must be 'development', 'later' or 'both', got {period!r}")
    n_later = {"development": 0, "later": n_rows, "both": n_rows // 3}[period]
    sizes = {"development": n_rows - n_later, "later": n_later}
    parts = [_rows(name, sizes[name], int(random_state)) for name in _PERIODS if sizes[name]]
    return _dataset(pd.concat(parts, ignore_index=True), return_X_y)


@overload
def load_clinical_cohort(*, return_X_y: Literal[False] = False, period: str = "both") -> Dataset: ...
@overload
def load_clinical_cohort(*, return_X_y: Literal[True], period: str = "both") -> Table: ...
def load_clinical_cohort(*, period: str = "both", return_X_y: bool = False) -> Dataset | Table:
    """The synthetic cohort of 1,500 admissions that examples and tests use.

    It is ``make_clinical_cohort(1500, period="both", random_state=2026)``: 1,000 rows of the development
    period and 500 of the later one. ``datasets/clinical_cohort.csv`` of the repository holds the same
    table.

    Parameters
    ----------
    period : {"both", "development", "later"}
        Which rows.
    return_X_y : bool
        Hand out ``(X, y)`` alone.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        See `make_clinical_cohort`.

    Raises
    ------
    ValueError
        If there is no such period.

    Examples
    --------
    >>> from treeprune.datasets import load_clinical_cohort
    >>> load_clinical_cohort(period="later")
    Dataset('clinical_cohort': 500 rows, 22 columns, outcome 'died_30d')
    """
    n_later = _TABLE["n_rows"] // 3
    n_rows = {"both": _TABLE["n_rows"], "development": _TABLE["n_rows"] - n_later, "later": n_later}
    arguments: dict[str, Any] = {"period": period, "return_X_y": return_X_y}
    return make_clinical_cohort(n_rows.get(period, 1), random_state=_TABLE["random_state"], **arguments)


def cohort_table(data: Dataset) -> pd.DataFrame:
    """The cohort as one table, as ``datasets/clinical_cohort.csv`` holds it.

    Parameters
    ----------
    data : Dataset
        Of `make_clinical_cohort`.

    Returns
    -------
    pandas.DataFrame
        Columns of `X` (whole numbers as such), then the outcome, ``true_risk`` to six digits, and the
        period.
    """
    whole = {
        name: "Int64"
        for name, column in data.X.select_dtypes("number").items()
        if (column.dropna() % 1.0 == 0.0).all()
    }
    beside = {str(data.y.name): data.y, "true_risk": data.true_risk, "period": data.period}
    return data.X.astype(whole).assign(**beside).round({"true_risk": 6})


def _rows(period: str, n_rows: int, seed: int) -> pd.DataFrame:
    """Rows of one period: recorded values, outcome, true risk, period."""
    later = period == "later"
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, int(later)])))
    complete, severity, uniform = draw(rng, n_rows, later=later)
    for name, words in WORDS.items():
        complete[name] = pd.Categorical([words[k] for k in complete[name]], categories=words)
    risk = clinical_cohort_risk(complete, later=later)
    rows = _with_holes(complete, severity, uniform[:, 1:])
    rows["died_30d"] = (uniform[:, 0] < risk).astype(np.int64)
    rows["true_risk"] = risk
    rows["period"] = pd.Categorical([period] * n_rows, categories=list(_PERIODS))
    return rows


def _with_holes(complete: pd.DataFrame, severity: Array, uniform: Array) -> pd.DataFrame:
    """Take values away: three columns at random, two by how ill the patient looks."""
    chances = {
        "respiratory_rate": 0.08,
        "temperature": 0.05,
        "crp": 0.15,
        "lactate": np.clip(0.45 - 0.25 * severity, 0.05, 0.9),
        "albumin": np.clip(0.25 - 0.15 * severity, 0.02, 0.7),
    }
    rows = complete.copy()
    for k, (name, chance) in enumerate(chances.items()):
        rows[name] = complete[name].where(uniform[:, k] >= chance)
    return rows


def _dataset(rows: pd.DataFrame, return_X_y: bool) -> Dataset | Table:
    y, true_risk, period = rows.pop("died_30d"), rows.pop("true_risk"), rows.pop("period")
    if return_X_y:
        return rows, y
    subgroups = pd.DataFrame({"sex": rows["sex"], "age_band": age_band(rows["age"]), "site": rows["site"]})
    return assemble(read_card("clinical_cohort"), rows, y, subgroups, true_risk=true_risk, period=period)
