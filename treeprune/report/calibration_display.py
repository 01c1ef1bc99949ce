"""Calibration of two models, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from treeprune.agreement.reliability import ReliabilityCurve
from treeprune.export.intervals import wilson_interval
from treeprune.model.ensemble import Array
from treeprune.report.comparison_display import ComparisonDisplay, label_of, merge_small
from treeprune.report.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd

    from treeprune.evidence.comparison import Comparison


class CalibrationPairDisplay(ComparisonDisplay):
    """Observed shares of the event against predicted ones, for both models.

    Neighbouring bins are put together until each holds `min_count` rows with the event and as many
    without it, or none: a share and its interval give the counts away.

    Parameters
    ----------
    before, after : ReliabilityCurve
    event : str
        What happens.
    min_count : int

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import CalibrationPairDisplay, compare
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> large, small = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y) for d in (3, 2))
    >>> display = CalibrationPairDisplay.from_comparison(compare(large, small, X, y))
    >>> display.ax_.get_xlabel()
    'predicted probability of 1'
    """

    title = "Calibration of both models"

    def __init__(
        self, before: ReliabilityCurve, after: ReliabilityCurve, event: str, min_count: int = 11
    ) -> None:
        self.before, self.after, self.event, self.min_count = before, after, event, min_count

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, class_index: int = -1, ax: Any = None) -> Self:
        """Draw the calibration of a comparison.

        Parameters
        ----------
        comparison : Comparison
        class_index : int, default=-1
            Which class is the event, for more than two.
        ax : matplotlib Axes, optional

        Returns
        -------
        CalibrationPairDisplay

        Raises
        ------
        ValueError
            If the models predict no classes, or the rows hold one only.
        """
        found = comparison.calibration
        if found is None or not found.before.curve:
            raise ValueError("there is no calibration curve: the rows do not hold outcomes of classes")
        label = comparison.pair.before.classes[class_index]
        before, after = found.before.curve[class_index], found.after.curve[class_index]
        return cls(before, after, str(label), comparison.pair.min_count).plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """The bins that are drawn: model, rows, mean probability, observed share and its interval."""
        import pandas as pd

        both = {"before": self.before, "after": self.after}
        return pd.concat(
            [
                pd.DataFrame(_merged(curve, self.min_count)).assign(model=name)
                for name, curve in both.items()
            ]
        ).loc[:, ["model", "n", "predicted", "observed", "low", "high"]]

    def _draw(self, ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="ideal")
        for name, curve, color, marker in (
            ("before", self.before, BLUE, "o"),
            ("after", self.after, ORANGE, "s"),
        ):
            bins = _merged(curve, self.min_count)
            spread = np.abs([bins["observed"] - bins["low"], bins["high"] - bins["observed"]])
            ax.errorbar(bins["predicted"], bins["observed"], yerr=spread, color=color, marker=marker,
                        markersize=5, linewidth=1, capsize=2, label=f"{name}, 95% interval")  # fmt: skip
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="observed share")
        ax.set_xlabel(f"predicted probability of {label_of(self.event)}", parse_math=False)
        ax.legend(frameon=False, loc="upper left")


def _merged(curve: ReliabilityCurve, min_count: int) -> dict[str, Array]:
    events = np.rint(curve.n * curve.observed).astype(np.int64)
    starts = merge_small(np.array([events, curve.n - events]), min_count)
    n = np.add.reduceat(curve.n, starts)
    predicted, observed = (
        np.add.reduceat(curve.n * x, starts) / n for x in (curve.predicted, curve.observed)
    )
    low, high = wilson_interval(observed, n.astype(np.float64))
    return {"n": n, "predicted": predicted, "observed": observed, "low": low, "high": high}
