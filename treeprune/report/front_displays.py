"""Pictures of what a smaller model costs: loss against nodes, or against features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from treeprune.joint_plan import JointPath
from treeprune.report.style import (
    BLUE,
    GREY,
    axes,
    draw_band,
    draw_bar,
    draw_choice,
    finish,
    loss_in_words,
)

if TYPE_CHECKING:
    import pandas as pd


class SizeLossDisplay:
    """Loss of the best model of each size: pruned jointly, of first trees, and as it was.

    Parameters
    ----------
    path : JointPath
    name : str, optional
        What the model is called in the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        After `plot`.
    figure_ : matplotlib Figure
        After `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from treeprune import JointPruner, SizeLossDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(20, random_state=0).fit(X[::2], y[::2])
    >>> pruner = JointPruner(FrozenEstimator(forest), values="anchored", target="y")
    >>> pruner = pruner.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    >>> display = SizeLossDisplay.from_estimator(pruner)
    >>> display.ax_.get_xlabel()
    'nodes'
    """

    def __init__(self, path: JointPath, name: str | None = None) -> None:
        self.path = path
        self.name = name

    @classmethod
    def from_estimator(cls, estimator: Any, *, name: str | None = None, ax: Any = None) -> Self:
        """Draw the sizes that a fitted pruner has compared.

        Parameters
        ----------
        estimator : object
            A fitted `JointPruner` or `FeaturePruner`.
        name : str, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        SizeLossDisplay

        Raises
        ------
        TypeError
            If the pruner has compared no sizes.
        """
        check_is_fitted(estimator)
        path = getattr(estimator, "path_", None)
        if not isinstance(path, JointPath):
            raise TypeError(
                f"this {type(estimator).__name__} has compared no sizes; JointPruner and FeaturePruner do, "
                "unless their limits are wider than the model"
            )
        return cls(path, name or type(estimator.estimator_).__name__).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The numbers that are drawn."""
        return self.path.to_frame()

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure by default.

        Returns
        -------
        SizeLossDisplay
        """
        ax, path = axes(ax), self.path
        by_features = bool(path.n_features.any())
        size, drawn = (path.n_features if by_features else path.max_nodes), path.loss
        draw_band(ax, size, path.loss, path.loss_se)
        if not by_features and len(path.first_nodes):
            ax.plot(path.first_nodes, path.first_loss, color=GREY, linewidth=1, label="the first trees")
            drawn = np.concatenate([drawn, path.first_loss])
        ax.plot(size, path.loss, color=BLUE, label="pruned jointly, with one standard error")
        ax.axhline(path.whole_loss, color=GREY, linestyle=":", linewidth=1, label="the model as it was")
        draw_bar(ax, path.rule, float(path.loss[path.best]), float(path.loss_se[path.best]))
        words = f"{path.chosen_nodes:,} nodes in {path.chosen_trees:,} trees"
        if by_features:
            words = f"{path.n_features[path.chosen]} features, {words}"
        draw_choice(ax, float(size[path.chosen]), float(path.loss[path.chosen]), words)
        ax.set_xlabel("features" if by_features else "nodes")
        ax.set_ylabel(loss_in_words(path.loss_name))
        finish(ax, size, drawn, f"Size and loss of {self.name or 'the model'}")
        self.ax_, self.figure_ = ax, ax.figure
        return self
