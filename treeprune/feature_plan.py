"""The record of a choice of columns of a linear model, and of the sizes it was chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treeprune.model.ensemble import Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FeaturePlan:
    """What became of each group of columns of a linear model.

    Parameters
    ----------
    groups : tuple of str
    columns : tuple of tuple of str
        Names of the columns of each group.
    kept : ndarray of bool, shape (n_groups,)
    why : tuple of str
        "mandatory", "kept", or how it went.
    step : ndarray of int64, shape (n_groups,)
        Step of the path at which it left for good, or came in for good; -1 if it never did.
    saliency : ndarray of float64, shape (n_groups,)
        What it was worth there, in the unit of the method; NaN if nothing says it.
    loss, loss_se : ndarray of float64, shape (n_groups,)
        Held-out loss of the model of that step, and its standard error.
    max_change : ndarray of float64, shape (n_groups,)
        Largest change of a row's answer (a probability, a count, a number) at that step against the model
        that all columns make.
    """

    groups: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    kept: Array
    why: tuple[str, ...]
    step: Array
    saliency: Array
    loss: Array
    loss_se: Array
    max_change: Array

    def __len__(self) -> int:
        return len(self.groups)

    def __repr__(self) -> str:
        gone = [name for name, kept in zip(self.groups, self.kept, strict=True) if not kept]
        some = ", ".join(gone[:5]) + (", ..." if len(gone) > 5 else "")
        without = f"; without {some}" if gone else ""
        return f"FeaturePlan({int(self.kept.sum())} of {len(self)} features stay{without})"

    def to_frame(self) -> pd.DataFrame:
        """One row for each group of columns.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "feature": self.groups,
                "columns": [", ".join(names) for names in self.columns],
                "kept": self.kept,
                "why": self.why,
                "step": self.step,
                "saliency": self.saliency,
                "loss": self.loss,
                "loss_se": self.loss_se,
                "max_change": self.max_change,
            }
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=50))


@dataclass(frozen=True, eq=False)
class FeaturePath:
    """Every size of a linear model that was looked at.

    Parameters
    ----------
    n_features : ndarray of int64, shape (n_steps,)
        Groups of columns with a coefficient that is not 0.
    coef : ndarray of float64, shape (n_steps, n_columns, n_outputs)
        On the user's scale.
    intercept : ndarray of float64, shape (n_steps, n_outputs)
    loss, loss_se : ndarray of float64, shape (n_steps,), or None
        Of rows that folds hold out; None where nothing was compared.
    strength : ndarray of float64, shape (n_steps,), or None
        Of the penalty, falling.
    kkt : ndarray of float64, shape (n_steps,), or None
        Violation of the optimality conditions, over the largest strength.
    mean_change, high_change, max_change : ndarray of float64, shape (n_steps,)
        Mean, 99th percentile and maximum change of a row's answer against the model that all columns make.
    best, by_one_se : int or None
        Steps of least loss, and by the rule of one standard error.
    chosen : int
    loss_name : str
    columns : tuple of str
    ending : str
        Why the path has no further steps.
    """

    n_features: Array
    coef: Array
    intercept: Array
    loss: Array | None
    loss_se: Array | None
    strength: Array | None
    kkt: Array | None
    mean_change: Array
    high_change: Array
    max_change: Array
    best: int | None
    by_one_se: int | None
    chosen: int
    loss_name: str
    columns: tuple[str, ...]
    ending: str = "complete"

    def __len__(self) -> int:
        return len(self.n_features)

    def __repr__(self) -> str:
        return (
            f"FeaturePath({len(self)} steps, {self.n_features.min()} to {self.n_features.max()} features, "
            f"chosen {self.n_features[self.chosen]})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each step.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        columns = {
            "n_features": self.n_features,
            "strength": self.strength,
            "loss": self.loss,
            "loss_se": self.loss_se,
            "mean_change": self.mean_change,
            "high_change": self.high_change,
            "max_change": self.max_change,
            "kkt": self.kkt,
        }
        frame = pd.DataFrame({name: x for name, x in columns.items() if x is not None})
        frame["chosen"] = np.arange(len(self)) == self.chosen
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=30))
