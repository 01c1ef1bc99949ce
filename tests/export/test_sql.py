"""SQL: what engines limit, and what must be an error rather than a wrong number."""

import sqlite3
from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.ensemble import AdaBoostRegressor, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.export.helpers import run_python, run_sqlite
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.parity import check_parity
from treeprune.export.python_source import to_python
from treeprune.export.sql import to_sql
from treeprune.export.sql_trees import DEPTH


def noise(n=1500, columns=2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, columns)), rng.integers(0, 2, n)


def test_deep_forests_are_cut_into_branches():
    X, y = noise()
    model = RandomForestClassifier(3, max_features=1, random_state=0).fit(X, y)
    assert max(tree.get_depth() for tree in model.estimators_) > 2 * DEPTH
    for export in (to_sql(model), to_python(model)):
        assert check_parity(export, model, X).max_difference == 0


def test_a_tree_that_is_a_chain():
    """Deeper than Python can indent and engines can nest."""
    n = 230
    X = np.arange(n, dtype=float)[:, None]
    model = DecisionTreeRegressor().fit(X, 2.0 ** np.arange(n))
    assert model.get_depth() > 100
    for export in (to_sql(model), to_python(model)):
        assert check_parity(export, model, X).max_difference == 0


def test_many_trees_are_added_step_by_step():
    X, y = noise(300)
    model = HistGradientBoostingRegressor(max_iter=1100, max_leaf_nodes=3, early_stopping=False).fit(X, y)
    parity = check_parity(to_sql(model, key="id"), model, X[:40], key="id")
    assert parity.max_difference == 0
    assert parity.n_rows == 40


def test_text_where_a_number_must_be_is_an_error():
    """SQLite by itself takes 'old' for 0, and a column that is not there for text."""
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    sql = to_sql(model, feature_names=["age"])
    np.testing.assert_array_equal(run_sqlite(sql, ["age"], [[1], [0.2], [True]])[:, -1], [1, 0, 1])
    for bad in ("old", "0.2", b"0"):
        with pytest.raises(sqlite3.OperationalError, match="integer overflow"):
            run_sqlite(sql, ["age"], [[1], [bad]])
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        run_sqlite(sql, ["wage"], [[1]])


def test_unknown_words():
    """Missing where the model knows categories, an error where somebody numbered them."""
    codes = np.random.default_rng(0).integers(0, 3, 200)
    y = (codes == 1).astype(float)
    by_category = HistGradientBoostingRegressor(
        max_iter=1, min_samples_leaf=2, categorical_features=[0], learning_rate=1
    ).fit(np.where(np.arange(200) % 5 == 0, np.nan, codes)[:, None], y)
    by_number = DecisionTreeRegressor().fit(codes[:, None], y)
    options = {"feature_names": ["sex"], "categories": {"sex": ["f", "m", "x"]}}
    rows = [["m"], ["f"], [None], ["?"]]
    e = read(by_category)
    assert (e.category_set >= 0).any()
    got = run_sqlite(to_sql(by_category, **options), ["sex"], rows)[:, -1]
    np.testing.assert_array_equal(got, by_category.predict([[1.0], [0.0], [np.nan], [np.nan]]))
    module = run_python(to_python(by_category, **options))
    assert [module["predict"](row) for row in rows] == got.tolist()
    module = run_python(to_python(by_number, **options))
    assert module["predict"](["m"]) == 1
    with pytest.raises(sqlite3.OperationalError, match="integer overflow"):
        run_sqlite(to_sql(by_number, **options), ["sex"], rows)
    with pytest.raises(ValueError, match="not a category"):
        module["predict"](["?"])


def test_codes_that_do_not_start_at_zero():
    X = np.random.default_rng(0).choice([1.0, 2.0, 7.0], 100)[:, None]
    model = DecisionTreeRegressor().fit(X, X[:, 0] == 2)
    options = {"feature_names": ["sex"], "categories": {"sex": {1: "f", 2: "m", 7: "x"}}}
    np.testing.assert_array_equal(
        run_sqlite(to_sql(model, **options), ["sex"], [["f"], ["m"], ["x"]])[:, -1], [0, 1, 0]
    )


def test_categories_that_the_model_numbers_itself():
    """The same frame as the vendor takes it, in SQL and in Python."""
    rng = np.random.default_rng(0)
    wards, cities = rng.choice([3, 10, 17, 40], 300), rng.choice(["b", "a", "c"], 300)
    y = (wards % 4) + 2.0 * (cities == "a") + rng.normal(size=300) / 9
    frame = pd.DataFrame({"ward": pd.Categorical(wards), "city": pd.Categorical(cities)})
    hist = HistGradientBoostingRegressor(max_iter=3, categorical_features="from_dtype").fit(frame, y)
    lgbm = lightgbm.LGBMRegressor(
        n_estimators=3, verbose=-1, n_jobs=1, min_data_per_group=1, max_cat_to_onehot=1
    ).fit(frame, y)
    xgb = xgboost.XGBRegressor(n_estimators=3, enable_categorical=True, n_jobs=1).fit(frame, y)
    categories = {name: list(frame[name].cat.categories) for name in frame}
    held = [[int(ward), city] for ward, city in zip(wards, cities, strict=True)]
    for model in (hist, lgbm, xgb):
        assert (read(model).category_set >= 0).any()
        native = model.predict(frame)
        module = run_python(to_python(model, categories=categories))
        np.testing.assert_allclose([module["predict"](row) for row in held], native, rtol=1e-6)
        got = run_sqlite(to_sql(model, categories=categories), ["ward", "city"], held)
        np.testing.assert_allclose(got[:, -1], native, rtol=1e-6)
        assert check_parity(
            to_sql(model, categories=categories), model, frame, categories=categories
        ).agrees
        if model is not xgb or hasattr(xgb.get_booster(), "get_categories"):  # the model knows them
            assert to_sql(model) == to_sql(model, categories=categories)
            assert to_python(model) == to_python(model, categories=categories)
    for bad in (None, np.nan):
        with pytest.raises(TypeError, match="text or a number"):
            to_sql(hist, categories={"ward": [3, bad]})


