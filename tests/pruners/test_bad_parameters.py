"""Every parameter of every pruner is judged before anything is fitted."""

import inspect

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GroupKFold

from tests.pruners.helpers import CountingRegressor, CountingTree, no_fit, pruner_classes
from tests.strategies import random_table
from treeprune import (
    CostComplexityPruner,
    ErrorBasedPruner,
    FeaturePruner,
    JointPruner,
    LosslessPruner,
    ReducedErrorPruner,
    SmallCellPruner,
    TreeCountPruner,
)

NAN, INF = float("nan"), float("inf")
COSTS = [[0.0, 1.0], [5.0, 0.0]]

_FITS = [
    ({"values": "bogus"}, "values must be auto, fixed, anchored or refit"),
    ({"values": None}, "values must be"),
    ({"ridge": -1.0}, "ridge must be"),
    ({"ridge": NAN}, "ridge must be"),
    ({"ridge": "much"}, "ridge must be"),
    ({"target": 1.5}, "target must be"),
    ({"target": "z"}, "target must be"),
    ({"loss": "bogus"}, "loss='bogus' does not fit"),
    ({"loss": "squared_error"}, "does not fit classification"),
    ({"rule": "2se"}, "rule"),
    ({"max_nodes": 0}, "max_nodes must be a whole number, 1 at least"),
    ({"max_nodes": 2.5}, "max_nodes"),
    ({"feature_costs": [1.0]}, "one entry for each of"),
    ({"feature_costs": {"nobody": 1.0}}, "names columns that X does not have: .'nobody'"),
    ({"feature_costs": {0: -1.0}}, "finite and not negative"),
    ({"cv": 1}, "two folds"),
    ({"cv": GroupKFold(3)}, "groups"),
    ({"n_jobs": 0}, "n_jobs"),
    ({"verbose": "no"}, "verbose must be True or False"),
]

