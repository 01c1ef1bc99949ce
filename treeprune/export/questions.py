"""What a split asks, with every rule of the model spelled out: the one form that all exports write down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from treeprune.backends import read
from treeprune.backends.linear import is_linear
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.cuts import exact_cuts, model_cuts
from treeprune.export.last_step import LAST_STEP
from treeprune.model.ensemble import (
    LEAF,
    MISSING_IS_ZERO,
    ZERO_IS_MISSING,
    ZERO_LIMIT,
    Array,
    TreeEnsemble,
)
from treeprune.model.validate import validate


@dataclass(frozen=True)
class Question:
    """A split, for inputs in double precision.

    Parameters
    ----------
    feature : int
    cut : float
        A number goes left where it is at or below this; infinite where all do, NaN where none does.
    missing_left : bool
        Where a missing value goes.
    zero : float or None
        Numbers from minus this to this are missing.
    codes : tuple of int or None
        Categories that go left; None for a split on numbers.
    n_codes : int
        Codes from 0 to below this are known.
    others_left : bool
        Where unknown codes go.
    """

    feature: int
    cut: float
    missing_left: bool
    zero: float | None = None
    codes: tuple[int, ...] | None = None
    n_codes: int = 0
    others_left: bool = False


def as_ensemble(model: Any) -> TreeEnsemble:
    """Trees of a model, or the ensemble itself after it was checked.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble

    Returns
    -------
    TreeEnsemble

    Raises
    ------
    UnsupportedModelError
        If it is a pipeline or a linear model, or of no supported family.
    """
    if isinstance(model, Pipeline):
        raise UnsupportedModelError(
            "this export holds a model of trees and no steps of a pipeline before it; "
            f"{LAST_STEP}, or try the whole pipeline as ONNX or C"
        )
    if is_linear(model):
        raise UnsupportedModelError(
            f"this export holds trees, and {type(model).__name__} has none; ONNX and C hold linear models"
        )
    return validate(model) if isinstance(model, TreeEnsemble) else read(model)


def category_codes(ensemble: TreeEnsemble, chosen: int) -> Array:
    """Codes in a category set, ascending; int64."""
    e = ensemble
    words = e.category_word[e.category_offset[chosen] : e.category_offset[chosen + 1]]
    bits = (words[:, None] >> np.arange(32, dtype=np.uint32)) & np.uint32(1)
    return np.flatnonzero(bits.ravel()[: int(e.category_count[chosen])])


def questions(ensemble: TreeEnsemble) -> list[Question | None]:
    """What each node asks.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    list of Question or None
        None at the leaves.
    """
    e = ensemble
    cut = model_cuts(e)
    zero = float(exact_cuts(np.array([ZERO_LIMIT]), "<=", e.input_dtype)[0])
    asked: list[Question | None] = []
    for node, f in enumerate(e.feature.tolist()):
        default, chosen = bool(e.default_left[node]), int(e.category_set[node])
        if f == LEAF:
            asked.append(None)
        elif chosen != LEAF:
            others = default if e.unknown_category == "default" else e.unknown_category == "left"
            codes = tuple(category_codes(e, chosen).tolist())
            n = int(e.category_count[chosen])
            asked.append(Question(f, 0.0, default, codes=codes, n_codes=n, others_left=others))
        else:
            rule, own = e.missing[node], float(cut[node])
            missing_left = own >= 0 if rule == MISSING_IS_ZERO else default
            asked.append(Question(f, own, missing_left, zero if rule == ZERO_IS_MISSING else None))
    return asked


def leaf_terms(ensemble: TreeEnsemble) -> Array:
    """What each node adds to the sum: values times the tree's factor, in the model's own precision.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    ndarray of float64, shape (n_nodes, n_columns)
        Of a median, whose factors are no part of its terms, the values.
    """
    e = ensemble
    if e.aggregation == "median":
        return e.value
    dtype = np.dtype(e.output_dtype)
    factor = np.repeat(e.weight.astype(dtype), np.diff(e.root))[:, None]
    terms: Array = (e.value.astype(dtype) * factor).astype(np.float64)
    return terms


def branches(ensemble: TreeEnsemble, tree: int, depth: int) -> Iterator[tuple[int, int]]:
    """Cut a tree into branches that are no deeper than engines can nest.

    Parameters
    ----------
    ensemble : TreeEnsemble
    tree : int
    depth : int
        Splits above each other in a branch, at the most.

    Yields
    ------
    level : int
        How many branches stand above.
    node : int
        Root of the branch; parents come first.
    """
    e, own = ensemble, ensemble.tree(tree)
    at = {own.start: 0}
    for node in range(own.start, own.stop):
        deep = at.pop(node)
        if deep % depth == 0 and (deep == 0 or e.left[node] != LEAF):
            yield deep // depth, node
        if e.left[node] != LEAF:
            at[int(e.left[node])] = at[int(e.right[node])] = deep + 1
