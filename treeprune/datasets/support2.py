"""SUPPORT2: 9,105 seriously ill adults in five hospitals of the United States."""

from __future__ import annotations

import os
from dataclasses import replace
from io import BytesIO
from typing import Literal, overload

import numpy as np
import pandas as pd

from treeprune.datasets.card import Card, read_card
from treeprune.datasets.dataset import Dataset, Table, age_band, assemble, categories
from treeprune.datasets.source_file import SourceFile, read_source
from treeprune.pruners.parameters import check_flag

FILE = SourceFile(
    title="SUPPORT2",
    names=("support2.csv",),
    url="https://archive.ics.uci.edu/static/public/880/data.csv",
    page="https://archive.ics.uci.edu/dataset/880/support2",
    digests={
        "9da794bbd5c3a6a816e677cc17535e58c122d9ef4cbefd404489330a9f9cd2de": "data.csv of UCI",
        "fc21c384aa93b312e97cd818075e98c7a6590a6f80dab478631c7c530d11ce01": "with row numbers in a first "
        "column that has no name, and Windows line ends",
    },
)

_ROWS = 9105
_TARGETS = ("hospdead", "death")

_NUMBERS = [
    "age",
    "edu",
    "num.co",
    "scoma",
    "diabetes",
    "dementia",
    "meanbp",
    "wblc",
    "hrt",
    "resp",
    "temp",
    "pafi",
    "alb",
    "bili",
    "crea",
    "sod",
    "ph",
    "glucose",
    "bun",
    "urine",
]

_WORDS = {
    "sex": ["female", "male"],
    "dzgroup": [
        "ARF/MOSF w/Sepsis",
        "MOSF w/Malig",
        "CHF",
        "COPD",
        "Cirrhosis",
        "Colon Cancer",
        "Lung Cancer",
        "Coma",
    ],
    "dzclass": ["ARF/MOSF", "COPD/CHF/Cirrhosis", "Cancer", "Coma"],
    "income": ["under $11k", "$11-$25k", "$25-$50k", ">$50k"],
    "race": ["asian", "black", "hispanic", "other", "white"],
    "ca": ["no", "yes", "metastatic"],
}


@overload
def load_support2(
    *,
    return_X_y: Literal[False] = False,
    target: str = "hospdead",
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Dataset: ...
@overload
def load_support2(
    *,
    return_X_y: Literal[True],
    target: str = "hospdead",
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Table: ...
def load_support2(
    *,
    return_X_y: bool = False,
    target: str = "hospdead",
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Dataset | Table:
    """SUPPORT2: 9,105 seriously ill adults, 26 columns as of the third day in hospital, and who died.

    Parameters
    ----------
    return_X_y : bool
        Hand out ``(X, y)`` alone.
    target : {"hospdead", "death"}
        Death in hospital, or at any time of a follow-up whose length differs between patients.
    data_home : str or path-like, optional
        Folder of the file; by default what ``TREEPRUNE_DATA`` names, else scikit-learn's folder for data.
    download : bool
        Whether to fetch the file from the UCI Machine Learning Repository if it is not there.
    verify : bool
        Whether a file that lies there must be a version that is known, by SHA-256. Downloads always must.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        `y` is named as `target`, int64. Subgroups are sex, age band, race and class of disease.
        `excluded` says which columns know the outcome, or are known later than day 3.

    Raises
    ------
    DatasetUnavailableError
        If the file is not there and cannot be downloaded.
    ValueError
        If the file is another one than expected, or there is no such target.

    References
    ----------
    W. A. Knaus et al., The SUPPORT prognostic model, Annals of Internal Medicine 122, 191-203, 1995.

    Examples
    --------
    >>> from treeprune.datasets import load_support2
    >>> X, y = load_support2(return_X_y=True)  # doctest: +SKIP
    >>> X.shape, int(y.sum())  # doctest: +SKIP
    ((9105, 26), 2360)
    """
    check_flag("return_X_y", return_X_y)
    if target not in _TARGETS:
        raise ValueError(f"target must be 'hospdead' or 'death', got {target!r}")
    table = _parse(read_source(FILE, data_home, download=download, verify=verify))
    columns = [name for name in table.columns if name in _NUMBERS or name in _WORDS]
    X = pd.DataFrame(
        {
            name: categories(table[name], _WORDS[name])
            if name in _WORDS
            else table[name].astype(np.float64)
            for name in columns
        }
    )
    y = table[target].astype(np.int64)
    if return_X_y:
        return X, y
    subgroups = X[["sex"]].assign(age_band=age_band(X["age"]), race=X["race"], dzclass=X["dzclass"])
    return assemble(_card(target), X, y, subgroups)


def _card(target: str) -> Card:
    card = read_card("support2")
    if target == "hospdead":
        return card
    follow_up = (
        "follow-up differs between patients (d.time), so death depends on how long somebody was looked at: "
        "for time to death use a survival model"
    )
    excluded = {"hospdead": card.excluded["death"], **card.excluded}
    del excluded["death"]
    return replace(
        card,
        target="death: 1 = died at any time of follow-up, in hospital or after",
        traps=(follow_up, *card.traps),
        excluded=excluded,
    )


def _parse(content: bytes) -> pd.DataFrame:
    """The table, checked for what is used of it."""
    try:
        table = pd.read_csv(BytesIO(content))
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"the file of {FILE.title} holds no table: {error}") from error
    missing = [name for name in (*_NUMBERS, *_WORDS, *_TARGETS) if name not in table.columns]
    if missing:
        raise ValueError(f"the file of {FILE.title} has no column {', '.join(missing)}")
    if len(table) != _ROWS:
        raise ValueError(f"the file of {FILE.title} must have {_ROWS} rows, got {len(table)}")
    for name in _TARGETS:
        if not table[name].isin((0, 1)).all():
            raise ValueError(f"column {name!r} of {FILE.title} must hold 0 and 1 alone")
    return table
