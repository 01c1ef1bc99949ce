"""Bad rows, outcomes, weights and models: a clear error before anything is fitted."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.pruners.helpers import CountingRegressor, CountingTree, make, no_fit, pruner_classes
from tests.strategies import random_table
from treeprune import ReducedErrorPruner, UnsupportedModelError

X, Y = random_table(0, 80)
COLUMNS = list("abcde")
FRAME = pd.DataFrame(X, columns=COLUMNS)
EACH = pytest.mark.parametrize("cls", pruner_classes(), ids=lambda cls: cls.__name__)


def grown(table=X):
    return FrozenEstimator(CountingTree(random_state=0).fit(table, Y))


def with_entry(value):
    y = Y.astype(float)
    y[3] = value
    return y


@EACH
def test_an_unfitted_model_in_a_frozen_estimator(cls):
    with no_fit(), pytest.raises(NotFittedError, match="CountingTree"):
        make(cls, FrozenEstimator(CountingTree())).fit(X, Y)


@pytest.mark.parametrize("model", [CountingTree(), CountingRegressor()], ids=["classifier", "regressor"])
@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
@EACH
def test_outcomes_that_are_no_numbers(cls, model, value):
    with no_fit(), pytest.raises(ValueError, match=r"(?i)nan|infinity"):
        make(cls, model).fit(X, with_entry(value))


@EACH
def test_one_class(cls):
    with no_fit(), pytest.raises(ValueError, match="one class: 'sick'"):
        make(cls, CountingTree()).fit(X, np.full(len(X), "sick"))
    only = np.where(np.equal(Y, 1), 1.0, 0.0)
    with no_fit(), pytest.raises(ValueError, match="one class"):
        make(cls, CountingTree()).fit(X, Y, sample_weight=only)


WEIGHTS = {
    "negative": (np.r_[-1.0, np.ones(79)], "1 negative weights"),
    "nan": (np.r_[np.nan, np.ones(79)], "NaN"),
    "inf": (np.r_[np.inf, np.ones(79)], "infinity"),
    "zero": (np.zeros(80), "zero"),
    "short": (np.ones(79), "79"),
    "square": (np.ones((80, 2)), "1D"),
}


@pytest.mark.parametrize(("weight", "message"), WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("frozen", [False, True], ids=["unfitted", "frozen"])
@EACH
def test_weights(cls, weight, message, frozen):
    model = grown() if frozen else CountingTree()
    with no_fit(), pytest.raises(ValueError, match=message):
        make(cls, model).fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize(("weight", "message"), WEIGHTS.values(), ids=WEIGHTS)
def test_weights_of_held_out_rows(weight, message):
    with no_fit(), pytest.raises(ValueError, match=message):
        ReducedErrorPruner(CountingTree()).fit(X, Y, X_val=X, y_val=Y, sample_weight_val=weight)


HELD_OUT = {
    "no rows": (X[:0], Y[:0], "0 sample"),
    "X alone": (X, None, "together"),
    "y alone": (None, Y, "together"),
    "lengths": (X, Y[:-1], "80 rows and y_val 79"),
    "width": (X[:, :4], Y, "4 features"),
    "unknown class": (X, np.where(Y == 1, 7, 0), "classes that y does not have: 7"),
    "two targets": (X, np.column_stack([Y, Y]), "2 targets, but y has 1"),
    "nan": (X, with_entry(np.nan), "NaN"),
}


@pytest.mark.parametrize(("X_val", "y_val", "message"), HELD_OUT.values(), ids=HELD_OUT)
def test_held_out_rows(X_val, y_val, message):
    with no_fit(), pytest.raises(ValueError, match=message):
        ReducedErrorPruner(CountingTree()).fit(X, Y, X_val=X_val, y_val=y_val)


def test_held_out_weights_without_held_out_rows():
    with no_fit(), pytest.raises(ValueError, match="needs X_val"):
        ReducedErrorPruner(CountingTree()).fit(X, Y, sample_weight_val=np.ones(len(X)))


STRANGE_OUTCOMES = {
    "unknown class": (np.where(Y == 1, 7, 0), "not trained on: 7; it knows 0, 1"),
    "two targets": (np.column_stack([Y, Y]), "2 targets"),
    "no outcome": (None, "y"),
    "nan": (with_entry(np.nan), "NaN"),
    "length": (Y[:-1], "79"),
}


@pytest.mark.parametrize(("y", "message"), STRANGE_OUTCOMES.values(), ids=STRANGE_OUTCOMES)
def test_outcomes_that_a_frozen_model_does_not_know(y, message):
    model = grown()
    with no_fit(), pytest.raises(ValueError, match=message):
        ReducedErrorPruner(model).fit(X, y)


MODELS = {
    "logistic": (
        LogisticRegression(),
        "LogisticRegression is not a model treeprune can prune; L1FeaturePruner and LinearModelPruner",
    ),
    "neighbours": (KNeighborsClassifier(), "KNeighborsClassifier is not a model"),
    "clusters": (KMeans(), "KMeans is not a model"),
    "pipeline": (
        make_pipeline(StandardScaler(), CountingTree()),
        "Pipeline is not a model .*for a pipeline give its last step",
    ),
}


@pytest.mark.parametrize(("model", "message"), MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("wrap", [lambda model: model, FrozenEstimator], ids=["unfitted", "frozen"])
@EACH
def test_models_of_other_families(cls, model, message, wrap):
    with no_fit(), pytest.raises(UnsupportedModelError, match=message) as caught:
        make(cls, wrap(model)).fit(X, Y)
    assert re.search(r"it prunes .*\bDecisionTreeClassifier\b", str(caught.value))


@pytest.mark.parametrize("vendor", ["xgboost", "lightgbm"])
@EACH
def test_a_bare_booster_is_to_be_frozen(cls, vendor):
    module = pytest.importorskip(vendor)
    table = module.DMatrix(X, Y) if vendor == "xgboost" else module.Dataset(X, Y, params={"verbose": -1})
    booster = module.train({"nthread": 1, **({"verbose": -1} if vendor == "lightgbm" else {})}, table, 2)
    with pytest.raises(
        TypeError, match=rf"a Booster cannot be fitted anew.*{cls.__name__}\(FrozenEstimator"
    ):
        cls(booster).fit(X, Y)


@pytest.mark.parametrize("vendor", ["xgboost", "lightgbm"])
@EACH
def test_early_stopping_without_rows_to_stop_by_names_the_way_out(cls, vendor):
    module = pytest.importorskip(vendor)
    model = (
        module.XGBClassifier(n_estimators=3, early_stopping_rounds=1, n_jobs=1)
        if vendor == "xgboost"
        else module.LGBMClassifier(n_estimators=3, early_stopping_round=1, n_jobs=1, verbose=-1)
    )
    with pytest.raises(ValueError, match=r"(?i)early stopping") as caught:
        cls(model).fit(X, Y)
    assert any(
        "without an eval_set" in note and "FrozenEstimator" in note for note in caught.value.__notes__
    )


STRANGE_TABLES = {
    "narrow": (FRAME[COLUMNS[:4]], ValueError),
    "wide": (FRAME.assign(f=0.0), ValueError),
    "renamed": (FRAME.rename(columns={"a": "z"}), ValueError),
    "reordered": (FRAME[COLUMNS[::-1]], ValueError),
    "polars reordered": (pl.DataFrame(X, schema=COLUMNS)[COLUMNS[::-1]], ValueError),
}


@pytest.mark.parametrize(("table", "error"), STRANGE_TABLES.values(), ids=STRANGE_TABLES)
@EACH
def test_columns_are_matched_by_name(cls, table, error):
    model = grown(FRAME)
    with no_fit(), pytest.raises(error, match="feature"):
        make(cls, model).fit(table, Y)
    fitted = make(cls, CountingTree(random_state=0)).fit(FRAME, Y)
    for method in ("predict", "predict_proba", "transform", "apply", "decision_path"):
        with pytest.raises(error, match="feature"):
            getattr(fitted, method)(table)
    with pytest.raises(error, match="feature"):
        fitted.score(table, Y)


@pytest.mark.parametrize(("table", "error"), STRANGE_TABLES.values(), ids=STRANGE_TABLES)
def test_columns_of_held_out_rows_are_matched_by_name(table, error):
    with no_fit(), pytest.raises(error, match="feature"):
        ReducedErrorPruner(CountingTree()).fit(FRAME, Y, X_val=table, y_val=Y)


@EACH
def test_array_of_another_width(cls):
    model = grown()
    with no_fit(), pytest.raises(ValueError, match="4 features"):
        make(cls, model).fit(X[:, :4], Y)
    fitted = make(cls, CountingTree(random_state=0)).fit(X, Y)
    for method in ("predict", "transform"):
        with pytest.raises(ValueError, match="4 features"):
            getattr(fitted, method)(X[:, :4])


@EACH
def test_before_fit(cls):
    pruner = make(cls, CountingTree())
    for method in ("predict", "predict_proba", "transform", "get_support"):
        with pytest.raises(NotFittedError):
            getattr(pruner, method)(*([X] if method != "get_support" else []))
    with pytest.raises(AttributeError, match="classes_ before fit"):
        _ = pruner.classes_


@EACH
def test_a_model_whose_fit_takes_no_weights(cls):
    class Unweighted(CountingTree):
        def fit(self, X, y):
            return super().fit(X, y)

    with no_fit(), pytest.raises(TypeError, match="takes no sample_weight"):
        make(cls, Unweighted()).fit(X, Y, sample_weight=np.ones(len(X)))


@EACH
def test_regressors_offer_no_probabilities(cls):
    assert not hasattr(make(cls, CountingRegressor()), "predict_proba")
    fitted = make(cls, CountingRegressor(random_state=0)).fit(X, Y)
    assert not hasattr(fitted, "predict_proba")
    assert not hasattr(fitted, "classes_")
