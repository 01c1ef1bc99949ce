"""The search over linear models, alone and at the end of pipelines."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from treeprune.search.search_cv import PruningSearchCV


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (LogisticRegression(), "binary"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "binary"),
        (LinearRegression(), "regression"),
        (PoissonRegressor(alpha=1e-3), "counts"),
    ],
    ids=lambda x: type(x).__name__ if not isinstance(x, str) else x,
)
def test_linear_models(model, kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 6))
    score = 1.5 * X[:, 0] - X[:, 1]
    y = {
        "binary": (score + rng.normal(size=240) > 0).astype(int),
        "regression": score + rng.normal(size=240),
        "counts": rng.poisson(np.exp(0.5 * score)),
    }[kind]
    search = PruningSearchCV(model, cv=3).fit(X, y)
    assert (
        search.loss_name_
        == {"binary": "log_loss", "regression": "squared_error", "counts": "poisson"}[kind]
    )
    assert {"none", "linear"} <= set(search.results_["strategy"])
    assert ("l1" in set(search.results_["strategy"])) == (not hasattr(model, "steps"))
    assert search.support_[:2].all()
    assert type(search.estimator_) is type(model)
    small = PruningSearchCV(model, ["linear"], cv=3, max_features=1).fit(X, y)
    assert_array_equal(np.flatnonzero(small.support_), [0])
