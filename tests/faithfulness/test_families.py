"""`compare` over every registered family, against the vendor's own answers."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.utils import get_tags

from tests.backends.families import FAMILIES, pruned
from treeprune import compare
from treeprune.backends import read

CASES = [
    pytest.param(family, case, id=case.id) for family in FAMILIES.values() for case in family.cases[:3]
]


def outcomes(case):
    """Those of the case, or any where a detector was trained without."""
    return np.arange(case.X.shape[0]) % 3 if case.y is None else np.asarray(case.y)


@pytest.mark.parametrize(("family", "case"), CASES)
def test_before_and_after(family, case):
    after, small = pruned(case.model)
    e, y = read(case.model), outcomes(case)
    if e.task == "regression" and y.ndim == 1 and len(e.columns) > 1:
        y = np.column_stack([y] * len(e.columns))
    found = compare(case.model, after, case.X, y)
    assert found.before["leaves"] == e.n_leaves
    assert found.after["leaves"] == small.n_leaves
    assert found.between["max |change|"] > 0
    assert found.after["bytes"] > 0
    if e.task == "regression" and len(e.columns) == 1 and hasattr(after, "fit"):
        expected = metrics.root_mean_squared_error(y, after.predict(case.X))
        assert found.after["RMSE"] == pytest.approx(expected, rel=1e-9)
    if len(e.classes) == 1 and hasattr(after, "predict_proba"):
        assert get_tags(after).estimator_type == "classifier"
        p = after.predict_proba(case.X)
        own = p[np.arange(len(y)), np.searchsorted(e.classes[0], y)]
        if e.link != "step" and len(e.classes[0]) == 2:
            clipped = np.clip(own, np.finfo(p.dtype).eps, 1 - np.finfo(p.dtype).eps)
            assert found.after["log loss"] == pytest.approx(-np.log(clipped).mean(), rel=1e-5)
        same = (case.model.predict(case.X) == after.predict(case.X)).mean()
        assert found.between["same class"] == pytest.approx(same)


def test_a_model_with_itself():
    for family in FAMILIES.values():
        case = family.cases[0]
        found = compare(case.model, case.model, case.X, outcomes(case))
        assert found.between["max |change|"] == 0
