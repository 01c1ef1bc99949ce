"""Diabetes 130-US hospitals: who is readmitted within 30 days."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from treeprune.datasets.card import read_card
from treeprune.datasets.dataset import Dataset, Table, assemble, categories
from treeprune.datasets.diagnoses import diagnosis_group
from treeprune.datasets.source_file import SourceFile, read_source
from treeprune.pruners.parameters import check_flag

FILE = SourceFile(
    title="Diabetes 130-US hospitals",
    names=("diabetic_data.csv",),
    url="https://archive.ics.uci.edu/static/public/296/data.csv",
    page="https://archive.ics.uci.edu/dataset/296/diabetes+130-us+hospitals+for+years+1999-2008",
    digests={
        "f792c388d9b470aac4fbf21c39b176534d55a116e7626881c30bbe7ab0341422": "data.csv of UCI",
        "0689e7ec031237dc63031b938805c48377748761a3b26acab621567afa24df97": "diabetic_data.csv of UCI",
    },
)

_TARGETS = {"readmitted_30d": ("<30",), "readmitted": ("<30", ">30")}
_GONE = ("11", "13", "14", "19", "20", "21")

_NUMBERS = (
    "time_in_hospital",
    "num_lab_procedures",
    "num_procedures",
    "num_medications",
    "number_outpatient",
    "number_emergency",
    "number_inpatient",
    "number_diagnoses",
)
_YES = {"change": "Ch", "diabetesMed": "Yes"}
_DIAGNOSES = ("diag_1", "diag_2", "diag_3")
_RECORDED = ("payer_code", "medical_specialty", "discharge_disposition_id", "admission_source_id")
_AGES = {f"[{low}-{low + 10})": f"{low} to {low + 9}" for low in range(0, 100, 10)}
_WEIGHTS = {f"[{low}-{low + 25})": f"{low} to {low + 24} kg" for low in range(0, 200, 25)} | {
    ">200": "200 kg"
}
_WORDS: dict[str, dict[str, str]] = {
    "race": {name: name for name in ("AfricanAmerican", "Asian", "Caucasian", "Hispanic", "Other")},
    "gender": {"Female": "female", "Male": "male"},
    "age": _AGES,
    "weight": _WEIGHTS,
    "admission_type_id": {
        "1": "emergency",
        "2": "urgent",
        "3": "elective",
        "4": "newborn",
        "7": "trauma centre",
    },
    "max_glu_serum": {"None": "not measured", "Norm": "normal", ">200": "over 200", ">300": "over 300"},
    "A1Cresult": {"None": "not measured", "Norm": "normal", ">7": "over 7", ">8": "over 8"},
}
_UNKNOWN = {"gender": ["Unknown/Invalid"], "admission_type_id": ["5", "6", "8"]}
_DOSES = {"No": "no", "Down": "down", "Steady": "steady", "Up": "up"}
_FIRST_DRUG, _LAST_DRUG = "metformin", "metformin-pioglitazone"
_OTHERS = ("encounter_id", "patient_nbr", "readmitted", _FIRST_DRUG, _LAST_DRUG)


@overload
def load_diabetes_130(
    *,
    return_X_y: Literal[False] = False,
    target: str = "readmitted_30d",
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Dataset: ...
@overload
def load_diabetes_130(
    *,
    return_X_y: Literal[True],
    target: str = "readmitted_30d",
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Table: ...
def load_diabetes_130(
    *,
    return_X_y: bool = False,
    target: str = "readmitted_30d",
    data_home: str | os.PathLike[str] | None = None,
    download: bool = True,
    verify: bool = True,
) -> Dataset | Table:
    """Diabetes 130-US hospitals: about 99,000 stays of 70,000 patients, and who came back.

    Stays that ended with death or in a hospice are left out: whoever has died is not readmitted. The same
    patient may have several rows; `groups` says which, and folds must not tear them apart.

    Parameters
    ----------
    return_X_y : bool
        Hand out ``(X, y)`` alone.
    target : {"readmitted_30d", "readmitted"}
        Readmitted within 30 days of discharge, or ever within the data.
    data_home : str or path-like, optional
        Folder of the file; by default what ``TREEPRUNE_DATA`` names, else scikit-learn's folder for data.
    download : bool
        Whether to fetch the file from the UCI Machine Learning Repository if it is not there (19 MB).
    verify : bool
        Whether a file that lies there must be a version that is known, by SHA-256. Downloads always must.

    Returns
    -------
    Dataset or (pandas.DataFrame, pandas.Series)
        `y` is named as `target`, int64; `groups` is the patient's number. Subgroups are sex, age band and
        race.

    Raises
    ------
    DatasetUnavailableError
        If the file is not there and cannot be downloaded.
    ValueError
        If the file is another one than expected, or there is no such target.

    References
    ----------
    B. Strack et al., Impact of HbA1c measurement on hospital readmission rates: analysis of 70,000 clinical
    database patient records, BioMed Research International 2014, 781670.

    Examples
    --------
    >>> from sklearn.model_selection import GroupKFold
    >>> from treeprune.datasets import load_diabetes_130
    >>> data = load_diabetes_130()  # doctest: +SKIP
    >>> folds = GroupKFold(5).split(data.X, data.y, data.groups)  # doctest: +SKIP
    """
    check_flag("return_X_y", return_X_y)
    if target not in _TARGETS:
        raise ValueError(f"target must be 'readmitted_30d' or 'readmitted', got {target!r}")
    table = _parse(read_source(FILE, data_home, download=download, verify=verify))
    table = table[~table["discharge_disposition_id"].isin(_GONE)].reset_index(drop=True)
    y = table["readmitted"].isin(_TARGETS[target]).astype(np.int64).rename(target)
    X = pd.DataFrame({name: _column(table[name]) for name in table.columns.drop(list(_OTHERS[:3]))})
    if return_X_y:
        return X, y
    subgroups = pd.DataFrame({"sex": X["gender"], "age_band": _band(X["age"]), "race": X["race"]})
    patients = table["patient_nbr"].astype(np.int64)
    return assemble(read_card("diabetes_130"), X, y, subgroups, groups=patients)


def _parse(content: bytes) -> pd.DataFrame:
    """The table as words; missing where the file says nothing or a question mark."""
    try:
        table = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, na_values=["?", ""])
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"the file of {FILE.title} holds no table: {error}") from error
    needed = (*_NUMBERS, *_YES, *_DIAGNOSES, *_RECORDED, *_WORDS, *_OTHERS)
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise ValueError(f"the file of {FILE.title} has no column {', '.join(missing)}")
    if not table["readmitted"].isin(("NO", "<30", ">30")).all():
        raise ValueError(f"column 'readmitted' of {FILE.title} must hold NO, <30 and >30 alone")
    return table


def _column(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of the file as it goes into `X`."""
    name = str(column.name)
    if name in _NUMBERS:
        return pd.to_numeric(column).astype(np.float64)
    if name in _YES:
        return (column == _YES[name]).astype(np.float64)
    if name in _DIAGNOSES:
        return diagnosis_group(column)
    if name in _RECORDED:
        return column.astype("category")
    if name in _WORDS:
        if "None" in _WORDS[name]:
            column = column.fillna("None")  # the two versions of the file differ in it
        return categories(column.where(~column.isin(_UNKNOWN.get(name, []))), _WORDS[name])
    return categories(column, _DOSES)


def _band(age: pd.Series[Any]) -> pd.Series[Any]:
    decade = age.cat.codes
    names = ["under 50", "50 to 69", "70 and over"]
    words = [None if k < 0 else names[(k >= 5) + (k >= 7)] for k in decade]
    return categories(pd.Series(words, index=age.index, name="age_band", dtype=object), names)
