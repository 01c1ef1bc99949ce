"""Parameters and rows of a search, judged before anything is fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from treeprune.backends.linear import is_linear
from treeprune.backends.registry import check_supported
from treeprune.exceptions import UnsupportedModelError
from treeprune.pruners.estimator_checks import check_natural_loss, check_outcomes
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import predicted_task
from treeprune.pruners.native_skin import NativeSkin
from treeprune.pruners.parameters import check_flag, check_n_jobs
from treeprune.search.choose import RULES
from treeprune.search.fitted import Rows
from treeprune.search.limits import Limits
from treeprune.search.registry import STRATEGIES, Setting, Strategy, check_strategies
from treeprune.statistics.losses import make_loss
from treeprune.statistics.step_losses import AUC

Strategies = Mapping[str, Strategy | Any]


class SearchParameters(NativeSkin):
    """What `PruningSearchCV` makes of its parameters and rows."""

    strategies: Any
    max_nodes: int | None
    max_trees: int | None
    max_features: int | None
    max_bytes: int | None
    max_ms: float | None
    rule: str
    margin: float | None
    loss: str
    cv: Any
    n_jobs: int | None
    random_state: int | None
    verbose: bool

    def _check_parameters(self) -> tuple[Limits, Callable[[int], Strategies]]:
        """Refuse what is not legal; returns the budget, and the strategies once the targets are known."""
        linear = is_linear(last_step(self._given))
        if not linear:
            check_supported(self._given)
        self._check_can_be_fitted()
        check_n_jobs(self.n_jobs)
        check_flag("verbose", self.verbose)
        limits = Limits.of(self.max_nodes, self.max_trees, self.max_features, self.max_bytes, self.max_ms)
        if not (isinstance(self.rule, str) and self.rule in RULES):
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {self.rule!r}")
        self._check_margin()
        seed = self.random_state
        if seed is not None and (not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0):
            raise ValueError(f"random_state must be None or a whole number >= 0, got {seed!r}")
        task = predicted_task(self._given)
        if self.loss == AUC:
            raise ValueError(
                'loss="auc" is no mean over rows, which a search needs; judge by "brier" or "log_loss"'
            )
        make_loss(self.loss, task)
        if self.loss == "auto" and not (linear or self._frozen or self._classifies):
            check_natural_loss(self._given)

        def strategies(n_targets: int) -> Strategies:
            return check_strategies(self.strategies, Setting(self._given, self._frozen, limits, n_targets))

        strategies(1)
        return limits, strategies

    def _check_margin(self) -> None:
        margin = self.margin
        if self.rule != "non_inferior":
            if margin is not None:
                raise ValueError(f'margin={margin!r} is for rule="non_inferior", but rule is {self.rule!r}')
            return
        numeric = isinstance(margin, Real) and not isinstance(margin, bool | np.bool_)
        if not numeric or not 0 < float(margin) < np.inf:  # type: ignore[arg-type]
            raise ValueError(
                'rule="non_inferior" needs margin, a number > 0: the rise of the loss that would be '
                f"accepted; got {margin!r}"
            )

    def _without_halves(self, strategies: Strategies) -> Strategies:
        """Strategies that do without rows held out from the model; refused if one was asked for."""
        if self.strategies != "auto":
            needing = [n for n, s in strategies.items() if s is STRATEGIES["reduced_error"]]
            needing += [n for n, s in strategies.items() if not isinstance(s, Strategy)]
            if needing:
                raise ValueError(
                    f"strategy {needing[0]!r} needs rows apart to choose by, and a fold of these few rows "
                    "cannot be halved; give more rows, or fewer folds"
                )
        return {n: s for n, s in strategies.items() if s is not STRATEGIES["reduced_error"]}

    # ------------------------------------------------------------------ rows
    @property
    def _lenient(self) -> dict[str, Any]:
        lenient = super()._lenient
        if is_linear(self._given):  # alone: it takes numbers, and finite ones
            return lenient | {"dtype": "numeric", "ensure_all_finite": True}
        return lenient

    def _check_tables(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, sample_weight_val: Any
    ) -> tuple[Rows, Rows, bool]:
        """Rows to fit on, rows that judge, and whether these are others."""
        rows = Rows(*self._check_rows(X, y, sample_weight))
        if X_val is None and y_val is None:
            if sample_weight_val is not None:
                raise ValueError("sample_weight_val needs X_val and y_val")
            return rows, rows, False
        return rows, Rows(*self._check_held_out(X_val, y_val, sample_weight_val, rows.y)), True

    def _check_judged_by(self, rows: Rows) -> None:
        """Refuse outcomes that the loss cannot hold."""
        loss = make_loss(self.loss, predicted_task(self._given))
        check_outcomes(rows.y, loss, classify=self._classifies)
        if rows.y.ndim == 2 and is_linear(last_step(self._given)):
            raise UnsupportedModelError(
                f"{type(self).__name__} prunes linear models of one outcome, y has {rows.y.shape[1]}"
            )
