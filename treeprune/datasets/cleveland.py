"""Heart disease, Cleveland: 303 patients before coronary angiography."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Literal, overload

import numpy as np
import pandas as pd

from treeprune.datasets.card import read_card
from treeprune.datasets.dataset import Dataset, Table, age_band, assemble, categories
from treeprune.datasets.source_file import SourceFile, read_source
from treeprune.pruners.parameters import check_flag

FILE = SourceFile(
    title="Heart disease, Cleveland",
    names=("processed.cleveland.data", "cleveland.data"),
    url="https://archive.ics.uci.edu/ml/machine-learning-databases/heart-disease/processed.cleveland.data",
    page="https://archive.ics.uci.edu/dataset/45/heart+disease",
    digests={
        "a74b7efa387bc9d108d7d0115d831fe9b414b29ae7124f331b622b4efa0427c8": "as UCI has it",
        "70740de5ca89992197f7fad42a118f55b81a71694f3c495ab542c267dc7f09ef": "with num = 10 for 1 in rows "
        "299 and 302, which the outcome num > 0 does not see",
    },
)

_COLUMNS = (
    "age",
    "sex",
    "cp",
    "trestbps",
    "chol",
    "fbs",
    "restecg",
    "thalach",
    "exang",
    "oldpeak",
    "slope",
    "ca",
    "thal",
    "num",
)
_ROWS = 303

_WORDS = {
    "sex": {0.0: "female", 1.0: "male"},
    "cp": {1.0: "typical angina", 2.0: "atypical angina", 3.0: "non-anginal pain", 4.0: "asymptomatic"},
    "restecg": {0.0: "normal", 1.0: "ST-T abnormality", 2.0: "left ventricular hypertrophy"},
    "slope": {1.0: "upsloping", 2.0: "flat", 3.0: "downsloping"},
    "thal": {3.0: "normal", 6.0: "fixed defect", 7.0: "reversible defect"},
}


@overload
def load_cleveland(
    *,
    return_X_y: Literal[False] = False,
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Dataset: ...
@overload
def load_cleveland(
    *,
    return_X_y: Literal[True],
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Table: ...
def load_cleveland(
    *,
    return_X_y: bool = False,
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Dataset | Table:
    """Heart disease, Cleveland: 303 patients, 13 columns, coronary disease at angiography.

    Parameters
    ----------
    return_X_y : bool
        Hand out ``(X, y)`` alone.
    data_home : str or path-like, optional
        Folder of the file; by default what ``TREEPRUNE_DATA`` names, else scikit-learn's folder for data.
    download : bool
        Whether to fetch the file from the UCI Machine Learning Repository if it is not there.
    verify : bool
        Whether a file that lies there must be a version that is known, by SHA-256. Downloads always must.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        `y` is named ``disease``, int64. Subgroups are sex and age band.

    Raises
    ------
    DatasetUnavailableError
        If the file is not there and cannot be downloaded.
    ValueError
        If the file is another one than expected.

    References
    ----------
    R. Detrano et al., International application of a new probability algorithm for the diagnosis of
    coronary artery disease, American Journal of Cardiology 64, 304-310, 1989.

    Examples
    --------
    >>> from treeprune.datasets import load_cleveland
    >>> data = load_cleveland()  # doctest: +SKIP
    >>> data.card.feature_costs["ca"]  # doctest: +SKIP
    100.9
    """
    check_flag("return_X_y", return_X_y)
    content = read_source(FILE, data_home, download=download, verify=verify)
    table = _parse(content)
    X = table[list(_COLUMNS[:-1])].copy()
    for name, words in _WORDS.items():
        X[name] = categories(X[name], words)
    y = (table["num"] > 0).astype(np.int64).rename("disease")
    if return_X_y:
        return X, y
    subgroups = pd.DataFrame({"sex": X["sex"], "age_band": age_band(X["age"])})
    return assemble(read_card("cleveland"), X, y, subgroups)


def _parse(content: bytes) -> pd.DataFrame:
    """The numbers of the file."""
    try:
        table = pd.read_csv(BytesIO(content), header=None, na_values="?", dtype=np.float64)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"the file of {FILE.title} holds no table of numbers: {error}") from error
    if table.shape != (_ROWS, len(_COLUMNS)):
        raise ValueError(
            f"the file of {FILE.title} must have {_ROWS} rows and {len(_COLUMNS)} columns, "
            f"got {table.shape[0]} and {table.shape[1]}"
        )
    table.columns = pd.Index(_COLUMNS)
    if table["num"].isna().any():
        raise ValueError(f"the file of {FILE.title} lacks outcomes (column 14)")
    return table
