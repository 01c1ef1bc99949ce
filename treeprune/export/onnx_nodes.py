"""Nodes of ONNX's TreeEnsemble operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from treeprune.export.questions import Question
from treeprune.export.slots import Slots
from treeprune.model.ensemble import Array, TreeEnsemble

_AT_MOST, _BELOW, _MEMBER = 0, 1, 6
"""Modes of nodes."""


@dataclass
class _Nodes:
    """Attributes of one TreeEnsemble as they grow."""

    modes: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    true: list[int] = field(default_factory=list)
    true_is_leaf: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    false_is_leaf: list[int] = field(default_factory=list)
    missing_true: list[int] = field(default_factory=list)
    members: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Trees:
    """An ensemble, ready to be written down.

    Parameters
    ----------
    e : TreeEnsemble
    asked : list of Question or None
    slots : Slots
    cuts : list of float
        One a node; meaningless at leaves and at splits on categories.
    terms : ndarray of float64, shape (n_nodes, n_columns)
    dtype : {"float32", "float64"}
    """

    e: TreeEnsemble
    asked: list[Question | None]
    slots: Slots
    cuts: list[float]
    terms: Array
    dtype: str

    def attributes(self, fed: list[tuple[int, int, int]], n_targets: int) -> dict[str, Any]:
        """Attributes of the operator for (tree, column of its values, target) each."""
        from onnx import numpy_helper

        nodes = _Nodes()
        for t, column, target in fed:
            nodes.roots.append(len(nodes.modes))
            self._add(nodes, t, column, target)

        def tensor(name: str, values: Sequence[float], dtype: str) -> Any:
            return numpy_helper.from_array(np.array(values, dtype), name)

        given: dict[str, Any] = {
            "nodes_modes": tensor("modes", nodes.modes, "uint8"),
            "nodes_splits": tensor("splits", nodes.splits, self.dtype),
            "nodes_featureids": nodes.features,
            "nodes_truenodeids": nodes.true,
            "nodes_trueleafs": nodes.true_is_leaf,
            "nodes_falsenodeids": nodes.false,
            "nodes_falseleafs": nodes.false_is_leaf,
            "nodes_missing_value_tracks_true": nodes.missing_true,
            "leaf_weights": tensor("weights", nodes.weights, self.dtype),
            "leaf_targetids": nodes.targets,
            "tree_roots": nodes.roots,
            "n_targets": n_targets,
            "aggregate_function": 1,
            "post_transform": 0,
        }
        if nodes.members:
            given["membership_values"] = tensor("members", nodes.members, self.dtype)
        return given

    def _add(self, nodes: _Nodes, t: int, column: int, target: int) -> None:
        """Write a tree; every tree has a node, so one that is a leaf asks what does not matter."""
        e, own = self.e, range(self.e.n_nodes)[self.e.tree(t)]
        inner = [node for node in own if self.asked[node] is not None]
        leaves = [node for node in own if self.asked[node] is None]
        place = {node: len(nodes.modes) + i for i, node in enumerate(inner)}
        if inner and self._looks_like_a_leaf(place, leaves, len(nodes.weights)):
            leaves = [*leaves[1:], leaves[0]]
        place |= {node: len(nodes.weights) + i for i, node in enumerate(leaves)}
        nodes.weights += self.terms[leaves, column].tolist()
        nodes.targets += [target] * len(leaves)
        for node in inner:
            question = self.asked[node]
            assert question is not None
            mode, split, members, true_is_left = self._test(question, self.cuts[node])
            children = (int(e.left[node]), int(e.right[node]))
            true, false = children if true_is_left else children[::-1]
            self._node(nodes, mode, split, self.slots.place(question), (true, false), place)
            nodes.missing_true[-1] = int(question.missing_left == true_is_left)
            nodes.members += members
        if not inner:
            self._node(nodes, _AT_MOST, 0.0, 0, (own[0], own[0]), place)

    def _looks_like_a_leaf(self, place: dict[int, int], leaves: list[int], first: int) -> bool:
        """Whether a leaf and a node below the root would have the same number.

        onnxruntime before 1.24 takes such a root for a tree of one leaf, whatever kinds its children are.
        """
        root = min(place)
        children = int(self.e.left[root]), int(self.e.right[root])
        numbers = {place[child] if child in place else first + leaves.index(child) for child in children}
        return len(numbers) == 1

    def _node(
        self,
        nodes: _Nodes,
        mode: int,
        split: float,
        feature: int,
        children: tuple[int, int],
        place: dict[int, int],
    ) -> None:
        true, false = children
        nodes.modes.append(mode)
        nodes.splits.append(split)
        nodes.features.append(feature)
        nodes.true.append(place[true])
        nodes.true_is_leaf.append(int(self.asked[true] is None))
        nodes.false.append(place[false])
        nodes.false_is_leaf.append(int(self.asked[false] is None))
        nodes.missing_true.append(0)

    def _test(self, question: Question, cut: float) -> tuple[int, float, list[float], bool]:
        """Mode, split and members of a node, and whether its true branch is the left one."""
        nothing = (_BELOW, -np.inf)
        if question.codes is None:
            return (*nothing, [], True) if np.isnan(cut) else (_AT_MOST, cut, [], True)
        codes = set(question.codes)
        if question.others_left:
            codes = set(range(question.n_codes)) - codes
        if not codes:
            return (*nothing, [], not question.others_left)
        # sets stand behind each other, parted by NaN
        return _MEMBER, 0.0, [*map(float, sorted(codes)), np.nan], not question.others_left
