"""Pictures of what was chosen, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.utils.validation import check_is_fitted

from treeprune.model.ensemble import Array
from treeprune.plan import PruningPath
from treeprune.report.style import BLUE, GREY, ORANGE, STEEP, bar_width, loss_in_words, plain_ticks

if TYPE_CHECKING:
    import pandas as pd


class PruningPathDisplay:
    """The whole path of a pruner: loss against size, and the step that was taken.

    Parameters
    ----------
    path : PruningPath
    name : str, optional
        What the curve is called in the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        After `plot`.
    figure_ : matplotlib Figure
        After `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import CostComplexityPruner, PruningPathDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0)).fit(X, y)
    >>> display = PruningPathDisplay.from_estimator(pruner)
    >>> display.ax_.get_xlabel()
    'leaves'
    """

    def __init__(self, path: PruningPath, name: str | None = None) -> None:
        self.path = path
        self.name = name

    @classmethod
    def from_estimator(cls, estimator: Any, *, name: str | None = None, ax: Any = None) -> Self:
        """Draw the path of a fitted pruner.

        Parameters
        ----------
        estimator : object
            A fitted pruner with a `path_`.
        name : str, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        PruningPathDisplay

        Raises
        ------
        TypeError
            If the pruner has no path.
        """
        check_is_fitted(estimator)
        if not isinstance(getattr(estimator, "path_", None), PruningPath):
            raise TypeError(f"{type(estimator).__name__} has no path to draw; CostComplexityPruner has one")
        inner = type(estimator.estimator_).__name__
        return cls(estimator.path_, name or inner).plot(ax=ax)

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
        PruningPathDisplay
        """
        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
        path = self.path
        if path.loss is None:
            self._draw(ax, path.risk, path.chosen_risk, "training risk")
        else:
            # a model chosen by its loss is a step of the path
            taken = float("nan") if path.chosen is None else float(path.loss[path.chosen])
            self._draw(ax, path.loss, taken, loss_in_words(path.loss_name))
            self._draw_spread(ax)
            if path.loss.min() > 0 and path.loss.max() > STEEP * path.loss.min():
                # a full tree's log loss dwarfs all that there is to choose between
                ax.set_yscale("log")
                plain_ticks(ax.yaxis, path.loss, "{x:g}")
        ax.set_xscale("log")
        plain_ticks(ax.xaxis, path.n_leaves, "{x:,.0f}")
        ax.set_xlabel("leaves")
        # names come from users: a dollar sign must not start mathematics
        ax.set_title(f"Pruning path of {self.name or 'the model'}", parse_math=False)
        ax.legend(frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw(self, ax: Any, height: Array, taken: float, label: str) -> None:
        path = self.path
        ax.plot(path.n_leaves, height, color=BLUE, marker=".", markersize=4, label=label)
        leaves = path.chosen_leaves
        ax.plot(
            [leaves],
            [taken],
            color=ORANGE,
            marker="o",
            markersize=9,
            linestyle="none",
            label=f"chosen: {leaves:,} {'leaf' if leaves == 1 else 'leaves'}",
        )
        ax.set_ylabel(label)

    def _draw_spread(self, ax: Any) -> None:
        path = self.path
        assert path.loss is not None
        assert path.loss_se is not None
        assert path.best is not None
        ax.fill_between(
            path.n_leaves,
            path.loss - path.loss_se,
            path.loss + path.loss_se,
            color=BLUE,
            alpha=0.15,
            linewidth=0,
            label="one standard error",
        )
        width, words = bar_width(path.rule)
        if width > 0:
            bar = path.loss[path.best] + width * path.loss_se[path.best]
            ax.axhline(bar, color=GREY, linestyle="--", linewidth=1, label=f"least + {words}")
