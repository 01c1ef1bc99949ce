"""Is an XGBoost document safe to load and to predict with? Everything a stranger's file could say is asked.

XGBoost's loader trusts its input: a child out of range ends the process, categories that do not rise or
siblings apart change answers in silence. Its authors say so and do not mean to change it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.formats.xgboost_cats import check_cats
from treeprune.formats.xgboost_fields import (
    Document,
    fault,
    first,
    floats,
    integers,
    member,
    real_number,
    texts,
    whole_number,
)
from treeprune.formats.xgboost_tree import MAX_CATEGORY_BITS, check_tree

MAX_OUTPUTS = 2**16
"""More outputs than this and than trees are no model, but a way to exhaust memory."""

_FEATURE_TYPES = {"float", "int", "i", "q", "c"}


def check_document(document: Document) -> None:
    """Raise unless the document of an XGBoost model can be loaded and answers what it says.

    Parameters
    ----------
    document : dict
        From `ubjson.loads` or `xgboost_json.loads`, never changed. A booster's memory snapshot holds such
        a document under "Model". Nodes that XGBoost's own pruner deleted but left in the arrays
        (`split_indices` 2147483647) are legal: only those reached from the root are part of a tree.

    Raises
    ------
    InvalidModelError
        Something contradicts itself; the message names the place.
    UnsupportedModelError
        The model is sound, but not made of trees with one number a leaf.
    """
    if not isinstance(document, dict):
        raise fault("top", f"a document is a dict, got {type(document).__name__}")
    version = integers(member(document, "version", object, "top"), "version", "top")
    if len(version) != 3 or (version < 0).any():
        raise fault("top", f"'version' must be three numbers, got {version.tolist()[:5]}")
    learner = member(document, "learner", dict, "top")
    name, model, weight_drop = _booster(learner)
    n_features, n_outputs = _check_learner(learner)
    trees = member(model, "trees", list, "model")
    _check_rounds(model, len(trees), n_outputs)
    _check_weight_drop(name, weight_drop, len(trees))
    bits = 0
    for number, tree in enumerate(trees):
        place = f"tree {number}"
        if not isinstance(tree, dict):
            raise fault(place, f"a tree must be dict, got {type(tree).__name__}")
        identity = member(tree, "id", int, place)
        if identity != number or isinstance(identity, bool):
            raise fault(place, f"its id is {identity}")
        bits += check_tree(tree, place, n_features)
    if bits > MAX_CATEGORY_BITS:
        raise fault("trees", f"the sets of categories take {bits} bits, more than {MAX_CATEGORY_BITS}")
    if "cats" in model:
        check_cats(member(model, "cats", dict, "model"), n_features)


def _booster(learner: Document) -> tuple[str, Document, Any]:
    """Name of the booster, its model, and the weights of dropped trees wherever this version keeps them."""
    booster = member(learner, "gradient_booster", dict, "learner")
    name = member(booster, "name", str, "gradient_booster")
    if name == "gblinear":
        raise UnsupportedModelError(
            "XGBoost's booster 'gblinear' is a linear model and has no trees to prune; "
            "train with booster='gbtree' or 'dart'"
        )
    if name not in ("gbtree", "dart"):
        raise fault("gradient_booster", f"the booster {name[:40]!r} is not known")
    holder = booster
    if name == "dart" and "gbtree" in booster:  # up to 3.2
        holder = member(booster, "gbtree", dict, "gradient_booster")
        if member(holder, "name", str, "gbtree") != "gbtree":
            raise fault("gbtree", f"its name is {holder['name'][:40]!r}")
    model = member(holder, "model", dict, "gradient_booster")
    return name, model, (booster if holder is not booster else model).get("weight_drop")


def _check_learner(learner: Document) -> tuple[int, int]:
    parameter = member(learner, "learner_model_param", dict, "learner")
    place = "learner_model_param"
    n_features = whole_number(parameter, "num_feature", place, 1)
    n_classes = whole_number(parameter, "num_class", place, 0)
    n_targets = whole_number(parameter, "num_target", place, 1, default=1)
    if n_classes > 1 and n_targets > 1:
        raise fault(place, f"{n_classes} classes and {n_targets} targets exclude each other")
    n_outputs = max(n_classes, n_targets, 1)
    _check_base_score(member(parameter, "base_score", str, place), n_outputs)
    member(member(learner, "objective", dict, "learner"), "name", str, "objective")
    attributes = member(learner, "attributes", dict, "learner") if "attributes" in learner else {}
    for key, value in attributes.items():
        if not isinstance(value, str):
            raise fault("attributes", f"{key[:40]!r} must be text, got {type(value).__name__}")
    for key in ("feature_names", "feature_types"):
        found = texts(learner, key, "learner")
        if found and len(found) != n_features:
            raise fault("learner", f"{key!r} has {len(found)} entries for {n_features} features")
        if key == "feature_types" and not _FEATURE_TYPES.issuperset(found):
            raise fault("learner", f"'feature_types' must be of {sorted(_FEATURE_TYPES)}")
    return n_features, n_outputs


def _check_base_score(text: str, n_outputs: int) -> None:
    """One number, or in brackets one number for each output."""
    place = "learner_model_param, base_score"
    vector = text.startswith("[") and text.endswith("]")
    parts = text[1:-1].split(",") if vector else [text]
    for part in parts:
        real_number(part, place)
    if len(parts) not in (1, n_outputs):
        raise fault(place, f"{len(parts)} numbers for {n_outputs} outputs")


def _check_rounds(model: Document, n_trees: int, n_outputs: int) -> None:
    parameter = member(model, "gbtree_model_param", dict, "model")
    said = whole_number(parameter, "num_trees", "gbtree_model_param", 0)
    if said != n_trees:
        raise fault("gbtree_model_param", f"'num_trees' is {said}, but there are {n_trees} trees")
    whole_number(parameter, "num_parallel_tree", "gbtree_model_param", 1)
    if n_outputs > max(n_trees, MAX_OUTPUTS):
        raise fault("learner_model_param", f"{n_outputs} outputs of {n_trees} trees")
    output = integers(member(model, "tree_info", object, "model"), "tree_info", "model")
    if len(output) != n_trees:
        raise fault("model", f"'tree_info' has {len(output)} entries for {n_trees} trees")
    bad = (output < 0) | (output >= n_outputs)
    if bad.any():
        tree = first(bad)
        raise fault(f"tree {tree}", f"its output {output[tree]} is out of range 0..{n_outputs - 1}")
    if "iteration_indptr" not in model:  # not written before 2.0
        return
    start = integers(model["iteration_indptr"], "iteration_indptr", "model")
    if not len(start) or start[0] != 0 or start[-1] != n_trees or (np.diff(start) < 1).any():
        raise fault("model", f"'iteration_indptr' must rise from 0 to the {n_trees} trees")


def _check_weight_drop(name: str, weights: Any, n_trees: int) -> None:
    if weights is None and name != "dart":
        return
    found = floats([] if weights is None else weights, "weight_drop", "gradient_booster")
    if len(found) != n_trees and (len(found) or name == "dart"):
        raise fault("gradient_booster", f"'weight_drop' has {len(found)} entries for {n_trees} trees")
    if not np.isfinite(found).all():
        raise fault(f"tree {first(~np.isfinite(found))}", "its entry of 'weight_drop' is not finite")
