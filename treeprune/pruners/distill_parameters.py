"""What a `TreeDistiller` is told, checked before any work."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.pruners.parameters import check_feature_costs, check_rule, check_whole_number
from treeprune.pruners.skin import PrunerSkin
from treeprune.sampling.registry import check_sampler, samplers

LARGEST = 64
"""Leaves of the largest tree that is looked at where the number is chosen."""


class DistillerParameters(PrunerSkin):
    """Checks of the parameters, and what they say of columns."""

    max_leaf_nodes: int | None
    max_depth: int | None
    sampler: Any
    n_synthetic: Any
    min_real_samples_leaf: int
    thresholds: str
    feature_costs: Any
    cost_penalty: float
    keep: Any
    exclude: Any
    constraints: Any
    cv: Any
    rule: str | float
    n_redraws: int

    def _check_parameters(self) -> None:
        if self.max_leaf_nodes is not None:
            check_whole_number("max_leaf_nodes", self.max_leaf_nodes, 2)
        if self.max_depth is not None:
            check_whole_number("max_depth", self.max_depth, 1)
        check_whole_number("min_real_samples_leaf", self.min_real_samples_leaf, 1)
        check_whole_number("n_redraws", self.n_redraws, 0)
        if not isinstance(self.n_synthetic, str):
            check_whole_number("n_synthetic", self.n_synthetic, 0)
        elif self.n_synthetic not in ("auto", "stable"):
            raise ValueError(
                f'n_synthetic must be "auto", "stable" or a whole number, got {self.n_synthetic!r}'
            )
        if not (callable(self.sampler) or (isinstance(self.sampler, str) and self.sampler in _WORDS)):
            check_sampler(self.sampler)
        if self.thresholds not in ("any", "teacher"):
            raise ValueError(f'thresholds must be "any" or "teacher", got {self.thresholds!r}')
        if not isinstance(self.cost_penalty, Real) or not 0 <= self.cost_penalty < np.inf:
            raise ValueError(f"cost_penalty must be a number >= 0, got {self.cost_penalty!r}")
        if self.constraints is not None and not callable(self.constraints):
            raise TypeError(f"constraints must be a function of a table, got {self.constraints!r}")
        if self.cv is None and (self.max_leaf_nodes is None or self._searches_sampler):
            raise ValueError(
                "cv=None measures nothing on held-out rows: give max_leaf_nodes and a sampler by name"
            )
        check_rule(self.rule)

    @property
    def _searches_sampler(self) -> bool:
        return isinstance(self.sampler, str) and self.sampler == "auto"

    @property
    def _candidates(self) -> list[Any]:
        return ["none", *samplers()] if self._searches_sampler else [self.sampler]

    def _n_synthetic(self, n_real: float) -> int:
        """Synthetic rows for so many real ones."""
        return max(20_000, 10 * round(n_real)) if self._counts_itself else int(self.n_synthetic)

    @property
    def _counts_itself(self) -> bool:
        return isinstance(self.n_synthetic, str)

    def _check_stable(self, weights: Array) -> None:
        """Refuse what the test of splits knows nothing of."""
        if not (self._counts_itself and self.n_synthetic == "stable"):
            return
        reason = None
        if self.exclude is not None or self.feature_costs is not None or self.thresholds != "any":
            reason = (
                "looks for rivals in all columns, at all thresholds; leave out exclude, feature_costs and "
            )
            reason += "thresholds"
        elif self.sampler == "none":
            reason = "draws synthetic rows; choose a sampler"
        elif (weights != 1).any():
            reason = "takes rows to be alike; leave out sample_weight"
        if reason is not None:
            raise ValueError(f'n_synthetic="stable" {reason}, or give a number')

    def _positions(self, what: str, names: Any, columns: tuple[str, ...]) -> list[int]:
        """Positions of columns given by name or by position."""
        found = []
        for name in [] if names is None else ([names] if isinstance(names, str) else list(names)):
            number = isinstance(name, Integral) and not isinstance(name, bool)
            if number and int(name) in range(len(columns)):
                found.append(int(name))
            elif name in columns:
                found.append(columns.index(name))
            else:
                raise ValueError(f"{what}: there is no column {name!r}")
        return found

    def _allowed(self, columns: tuple[str, ...]) -> Array | None:
        """Columns that may be split on; None for all."""
        excluded = self._positions("exclude", self.exclude, columns)
        kept = self._positions("keep", self.keep, columns)
        both = sorted(set(excluded) & set(kept))
        if both:
            raise ValueError(f"column {columns[both[0]]!r} is in keep and in exclude")
        if len(set(excluded)) == len(columns):
            raise ValueError("exclude leaves no column to split on")
        return ~np.isin(np.arange(len(columns)), excluded) if excluded else None

    def _prices(self, X: Any, columns: tuple[str, ...]) -> Array | None:
        """What each column has to bring in, as a share of the teacher's variance; None for nothing."""
        costs = check_feature_costs(self.feature_costs, X)
        if costs is None:
            return None
        costs = self.cost_penalty * costs
        costs[self._positions("keep", self.keep, columns)] = 0.0
        return costs


_WORDS = ("auto", "none")
