"""What all pictures of a comparison share: how they are made, and whom they must not show."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from treeprune.export.vocabulary import plain
from treeprune.model.ensemble import Array
from treeprune.report.style import axes

_MOST_LETTERS = 28


class ComparisonDisplay:
    """A picture of a comparison. Subclasses say what they take from it and how they draw it.

    Attributes
    ----------
    ax_ : matplotlib Axes
        After `plot`.
    figure_ : matplotlib Figure
        After `plot`.
    """

    title: ClassVar[str]

    def _draw(self, ax: Any) -> None:
        raise NotImplementedError

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure by default.

        Returns
        -------
        The display.
        """
        ax = axes(ax)
        self._draw(ax)
        ax.set_title(self.title, parse_math=False)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def label_of(name: object) -> str:
    """A user's name, on one line and short enough for an axis."""
    text = plain(name)
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def name_ticks(axis: Any, names: list[str]) -> None:
    """Users' names beside an axis, the first at 0; a dollar sign must not start mathematics."""
    axis.set_ticks(range(len(names)), names, parse_math=False)


def merge_small(counts: Array, small: int) -> Array:
    """First bin of each run of bins that has to be shown as one.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_kinds, n_bins)
        Several counts of each bin.
    small : int
        No count of a run lies between 1 and below this.

    Returns
    -------
    ndarray of int64, shape (n_runs,)
        A last run that is too small joins those before it; no run at all if all bins together are.
    """

    def is_small(count: Array) -> bool:
        return bool(((count > 0) & (count < small)).any())

    starts, begun = [0], 0
    for k in range(counts.shape[1]):
        if not is_small(counts[:, begun : k + 1].sum(axis=1)):
            begun = k + 1
            starts.append(begun)
    if begun == counts.shape[1]:
        starts.pop()
    while starts and is_small(counts[:, starts[-1] :].sum(axis=1)):
        starts.pop()
    return np.array(starts, np.int64)
