"""A picture of how often columns were selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.report.style import BLUE, GREY, ORANGE
from treeprune.selection_stability import SelectionStability

if TYPE_CHECKING:
    import pandas as pd

_MOST_BARS = 30


class StabilityDisplay:
    """Selection frequencies as bars, the most frequent at the top, and a threshold.

    Parameters
    ----------
    stability : SelectionStability
    threshold : float, optional
        Frequency that is marked. By default that which keeps the expected number of falsely selected ones
        down to 1; none if there is no such frequency.

    Attributes
    ----------
    ax_ : matplotlib Axes
        After `plot`.
    figure_ : matplotlib Figure
        After `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.feature_selection import SelectFromModel
    >>> from sklearn.linear_model import Lasso
    >>> from treeprune import StabilityDisplay, selection_stability
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> found = selection_stability(SelectFromModel(Lasso(1.0)), X, y, n_resamples=10)
    >>> StabilityDisplay.from_stability(found).ax_.get_xlabel()
    'share of fits that selected it'
    """

    def __init__(self, stability: SelectionStability, threshold: float | None = None) -> None:
        self.stability = stability
        self.threshold = threshold

    @classmethod
    def from_stability(
        cls, stability: SelectionStability, *, threshold: float | None = None, ax: Any = None
    ) -> Self:
        """Draw what `selection_stability` has found.

        Parameters
        ----------
        stability : SelectionStability
        threshold : float, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        StabilityDisplay

        Raises
        ------
        TypeError
            If `stability` is something else.
        """
        if not isinstance(stability, SelectionStability):
            raise TypeError(f"a SelectionStability is drawn, got {type(stability).__name__}")
        return cls(stability, threshold).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The numbers that are drawn, and those of columns that are too many to draw."""
        return self.stability.to_frame()

    def plot(self, ax: Any = None) -> Self:
        """Draw the 30 most frequent.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure by default.

        Returns
        -------
        StabilityDisplay
        """
        found, bar = self.stability, self._bar()
        order = np.argsort(-found.thing_frequency, kind="stable")[:_MOST_BARS]
        height = found.thing_frequency[order]
        if ax is None:
            from matplotlib import pyplot

            size = (6.4, max(2.4, 1.2 + 0.24 * len(order)))
            ax = pyplot.subplots(figsize=size, layout="constrained")[1]
        reached = height >= (np.inf if bar is None else bar)
        place = np.arange(len(order))
        ax.barh(place, height, color=np.where(reached, BLUE, GREY), height=0.7)
        # names come from users: a dollar sign must not start mathematics
        ax.set_yticks(place, [found.things[k] for k in order], parse_math=False)
        ax.set_ylim(len(order) - 0.4, -0.6)
        ax.set_xlim(0, 1)
        if bar is not None:
            false = found.expected_false(bar)
            words = "no bound on false ones" if np.isinf(false) else f"at most {false:.2g} false expected"
            label = f"threshold {bar:.2f}: {words}"
            ax.axvline(bar, color=ORANGE, linestyle="--", linewidth=1.5, label=label)
            ax.legend(loc="lower right", framealpha=0.9, edgecolor="none")
        ax.set_xlabel("share of fits that selected it")
        more = len(found.things) - len(order)
        title = f"Selection by {found.name}" + (f" ({more} less frequent not shown)" if more else "")
        ax.set_title(title, parse_math=False)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _bar(self) -> float | None:
        if self.threshold is not None:
            self.stability.expected_false(self.threshold)  # refuses what is no frequency
            return float(self.threshold)
        try:
            return self.stability.threshold_for()
        except ValueError:
            return None
