"""Pruning in one call."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from numbers import Integral
from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from treeprune.backends.linear import is_linear
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.unwrap import bare_model
from treeprune.search.registry import STRATEGIES
from treeprune.search.search_cv import PruningSearchCV

_BUDGET = ("max_nodes", "max_trees", "max_features", "max_bytes", "max_ms")


def prune(
    model: Any,
    X: Any,
    y: Any,
    *,
    method: str = "auto",
    budget: Mapping[str, float] | int | None = None,
    sample_weight: Any = None,
    groups: Any = None,
    **options: Any,
) -> Any:
    """Prune a fitted model, by rows that it has not seen.

    Parameters
    ----------
    model : object
        A fitted model of trees, or a linear one, also as the last step of a pipeline. It is not changed.
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        Rows that the model was not trained on: they choose, in folds.
    y : array-like, shape (n_rows,) or (n_rows, n_targets)
    method : str, default="auto"
        A strategy of `PruningSearchCV`; auto tries all that fit.
    budget : int or dict, optional
        Most nodes (of a linear model, features); or some of ``max_nodes``, ``max_trees``,
        ``max_features``, ``max_bytes``, ``max_ms``.
    sample_weight, groups : array-like of shape (n_rows,), optional
    **options : object
        Other parameters of the search: ``rule``, ``margin``, ``loss``, ``cv``, ``n_jobs``, ``verbose``.

    Returns
    -------
    object
        The pruned native model; of a pipeline a pipeline, whose other steps are copies.

    Raises
    ------
    UnsupportedModelError
        If the model, or the method for it, is not supported.
    ValueError, TypeError
        If a name, the budget, an option or the rows are not legal.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import prune
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0).fit(X[::2], y[::2])
    >>> prune(tree, X[1::2], y[1::2], method="cost_complexity", budget=7).tree_.node_count <= 7
    True
    """
    if not (isinstance(method, str) and (method == "auto" or method in STRATEGIES)):
        raise ValueError(f"method must be one of auto, {', '.join(STRATEGIES)}; got {method!r}")
    legal = set(PruningSearchCV._get_param_names()) - {"estimator", "strategies", *_BUDGET}
    strangers = sorted(set(options) - legal)
    if strangers:
        raise TypeError(f"prune has no option {strangers[0]!r}; there are {', '.join(sorted(legal))}")
    bare = bare_model(model)
    if isinstance(bare, Pipeline) and not is_linear(last_step(bare)):
        prepare = bare[:-1]
        rows = prepare.transform(X) if len(bare) > 1 else X
        small = prune(
            bare[-1], rows, y, method=method, budget=budget, sample_weight=sample_weight, groups=groups,
            **options,
        )  # fmt: skip
        whole = copy.copy(bare)
        whole.steps = [*copy.deepcopy(prepare.steps), (bare.steps[-1][0], small)]
        return whole
    search = PruningSearchCV(
        FrozenEstimator(bare),
        "auto" if method == "auto" else [method],
        **_limits(bare, budget),
        **options,
    )
    return search.fit(X, y, sample_weight=sample_weight, groups=groups).estimator_


def _limits(model: Any, budget: Mapping[str, float] | int | None) -> dict[str, Any]:
    if budget is None:
        return {}
    if isinstance(budget, Mapping):
        strangers = [name for name in budget if name not in _BUDGET]
        if strangers:
            raise ValueError(f"budget holds {strangers[0]!r}; it may hold {', '.join(_BUDGET)}")
        return dict(budget)
    if not isinstance(budget, Integral) or isinstance(budget, bool):
        raise TypeError(f"budget must be a whole number, a dict or None, got {budget!r}")
    return {"max_features" if is_linear(last_step(model)) else "max_nodes": budget}
