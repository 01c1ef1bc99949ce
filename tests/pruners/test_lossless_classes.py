"""Fewer trees, weighed anew, that give every input its class: the vendors' own classes before and after."""

import lightgbm as lgb
import numpy as np
import pytest
import xgboost as xgb
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeRegressor

from tests.pruners.test_lossless import NUMBERS, X, Y, pruned
from treeprune.backends import read
from treeprune.criteria.lossless.rows import Generator
from treeprune.domain.domain import Domain
from treeprune.exceptions import UnsupportedModelError
from treeprune.pruners.lossless import LosslessPruner


@pytest.mark.parametrize(
    "model",
    [
        AdaBoostClassifier(n_estimators=30, random_state=0),
        RandomForestClassifier(9, max_depth=2, random_state=0),
        xgb.XGBClassifier(n_estimators=20, max_depth=1, n_jobs=1),
        lgb.LGBMClassifier(n_estimators=20, num_leaves=2, n_jobs=1, verbose=-1),
    ],
    ids=["ada", "forest", "xgboost", "lightgbm"],
)
def test_every_input_keeps_its_class(model):
    table = X[:, :3]
    model.fit(table, Y)
    pruner = pruned(model, table, reweight=True, time_limit=30)
    rows = Generator(read(model), Domain.from_ranges({f"x[{j}]": None for j in range(3)})).rows(3000, table)
    np.testing.assert_array_equal(pruner.predict(rows), model.predict(rows))
    plan = pruner.plan_
    assert plan.fewest is not None
    assert plan.n_trees[1] <= plan.n_trees[0]
    if plan.same == "class":
        assert plan.factors is not None
        assert sum(f > 0 for f in plan.factors) == plan.n_trees[1]
        assert plan.bound == float("inf")
        assert any(r.kind == "needless" and "weighed anew" in r.proof for r in plan.removals)


def test_no_time_leaves_the_trees_as_they_are():
    model = RandomForestClassifier(9, max_depth=2, random_state=0).fit(X, Y)
    pruner = pruned(model, X, reweight=True, time_limit=0)
    assert len(pruner.estimator_) == 9
    assert pruner.plan_.fewest is False
    assert "time was up" in str(pruner.plan_)


def test_numbers_have_no_classes_to_keep():
    with pytest.raises(UnsupportedModelError, match="predicted class"):
        LosslessPruner(DecisionTreeRegressor(max_depth=2), reweight=True).fit(X, NUMBERS)
