"""For whom a model changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.agreement.subgroups import SubgroupTable
from treeprune.report.comparison_display import ComparisonDisplay, label_of, name_ticks
from treeprune.report.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.evidence.comparison import Comparison


class SubgroupForestDisplay(ComparisonDisplay):
    """Change of a metric in each subgroup with its interval; all rows on top.

    Parameters
    ----------
    table : SubgroupTable
    metric : str
    margin : float or None
        Loss that would be accepted; drawn where it is one of this metric.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import SubgroupForestDisplay, compare
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> large, small = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (3, 2))
    >>> found = compare(large, small, X, y, subgroups=X[["mean texture"]])
    >>> len(SubgroupForestDisplay.from_comparison(found).frame())
    5
    """

    title = "Change in each subgroup"

    def __init__(self, table: SubgroupTable, metric: str, margin: float | None = None) -> None:
        self.table, self.metric, self.margin = table, metric, margin

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, metric: str | None = None, ax: Any = None) -> Self:
        """Draw the subgroups of a comparison.

        Parameters
        ----------
        comparison : Comparison
            Made with subgroups.
        metric : str, optional
            The first one by default.
        ax : matplotlib Axes, optional

        Returns
        -------
        SubgroupForestDisplay

        Raises
        ------
        ValueError
            If there are no subgroups, or no such metric.
        """
        table = comparison.subgroups
        if table is None:
            raise ValueError("the comparison has no subgroups: give them to compare")
        known = [change.name for change in table.subgroups[0].changes]
        metric = known[0] if metric is None else metric
        if metric not in known:
            raise ValueError(f"there is no metric {metric!r}; there are {', '.join(known)}")
        return cls(table, metric, comparison.pair.margin if metric == "AUC" else None).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The rows that are drawn; a hidden subgroup has no numbers."""
        frame = self.table.to_frame()
        return frame[(frame["metric"] == self.metric) | (frame["metric"] == "")].reset_index(drop=True)

    def _draw(self, ax: Any) -> None:
        own = self.frame()
        names = []
        for column, label, n, metric in own[["column", "subgroup", "n", "metric"]].to_numpy(object):
            who = f"{column}: {label}" if column else label
            names.append(label_of(who) + (f" (n={n:,})" if metric else " (withheld)"))
        at, x = np.arange(len(own)), own["difference"].to_numpy(np.float64)
        low, high = own["low"].to_numpy(np.float64), own["high"].to_numpy(np.float64)
        known = np.isfinite(low) & np.isfinite(high)
        ax.axvline(0, color=GREY, linewidth=1)
        if self.margin is not None:
            ax.axvline(-self.margin, color=ORANGE, linestyle="--", linewidth=1, label="margin")
            ax.legend(frameon=False, loc="best")
        ax.hlines(at[known], low[known], high[known], color=BLUE, linewidth=1.5)
        ax.plot(x, at, color=BLUE, marker="s", markersize=5, linestyle="none")
        name_ticks(ax.yaxis, names)
        ax.set_ylim(len(own) - 0.5, -0.5)
        ax.set_xlabel(f"change of {self.metric}, after minus before (95% interval)")
