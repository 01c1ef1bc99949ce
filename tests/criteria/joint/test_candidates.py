"""Whole trees as candidates beside a path."""

import numpy as np
import pytest
from scipy.special import logit
from sklearn.ensemble import GradientBoostingClassifier

from tests.criteria.joint.helpers import forest_problem, table
from treeprune.backends import read
from treeprune.criteria.joint import build
from treeprune.criteria.joint.candidates import whole_trees
from treeprune.criteria.joint.losses import RowLoss


def test_a_slice_is_the_native_one_but_for_its_base():
    X, y = table(0, 300)
    model = GradientBoostingClassifier(n_estimators=6, random_state=0).fit(X, y)
    rows = build.joint_rows(read(model), X)
    problem = build.boosted_problem(rows, y[:, None].astype(float), "log_loss")
    for k, p in enumerate(model.staged_predict_proba(X), 1):
        step = whole_trees(problem, np.arange(6) < k)
        loss = RowLoss("log_loss", problem.outcome, problem.weight)
        pairs, raw = np.empty((1, 300, 2)), logit(p[:, 1])
        shifted = [loss.evaluate((raw + d)[None], pairs) / 300 for d in np.linspace(-0.5, 0.5, 2001)]
        assert step.n_trees == k
        assert step.loss == pytest.approx(min(shifted), abs=1e-6)
        refined = whole_trees(problem, np.arange(6) < k, refine=True)
        assert refined.nodes.tolist() == step.nodes.tolist()
        assert refined.loss + refined.ridge <= step.loss + step.ridge


@pytest.mark.parametrize("factors", [[1.0], [1.0, -1.0, 0.0], [np.nan, 1.0, 1.0]])
def test_bad_factors_are_refused(factors):
    with pytest.raises(ValueError, match="factors"):
        whole_trees(forest_problem(0), np.array(factors))
