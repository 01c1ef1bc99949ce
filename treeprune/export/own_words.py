"""What a model itself knows of its categories: which word is which number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from treeprune.export.vocabulary import Categories, Vocabulary, plain, used_columns, vocabulary
from treeprune.model.ensemble import TreeEnsemble

CODES_MARK = "Categories are the model's own numbers."
"""Line at the head of a text whose rows hold numbers where the model's table may hold words."""


def own_categories(model: Any) -> dict[int, list[Any]]:
    """Columns whose categories a model numbers itself, with what stands for the codes 0, 1, 2, ...

    Parameters
    ----------
    model : object
        LightGBM writes the categories of a pandas frame into its files, XGBoost since 3.1 (read by
        pyarrow, and where all are plain ASCII), histogram boosting has an encoder of its own. Of others
        nothing is known.

    Returns
    -------
    dict of int to list
        Column -> words or numbers. Empty also where a model holds words and does not say of which columns:
        LightGBM's where columns of ordered categories, which it takes for numbers, were among them.
    """
    if isinstance(model, TreeEnsemble):
        return {}
    if getattr(model, "_preprocessor", None) is not None:
        return _of_histogram_boosting(model)
    booster = getattr(model, "booster_", getattr(model, "_Booster", model))
    if getattr(booster, "pandas_categorical", None):
        return _of_lightgbm(booster)
    return _of_xgboost(booster)


def holds_words_of_unknown_columns(model: Any) -> bool:
    """Whether a model of LightGBM holds words and does not say of which columns.

    Parameters
    ----------
    model : object

    Returns
    -------
    bool
    """
    booster = getattr(model, "booster_", model)
    return bool(getattr(booster, "pandas_categorical", None)) and not own_categories(model)


def _of_histogram_boosting(model: Any) -> dict[int, list[Any]]:
    columns = np.flatnonzero(model.is_categorical_).tolist()
    found = model._preprocessor.named_transformers_["encoder"].categories_
    # a missing value among them has the last place, and is no category to the trees
    words = [[word for word in own.tolist() if not pd.isna(word)] for own in found]
    return dict(zip(columns, words, strict=True))


def _of_lightgbm(booster: Any) -> dict[int, list[Any]]:
    """LightGBM holds lists in the order of columns, and apart from them which columns were categories."""
    known = booster.pandas_categorical
    text = booster.model_to_string(num_iteration=1)
    given = re.search(r"^\[categorical_feature: ([\d,]+)\]$", text, re.MULTILINE)
    columns = sorted(map(int, given[1].split(","))) if given else []
    seen = re.search(r"^feature_infos=(.*)$", text, re.MULTILINE)
    infos = seen[1].split(" ") if seen else []
    if len(columns) != len(known) or not all(
        _fits(infos[f], len(own)) for f, own in zip(columns, known, strict=True)
    ):
        return {}
    return dict(zip(columns, known, strict=True))


def _fits(info: str, n: int) -> bool:
    """Whether the codes that LightGBM has seen in a column are those of so many words."""
    return info == "none" or ("[" not in info and all(int(code) < n for code in info.split(":")))


def arrow_words(booster: Any) -> dict[int, Any]:
    """Words of an XGBoost model as Arrow's arrays; before 3.1, or without pyarrow, nothing is known.

    Parameters
    ----------
    booster : object

    Returns
    -------
    dict of int to pyarrow.Array
    """
    if not hasattr(booster, "get_categories"):
        return {}
    try:
        exported = booster.get_categories(export_to_arrow=True).to_arrow()
    except ImportError:
        return {}
    return {i: own for i, (_, own) in enumerate(exported or []) if own is not None}


def _of_xgboost(booster: Any) -> dict[int, list[Any]]:
    """Of pandas frames XGBoost 3.2 cuts words by characters where it means bytes: they are then others."""
    found = {}
    for f, own in arrow_words(booster).items():
        try:
            words = own.to_pylist()
        except UnicodeDecodeError:
            continue
        if all(str(word).isascii() for word in words):
            found[f] = words
    return found


def words_of(
    model: Any,
    ensemble: TreeEnsemble,
    *,
    feature_names: Iterable[str] | None = None,
    categories: Categories | None = None,
) -> Vocabulary:
    """Words of an export whose table is as the model takes it: the user's, else the model's own.

    Parameters
    ----------
    model : object
    ensemble : TreeEnsemble
        What it holds.
    feature_names, categories
        See `treeprune.export.vocabulary.vocabulary`.

    Returns
    -------
    Vocabulary

    Raises
    ------
    ValueError, TypeError
        See there.
    """
    names = None if feature_names is None else tuple(feature_names)
    bare = vocabulary(ensemble, feature_names=names, categories=categories)
    used = ensemble.used_features().tolist()
    own = {bare.names[f]: words for f, words in own_categories(model).items() if f in used and words}
    return vocabulary(ensemble, feature_names=names, categories={**own, **(categories or {})})


def code_lines(ensemble: TreeEnsemble, words: Vocabulary) -> list[str]:
    """`CODES_MARK`, where splits look at categories that have no words."""
    bare = set(used_columns(ensemble, by_category=True)) - set(words.categories)
    return [CODES_MARK] if bare else []


def holds_codes(export: str) -> bool:
    """Whether `CODES_MARK` stands at the head of a text."""
    return any(line.endswith(CODES_MARK) for line in export.split("\n", 5)[:5])


def table_of_codes(names: Iterable[str], words: dict[int, list[Any]], used: Iterable[int]) -> list[str]:
    """Which word is which number, one line a column that the model looks at.

    Parameters
    ----------
    names : iterable of str
        Of all columns.
    words : dict of int to list
        From `own_categories`.
    used : iterable of int

    Returns
    -------
    list of str
        Such as ``ward: 0 = medicine, 1 = surgery``.
    """
    every = list(names)
    return [
        f"{plain(every[f])}: {', '.join(f'{code} = {plain(word)}' for code, word in enumerate(words[f]))}"
        for f in sorted(words)
        if f in set(used)
    ]
