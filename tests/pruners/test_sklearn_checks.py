"""scikit-learn's own checks: a pruner fails none that the bare model passes."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from tests.pruners.helpers import MODELS, make, names, pruner_classes
from tests.strategies import random_table
from treeprune import (
    CostComplexityPruner,
    ErrorBasedPruner,
    FeaturePruner,
    JointPruner,
    ReducedErrorPruner,
    TreeCountPruner,
)

# the checks feed noise, columns without names and rows without one of the classes
pytestmark = [
    pytest.mark.filterwarnings("ignore:No features were selected:UserWarning"),
    pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning"),
    pytest.mark.filterwarnings("ignore:the limits are wider than the model:treeprune.PruningWarning"),
    pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:no held-out row is of class:treeprune.PruningWarning"),
]

PRUNERS = [
    make(cls, clone(model))
    for cls in pruner_classes()
    for model in MODELS
    # for forests FeaturePruner differs from JointPruner only in what is compared, and that takes long
    if cls is not FeaturePruner or not hasattr(model, "n_estimators")
]

SELECTOR_CHECKS = (
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_dataframe_column_names_consistency",
    "check_transformer_preserve_dtypes",
    "check_inplace_ensure_writeable",
)
"""Checks that scikit-learn runs on its own estimators and `check_estimator` leaves out."""


@cache
def _failures_of(position: int) -> dict[str, str]:
    results = check_estimator(clone(MODELS[position]), on_fail=None, on_skip=None)
    return {r["check_name"]: "the bare model fails" for r in results if r["status"] == "failed"}


def failures_of_bare_model(pruner: Any) -> dict[str, str]:
    return _failures_of([type(model) for model in MODELS].index(type(pruner.estimator)))


def test_every_public_pruner_is_checked():
    known = {CostComplexityPruner, ErrorBasedPruner, FeaturePruner, JointPruner}
    assert known | {ReducedErrorPruner, TreeCountPruner} <= set(pruner_classes())


# with the ini option xfail_strict a pruner fails exactly where its bare model does, and nowhere else
@parametrize_with_checks(PRUNERS, expected_failed_checks=failures_of_bare_model)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", [c for c in SELECTOR_CHECKS if hasattr(estimator_checks, c)])
@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_checks_beyond_check_estimator(pruner, check):
    getattr(estimator_checks, check)(type(pruner).__name__, clone(pruner))


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
# scikit-learn's check_estimators_nan_inf is for models that refuse NaN, which these take
def test_inf_is_refused_and_nan_is_not(pruner):
    X, y = random_table(0, 60, "regression" if is_regressor(pruner) else "binary", missing=True)
    fitted = clone(pruner).fit(X, y)
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        clone(pruner).fit(X, y)
    with pytest.raises(ValueError, match="infinity"):
        fitted.predict(X)
