"""Models that shap explains wrongly, or not at all: values by definition, from the vendor's own answers."""

from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from treeprune import compare, explain


def by_definition(ask, X, background):
    """Shapley values of the mean answer over hybrid rows, every subset of columns for itself."""
    names = list(X.columns)
    p = len(names)

    def worth(row, subset):
        hybrid = background.copy()
        for name in subset:
            hybrid[name] = pd.Series([row[name]] * len(hybrid), dtype=X[name].dtype, index=hybrid.index)
        return ask(hybrid).mean(axis=0)

    values = []
    for i in range(len(X)):
        row = X.iloc[i]
        known = {s: worth(row, s) for k in range(p + 1) for s in combinations(names, k)}
        phi = []
        for name in names:
            others = [other for other in names if other != name]
            total = 0.0
            for k in range(p):
                share = factorial(k) * factorial(p - k - 1) / factorial(p)
                for s in combinations(others, k):
                    both = tuple(n for n in names if n in s or n == name)
                    total = total + share * (known[both] - known[s])
            phi.append(total)
        values.append(phi)
    return np.array(values)


def table(seed=0, n=240):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "ward": rng.integers(0, 6, n),
            "age": np.round(rng.normal(60, 15, n), 1),
            "lab": rng.normal(size=n) + 0.1,
            "dose": np.round(rng.random(n), 1),
        }
    )
    logit = 1.5 * np.isin(X["ward"], [1, 4]) + 0.04 * (X["age"] - 60) + X["lab"] * X["dose"]
    y = rng.random(n) < 1 / (1 + np.exp(-logit))
    return X, y.astype(int)


def with_categories(X):
    return X.assign(ward=pd.Categorical.from_codes(X["ward"], categories=list("abcdef")))


def columns(answer):
    answer = np.asarray(answer, float)
    return answer.reshape(len(answer), -1)


X, Y = table()
THREE = np.digitize(X["age"] + 10 * X["lab"], [50, 65])

KINDS = {
    "HistGradientBoosting, integer categories": (
        HistGradientBoostingClassifier(categorical_features=[0], max_iter=8), X, Y, "decision_function"),
    "HistGradientBoosting, pandas categories": (
        HistGradientBoostingClassifier(max_iter=8), with_categories(X), Y, "decision_function"),
    "HistGradientBoosting, double precision": (
        HistGradientBoostingClassifier(max_iter=8), X, Y, "decision_function"),
    "forest on rounded numbers": (
        RandomForestClassifier(8, max_depth=4, random_state=0), X, Y, "predict_proba"),
    "gradient boosting, three classes": (
        GradientBoostingClassifier(n_estimators=5, random_state=0), X, THREE, "decision_function"),
    "AdaBoost, three classes": (
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5, random_state=0), X, THREE,
        "decision_function"),
    "bagging": (
        BaggingClassifier(DecisionTreeClassifier(max_depth=3), 5, random_state=0), X, Y, "predict_proba"),
    "boosted forest": (
        xgboost.XGBClassifier(n_estimators=4, num_parallel_tree=3, subsample=0.7, max_depth=3), X, Y,
        "margin"),
    "XGBoost, categories": (
        xgboost.XGBClassifier(n_estimators=6, max_depth=3, enable_categorical=True), with_categories(X), Y,
        "margin"),
    "LightGBM, categories": (
        lightgbm.LGBMClassifier(n_estimators=6, num_leaves=7, min_child_samples=5, verbose=-1),
        with_categories(X), Y, "raw_score"),
    "LightGBM, three classes": (
        lightgbm.LGBMClassifier(n_estimators=4, num_leaves=6, verbose=-1), X, THREE, "raw_score"),
    "extra trees": (
        ExtraTreesClassifier(6, max_depth=4, random_state=0), X, Y, "predict_proba"),
}  # fmt: skip


def asked(model, how):
    if how == "margin":
        return lambda t: columns(model.predict(t, output_margin=True))
    if how == "raw_score":
        return lambda t: columns(model.predict(t, raw_score=True))
    return lambda t: columns(getattr(model, how)(t))


@pytest.mark.parametrize("name", list(KINDS))
def test_values_against_a_background_are_those_of_the_definition(name):
    model, rows, y, how = KINDS[name]
    model = model.fit(rows, y)
    some, background = rows.iloc[:3], rows.iloc[100:112]
    found = explain(model, some, background)
    known = by_definition(asked(model, how), some, background)
    phi = found.phi.reshape(known.shape) if found.phi.ndim == 2 else found.phi
    scale = np.abs(known).max()
    np.testing.assert_allclose(phi, known, atol=2e-6 * scale)
    assert found.exact
    section = compare(
        model, model, rows[100:112], np.asarray(y)[100:112], background=background
    ).attributions
    assert section.plain.cosine == 1.0
    of_all = explain(model, rows[100:112], background).phi
    np.testing.assert_array_equal(section.before.phi, of_all)


def test_covers_do_not_matter_against_a_background():
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3).fit(X, Y)
    before = explain(model, X[:5], X[100:110])
    config = model.get_booster().save_raw("json").decode()
    import json

    document = json.loads(config)
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        tree["sum_hessian"] = [1.0] * len(tree["sum_hessian"])
    other = xgboost.XGBClassifier()
    other.load_model(bytearray(json.dumps(document).encode()))
    after = explain(other, X[:5], X[100:110])
    np.testing.assert_array_equal(before.phi, after.phi)
    assert not np.allclose(explain(model, X[:5]).phi, explain(other, X[:5]).phi)
