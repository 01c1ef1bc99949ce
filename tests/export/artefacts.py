"""Rows that exports which are files are tried on, and how far rounding may move them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.families import FAMILIES, case_rows
from treeprune.export.c_compile import compiler
from treeprune.model.ensemble import TreeEnsemble
from treeprune.statistics.rows import as_matrix

EVERY_CASE = pytest.mark.parametrize(
    ("family", "case"),
    [pytest.param(family, case, id=case.id) for family in FAMILIES.values() for case in family.cases],
)


def has_compiler() -> bool:
    try:
        return bool(compiler())
    except FileNotFoundError:
        return False


def some_rows(case, e: TreeEnsemble) -> np.ndarray:
    """Rows on thresholds, one unit beside them, missing and of other categories, and some of the table."""
    return case_rows(case, e, 15)[-90:]


def single(rows: np.ndarray, e: TreeEnsemble) -> np.ndarray:
    """What is left of rows in single precision."""
    return rows.astype(np.float32).astype(e.input_dtype)


def strange_rows(rows: np.ndarray, e: TreeEnsemble) -> np.ndarray:
    """Codes that no set knows or that are no whole numbers, numbers about zero, and infinite ones."""
    coded = np.unique(e.feature[e.category_set >= 0])
    numbers = np.setdiff1d(e.used_features(), coded)
    strange = np.repeat(rows[:12], 3, axis=0)
    rng = np.random.default_rng(0)
    codes = [-1.0, -0.5, -7.0, 0.9, 1.5, 31.0, 32.0, 1e6, 3e9, np.nan]
    strange[:, coded] = rng.choice(codes, (len(strange), len(coded)))
    small = [0.0, -0.0, 1e-35, -1e-35, 1e-30, np.nan, *([np.inf, -np.inf] if e.infinite else [])]
    moved = rng.random((len(strange), len(numbers))) < 0.3
    strange[:, numbers] = np.where(moved, rng.choice(small, moved.shape), strange[:, numbers])
    return as_matrix(strange, e.input_dtype, infinite=e.infinite)


def rounding(e: TreeEnsemble, precision: str) -> float:
    """Largest error of a sum of all terms, each rounded, in any order."""
    terms = [np.abs(e.value[e.tree(t)] * e.weight[t]).max() for t in range(e.n_trees)]
    unit = 2.0**-24 if precision == "float32" else 2.0**-53
    return (2 * e.n_trees + 4) * unit * (np.abs(e.base_score).max() + sum(terms))


def flat_answers(said) -> np.ndarray:
    """Probabilities of all targets, or numbers, side by side; as models give them."""
    parts = said if isinstance(said, list) else [said]
    return np.hstack([np.asarray(part, float).reshape(len(part), -1) for part in parts])
