"""Pictures of how many trees were kept, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from treeprune.report.style import BLUE, GREY, ORANGE, STEEP, bar_width, loss_in_words, plain_ticks
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
        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
        low, high = path.loss - path.loss_se, path.loss + path.loss_se
        ax.fill_between(path.n_trees, low, high, color=BLUE, alpha=0.15, linewidth=0)
        ax.plot(path.n_trees, path.first_loss, color=GREY, linewidth=1, label="the first trees")
        ax.plot(path.n_trees, path.loss, color=BLUE, label=f"{path.method}, with one standard error")
        assert path.whole_loss is not None
        ax.axhline(path.whole_loss, color=GREY, linestyle=":", linewidth=1, label="all trees")
        width, words = bar_width(path.rule)
        if width > 0:
            bar = path.loss[path.best] + width * path.loss_se[path.best]
            ax.axhline(bar, color=GREY, linestyle="--", linewidth=1, label=f"least + {words}")
        kept = int(path.n_trees[path.chosen])
        ax.plot(
            [kept],
            [path.loss[path.chosen]],
            color=ORANGE,
            marker="o",
            markersize=9,
            linestyle="none",
            label=f"chosen: {kept:,} {'tree' if kept == 1 else 'trees'}",
        )
        drawn = np.concatenate([path.loss, path.first_loss])
        if drawn.min() > 0 and drawn.max() > STEEP * drawn.min():
            ax.set_yscale("log")
            plain_ticks(ax.yaxis, drawn, "{x:g}")
        ax.set_xscale("log")
        plain_ticks(ax.xaxis, path.n_trees, "{x:,.0f}")
        ax.set_xlabel("trees")
        ax.set_ylabel(loss_in_words(path.loss_name))
        # names come from users: a dollar sign must not start mathematics
        ax.set_title(f"Number of trees of {self.name or 'the model'}", parse_math=False)
        ax.legend(frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
