"""`prune`: a fitted model in, a smaller one of its class out."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import random_table
from treeprune import UnsupportedModelError
from treeprune.backends import read
from treeprune.search.one_call import prune


@pytest.fixture(scope="module")
def given():
    X, y = random_table(0, 300, "binary")
    return RandomForestClassifier(8, random_state=0).fit(X[:150], y[:150]), X[150:], y[150:]


def test_a_budget_of_nodes(given):
    small = prune(*given, budget=30, cv=3)
    assert type(small) is RandomForestClassifier
    assert read(small).n_nodes <= 30


def test_a_method_by_name_and_a_budget_of_trees(given):
    small = prune(*given, method="tree_count", budget={"max_trees": 2}, cv=3)
    assert read(small).n_trees <= 2
    assert set(read(small).tree_id) <= set(range(8))


def test_a_budget_of_a_linear_model_is_of_features():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    y = (2 * X[:, 3] + rng.normal(size=300) > 0).astype(int)
    small = prune(LogisticRegression().fit(X[:150], y[:150]), X[150:], y[150:], budget=1)
    np.testing.assert_array_equal(np.flatnonzero(small.coef_[0]), [3])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "magic"}, ValueError, "method must be one of auto, cost_complexity"),
        ({"method": "l1"}, UnsupportedModelError, "'l1' does not fit RandomForestClassifier"),
        ({"budget": {"nodes": 3}}, ValueError, "budget holds 'nodes'"),
        ({"budget": 1.5}, TypeError, "budget must be"),
        ({"budget": True}, TypeError, "budget must be"),
        ({"budget": 0}, ValueError, "max_nodes must be"),
        ({"folds": 3}, TypeError, "no option 'folds'"),
        ({"max_nodes": 3}, TypeError, "no option 'max_nodes'"),
    ],
    ids=str,
)
def test_what_is_not_legal_is_refused(given, options, error, message):
    with pytest.raises(error, match=message):
        prune(*given, **options)


def test_a_model_that_is_not_fitted_is_refused(given):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        prune(DecisionTreeClassifier(), *given[1:])
