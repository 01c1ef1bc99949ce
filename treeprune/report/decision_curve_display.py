"""What two models are worth to those who act on them, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.agreement.decision_curve import DecisionCurve
from treeprune.model.ensemble import Array
from treeprune.report.comparison_display import ComparisonDisplay
from treeprune.report.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.evidence.comparison import Comparison


class DecisionCurvePairDisplay(ComparisonDisplay):
    """Net benefit of both models, of treating everybody, and of treating nobody.

    Thresholds at which a model treats fewer than `min_count` rows, or leaves out fewer, are not drawn:
    there the curve is about single patients.

    Parameters
    ----------
    curve : DecisionCurve
    shown : ndarray of bool, shape (n_thresholds,)

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import DecisionCurvePairDisplay, compare
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> large, small = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (3, 2))
    >>> display = DecisionCurvePairDisplay.from_comparison(compare(large, small, X, y))
    >>> display.ax_.get_xlabel()
    'threshold probability'
    """

    title = "Net benefit of both models"

    def __init__(self, curve: DecisionCurve, shown: Array) -> None:
        self.curve, self.shown = curve, shown

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, ax: Any = None) -> Self:
        """Draw the decision curves of a comparison.

        Parameters
        ----------
        comparison : Comparison
        ax : matplotlib Axes, optional

        Returns
        -------
        DecisionCurvePairDisplay

        Raises
        ------
        ValueError
            If the models do not predict two classes, or the rows hold one only.
        """
        curve = comparison.decision_curve
        if curve is None:
            raise ValueError("there is no decision curve: the rows do not hold outcomes of two classes")
        least, shown = comparison.pair.min_count, np.ones(len(curve.thresholds), bool)
        for answer in comparison.pair.answers():
            treated = len(answer) - np.searchsorted(np.sort(answer), curve.thresholds)
            for count in (treated, len(answer) - treated):
                shown &= (count == 0) | (count >= least)
        return cls(curve, shown).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The numbers that are drawn."""
        import pandas as pd

        names = ("thresholds", "before", "after", "treat_all", "difference", "low", "high")
        return pd.DataFrame({name: getattr(self.curve, name) for name in names})[self.shown]

    def _draw(self, ax: Any) -> None:
        own = self.frame()
        x = own["thresholds"]
        ax.plot(x, own["treat_all"], color=GREY, linewidth=1, linestyle=":", label="treat everybody")
        ax.axhline(0, color=GREY, linewidth=1, label="treat nobody")
        ax.plot(x, own["before"], color=BLUE, label="before")
        ax.plot(x, own["after"], color=ORANGE, linestyle="--", label="after")
        top = max(0.01, float(own[["before", "after"]].max().max()) if len(own) else 0.0)
        ax.set(ylim=(-0.15 * top, 1.1 * top))
        ax.set_xlabel("threshold probability")
        ax.set_ylabel("net benefit (events found per patient)")
        ax.legend(frameon=False)
