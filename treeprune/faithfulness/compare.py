"""Two models side by side."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from treeprune.evidence.attributions import rows_of
from treeprune.evidence.comparison import Comparison
from treeprune.evidence.pair import Pair
from treeprune.exceptions import PruningWarning
from treeprune.faithfulness.registry import Judged, metrics
from treeprune.pruners.native import check_columns
from treeprune.pruners.parameters import check_whole_number
from treeprune.pruners.unwrap import native_of
from treeprune.statistics.rows import take_rows
from treeprune.statistics.weights import check_weights
from treeprune.statistics.words import hash_rows

_MOST_SHARED = 0.5
"""Share of rows beyond which they are not those of other patients who happen to be alike."""


def compare(
    before: Any,
    after: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    background: Any = None,
    subgroups: Any = None,
    thresholds: Any = 0.5,
    margin: float = 0.02,
    retrain: tuple[Any, Any] | None = None,
    n_retrains: int = 5,
    min_count: int = 11,
    n_resamples: int = 200,
    random_state: int = 0,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> Comparison:
    """Compare a model before and after pruning on rows that neither was trained on.

    The metrics are worked out at once, the sections of the result when they are first asked for.

    Parameters
    ----------
    before, after : object
        Fitted models that predict the same thing: trees, linear models, pipelines, anything with
        scikit-learn's methods. A `FrozenEstimator` stands for the model in it, a fitted pruner for its
        pruned model.
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    y : array-like, shape (n_rows,) or (n_rows, n_targets)
        One target may also come as a column.
    sample_weight : array-like of shape (n_rows,), optional
        A row of weight 0 is no row: nothing is predicted for it.
    background : table, optional
        Rows that stand for what is not known, in attributions, best of those trained on; by default some of
        X.
    subgroups : dataframe, mapping or array-like with n_rows rows, optional
        Columns to make subgroups of.
    thresholds : float or sequence of float, default=0.5
        Probabilities at which something is done: labels flip there.
    margin : float, default=0.02
        By which the model after may be worse in AUC (in R squared, for numbers).
    retrain : (X, y), optional
        Training rows. The model before is then trained anew on bootstraps of them, to see how far it is
        from itself: the floor that gates are held against. An XGBoost model that was read from a file needs
        its parameters first (``set_params``): the file does not hold them. By default the floor is that of
        attributions against halves of the background.
    n_retrains : int, default=5
    min_count : int, default=11
        Regions and subgroups of fewer rows are not shown.
    n_resamples : int, default=200
        Of bootstraps, in subgroups and decision curves.
    random_state : int, default=0
    n_jobs : int, optional
        Threads, after joblib's convention.
    verbose : bool, default=False
        Show the progress of training anew.

    Returns
    -------
    Comparison
        A metric that the rows or the model do not define is NaN.

    Raises
    ------
    ValueError
        If the two models do not predict the same thing, the numbers of rows differ, the columns are
        not those of a model, or the weights or a parameter are not legal.
    UnsupportedModelError
        If a model is neither a classifier nor a regressor, nor trees.

    Warns
    -----
    PruningWarning
        If more than half of the rows are among those of `retrain`.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import compare
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> large = DecisionTreeClassifier(random_state=0).fit(X[::2], y[::2])
    >>> small = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X[::2], y[::2])
    >>> comparison = compare(large, small, X[1::2], y[1::2])
    >>> comparison.after["nodes"]
    7
    """
    y = np.asarray(y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    weights = check_weights(sample_weight, len(y))
    check_consistent_length(X, y)
    options = _options(
        thresholds, margin, retrain, n_retrains, min_count, n_resamples, random_state, subgroups, len(y)
    )
    if retrain is not None:
        _warn_of_training_rows(X, retrain[0])
    present = np.flatnonzero(weights)
    if len(present) < len(y):
        options["subgroups"] = rows_of(options["subgroups"], present)
        X, y, weights = take_rows(X, present), y[present], weights[present]
    a, b = (Judged(native_of(model), X, y, weights) for model in (before, after))
    for judged in (a, b):
        # LightGBM goes by the places of columns, whatever their names
        check_columns(judged.model, judged.native.table(X))
        if hasattr(X, "columns") and judged.structure == "trees":
            judged.native.rows(take_rows(X, np.arange(1)))  # types of columns are refused in our words
    same_classes = all(np.array_equal(p, q) for p, q in zip(a.labels, b.labels, strict=False))
    alike = a.kind == b.kind and a.n_targets == b.n_targets and len(a.labels) == len(b.labels)
    if not alike or not same_classes:
        raise ValueError(
            f"the models do not predict the same thing: {a.kind} of {a.n_targets} outcomes before, "
            f"{b.kind} of {b.n_targets} after" + ("" if same_classes else ", of other classes")
        )
    known = [metric for metric in metrics().values() if metric.suits(a) or metric.suits(b)]
    return Comparison(
        before={m.name: m.compute(a) for m in known if not m.pair and m.suits(a)},
        after={m.name: m.compute(b) for m in known if not m.pair and m.suits(b)},
        between={m.name: m.compute(a, b) for m in known if m.pair and m.suits(a) and m.suits(b)},
        n_rows=len(y),
        pair=Pair(
            before=a, after=b, models=(before, after), background=background, n_jobs=n_jobs,
            verbose=verbose, **options,
        ),
    )  # fmt: skip


def _warn_of_training_rows(X: Any, trained_on: Any) -> None:
    shared = float(np.isin(hash_rows(X), hash_rows(trained_on)).mean())
    if shared > _MOST_SHARED:
        warnings.warn(
            f"{shared:.0%} of the rows that judge are equal to training rows: they flatter a model that "
            "has learnt them; give rows that neither model has seen",
            PruningWarning,
            stacklevel=3,
        )


def _options(
    thresholds: Any,
    margin: Any,
    retrain: Any,
    n_retrains: Any,
    min_count: Any,
    n_resamples: Any,
    random_state: Any,
    subgroups: Any,
    n_rows: int,
) -> dict[str, Any]:
    """What was asked, checked before any work."""
    cuts = tuple(float(cut) for cut in np.atleast_1d(np.asarray(thresholds, np.float64)))
    if not cuts or not all(0 < cut < 1 for cut in cuts):
        raise ValueError(f"thresholds must be probabilities between 0 and 1, got {thresholds!r}")
    if isinstance(margin, bool) or not isinstance(margin, Real) or not 0 <= float(margin) < np.inf:
        raise ValueError(f"margin must be a number >= 0, got {margin!r}")
    for name, number, least in (
        ("n_retrains", n_retrains, 1),
        ("min_count", min_count, 1),
        ("n_resamples", n_resamples, 20),
    ):
        check_whole_number(name, number, least)
    if retrain is not None:
        if not isinstance(retrain, tuple) or len(retrain) != 2:
            raise ValueError("retrain must be a pair (X, y) of training rows and outcomes")
        check_consistent_length(*retrain)
    if isinstance(subgroups, Mapping):
        for column in subgroups.values():
            check_consistent_length(column, np.empty(n_rows))
    elif subgroups is not None:
        if len(getattr(subgroups, "shape", None) or np.shape(subgroups)) != 2:
            raise TypeError(
                "subgroups must be columns, with a value for each row: a table such as X[['sex']], or a "
                "dict of arrays; not names of columns, nor one column by itself"
            )
        check_consistent_length(subgroups, np.empty(n_rows))
    return {
        "thresholds": cuts, "margin": float(margin), "retrain": retrain, "n_retrains": int(n_retrains),
        "min_count": int(min_count), "n_resamples": int(n_resamples), "random_state": int(random_state),
        "subgroups": subgroups,
    }  # fmt: skip
