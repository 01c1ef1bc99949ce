"""Strategies by name, and which of them fit a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sklearn.tree import BaseDecisionTree

from treeprune.backends.linear import is_linear
from treeprune.backends.registry import check_supported
from treeprune.backends.sklearn_family import check_can_be_boosted
from treeprune.exceptions import UnsupportedModelError
from treeprune.pruners.linear_base import last_step
from treeprune.search.candidates import Variant, Whole
from treeprune.search.fitted import Fitted
from treeprune.search.joint_strategies import joint_variants
from treeprune.search.limits import Limits
from treeprune.search.pruner_strategies import (
    Pruners,
    distil_variants,
    l1_variants,
    linear_variants,
    whole_model,
)
from treeprune.search.tree_strategies import CostComplexity, ErrorBased, ReducedError, TreeCount, whole


class Setting(NamedTuple):
    """What is known of a model before it is fitted.

    Parameters
    ----------
    model : object
        The estimator, fitted or not.
    frozen : bool
        Whether it is fitted already.
    limits : Limits
    n_targets : int
    """

    model: Any
    frozen: bool
    limits: Limits
    n_targets: int

    @property
    def linear(self) -> bool:
        """Whether it is a linear model, alone or at the end of a pipeline."""
        return is_linear(last_step(self.model))


class Strategy(NamedTuple):
    """A strategy that can be asked for by name.

    Parameters
    ----------
    refuse : callable
        ``refuse(setting)`` raises `UnsupportedModelError` if the strategy does not fit the model.
    make : callable
        ``make(full, limits, random_state)`` gives its variants from the model of all rows.
    usual : bool
        Whether ``strategies="auto"`` tries it.
    """

    refuse: Callable[[Setting], None]
    make: Callable[[Fitted, Limits, Any], list[Variant]]
    usual: bool = True


def _of_trees(setting: Setting) -> None:
    if setting.linear:
        raise UnsupportedModelError("is for models of trees")
    check_supported(setting.model)


def _of_means(setting: Setting) -> None:
    _of_trees(setting)
    backend = check_supported(setting.model)
    if backend.boosts(setting.model) or "values" in backend.limits:
        raise UnsupportedModelError("needs trees that answer by themselves, not steps of a sum, or votes")


def _of_sums(setting: Setting) -> None:
    _of_trees(setting)
    reason = check_supported(setting.model).limits.get("sum")
    if reason is not None:
        raise UnsupportedModelError(f"needs a sum or a mean of trees, and this model {reason}")


def _of_many(setting: Setting) -> None:
    _of_sums(setting)
    if isinstance(setting.model, BaseDecisionTree):
        raise UnsupportedModelError("needs several trees")


def _of_forests(setting: Setting) -> None:
    _of_means(setting)
    check_can_be_boosted(setting.model)
    if setting.n_targets > 1:
        raise UnsupportedModelError("is for one outcome")


def _of_features(setting: Setting) -> None:
    _of_sums(setting)
    if setting.limits.features == float("inf"):
        raise UnsupportedModelError("needs max_features")


def _of_joint(setting: Setting) -> None:
    _of_sums(setting)
    if setting.limits.features < float("inf"):
        raise UnsupportedModelError("knows no max_features: ask for 'features'")


def _of_linear(setting: Setting) -> None:
    if not setting.linear:
        raise UnsupportedModelError("is for linear models")
    if setting.n_targets > 1:
        raise UnsupportedModelError("is for one outcome")


def _of_fresh_linear(setting: Setting) -> None:
    _of_linear(setting)
    if setting.frozen or last_step(setting.model) is not setting.model:
        raise UnsupportedModelError("selects while it fits: it needs a lone linear model, not fitted")


def _of_any(setting: Setting) -> None:
    if setting.n_targets > 1:
        raise UnsupportedModelError("is for one outcome")


STRATEGIES: Mapping[str, Strategy] = {
    "cost_complexity": Strategy(_of_trees, lambda full, limits, _: [CostComplexity(full, limits)]),
    "error_based": Strategy(_of_means, lambda full, limits, _: [ErrorBased(full)]),
    "reduced_error": Strategy(_of_trees, lambda full, limits, _: [ReducedError()]),
    "tree_count": Strategy(
        _of_many,
        lambda full, limits, _: [TreeCount(full, limits, method) for method in ("greedy", "first")],
    ),
    "joint": Strategy(_of_joint, lambda full, limits, _: joint_variants(full, limits)),
    "features": Strategy(_of_features, lambda full, limits, _: joint_variants(full, limits)),
    "boosting": Strategy(
        _of_forests, lambda full, limits, _: joint_variants(full, limits, "boosting"), usual=False
    ),
    "linear": Strategy(_of_linear, lambda full, limits, _: linear_variants(full, limits)),
    "l1": Strategy(_of_fresh_linear, lambda full, limits, _: l1_variants(full, limits)),
    "distil": Strategy(_of_any, distil_variants, usual=False),
}


def has_trees(model: Any) -> bool:
    """Whether treeprune reads the trees of a model, fitted or not."""
    try:
        check_supported(model)
    except UnsupportedModelError:
        return False
    return True


def check_strategies(strategies: Any, setting: Setting) -> dict[str, Strategy | Any]:
    """Strategies that are to be tried, refused by name before anything is fitted.

    Parameters
    ----------
    strategies : "auto", list of str, or dict of str to pruner
        In a dict, a name of `STRATEGIES` as value stands for that strategy.
    setting : Setting

    Returns
    -------
    dict of str to Strategy, or to a user's pruner

    Raises
    ------
    ValueError
        If a name is not known, or there is none.
    TypeError
        If something else is no pruner.
    UnsupportedModelError
        If a strategy does not fit the model.
    """
    if isinstance(strategies, str) and strategies == "auto":
        return {name: s for name, s in STRATEGIES.items() if s.usual and _fits(s, setting)}
    if isinstance(strategies, str):
        raise ValueError(
            f'strategies must be "auto", a list of names or a dict, got {strategies!r}; names are '
            f"{', '.join(STRATEGIES)}"
        )
    own = dict(strategies) if isinstance(strategies, Mapping) else {name: name for name in strategies}
    if not own:
        raise ValueError("strategies is empty: there is nothing to try")
    found: dict[str, Strategy | Any] = {}
    for name, given in own.items():
        if isinstance(given, str):
            found[str(name)] = _named(given, setting)
        elif hasattr(given, "fit") and "estimator" in getattr(given, "get_params", dict)():
            found[str(name)] = given
        else:
            raise TypeError(f"strategies[{name!r}] must be a pruner with an estimator, got {given!r}")
    return found


def _named(name: str, setting: Setting) -> Strategy:
    if name not in STRATEGIES:
        raise ValueError(f"strategy {name!r} is not known; use {', '.join(STRATEGIES)}, or a pruner")
    try:
        STRATEGIES[name].refuse(setting)
    except UnsupportedModelError as error:
        raise UnsupportedModelError(
            f"strategy {name!r} does not fit {type(setting.model).__name__}: it {error}"
        ) from error
    return STRATEGIES[name]


def _fits(strategy: Strategy, setting: Setting) -> bool:
    try:
        strategy.refuse(setting)
    except UnsupportedModelError:
        return False
    return True


def make_variants(
    strategies: Mapping[str, Strategy | Any], full: Fitted, limits: Limits, random_state: Any
) -> list[Variant]:
    """All that is to be compared, the model as it was first.

    Parameters
    ----------
    strategies : dict
        From `check_strategies`.
    full : Fitted
        The model of all rows.
    limits : Limits
    random_state : int or None

    Returns
    -------
    list of Variant
    """
    variants: list[Variant] = [Whole(whole if has_trees(full.native.model) else whole_model)]
    for name, strategy in strategies.items():
        if isinstance(strategy, Strategy):
            variants += strategy.make(full, limits, random_state)
        else:
            variants.append(Pruners(name, strategy, [{}]))
    return [variant for variant in variants if len(variant.grid)]
