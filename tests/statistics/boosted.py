"""Small boosted ensembles of every kind of output, and losses by plain formulas on probabilities."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import exp, log
from typing import Any

import numpy as np

from tests.strategies import hostile_rows, random_ensemble
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.validate import validate
from treeprune.statistics.target import Target, encode_target

AB, ABC = (np.array(["a", "b"]),), (np.array(["a", "b", "c"]),)
NUMBER = {"task": "regression", "classes": ()}

KINDS: dict[str, dict[str, Any]] = {
    "binary": {"link": "logit", "classes": AB, "columns": (1,)},
    "scaled": {"link": "logit", "classes": AB, "columns": (1,), "link_scale": 2.0},
    "multiclass": {"link": "softmax", "classes": ABC, "columns": (3,)},
    "one against all": {"link": "logit", "classes": ABC, "columns": (3,)},
    "labels": {"link": "logit", "classes": AB + AB, "columns": (1, 1)},
    "votes": {"link": "softmax", "classes": ABC, "columns": (3,), "link_scale": 0.5, "boosted": False},
    "hinge": {"link": "step", "classes": AB, "columns": (1,)},
    "number": {"link": "identity", "columns": (1,)} | NUMBER,
    "two numbers": {"link": "identity", "columns": (1, 1)} | NUMBER,
    "single precision": {"link": "identity", "columns": (1,), "output_dtype": "float32"} | NUMBER,
    "rate": {"link": "log", "columns": (1,)} | NUMBER,
}


def boosted(seed: int, kind: str, n_splits: tuple[int, ...] = (4, 0, 3)) -> TreeEnsemble:
    """A random ensemble of a kind of `KINDS`."""
    about = {"boosted": True} | KINDS[kind]
    width, base = sum(about["columns"]), random_ensemble(seed, n_splits)
    rng = np.random.default_rng(seed)
    fields = {
        "value": base.value[:, :width],
        "base_score": base.base_score[:width],
        "output": rng.integers(0, width, base.n_trees).astype(np.int32),
    }
    if kind == "votes":
        fields |= {"output": np.full(base.n_trees, -1, np.int32), "weight": rng.uniform(1, 3, base.n_trees)}
        about["aggregation"] = "mean"
    if about.get("output_dtype") == "float32":
        named = {name: fields.get(name, getattr(base, name)) for name in ("value", "base_score", "weight")}
        fields |= {name: a.astype(np.float32).astype(float) for name, a in named.items()}
    return validate(random_ensemble(seed, n_splits, **(fields | about)))


def table(seed: int, e: TreeEnsemble, n: int = 40) -> tuple[np.ndarray, Any, Target, np.ndarray]:
    """Rows, outcomes, encoded outcomes and weights for an ensemble."""
    rng = np.random.default_rng(seed)
    rows = np.nan_to_num(hostile_rows(seed, n, np.float32), nan=np.nan, posinf=3, neginf=-3)
    if e.task == "regression":
        y = rng.exponential(2.0, (n, len(e.columns)))
    else:
        y = np.column_stack([rng.choice(labels, n) for labels in e.classes])
    return rows, y, encode_target(e, y), rng.choice([0.0, 0.5, 1.0, 3.0], n)


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def probabilities(e: TreeEnsemble, raw: np.ndarray, k: int) -> list[float]:
    """Probability of each class of a target, for one row."""
    x = [float(v) * e.link_scale for v in raw[e.target_columns(k)]]
    if e.link == "softmax":
        return [exp(v) / sum(map(exp, x)) for v in x]
    p = [float(v > 0) for v in x] if e.link == "step" else [sigmoid(v) for v in x]
    return p if len(e.classes[k]) == len(p) else [1 - p[0], p[0]]


def class_loss(name: str, e: TreeEnsemble, p: list[float], true: int) -> float:
    if name == "misclassification":
        return float(max(range(len(p)), key=lambda c: (p[c], -c)) != true)
    if name == "brier":
        return sum((v - (c == true)) ** 2 for c, v in enumerate(p)) / (2 if len(p) == 2 else 1)
    if e.link == "logit" and len(p) > 2:  # one against all
        return -sum(log(v if c == true else 1 - v) for c, v in enumerate(p))
    return -log(p[true])


def number_loss(name: str, y: float, mu: float) -> float:
    if name == "squared_error":
        return (y - mu) ** 2
    if name == "absolute_error":
        return abs(y - mu)
    if name == "poisson":
        return 2 * ((y * log(y / mu) if y > 0 else 0.0) - y + mu)
    if name == "gamma":
        return 2 * (log(mu / y) + y / mu - 1)
    return 2 * (-4 * y**0.5 + 2 * y * mu**-0.5 + 2 * mu**0.5)  # Tweedie of power 1.5


NUMBERS: dict[str, Callable[[float], float]] = {
    "identity": lambda x: x,
    "log": exp,
    "logit": sigmoid,
    "log1p_exp": lambda x: log(1 + exp(x)),
    "signed_square": lambda x: x * abs(x),
}


def plain_loss(name: str, e: TreeEnsemble, y: np.ndarray, raw: np.ndarray) -> list[float]:
    """Loss of each row by the textbook, one number at a time."""
    losses = []
    for own, answer in zip(y, raw, strict=True):
        parts = []
        for k in range(len(e.columns)):
            if e.task == "classification":
                true = list(e.classes[k]).index(own[k])
                parts.append(class_loss(name, e, probabilities(e, answer, k), true))
            else:
                answered = NUMBERS[e.link](float(answer[k]) * e.link_scale)
                parts.append(number_loss(name, own[k], answered))
        losses.append(sum(parts) / len(parts))
    return losses


def losses_of(kind: str) -> list[str]:
    """Losses that are defined for a kind."""
    if kind == "hinge":
        return ["misclassification", "brier"]
    if KINDS[kind].get("task") != "regression":
        return ["log_loss", "brier", "misclassification"]
    deviances = ["poisson", "gamma", "tweedie"] if kind == "rate" else []
    return ["squared_error", "absolute_error", *deviances]


EACH = [(kind, loss) for kind in KINDS for loss in losses_of(kind)]


def all_prunings(e: TreeEnsemble, node: int) -> list[tuple[list[int], list[int]]]:
    """(leaves, collapsed splits) of every top subtree of a branch."""
    if e.left[node] < 0:
        return [([node], [])]
    found = [([node], [node])]
    for (a, cut_a), (b, cut_b) in product(all_prunings(e, e.left[node]), all_prunings(e, e.right[node])):
        found.append((a + b, cut_a + cut_b))
    return found
