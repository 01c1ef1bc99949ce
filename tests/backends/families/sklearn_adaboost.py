"""scikit-learn's AdaBoostClassifier and AdaBoostRegressor of single trees."""

from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tests.backends.families import Family
from tests.backends.families.sklearn_trees import sklearn_state
from tests.strategies import Kind, ModelCase, random_table, random_weights


def votes(model: AdaBoostClassifier, X: Any) -> np.ndarray:
    """Mean vote for each class, by the decision function."""
    with config_context(assume_finite=True):  # or AdaBoost would refuse missing values for its trees
        decision = model.decision_function(X)
    # for two classes it is the vote for the second less that for the first
    return np.column_stack([-decision, decision]) / 2 if decision.ndim == 1 else decision


def medians(model: AdaBoostRegressor, X: Any) -> np.ndarray:
    """Predictions, one column."""
    with config_context(assume_finite=True):
        return model.predict(X)[:, None]


def boosted_state(model: Any) -> list[Any]:
    """Tree, weight and error of each member."""
    n = len(model.estimators_)
    return list(
        zip(
            sklearn_state(model),
            model.estimator_weights_[:n].tolist(),
            model.estimator_errors_[:n].tolist(),
            strict=True,
        )
    )


def _case(name: str, cls: type, kind: Kind, tree: Any, weighted: bool = False, **params: Any) -> ModelCase:
    X, y = random_table(1, 150, kind)
    # none is zero: the classifier takes logarithms, and warns
    weight = random_weights(1, len(X)) + 0.1 if weighted else None
    model = cls(tree, **({"n_estimators": 6, "random_state": 1} | params)).fit(X, y, sample_weight=weight)
    return ModelCase(f"{cls.__name__}-{name}", model, X, y, weight)


def _classifier_cases() -> list[ModelCase]:
    def case(name: str, kind: Kind, tree: Any, **params: Any) -> ModelCase:
        return _case(name, AdaBoostClassifier, kind, tree, **params)

    return [
        case("binary", "binary", DecisionTreeClassifier(max_depth=3)),
        case("default", "binary", None, n_estimators=9),
        case("multiclass", "multiclass", DecisionTreeClassifier(max_depth=4), learning_rate=0.4),
        case("strings", "strings", DecisionTreeClassifier(max_leaf_nodes=7)),
        case("weights", "strings", DecisionTreeClassifier(max_depth=3), weighted=True),
        case("extra", "multiclass", ExtraTreeClassifier(max_depth=5), n_estimators=12),
        case("monotone", "binary", DecisionTreeClassifier(max_depth=4, monotonic_cst=[1, 0, 0, -1, 0])),
    ]


def _regressor_cases() -> list[ModelCase]:
    def case(name: str, tree: Any, **params: Any) -> ModelCase:
        return _case(name, AdaBoostRegressor, "regression", tree, **params)

    return [
        case("default", None),
        case("deep", DecisionTreeRegressor(min_samples_leaf=2), n_estimators=21),
        case("square", ExtraTreeRegressor(max_depth=4), loss="square", learning_rate=0.5),
        case("weights", DecisionTreeRegressor(max_leaf_nodes=9), weighted=True, loss="exponential"),
        case("median_leaves", DecisionTreeRegressor(max_depth=3, criterion="absolute_error")),
    ]


FAMILIES = {
    "sklearn:AdaBoostClassifier": Family(
        cases=_classifier_cases(),
        native=votes,
        state=boosted_state,
        tolerance=1e-14,
        cannot={
            "values": "the votes follow from the class fractions in the trees",
            "shap": "shap does not know the class",
        },
    ),
    "sklearn:AdaBoostRegressor": Family(
        cases=_regressor_cases(),
        native=medians,
        state=boosted_state,
        tolerance=0.0,
        cannot={
            "shap": "shap does not know the class, and a median does not add up",
            "joint": "a median is no sum in which each tree has its part",
        },
    ),
}
