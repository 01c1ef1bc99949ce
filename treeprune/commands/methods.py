"""Which pruner `treeprune prune` runs, and with what."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from numbers import Integral
from typing import Any

from sklearn.frozen import FrozenEstimator

from treeprune.commands.model_files import ModelFile
from treeprune.commands.options import pairs, value_of
from treeprune.commands.rows import Rows
from treeprune.files import ENDINGS
from treeprune.pruners.cost_complexity import CostComplexityPruner
from treeprune.pruners.distill import TreeDistiller
from treeprune.pruners.error_based import ErrorBasedPruner
from treeprune.pruners.feature import FeaturePruner
from treeprune.pruners.joint import JointPruner
from treeprune.pruners.linear_model import LinearModelPruner
from treeprune.pruners.lossless import LosslessPruner
from treeprune.pruners.reduced_error import ReducedErrorPruner
from treeprune.pruners.small_cell import SmallCellPruner
from treeprune.pruners.tree_count import TreeCountPruner
from treeprune.search.limits import Limits
from treeprune.search.registry import STRATEGIES
from treeprune.search.search_cv import PruningSearchCV

PRUNERS: dict[str, Callable[..., Any]] = {
    "cost_complexity": CostComplexityPruner,
    "error_based": ErrorBasedPruner,
    "reduced_error": ReducedErrorPruner,
    "tree_count": TreeCountPruner,
    "joint": JointPruner,
    "features": FeaturePruner,
    "linear": LinearModelPruner,
    "distil": TreeDistiller,
    "lossless": LosslessPruner,
    "small_cell": SmallCellPruner,
}
"""Pruners by the name of their method."""

SEARCHED = [name for name in STRATEGIES if name != "l1"]  # which selects while it fits: not from a file
"""Methods that a search can try."""

METHODS = ["auto", *SEARCHED, *(name for name in PRUNERS if name not in SEARCHED)]

_BY_COUNTS = ("error_based", "lossless", "small_cell")
"""Methods that go by what the model holds, or by its training rows."""

_TREE = "distil"
"""Method that makes a tree of scikit-learn of any other model."""

_LIMITS = tuple(f"max_{limit.name}" for limit in fields(Limits))
"""What a budget may limit."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to prune.

    Parameters
    ----------
    methods : list of str
    make : callable
        ``make(estimator)``: a pruner that is not fitted.
    searches : bool
        Whether it is a search over methods.
    """

    methods: list[str]
    make: Callable[[Any], Any]
    searches: bool

    def endings(self, vendor: str) -> tuple[str, ...]:
        """What the name of the pruned model may end in; a search may find a tree, or keep the class."""
        if _TREE not in self.methods:
            return ENDINGS[vendor]
        return ENDINGS["sklearn"] if not self.searches else (*ENDINGS[vendor], *ENDINGS["sklearn"])

    @property
    def counts_training_rows(self) -> bool:
        """Whether the rows that it needs are those that the model was trained on."""
        return self.methods == ["small_cell"]

    def roles(self, X: Any) -> dict[str, Any]:
        """What the rows it is fitted on do, for the report."""
        if self.searches:  # in folds: what decides what goes never scores it
            return {"prune": X, "select": X}
        return {} if self.methods[0] in _BY_COUNTS else {"prune": X}

    def fit(self, file: ModelFile, rows: Rows) -> Any:
        """A pruner, fitted on a model file and rows.

        Parameters
        ----------
        file : ModelFile
        rows : Rows
        """
        whole = file.pruned_whole
        pruner = self.make(FrozenEstimator(file.model if whole else file.last))
        taken = inspect.signature(pruner.fit).parameters
        own = {"sample_weight": rows.weights, "groups": rows.groups}
        given = {name: x for name, x in own.items() if x is not None and name in taken}
        return pruner.fit(file.raw(rows.X) if whole else file.prepared(rows.X), rows.y, **given)

    def in_words(self, fitted: Any) -> list[str]:
        """What was found, in a line or two.

        Parameters
        ----------
        fitted : object
            From `fit`.
        """
        plan = getattr(fitted, "plan_", None)  # a distilled tree is no part of the model
        plans = [] if plan is None else [repr(plan)]
        if not self.searches:
            return plans
        chosen = fitted.results_[fitted.results_["chosen"]].iloc[0]
        setting = ", ".join(f"{name}={value}" for name, value in fitted.best_params_.items())
        how = f"{fitted.best_strategy_}{f' ({setting})' if setting else ''}"
        if fitted.best_strategy_ == "none":
            how = "the model as it is: of those tried, none that is smaller is as good"
        told = (
            f"chosen of {fitted.n_candidates_} candidates by rule {fitted.rule}: {how}; "
            f"{fitted.loss_name_} in folds {fitted.whole_loss_:.4f} before, {chosen['loss']:.4f} after"
        )
        return [told, *plans]


def recipe_for(arguments: argparse.Namespace, file: ModelFile, *, verbose: bool) -> Recipe:
    """What was asked for, checked as far as can be before rows are read.

    Parameters
    ----------
    arguments : argparse.Namespace
    file : ModelFile
    verbose : bool
        Whether progress is shown.

    Returns
    -------
    Recipe

    Raises
    ------
    ValueError
        If a method or a parameter is not known, or they do not go together.
    """
    methods = arguments.method
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise ValueError(f"--method must be of {', '.join(METHODS)}; got {', '.join(unknown) or 'none'}")
    own = pairs(arguments.param, "--param")
    asked = _asked(arguments) | own
    alone = len(methods) == 1 and methods[0] in PRUNERS
    if alone and (own or methods[0] not in SEARCHED):
        cls = PRUNERS[methods[0]]
        return Recipe(methods, partial(cls, **_parameters(cls, asked, arguments, file, verbose)), False)
    if own:
        raise ValueError("--param sets parameters of one pruner: name it by --method")
    apart = [name for name in methods if name not in SEARCHED and name != "auto"]
    if apart or ("auto" in methods and len(methods) > 1):
        raise ValueError(f"method {(apart or ['auto'])[0]} cannot be tried beside others: give it alone")
    strategies = "auto" if methods == ["auto"] else methods
    parameters = _parameters(PruningSearchCV, asked, arguments, file, verbose)
    return Recipe(methods, partial(PruningSearchCV, strategies=strategies, **parameters), True)


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    """Parameters that were given, whatever takes them."""
    given = {name: getattr(arguments, name) for name in ("rule", "margin", "loss", "cv")}
    return {name: x for name, x in given.items() if x is not None}


def _parameters(
    cls: Any, asked: dict[str, Any], arguments: argparse.Namespace, file: ModelFile, verbose: bool
) -> dict[str, Any]:
    """What a pruner is made with: what was asked for, and what goes without saying where it knows that."""
    legal = [name for name in inspect.signature(cls).parameters if name not in ("estimator", "strategies")]
    given = _budget(arguments.budget, file) | asked
    strangers = [name for name in given if name not in legal]
    if strangers:
        raise ValueError(
            f"{cls.__name__} has no parameter {strangers[0]!r}; there are {', '.join(sorted(legal))}"
        )
    general = {"n_jobs": arguments.n_jobs, "random_state": arguments.seed, "verbose": verbose}
    return {name: x for name, x in general.items() if name in legal} | given


def _budget(texts: list[str] | None, file: ModelFile) -> dict[str, Any]:
    """Limits by name; one whole number is nodes, or features of a linear model."""
    if texts is not None and len(texts) == 1 and "=" not in texts[0]:
        limit = value_of(texts[0])
        if not isinstance(limit, Integral) or isinstance(limit, bool):
            raise ValueError(f"--budget takes a whole number, or NAME=VALUE, got {texts[0]!r}")
        return {"max_features" if file.linear else "max_nodes": limit}
    limits = pairs(texts, "--budget")
    unknown = [name for name in limits if name not in _LIMITS]
    if unknown:
        raise ValueError(f"--budget knows {', '.join(_LIMITS)}; got {unknown[0]}")
    return limits
