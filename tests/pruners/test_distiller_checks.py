"""scikit-learn's own checks of `TreeDistiller`."""

import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.pruners.test_sklearn_checks import SELECTOR_CHECKS
from treeprune import TreeDistiller

# the checks feed noise, columns without names and teachers that say one thing
pytestmark = [
    pytest.mark.filterwarnings("ignore:No features were selected:UserWarning"),
    pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning"),
    pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:the tree has one leaf:treeprune.PruningWarning"),
    pytest.mark.filterwarnings("ignore:splits at the top of the tree:treeprune.PruningWarning"),
]

DISTILLERS = [
    TreeDistiller(
        model, sampler="copula", n_synthetic=60, min_real_samples_leaf=1, cv=2, n_redraws=1, random_state=0
    )
    for model in (DecisionTreeClassifier(random_state=0), DecisionTreeRegressor(random_state=0))
]


@parametrize_with_checks(DISTILLERS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", [c for c in SELECTOR_CHECKS if hasattr(estimator_checks, c)])
def test_checks_beyond_check_estimator(check):
    getattr(estimator_checks, check)("TreeDistiller", DISTILLERS[0])
