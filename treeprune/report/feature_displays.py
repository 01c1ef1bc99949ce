"""Pictures of a path of linear models: what the columns do, and what the folds say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from treeprune.feature_plan import FeaturePath
from treeprune.model.ensemble import Array
from treeprune.pruners.linear_base import last_step
from treeprune.report.style import BLUE, GREY, ORANGE, loss_in_words

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 8
"""Columns that are named in the picture: those that matter most."""

_LINES = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", BLUE, ORANGE, "#F0E442")


class FeaturePathDisplay:
    """Coefficients along the path of a pruned linear model, above the loss of held-out rows.

    Coefficients are multiplied by the spread of their columns, so that their sizes can be compared. Both
    rules are marked: the least loss, and the fewest features within one standard error of it.

    Parameters
    ----------
    path : FeaturePath
    spread : ndarray of float64, shape (n_columns,), optional
        Standard deviation of each column; 1 by default.
    name : str, optional
        What the model is called in the title.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        After `plot`: coefficients, and loss (or the change of answers, where no loss was compared).
    figure_ : matplotlib Figure
        After `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from treeprune import FeaturePathDisplay, L1FeaturePruner
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> display = FeaturePathDisplay.from_estimator(L1FeaturePruner(LinearRegression()).fit(X, y), X)
    >>> display.axes_[1].get_xlabel()
    'strength of the penalty'
    """

    def __init__(self, path: FeaturePath, spread: Array | None = None, name: str | None = None) -> None:
        self.path = path
        self.spread = np.ones(path.coef.shape[1]) if spread is None else spread
        self.name = name

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any = None, *, name: str | None = None) -> Self:
        """Draw the path of a fitted pruner.

        Parameters
        ----------
        estimator : object
            A fitted `L1FeaturePruner` or `LinearModelPruner`.
        X : array-like or sparse matrix, shape (n_rows, n_columns), optional
            The columns that the linear model itself sees, for their spread.
        name : str, optional

        Returns
        -------
        FeaturePathDisplay

        Raises
        ------
        TypeError
            If the pruner has no such path.
        """
        check_is_fitted(estimator)
        path = getattr(estimator, "path_", None)
        if not isinstance(path, FeaturePath):
            raise TypeError(
                f"{type(estimator).__name__} has no path of features; L1FeaturePruner and "
                "LinearModelPruner have one"
            )
        spread = None if X is None else _spread(X)
        if spread is not None and len(spread) != path.coef.shape[1]:
            raise ValueError(f"X has {len(spread)} columns, the model {path.coef.shape[1]}")
        return cls(path, spread, name or type(last_step(estimator.estimator_)).__name__).plot()

    def frame(self) -> pd.DataFrame:
        """The numbers that are drawn: one row for each step, one column for each coefficient."""
        import pandas as pd

        frame = self.path.to_frame()
        values = self._values()
        outputs = [""] if values.shape[2] == 1 else [f", output {k}" for k in range(values.shape[2])]
        parts = {
            f"{column}{output}": values[:, j, k]
            for j, column in enumerate(self.path.columns)
            for k, output in enumerate(outputs)
        }
        return pd.concat([frame, pd.DataFrame(parts)], axis=1)

    def plot(self) -> Self:
        """Draw.

        Returns
        -------
        FeaturePathDisplay
        """
        from matplotlib import pyplot

        figure, (upper, lower) = pyplot.subplots(
            2, 1, figsize=(6.8, 6.4), sharex=True, layout="constrained", height_ratios=(3, 2)
        )
        by_strength = self.path.strength is not None
        where = self.path.strength if self.path.strength is not None else self.path.n_features
        self._draw_coefficients(upper, where)
        self._draw_loss(lower, where)
        for ax in (upper, lower):
            ax.axvline(where[self.path.chosen], color=ORANGE, linewidth=1.2)
            ax.spines[["top", "right"]].set_visible(False)
        if by_strength:
            lower.set_xscale("log")
        lower.invert_xaxis()
        lower.set_xlabel("strength of the penalty" if by_strength else "features")
        upper.set_ylabel("coefficient x spread")
        upper.set_title(f"Features of {self.name or 'the model'}", parse_math=False)
        self.axes_, self.figure_ = np.array([upper, lower]), figure
        return self

    def _values(self) -> Array:
        values: Array = self.path.coef * self.spread[:, None]
        return values

    def _draw_coefficients(self, ax: Any, where: Array) -> None:
        values = self._values()
        largest = np.abs(values[self.path.chosen]).max(axis=1)
        named = [int(j) for j in np.argsort(-largest, kind="stable")[:_NAMED] if largest[j] > 0]
        ax.axhline(0.0, color=GREY, linewidth=0.8)
        for j in range(values.shape[1]):
            if j not in named:
                ax.plot(where, values[:, j], color=GREY, linewidth=0.6, alpha=0.5)
        for colour, j in zip(_LINES, named, strict=False):
            lines = ax.plot(where, values[:, j], color=colour, linewidth=1.6)
            lines[0].set_label(self.path.columns[j].replace("$", r"\$"))
        if named:
            ax.legend(frameon=False, fontsize="small", ncols=2)

    def _draw_loss(self, ax: Any, where: Array) -> None:
        path = self.path
        if path.loss is None:
            ax.plot(where, path.mean_change, color=BLUE, label="mean")
            ax.plot(where, path.high_change, color=BLUE, linestyle=":", label="99th percentile")
            ax.set_ylabel("change of an answer")
        else:
            assert path.loss_se is not None
            assert path.best is not None
            assert path.by_one_se is not None
            low, high = path.loss - path.loss_se, path.loss + path.loss_se
            ax.fill_between(where, low, high, color=BLUE, alpha=0.15, linewidth=0)
            ax.plot(where, path.loss, color=BLUE, marker=".", markersize=4, label="held-out rows")
            ax.axvline(where[path.best], color=GREY, linestyle=":", label="least loss")
            ax.axvline(where[path.by_one_se], color=GREY, linestyle="--", label="one standard error")
            ax.set_ylabel(loss_in_words(path.loss_name))
        count = int(path.n_features[path.chosen])
        ax.plot([], [], color=ORANGE, label=f"chosen: {count} {'feature' if count == 1 else 'features'}")
        ax.legend(frameon=False, fontsize="small")


def _spread(X: Any) -> Array:
    if hasattr(X, "tocsc"):
        mean = np.asarray(X.mean(axis=0)).ravel()
        squares = np.asarray(X.multiply(X).mean(axis=0)).ravel()
        return np.sqrt(np.maximum(squares - mean**2, 0.0))
    spread: Array = np.asarray(X, np.float64).std(axis=0)
    return spread
