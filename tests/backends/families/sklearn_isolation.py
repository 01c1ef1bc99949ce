"""scikit-learn's IsolationForest."""

from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length

from tests.backends.families import Family
from tests.backends.families.sklearn_bagging import bagged_state
from tests.backends.families.sklearn_trees import shap_explainer
from tests.strategies import ModelCase, random_table, random_weights


def mean_path_length(model: IsolationForest, X: Any) -> np.ndarray:
    """Mean path length of each row, from its score."""
    usual = _average_path_length([model.max_samples_])[0]
    return -np.log2(-model.score_samples(X))[:, None] * usual


def isolated_state(model: IsolationForest) -> list[Any]:
    """Tree, columns, seed and path lengths of each member."""
    lengths = zip(model._decision_path_lengths, model._average_path_length_per_tree, strict=True)
    return list(
        zip(bagged_state(model), [(a.tolist(), b.tolist()) for a, b in lengths], strict=True),
    )


def explained(model: IsolationForest, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """SHAP's tree explainer, and the mean path length of the training rows as each tree weighs them.

    SHAP walks the trees by weighted rows but takes its base from row counts, so its own base is wrong
    where rows were drawn more than once.
    """
    base = []
    for t, member in enumerate(model.estimators_):
        tree, leaf = member.tree_, member.tree_.children_left == -1
        length = model._decision_path_lengths[t] + model._average_path_length_per_tree[t] - 1
        base.append(np.average(length[leaf], weights=tree.weighted_n_node_samples[leaf]))
    return shap_explainer(model, X)[0], np.mean(base, keepdims=True)


def _case(name: str, missing: bool = False, weighted: bool = False, **params: Any) -> ModelCase:
    X, _ = random_table(4, 150, missing=missing)
    weight = random_weights(4, len(X)) if weighted else None
    model = IsolationForest(**({"n_estimators": 6, "random_state": 4} | params))
    return ModelCase(f"IsolationForest-{name}", model.fit(X, sample_weight=weight), X, None, weight)


FAMILIES = {
    "sklearn:IsolationForest": Family(
        cases=[
            _case("all_rows"),
            _case("contamination", contamination=0.1, max_samples=64),
            _case("columns", max_features=0.6, max_samples=0.5, n_estimators=11),
            _case("nan", missing=True, max_samples=40, max_features=3),
            _case("weights", weighted=True, bootstrap=True),
        ],
        native=mean_path_length,
        state=isolated_state,
        tolerance=1e-12,
        cannot={
            "values": "path lengths follow from the shapes of the trees",
            "weights": "scikit-learn takes the plain mean of path lengths, which cannot be scaled",
            "joint": "an anomaly detector has no outcome that could tell good branches from bad ones",
        },
        shap_raw=explained,
    )
}
