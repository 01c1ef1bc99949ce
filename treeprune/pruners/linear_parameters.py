"""Parameters and outcomes of the pruning of fitted linear models."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.base import is_regressor

from treeprune.criteria.linear_projection.registry import linear_order
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.linear_base import LinearPruner, family_of, last_step
from treeprune.pruners.linear_given import GivenLinear
from treeprune.pruners.parameters import check_rule, check_whole_number


class LinearModelParameters(LinearPruner):
    """What `treeprune.LinearModelPruner` makes of its parameters."""

    method: str
    target: str
    refit: Literal["project", "y", "none"]
    max_features: int | None
    rule: str | float | None
    max_mean_change: float | None
    max_change: float | None

    def _check_parameters(self, y: Any) -> str | float | None:
        """Refuse what is not legal; returns the rule of loss that holds."""
        extra = {} if self.method == "magnitude" else {"target": self.target}
        linear_order(self.method, **extra)
        if self.target not in ("model", "y"):
            raise ValueError(f'target must be "model" or "y", got {self.target!r}')
        if self.refit not in ("project", "y", "none"):
            raise ValueError(f'refit must be "project", "y" or "none", got {self.refit!r}')
        if self.max_features is not None:
            check_whole_number("max_features", self.max_features, 1)
        budgets = (self.max_features, self.max_mean_change, self.max_change)
        for name in ("max_mean_change", "max_change"):
            most = getattr(self, name)
            if most is not None and not (np.isreal(most) and most >= 0):
                raise ValueError(f"{name} must be a number >= 0, got {most!r}")
        rule = self.rule
        if isinstance(rule, str) and rule == "auto":
            rule = "1se" if y is not None and all(b is None for b in budgets) else None
        elif rule is not None:
            check_rule(rule)
        needs_y = {"rule": rule is not None, "target": self.target == "y", "refit": self.refit == "y"}
        if y is None and self._frozen and any(needs_y.values()):
            name = next(name for name, needs in needs_y.items() if needs)
            raise ValueError(f"{name}={getattr(self, name)!r} needs y")
        if y is None and self._frozen and rule is None and all(b is None for b in budgets):
            raise ValueError(
                "without y there is no loss to choose by: give max_features, max_mean_change or max_change"
            )
        if not self._frozen:
            family_of(last_step(self.estimator), 0 if is_regressor(self.estimator) else 2)
        return rule

    def _check_rows(self, X: Any, y: Any, sample_weight: Any) -> Any:
        if last_step(self._given) is self._given:
            values, y, weights = self._check_table(X, y, sample_weight, needs_y=not self._frozen)
            return (X if hasattr(X, "columns") else values), y, weights
        return self._check_raw(X, y, sample_weight, needs_y=not self._frozen)

    def _check_given(self, given: GivenLinear) -> None:
        linear, name = given.linear, type(last_step(given.model)).__name__
        if linear.positive and self.refit != "none":
            raise UnsupportedModelError(
                f"the coefficients of this {name} must not be negative, and a refit does not know that; "
                "use refit='none', or L1FeaturePruner, which keeps signs"
            )

    def _codes(self, given: GivenLinear, y: Array) -> Array:
        """Outcomes as the families know them."""
        linear = given.linear
        if linear.classes is None:
            return self._check_y(y, np.ones(len(y)), classifies=False)[0]
        known = np.asarray(linear.classes)
        strangers = np.setdiff1d(np.unique(y), known)
        if len(strangers):
            raise ValueError(f"y holds classes that the model does not know: {strangers[:5].tolist()}")
        codes = np.searchsorted(known, y)
        if linear.family == "binomial":
            return codes.astype(np.float64)
        indicators: Array = (codes[:, None] == np.arange(len(known))).astype(np.float64)
        return indicators
