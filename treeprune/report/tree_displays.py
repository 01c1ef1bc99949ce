"""Pictures of how many trees were kept, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

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
from treeprune.tree_plan import TreePath

if TYPE_CHECKING:
    import pandas as pd


class TreePathDisplay:
    """Loss against the number of trees: of the method, of the first trees, and of all of them.

    Parameters
    ----------
    path : TreePath
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
    >>> from treeprune import TreeCountPruner, TreePathDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(20, random_state=0).fit(X[::2], y[::2])
    >>> pruner = TreeCountPruner(FrozenEstimator(forest)).fit(X[1::2], y[1::2])
    >>> display = TreePathDisplay.from_estimator(pruner)
    >>> display.ax_.get_xlabel()
    'trees'
    """

    def __init__(self, path: TreePath, name: str | None = None) -> None:
        self.path = path
        self.name = name

    @classmethod
    def from_estimator(cls, estimator: Any, *, name: str | None = None, ax: Any = None) -> Self:
        """Draw the path of a fitted pruner.

        Parameters
        ----------
        estimator : object
            A fitted `TreeCountPruner` with ``n_trees="cv"``.
        name : str, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        TreePathDisplay

        Raises
        ------
        TypeError
            If the pruner has no path of numbers of trees.
        ValueError
            If its sizes were not scored.
        """
        check_is_fitted(estimator)
        path = getattr(estimator, "path_", None)
        if not isinstance(path, TreePath):
            raise TypeError(
                f"{type(estimator).__name__} has no numbers of trees to draw; TreeCountPruner has some"
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
        TreePathDisplay

        Raises
        ------
        ValueError
            If the sizes were not scored.
        """
        path = self.path
        if path.loss is None or path.loss_se is None or path.first_loss is None or path.best is None:
            raise ValueError('no losses to draw: fit with n_trees="cv"')
        ax = axes(ax)
        draw_band(ax, path.n_trees, path.loss, path.loss_se)
        ax.plot(path.n_trees, path.first_loss, color=GREY, linewidth=1, label="the first trees")
        ax.plot(path.n_trees, path.loss, color=BLUE, label=f"{path.method}, with one standard error")
        assert path.whole_loss is not None
        ax.axhline(path.whole_loss, color=GREY, linestyle=":", linewidth=1, label="all trees")
        draw_bar(ax, path.rule, float(path.loss[path.best]), float(path.loss_se[path.best]))
        kept = int(path.n_trees[path.chosen])
        words = f"{kept:,} {'tree' if kept == 1 else 'trees'}"
        draw_choice(ax, kept, float(path.loss[path.chosen]), words)
        ax.set_xlabel("trees")
        ax.set_ylabel(loss_in_words(path.loss_name))
        drawn = np.concatenate([path.loss, path.first_loss])
        finish(ax, path.n_trees, drawn, f"Number of trees of {self.name or 'the model'}")
        self.ax_, self.figure_ = ax, ax.figure
        return self
