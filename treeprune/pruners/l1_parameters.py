"""Parameters of L1 feature pruning, judged before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, Literal

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.column_groups import ColumnGroups
from treeprune.pruners.linear_base import LinearPruner
from treeprune.pruners.parameters import check_whole_number


class L1Parameters(LinearPruner):
    """What `treeprune.L1FeaturePruner` makes of its parameters."""

    max_features: int | None
    strength: Any
    rule: Literal["1se", "min"]
    l1_ratio: float
    keep: Any
    signs: Mapping[Any, int] | None
    feature_costs: Any
    blend: Any
    n_strengths: int

    def _check_parameters(self) -> None:
        if self._frozen:
            raise UnsupportedModelError(
                "L1FeaturePruner selects from data and fits anew, so a FrozenEstimator says nothing to it; "
                "LinearModelPruner prunes a fitted linear model"
            )
        if self.max_features is not None:
            check_whole_number("max_features", self.max_features, 1)
            if not is_cv(self.strength):
                raise ValueError("give max_features or strength, not both")
        if not (is_cv(self.strength) or _is_number(self.strength, 0.0, np.inf)):
            raise ValueError(f'strength must be "cv" or a number >= 0, got {self.strength!r}')
        if self.rule not in ("1se", "min"):
            raise ValueError(f'rule must be "1se" or "min", got {self.rule!r}')
        if not (isinstance(self.blend, str) and self.blend == "cv") and not _is_number(
            self.blend, 0.0, 1.0
        ):
            raise ValueError(f'blend must be "cv" or a number from 0 to 1, got {self.blend!r}')
        if not _is_number(self.l1_ratio, 0.0, 1.0) or self.l1_ratio == 0.0:
            raise ValueError(f"l1_ratio must be above 0 and at most 1, got {self.l1_ratio!r}")
        check_whole_number("n_strengths", self.n_strengths, 2)

    def _factors(self, columns: ColumnGroups) -> Array:
        """Penalty factor of each group; 0 for those that are always in."""
        costs = columns.costs(self.feature_costs)
        factors = costs / costs.mean()
        for name in [self.keep] if isinstance(self.keep, str) else (self.keep or []):
            factors[columns.find(name, "keep")] = 0.0
        if self.max_features is not None and (factors == 0).sum() > self.max_features:
            raise ValueError(
                f"max_features={self.max_features}, but {int((factors == 0).sum())} features are mandatory"
            )
        return factors

    def _bounds(self, columns: ColumnGroups) -> tuple[Array, Array]:
        p = len(columns.number)
        low, high = np.full(p, -np.inf), np.full(p, np.inf)
        if getattr(self.estimator, "positive", False):
            low[:] = 0.0
        for name, sign in (self.signs or {}).items():
            if sign not in (-1, 1):
                raise ValueError(f"signs[{name!r}] must be 1 or -1, got {sign!r}")
            bound = low if sign > 0 else high
            bound[columns.number == columns.find(name, "signs")] = 0.0
        return low, high


def _is_number(x: Any, least: float, most: float) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool) and least <= float(x) <= most


def is_cv(x: Any) -> bool:
    """Whether a parameter says that cross-validation chooses."""
    return isinstance(x, str) and x == "cv"
