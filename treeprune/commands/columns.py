"""Columns of a table as a model from a file takes them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from treeprune.backends import read
from treeprune.commands.model_files import ModelFile
from treeprune.exceptions import PruningWarning, UnsupportedModelError
from treeprune.export.own_words import arrow_words, own_categories
from treeprune.pruners.native import is_scikit_learn

_NAMELESS = re.compile(r"Column_\d+")  # what LightGBM calls the columns of an array


def columns_for(
    file: ModelFile, table: pd.DataFrame, path: Path, others: Sequence[str] = ()
) -> pd.DataFrame:
    """Columns that a model knows, in its order and of the types that it takes.

    Parameters
    ----------
    file : ModelFile
    table : pandas.DataFrame
    path : pathlib.Path
        Where the table comes from, for messages.
    others : sequence of str
        Columns that are no features: outcome, weights, groups, and what the user leaves out.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        If a column is not there, or holds what the model does not take.
    """
    known = _known_names(file.model)
    names = _names_in(table, known, path, others, file.path.name)
    X = table[names].copy()
    if file.prepare is None:
        categories = _categories(file)
        for i, name in enumerate(names):
            if i in categories:
                X[name] = _as_category(X[name], categories[i], path, file)
            else:
                X[name] = _as_numbers(X[name], path, file)
    X = X if known is None else X.set_axis(known, axis=1)
    if file.prepare is not None:
        _check_prepared(file, X, path)
    return X


def check_takes(after: ModelFile, before: ModelFile, X: pd.DataFrame, path: Path) -> None:
    """Refuse a second model that does not take the columns of the first, and say what differs.

    Parameters
    ----------
    after, before : ModelFile
    X : pandas.DataFrame
        Features as the first takes them.
    path : pathlib.Path
        Where they come from.

    Raises
    ------
    ValueError
        With the names of both files.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the comparison itself warns
            after.named(X).answers(X[:1])
    except UnsupportedModelError:
        raise
    except (ValueError, TypeError) as error:
        own, given = _known_names(after.model) or [], list(X.columns)
        lacking = [name for name in own if name not in given]
        strange = [name for name in given if own and name not in own]
        parts = {"it needs": lacking, "it knows no": strange}
        said = " and ".join(f"{words} {_some(names)}" for words, names in parts.items() if names)
        raise ValueError(
            f"{after.path.name} does not take the columns of {path.name} that {before.path.name} was "
            f"trained on: {said or error}"
        ) from error


# ---------------------------------------------------------------------- names
def _known_names(model: Any) -> list[str] | None:
    """Names of the columns that a model was trained on; None where it was an array."""
    if is_scikit_learn(model):
        known = getattr(model, "feature_names_in_", None)
        return None if known is None else [str(name) for name in known]
    try:
        names = read(model).feature_names
    except UnsupportedModelError:
        return None
    if names is None or all(_NAMELESS.fullmatch(name) for name in names):
        return None
    return list(names)


def _names_in(
    table: pd.DataFrame, known: list[str] | None, path: Path, others: Sequence[str], model: str
) -> list[str]:
    """The table's own names for the columns of a model."""
    if known is None:
        return [name for name in table.columns if name not in others]
    own = {str(name): name for name in table.columns}
    blanks = {str(name).replace(" ", "_"): name for name in table.columns}  # LightGBM's underscores
    found = [own.get(name, blanks.get(name)) for name in known]
    missing = [name for name, there in zip(known, found, strict=True) if there is None]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise ValueError(
            f"{path.name} has no column {', '.join(map(repr, missing[:5]))}{more}, which the model needs"
        )
    left_out = [name for name in found if name in others]
    if left_out:
        raise ValueError(
            f"column {left_out[0]!r} of {path.name} is a feature of {model}: it cannot be left out, nor be "
            "the outcome, the weights or the groups"
        )
    return [str(name) for name in found]


# ---------------------------------------------------------------------- types
def _categories(file: ModelFile) -> dict[int, list[Any] | None]:
    """Columns that a model takes as categories, with those it knows (None: it is not said which)."""
    model = file.model
    if file.vendor == "lightgbm":
        return dict(own_categories(model))
    if file.vendor == "xgboost":
        booster = model.get_booster() if is_scikit_learn(model) else model
        types = booster.feature_types or []
        return {i: None for i, kind in enumerate(types) if kind == "c"} | {
            i: own.to_pylist() for i, own in arrow_words(booster).items()
        }
    flags = getattr(model, "is_categorical_", None)  # histogram boosting
    return {} if flags is None else {int(i): None for i in np.flatnonzero(flags)}


def _as_category(
    column: pd.Series[Any], known: list[Any] | None, path: Path, file: ModelFile
) -> pd.Series[Any]:
    found = column.astype("category")
    if known is None:
        return found
    made = found.cat.set_categories(known)
    strange = list(found[made.isna() & found.notna()].unique())
    if not strange:
        return made
    said = (
        f"column {column.name!r} of {path.name} holds {_some(strange)}, which {file.path.name} has never "
        f"seen: it knows {_some(known)}"
    )
    if file.vendor == "xgboost" or made.isna().all():  # XGBoost refuses one, and nobody wants none
        raise ValueError(said)
    warnings.warn(f"{said}; it goes where missing values go", PruningWarning, stacklevel=2)
    return made


def _as_numbers(column: pd.Series[Any], path: Path, file: ModelFile) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column
    present = column.dropna()
    numeric = pd.api.types.is_numeric_dtype(column.dtype)  # pandas' own and Arrow's, with missing values
    if numeric or (column.dtype == object and all(map(_is_number, present))):
        return pd.Series(
            [np.nan if missing else float(x) for x, missing in zip(column, column.isna(), strict=True)],
            index=column.index, name=column.name, dtype=np.float64,
        )  # fmt: skip
    words = [x for x in pd.unique(present) if pd.isna(pd.to_numeric(str(x), errors="coerce"))]
    held = f"{_some(words or list(present))} ({column.dtype})"
    raise ValueError(
        f"column {column.name!r} of {path.name} holds {held}, but {file.path.name} takes numbers there"
    )


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float, np.number, np.bool_, Decimal))


def _some(values: list[Any]) -> str:
    """A few of them."""
    return ", ".join(repr(str(x)) for x in values[:5]) + (", ..." if len(values) > 5 else "")


def _check_prepared(file: ModelFile, X: pd.DataFrame, path: Path) -> None:
    """Refuse rows that a pipeline does not take, and say which column it is where that can be told."""
    try:
        file.prepared(X)
    except (ValueError, TypeError) as error:
        said = f"the pipeline in {file.path.name} does not take the rows of {path.name}: {error}"
        for name, column in X.items():
            numeric = pd.api.types.is_numeric_dtype(column)
            if not numeric and any(repr(str(x)) in str(error) for x in column.dropna().unique()):
                said = f"column {name!r} of {path.name}: {said}"
        raise ValueError(said) from error
