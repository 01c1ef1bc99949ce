"""What the contract suite needs to know of each registered family.

A file in this folder holds a dict `FAMILIES`, by the name under which its backend is registered. It is
found by itself, so a new backend is tested by adding one file here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np

from tests.strategies import ModelCase, random_mask
from treeprune.backends import encode, read, write
from treeprune.model.edit import collapse
from treeprune.model.ensemble import LEAF, TreeEnsemble
from treeprune.statistics.rows import as_matrix, dense

OPERATIONS = ("values", "weights", "drop", "reorder", "refit", "shap", "joint")
"""What some families cannot do; everything else every family must."""


NO_LOSS = "a ranker's rows have no loss of their own"
"""Why no loss can prune a ranker."""


def _same(case: ModelCase, rows: np.ndarray) -> Any:
    return rows


@dataclass(frozen=True)
class Family:
    """A native family.

    Parameters
    ----------
    cases : list of ModelCase
    native : callable
        ``native(model, X)``: raw output columns by the vendor's public prediction functions, for a
        table as a user has it.
    state : callable
        ``state(model)``: one entry a tree, with all the bits that the tree holds.
    tolerance : float
        How far reading may be off `native`; 0 is bit for bit.
    table : callable
        ``table(case, rows)``: a user's table whose rows are encoded as `rows`.
    cannot : dict
        Operation of `OPERATIONS` -> why the native format cannot do it; the suite then expects a
        refusal (values, weights, reorder, joint) or leaves the test out (drop, refit, shap).
    shap_raw : callable
        ``shap_raw(model, X) -> (phi, base)``: SHAP values of the raw output, phi of shape
        (n_rows, n_features, n_columns), by a route that is right for the family.
    shap_takes : callable
        ``shap_takes(case)``: whether that route takes a case; a file that leaves one out says why.
    """

    cases: list[ModelCase]
    native: Callable[[Any, Any], np.ndarray]
    state: Callable[[Any], list[Any]]
    tolerance: float
    table: Callable[[ModelCase, np.ndarray], Any] = _same
    cannot: Mapping[str, str] = field(default_factory=dict)
    shap_raw: Callable[[Any, Any], tuple[np.ndarray, np.ndarray]] | None = None
    shap_takes: Callable[[ModelCase], bool] = lambda case: True

    def __post_init__(self) -> None:
        assert set(self.cannot) <= set(OPERATIONS)


def encoded(model: Any, X: Any, e: TreeEnsemble) -> np.ndarray:
    """A user's table as dense rows of the model's input type."""
    return dense(as_matrix(encode(model, X), e.input_dtype, infinite=e.infinite), e.absent)


def boundary_rows(e: TreeEnsemble, X: np.ndarray, n: int = 60) -> np.ndarray:
    """Encoded rows with one entry moved onto a threshold, one unit in the last place beside it, or missing.

    At a split on categories the entry becomes some other category that the table holds, or missing.
    """
    rng = np.random.default_rng(0)
    X = X.astype(e.input_dtype)
    rows = [X]
    for node in rng.permutation(np.flatnonzero(np.isfinite(e.threshold) & ~e.is_leaf))[:n]:
        column = X[:, e.feature[node]]
        if e.category_set[node] == LEAF:
            at = X.dtype.type(e.threshold[node])
            values = [at, *(np.nextafter(at, X.dtype.type(side)) for side in (-np.inf, np.inf)), np.nan]
        else:
            codes = column[~np.isnan(column)]
            values = [*rng.choice(codes, 3), np.nan]
        moved = X[rng.integers(0, len(X), 4)].copy()
        moved[:, e.feature[node]] = values
        rows.append(moved)
    return np.vstack(rows)


def case_rows(case: ModelCase, e: TreeEnsemble, n: int = 60) -> np.ndarray:
    """`boundary_rows` of a case's own table."""
    return boundary_rows(e, encoded(case.model, case.X, e), n)


def pruned(model: Any, seed: int = 0, share: float = 0.3) -> tuple[Any, TreeEnsemble]:
    """Model with random splits collapsed, and the ensemble that it was written from."""
    e = read(model)
    small = collapse(e, random_mask(seed, e.n_nodes, share))
    return write(model, small), small


FAMILIES: dict[str, Family] = {}
for _file in sorted(module.name for module in iter_modules(__path__)):
    FAMILIES |= import_module(f"{__name__}.{_file}").FAMILIES
