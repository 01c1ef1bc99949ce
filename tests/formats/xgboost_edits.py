"""Ways to damage an XGBoost model's document, each a function that edits it in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.formats.xgboost_models import model_of, tree

Edit = Callable[[dict[str, Any]], Any]


def put(name: str, node: int, value: Any, number: int = 1) -> Edit:
    """Edit one entry of one array of one tree."""

    def edit(document: dict[str, Any]) -> None:
        tree(document, number)[name][node] = value

    return edit


def put_leaf(name: str, value: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        tree(document)[name][np.flatnonzero(tree(document)["left_children"] == -1)[0]] = value

    return edit


def put_numeric_split(name: str, value: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        t = tree(document)
        tree(document)[name][np.flatnonzero((t["left_children"] != -1) & (t["split_type"] == 0))[0]] = value

    return edit


def shorten(name: str) -> Edit:
    return lambda document: tree(document).update({name: tree(document)[name][:-1]})


def replace(name: str, change: Callable[[Any], Any]) -> Edit:
    return lambda document: tree(document).update({name: change(tree(document)[name])})


def parameter(key: str, value: Any) -> Edit:
    return lambda document: document["learner"]["learner_model_param"].update({key: value})


def tree_parameter(key: str, value: Any) -> Edit:
    return lambda document: tree(document)["tree_param"].update({key: value})


def model(key: str, value: Any) -> Edit:
    return lambda document: model_of(document).update({key: value})


def learner(key: str, value: Any) -> Edit:
    return lambda document: document["learner"].update({key: value})


def cats(change: Callable[[dict[str, Any]], Any]) -> Edit:
    return lambda document: change(model_of(document)["cats"])


def swap_children(document: dict[str, Any]) -> None:
    """Left and right change places, so that right = left - 1: loads, and predicts something else."""
    t = tree(document)
    t["left_children"][0], t["right_children"][0] = t["right_children"][0], t["left_children"][0]


def relabel(document: dict[str, Any]) -> None:
    """Nodes 2 and 3 change places in every array: the same tree, whose siblings are apart."""
    t = tree(document)
    order = np.arange(len(t["parents"]))
    order[[2, 3]] = 3, 2
    for name in (
        "base_weights",
        "default_left",
        "left_children",
        "loss_changes",
        "parents",
        "right_children",
    ):
        t[name] = t[name][order]
    for name in ("split_conditions", "split_indices", "split_type", "sum_hessian"):
        t[name] = t[name][order]
    for name in ("left_children", "right_children", "parents"):
        inner = (t[name] >= 0) & (t[name] < len(order))
        t[name][inner] = order[t[name][inner]].astype(np.int32)


def cycle_apart(document: dict[str, Any]) -> None:
    """The root becomes a leaf and nodes 1 to 2 each other's family: one parent each, all consistent."""
    t = tree(document)
    grown = {
        "left_children": [-1, 3, -1, 1, -1],
        "right_children": [-1, 4, -1, 2, -1],
        "parents": [2**31 - 1, 3, 3, 1, 1],
        "split_indices": [0] * 5,
    }
    t.update({name: np.array(column, np.int32) for name, column in grown.items()})
    t.update({name: np.ones(5, np.float32) for name in ("base_weights", "loss_changes")})
    t.update({name: np.ones(5, np.float32) for name in ("split_conditions", "sum_hessian")})
    t.update({name: np.zeros(5, np.uint8) for name in ("default_left", "split_type")})
    no_categories(t)
    t["tree_param"]["num_nodes"] = "5"


def no_categories(t: dict[str, Any]) -> None:
    t.update({name: np.zeros(0, np.int32) for name in ("categories", "categories_nodes")})
    t.update({name: np.zeros(0, np.int64) for name in ("categories_segments", "categories_sizes")})


def chain(depth: int) -> Edit:
    """A sound tree that is one long path."""

    def edit(document: dict[str, Any]) -> None:
        t = tree(document)
        n = 2 * depth + 1
        left, parent = np.full(n, -1, np.int32), np.empty(n, np.int32)
        inner = np.concatenate([[0], np.arange(2, n - 1, 2)])
        left[inner] = np.arange(1, n, 2)
        parent[0], parent[1::2], parent[2::2] = 2**31 - 1, inner, inner
        t.update(left_children=left, right_children=np.where(left > 0, left + 1, -1).astype(np.int32))
        t.update(parents=parent, split_indices=np.zeros(n, np.int32))
        t.update({name: np.ones(n, np.float32) for name in ("base_weights", "loss_changes")})
        t.update({name: np.ones(n, np.float32) for name in ("split_conditions", "sum_hessian")})
        t.update({name: np.zeros(n, np.uint8) for name in ("default_left", "split_type")})
        no_categories(t)
        t["tree_param"]["num_nodes"] = str(n)

    return edit


def memory_bomb(document: dict[str, Any]) -> None:
    """A few bytes for which XGBoost keeps two megabytes in each of 4500 nodes."""
    chain(1500)(document)
    t = tree(document)
    inner = np.flatnonzero(t["left_children"] >= 0)
    t["split_type"][inner] = 1
    t["categories"] = np.full(len(inner), 2**24 - 1, np.int32)
    t["categories_nodes"] = inner.astype(np.int32)
    t["categories_segments"], t["categories_sizes"] = np.arange(len(inner)), np.ones(len(inner), np.int64)
    for number in (0, 2):
        model_of(document)["trees"][number] = t | {"id": number}
