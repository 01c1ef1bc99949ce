"""Picture of a search: size and loss of all that was tried, the front, and the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from treeprune.report.style import BLUE, GREY, axes, draw_choice, finish, loss_in_words

if TYPE_CHECKING:
    import pandas as pd

_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")

_LEAST_COLOURED = 0.15, 0.85
"""Part of the colour map that strategies are drawn in: its ends are too pale or too dark."""


class PruningFrontDisplay:
    """Loss of all candidates of a search against their size, by strategy, with the front.

    Candidates that not all folds have judged are drawn small: they fell behind.

    Parameters
    ----------
    results : pandas.DataFrame
        `results_` of a fitted `PruningSearchCV`.
    loss_name : str
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
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import PruningFrontDisplay, PruningSearchCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = PruningSearchCV(tree, strategies=["cost_complexity"]).fit(X, y)
    >>> display = PruningFrontDisplay.from_estimator(search)
    >>> display.ax_.get_xlabel()
    'nodes'
    """

    def __init__(self, results: pd.DataFrame, loss_name: str, name: str | None = None) -> None:
        self.results = results
        self.loss_name = loss_name
        self.name = name

    @classmethod
    def from_estimator(cls, estimator: Any, *, name: str | None = None, ax: Any = None) -> Self:
        """Draw what a fitted search has compared.

        Parameters
        ----------
        estimator : PruningSearchCV
            Fitted.
        name : str, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        PruningFrontDisplay

        Raises
        ------
        TypeError
            If it is no search.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "results_"):
            raise TypeError(
                f"a {type(estimator).__name__} has compared no strategies; PruningSearchCV does"
            )
        shown = name or type(estimator.estimator_).__name__
        return cls(estimator.results_, estimator.loss_name_, shown).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The numbers that are drawn."""
        return self.results

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure by default.

        Returns
        -------
        PruningFrontDisplay
        """
        import matplotlib as mpl

        ax, table = axes(ax), self.results
        what = "nodes" if (table["nodes"] > 0).any() else "features"
        table = table[np.isfinite(table["loss"]) & (table[what] > 0)]
        done = table["n_folds"] == table["n_folds"].max()
        front = table[table["front"]].sort_values(what)
        ax.plot(front[what], front["loss"], color=BLUE, linewidth=1, label="the front", zorder=1)
        whole = table[table["strategy"] == "none"]
        if len(whole):
            loss = float(whole["loss"].iloc[0])
            ax.axhline(loss, color=GREY, linestyle=":", linewidth=1, label="the model as it was")
        names = [name for name in dict.fromkeys(table["strategy"]) if name != "none"]
        colours = mpl.colormaps["viridis"](np.linspace(*_LEAST_COLOURED, max(len(names), 1)))
        for k, name in enumerate(names):
            own = table["strategy"] == name
            style = {"color": colours[k], "marker": _MARKS[k % len(_MARKS)], "linewidths": 0}
            ax.scatter(table[what][own & done], table["loss"][own & done], s=28, label=name, **style)
            ax.scatter(table[what][own & ~done], table["loss"][own & ~done], s=7, alpha=0.5, **style)
        taken = table[table["chosen"]].iloc[0]
        words = f"{taken['strategy']}, {taken[what]:,.0f} {what}"
        draw_choice(ax, float(taken[what]), float(taken["loss"]), words)
        ax.set_xlabel(what)
        ax.set_ylabel(loss_in_words(self.loss_name))
        finish(
            ax, table[what].to_numpy(), table["loss"].to_numpy(), f"Prunings of {self.name or 'the model'}"
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self
