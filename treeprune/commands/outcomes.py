"""The outcome in the terms of a model from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from treeprune.commands.model_files import ModelFile
from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native


def outcome_for(file: ModelFile, column: pd.Series[Any], path: Path, positive: str | None = None) -> Array:
    """Labels or numbers as the model predicts them.

    Parameters
    ----------
    file : ModelFile
    column : pandas.Series
        Without missing values.
    path : pathlib.Path
        Where it comes from, for messages.
    positive : str, optional
        Label that counts as the second of two classes.

    Returns
    -------
    ndarray, shape (n_rows,)

    Raises
    ------
    ValueError
        If the column holds something else than the model predicts.
    """
    if file.classifies:
        return _labels(file, column, path, positive)
    if positive is not None:
        raise ValueError(f"--positive is for models of two classes; {file.path.name} predicts numbers")
    try:
        return np.asarray(pd.to_numeric(column), np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"column {column.name!r} of {path.name} holds {_listed(column.unique())}, but {file.path.name} "
            "predicts numbers"
        ) from error


def _labels(file: ModelFile, column: pd.Series[Any], path: Path, positive: str | None) -> Array:
    known = np.asarray(Native(file.last).classes)
    held = {_text(label): label for label in column.unique()}
    if positive is not None:
        if len(known) != 2 or len(held) > 2:
            raise ValueError(
                f"--positive is for outcomes of two labels; column {column.name!r} of {path.name} has "
                f"{len(held)}, and {file.path.name} predicts {len(known)} classes"
            )
        if positive not in held:
            raise ValueError(
                f"column {column.name!r} of {path.name} holds no {positive!r}, but {_listed(held)}"
            )
        return known[[int(_text(label) == positive) for label in column]]
    place = {_text(label): i for i, label in enumerate(known)}
    if known.dtype.kind in "iuf":  # yes and no of a table are 1 and 0 of a model
        place |= {yes: place[one] for yes, one in (("True", "1"), ("False", "0")) if one in place}
    strangers = [label for label in held if label not in place]
    if strangers:
        two = len(known) == 2 and len(held) <= 2
        hint = f"; say which label counts as {_text(known[1])} by --positive LABEL" if two else ""
        raise ValueError(
            f"column {column.name!r} of {path.name} holds {_listed(strangers)}, but {file.path.name} "
            f"predicts {_listed(known)}{hint}"
        )
    return known[[place[_text(label)] for label in column]]


def _text(label: Any) -> str:
    """What a label says, whatever its type: 1.0 of a column with missing values is 1."""
    number = isinstance(label, (float, np.floating)) and float(label).is_integer()
    return str(int(label)) if number else str(label)


def _listed(labels: Any) -> str:
    shown = [_text(label) for label in list(labels)[:5]]
    return ", ".join(shown) + (", ..." if len(labels) > 5 else "")
