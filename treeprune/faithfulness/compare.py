"""Two models side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from treeprune.faithfulness.registry import Judged, metrics
from treeprune.pruners.base import BasePruner
from treeprune.pruners.native import Native, check_columns
from treeprune.pruners.skin import PrunerSkin
from treeprune.statistics.rows import take_rows
from treeprune.statistics.weights import check_weights

if TYPE_CHECKING:
    import pandas as pd


def _short(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4f}"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Numbers about a model before and after pruning.

    Parameters
    ----------
    before, after : dict of str to float
        Metrics of each model.
    between : dict of str to float
        Metrics of the pair: fidelity of the second model to the first.
    n_rows : int
        Rows with weight.
    """

    before: dict[str, float]
    after: dict[str, float]
    between: dict[str, float]
    n_rows: int

    def __str__(self) -> str:
        unit = "nodes" if "nodes" in self.before else "coefficients"
        shrunk = f"{self.before[unit]:.0f} -> {self.after[unit]:.0f} {unit}"
        kept = ", ".join(f"{name} {value:.4g}" for name, value in self.between.items())
        moved = [
            f"{name} {self.before[name]:.4f} -> {self.after[name]:.4f}"
            for name in ("AUC", "log loss", "Brier", "RMSE")
            if name in self.before
        ]
        return "; ".join([shrunk, *moved, f"{kept} on {self.n_rows} rows"])

    def to_frame(self) -> pd.DataFrame:
        """One row for each metric.

        Returns
        -------
        pandas.DataFrame
            Columns ``before`` and ``after``; metrics of the pair stand under ``after``.
        """
        import pandas as pd

        frame = pd.DataFrame({"before": self.before, "after": self.after})
        return pd.concat([frame, pd.DataFrame({"after": self.between})])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(na_rep="", float_format=_short))


def _native(model: Any) -> Native:
    """The native model inside a freezer or a fitted pruner, in the user's terms; others as they are."""
    while isinstance(model, FrozenEstimator):
        model = model.estimator
    if not isinstance(model, PrunerSkin):
        return Native(model)
    check_is_fitted(model)
    return model.native_ if isinstance(model, BasePruner) else Native(model.estimator_)


def compare(before: Any, after: Any, X: Any, y: Any, sample_weight: Any = None) -> Comparison:
    """Compare a model before and after pruning on rows that neither was trained on.

    Parameters
    ----------
    before, after : object
        Fitted native models of the same kind, linear ones at the end of a pipeline too. A
        `FrozenEstimator` stands for the model in it, a fitted pruner for its pruned model.
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    y : array-like, shape (n_rows,) or (n_rows, n_targets)
        One target may also come as a column.
    sample_weight : array-like of shape (n_rows,), optional
        A row of weight 0 is no row: nothing is predicted for it.

    Returns
    -------
    Comparison
        A metric that the rows or the model do not define is NaN.

    Raises
    ------
    ValueError
        If the two models do not predict the same thing, the numbers of rows differ, the columns are
        not those of a model, or the weights are not legal.

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
    present = np.flatnonzero(weights)
    if len(present) < len(y):
        X, y, weights = take_rows(X, present), y[present], weights[present]
    a, b = (Judged(_native(model), X, y, weights) for model in (before, after))
    for judged in (a, b):
        # LightGBM goes by the places of columns, whatever their names
        check_columns(judged.model, judged.native.table(X))
    same_classes = all(np.array_equal(p, q) for p, q in zip(a.labels, b.labels, strict=False))
    alike = a.structure == b.structure and a.kind == b.kind and a.outputs == b.outputs
    if not alike or not same_classes:
        raise ValueError(
            f"the models do not predict the same thing: {a.structure}, {a.kind} with {a.outputs} output "
            f"columns before, {b.structure}, {b.kind} with {b.outputs} after"
        )
    known = [metric for metric in metrics().values() if metric.suits(a)]
    return Comparison(
        before={m.name: m.compute(a) for m in known if not m.pair},
        after={m.name: m.compute(b) for m in known if not m.pair},
        between={m.name: m.compute(a, b) for m in known if m.pair},
        n_rows=len(y),
    )
