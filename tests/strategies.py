"""Small data sets, fitted models and flat ensembles for the tests, all from a seed."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from treeprune.model.ensemble import LEAF, TreeEnsemble

Kind = Literal["binary", "multiclass", "strings", "multi_output", "regression", "multi_regression"]

CLASSIFICATION: tuple[Kind, ...] = ("binary", "multiclass", "strings", "multi_output")
REGRESSION: tuple[Kind, ...] = ("regression", "multi_regression")
SINGLE = (DecisionTreeClassifier, ExtraTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor)
FORESTS = (RandomForestClassifier, ExtraTreesClassifier, RandomForestRegressor, ExtraTreesRegressor)


def random_table(
    seed: int, n: int = 120, kind: Kind = "binary", missing: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Table of five columns (two continuous, one with ties, one binary, one large) and its target.

    With `missing`, about one in seven entries of columns 0 and 2 is NaN.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    X[:, 2] = np.round(X[:, 2])
    X[:, 3] = X[:, 3] > 0
    X[:, 4] = 1e5 + 1e3 * X[:, 4]
    signal = X[:, 0] + X[:, 2] * X[:, 3] + rng.normal(size=n)
    other = X[:, 1] - X[:, 3] + rng.normal(size=n)
    if missing:
        for column in (0, 2):
            X[rng.random(n) < 0.15, column] = np.nan
    bands = np.digitize(signal, [-0.8, 0.8])
    y = {
        "binary": (signal > 0.5).astype(int),
        "multiclass": bands,
        "strings": np.array(["alive", "dead", "lost"])[bands],
        "multi_output": np.column_stack([bands, other > 0]),
        "regression": signal,
        "multi_regression": np.column_stack([signal, 10 * other]),
    }[kind]
    return X, y


def random_weights(seed: int, n: int) -> np.ndarray:
    """Row weights with fractions, large ones and zeros."""
    rng = np.random.default_rng(seed)
    return rng.choice([0.0, 0.25, 1.0, 1.7, 6.0], size=n, p=[0.1, 0.2, 0.4, 0.2, 0.1])


def fitted(
    cls: type, seed: int = 0, kind: Kind = "binary", n: int = 120, missing: bool = False, **params: Any
) -> Any:
    """Model of a scikit-learn tree or forest class, fitted on ``random_table(seed, n, kind, missing)``."""
    if cls in FORESTS:
        params = {"n_estimators": 4, **params}
    return cls(random_state=seed, **params).fit(*random_table(seed, n, kind, missing))


class ModelCase(NamedTuple):
    """A fitted model and what it was fitted on."""

    id: str
    model: Any
    X: Any
    y: Any
    weight: np.ndarray | None = None
    fit_params: Mapping[str, Any] = MappingProxyType({})
    """What `fit` takes besides (the groups of a ranker)."""


def _case(cls: type, kind: Kind, variant: str, seed: int) -> ModelCase:
    X, y = random_table(seed, 120, kind, variant == "nan")
    weight = random_weights(seed, len(X)) if variant == "weights" else None
    params: dict[str, Any] = {"n_estimators": 4} if cls in FORESTS else {}
    if variant == "best_first":
        params["max_leaf_nodes"] = 9
    model = cls(random_state=seed, **params).fit(X, y, sample_weight=weight)
    return ModelCase(f"{cls.__name__}-{kind}-{variant}", model, X, y, weight)


@cache
def model_cases() -> tuple[ModelCase, ...]:
    """Every scikit-learn tree and forest class in every kind of use.

    The variants are ``plain`` (for every kind of target), ``nan``, ``weights`` and ``best_first``
    (`max_leaf_nodes` set). The models are shared between tests: nobody may change them.
    """
    cases = []
    for cls in (*SINGLE, *FORESTS):
        kinds = CLASSIFICATION if cls.__name__.endswith("Classifier") else REGRESSION
        uses = [(kind, "plain") for kind in kinds]
        uses += [(kinds[0], variant) for variant in ("nan", "weights", "best_first")]
        cases += [_case(cls, kind, variant, seed) for seed, (kind, variant) in enumerate(uses)]
    return tuple(cases)


def cases(*variants: str, classes: tuple[type, ...] = SINGLE + FORESTS) -> list[Any]:
    """`pytest.param` of the model cases of some classes and variants (of all variants if none is named)."""
    return [
        pytest.param(case, id=case.id)
        for case in model_cases()
        if type(case.model) in classes and (not variants or case.id.rpartition("-")[2] in variants)
    ]


@st.composite
def fitted_cases(draw: st.DrawFn, classes: tuple[type, ...] = SINGLE + FORESTS) -> ModelCase:
    """Random class, target, size, depth, best-first growth, weights and missing values."""
    cls = draw(st.sampled_from(classes))
    kind = draw(st.sampled_from(CLASSIFICATION if cls.__name__.endswith("Classifier") else REGRESSION))
    seed, n = draw(st.integers(0, 10_000)), draw(st.integers(20, 80))
    X, y = random_table(seed, n, kind, draw(st.booleans()))
    weight = random_weights(seed, n) if draw(st.booleans()) else None
    params: dict[str, Any] = {"n_estimators": draw(st.integers(1, 3))} if cls in FORESTS else {}
    params["max_depth"] = draw(st.sampled_from([None, 1, 4]))
    params["max_leaf_nodes"] = draw(st.sampled_from([None, 6]))
    model = cls(random_state=seed, **params).fit(X, y, sample_weight=weight)
    return ModelCase(f"{cls.__name__}-{kind}-{seed}", model, X, y, weight)


def random_mask(seed: int, n: int, share: float = 0.3) -> np.ndarray:
    """Random boolean mask, for instance of nodes to collapse."""
    return np.random.default_rng(seed).random(n) < share


def random_ensemble(seed: int, n_splits: tuple[int, ...] = (6, 0, 9), **fields: Any) -> TreeEnsemble:
    """Flat ensemble that no vendor grew: three columns, four features, splits on categories in the last.

    Thresholds lie on a coarse grid, nodes stand in random order of growth, and each tree has a factor
    and feeds one column or all. `fields` replaces fields.
    """
    rng = np.random.default_rng(seed)
    n_columns, n_features, sets = 3, 4, [rng.integers(0, 2**32, n, np.uint32) for n in (1, 3, 2)]
    left, right, first = [], [], [0]
    for n in n_splits:
        open_leaves = [len(left)]
        left.append(LEAF)
        right.append(LEAF)
        for _ in range(n):
            node = open_leaves.pop(rng.integers(len(open_leaves)))
            left[node], right[node] = len(left), len(left) + 1
            open_leaves += [left[node], right[node]]
            left += [LEAF, LEAF]
            right += [LEAF, LEAF]
        first.append(len(left))
    n_nodes, n_trees, leaf = len(left), len(n_splits), np.array(left) == LEAF
    feature = np.where(leaf, LEAF, rng.integers(0, n_features, n_nodes)).astype(np.int32)
    on_categories = feature == n_features - 1
    made = {
        "feature": feature,
        "threshold": np.where(leaf | on_categories, 0.0, rng.integers(-2, 3, n_nodes) / 2),
        "left": np.array(left, np.int32),
        "right": np.array(right, np.int32),
        "default_left": ~leaf & random_mask(seed + 1, n_nodes, 0.5),
        "missing": np.where(leaf, 0, rng.integers(0, 3, n_nodes)).astype(np.uint8),
        "category_set": np.where(on_categories, rng.integers(0, len(sets), n_nodes), LEAF).astype(np.int32),
        "category_offset": np.cumsum([0, *map(len, sets)]),
        "category_word": np.concatenate(sets),
        "category_count": np.array([32, 90, 41]),
        "value": rng.normal(size=(n_nodes, n_columns)),
        "cover": rng.uniform(0, 9, n_nodes),
        "n_samples": rng.integers(0, 99, n_nodes),
        "impurity": rng.uniform(size=n_nodes),
        "node_id": np.concatenate([rng.permutation(2 * n + 1) for n in n_splits]).astype(np.int32),
        "root": np.array(first),
        "tree_id": (np.arange(n_trees) * 2).astype(np.int32),
        "weight": rng.normal(size=n_trees),
        "output": rng.integers(LEAF, n_columns, n_trees).astype(np.int32),
        "base_score": rng.normal(size=n_columns),
        "columns": (n_columns,),
        "classes": (np.array(["a", "b", "c"]),),
        "n_features": n_features,
        "task": "classification",
        "input_dtype": "float64",
    }
    return TreeEnsemble(**(made | fields))


def hostile_rows(seed: int, n: int, dtype: type = np.float64) -> np.ndarray:
    """Rows for `random_ensemble`: thresholds, one unit in the last place beside them, NaN, infinities.

    The last column holds category codes: ordinary, just past a set, negative and far too large ones.
    """
    rng = np.random.default_rng(seed)
    at = np.arange(-2, 3, dtype=dtype) / dtype(2)
    ends = np.array([np.nan, np.inf, -np.inf], dtype)
    numbers = np.concatenate([at, np.nextafter(at, ends[1]), np.nextafter(at, ends[2]), ends])
    codes = np.array([*range(100), -1, -7, 2.0**31, 2.0**63, 1e30, *ends], dtype)
    return np.column_stack([*rng.choice(numbers, (3, n)), rng.choice(codes, n)])
