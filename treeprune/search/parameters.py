"""Parameters and rows of a search, judged before anything is fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from treeprune.backends.linear import is_linear
from treeprune.backends.registry import check_supported
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.estimator_checks import check_natural_loss, check_outcomes
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import check_columns, is_scikit_learn, predicted_task
from treeprune.pruners.parameters import check_flag, check_n_jobs
from treeprune.pruners.skin import PrunerSkin
from treeprune.search.choose import RULES
from treeprune.search.fitted import Rows
from treeprune.search.limits import Limits
from treeprune.search.registry import STRATEGIES, Setting, Strategy, check_strategies
from treeprune.statistics.losses import make_loss
from treeprune.statistics.step_losses import AUC
from treeprune.statistics.weights import check_weights

Strategies = Mapping[str, Strategy | Any]


class SearchParameters(PrunerSkin):
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

    @property
    def _classifies(self) -> bool:
        return predicted_task(self._given) == "classification"

    def _check_parameters(self) -> tuple[Limits, Callable[[int], Strategies]]:
        """Refuse what is not legal; returns the budget, and the strategies once the targets are known."""
        linear = is_linear(last_step(self._given))
        if not linear:
            check_supported(self._given)
        if not (self._frozen or hasattr(self._given, "get_params")):
            name = type(self._given).__name__
            raise TypeError(
                f"a {name} cannot be fitted anew, it is a trained model; prune it as it is: "
                f"{type(self).__name__}(FrozenEstimator(model)), with sklearn.frozen.FrozenEstimator"
            )
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
        """Shape and names alone are looked at: values are the native model's business."""
        lenient = {"accept_sparse": ["csr", "csc"], "dtype": None, "ensure_all_finite": False}
        if is_linear(self._given):  # alone: it takes numbers, and finite ones
            return lenient | {"dtype": "numeric", "ensure_all_finite": True}
        return lenient

    def _check_tables(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, sample_weight_val: Any
    ) -> tuple[Rows, Rows, bool]:
        """Rows to fit on, rows that judge, and whether these are others."""
        if self._frozen:
            if is_scikit_learn(self._given):
                check_is_fitted(self._given)
            check_columns(self._given, X)
        rows = self._rows(X, y, sample_weight, reset=True)
        if X_val is None and y_val is None:
            if sample_weight_val is not None:
                raise ValueError("sample_weight_val needs X_val and y_val")
            return rows, rows, False
        if X_val is None or y_val is None:
            raise ValueError("X_val and y_val must be given together")
        judging = self._rows(X_val, y_val, sample_weight_val, reset=False, name="sample_weight_val")
        if judging.y.shape[1:] != rows.y.shape[1:]:
            raise ValueError(f"y_val has shape {judging.y.shape}, but y has shape {rows.y.shape}")
        self._check_no_strangers(rows.y, judging.y)
        return rows, judging, True

    def _rows(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, name: str = "sample_weight"
    ) -> Rows:
        checked, y = validate_data(self, X, y, reset=reset, multi_output=True, **self._lenient)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        weights = check_weights(sample_weight, checked.shape[0], name)
        if self._classifies:
            check_classification_targets(y)
            if reset and not self._frozen and y.ndim == 1 and len(np.unique(y[weights > 0])) < 2:
                only = np.asarray(y[weights > 0][0]).item()
                raise ValueError(
                    f"{type(self).__name__} needs two classes at least, y has one class: {only!r}"
                )
        return Rows(X if hasattr(X, "columns") else checked, y, weights)

    def _check_no_strangers(self, y: Array, y_val: Array) -> None:
        if not self._classifies or self._frozen:  # a frozen model knows its classes itself
            return
        pairs = zip(y.reshape(len(y), -1).T, y_val.reshape(len(y_val), -1).T, strict=True)
        for known, labels in pairs:
            strangers = np.unique(labels[~np.isin(labels, known)].astype(str))[:5]
            if len(strangers):
                raise ValueError(f"y_val holds classes that y does not have: {', '.join(strangers)}")

    def _check_judged_by(self, rows: Rows) -> None:
        """Refuse outcomes that the loss cannot hold."""
        loss = make_loss(self.loss, predicted_task(self._given))
        check_outcomes(rows.y, loss, classify=self._classifies)
        if rows.y.ndim == 2 and is_linear(last_step(self._given)):
            raise UnsupportedModelError(
                f"{type(self).__name__} prunes linear models of one outcome, y has {rows.y.shape[1]}"
            )
