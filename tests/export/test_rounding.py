"""Inputs in double precision that the vendor rounds before it compares."""

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.tree import DecisionTreeRegressor

from tests.export.helpers import run_python, run_sqlite
from treeprune.backends import read
from treeprune.export.cuts import model_cuts
from treeprune.export.parity import check_parity
from treeprune.export.python_source import to_python
from treeprune.export.sql import to_sql


def models():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(200, 3))
    y = X[:, 0] + X[:, 1] * X[:, 2]
    return [
        DecisionTreeRegressor(max_depth=6, random_state=0).fit(X, y),
        xgboost.XGBRegressor(n_estimators=1, max_depth=6, n_jobs=1).fit(X, y),
    ]


@pytest.mark.parametrize("model", models(), ids=["scikit-learn", "xgboost"])
def test_doubles_that_round_across_a_threshold(model):
    e = read(model)
    cut = model_cuts(e)
    rng = np.random.default_rng(0)
    rows = []
    for node in np.flatnonzero(~e.is_leaf):
        for x in (cut[node], np.nextafter(cut[node], np.inf), np.nextafter(cut[node], -np.inf)):
            row = rng.normal(size=3)
            row[e.feature[node]] = x
            rows.append(row)
    rows = np.array(rows)
    # this table tells cuts from thresholds: many rows lie between the two
    assert (cut != e.threshold)[~e.is_leaf].mean() > 0.8
    native = model.predict(rows)
    module = run_python(to_python(model))
    np.testing.assert_array_equal(np.float32([module["predict"](row) for row in rows]), np.float32(native))
    raw = run_sqlite(to_sql(model), ["x[0]", "x[1]", "x[2]"], rows.tolist())[:, 0]
    np.testing.assert_allclose(raw, native, rtol=1e-6)
    assert check_parity(to_sql(model), model, rows).agrees


def test_parity_finds_a_wrong_export():
    model = models()[0]
    rng = np.random.default_rng(1)
    X = rng.normal(size=(50, 3))
    source = to_python(model)
    wrong = source.replace("    return total\n", "    return [total[0] + (x[0] > 0)]\n")
    parity = check_parity(wrong, model, X)
    assert not parity.agrees
    assert parity.rows == tuple(np.flatnonzero(X[:, 0] > 0))
    assert parity.max_difference == pytest.approx(1)
    assert "differs on" in str(parity)
    assert "agrees" in str(check_parity(source, model, pd.DataFrame(X).to_numpy()))


def test_parity_refuses_what_it_cannot_run():
    model = models()[0]
    with pytest.raises(ValueError, match="to_python or to_sql"):
        check_parity("SELECT 1", model, np.zeros((1, 3)))
    with pytest.raises(ValueError, match="no rows"):
        check_parity(to_sql(model), model, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="no name"):
        check_parity(to_sql(model), model, np.full((1, 3), 7.0), categories={"x[0]": ["a", "b"]})
