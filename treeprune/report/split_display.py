"""A picture of how stable the splits of a distilled tree are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.report.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd

_MOST_BARS = 31


class SplitStabilityDisplay:
    """Share of redraws in which each split wins again, the root at the top.

    Parameters
    ----------
    stability : pandas.DataFrame
        `stability_` of a `TreeDistiller`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        After `plot`.
    figure_ : matplotlib Figure
        After `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import SplitStabilityDisplay, TreeDistiller
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> distiller = TreeDistiller(
    ...     DecisionTreeClassifier(max_depth=3, random_state=0), max_leaf_nodes=3, n_synthetic=1000,
    ...     n_redraws=5, random_state=0,
    ... ).fit(X, y)
    >>> SplitStabilityDisplay.from_distiller(distiller).ax_.get_xlabel()
    'share of redraws in which it wins again'
    """

    def __init__(self, stability: pd.DataFrame) -> None:
        self.stability = stability

    @classmethod
    def from_distiller(cls, distiller: Any, *, ax: Any = None) -> Self:
        """Draw the splits of a fitted `TreeDistiller`.

        Parameters
        ----------
        distiller : TreeDistiller
        ax : matplotlib Axes, optional
            A new figure by default.

        Returns
        -------
        SplitStabilityDisplay

        Raises
        ------
        ValueError
            If nothing was redrawn, or the tree has no split.
        """
        if getattr(distiller, "stability_", None) is None:
            raise ValueError("there is no stability_: fit with n_redraws > 0, and two leaves at least")
        return cls(distiller.stability_).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw at most 31 splits, those nearest to the root.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure by default.

        Returns
        -------
        SplitStabilityDisplay
        """
        shown = self.stability.sort_values(["depth", "node"]).head(_MOST_BARS)
        y = np.arange(len(shown))[::-1]
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots(figsize=(7.5, 1.8 + 0.32 * len(shown)), layout="constrained")[1]
        ax.barh(y, shown["same_feature"], color=GREY, height=0.7, label="same feature")
        ax.barh(y, shown["same_split"], color=BLUE, height=0.35, label="same threshold too")
        ax.plot(shown["chance"], y, "D", color=ORANGE, markersize=5, label="chance by the test, feature")
        # names come from users: a dollar sign must not start mathematics
        ax.set_yticks(y, [_words(row) for row in shown.itertuples()], fontsize=8, parse_math=False)
        ax.set_xlim(0, 1.02)
        ax.set_xlabel("share of redraws in which it wins again")
        ax.figure.legend(loc="outside lower center", ncol=3, fontsize=8, frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _words(row: Any) -> str:
    cut = "missing" if np.isinf(row.threshold) else f"{row.threshold:.4g}"
    rival = f"  (next: {row.rival})" if row.rival else ""
    return f"{row.feature} at {cut}{rival}" if row.depth else f"root: {row.feature} at {cut}{rival}"
