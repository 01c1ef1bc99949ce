"""Pictures of what was chosen, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.utils.validation import check_is_fitted

from treeprune.model.ensemble import Array
from treeprune.plan import PruningPath
from treeprune.report.style import BLUE, axes, draw_band, draw_bar, draw_choice, finish, loss_in_words

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
        ax, path = axes(ax), self.path
        if path.loss is None:
            self._draw(ax, path.risk, path.chosen_risk, "training risk")
        else:
            # a model chosen by its loss is a step of the path
            taken = float("nan") if path.chosen is None else float(path.loss[path.chosen])
            self._draw(ax, path.loss, taken, loss_in_words(path.loss_name))
            assert path.loss_se is not None
            assert path.best is not None
            draw_band(ax, path.n_leaves, path.loss, path.loss_se, "one standard error")
            draw_bar(ax, path.rule, float(path.loss[path.best]), float(path.loss_se[path.best]))
        ax.set_xlabel("leaves")
        finish(ax, path.n_leaves, path.loss, f"Pruning path of {self.name or 'the model'}")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw(self, ax: Any, height: Array, taken: float, label: str) -> None:
        path = self.path
        ax.plot(path.n_leaves, height, color=BLUE, marker=".", markersize=4, label=label)
        leaves = path.chosen_leaves
        draw_choice(ax, leaves, taken, f"{leaves:,} {'leaf' if leaves == 1 else 'leaves'}")
        ax.set_ylabel(label)
