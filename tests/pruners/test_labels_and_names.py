"""Labels and column names that a library refuses go through the pruner all the same."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_predict
from xgboost import XGBClassifier, XGBRegressor

from tests.strategies import random_table
from treeprune import CostComplexityPruner, ReducedErrorPruner, compare
from treeprune.backends import read

X, BANDS = random_table(0, 160, "multiclass")
NAMES = ["glucose [mg/dL] <7", "glucose (mg/dL) _7", 'a "b": {c}', "plain", "x,y"]
FRAME = pd.DataFrame(X, columns=NAMES)
XGB = XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1)
LGB = LGBMClassifier(n_estimators=4, min_child_samples=3, verbose=-1, n_jobs=1)
PRUNERS = [
    lambda model: CostComplexityPruner(model, cv=3, rule="min"),
    lambda model: ReducedErrorPruner(model, random_state=0),
]
EACH = pytest.mark.parametrize("make", PRUNERS, ids=["ccp", "rep"])

LABELS = {
    "strings": np.array(["alive", "dead"]),
    "signs": np.array([-1, 1]),
    "gaps": np.array([0, 2, 5]),
    "booleans": np.array([False, True]),
    "objects": np.array(["no", "yes"], object),
}


def labelled(labels):
    return labels[np.minimum(BANDS, len(labels) - 1)]


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@EACH
def test_any_labels(make, labels):
    y = labelled(labels)
    if y.dtype != bool:  # which this library takes for 0 and 1, and answers so
        with pytest.raises(ValueError, match=r"(?i)class|label|convert"):
            clone(XGB).fit(X, y)
    pruner = make(clone(XGB)).fit(X, y)
    codes = make(clone(XGB)).fit(X, np.searchsorted(np.unique(y), y))
    np.testing.assert_array_equal(pruner.classes_, np.unique(y))
    assert type(pruner.estimator_) is XGBClassifier
    np.testing.assert_array_equal(pruner.estimator_.classes_, np.arange(len(labels)))
    np.testing.assert_array_equal(pruner.predict_proba(X), codes.predict_proba(X))
    np.testing.assert_array_equal(pruner.predict(X), np.unique(y)[codes.predict(X)])
    assert pruner.score(X, y) == np.mean(pruner.predict(X) == y) == codes.estimator_.score(X, codes_of(y))
    weight = np.arange(len(y)) % 3
    assert pruner.score(X, y, weight) == pytest.approx(
        codes.estimator_.score(X, codes_of(y), sample_weight=weight)
    )
    again = pickle.loads(pickle.dumps(pruner))
    np.testing.assert_array_equal(again.predict(X), pruner.predict(X))
    found = compare(pruner, pruner, X, y)
    assert found.after["log loss"] == compare(codes, codes, X, codes_of(y)).after["log loss"]


def codes_of(y):
    return np.searchsorted(np.unique(y), y)


def test_labels_that_the_library_takes_are_left_alone():
    pruner = CostComplexityPruner(clone(XGB), ccp_alpha=0).fit(X, BANDS)
    assert pruner.native_.labels is None
    named = CostComplexityPruner(clone(LGB), ccp_alpha=0).fit(X, np.array(["a", "b", "c"])[BANDS])
    assert named.native_.labels is None
    np.testing.assert_array_equal(named.estimator_.classes_, ["a", "b", "c"])


def test_a_class_that_a_fold_has_never_seen():
    y = np.array(["a", "b", "c"], object)[BANDS]
    y[0] = "rare"
    pruner = CostComplexityPruner(clone(XGB), cv=3).fit(X, y)
    assert np.isfinite(pruner.path_.loss).all()
    np.testing.assert_array_equal(pruner.classes_, ["a", "b", "c", "rare"])


POLARS = pl.DataFrame(X, schema=NAMES)
XGB_NUMBERS = XGBRegressor(n_estimators=3, n_jobs=1)


@pytest.mark.parametrize(
    ("model", "frame"),
    [(XGB, FRAME), (XGB, POLARS), (LGB, FRAME), (XGB_NUMBERS, FRAME), (XGB_NUMBERS, POLARS)],
    ids=["xgb-pandas", "xgb-polars", "lgb-pandas", "xgb-numbers-pandas", "xgb-numbers-polars"],
)
@EACH
def test_any_column_names(make, model, frame):
    y = BANDS.astype(float) if isinstance(model, XGBRegressor) else BANDS
    refused = "[]<" if isinstance(model, XGBClassifier | XGBRegressor) else '",:{}[]'
    if isinstance(frame, pd.DataFrame):  # not every release looks at the names of polars
        with pytest.raises(Exception, match=r"(?i)feature.?names?"):
            clone(model).fit(frame, y)
    before = list(frame.columns)
    pruner = make(clone(model)).fit(frame, y)
    plain = make(clone(model)).fit(X, y)
    assert list(frame.columns) == before
    assert list(pruner.feature_names_in_) == NAMES
    np.testing.assert_array_equal(pruner.predict(frame), plain.predict(X))
    native = read(pruner.estimator_).feature_names
    assert len(set(native)) == len(NAMES)
    assert not any(character in name for name in native for character in refused)
    words = pruner.plan_.to_frame()["split"]
    assert all(word.startswith(tuple(NAMES)) for word in words)
    with pytest.raises(ValueError, match="feature names"):
        pruner.predict(frame[NAMES[::-1]])


def test_frozen_models_are_taken_as_they_are():
    codes = codes_of(BANDS)
    model = clone(XGB).fit(pd.DataFrame(X, columns=list("abcde")), codes)
    pruner = ReducedErrorPruner(FrozenEstimator(model)).fit(pd.DataFrame(X, columns=list("abcde")), codes)
    np.testing.assert_array_equal(pruner.classes_, [0, 1, 2])
    with pytest.raises(ValueError, match="not trained on"):
        ReducedErrorPruner(FrozenEstimator(model)).fit(
            pd.DataFrame(X, columns=list("abcde")), np.array(["a", "b", "c"])[codes]
        )


def test_labels_go_through_cross_validation():
    y = labelled(LABELS["strings"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cross_val_predict(ReducedErrorPruner(clone(XGB), random_state=0), FRAME, y, cv=3)
    assert set(found) <= {"alive", "dead"}


def test_a_regressor_of_lightgbm_with_odd_names():
    model = LGBMRegressor(n_estimators=3, min_child_samples=3, verbose=-1, n_jobs=1)
    pruner = CostComplexityPruner(model, ccp_alpha=1e-3).fit(FRAME, X[:, 0])
    np.testing.assert_array_equal(
        pruner.predict(FRAME), CostComplexityPruner(model, ccp_alpha=1e-3).fit(X, X[:, 0]).predict(X)
    )


@EACH
def test_a_booster_that_classifies_has_the_classes_that_predict_gives(make):
    """XGBoost's booster knows no labels: its classes are codes."""
    booster = XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1).fit(X, BANDS).get_booster()
    pruner = make(FrozenEstimator(booster))
    with pytest.raises(AttributeError, match="classes_ before fit"):
        _ = pruner.classes_
    pruner.fit(X, BANDS)
    np.testing.assert_array_equal(pruner.classes_, [0, 1, 2])
    np.testing.assert_array_equal(
        pruner.classes_[pruner.predict_proba(X).argmax(axis=1)], pruner.predict(X)
    )
    numbers = XGBRegressor(n_estimators=4, max_depth=3, n_jobs=1).fit(X, X[:, 0]).get_booster()
    assert not hasattr(make(FrozenEstimator(numbers)).fit(X, X[:, 0]), "classes_")
