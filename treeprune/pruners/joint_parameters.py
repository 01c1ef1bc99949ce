"""What is asked of pruners that fit subtrees and leaf values, and what of it is legal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Real
from typing import Any

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.backends.sklearn_family import check_can_be_boosted
from treeprune.criteria.joint.family import check_one_outcome
from treeprune.criteria.joint.forms import Form
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.pruners.base import BasePruner
from treeprune.pruners.estimator_checks import (
    check_natural_loss,
    check_outcomes,
    check_sum,
    fitting_loss,
)
from treeprune.pruners.joint_choice import LaneContest
from treeprune.pruners.joint_lanes import LaneLimits
from treeprune.pruners.native import Native
from treeprune.pruners.parameters import check_flag
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import make_loss
from treeprune.statistics.step_losses import AUC


class JointParameters(BasePruner, ABC):
    """Parameters of `JointPruner` and `FeaturePruner`; those that one of them lacks are constants."""

    max_nodes: int | None = None
    max_trees: int | None = None
    max_depth: int | None = None
    max_bytes: int | None = None
    max_loss_increase: float | None = None
    values: str
    ridge: str | float
    target: str | float
    family: str = "same"
    loss: str
    feature_costs: Any
    tree_price: float = 0.0
    min_leaf_weight: float = 0.0
    cv: Any
    n_jobs: int | None
    verbose: bool
    keep_models: bool = False

    @abstractmethod
    def _check_sizes(self) -> None:
        """Refuse limits that are not legal."""

    @property
    @abstractmethod
    def _rule(self) -> str | float:
        """How a step is chosen."""

    @abstractmethod
    def _limits_nothing(self, e: TreeEnsemble, n_bytes: int) -> bool:
        """Whether there are limits of size, and the model is within all of them."""

    def _check_parameters(self, task: Task) -> Loss | str:
        self._check_sizes()
        if not (isinstance(self.values, str) and self.values in ("auto", "fixed", "anchored", "refit")):
            raise ValueError(f"values must be auto, fixed, anchored or refit, got {self.values!r}")
        if not self._is_auto(self.ridge) and not self._is_number(self.ridge, 0.0, np.inf):
            raise ValueError(f'ridge must be "auto" or a number >= 0, got {self.ridge!r}')
        named = isinstance(self.target, str) and self.target in ("auto", "y", "model")
        if not named and not self._is_number(self.target, 0.0, 1.0):
            raise ValueError(
                f'target must be "auto", "y", "model" or a share in [0, 1], got {self.target!r}'
            )
        if self.family not in ("same", "boosting"):
            raise ValueError(f'family must be "same" or "boosting", got {self.family!r}')
        increase = self.max_loss_increase
        if increase is not None and not self._is_number(increase, 0.0, np.inf):
            raise ValueError(f"max_loss_increase must be a number >= 0, got {increase!r}")
        for name in ("tree_price", "min_leaf_weight"):
            if not self._is_number(getattr(self, name), 0.0, np.inf):
                raise ValueError(f"{name} must be a number >= 0, got {getattr(self, name)!r}")
        for name in ("verbose", "keep_models"):
            check_flag(name, getattr(self, name))
        if self.loss == AUC and task == "classification":
            return AUC
        return make_loss(self.loss, task)

    def _check_estimator(self, y: Any) -> None:
        """Refuse what no model of this class can be pruned to, before any is fitted."""
        name, backend = type(self._given).__name__, check_supported(self._given)
        check_sum(
            self._given,
            "nothing can be fitted in it; ReducedErrorPruner and CostComplexityPruner prune its trees",
        )
        if "values" in backend.limits and self.values not in ("auto", "fixed"):
            raise UnsupportedModelError(
                f'{backend.limits["values"]}: ask for values="fixed", by which branches and factors of '
                "trees are chosen"
            )
        if self.loss == "auto" and not (self._frozen or self._classifies):
            check_natural_loss(self._given)
        if self.family == "boosting" and not backend.boosts(self._given):
            check_can_be_boosted(self._given)
            check_one_outcome(name, 1 if y.ndim == 1 else y.shape[1])

    def _form(self, native: Native, contest: LaneContest) -> Form:
        """How the model is pruned; refused if it is of another kind than its class lets expect."""
        form = contest.form(native)
        if form.origin is not None:
            check_can_be_boosted(native.model)
        return form

    @staticmethod
    def _is_auto(value: Any) -> bool:
        return isinstance(value, str) and value == "auto"

    @staticmethod
    def _is_number(value: Any, low: float, high: float) -> bool:
        number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
        return number and low <= float(value) <= high and np.isfinite(float(value))

    def _check_outcomes(self, y: Any, loss: Loss | str) -> None:
        check_outcomes(y, loss, classify=self._classifies)

    def _fitting(self, loss: Loss | str, e: TreeEnsemble) -> Loss | str:
        """The loss that goes with a model, once it is known."""
        return fitting_loss(e) if self.loss == "auto" else loss

    def _limits(self, costs: Array | None) -> LaneLimits:
        def limit(value: int | None) -> float:
            return np.inf if value is None else int(value)

        return LaneLimits(
            max_nodes=limit(self.max_nodes),
            max_trees=limit(self.max_trees),
            max_depth=None if self.max_depth is None else int(self.max_depth),
            min_leaf_weight=float(self.min_leaf_weight),
            tree_price=float(self.tree_price),
            feature_costs=costs,
        )
