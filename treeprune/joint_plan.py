"""The record of a joint pruning: what is left of each tree, and the sizes it was chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class JointPlan:
    """What is left of each tree of an ensemble.

    Parameters
    ----------
    tree : ndarray of int32, shape (n_trees,)
        Native numbers of the trees.
    factor : ndarray of float64, shape (n_trees,)
        What the old leaf values of a tree were multiplied by, or drawn to multiplied so; 0 for a tree
        that goes, and where values were fitted freely.
    nodes_before, nodes_after : ndarray of int64, shape (n_trees,)
    leaves_before, leaves_after : ndarray of int64, shape (n_trees,)
        0 after for a tree that goes.
    splits_collapsed : ndarray of int64, shape (n_trees,)
        Splits that became leaves.
    value_change : ndarray of float64, shape (n_trees,)
        Root mean square, over training weight, of what the values of the kept leaves were changed by; NaN
        for a tree that goes.
    way : str
        How subtrees and values were chosen, in words.
    """

    tree: Array
    factor: Array
    nodes_before: Array
    nodes_after: Array
    leaves_before: Array
    leaves_after: Array
    splits_collapsed: Array
    value_change: Array
    way: str

    @classmethod
    def of(cls, before: TreeEnsemble, after: TreeEnsemble, factors: Array, way: str) -> Self:
        """Compare an ensemble with what is left of it.

        Parameters
        ----------
        before, after : TreeEnsemble
            The trees of `after` are tops of trees of `before`, by `tree_id` and `node_id`.
        factors : ndarray of float64, shape (n_trees of `after`,)
        way : str

        Returns
        -------
        JointPlan
        """
        n = before.n_trees
        table = {
            name: np.zeros(n, np.int64) for name in ("nodes_after", "leaves_after", "splits_collapsed")
        }
        factor, change = np.zeros(n), np.full(n, np.nan)
        position = {int(tree): t for t, tree in enumerate(before.tree_id)}
        for k, tree in enumerate(after.tree_id):
            t = position[int(tree)]
            old, new = before.tree(t), after.tree(k)
            by_id = np.argsort(before.node_id[old])
            same = by_id[np.searchsorted(before.node_id[old][by_id], after.node_id[new])]
            leaf = after.is_leaf[new]
            table["nodes_after"][t], table["leaves_after"][t] = len(leaf), leaf.sum()
            table["splits_collapsed"][t] = (leaf & ~before.is_leaf[old][same]).sum()
            factor[t] = factors[k]
            off = (after.value[new] - before.value[old][same])[leaf] ** 2
            cover = after.cover[new][leaf]
            change[t] = np.sqrt(np.average(off.mean(axis=1), weights=cover if cover.any() else None))
        leaves = np.add.reduceat(before.is_leaf.astype(np.int64), before.root[:-1])
        return cls(before.tree_id, factor, np.diff(before.root), leaves_before=leaves,
                   value_change=change, way=way, **table)  # fmt: skip

    @property
    def kept(self) -> Array:
        """Mask of the trees of which something stays, shape (n_trees,)."""
        return self.nodes_after > 0

    def __len__(self) -> int:
        return len(self.tree)

    def __repr__(self) -> str:
        return (
            f"JointPlan({int(self.kept.sum())} of {len(self)} trees stay, with "
            f"{int(self.nodes_after.sum()):,} of {int(self.nodes_before.sum()):,} nodes; {self.way})"
        )

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
                "nodes_before": self.nodes_before,
                "nodes_after": self.nodes_after,
                "leaves_before": self.leaves_before,
                "leaves_after": self.leaves_after,
                "splits_collapsed": self.splits_collapsed,
                "value_change": self.value_change,
            }
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))


@dataclass(frozen=True, eq=False)
class JointPath:
    """Every size that was looked at, the best way to that size, and how good it is.

    Parameters
    ----------
    max_nodes : ndarray of int64, shape (n_steps,)
        Most nodes of a model, ascending.
    loss, loss_se : ndarray of float64, shape (n_steps,)
        Mean loss over folds of the best way to a model of that size, and its standard error.
    way : tuple of str
        That way, in words.
    n_features : ndarray of int64, shape (n_steps,)
        Most features of a model; 0 where they are not limited.
    first_nodes : ndarray of int64, shape (n_slices,)
    first_loss : ndarray of float64, shape (n_slices,)
        Mean loss of the first trees as they stand, as many as have no more nodes.
    whole_nodes : int
        Nodes of the model before pruning.
    whole_loss : float
        Its mean loss over folds.
    best, chosen : int
        Steps of least loss, and taken.
    chosen_nodes, chosen_trees : int
        Nodes and trees of the model taken.
    loss_name : str
    rule : str or float
        By which the step was chosen among the losses.
    """

    max_nodes: Array
    loss: Array
    loss_se: Array
    way: tuple[str, ...]
    n_features: Array
    first_nodes: Array
    first_loss: Array
    whole_nodes: int
    whole_loss: float
    best: int
    chosen: int
    chosen_nodes: int
    chosen_trees: int
    loss_name: str
    rule: str | float

    def __len__(self) -> int:
        return len(self.max_nodes)

    def __repr__(self) -> str:
        return (
            f"JointPath({len(self)} sizes up to {self.max_nodes[-1]:,} nodes, chosen {self.chosen_nodes:,} "
            f"nodes in {self.chosen_trees:,} trees: {self.way[self.chosen]})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each size.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        frame = pd.DataFrame(
            {
                "max_nodes": self.max_nodes,
                "loss": self.loss,
                "loss_se": self.loss_se,
                "way": self.way,
            }
        )
        if self.n_features.any():
            frame.insert(0, "max_features", self.n_features)
        frame["chosen"] = np.arange(len(frame)) == self.chosen
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))
