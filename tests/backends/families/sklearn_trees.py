"""scikit-learn's trees and forests."""

from typing import Any

import numpy as np
import shap

from tests.backends.families import Family
from tests.strategies import FORESTS, SINGLE, model_cases


def sklearn_output(model: Any, X: np.ndarray) -> np.ndarray:
    """Probabilities or numbers by the public functions of a tree or forest."""
    if not hasattr(model, "classes_"):
        return model.predict(X).reshape(len(X), -1)
    probability = model.predict_proba(X)
    return np.hstack(probability) if isinstance(probability, list) else probability


def sklearn_trees(model: Any) -> list[Any]:
    """The `Tree` objects of a tree or of an ensemble of trees."""
    return [member.tree_ for member in np.ravel(getattr(model, "estimators_", [model]))]


def tree_state(tree: Any) -> dict[str, Any]:
    """All bits of a `Tree`, field by field: the padding between them is arbitrary."""
    state = tree.__getstate__()
    nodes = state.pop("nodes")
    bits = {k: v.tobytes() if isinstance(v, np.ndarray) else v for k, v in state.items()}
    return {"nodes": [nodes[name].tobytes() for name in nodes.dtype.names]} | bits


def sklearn_state(model: Any) -> list[Any]:
    """State of each tree."""
    return [tree_state(tree) for tree in sklearn_trees(model)]


def shap_explainer(model: Any, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SHAP's own tree explainer."""
    explainer = shap.TreeExplainer(model)
    phi = explainer.shap_values(np.asarray(X, np.float32), check_additivity=False)
    return phi.reshape(*np.shape(X), -1), np.ravel(explainer.expected_value)


def _cannot(cls: type) -> dict[str, str]:
    if cls in SINGLE and cls.__name__.endswith("Classifier"):
        return {"weights": "a single classification tree has nothing to be weighed against"}
    return {}


FAMILIES = {
    f"sklearn:{cls.__name__}": Family(
        cases=[case for case in model_cases() if type(case.model) is cls],
        native=sklearn_output,
        state=sklearn_state,
        tolerance=0.0 if cls in SINGLE else 1e-12,
        cannot=_cannot(cls),
        shap_raw=shap_explainer,
    )
    for cls in SINGLE + FORESTS
}
