"""A symmetric matrix that grows by its last rows and columns."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


class Room:
    """Room for a matrix, and to spare, so that few extensions copy what is there.

    Attributes
    ----------
    whole : ndarray of float64, shape (n_room, n_room)
        Its first rows and columns are the matrix.
    matrix : ndarray of float64, shape (n, n)
    """

    def __init__(self) -> None:
        self.whole = self.matrix = np.empty((0, 0))

    def extend(self, late: Array) -> None:
        """Add rows and columns.

        Parameters
        ----------
        late : ndarray of float64, shape (n, n_new)
            The last columns.
        """
        old, n = len(self.matrix), len(late)
        if n > len(self.whole):
            room = np.empty((n + old,) * 2)
            room[:old, :old] = self.matrix
            self.whole = room
        self.matrix = self.whole[:n, :n]
        rows = late.T
        self.matrix[old:], self.matrix[:old, old:] = rows, rows.T[:old]
