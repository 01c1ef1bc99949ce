"""Words that a model itself knows, in exports that hold words and in those that hold numbers."""

import sqlite3

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.c_source import to_c
from treeprune.export.own_words import own_categories
from treeprune.export.parity import check_parity
from treeprune.export.python_source import to_python
from treeprune.export.sql import to_sql

RNG = np.random.default_rng(0)
WARDS = ["surgery", "medicine", "*/ floor\n3"]  # neither in the order of the alphabet nor harmless in C
FRAME = pd.DataFrame(
    {
        "age": RNG.integers(20, 90, 300).astype(float),
        "ward": pd.Categorical(RNG.choice(WARDS, 300), categories=WARDS),
        "bed": pd.Categorical(RNG.choice([7, 3, 12], 300), categories=[7, 3, 12]),
    }
)
Y = FRAME["age"] / 50 + (FRAME["ward"] == "medicine") + (FRAME["bed"] == 3) * (FRAME["age"] > 50)
LIGHTGBM = {"n_estimators": 4, "verbose": -1, "n_jobs": 1, "min_data_per_group": 1, "cat_smooth": 0}


def lightgbm_file(folder, frame=FRAME, **options):
    lightgbm.LGBMRegressor(**LIGHTGBM).fit(frame, Y, **options).booster_.save_model(folder / "m.txt")
    return lightgbm.Booster(model_file=folder / "m.txt")


def xgboost_file(folder):
    model = xgboost.XGBRegressor(n_estimators=4, enable_categorical=True, max_cat_to_onehot=1, n_jobs=1)
    model.fit(FRAME, Y).save_model(folder / "m.ubj")
    model = xgboost.XGBRegressor()
    model.load_model(folder / "m.ubj")
    if not hasattr(model.get_booster(), "get_categories"):
        pytest.skip("this release of XGBoost holds no categories")
    pytest.importorskip("pyarrow")
    return model


def histogram_boosting(_folder):
    gaps = FRAME.assign(ward=FRAME["ward"].where(FRAME["age"] > 25))
    return HistGradientBoostingRegressor(max_iter=4, categorical_features="from_dtype").fit(gaps, Y)


@pytest.mark.parametrize("made", [lightgbm_file, xgboost_file, histogram_boosting])
def test_a_table_with_words_is_answered_as_the_vendor_answers_it(made, tmp_path):
    model = made(tmp_path)
    assert {1, 2} <= set(read(model).used_features().tolist())
    native = model.predict(FRAME)
    connection = sqlite3.connect(":memory:")
    words = FRAME.astype({"ward": str, "bed": int})
    words.to_sql("patients", connection, index=False)
    found = pd.read_sql(to_sql(model), connection)
    connection.close()
    np.testing.assert_allclose(found["answer_0"], native, rtol=1e-6)
    module = {}
    exec(to_python(model), module)
    rows = words.to_dict("records")
    np.testing.assert_allclose([module["predict"](row) for row in rows], native, rtol=1e-6)
    for export in (to_sql(model), to_python(model)):
        assert check_parity(export, model, FRAME).agrees


@pytest.mark.parametrize("made", [lightgbm_file, xgboost_file, histogram_boosting])
def test_c_takes_the_numbers_that_its_comment_gives(made, tmp_path):
    model = made(tmp_path)
    with pytest.raises(ValueError, match=r"numbers the categories of \['ward', 'bed'\] itself.*codes=True"):
        to_c(model)
    source = to_c(model, codes=True)
    order = sorted(WARDS) if made is histogram_boosting else WARDS
    told = {"*/ floor\n3": r"* / floor\\n3"}
    shown = ", ".join(f"{i} = {told.get(ward, ward)}" for i, ward in enumerate(order))
    assert f" *   ward: {shown}\n" in str(source)
    assert " *   bed: 0 = " in source.header
    assert "cc -O2 program.c this_file.c -lm" in str(source)
    assert check_parity(source, model, FRAME).agrees


def test_an_export_for_codes_is_compared_on_codes():
    model = lightgbm.LGBMRegressor(**LIGHTGBM).fit(FRAME, Y)
    for write in (to_sql, to_python):
        assert check_parity(write(read(model)), model, FRAME).agrees
        ward = {"ward": WARDS}  # and the bed as a number
        assert check_parity(write(read(model), categories=ward), model, FRAME, categories=ward).agrees


def test_the_words_in_memory_are_those_of_the_file(tmp_path):
    wrapper = lightgbm.LGBMRegressor(**LIGHTGBM).fit(FRAME, Y)
    assert own_categories(wrapper) == own_categories(lightgbm_file(tmp_path)) == {1: WARDS, 2: [7, 3, 12]}
    assert own_categories(read(wrapper)) == {}


def test_words_that_the_user_gives_go_before():
    model = lightgbm.LGBMRegressor(**LIGHTGBM).fit(FRAME, Y)
    source = to_python(model, categories={"ward": ["s", "m", "e"]})
    module = {}
    exec(source, module)
    given = FRAME.astype({"ward": str, "bed": int}).replace({"ward": dict(zip(WARDS, "sme", strict=True))})
    said = [module["predict"](row) for row in given.to_dict("records")]
    np.testing.assert_allclose(said, model.predict(FRAME), rtol=1e-12)


@pytest.mark.parametrize("words", [["éa", "b", "c"], ["b", "c", "aé"]])
def test_words_that_xgboost_may_have_cut_are_not_taken(words):
    """It stores the first three as é, a, b."""
    ward = pd.DataFrame({"ward": pd.Categorical(words * 100, categories=words)})
    model = xgboost.XGBRegressor(n_estimators=2, enable_categorical=True, max_cat_to_onehot=1, n_jobs=1)
    model.fit(ward, np.arange(300) % 3)
    if hasattr(model.get_booster(), "get_categories"):
        for write in (to_sql, to_python):
            with pytest.raises(ValueError, match=r"numbers the categories of \['ward'\] .*plain ASCII"):
                write(model)


def test_words_whose_columns_the_file_does_not_tell_are_refused(tmp_path):
    """An ordered category is a number to LightGBM, and its words stand in the file all the same."""
    ordered = FRAME.assign(bed=FRAME["bed"].cat.as_ordered())
    swapped = FRAME[["age", "ward"]].assign(age=FRAME["age"].astype(int))
    for model in (
        lightgbm_file(tmp_path, ordered),
        lightgbm_file(tmp_path, swapped, categorical_feature=["age"]),  # so the ward is a number
    ):
        assert own_categories(model) == {}
        for write in (to_sql, to_python):
            with pytest.raises(ValueError, match="does not say of which columns"):
                write(model)
    model = lightgbm_file(tmp_path, ordered)
    categories = {"ward": WARDS, "bed": [7, 3, 12]}
    assert check_parity(to_sql(model, categories=categories), model, ordered, categories=categories).agrees


def test_what_is_before_a_model_of_trees_or_none_is_refused_in_words_about_exports():
    X = FRAME[["age"]]
    for write in (to_sql, to_python):
        with pytest.raises(UnsupportedModelError, match=r"this export holds .* --last-step"):
            write(make_pipeline(StandardScaler(), RandomForestRegressor(2)).fit(X, Y))
        with pytest.raises(UnsupportedModelError, match="LinearRegression has none; ONNX and C"):
            write(LinearRegression().fit(X, Y))
