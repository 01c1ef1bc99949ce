"""scikit-learn's own checks of the pruners of linear models."""

import pytest
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
)
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.pruners.test_sklearn_checks import SELECTOR_CHECKS
from treeprune import L1FeaturePruner, LinearModelPruner

# the checks feed noise, and columns without names
pytestmark = [
    pytest.mark.filterwarnings("ignore:No features were selected:UserWarning"),
    pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning"),
    pytest.mark.filterwarnings("ignore:the path ended early:treeprune.PruningWarning"),
]

PRUNERS = [
    L1FeaturePruner(LogisticRegression()),
    L1FeaturePruner(SGDClassifier(loss="log_loss", random_state=0)),
    L1FeaturePruner(Ridge()),
    L1FeaturePruner(LinearRegression()),
    L1FeaturePruner(PoissonRegressor()),
    LinearModelPruner(LogisticRegression()),
    LinearModelPruner(Ridge()),
    # on sparse rows its own solver is iterative, and by default too far from the optimum for folds to agree
    LinearModelPruner(LinearRegression(tol=1e-15)),
    LinearModelPruner(PoissonRegressor()),
]


@parametrize_with_checks(PRUNERS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", SELECTOR_CHECKS)
@pytest.mark.parametrize("pruner", [PRUNERS[0], PRUNERS[2], PRUNERS[-1]], ids=str)
def test_checks_of_selectors(pruner, name):
    check = getattr(estimator_checks, name)
    check(type(pruner).__name__, pruner)
