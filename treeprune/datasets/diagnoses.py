"""ICD-9 codes in nine groups."""

from __future__ import annotations

from typing import Any

import pandas as pd

GROUPS = (
    "circulatory",
    "respiratory",
    "digestive",
    "diabetes",
    "injury",
    "musculoskeletal",
    "genitourinary",
    "neoplasms",
    "other",
)

_RANGES = (
    ("circulatory", 390, 459),
    ("circulatory", 785, 785),
    ("respiratory", 460, 519),
    ("respiratory", 786, 786),
    ("digestive", 520, 579),
    ("digestive", 787, 787),
    ("diabetes", 250, 250),
    ("injury", 800, 999),
    ("musculoskeletal", 710, 739),
    ("genitourinary", 580, 629),
    ("genitourinary", 788, 788),
    ("neoplasms", 140, 239),
)


def diagnosis_group(codes: pd.Series[Any]) -> pd.Series[Any]:
    """Group ICD-9 codes as Strack et al. (2014, table 2) do.

    Parameters
    ----------
    codes : pandas.Series of str
        Such as ``"250.83"``, ``"428"``, ``"V57"``; missing where there is no diagnosis.

    Returns
    -------
    pandas.Series of category
        One of `GROUPS`. Supplementary codes (E, V) are ``"other"``.

    References
    ----------
    B. Strack et al., Impact of HbA1c measurement on hospital readmission rates, BioMed Research
    International 2014, 781670.
    """
    chapter = pd.to_numeric(codes, errors="coerce") // 1
    group = pd.Series("other", index=codes.index, dtype=object)
    for name, first, last in _RANGES:
        group[chapter.between(first, last)] = name
    known = group.where(codes.notna())
    return pd.Series(pd.Categorical(known, categories=GROUPS), index=codes.index, name=codes.name)
