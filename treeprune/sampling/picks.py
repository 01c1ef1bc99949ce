"""Rows picked by their weights."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


class Picker:
    """Turns numbers between 0 and 1 into rows.

    Parameters
    ----------
    weight : ndarray of float64, shape (n_rows,)
        Above 0.
    """

    def __init__(self, weight: Array) -> None:
        self._up_to = np.cumsum(weight)

    def pick(self, uniform: Array) -> Array:
        """Place of the row where the weights before it pass a share of their sum.

        Parameters
        ----------
        uniform : ndarray of float64
            From 0 to below 1.

        Returns
        -------
        ndarray of int64, of the shape of `uniform`
        """
        found = np.searchsorted(self._up_to, uniform * self._up_to[-1], side="right")
        return np.minimum(found, len(self._up_to) - 1)
