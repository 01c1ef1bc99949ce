"""What the contract suite needs to know of each registered family; a new backend adds its entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.strategies import FORESTS, SINGLE, ModelCase, model_cases, random_mask
from treeprune.backends import read, write
from treeprune.model.edit import collapse
from treeprune.model.ensemble import TreeEnsemble


@dataclass(frozen=True)
class Family:
    """A native family.

    `native` gives the model's output columns by the vendor's public prediction functions, `state` all
    bits that its trees hold, and `tolerance` says how far reading may be off (0: bit for bit).
    """

    cases: list[ModelCase]
    native: Callable[[Any, np.ndarray], np.ndarray]
    state: Callable[[Any], list[Any]]
    tolerance: float


def sklearn_output(model: Any, X: np.ndarray) -> np.ndarray:
    if not hasattr(model, "classes_"):
        return model.predict(X).reshape(len(X), -1)
    probability = model.predict_proba(X)
    return np.hstack(probability) if isinstance(probability, list) else probability


def sklearn_trees(model: Any) -> list[Any]:
    return [member.tree_ for member in getattr(model, "estimators_", [model])]


def sklearn_state(model: Any) -> list[Any]:
    states = []
    for tree in sklearn_trees(model):
        state = tree.__getstate__()
        nodes = state.pop("nodes")  # field by field: the padding between them is arbitrary
        states.append({"nodes": [nodes[name].tobytes() for name in nodes.dtype.names]})
        states[-1] |= {k: v.tobytes() if isinstance(v, np.ndarray) else v for k, v in state.items()}
    return states


FAMILIES = {
    f"sklearn:{cls.__name__}": Family(
        cases=[case for case in model_cases() if type(case.model) is cls],
        native=sklearn_output,
        state=sklearn_state,
        tolerance=0.0 if cls in SINGLE else 1e-12,
    )
    for cls in SINGLE + FORESTS
}


def boundary_rows(e: TreeEnsemble, X: np.ndarray, n: int = 60) -> np.ndarray:
    """Data rows with one entry moved onto a threshold, one unit in the last place beside it, or missing."""
    rng = np.random.default_rng(0)
    X = X.astype(e.input_dtype)
    rows = [X]
    for node in rng.permutation(np.flatnonzero(np.isfinite(e.threshold) & ~e.is_leaf))[:n]:
        at = X.dtype.type(e.threshold[node])
        beside = (np.nextafter(at, X.dtype.type(side)) for side in (-np.inf, np.inf))
        moved = X[rng.integers(0, len(X), 4)].copy()
        moved[:, e.feature[node]] = [at, *beside, np.nan]
        rows.append(moved)
    return np.vstack(rows)


def pruned(model: Any, seed: int = 0, share: float = 0.3) -> tuple[Any, TreeEnsemble]:
    """Model with random splits collapsed, and the ensemble that it was written from."""
    e = read(model)
    small = collapse(e, random_mask(seed, e.n_nodes, share))
    return write(model, small), small
