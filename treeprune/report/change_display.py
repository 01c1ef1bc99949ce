"""How much the answers of single rows change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.agreement.checks import shares
from treeprune.model.ensemble import Array
from treeprune.report.comparison_display import ComparisonDisplay, merge_small
from treeprune.report.style import BLUE

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.evidence.comparison import Comparison

_BINS = 25


class ChangeHistogramDisplay(ComparisonDisplay):
    """Histogram of the absolute change of answers; of several columns the largest change of a row counts.

    Bins of fewer than `min_count` rows are put together with their neighbours.

    Parameters
    ----------
    edges : ndarray of float64, shape (n_bins + 1,)
    share : ndarray of float64, shape (n_bins,)
        Of the weight of all rows.
    unit : str

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import ChangeHistogramDisplay, compare
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> large, small = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (3, 2))
    >>> display = ChangeHistogramDisplay.from_comparison(compare(large, small, X, y))
    >>> round(float(display.share.sum()), 6)
    1.0
    """

    title = "How much answers change"

    def __init__(self, edges: Array, share: Array, unit: str) -> None:
        self.edges, self.share, self.unit = edges, share, unit

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, ax: Any = None) -> Self:
        """Draw the changes of a comparison.

        Parameters
        ----------
        comparison : Comparison
        ax : matplotlib Axes, optional

        Returns
        -------
        ChangeHistogramDisplay
        """
        pair = comparison.pair
        a, b = pair.answers()
        size = np.abs(b - a)
        size = size if size.ndim == 1 else size.max(axis=1)
        edges = np.linspace(0, float(size.max()) or 1.0, _BINS + 1)
        place = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, _BINS - 1)
        starts = merge_small(np.bincount(place, minlength=_BINS)[None], pair.min_count)
        weight = np.bincount(place, shares(pair.before.weights), minlength=_BINS)
        share = np.add.reduceat(weight, starts)
        unit = "probability" if pair.kind in ("binary", "multiclass") else "units of the outcome"
        return cls(edges[[*starts, _BINS]], share, unit).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The bars: from, to, share of the rows."""
        import pandas as pd

        return pd.DataFrame({"from": self.edges[:-1], "to": self.edges[1:], "share": self.share})

    def _draw(self, ax: Any) -> None:
        from matplotlib.ticker import PercentFormatter

        width = np.diff(self.edges)
        # the area of a bar is its share, so that a bin of several is not taller than its parts
        height = self.share * (self.edges[-1] / _BINS) / width
        ax.bar(self.edges[:-1], height, width, align="edge", color=BLUE, edgecolor="white", linewidth=0.5)
        ax.set_xlabel(f"absolute change of a row's answer ({self.unit})")
        ax.set_ylabel(f"share of rows per {self.edges[-1] / _BINS:.2g}")
        ax.set_xlim(left=0)
        ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))  # as many digits as the ticks need
