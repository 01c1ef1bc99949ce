"""What `compare` makes of what it is given: rows without weight, columns, one class, wrapped models."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier

from tests.faithfulness.test_compare import CLASSIFIERS, REGRESSORS, pair, rows
from tests.strategies import random_table
from treeprune import CostComplexityPruner, ErrorBasedPruner, compare


def without_time(found):
    untimed = [
        {k: v for k, v in side.items() if k != "prediction ms"} for side in (found.before, found.after)
    ]
    return *untimed, found.between, found.n_rows


TABLES = {
    "array": lambda X: X,
    "pandas": lambda X: pd.DataFrame(X, columns=list("abcde")),
    "polars": lambda X: pl.DataFrame(X, schema=list("abcde")),
    "csr": sparse.csr_matrix,
    "list": lambda X: X.tolist(),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_row_without_weight_is_no_row(table):
    X_train, y_train = random_table(0, 150)
    before, after = (
        DecisionTreeClassifier(max_depth=d, random_state=0).fit(table(X_train), y_train) for d in (None, 3)
    )
    X, y, w = rows("binary", True)
    change = np.abs(before.predict_proba(table(X)) - after.predict_proba(table(X))).max(axis=1)
    w[change == change.max()] = 0
    w[7], y[7] = 0, 99  # not even its outcome is looked at
    kept = w > 0
    found = compare(before, after, table(X), y, sample_weight=w)
    assert found.n_rows == kept.sum() < 120
    assert found.between["max |change|"] == change[kept].max() < change.max()
    expected = compare(before, after, table(X[kept]), y[kept], sample_weight=w[kept])
    np.testing.assert_equal(without_time(found), without_time(expected))


def test_a_class_without_weight_is_absent():
    X, y, _ = rows("binary", False)
    found = compare(*pair(CLASSIFIERS[0], "binary"), X, y, sample_weight=(y == 1).astype(float))
    assert np.isnan([found.after["AUC"], found.after["calibration slope"]]).all()


@pytest.mark.parametrize("n_rows", [119, 121])
def test_rows_and_outcomes_must_be_as_many(n_rows):
    X, y, w = rows("binary", True)
    w[0] = 0
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        compare(*pair(CLASSIFIERS[0], "binary"), np.resize(X, (n_rows, 5)), y, sample_weight=w)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda m: type(m).__name__)
def test_a_model_of_one_class(model):
    X, _ = random_table(0, 60)
    one = type(model)(**model.get_params()).fit(X, np.full(60, "ill"))
    found = compare(one, one, X, np.full(60, "ill"))
    assert np.isnan([found.after[name] for name in ("AUC", "log loss", "Brier")]).all()
    assert found.between == {"same class": 1.0, "mean |change|": 0.0, "max |change|": 0.0}
    assert "on 60 rows" in str(found)


@pytest.mark.parametrize(
    ("model", "kind"),
    [(CLASSIFIERS[1], "binary"), (CLASSIFIERS[0], "strings"), (REGRESSORS[1], "regression")],
)
@pytest.mark.parametrize("column", [lambda y: y[:, None], pd.DataFrame], ids=["array", "frame"])
def test_a_target_in_a_column(model, kind, column):
    models = pair(model, kind)
    X, y, _ = rows(kind, False)
    np.testing.assert_equal(
        without_time(compare(*models, X, column(y))), without_time(compare(*models, X, y))
    )


def test_wrapped_models_stand_for_the_model_inside():
    X_train, y_train = random_table(0, 150)
    X, y, _ = rows("binary", False)
    tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
    frozen = FrozenEstimator(tree)
    pruner = CostComplexityPruner(frozen, max_leaf_nodes=3).fit(X)
    expected = without_time(compare(tree, pruner.estimator_, X, y))
    for after in (pruner, FrozenEstimator(pruner), FrozenEstimator(FrozenEstimator(pruner.estimator_))):
        np.testing.assert_equal(without_time(compare(frozen, after, X, y)), expected)
    with pytest.raises(NotFittedError, match="ErrorBasedPruner"):
        compare(tree, ErrorBasedPruner(frozen), X, y)


def test_a_forest_is_not_taken_for_the_tree_it_was_made_from():
    forest, _ = pair(CLASSIFIERS[1], "binary")
    assert hasattr(forest, "estimator_")
    assert compare(forest, forest, *rows("binary", False)[:2]).before["trees"] == 5


@pytest.mark.parametrize("booster", [False, True])
def test_columns_in_another_order_are_refused(booster):
    """LightGBM itself would predict by their places, and the figures be those of another table."""
    lightgbm = pytest.importorskip("lightgbm")
    X, y, _ = rows("binary", False)
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = lightgbm.LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1).fit(frame, y)
    model = model.booster_ if booster else model
    assert compare(model, model, frame, y).between["max |change|"] == 0
    with pytest.raises(ValueError, match="order"):
        compare(model, model, frame[list("bacde")], y)


def test_a_model_that_cannot_be_pickled_has_no_bytes():
    lightgbm = pytest.importorskip("lightgbm")
    X, y = random_table(0, kind="regression")

    def squared(y, raw):
        return raw - y, np.ones_like(raw)

    model = lightgbm.LGBMRegressor(objective=squared, n_estimators=2, n_jobs=1, verbose=-1).fit(X, y)
    found = compare(model, model, X, y)
    assert np.isnan(found.after["bytes"])
    assert found.after["trees"] == 2
