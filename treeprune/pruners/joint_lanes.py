"""Ways to prune one fitted model jointly: each *lane* has a path of models of all sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from treeprune.backends.registry import find_backend
from treeprune.criteria.joint.build import JointRows, joint_rows
from treeprune.criteria.joint.descent import Limits
from treeprune.criteria.joint.edit import with_stumps
from treeprune.criteria.joint.feature_order import affordable, feature_order
from treeprune.criteria.joint.forest import solve_shares
from treeprune.criteria.joint.forms import Drawn, Form
from treeprune.criteria.joint.path import solve_path
from treeprune.criteria.joint.problem import JointProblem, Prices, Values
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.step import JointStep, step_of
from treeprune.criteria.joint.votes import with_voters
from treeprune.criteria.joint.whole_trees import first_trees, whole_tree_steps
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.registry import tree_order
from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native
from treeprune.pruners.training_rows import looks_trained_on
from treeprune.statistics.distinct import DistinctRows, distinct_rows
from treeprune.statistics.leaf_places import leaf_places
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.rows import take_rows
from treeprune.statistics.target import Target, encode_target
from treeprune.statistics.tree_evidence import tree_evidence

Enough = Callable[[JointStep], bool]


@dataclass(frozen=True)
class Lane:
    """One way to prune jointly.

    Parameters
    ----------
    kind : {"joint", "first", "lasso"}
        Subtrees and leaf values by descent; or whole trees, the first ones or those that the lasso weighs.
    values : {"fixed", "anchored", "refit"}
    ridge : float
    target : float
        Share of the model's own answers in what is fitted; the rest is the outcome.
    n_averaged : int or None
        Most trees of a forest of shares.
    max_features : int or None
        Most features that splits look at.
    max_cost : float or None
        Most that these features cost together.
    candidate : bool
        Whether a model of it may be taken; others are there to compare with.
    """

    kind: Literal["joint", "first", "lasso"] = "joint"
    values: Values = "anchored"
    ridge: float = 1.0
    target: float = 0.0
    n_averaged: int | None = None
    max_features: int | None = None
    max_cost: float | None = None
    candidate: bool = True

    def __str__(self) -> str:
        if self.kind != "joint":
            return {"first": "first trees", "lasso": "trees by lasso"}[self.kind]
        words = [self.values] + ([] if self.values == "fixed" else [f"ridge {self.ridge:g}"])
        if self.target:
            words.append("model" if self.target == 1 else f"{self.target:.0%} model")
        if self.n_averaged:
            words.append(f"at most {self.n_averaged} trees")
        if self.max_features:
            words.append(f"at most {self.max_features} features")
        return ", ".join(words)


@dataclass(frozen=True)
class LaneLimits:
    """What holds for every model of every lane.

    Parameters
    ----------
    max_nodes, max_trees : float
    max_depth : int or None
    min_leaf_weight : float
        Weight of the fitted rows that a leaf needs.
    tree_price : float
        Of a tree, in nodes.
    feature_costs : ndarray of float64, shape (n_features,), or None
        What features cost, relative to each other.
    """

    max_nodes: float = np.inf
    max_trees: float = np.inf
    max_depth: int | None = None
    min_leaf_weight: float = 0.0
    tree_price: float = 0.0
    feature_costs: Array | None = None

    def admits(self, step: JointStep) -> bool:
        """Whether a model is small enough; features and depth are limited beforehand."""
        return step.n_nodes <= self.max_nodes and step.n_trees <= self.max_trees


@dataclass(frozen=True, eq=False)
class LaneRows:
    """A fitted model and the rows that its leaves and subtrees are fitted on.

    Parameters
    ----------
    native : Native
    form : Form
    distinct : DistinctRows
        Equal rows, taken together for the descent.
    rows : JointRows
        One row of each.
    X : array-like or sparse matrix
        The rows, encoded as the trees know them.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
        By which models will be judged.
    limits : LaneLimits
    trained_on : bool
        Whether the model was trained on these very rows.
    n_jobs : int or None
    """

    native: Native
    form: Form
    distinct: DistinctRows
    rows: JointRows
    X: Any
    target: Target
    weights: Array
    loss: Loss | str
    limits: LaneLimits
    trained_on: bool
    n_jobs: int | None
    _known: dict[str, Array] = field(default_factory=dict)
    _orders: dict[Lane, tuple[int, Array]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        native: Native,
        form: Form,
        X: Any,
        y: Any,
        weights: Array,
        loss: Loss | str,
        limits: LaneLimits,
        n_jobs: int | None,
    ) -> LaneRows:
        """Walk a user's rows down a model, once for all lanes."""
        encoded = native.rows(X)
        target = encode_target(form.ensemble, y)
        trained_on = looks_trained_on(native.model, native.trees(), encoded, weights)
        distinct = distinct_rows(X, target.known, weights)
        rows = joint_rows(
            form.ensemble,
            take_rows(encoded, distinct.first),
            distinct.weight,
            max_depth=limits.max_depth,
            min_leaf_weight=limits.min_leaf_weight,
            n_jobs=n_jobs,
        )
        return cls(native, form, distinct, rows, encoded, target, weights, loss, limits, trained_on, n_jobs)

    def path(self, lane: Lane, enough: Enough | None = None, max_nodes: float = np.inf) -> list[JointStep]:
        """Models of a lane, from one leaf on, in order of rising size.

        Parameters
        ----------
        lane : Lane
        enough : callable, optional
            See `treeprune.criteria.joint.path.solve_path`.
        max_nodes : float
            Beside that of the limits.

        Returns
        -------
        list of JointStep
            All within the limits, but for models of one leaf.
        """
        most = min(max_nodes, self.limits.max_nodes)
        if lane.kind == "joint":
            steps = self._descent(lane, enough, most)
        else:
            factors = first_trees(self.form) if lane.kind == "first" else self._lasso()
            steps = [
                s
                for s in whole_tree_steps(self.form, factors)
                if s.n_nodes <= most and self.limits.admits(s)
            ]
        e = self.form.ensemble
        complete = with_voters if self.form.kind == "votes" else with_stumps
        whole = sorted((complete(e, step) for step in steps), key=lambda step: step.n_nodes)
        first = lane.kind == "joint"  # there is no smaller one than one leaf
        return [s for k, s in enumerate(whole) if (k == 0 and first) or self.limits.admits(s)]

    def _descent(self, lane: Lane, enough: Enough | None, max_nodes: float) -> list[JointStep]:
        outcome = self._outcome(lane.target)
        size = None
        if self.form.kind == "shares" or lane.n_averaged is not None:
            most = min(self.form.ensemble.n_trees, self.limits.max_trees)
            size = int(min(lane.n_averaged or most, most))

        def problem(rows: JointRows, prices: Prices) -> JointProblem:
            return self.form.problem(
                rows, outcome, n_averaged=size, values=lane.values, ridge=lane.ridge, prices=prices
            )

        limits = Limits(max_nodes=max_nodes, max_trees=self.limits.max_trees)
        costs, own = self.limits.feature_costs, self.rows
        if lane.max_features is not None:
            own, costs = self._restricted(lane, partial(problem, self.rows), limits), None
        posed = problem(own, Prices(tree=self.limits.tree_price, feature=costs))
        solve = solve_path if self.form.kind != "shares" else solve_shares
        steps = solve(posed, limits=limits, n_jobs=self.n_jobs, enough=enough)
        return [step_of(JointState(posed), np.inf), *steps]

    def _restricted(self, lane: Lane, pose: Callable[[Prices], JointProblem], limits: Limits) -> JointRows:
        """Rows in trees that look at no more features than a lane may."""
        assert lane.max_features is not None
        e, way = self.form.ensemble, replace(lane, max_features=None, max_cost=None)
        costs = np.ones(e.n_features) if self.limits.feature_costs is None else self.limits.feature_costs
        budget = np.inf if lane.max_cost is None else lane.max_cost
        buy = partial(affordable, costs, lane.max_features, budget)
        wanted, order = self._orders.get(way, (0, np.empty(0, np.int64)))
        if wanted < lane.max_features:
            order = feature_order(pose, e.feature, costs, limits, lambda some: buy(some)[1], self.n_jobs)
            self._orders[way] = lane.max_features, order
        allowed = np.zeros(e.n_features, np.bool_)
        allowed[buy(order)[0]] = True
        return self.rows.cut_back(
            max_depth=self.limits.max_depth,
            min_leaf_weight=self.limits.min_leaf_weight,
            allowed=allowed,
        )

    def _outcome(self, share: float) -> Array:
        """What is fitted, for all rows."""
        outcome = self.form.outcome(self.target.take(self.distinct.first))
        if share == 0.0:
            return outcome
        if "own" not in self._known:
            self._known["own"] = self._own_answers()
        mixed: Array = (1.0 - share) * outcome + share * self._known["own"]
        return mixed

    def _own_answers(self) -> Array:
        """What the model says of each distinct row, or on average of its equals: each may be out of bag."""
        first = self.distinct.first
        if self.distinct.alone or not self.trained_on:
            return self.form.own_answers(self.rows.whole, self._drawn(first))
        every = np.arange(len(self.weights))
        places = leaf_places(self.form.ensemble, self.X, n_jobs=self.n_jobs)
        return self.distinct.means(self.form.own_answers(places, self._drawn(every)), self.weights)

    def _drawn(self, rows: Array) -> Drawn | None:
        if not self.trained_on:
            return None
        e, model = self.form.given, self.native.model
        in_bag = find_backend(model).in_bag

        def drawn(t: int) -> Array | None:
            count = in_bag(model, int(e.tree_id[t]), len(self.weights))
            return None if count is None else count[rows]

        return drawn

    def _lasso(self) -> Array:
        e = self.native.read()
        gram = tree_evidence(e, self.X, self.target, self.weights, self.loss, n_jobs=self.n_jobs)
        return tree_order("lasso", e).steps(Quadratic.of(gram, e)).factors
