"""scikit-learn's own checks of the search, in a cheap configuration."""

import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from treeprune.search.search_cv import PruningSearchCV


@parametrize_with_checks(
    [
        PruningSearchCV(DecisionTreeClassifier(random_state=0), ["cost_complexity"], cv=2, rule="min"),
        PruningSearchCV(DecisionTreeRegressor(random_state=0), ["cost_complexity"], cv=2, rule="min"),
    ]
)
@pytest.mark.filterwarnings("ignore:No features were selected:UserWarning")
@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)
