"""The audit record: which splits go, at what cost, and the whole trade-off they were chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths, leaf_counts, lowest_above, tree_of_node

if TYPE_CHECKING:
    import pandas as pd


def split_in_words(ensemble: TreeEnsemble, node: int) -> str:
    """The question a split asks, as ``age <= 63.5``; empty for a leaf."""
    feature = int(ensemble.feature[node])
    if feature == LEAF:
        return ""
    if ensemble.category_set[node] != LEAF:
        return f"{ensemble.name_of(feature)} in set {ensemble.category_set[node]}"
    if np.isposinf(ensemble.threshold[node]):  # such a split tells missing values from all others
        return f"{ensemble.name_of(feature)} is not missing"
    return f"{ensemble.name_of(feature)} {ensemble.comparison} {ensemble.threshold[node]:.6g}"


def outermost(ensemble: TreeEnsemble, nodes: Array) -> Array:
    """Those of the marked splits that no marked split stands above.

    Parameters
    ----------
    ensemble : TreeEnsemble
    nodes : ndarray of bool, shape (n_nodes,)

    Returns
    -------
    ndarray of bool, shape (n_nodes,)
    """
    marked = nodes & ~ensemble.is_leaf
    return marked & (lowest_above(ensemble.left, ensemble.right, np.where(marked, 0.0, np.inf)) > 0)


@dataclass(frozen=True, eq=False)
class PruningPlan:
    """What a pruner removes from a model, and why.

    Parameters
    ----------
    ensemble : TreeEnsemble
        The model before pruning.
    collapse : ndarray of bool, shape (n_nodes,)
        Splits that become leaves.
    cost_branch, cost_leaf : ndarray of float64, shape (n_nodes,)
        Cost of each node's branch before, and of the node as a leaf after.
    statistic : ndarray of float64, shape (n_nodes,)
        What the decision went by.
    statistic_name : str
    """

    ensemble: TreeEnsemble
    collapse: Array
    cost_branch: Array
    cost_leaf: Array
    statistic: Array
    statistic_name: str

    @property
    def nodes(self) -> Array:
        """Positions of the splits that become leaves of the pruned model, ascending."""
        return np.flatnonzero(outermost(self.ensemble, self.collapse))

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        removed = self.to_frame()["nodes_removed"].sum()
        return f"PruningPlan({len(self)} splits become leaves, {removed} nodes removed)"

    def to_frame(self) -> pd.DataFrame:
        """One row for each split that becomes a leaf.

        Returns
        -------
        pandas.DataFrame
            ``tree`` and ``node`` number the native tree and node; ``support_rows`` and
            ``support_weight`` are those of the training rows in the node.
        """
        import pandas as pd

        e, nodes = self.ensemble, self.nodes
        n_leaves = leaf_counts(e.left, e.right)[nodes]
        rows = None if e.n_samples is None else e.n_samples[nodes]
        return pd.DataFrame(
            {
                "tree": e.tree_id[tree_of_node(e.root)[nodes]],
                "node": e.node_id[nodes],
                "depth": depths(e.left, e.right)[nodes],
                "split": [split_in_words(e, node) for node in nodes],
                "support_rows": rows,
                "support_weight": e.cover[nodes],
                "leaves_removed": n_leaves - 1,
                "nodes_removed": 2 * (n_leaves - 1),
                "cost_branch": self.cost_branch[nodes],
                "cost_leaf": self.cost_leaf[nodes],
                self.statistic_name: self.statistic[nodes],
            }
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))


@dataclass(frozen=True, eq=False)
class PruningPath:
    """Every size a pruner could have chosen, and how good each is.

    Parameters
    ----------
    ccp_alpha : ndarray of float64, shape (n_steps,)
        Strength at which each step begins, ascending from 0.
    n_leaves : ndarray of int64, shape (n_steps,)
        Leaves of the whole model.
    risk : ndarray of float64, shape (n_steps,)
        Training risk, averaged over trees.
    loss, loss_se : ndarray of float64, shape (n_steps,), or None
        Mean loss over folds and its standard error, where rows were scored.
    chosen : int
        Step that was taken.
    best : int or None
        Step of least loss.
    loss_name : str or None
    """

    ccp_alpha: Array
    n_leaves: Array
    risk: Array
    loss: Array | None
    loss_se: Array | None
    chosen: int
    best: int | None
    loss_name: str | None

    def __len__(self) -> int:
        return len(self.ccp_alpha)

    def __repr__(self) -> str:
        return (
            f"PruningPath({len(self)} steps, {self.n_leaves[0]} to {self.n_leaves[-1]} leaves, "
            f"chosen {self.n_leaves[self.chosen]})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each step.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        columns = {"ccp_alpha": self.ccp_alpha, "n_leaves": self.n_leaves, "risk": self.risk}
        if self.loss is not None and self.loss_se is not None:
            columns |= {"loss": self.loss, "loss_se": self.loss_se}
        frame = pd.DataFrame(columns)
        frame["chosen"] = np.arange(len(frame)) == self.chosen
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))
