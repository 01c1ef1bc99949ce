"""SHAP values of some rows, and how they came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from treeprune.model.ensemble import Array

Output = Literal["raw", "probability"]

Route = Literal["by cover", "against a background", "linear", "exact by shap", "permutations by shap"]


@dataclass(frozen=True, eq=False)
class Attributions:
    """What each column adds to the output of a model, row by row.

    Parameters
    ----------
    phi : ndarray of float64, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
        In the units of `output`.
    base : ndarray of float64, shape () or (n_outputs,)
        Output where nothing is known of a row; ``base + phi.sum(axis=1)`` is the output of each row.
    output : {"raw", "probability"}
    route : str
        ``"by cover"``: exact, for trees, by the training rows that reached each node; ``"against a
        background"``: exact, for trees; ``"linear"``: exact; ``"exact by shap"``: all subsets of columns;
        ``"permutations by shap"``: an estimate.
    residual : float
        Largest difference between ``base + phi.sum(axis=1)`` and what the native model itself says.
    output_range : float
        What `residual` is held against: how far the output can range.
    names : tuple of str
        Of the columns.
    """

    phi: Array
    base: Array
    output: Output
    route: Route
    residual: float
    output_range: float
    names: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the values are exact but for rounding."""
        return self.route != "permutations by shap"

    def to_shap(self, X: Any) -> Any:
        """As shap's own object, for its pictures.

        Parameters
        ----------
        X : table, shape (n_rows, n_features)
            The rows that were explained; shown beside the values.

        Returns
        -------
        shap.Explanation
        """
        import shap

        data = X.to_numpy() if hasattr(X, "to_numpy") else np.asarray(X)
        base = np.broadcast_to(self.base, (len(self.phi), *self.base.shape)).copy()
        return shap.Explanation(self.phi, base, data, feature_names=list(self.names))
