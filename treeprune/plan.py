"""The audit record: which splits go, at what cost, and the whole trade-off they were chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, Self

import numpy as np

from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths, leaf_counts, lowest_above, tree_of_node

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_CODES = 8
"""Categories that a split is described by, at the most."""


class _HasSplits(Protocol):
    """What a split is described from: an ensemble, or the splits of a plan."""

    @property
    def feature(self) -> Array: ...
    @property
    def threshold(self) -> Array: ...
    @property
    def category_set(self) -> Array: ...
    @property
    def category_offset(self) -> Array: ...
    @property
    def category_word(self) -> Array: ...
    @property
    def category_count(self) -> Array: ...
    @property
    def comparison(self) -> str: ...
    def name_of(self, feature: int) -> str: ...


def categories_of(splits: _HasSplits, chosen: int) -> Array:
    """Codes in a category set, ascending."""
    words = splits.category_word[splits.category_offset[chosen] : splits.category_offset[chosen + 1]]
    bits = np.unpackbits(np.ascontiguousarray(words, "<u4").view(np.uint8), bitorder="little")
    return np.flatnonzero(bits[: splits.category_count[chosen]])


def _set_in_words(splits: _HasSplits, chosen: int) -> str:
    inside = categories_of(splits, chosen)
    outside = np.setdiff1d(np.arange(splits.category_count[chosen]), inside)
    if len(inside) <= _SHOWN_CODES:
        return f"in {{{', '.join(map(str, inside))}}}"
    if len(outside) <= _SHOWN_CODES:
        return f"not in {{{', '.join(map(str, outside))}}}"
    shown = ", ".join(map(str, inside[:_SHOWN_CODES]))
    return f"in {{{shown} and {len(inside) - _SHOWN_CODES} more}}"


def split_in_words(splits: _HasSplits, node: int) -> str:
    """The question a split asks, as ``age <= 63.5`` or ``ward in {0, 3}``; empty for a leaf."""
    feature = int(splits.feature[node])
    if feature == LEAF:
        return ""
    if splits.category_set[node] != LEAF:
        return f"{splits.name_of(feature)} {_set_in_words(splits, int(splits.category_set[node]))}"
    if np.isposinf(splits.threshold[node]):  # such a split tells missing values from all others
        return f"{splits.name_of(feature)} is not missing"
    return f"{splits.name_of(feature)} {splits.comparison} {splits.threshold[node]:.6g}"


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


def _own_sets(e: TreeEnsemble, chosen: Array) -> tuple[Array, Array, Array, Array]:
    """Category sets of some splits alone: which one each has, offsets, words and counts."""
    used, own = np.unique(chosen[chosen != LEAF], return_inverse=True)
    numbers = chosen.copy()
    numbers[chosen != LEAF] = own.ravel()
    words = [e.category_word[e.category_offset[s] : e.category_offset[s + 1]] for s in used]
    offset = np.cumsum([0, *map(len, words)]).astype(np.int64)
    return numbers, offset, np.concatenate([e.category_word[:0], *words]), e.category_count[used]


@dataclass(frozen=True, eq=False)
class PruningPlan:
    """What a pruner removes from a model, and why: one entry for each split that becomes a leaf.

    It holds nothing of the rest of the model, so that it can be kept beside a small one.

    Parameters
    ----------
    feature, threshold, category_set : ndarray, shape (n_collapsed,)
        The question each split asked.
    category_offset, category_word, category_count : ndarray
        The category sets of these splits, as `TreeEnsemble` has them.
    comparison : {"<=", "<"}
    feature_names : tuple of str or None
    columns : dict of str to ndarray, shape (n_collapsed,)
        What `to_frame` shows beside the split.
    """

    feature: Array
    threshold: Array
    category_set: Array
    category_offset: Array
    category_word: Array
    category_count: Array
    comparison: Literal["<=", "<"]
    feature_names: tuple[str, ...] | None
    columns: dict[str, Array]

    @classmethod
    def of(
        cls,
        ensemble: TreeEnsemble,
        collapse: Array,
        *,
        cost_branch: Array,
        cost_leaf: Array,
        **evidence: Array,
    ) -> Self:
        """Record the collapse of some splits.

        Parameters
        ----------
        ensemble : TreeEnsemble
            The model before pruning.
        collapse : ndarray of bool, shape (n_nodes,)
            Splits that become leaves; those below others are not listed.
        cost_branch, cost_leaf : ndarray of float64, shape (n_nodes,)
            Cost of each node's branch before, and of the node as a leaf after. Of a boosted model, what
            they change in the loss of the whole ensemble: a branch as it was grown changes nothing.
        **evidence : ndarray, shape (n_nodes,)
            What the decision went by, under the names of its columns.

        Returns
        -------
        PruningPlan
        """
        e, nodes = ensemble, np.flatnonzero(outermost(ensemble, collapse))
        n_leaves = leaf_counts(e.left, e.right)[nodes]
        columns = {
            "tree": e.tree_id[tree_of_node(e.root)[nodes]],
            "node": e.node_id[nodes],
            "depth": depths(e.left, e.right)[nodes],
            "support_rows": np.full(len(nodes), np.nan) if e.n_samples is None else e.n_samples[nodes],
            "support_weight": e.cover[nodes],
            "leaves_removed": n_leaves - 1,
            "nodes_removed": 2 * (n_leaves - 1),
            "cost_branch": cost_branch[nodes],
            "cost_leaf": cost_leaf[nodes],
        }
        columns |= {name: values[nodes] for name, values in evidence.items()}
        return cls(
            e.feature[nodes],
            e.threshold[nodes],
            *_own_sets(e, e.category_set[nodes]),
            e.comparison,
            e.feature_names,
            columns,
        )

    def name_of(self, feature: int) -> str:
        """Name of a column, ``x[3]`` where the model knows none."""
        return self.feature_names[feature] if self.feature_names else f"x[{feature}]"

    def __len__(self) -> int:
        return len(self.feature)

    def __repr__(self) -> str:
        removed = int(self.columns["nodes_removed"].sum())
        return f"PruningPlan({len(self)} splits become leaves, {removed} nodes removed)"

    def to_frame(self) -> pd.DataFrame:
        """One row for each split that becomes a leaf.

        Returns
        -------
        pandas.DataFrame
            ``tree`` and ``node`` number the native tree and node; ``support_rows`` and
            ``support_weight`` are those of the training rows in the node, ``held_out_rows`` and
            ``held_out_weight`` those of the rows that decided, where there were any.
        """
        import pandas as pd

        frame = pd.DataFrame(self.columns)
        words = [split_in_words(self, i) for i in range(len(self))]
        frame.insert(3, "split", pd.Series(words, dtype="str"))
        return frame

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
        Training risk, averaged over trees; of a boosted model, the mean training loss of the whole
        pruned ensemble.
    loss, loss_se : ndarray of float64, shape (n_steps,), or None
        Mean loss over folds and its standard error, where rows were scored.
    best : int or None
        Step of least loss.
    loss_name : str or None
    rule : str, float or None
        By which the step was chosen among the losses.
    chosen : int or None
        Step that was taken; None if the model taken is no step of the path.
    chosen_leaves : int
        Leaves of the model taken.
    chosen_risk : float
        Its training risk.
    """

    ccp_alpha: Array
    n_leaves: Array
    risk: Array
    loss: Array | None
    loss_se: Array | None
    best: int | None
    loss_name: str | None
    rule: str | float | None
    chosen: int | None
    chosen_leaves: int
    chosen_risk: float

    def __len__(self) -> int:
        return len(self.ccp_alpha)

    def __repr__(self) -> str:
        return (
            f"PruningPath({len(self)} steps, {self.n_leaves[0]} to {self.n_leaves[-1]} leaves, "
            f"chosen {self.chosen_leaves})"
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
        frame["chosen"] = np.arange(len(frame)) == (-1 if self.chosen is None else self.chosen)
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, max_rows=20))
