"""What the search refuses, before anything is fitted."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from tests.search.tables import forest, table
from treeprune import UnsupportedModelError
from treeprune.search.registry import STRATEGIES
from treeprune.search.search_cv import PruningSearchCV

BAD = [
    ({"strategies": "joint"}, ValueError, "strategies must be"),
    ({"strategies": ["pruned"]}, ValueError, "'pruned' is not known"),
    ({"strategies": []}, ValueError, "nothing to try"),
    ({"strategies": {"mine": 3}}, TypeError, "must be a pruner"),
    ({"strategies": ["linear"]}, UnsupportedModelError, "it is for linear models"),
    ({"strategies": ["features"]}, UnsupportedModelError, "needs max_features"),
    ({"max_nodes": 0}, ValueError, "max_nodes must be"),
    ({"max_trees": 1.5}, ValueError, "max_trees must be"),
    ({"max_bytes": "1"}, ValueError, "max_bytes must be"),
    ({"max_ms": -1}, ValueError, "max_ms must be"),
    ({"rule": "best"}, ValueError, "rule must be one of"),
    ({"rule": "non_inferior"}, ValueError, "needs margin"),
    ({"margin": 0.1}, ValueError, "margin=0.1 is for"),
    ({"rule": "non_inferior", "margin": float("nan")}, ValueError, "needs margin"),
    ({"loss": "auc"}, ValueError, "no mean over rows"),
    ({"loss": "squared_error"}, ValueError, "does not fit classification"),
    ({"cv": 1}, ValueError, "two folds"),
    ({"n_jobs": 0}, ValueError, "n_jobs"),
    ({"random_state": -1}, ValueError, "random_state"),
    ({"verbose": "yes"}, ValueError, "verbose"),
]


class Unfit(RandomForestClassifier):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("it was fitted before its parameters were looked at")


@pytest.mark.parametrize(("options", "error", "message"), BAD, ids=str)
def test_bad_parameters_are_refused_before_anything_is_fitted(options, error, message):
    X, y = table(60)
    with pytest.raises(error, match=message):
        PruningSearchCV(Unfit(3), **options).fit(X, y)


def test_bad_rows_are_refused_before_anything_is_fitted():
    X, y = table(60)
    with pytest.raises(ValueError, match="negative weights"):
        PruningSearchCV(Unfit(3)).fit(X, y, sample_weight=-np.ones(60))
    with pytest.raises(ValueError, match="given together"):
        PruningSearchCV(Unfit(3)).fit(X, y, X_val=X)
    words = np.where(y == y[0], "a", "b")
    with pytest.raises(ValueError, match="classes that y does not have: z"):
        PruningSearchCV(Unfit(3)).fit(X, words, X_val=X, y_val=np.where(words == "a", "a", "z"))
    with pytest.raises(ValueError, match="one class"):
        PruningSearchCV(Unfit(3)).fit(X, np.zeros(60, int))


def test_a_budget_that_nothing_meets_is_named_and_leaves_the_search_as_it_was():
    X, y = table(100)
    search = PruningSearchCV(forest(3), ["error_based"], cv=2, max_nodes=2)
    with pytest.raises(ValueError, match=r"within the budget \(max_nodes=2\)"):
        search.fit(X, y)
    assert not hasattr(search, "n_features_in_")


def test_every_strategy_says_whom_it_is_for():
    assert [name for name, s in STRATEGIES.items() if not s.usual] == ["boosting", "distil"]
