"""The record of a choice of trees, and of the sizes it was chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treeprune.model.ensemble import Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TreePlan:
    """What became of each tree of an ensemble.

    Parameters
    ----------
    tree : ndarray of int32, shape (n_trees,)
        Native numbers of the trees.
    factor : ndarray of float64, shape (n_trees,)
        What each tree's part in the model was multiplied by; 0 for a tree that goes. Where trees are
        averaged, those of the trees that stay have mean 1.
    enters_at : ndarray of int64, shape (n_trees,)
        Least number of trees among which the method has the tree; 0 if it never does.
    n_nodes, n_leaves : ndarray of int64, shape (n_trees,)
    method : str
    """

    tree: Array
    factor: Array
    enters_at: Array
    n_nodes: Array
    n_leaves: Array
    method: str

    @property
    def kept(self) -> Array:
        """Mask of the trees that stay, shape (n_trees,)."""
        return self.factor > 0

    def __len__(self) -> int:
        return len(self.tree)

    def __repr__(self) -> str:
        kept = int(self.kept.sum())
        gone = int(self.n_nodes[~self.kept].sum())
        return f"TreePlan({kept} of {len(self)} trees stay, {gone} nodes removed, method={self.method!r})"

    def to_frame(self) -> pd.DataFrame:
        """One row for each tree of the model before pruning.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "tree": self.tree,
                "kept": self.kept,
                "factor": self.factor,
                "enters_at": self.enters_at,
                "n_nodes": self.n_nodes,
                "n_leaves": self.n_leaves,
            }
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))


@dataclass(frozen=True, eq=False)
class TreePath:
    """Every number of trees that could have been kept, and how good each is.

    Parameters
    ----------
    n_trees, n_nodes : ndarray of int64, shape (n_steps,)
        Size at each step, ascending in the number of trees.
    loss, loss_se : ndarray of float64, shape (n_steps,), or None
        Mean loss over folds and its standard error, where rows were scored.
    first_loss : ndarray of float64, shape (n_steps,), or None
        Mean loss over folds of as many of the first trees, as they stand.
    whole_loss : float or None
        Mean loss over folds of the whole model.
    best : int or None
        Step of least loss.
    loss_name : str or None
    rule : str, float or None
        By which the step was chosen among the losses.
    chosen : int
        Step that was taken.
    method : str
    """

    n_trees: Array
    n_nodes: Array
    loss: Array | None
    loss_se: Array | None
    first_loss: Array | None
    whole_loss: float | None
    best: int | None
    loss_name: str | None
    rule: str | float | None
    chosen: int
    method: str

    def __len__(self) -> int:
        return len(self.n_trees)

    def __repr__(self) -> str:
        return (
            f"TreePath({len(self)} steps, {self.n_trees[0]} to {self.n_trees[-1]} trees, "
            f"chosen {self.n_trees[self.chosen]}, method={self.method!r})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each step.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        columns = {"n_trees": self.n_trees, "n_nodes": self.n_nodes}
        for name in ("loss", "loss_se", "first_loss"):
            if getattr(self, name) is not None:
                columns[name] = getattr(self, name)
        frame = pd.DataFrame(columns)
        frame["chosen"] = np.arange(len(frame)) == self.chosen
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))
