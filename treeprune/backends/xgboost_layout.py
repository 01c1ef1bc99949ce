"""Where things are in an XGBoost document, and what in it treeprune does not know.

XGBoost has moved them: a DART booster had its trees one level deeper before 3.3, and the factors of
its trees outside of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array

NODE_ENTRIES = (
    "left_children",
    "right_children",
    "parents",
    "split_indices",
    "split_type",
    "split_conditions",
    "default_left",
    "base_weights",
    "loss_changes",
    "sum_hessian",
)
"""Entries of a tree with one number a node."""

CATEGORY_ENTRIES = ("categories", "categories_nodes", "categories_segments", "categories_sizes")

_TREE_ENTRIES = {*NODE_ENTRIES, *CATEGORY_ENTRIES, "id", "tree_param"}
_MODEL_ENTRIES = {"trees", "tree_info", "iteration_indptr", "gbtree_model_param", "cats", "weight_drop"}


def _like(old: Any, numbers: Array) -> Any:
    """Numbers in the form that the document had them in: a typed array or a list."""
    if isinstance(old, np.ndarray):
        return numbers.astype(old.dtype)
    # a lone float is single precision: a numpy number keeps that, a plain one would become double
    return list(numbers.astype(np.float32)) if numbers.dtype.kind == "f" else numbers.tolist()


class Layout:
    """Trees of a document and what says how they are added up.

    Parameters
    ----------
    document : dict
        Sound, as `treeprune.formats.xgboost_model.check_document` has it. It is left untouched: every
        container on the way to the trees is copied.

    Raises
    ------
    UnsupportedModelError
        If the document holds something that may change what the trees mean.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = dict(document)
        self.learner = self.document["learner"] = dict(document["learner"])
        outer = self.learner["gradient_booster"] = dict(self.learner["gradient_booster"])
        inner = outer
        if "gbtree" in outer:
            inner = outer["gbtree"] = dict(outer["gbtree"])
        self._model = inner["model"] = dict(inner["model"])
        self._factors = next(
            (part for part in (outer, self._model) if len(part.get("weight_drop", ()))), {}
        )
        self._check_entries()

    def _check_entries(self) -> None:
        strange = set(self._model) - _MODEL_ENTRIES
        for tree in self.trees:
            strange |= set(tree) ^ _TREE_ENTRIES
        if strange:
            raise UnsupportedModelError(
                "this XGBoost model has another layout than treeprune knows "
                f"({', '.join(sorted(strange))}); use an XGBoost release that this version of "
                "treeprune supports, or a newer treeprune"
            )
        if not self.trees:
            raise UnsupportedModelError("this XGBoost model has no trees yet: it was trained for 0 rounds")

    @property
    def trees(self) -> list[dict[str, Any]]:
        """The trees, each a dict."""
        return self._model["trees"]

    @property
    def columns(self) -> Array:
        """Output column of each tree."""
        return np.asarray(self._model["tree_info"], np.int64)

    @property
    def rounds(self) -> Array:
        """First tree of each boosting round, and the number of trees at the end."""
        return np.asarray(self._model["iteration_indptr"], np.int64)

    @property
    def is_dart(self) -> bool:
        """Whether each tree has a factor of its own."""
        return bool(self._factors)

    @property
    def weights(self) -> Array:
        """Factor of each tree."""
        if not self._factors:
            return np.ones(len(self.trees))
        return np.array(self._factors["weight_drop"], np.float64)

    @property
    def n_features(self) -> int:
        """Number of columns of the training table."""
        return int(self.learner["learner_model_param"]["num_feature"])

    def replace_trees(
        self, trees: list[dict[str, Any]], columns: Array, rounds: Array, weights: Array
    ) -> None:
        """Put other trees into `document`.

        Parameters
        ----------
        trees : list of dict
        columns, rounds, weights : ndarray
            As the properties of these names.
        """
        model = self._model
        model["trees"] = [{**tree, "id": t} for t, tree in enumerate(trees)]
        model["tree_info"] = _like(model["tree_info"], columns)
        model["iteration_indptr"] = _like(model["iteration_indptr"], rounds)
        model["gbtree_model_param"] = {**model["gbtree_model_param"], "num_trees": str(len(trees))}
        if self._factors:
            self._factors["weight_drop"] = _like(self._factors["weight_drop"], weights)
