"""What a model is, in a few lines: `info`."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.utils import get_tags

from treeprune.backends import read
from treeprune.backends.registry import check_supported
from treeprune.exceptions import UnsupportedModelError
from treeprune.faithfulness.size import pickled_bytes
from treeprune.model.ensemble import LEAF, MISSING_IS_ZERO, ZERO_IS_MISSING, TreeEnsemble
from treeprune.model.structure import depths

_SHOWN_NAMES = 8


def _names(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class ModelInfo:
    """What a fitted model is, how large, and what can be done with it.

    Parameters
    ----------
    family : str
        Package and class, as ``xgboost.XGBClassifier``.
    problem : str
        Why treeprune cannot prune this model; empty if it can. All numbers are then 0.
    task : str
        What it predicts.
    output : str
        How the trees make an answer.
    trees, nodes, leaves, depth : int
        Sizes; `depth` is that of the deepest leaf.
    features : int
        Number of columns.
    used, unused : tuple of str
        Columns that a split looks at, and those that none does.
    categorical : tuple of str
        Columns split by sets of categories.
    missing : str
        What a missing value does.
    compares : str
        How a number is compared with a threshold.
    bytes : int
        Length of the pickled model; 0 if it cannot be pickled.
    limits : dict of str to str
        What cannot be changed in this model, and why.
    """

    family: str
    problem: str = ""
    task: str = ""
    output: str = ""
    trees: int = 0
    nodes: int = 0
    leaves: int = 0
    depth: int = 0
    features: int = 0
    used: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    missing: str = ""
    compares: str = ""
    bytes: int = 0
    limits: dict[str, str] | None = None

    def _lines(self) -> list[tuple[str, str]]:
        if self.problem:
            return [("model", self.family), ("cannot be pruned", self.problem)]
        lines = [
            ("model", self.family),
            ("predicts", self.task),
            ("answers by", self.output),
            ("size", f"{self.trees:,} trees, {self.nodes:,} nodes, {self.leaves:,} leaves"),
            ("depth", f"{self.depth}"),
            ("bytes", f"{self.bytes:,}" if self.bytes else "unknown: the model cannot be pickled"),
            ("columns", f"{self.features:,}, {len(self.used):,} of them used: {_names(self.used)}"),
            ("not used", _names(self.unused)),
            ("by category", _names(self.categorical)),
            ("missing values", self.missing),
            ("compares", self.compares),
        ]
        return lines + [(f"no {what}", why) for what, why in (self.limits or {}).items()]

    def __str__(self) -> str:
        lines = self._lines()
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self._lines()
        )
        return f"<table><caption>{html.escape(self.family)}</caption>{rows}</table>"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python objects."""
        return asdict(self)


_TASKS = {
    "classification": "classes",
    "regression": "numbers",
    "ranking": "an order within groups",
    "anomaly": "how far a row is from the others",
}

_HOW = {"sum": "the sum of the trees", "mean": "the mean of the trees", "median": "the weighted median"}


def _task(e: TreeEnsemble) -> str:
    text = _TASKS[e.task]
    targets = f", {len(e.columns)} targets" if len(e.columns) > 1 else ""
    if e.task != "classification":
        return text + targets
    labels = "; ".join(_names(tuple(map(str, own))) for own in e.classes)
    return f"{text} {labels}{targets}"


def _output(e: TreeEnsemble) -> str:
    how = "one tree" if e.n_trees == 1 and not e.boosted else _HOW[e.aggregation]
    start = " and a base score" if e.base_score.any() else ""
    scale = "" if e.link_scale == 1.0 else f" of {e.link_scale:g} times it"
    return how + start + ("" if e.link == "identity" else f", through the {e.link} link{scale}")


def _missing(model: Any, e: TreeEnsemble) -> str:
    tagged = hasattr(model, "__sklearn_tags__")
    if tagged and not get_tags(model).input_tags.allow_nan:
        return "refused by the model"
    split = ~e.is_leaf
    rules = set(e.missing[split & (e.category_set == LEAF)].tolist())
    words = ["go where each split says"]
    if rules & {MISSING_IS_ZERO}:
        words = ["are read as 0"] if rules == {MISSING_IS_ZERO} else [*words, "or are read as 0"]
    if ZERO_IS_MISSING in rules:
        words.append("and so do zeros")
    if e.absent == "missing":
        words.append("(and what a sparse matrix does not store)")
    return " ".join(words)


_CHANGES = {
    "values": "other leaf values",
    "order": "other order of trees",
    "sum": "joint pruning and orders of trees",
}


def _limits(e: TreeEnsemble, declared: Mapping[str, str]) -> dict[str, str]:
    limits = {_CHANGES[what]: why for what, why in declared.items()}
    if e.reweight == "none" and e.n_trees > 1:
        limits["factors of trees"] = "the format has no place for them"
    if e.task == "anomaly":
        limits["pruning by outcomes"] = "there is none to judge by; use snip or keep_trees"
    elif e.task == "ranking":
        limits["pruning by a loss"] = "rows are judged within their groups; use snip or keep_trees"
    return limits


def info(model: Any) -> ModelInfo:
    """Say what a fitted model is: family, sizes, columns, rules, and what cannot be done with it.

    Parameters
    ----------
    model : object
        A fitted model. It is only read.

    Returns
    -------
    ModelInfo
        Prints as a small table. A model that treeprune cannot prune is no error here: `problem` says
        why.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    InvalidModelError
        If the model contradicts itself.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import info
    >>> about = info(DecisionTreeClassifier(max_depth=2).fit(*load_iris(return_X_y=True)))
    >>> about.nodes, about.depth
    (5, 2)
    """
    cls = type(model)
    family = f"{cls.__module__.partition('.')[0]}.{cls.__qualname__}"
    try:
        backend = check_supported(model)
        e = read(model)
    except UnsupportedModelError as error:
        return ModelInfo(family, problem=str(error))
    used = e.used_features()
    split_by_set = np.unique(e.feature[e.category_set != LEAF])
    return ModelInfo(
        family=family,
        task=_task(e),
        output=_output(e),
        trees=e.n_trees,
        nodes=e.n_nodes,
        leaves=e.n_leaves,
        depth=int(depths(e.left, e.right).max()),
        features=e.n_features,
        used=tuple(e.name_of(int(f)) for f in used),
        unused=tuple(e.name_of(int(f)) for f in np.setdiff1d(np.arange(e.n_features), used)),
        categorical=tuple(e.name_of(int(f)) for f in split_by_set),
        missing=_missing(model, e),
        compares=f"x {e.comparison} threshold, x rounded to {e.input_dtype}",
        bytes=pickled_bytes(model) or 0,
        limits=_limits(e, backend.limits),
    )
