"""Pictures of the reasons that two models give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.agreement.checks import shares
from treeprune.evidence.attributions import one_of_two
from treeprune.model.ensemble import Array
from treeprune.report.comparison_display import ComparisonDisplay, label_of, name_ticks
from treeprune.report.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.evidence.comparison import Comparison

_CELLS = 30
"""Cells of the picture along each axis."""

_NAMED = 15
"""Columns that are drawn by name: those that matter most."""

_UNITS = {"raw": "units of the raw output", "probability": "probability"}


class AttributionScatterDisplay(ComparisonDisplay):
    """SHAP values of the model after against those of the model before, one point a row and column.

    Points are gathered in cells. A cell is drawn if values of `min_count` rows at least fall into it, so
    that nobody is seen alone.

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_cells,)
        Middles of the cells that are drawn.
    n_values : ndarray of int64, shape (n_cells,)
        Values in each.
    hidden : float
        Share of the values in cells that are not drawn.
    unit : str

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import AttributionScatterDisplay, compare
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> large, small = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (4, 2))
    >>> display = AttributionScatterDisplay.from_comparison(compare(large, small, X, y))
    >>> display.ax_.get_xlabel()
    'SHAP value before (probability)'
    """

    title = "Reasons of both models, row by row"

    def __init__(self, before: Array, after: Array, n_values: Array, hidden: float, unit: str) -> None:
        self.before, self.after, self.n_values = before, after, n_values
        self.hidden, self.unit = hidden, unit

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, ax: Any = None) -> Self:
        """Draw the attributions of a comparison.

        Parameters
        ----------
        comparison : Comparison
        ax : matplotlib Axes, optional

        Returns
        -------
        AttributionScatterDisplay
        """
        section = comparison.attributions
        a, b = (one_of_two(each.phi) for each in (section.before, section.after))
        row = np.broadcast_to(np.arange(len(a)).reshape(-1, *[1] * (a.ndim - 1)), a.shape).ravel()
        middles, codes = _cells(a.ravel(), b.ravel())
        met, n_values = np.unique(codes, return_counts=True)
        pairs = np.unique(np.column_stack([codes, row]), axis=0)[:, 0]  # each row once in each cell
        n_rows = np.unique(pairs, return_counts=True)[1]
        shown = n_rows >= comparison.pair.min_count
        hidden = float(n_values[~shown].sum() / n_values.sum())
        x, y = middles[met // _CELLS], middles[met % _CELLS]
        unit = _unit(comparison)
        return cls(x[shown], y[shown], n_values[shown], hidden, unit).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The cells that are drawn."""
        import pandas as pd

        return pd.DataFrame({"before": self.before, "after": self.after, "n_values": self.n_values})

    def _draw(self, ax: Any) -> None:
        ends = [*self.before, *self.after, 0.0]
        low, high = min(ends), max(ends)
        ax.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle="--", label="the same reason")
        if len(self.n_values):
            from matplotlib.colors import LogNorm

            norm = LogNorm(1, max(2, int(self.n_values.max())))
            style: dict[str, Any] = {"cmap": "cividis_r", "norm": norm, "marker": "s", "s": 28}
            points = ax.scatter(self.before, self.after, c=self.n_values, edgecolors=GREY,
                                linewidths=0.3, **style)  # fmt: skip
            bar = ax.figure.colorbar(points, ax=ax, label="values in a cell", format="{x:,.0f}")
            bar.minorticks_off()
        ax.set_xlabel(f"SHAP value before ({self.unit})")
        ax.set_ylabel("SHAP value after")
        ax.legend(frameon=False, loc="upper left")


def _cells(a: Array, b: Array) -> tuple[Array, Array]:
    """Middles of the cells along an axis, and the cell of each pair."""
    low, high = min(a.min(), b.min()), max(a.max(), b.max())
    width = (high - low) / _CELLS or 1.0
    place = [np.clip(((x - low) / width).astype(np.int64), 0, _CELLS - 1) for x in (a, b)]
    return low + width * (np.arange(_CELLS) + 0.5), place[0] * _CELLS + place[1]


def _unit(comparison: Comparison) -> str:
    if comparison.pair.kind == "regression":
        return "units of the outcome" if comparison.attributions.before.output == "raw" else "answer"
    judged, output = comparison.pair.before, comparison.attributions.before.output
    by_shares = judged.structure == "trees" and judged.ensemble.link == "identity"
    if output == "probability" or (by_shares and judged.labels):
        return "probability"
    return "log odds" if comparison.pair.kind == "binary" else _UNITS[output]


class AttributionDriftDisplay(ComparisonDisplay):
    """Mean absolute SHAP value of each column, before and after; the columns that matter most.

    Parameters
    ----------
    names : tuple of str
    before, after : ndarray of float64, shape (n_features,)
    unit : str

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import AttributionDriftDisplay, compare
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> large, small = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (4, 2))
    >>> AttributionDriftDisplay.from_comparison(compare(large, small, X, y)).frame().shape
    (30, 3)
    """

    title = "How much each column matters"

    def __init__(self, names: tuple[str, ...], before: Array, after: Array, unit: str) -> None:
        self.names, self.before, self.after, self.unit = names, before, after, unit

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, ax: Any = None) -> Self:
        """Draw the attributions of a comparison.

        Parameters
        ----------
        comparison : Comparison
        ax : matplotlib Axes, optional

        Returns
        -------
        AttributionDriftDisplay
        """
        section, weights = comparison.attributions, comparison.pair.unit_weights
        part = shares(np.ones(len(section.rows)) if weights is None else weights[section.rows])
        both = []
        for each in (section.before, section.after):
            size = np.abs(one_of_two(each.phi))
            size = size if size.ndim == 2 else size.mean(axis=2)
            both.append((size * part[:, None]).sum(axis=0))
        return cls(section.before.names, both[0], both[1], _unit(comparison)).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """All columns, the largest first, with before, after and the change."""
        import pandas as pd

        table = {"before": self.before, "after": self.after, "change": self.after - self.before}
        order = np.argsort(-np.maximum(self.before, self.after), kind="stable")
        return pd.DataFrame(table, index=pd.Index(self.names, name="column")).iloc[order]

    def _draw(self, ax: Any) -> None:
        top = self.frame().head(_NAMED)
        at = np.arange(len(top))
        ax.hlines(at, top["before"], top["after"], color=GREY, linewidth=1)
        ax.plot(top["before"], at, color=BLUE, marker="o", linestyle="none", label="before")
        ax.plot(top["after"], at, color=ORANGE, marker="s", linestyle="none", label="after")
        name_ticks(ax.yaxis, [label_of(name) for name in top.index])
        ax.invert_yaxis()
        ax.set_xlim(left=0)
        ax.set_xlabel(f"mean |SHAP value| ({self.unit})")
        ax.legend(frameon=False, loc="lower right")
