"""Sample weights and held-out rows find their way through pipelines and searches."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pruners.helpers import assert_same_trees, each_pruner, make, names, pruner_classes
from tests.strategies import random_table, random_weights
from treeprune import CostComplexityPruner, ReducedErrorPruner

PRUNERS = each_pruner(DecisionTreeClassifier(random_state=0))


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="module")
def data():
    X, y = random_table(1, 240)
    return X, y, random_weights(2, 240)


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_weights_go_through_fit_and_score_of_a_pipeline(pruner, data):
    X, y, weight = data
    asking = clone(pruner).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    scale = StandardScaler().set_fit_request(sample_weight=False)
    pipe = Pipeline([("scale", scale), ("model", asking)]).fit(X, y, sample_weight=weight)
    scaled = StandardScaler().fit_transform(X)
    alone = clone(pruner).fit(scaled, y, sample_weight=weight)
    assert_same_trees(pipe["model"].estimator_, alone.estimator_)
    right = alone.estimator_.predict(scaled) == y
    assert pipe.score(X, y, sample_weight=weight) == pytest.approx(np.average(right, weights=weight))
    assert pipe.score(X, y) != pipe.score(X, y, sample_weight=weight)


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_weights_that_were_not_asked_for_do_not_arrive(pruner, data):
    X, y, weight = data
    deaf = clone(pruner).set_fit_request(sample_weight=False)
    with pytest.raises(TypeError, match="sample_weight"):
        Pipeline([("model", deaf)]).fit(X, y, sample_weight=weight)


@pytest.mark.filterwarnings("ignore:the limits are wider than the model:treeprune.PruningWarning")
@pytest.mark.parametrize("cls", pruner_classes(), ids=lambda cls: cls.__name__)
def test_weights_go_through_a_grid_search(cls, data):
    X, y, weight = data
    weight = weight + 0.5
    pruner = make(cls, DecisionTreeClassifier(random_state=0))
    pruner.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    grid, folds = {"estimator__max_depth": [2, 6]}, KFold(3)
    search = GridSearchCV(pruner, grid, cv=folds).fit(X, y, sample_weight=weight)
    for depth, mean in zip([2, 6], search.cv_results_["mean_test_score"], strict=True):
        scores = []
        for train, test in folds.split(X):
            alone = make(cls, DecisionTreeClassifier(max_depth=depth, random_state=0))
            alone.fit(X[train], y[train], sample_weight=weight[train])
            right = alone.estimator_.predict(X[test]) == y[test]
            scores.append(np.average(right, weights=weight[test]))
        assert mean == pytest.approx(np.mean(scores), abs=1e-12)
    assert_same_trees(
        search.best_estimator_.estimator_,
        clone(search.best_estimator_).fit(X, y, sample_weight=weight).estimator_,
    )


def held_out_pruner(estimator, **parameters):
    pruner = ReducedErrorPruner(estimator, **parameters)
    return pruner.set_fit_request(X_val=True, y_val=True, sample_weight_val=True, sample_weight=True)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_held_out_rows_arrive_transformed(kind):
    (X, y), (X_val, y_val) = random_table(3, 200, kind), random_table(4, 90, kind)
    cls = DecisionTreeClassifier if kind == "binary" else DecisionTreeRegressor
    pruner = held_out_pruner(cls(random_state=0))
    pipe = Pipeline([("scale", StandardScaler()), ("model", pruner)], transform_input=["X_val"])
    pipe.fit(X, y, X_val=X_val, y_val=y_val)
    scale = StandardScaler().fit(X)
    tree = cls(random_state=0).fit(scale.transform(X), y)
    right = ReducedErrorPruner(FrozenEstimator(tree)).fit(scale.transform(X_val), y_val)
    wrong = ReducedErrorPruner(FrozenEstimator(tree), absent_class="prune").fit(X_val, y_val)
    assert_same_trees(pipe["model"].estimator_, right.estimator_)
    assert right.estimator_.tree_.node_count != wrong.estimator_.tree_.node_count
    assert pipe["model"].validation_loss_ == right.validation_loss_


def test_weights_of_held_out_rows_are_routed(data):
    X, y, weight = data
    X_val, y_val = random_table(5, 90)
    of_val = random_weights(6, 90)
    pruner = held_out_pruner(DecisionTreeClassifier(random_state=0))
    pipe = Pipeline([("model", pruner)], transform_input=["X_val"])
    pipe.fit(X, y, sample_weight=weight, X_val=X_val, y_val=y_val, sample_weight_val=of_val)
    tree = DecisionTreeClassifier(random_state=0).fit(X, y, sample_weight=weight)
    frozen = ReducedErrorPruner(FrozenEstimator(tree)).fit(X_val, y_val, sample_weight=of_val)
    assert_same_trees(pipe["model"].estimator_, frozen.estimator_)


def test_groups_are_routed_to_the_pruner(data):
    X, y, _ = data
    groups = np.arange(len(y)) % 7
    folds = sklearn.model_selection.GroupKFold(4)
    pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0), cv=folds)
    pipe = Pipeline([("model", clone(pruner).set_fit_request(groups=True))]).fit(X, y, groups=groups)
    alone = clone(pruner).fit(X, y, groups=groups)
    np.testing.assert_array_equal(pipe["model"].path_.loss, alone.path_.loss)
