"""Pictures of what was chosen, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.utils.validation import check_is_fitted

from treeprune.plan import PruningPath

if TYPE_CHECKING:
    import pandas as pd

# Okabe and Ito's palette: told apart by all kinds of colour vision
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#666666"


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
        from matplotlib.ticker import LogLocator

        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
        path = self.path
        if path.loss is None:
            self._draw(ax, path.risk, "training risk")
        else:
            self._draw(ax, path.loss, f"{path.loss_name}".replace("_", " "))
            self._draw_spread(ax)
        ax.set_xscale("log")
        few = path.n_leaves.max() < 200 * path.n_leaves.min()
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.xaxis.set_minor_formatter("")
        ax.set_xlabel("leaves")
        # names come from users: a dollar sign must not start mathematics
        ax.set_title(f"Pruning path of {self.name or 'the model'}", parse_math=False)
        ax.legend(frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw(self, ax: Any, height: Any, label: str) -> None:
        path = self.path
        ax.plot(path.n_leaves, height, color=_BLUE, marker=".", markersize=4, label=label)
        ax.plot(
            path.n_leaves[path.chosen],
            height[path.chosen],
            color=_ORANGE,
            marker="o",
            markersize=9,
            linestyle="none",
            label=f"chosen: {path.n_leaves[path.chosen]:,} leaves",
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
            color=_BLUE,
            alpha=0.15,
            linewidth=0,
            label="one standard error",
        )
        bar = path.loss[path.best] + path.loss_se[path.best]
        ax.axhline(bar, color=_GREY, linestyle="--", linewidth=1, label="least + one standard error")
