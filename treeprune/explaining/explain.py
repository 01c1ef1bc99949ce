"""Attributions of any model by the best route there is."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from treeprune.backends.linear import is_linear
from treeprune.backends.registry import check_supported
from treeprune.exceptions import ModelMismatchError, UnsupportedModelError
from treeprune.explaining.general_route import by_asking
from treeprune.explaining.linear_route import by_coefficients
from treeprune.explaining.record import Attributions, Output
from treeprune.explaining.tree_route import by_trees
from treeprune.model.ensemble import Array
from treeprune.pruners.column_groups import column_names
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import Native, check_columns, is_scikit_learn
from treeprune.pruners.unwrap import bare_model, native_of
from treeprune.statistics.rows import take_rows

_BACKGROUND = 100
"""Rows of a background that is not given."""


def explain(
    model: Any,
    X: Any,
    background: Any = None,
    *,
    output: Output = "raw",
    random_state: int = 0,
    n_jobs: int | None = None,
) -> Attributions:
    """SHAP values of any fitted model, checked against what the model itself says.

    Trees (of every family that treeprune reads) are explained exactly by kernels of our own, linear models
    by their coefficients, all others by shap's explainers. The values of a row add up to the output of the
    native model, which is asked: shap compares with a copy that it made itself, and several models are
    wrong there.

    Parameters
    ----------
    model : object
        Fitted. A `FrozenEstimator` stands for the model in it, a fitted pruner for its pruned model.
    X : table, shape (n_rows, n_features)
        Rows to explain.
    background : table, optional
        Rows that stand for what is not known. By default trees go by the training rows that reached each
        node, and other models by at most 100 rows of X.
    output : {"raw", "probability"}, default="raw"
        Raw is what stands before the link: log odds of boosted and linear models, shares of forests.
    random_state : int, default=0
        Of permutations.
    n_jobs : int, optional
        Threads, after joblib's convention.

    Returns
    -------
    Attributions

    Raises
    ------
    UnsupportedModelError
        If the model answers nothing that could be explained.
    ModelMismatchError
        If the values do not add up to the output of the native model.
    ValueError
        If the columns are not those of the model, or the background is empty.

    Notes
    -----
    S. Lundberg, S. Lee, A unified approach to interpreting model predictions, NIPS 2017; S. Lundberg et
    al., From local explanations to global understanding with explainable AI for trees, Nature Machine
    Intelligence 2, 2020. Values by cover and against a background answer different questions: compare like
    with like.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from treeprune import explain
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = HistGradientBoostingClassifier(max_iter=10).fit(X, y)
    >>> found = explain(model, X[:5], X[100:200])
    >>> bool(np.allclose(found.base + found.phi.sum(axis=1), model.decision_function(X[:5])))
    True
    """
    if output not in ("raw", "probability"):
        raise ValueError(f'output must be "raw" or "probability", got {output!r}')
    X, background = _as_table(X), None if background is None else _as_table(background)
    if background is not None and background.shape[0] == 0:
        raise ValueError("the background has no rows")
    native = native_of(model)
    _check_model_columns(native, X)
    names = column_names(X, X.shape[1])
    if _is_trees(native) and _explains_trees(native, output):
        try:
            return by_trees(native, X, background, output, names, n_jobs)
        except UnsupportedModelError:
            pass  # a median: no sum of trees
    bare = bare_model(model)
    if background is None:
        some = np.linspace(0, X.shape[0] - 1, min(_BACKGROUND, X.shape[0])).astype(np.int64)
        background = take_rows(X, some)
    if output == "raw" and is_linear(last_step(bare)):
        try:
            return by_coefficients(bare, X, background, names)
        except UnsupportedModelError:
            pass  # a step that nobody can look into
    if not is_scikit_learn(bare) and not (output == "probability" and _is_trees(native)):
        raise UnsupportedModelError(
            f"{type(bare).__name__} cannot be explained on this scale; put it into a model with "
            "scikit-learn's methods, or "
            'ask for output="raw"'
        )
    found = by_asking(bare if is_scikit_learn(bare) else native, X, background, output, names, random_state)
    if found.residual > 1e-5 * max(found.output_range, 1e-9) + 1e-9:
        raise ModelMismatchError(
            f"shap's values of this {type(bare).__name__} add up to an output that is "
            f"{found.residual:.3g} off what it says itself; does it answer the same each time?"
        )
    return found


def attributions(
    model: Any,
    X: Any,
    background: Any = None,
    *,
    output: Output = "raw",
    random_state: int = 0,
    n_jobs: int | None = None,
) -> tuple[Array, Array]:
    """SHAP values of any fitted model and their base; `explain` tells more of them.

    Parameters
    ----------
    model, X, background, output, random_state, n_jobs
        As for `explain`.

    Returns
    -------
    phi : ndarray of float64, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    base : ndarray of float64, shape () or (n_outputs,)

    Raises
    ------
    UnsupportedModelError, ModelMismatchError, ValueError
        As for `explain`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from treeprune import attributions
    >>> X, y = load_diabetes(return_X_y=True)
    >>> phi, base = attributions(Ridge().fit(X, y), X[:3], X)
    >>> phi.shape
    (3, 10)
    """
    found = explain(model, X, background, output=output, random_state=random_state, n_jobs=n_jobs)
    return found.phi, found.base


def _as_table(X: Any) -> Any:
    return X if hasattr(X, "shape") else np.asarray(X)


def _check_model_columns(native: Native, X: Any) -> None:
    model = native.model
    if is_scikit_learn(model) and not isinstance(model, Pipeline):
        check_columns(model, native.table(X))


def _is_trees(native: Native) -> bool:
    try:
        check_supported(native.model)
    except UnsupportedModelError:
        return False
    return True


def _explains_trees(native: Native, output: Output) -> bool:
    """Whether the raw output of the trees is what is asked for."""
    return output == "raw" or native.trees().link == "identity"
