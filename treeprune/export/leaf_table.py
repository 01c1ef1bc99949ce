"""A single tree as a table: who comes to each leaf, what became of them, what the model says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from treeprune.backends import encode
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.describe import Phrases, leaves_of, node_regions
from treeprune.export.intervals import effective_rows, mean_interval, wilson_interval
from treeprune.export.leaves import check_single, leaf_answers
from treeprune.export.questions import as_ensemble
from treeprune.export.vocabulary import Categories, Vocabulary, vocabulary
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import leaf_index
from treeprune.statistics.rows import dense, model_rows
from treeprune.statistics.target import encode_target, n_answers
from treeprune.statistics.weights import check_weights

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, Array]


def leaf_table(
    model: Any,
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    teacher: Any = None,
    min_count: int | None = None,
    feature_names: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    categories: Categories | None = None,
    class_names: Sequence[Any] | None = None,
    missing: bool = True,
) -> pd.DataFrame:
    """Table of the leaves of a single tree on some rows.

    Parameters
    ----------
    model : fitted model of a registered family, or TreeEnsemble
        Of one tree and one outcome.
    X : table, shape (n_rows, n_features)
        As the model takes it; numbers alone for an ensemble.
    y : array-like, shape (n_rows,), optional
        Outcomes.
    sample_weight : array-like, shape (n_rows,), optional
        Rows of no weight are not there.
    teacher : array-like, shape (n_rows,) or (n_rows, n_answers), optional
        What another model says of the rows: probabilities (of two classes, those of the second will do) or
        numbers.
    min_count : int, optional
        Counts from 1 to below this become ``"<11"`` (for 11). Where a leaf, or a class in it, is so small,
        its other counts, weights, shares and intervals go too. What stays can still tell: whoever knows the
        totals can take a difference if one leaf alone is hidden, and on its own training rows the model's
        answer is the hidden share; there, give held-out rows.
    feature_names, units, categories, class_names, missing
        As for `to_rules`.

    Returns
    -------
    pandas.DataFrame
        A row for each leaf, from left to right: ``leaf`` (its number in the native tree), ``condition``,
        ``n``, ``weight``; with classes ``n_<class>`` each, and of two ``share`` of the second, ``low`` and
        ``high``, of more ``share_<class>``, ``low_<class>``, ``high_<class>``; with numbers ``mean``,
        ``sd``, ``low``, ``high``; then ``teacher`` and ``model`` (``_<class>`` for more than two).

    Raises
    ------
    UnsupportedModelError
        If the model has several trees or outcomes.
    ValueError
        If rows, outcomes, weights and names do not fit each other.

    Notes
    -----
    Intervals are for 95 %: Wilson's for shares, Student's for means. Weighted rows count as their effective
    number, (sum of weights) ** 2 / (sum of their squares) (Kish 1965).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.export.leaf_table import leaf_table
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> tree = DecisionTreeClassifier(max_leaf_nodes=3, random_state=0).fit(X, y)
    >>> leaf_table(tree, X, y, missing=False)[["n", "n_1", "share", "low"]].round(2)
         n  n_1  share   low
    0  333  328   0.98  0.97
    1   46   18   0.39  0.26
    2  190   11   0.06  0.03
    """
    import pandas as pd

    e = as_ensemble(model)
    check_single(e, "a table of leaves")
    if len(e.columns) > 1:
        raise UnsupportedModelError(f"a leaf table is about one outcome, this model has {len(e.columns)}")
    if min_count is not None and min_count < 1:
        raise ValueError(f"min_count must be at least 1, got {min_count}")
    words = vocabulary(
        e, feature_names=feature_names, units=units, categories=categories, class_names=class_names
    )
    matrix = model_rows(e, X if isinstance(model, TreeEnsemble) else encode(model, X), None)
    weight = check_weights(sample_weight, matrix.shape[0])
    leaves = leaves_of(e, 0)
    place = np.zeros(e.n_nodes, np.int64)
    place[leaves] = np.arange(len(leaves))
    at = place[leaf_index(e, dense(matrix, e.absent))[0]]
    regions, phrases = node_regions(e, 0), Phrases(words, e.comparison == "<", missing)
    columns: Columns = {
        "leaf": e.node_id[leaves].astype(np.int64),
        "condition": np.array(["; ".join(phrases.conditions(regions[leaf])) for leaf in leaves], object),
        "n": np.bincount(at[weight > 0], minlength=len(leaves)),
        "weight": np.bincount(at, weight, len(leaves)),
    }
    if y is not None:
        columns |= _outcomes(e, words, y, at, weight, len(leaves))
    if teacher is not None:
        columns |= _by_class("teacher", e, words, _teacher_means(e, teacher, at, weight, len(leaves)))
    columns |= _by_class("model", e, words, leaf_answers(e, leaves))
    if min_count is not None:
        _suppress(columns, min_count)
    # by their own types: pandas would make text of a column that holds some
    return pd.DataFrame({name: pd.Series(own, dtype=own.dtype) for name, own in columns.items()})


def _by_class(what: str, e: TreeEnsemble, words: Vocabulary, numbers: Array) -> Columns:
    """Columns of answers: of two classes the second alone."""
    if numbers.shape[1] == 1 or (e.task == "classification" and numbers.shape[1] == 2):
        return {what: numbers[:, -1]}
    return {f"{what}_{name}": own for name, own in zip(words.classes[0], numbers.T, strict=True)}


def _sums(at: Array, values: Array, n_leaves: int) -> Array:
    return np.bincount(at, values, n_leaves)


def _means(at: Array, values: Array, weight: Array, n_leaves: int) -> Array:
    total = _sums(at, weight, n_leaves)
    return _sums(at, weight * values, n_leaves) / np.where(total > 0, total, np.nan)


def _outcomes(
    e: TreeEnsemble, words: Vocabulary, y: Any, at: Array, weight: Array, n_leaves: int
) -> Columns:
    target = encode_target(e, y)
    if len(target) != len(at):
        raise ValueError(f"X has {len(at)} rows, but there are {len(target)} outcomes")
    rows = effective_rows(_sums(at, weight, n_leaves), _sums(at, weight**2, n_leaves))
    if target.codes is None:
        assert target.numbers is not None
        return _numbers(target.numbers[:, 0], at, weight, rows)
    code, names = target.codes[:, 0], words.classes[0]
    columns: Columns = {}
    for k, name in enumerate(names):
        columns[f"n_{name}"] = np.bincount(at[(weight > 0) & (code == k)], minlength=n_leaves)
    for k, name in enumerate(names):
        if len(names) == 2 and k == 0:
            continue
        end = "" if len(names) == 2 else f"_{name}"
        share = _means(at, (code == k).astype(float), weight, n_leaves)
        low, high = wilson_interval(share, rows)
        columns |= {f"share{end}": share, f"low{end}": low, f"high{end}": high}
    return columns


def _numbers(y: Array, at: Array, weight: Array, rows: Array) -> Columns:
    n_leaves = len(rows)
    mean = _means(at, y, weight, n_leaves)
    squares = _means(at, (y - mean[at]) ** 2, weight, n_leaves)  # centred first
    several = rows > 1
    freedom = np.where(several, rows / np.where(several, rows - 1, 1.0), np.nan)
    deviation = np.sqrt(squares * freedom)
    low, high = mean_interval(mean, deviation, rows)
    return {"mean": mean, "sd": deviation, "low": low, "high": high}


def _teacher_means(e: TreeEnsemble, teacher: Any, at: Array, weight: Array, n_leaves: int) -> Array:
    said = np.asarray(teacher, np.float64)
    said = said[:, None] if said.ndim == 1 else said
    wanted = n_answers(e)
    fits = said.ndim == 2 and (said.shape[1] == wanted or (wanted == 2 and said.shape[1] == 1))
    if not fits or len(said) != len(at):
        raise ValueError(
            f"teacher must hold {wanted} numbers for each of the {len(at)} rows, got shape {said.shape}"
        )
    if not np.isfinite(said).all():
        raise ValueError("teacher holds NaN or infinity")
    return np.column_stack([_means(at, own, weight, n_leaves) for own in said.T])


_TELLS_NOTHING = ("leaf", "condition", "model")


def _suppress(columns: Columns, least: int) -> None:
    """Hide small counts, and whatever they could be computed from."""
    few = _small(columns["n"], least)
    counts = [name for name in columns if name.startswith("n_")]
    small = np.any([few, *(_small(columns[name], least) for name in counts)], axis=0)
    for name, own in columns.items():
        if name.startswith(_TELLS_NOTHING):
            continue
        shown = own.astype(object)
        if name != "n":  # the size of a leaf that is large enough may stand beside hidden classes
            shown[small] = None
        if name == "n" or name in counts:
            shown[_small(own, least) & (~few if name != "n" else few)] = f"<{least}"
        columns[name] = shown


def _small(counts: Array, least: int) -> Array:
    small: Array = (counts > 0) & (counts < least)
    return small