def test_a_number_that_means_missing():
    rng = np.random.default_rng(0)
    X = np.where(rng.random((200, 2)) < 0.3, -999.0, rng.normal(size=(200, 2)))
    model = xgboost.XGBRegressor(n_estimators=3, missing=-999, n_jobs=1).fit(X, (X[:, 0] < -900) + X[:, 1])
    X[0] = [-999.00001, -999.0001]  # the first rounds to -999, the second does not
    native = model.predict(X)
    module = run_python(to_python(model))
    np.testing.assert_array_equal(np.float32([module["predict"](row) for row in X]), native)
    got = run_sqlite(to_sql(model, feature_names=["a", "b"]), ["a", "b"], X.tolist())
    np.testing.assert_allclose(got[:, -1], native, rtol=1e-6)


def test_key_comes_through_and_rows_may_come_in_any_order():
    X, y = noise(50)
    model = DecisionTreeClassifier(max_depth=3).fit(X, y)
    numbers = np.random.default_rng(0).permutation(50)
    got = run_sqlite(
        to_sql(model, key="id", answer=False),
        ["id", "x[0]", "x[1]"],
        np.column_stack([numbers, X]).tolist(),
    )
    assert got.shape == (50, 3)
    shown = dict(zip(got[:, 0], got[:, 2], strict=True))
    np.testing.assert_array_equal([shown[i] for i in numbers], model.predict_proba(X)[:, 1])
    for name in ("raw_0", "Probability_1"):
        with pytest.raises(ValueError, match="must not be called"):
            to_sql(model, key=name)


def test_what_no_engine_takes():
    X, y = noise(60)
    with pytest.raises(UnsupportedModelError, match=r"median.*distil"):
        to_sql(AdaBoostRegressor(n_estimators=3, random_state=0).fit(X, y))
    e = read(DecisionTreeClassifier(random_state=0).fit(X, y))
    wide = replace(
        e,
        value=np.zeros((e.n_nodes, 200_000)),
        base_score=np.zeros(200_000),
        columns=(200_000,),
        task="regression",
        classes=(),
    )
    with pytest.raises(UnsupportedModelError, match="prune it first"):
        to_sql(wide)
    e = read(RandomForestClassifier(60, random_state=0).fit(X, y))
    own_column = np.where(e.is_leaf, -1, np.cumsum(~e.is_leaf) - 1).astype(np.int32)
    n = int((~e.is_leaf).sum())
    assert n > 600
    with pytest.raises(UnsupportedModelError, match="columns"):
        to_sql(replace(e, feature=own_column, n_features=n))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"dialect": "oracle"}, ValueError, "dialect must be one of sqlite"),
        ({"table": "treeprune_rows"}, ValueError, "must not be called"),
        ({"table": ()}, TypeError, "tuple of names"),
        ({"feature_names": ["Age", "AGE"]}, ValueError, "one to this engine"),
    ],
)
def test_bad_options(options, error, words):
    X, y = noise(60)
    model = DecisionTreeClassifier().fit(X, y)
    with pytest.raises(error, match=words):
        to_sql(model, **options)


def test_dialects_differ_where_engines_do():
    X, y = noise(60)
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    words = {"feature_names": ["Age", "AGE"], "table": ("clinic", "patients")}
    sql = to_sql(model, dialect="postgres", **words)  # case matters there
    assert 'FROM "clinic"."patients" AS p' in sql
    assert "NULLIF(CAST(p.\"Age\" AS DOUBLE PRECISION), CAST('NaN' AS DOUBLE PRECISION))" in sql
    with pytest.raises(ValueError, match="one to this engine"):
        to_sql(model, dialect="duckdb", **words)


def test_a_model_that_asks_nothing():
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [1, 1])
    assert run_sqlite(to_sql(model), ["x[0]"], [[3], [None]])[:, -1].tolist() == [1, 1]
    assert run_python(to_python(model))["predict"]([None]) == 1


def test_frames_with_missing_values():
    X, y = noise(300)
    X[::7, 0] = np.nan
    frame = pd.DataFrame(X, columns=["age", "bmi"])
    model = DecisionTreeClassifier(max_depth=5, random_state=0).fit(frame, y)
    assert check_parity(to_sql(model), model, frame).max_difference == 0
    assert check_parity(to_python(model), model, frame).max_difference == 0
