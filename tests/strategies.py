"""Small data sets, fitted models and flat ensembles for the tests, all from a seed."""

from functools import cache
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
    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None


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
