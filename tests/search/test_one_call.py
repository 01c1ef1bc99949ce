"""`prune`: a fitted model in, a smaller one of its class out."""

import numpy as np
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import random_table
from treeprune import UnsupportedModelError
from treeprune.backends import read
from treeprune.datasets import make_clinical_cohort
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


def test_the_last_step_of_a_pipeline_is_pruned():
    cohort = make_clinical_cohort(600)
    X, y = cohort.X, cohort.y
    words = make_column_selector(dtype_exclude="number")
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), words), remainder="passthrough"
    )
    whole = make_pipeline(encode, RandomForestClassifier(30, random_state=0)).fit(X[::2], y[::2])
    before = whole.predict_proba(X)
    small = prune(whole, X[1::2], y[1::2], method="tree_count", budget={"max_trees": 5})
    assert type(small) is Pipeline
    assert len(small[-1].estimators_) <= 5
    assert [name for name, _ in small.steps] == [name for name, _ in whole.steps]
    assert small[0] is not whole[0]
    np.testing.assert_array_equal(small[0].transform(X), whole[0].transform(X))
    direct = prune(
        whole[-1], whole[:-1].transform(X[1::2]), y[1::2], method="tree_count", budget={"max_trees": 5}
    )
    np.testing.assert_array_equal(small.predict_proba(X), direct.predict_proba(whole[0].transform(X)))
    np.testing.assert_array_equal(whole.predict_proba(X), before)
    alone = prune(make_pipeline(whole[-1]), whole[0].transform(X[1::2]), y[1::2], budget=100)
    assert sum(t.tree_.node_count for t in alone[-1].estimators_) <= 100
