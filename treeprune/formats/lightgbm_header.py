"""The header of a LightGBM model text: what the model answers and about which features.

LightGBM believes the header's counts. An objective of more classes than the model writes past the end
of its answer, no trees a round divide by zero, and a range without an end kills the process when the
model is dumped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_fields import integer, integers, numbers, text
from treeprune.formats.lightgbm_text import OTHER_RELEASE, excerpt

_INT_MAX = 2**31 - 1
_MAX_CLASSES_WITHOUT_TREES = 10_000  # nothing in the file bears witness to more

_HEADER = {
    "tree",
    "version",
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "average_output",
    "feature_names",
    "monotone_constraints",
    "feature_infos",
}
_WORDS = {"tree", "average_output"}
_VERSIONS = ("v3", "v4")
_FORBIDDEN = frozenset('",:[]{}')  # LightGBM trains with no such name; its dump would not be JSON

_NUMBER = r"-?(?:[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|inf|nan)"
_FEATURE_INFO = re.compile(rf"none|\[{_NUMBER}:{_NUMBER}\]|-?[0-9]{{1,10}}(?::-?[0-9]{{1,10}})*+")

_REGRESSIONS = (
    "regression",
    "regression_l1",
    "huber",
    "fair",
    "poisson",
    "quantile",
    "mape",
    "gamma",
    "tweedie",
)
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_REGRESSIONS, ()),
    **dict.fromkeys(("cross_entropy", "cross_entropy_lambda", "lambdarank", "rank_xendcg"), ()),
    "binary": ("sigmoid",),
    "multiclass": ("num_class",),
    "multiclassova": ("num_class", "sigmoid"),
}


def _check_objective(objective: str, n_class: int) -> None:
    name, *words = objective.split(" ")
    if name not in _ARGUMENTS:
        raise InvalidModelError(f"objective {excerpt(objective)} is not one of LightGBM's; {OTHER_RELEASE}")
    if name in _REGRESSIONS and words == ["sqrt"]:
        return
    arguments: Mapping[str, str] = {word.partition(":")[0]: word.partition(":")[2] for word in words}
    if tuple(arguments) != _ARGUMENTS[name] or len(words) != len(arguments):
        raise InvalidModelError(
            f"objective {excerpt(objective)} must state {_ARGUMENTS[name] or 'no more'}"
        )
    if (integer(arguments, "num_class", 1, _INT_MAX) if "num_class" in arguments else 1) != n_class:
        raise InvalidModelError(f"objective {excerpt(objective)} does not fit num_class {n_class}")
    if "sigmoid" in arguments:
        slope = numbers(arguments, "sigmoid")
        if len(slope) != 1 or not 0 < slope[0] < np.inf:
            raise InvalidModelError(f"objective {excerpt(objective)} must state one positive sigmoid")


def _check_names(header: Mapping[str, str | None], key: str, n_features: int) -> list[str]:
    entries = text(header, key).split(" ")
    if len(entries) != n_features:
        raise InvalidModelError(f"{key} has {len(entries)} entries for {n_features} features")
    if "" in entries:
        raise InvalidModelError(f"{key}: entry {entries.index('')} is empty")
    return entries


def _check_lines(header: Mapping[str, str | None]) -> None:
    if next(iter(header), None) != "tree":
        raise InvalidModelError("the first line must be 'tree'")
    for key, value in header.items():
        if key not in _HEADER:
            raise InvalidModelError(f"{excerpt(key)} is not known to LightGBM 4; {OTHER_RELEASE}")
        if (value is None) != (key in _WORDS):  # "average_output=0" would average all the same
            raise InvalidModelError(f"{key} must have {'no' if key in _WORDS else 'a'} value")
        if "=" in (value or "") and key != "feature_names":
            raise InvalidModelError(f"{key} holds a second '='")
    if text(header, "version") not in _VERSIONS:
        raise InvalidModelError(
            f"version {excerpt(text(header, 'version'))} is not one of {_VERSIONS}; {OTHER_RELEASE}"
        )


def _check_rounds(header: Mapping[str, str | None], n_trees: int) -> None:
    n_class = integer(header, "num_class", 1, _INT_MAX)
    per_round = integer(header, "num_tree_per_iteration", 1, _INT_MAX)
    if per_round != n_class:
        raise InvalidModelError(f"num_tree_per_iteration {per_round} must be num_class {n_class}")
    if n_trees % per_round or (not n_trees and per_round > _MAX_CLASSES_WITHOUT_TREES):
        raise InvalidModelError(f"{n_trees} trees do not make whole rounds of {per_round}")
    if "objective" in header:
        _check_objective(text(header, "objective"), n_class)


def _check_features(header: Mapping[str, str | None]) -> int:
    n_features = integer(header, "max_feature_idx", 0, _INT_MAX - 1) + 1
    for i, name in enumerate(_check_names(header, "feature_names", n_features)):
        if not _FORBIDDEN.isdisjoint(name):
            raise InvalidModelError(f"feature_names: entry {i} is {excerpt(name)}, which LightGBM forbids")
    names = text(header, "feature_names")
    if names.strip("=") != names and "=" not in names.strip("="):
        raise InvalidModelError("feature_names begins or ends with '=', which LightGBM loses as it reads")
    for i, info in enumerate(_check_names(header, "feature_infos", n_features)):
        if not _FEATURE_INFO.fullmatch(info):
            raise InvalidModelError(f"feature_infos: entry {i} is {excerpt(info)}, which is no range")
    if "monotone_constraints" in header:
        signs = integers(header, "monotone_constraints")
        if len(signs) != n_features or (np.abs(signs) > 1).any():
            raise InvalidModelError(f"monotone_constraints must hold -1, 0 or 1 for {n_features} features")
    return n_features


def check_header(header: Mapping[str, str | None], n_trees: int) -> int:
    """Check the header of a document.

    Parameters
    ----------
    header : mapping of str to str or None
    n_trees : int
        How many trees follow.

    Returns
    -------
    int
        How many features the trees may ask for.

    Raises
    ------
    InvalidModelError
        If a line is missing, unknown or contradicts another.
    """
    try:
        _check_lines(header)
        _check_rounds(header, n_trees)
        integer(header, "label_index", -1, _INT_MAX)
        return _check_features(header)
    except InvalidModelError as error:
        raise InvalidModelError(f"header: {error}") from None