BAD = {
    LosslessPruner: [
        ({"domain": "ranges"}, "domain"),
        ({"domain": 3}, "domain"),
        ({"reweight": "yes"}, "reweight must be True or False"),
        ({"time_limit": -1.0}, "time_limit"),
        ({"time_limit": NAN}, "time_limit"),
    ],
    SmallCellPruner: [
        ({"min_count": 0}, "min_count"),
        ({"min_count": 2.5}, "min_count"),
        ({"scrub_counts": 1}, "scrub_counts must be True or False"),
        ({"classes": 1}, "classes must be True, False or"),
        ({"multiple": 0}, "multiple"),
        ({"n_jobs": 0}, "n_jobs"),
    ],
    FeaturePruner: [
        *_FITS,
        ({"max_features": 0}, "max_features"),
        ({"max_features": "all"}, 'max_features must be "cv" or a whole number'),
        ({"max_cost": -1.0}, "max_cost"),
        ({"max_cost": NAN}, "max_cost"),
    ],
    JointPruner: [
        *_FITS,
        ({"max_trees": 0}, "max_trees"),
        ({"max_depth": 0}, "max_depth"),
        ({"max_features": "cv"}, "max_features"),
        ({"max_bytes": -5}, "max_bytes"),
        ({"max_loss_increase": -0.1}, "max_loss_increase"),
        ({"family": "forest"}, "family must be"),
        ({"tree_price": -1}, "tree_price"),
        ({"min_leaf_weight": INF}, "min_leaf_weight"),
        ({"keep_models": "yes"}, "keep_models must be True or False"),
    ],
    TreeCountPruner: [
        ({"n_trees": 0}, "n_trees must be a whole number, 1 at least"),
        ({"n_trees": -2}, "n_trees"),
        ({"n_trees": True}, "n_trees"),
        ({"n_trees": 1.5}, r"n_trees as a share must lie in \(0, 1\]"),
        ({"n_trees": NAN}, "n_trees"),
        ({"n_trees": "all"}, "n_trees"),
        ({"n_trees": None}, "n_trees"),
        ({"method": "bogus"}, "method='bogus' is unknown; use one of .*greedy"),
        ({"weights": "bogus"}, "weights must be"),
        ({"loss": "bogus"}, "loss='bogus' does not fit"),
        ({"loss": "squared_error"}, "does not fit classification"),
        ({"rule": "2se"}, "rule"),
        ({"rule": NAN}, "rule"),
        ({"cv": 1}, "two folds"),
        ({"cv": 1000}, "fewer folds or more rows"),
        ({"cv": GroupKFold(3)}, "groups"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"verbose": "False"}, "verbose must be True or False"),
    ],
    CostComplexityPruner: [
        ({"ccp_alpha": -0.1}, "ccp_alpha"),
        ({"ccp_alpha": NAN}, "ccp_alpha"),
        ({"ccp_alpha": INF}, "ccp_alpha"),
        ({"ccp_alpha": "0"}, "ccp_alpha"),
        ({"ccp_alpha": 0.1, "max_leaf_nodes": 3}, "not both"),
        ({"max_leaf_nodes": 0}, "max_leaf_nodes"),
        ({"max_leaf_nodes": 2.5}, "max_leaf_nodes"),
        ({"max_leaf_nodes": "3"}, "max_leaf_nodes"),
        ({"risk": "bogus"}, "risk='bogus' does not fit classification; use one of .*gini"),
        ({"risk": "squared_error"}, "risk='squared_error' does not fit classification"),
        ({"risk": "cost"}, "needs cost_matrix"),
        ({"loss": "bogus"}, "loss='bogus' does not fit"),
        ({"loss": "squared_error"}, "does not fit classification"),
        ({"loss": "cost"}, "needs cost_matrix"),
        ({"rule": "2se"}, "rule"),
        ({"rule": -1.0}, "rule"),
        ({"rule": NAN}, "rule"),
        ({"rule": INF}, "rule"),
        ({"cv": 1}, "two folds"),
        ({"cv": 1000}, "fewer folds or more rows"),
        ({"cv": "five"}, "cv|Expected"),
        ({"cv": []}, "two folds"),
        ({"cv": [([0, 1], [2])]}, "two folds"),
        ({"cv": [([0, 1], [2]), ([3], [])]}, "fold 1 .* tests on 0"),
        ({"cv": GroupKFold(3)}, "groups"),
        ({"cost_matrix": [[0, 1]]}, "square"),
        ({"cost_matrix": [[1, 1], [1, 0]]}, "zero diagonal"),
        ({"cost_matrix": [[0, -1], [1, 0]]}, "finite costs >= 0"),
        ({"cost_matrix": [[0, NAN], [1, 0]]}, "finite"),
        ({"risk": "cost", "cost_matrix": np.ones((3, 3)) - np.eye(3)}, "3 classes, the model has 2"),
        ({"cost_matrix": [[0, 1], [8, 0]]}, 'neither risk nor loss is "cost"'),
        ({"priors": [0.5]}, "priors must be 2 finite numbers"),
        ({"priors": 0.5}, "priors must be 2 finite numbers"),
        ({"priors": {0: 0.5, 1: 0.5}}, "priors must be 2 finite numbers"),
        ({"priors": [0.5, -0.5]}, "priors"),
        ({"priors": [0.0, 0.0]}, "priors"),
        ({"priors": [0.5, NAN]}, "priors"),
        ({"n_alphas": 1}, "n_alphas"),
        ({"n_alphas": 20.5}, "n_alphas"),
        ({"n_alphas": None}, "n_alphas"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": "two"}, "n_jobs"),
        ({"verbose": "loud"}, "verbose"),
    ],
    ReducedErrorPruner: [
        ({"loss": "bogus"}, "loss='bogus' does not fit"),
        ({"loss": "auc"}, "loss='auc' does not fit"),
        ({"loss": "absolute_error"}, "does not fit classification"),
        ({"loss": "cost"}, "needs cost_matrix"),
        ({"cost_matrix": [[0, 1]]}, "square"),
        ({"loss": "cost", "cost_matrix": np.ones((3, 3)) - np.eye(3)}, "3 classes, the model has 2"),
        ({"cost_matrix": [[0, 1], [8, 0]]}, 'loss is not "cost"'),
        *(
            ({"validation_fraction": bad}, "validation_fraction")
            for bad in (0.0, 1.0, -1, NAN, "half", None)
        ),
        ({"backfit": "yes"}, "backfit"),
        ({"backfit": True, "estimator__class_weight": "balanced"}, "class_weight"),
        ({"unreached": "maybe"}, "unreached"),
        ({"absent_class": None}, "absent_class"),
        ({"random_state": "seed"}, "seed"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": 1.5}, "n_jobs"),
    ],
    ErrorBasedPruner: [
        ({"method": "bogus"}, "method='bogus' is unknown; use one of .*error_based"),
        ({"method_params": {"bogus": 1}}, "takes no bogus; it takes confidence"),
        ({"method_params": [("confidence", 0.1)]}, "method_params must be a dict"),
        *(
            ({"method_params": {"confidence": bad}}, "confidence")
            for bad in (0.0, 0.51, -1, NAN, "a", None)
        ),
        *(
            ({"method": "pessimistic", "method_params": {"standard_errors": bad}}, "standard_errors")
            for bad in (-1, NAN, INF)
        ),
        *(({"method": "minimum_error", "method_params": {"m": bad}}, "m must") for bad in (-1, NAN, INF)),
        ({"method": "description_length", "method_params": {"m": 2}}, "no parameters"),
        *(
            ({"method": "smallest_leaf", "method_params": {"min_samples_leaf": bad}}, "min_samples_leaf")
            for bad in (0, -3, NAN)
        ),
    ],
}

CASES = [
    pytest.param(cls, parameters, message, id=f"{cls.__name__}-{parameters}")
    for cls, cases in BAD.items()
    for parameters, message in cases
]


@pytest.mark.parametrize(("cls", "parameters", "message"), CASES)
def test_refused_before_any_fit(cls, parameters, message):
    X, y = random_table(0, 80)
    pruner = cls(CountingTree()).set_params(**parameters)
    with no_fit(), pytest.raises(ValueError, match=message):
        pruner.fit(X, y)
    assert not hasattr(pruner, "estimator_")


@pytest.mark.parametrize(("cls", "parameters", "message"), CASES)
def test_refused_for_frozen_models(cls, parameters, message):
    X, y = random_table(0, 80)
    model = CountingTree(random_state=0, class_weight=parameters.get("estimator__class_weight")).fit(X, y)
    pruner = cls(FrozenEstimator(model))
    pruner.set_params(**{k: v for k, v in parameters.items() if "__" not in k})
    with no_fit(), pytest.raises(ValueError, match=message):
        pruner.fit(*random_table(1, 80))


def test_every_parameter_has_a_bad_value():
    assert set(BAD) == set(pruner_classes())
    for cls, cases in BAD.items():
        tried = {name for parameters, _ in cases for name in parameters}
        assert set(inspect.signature(cls).parameters) - {"estimator"} <= tried, cls


@pytest.mark.parametrize(
    ("pruner", "message"),
    [
        (CostComplexityPruner(CountingRegressor(), risk="gini"), "does not fit regression"),
        (CostComplexityPruner(CountingRegressor(), loss="auc"), "does not fit regression"),
        (CostComplexityPruner(CountingRegressor(), priors=[0.5, 0.5]), "priors are for classifiers"),
        (ReducedErrorPruner(CountingRegressor(), loss="log_loss"), "does not fit regression"),
        (
            ReducedErrorPruner(CountingRegressor(criterion="absolute_error"), backfit=True),
            "criterion='absolute_error'",
        ),
        (ErrorBasedPruner(CountingRegressor()), "for classification only; for regression use one of"),
        (ErrorBasedPruner(CountingRegressor(), method="description_length"), "for classification only"),
    ],
)
def test_parameters_that_fit_another_kind_of_model(pruner, message):
    X, y = random_table(0, 80, "regression")
    with no_fit(), pytest.raises(ValueError, match=message):
        pruner.fit(X, y)


@pytest.mark.parametrize("cost_matrix", [COSTS, np.array(COSTS), tuple(map(tuple, COSTS))], ids=type)
def test_cost_matrices_of_any_container(cost_matrix):
    X, y = random_table(0, 80)
    pruner = CostComplexityPruner(
        CountingTree(random_state=0), loss="cost", risk="cost", cost_matrix=cost_matrix
    )
    assert pruner.fit(X, y).path_.loss_name == "cost"
