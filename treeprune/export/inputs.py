"""What stands between a user's table and the numbers that the trees compare."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from treeprune.export.cuts import exact_cuts
from treeprune.export.own_words import holds_words_of_unknown_columns
from treeprune.export.vocabulary import Vocabulary, used_columns
from treeprune.model.ensemble import TreeEnsemble

UNPLACED = (
    "this LightGBM model holds the words of its categories and does not say of which columns, as where "
    "some were ordered categories, which it takes for numbers; say in categories what the table holds "
    "for the codes 0, 1, 2, ... of these columns (in Python), or train it on categories without an order"
)


def missing_between(model: Any, ensemble: TreeEnsemble) -> tuple[float, float] | None:
    """Numbers that a model takes for missing (XGBoost's ``missing=-999``).

    Parameters
    ----------
    model : object
    ensemble : TreeEnsemble

    Returns
    -------
    (float, float) or None
        A number above the first and up to the second is missing: those that round to the model's code.
    """
    code = getattr(model, "missing", None)
    if not isinstance(code, Real) or np.isnan(float(code)):
        return None
    with np.errstate(over="ignore"):
        seen = np.array([np.dtype(ensemble.input_dtype).type(code)], np.float64)
    low, high = (exact_cuts(seen, sign, ensemble.input_dtype)[0] for sign in ("<", "<="))
    return float(np.nan_to_num(low, nan=-np.inf)), float(high)


def numbers_categories(model: Any) -> bool:
    """Whether a model turns categories into codes of its own, so that tables do not hold what trees see.

    Parameters
    ----------
    model : object

    Returns
    -------
    bool
    """
    if getattr(model, "_preprocessor", None) is not None:  # HistGradientBoosting's own encoder
        return True
    booster = getattr(model, "booster_", getattr(model, "_Booster", model))
    if getattr(booster, "pandas_categorical", None):  # LightGBM
        return True
    own = booster.get_categories() if hasattr(booster, "get_categories") else None  # XGBoost
    return own is not None and not own.empty()


def check_categories(model: Any, ensemble: TreeEnsemble, words: Vocabulary) -> None:
    """Refuse an export whose table would hold other numbers for categories than the trees know.

    Parameters
    ----------
    model : object
        An ensemble stands for itself: its input are codes.
    ensemble : TreeEnsemble
    words : Vocabulary

    Raises
    ------
    ValueError
    """
    if isinstance(model, TreeEnsemble):
        return
    if not words.categories and holds_words_of_unknown_columns(model):
        raise ValueError(UNPLACED)
    bare = [f for f in used_columns(ensemble, by_category=True) if f not in words.categories]
    if bare and numbers_categories(model):
        names = [words.names[f] for f in bare]
        raise ValueError(
            f"the model numbers the categories of {names} itself and does not say what they are called "
            "(XGBoost's does where pyarrow is installed and all words are plain ASCII); say in categories "
            "what the table holds for its codes 0, 1, 2, ..., in the model's order (or export "
            "treeprune.backends.read(model) for a table that holds these codes)"
        )
