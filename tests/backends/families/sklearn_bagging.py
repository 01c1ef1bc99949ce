"""scikit-learn's BaggingClassifier and BaggingRegressor of single trees."""

from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.ensemble import BaggingClassifier, BaggingRegressor
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tests.backends.families import Family
from tests.backends.families.sklearn_trees import sklearn_output, sklearn_state
from tests.strategies import Kind, ModelCase, random_table, random_weights


class UnweightedTree(DecisionTreeClassifier):
    """Tree that takes no row weights, so that bagging gives it fewer rows, and perhaps fewer classes."""

    def fit(self, X: Any, y: Any, check_input: bool = True) -> "UnweightedTree":
        return super().fit(X, y, check_input=check_input)


def bagged_output(model: Any, X: Any) -> np.ndarray:
    """Mean of the members by the public functions."""
    with config_context(assume_finite=True):  # trees under monotonic constraints refuse missing values
        return sklearn_output(model, X)


def bagged_state(model: Any) -> list[Any]:
    """Tree, columns, seed and classes of each member."""
    classes = [getattr(member, "classes_", np.zeros(0)).tolist() for member in model.estimators_]
    columns = [own.tolist() for own in model.estimators_features_]
    return list(zip(sklearn_state(model), columns, model._seeds.tolist(), classes, strict=True))


def rare_class_table() -> tuple[np.ndarray, np.ndarray]:
    """Table with a class of two rows."""
    X, y = random_table(3, 120, "strings")
    y = y.astype("<U9")
    y[[5, 60]] = "escaped"
    return X, y


def _case(
    cls: type,
    name: str,
    kind: Kind,
    tree: Any,
    weighted: bool = False,
    missing: bool = False,
    **params: Any,
) -> ModelCase:
    X, y = rare_class_table() if name == "few_classes" else random_table(2, 120, kind, missing)
    weight = random_weights(2, len(X)) if weighted else None
    model = cls(tree, **({"n_estimators": 5, "random_state": 2} | params)).fit(X, y, sample_weight=weight)
    return ModelCase(f"{cls.__name__}-{name}", model, X, y, weight)


def _classifier_cases() -> list[ModelCase]:
    def case(name: str, kind: Kind, tree: Any, **params: Any) -> ModelCase:
        return _case(BaggingClassifier, name, kind, tree, **params)

    monotone = DecisionTreeClassifier(max_depth=5, monotonic_cst=[1, 0, 0])
    return [
        case("default", "binary", None),
        case("multiclass", "multiclass", DecisionTreeClassifier(max_depth=5), max_samples=0.6),
        case(
            "strings", "strings", ExtraTreeClassifier(max_leaf_nodes=12), bootstrap=False, max_features=0.6
        ),
        case("nan", "binary", DecisionTreeClassifier(), missing=True, max_features=3),
        case("weights", "multiclass", DecisionTreeClassifier(min_samples_leaf=2), weighted=True),
        case("column_twice", "strings", DecisionTreeClassifier(), bootstrap_features=True),
        case("few_classes", "strings", UnweightedTree(), max_samples=0.3, max_features=0.8),
        case("monotone", "binary", monotone, max_features=3),
    ]


def _regressor_cases() -> list[ModelCase]:
    def case(name: str, kind: Kind, tree: Any, **params: Any) -> ModelCase:
        return _case(BaggingRegressor, name, kind, tree, **params)

    median = DecisionTreeRegressor(max_depth=4, criterion="absolute_error")
    return [
        case("default", "regression", None),
        case("several", "multi_regression", DecisionTreeRegressor(max_depth=6), max_features=2),
        case("nan", "regression", ExtraTreeRegressor(max_depth=6), missing=True, bootstrap_features=True),
        case("weights", "regression", DecisionTreeRegressor(max_leaf_nodes=14), weighted=True),
        case("median_leaves", "regression", median, bootstrap=False, max_samples=0.7),
    ]


FAMILIES = {
    "sklearn:BaggingClassifier": Family(
        cases=_classifier_cases(),
        native=bagged_output,
        state=bagged_state,
        tolerance=1e-14,
        cannot={"shap": "shap does not know the class"},
    ),
    "sklearn:BaggingRegressor": Family(
        cases=_regressor_cases(),
        native=bagged_output,
        state=bagged_state,
        tolerance=1e-12,
        cannot={"shap": "shap does not know the class"},
    ),
}
