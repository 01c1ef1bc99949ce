"""Strategies that cut back the trees of a model, or leave trees out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree
from treeprune.criteria.path_choice import comparable_strengths, sizes_evenly
from treeprune.criteria.registry import leaf_costs
from treeprune.criteria.tree_order.registry import tree_order
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.exceptions import PruningWarning
from treeprune.model.edit import collapse
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.path import path_sizes
from treeprune.model.structure import branch_sums
from treeprune.plan import PruningPlan
from treeprune.pruners.absent_classes import class_weights, lead_to_absent_classes
from treeprune.pruners.in_order import prune_in_order
from treeprune.pruners.risk_options import RiskOptions
from treeprune.pruners.tree_choice import TreeChoice, chosen_trees
from treeprune.search.candidates import Smaller, SmallerTrees, Variant
from treeprune.search.fitted import Fitted
from treeprune.search.limits import Limits
from treeprune.statistics.additive import is_additive
from treeprune.statistics.collect import collect
from treeprune.statistics.target import encode_target
from treeprune.tree_plan import TreePlan

_STRENGTHS = 16
"""Members of a family: sizes are spread evenly on a logarithmic scale."""

_FINE = 200
"""Strengths among which these are found."""


def whole(fitted: Fitted) -> Smaller:
    """The trees as they were."""
    e = fitted.ensemble
    nothing = np.zeros(e.n_nodes, bool)

    def record() -> PruningPlan:
        zero = np.zeros(e.n_nodes)
        return PruningPlan.of(e, nothing, cost_branch=zero, cost_leaf=zero)

    return SmallerTrees(fitted.native, e, record, fitted.n_jobs, lambda X: fitted.native)


def _cut(
    fitted: Fitted, mask: Array, leaf: Array, branch: Array, evidence: Mapping[str, Array]
) -> SmallerTrees:
    """The model with some splits as leaves, and the record of it."""
    e = fitted.ensemble
    record = partial(PruningPlan.of, e, mask, cost_branch=branch, cost_leaf=leaf, **evidence)
    return SmallerTrees(fitted.native, collapse(e, mask), record, fitted.n_jobs)


def evenly(sizes: Array, most: float) -> Array:
    """Positions of some sizes, none larger than the most that is allowed, the largest such among them.

    Parameters
    ----------
    sizes : ndarray, shape (n_sizes,)
        Falling or rising.
    most : float

    Returns
    -------
    ndarray of int64
        Ascending; empty if all are too large.
    """
    within = np.flatnonzero(sizes <= most)
    if len(within) <= _STRENGTHS:
        return within
    own = np.log(sizes[within])
    wanted = np.linspace(own.min(), own.max(), _STRENGTHS)
    nearest = np.abs(own[None] - wanted[:, None]).argmin(axis=1)
    return within[np.unique(nearest)]


class CostComplexity(Variant):
    """Weakest links, see `treeprune.CostComplexityPruner`."""

    strategy = "cost_complexity"

    def __init__(self, full: Fitted, limits: Limits) -> None:
        e = full.ensemble
        alpha = self._alpha(full)
        steps = sizes_evenly(e, alpha, _FINE)
        steps = steps[evenly(2 * path_sizes(e, alpha, steps) - e.n_trees, limits.nodes)]
        self._own, self._comparable = steps, comparable_strengths(e, steps) if len(steps) else steps
        super().__init__([{"ccp_alpha": float(a)} for a in self._comparable])

    @staticmethod
    def _alpha(fitted: Fitted) -> Array:
        return weakest_link_alphas(fitted.ensemble, CostComplexity._risk(fitted))

    @staticmethod
    def _risk(fitted: Fitted) -> Array:
        def make() -> Array:
            options = RiskOptions("auto", None, None, fitted.loss, fitted.n_jobs)
            rows = fitted.seen
            native, e = fitted.native, fitted.ensemble
            return options.of(native, e, rows.X, rows.y, rows.weights, quiet=True)

        return fitted.once("risk", make)

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        e, risk = fitted.ensemble, self._risk(fitted)
        alpha = self._alpha(fitted)
        branch = branch_sums(e.left, e.right, risk, np.zeros(e.n_nodes))
        strengths = self._comparable if fitted.fold else self._own
        return [
            _cut(fitted, alpha <= a, risk, branch, {"ccp_alpha": alpha}) if ask else None
            for a, ask in zip(strengths, wanted, strict=True)
        ]


class ErrorBased(Variant):
    """Training counts alone, see `treeprune.ErrorBasedPruner`."""

    strategy = "error_based"

    _CLASSES: ClassVar[tuple[tuple[str, dict[str, float]], ...]] = (
        ("error_based", {"confidence": 0.25}),
        ("error_based", {"confidence": 0.05}),
        ("pessimistic", {"standard_errors": 1.0}),
        ("minimum_error", {"m": 2.0}),
        ("minimum_error", {"m": 20.0}),
        ("description_length", {}),
    )
    _NUMBERS: ClassVar[tuple[tuple[str, dict[str, float]], ...]] = (
        ("pessimistic", {"standard_errors": 1.0}),
        ("minimum_error", {"m": 2.0}),
        ("minimum_error", {"m": 20.0}),
    )

    def __init__(self, full: Fitted) -> None:
        every = self._CLASSES if full.ensemble.task == "classification" else self._NUMBERS
        self._ways = [way for way in every if self._serves(full, *way)]
        super().__init__([{"method": method, **parameters} for method, parameters in self._ways])

    @staticmethod
    def _serves(full: Fitted, method: str, parameters: Mapping[str, float]) -> bool:
        try:
            leaf_costs(method, full.ensemble, **parameters)
        except ValueError:  # of a tree that was grown by another criterion, say
            return False
        return True

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        return [
            self._model(fitted, *way) if ask else None for way, ask in zip(self._ways, wanted, strict=True)
        ]

    @staticmethod
    def _model(fitted: Fitted, method: str, parameters: Mapping[str, float]) -> Smaller:
        e = fitted.ensemble
        costs = leaf_costs(method, e, **parameters)
        mask, _ = cheapest_subtree(e, costs)
        split = np.zeros(e.n_nodes) if costs.split is None else costs.split
        branch = branch_sums(e.left, e.right, costs.leaf, split)
        return _cut(fitted, mask, costs.leaf, branch, {"cost_increase": costs.leaf - branch})


class ReducedError(Variant):
    """Rows held out from the model, see `treeprune.ReducedErrorPruner`."""

    strategy = "reduced_error"
    needs_apart = True

    def __init__(self) -> None:
        super().__init__([{}])

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        assert fitted.apart is not None
        e, rows, loss = fitted.ensemble, fitted.apart, fitted.loss
        target, table = encode_target(e, rows.y), fitted.native.rows(rows.X)
        kept = np.zeros(e.n_nodes, bool)
        if e.task == "classification":
            with warnings.catch_warnings():  # halves of folds lack rare classes all the time
                warnings.simplefilter("ignore", PruningWarning)
                kept |= lead_to_absent_classes(e, class_weights(e, target, rows.weights), stacklevel=2)
        if is_additive(e):
            mask, own = prune_in_order(e, table, target, rows.weights, loss, kept)
            branch = np.zeros(e.n_nodes)
        else:
            absolute = loss.needs_absolute
            statistics = collect(e, table, target, rows.weights, absolute=absolute, n_jobs=fitted.n_jobs)
            own = loss.node_cost(e, statistics)
            mask, _ = cheapest_subtree(e, LeafCosts(leaf=np.where(kept, np.inf, own)))
            branch = branch_sums(e.left, e.right, own, np.zeros(e.n_nodes))
        return [_cut(fitted, mask, own, branch, {"loss_increase": own - branch})]


class TreeCount(Variant):
    """Fewer trees, see `treeprune.TreeCountPruner`."""

    strategy = "tree_count"

    def __init__(self, full: Fitted, limits: Limits, method: str) -> None:
        n_trees = full.ensemble.n_trees
        counts = np.arange(1, n_trees + 1)
        self._method, self._counts = method, counts[evenly(counts, limits.trees)]
        super().__init__([{"n_trees": int(k), "method": method} for k in self._counts])

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        e = fitted.ensemble
        choice = TreeChoice(self._method, "auto", fitted.loss, fitted.n_jobs)
        steps = choice.steps(e, self._evidence(fitted, choice))
        at = np.searchsorted(steps.sizes, self._counts, side="right") - 1
        in_step = steps.factors > 0
        enters = np.where(in_step.any(axis=0), steps.sizes[in_step.argmax(axis=0)], 0)
        return [
            self._model(fitted, steps.factors[k], enters) if ask and k >= 0 else None
            for k, ask in zip(at, wanted, strict=True)
        ]

    @staticmethod
    def _evidence(fitted: Fitted, choice: TreeChoice) -> Any:
        e = fitted.ensemble
        make = partial(choice.evidence, e, fitted.encoded, fitted.target, fitted.seen.weights)
        return fitted.once(("evidence", tree_order(choice.method, e).needs), make)

    def _model(self, fitted: Fitted, factors: Array, enters: Array) -> Smaller:
        e = fitted.ensemble
        record = partial(_tree_plan, e, factors, enters, self._method)
        return SmallerTrees(fitted.native, chosen_trees(e, factors), record, fitted.n_jobs)


def _tree_plan(e: TreeEnsemble, factors: Array, enters: Array, method: str) -> TreePlan:
    own = factors / factors[factors > 0].mean() if e.aggregation == "mean" else factors
    leaves = np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
    return TreePlan(e.tree_id, own, enters, np.diff(e.root), leaves, method)
