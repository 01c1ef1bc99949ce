"""Tables as models from files take them: every format, every type of column, names and outcomes."""

from decimal import Decimal
from types import SimpleNamespace

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

pytest.importorskip("skops.io")
pytest.importorskip("xgboost")
import xgboost

from treeprune.commands.columns import columns_for
from treeprune.commands.model_files import ModelFile
from treeprune.commands.outcomes import outcome_for
from treeprune.commands.tables import read_table
from treeprune.datasets import load_clinical_cohort
from treeprune.exceptions import PruningWarning

DATA = load_clinical_cohort()
X, Y = DATA.X[["age", "sex", "lactate", "diabetes"]][:300], DATA.y[:300]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows.csv"


def file_of(model, name="model"):
    return ModelFile.of(SimpleNamespace(name=name), model)


@pytest.fixture(scope="module")
def models():
    booster = read_again(lightgbm.LGBMClassifier(n_estimators=8, verbose=-1, n_jobs=1).fit(X, Y))
    tree = xgboost.XGBClassifier(n_estimators=8, enable_categorical=True, n_jobs=1).fit(X, Y)
    return {"lightgbm": booster, "xgboost": tree}


def read_again(model):
    """As a file has it: what the training table was is then written in its text alone."""
    return lightgbm.Booster(model_str=model.booster_.model_to_string())


def answers(model, table):
    if isinstance(model, lightgbm.Booster):
        return model.predict(table)
    return model.predict_proba(table)[:, 1]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "arrow", "feather"])
@pytest.mark.parametrize("vendor", ["lightgbm", "xgboost"])
def test_every_format_gives_the_answers_of_the_table_in_memory(vendor, ending, models, tmp_path):
    if not ending.startswith("csv"):
        pytest.importorskip("pyarrow")
    path = tmp_path / f"rows.{ending}"
    # one word for sex, so that codes of the table's own would be others; yes and no; another order
    some = X[(X["sex"] == X["sex"].cat.categories[-1]) & X["diabetes"].notna()]
    told = some.assign(sex=some["sex"].astype(object), diabetes=some["diabetes"].astype(bool))
    told = told[list(X)[::-1]].reset_index(drop=True)
    write = {"parquet": told.to_parquet, "arrow": told.to_feather, "feather": told.to_feather}
    write.get(ending, lambda to: told.to_csv(to, index=False))(path)
    rows = columns_for(file_of(models[vendor]), read_table(path), path)
    np.testing.assert_array_equal(answers(models[vendor], rows), answers(models[vendor], some))


def test_numbers_of_every_type(models, path):
    whole = X["age"].round()
    values = [whole.astype("Int64"), whole.astype("Float64"), whole.map(Decimal), whole.astype("category")]
    expected = whole.to_numpy()
    for column in values:
        table = X.assign(age=column, lactate=column.where(np.arange(len(X)) > 5))
        rows = columns_for(file_of(models["xgboost"]), table, path)
        np.testing.assert_array_equal(rows["age"].astype(float), expected)
        assert rows["lactate"].isna().to_numpy().nonzero()[0].tolist() == list(range(6))


@pytest.mark.parametrize("column", [["high"] * 300, pd.date_range("2020", periods=300), ["1"] * 300])
def test_what_is_no_number_is_named(column, models, path):
    for model in models.values():
        with pytest.raises(ValueError, match=r"column 'age' of rows.csv holds .* model takes numbers"):
            columns_for(file_of(model), X.assign(age=column), path)


def test_categories_that_a_model_does_not_know(models, path):
    sex = X["sex"].astype(object).mask(np.arange(len(X)) == 0, "unknown")
    with pytest.raises(ValueError, match=r"holds 'unknown', which model has never seen: it knows '"):
        columns_for(file_of(models["xgboost"]), X.assign(sex=sex), path)
    with pytest.warns(PruningWarning, match="goes where missing values go"):
        rows = columns_for(file_of(models["lightgbm"]), X.assign(sex=sex), path)
    assert rows["sex"].isna().to_numpy().nonzero()[0].tolist() == [0]
    with pytest.raises(ValueError, match="never seen"):
        columns_for(file_of(models["lightgbm"]), X.assign(sex=1), path)


def test_columns_without_names_are_all_that_are_not_something_else(path):
    numbers = X[["age", "lactate"]].fillna(0.0)
    tree = DecisionTreeClassifier(max_depth=2).fit(numbers.to_numpy(), Y)
    booster = read_again(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(numbers.to_numpy(), Y))
    for model in (tree, booster):
        rows = columns_for(file_of(model), numbers.assign(died=Y, bed=1), path, ["died", "bed"])
        assert rows.shape == numbers.shape
        np.testing.assert_array_equal(rows.to_numpy(), numbers.to_numpy())


def test_blanks_in_names_are_lightgbms_underscores(path):
    numbers = X[["age", "lactate"]].set_axis(["age in years", "serum lactate"], axis=1)
    booster = read_again(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(numbers, Y))
    rows = columns_for(file_of(booster), numbers.iloc[:, ::-1], path)
    np.testing.assert_array_equal(rows.to_numpy(), numbers.to_numpy())


@pytest.mark.parametrize(
    ("classes", "column", "positive", "found"),
    [
        ([0, 1], [0, 1, 1], None, [0, 1, 1]),
        ([0, 1], [0.0, 1.0, 1.0], None, [0, 1, 1]),
        ([0, 1], [False, True, True], None, [0, 1, 1]),
        ([0, 1], ["no", "yes", "yes"], "yes", [0, 1, 1]),
        ([0, 1], ["no", "yes", "yes"], "no", [1, 0, 0]),
        ([0, 1], [1, 2, 2], "2", [0, 1, 1]),
        (["no", "yes"], ["no", "yes", "yes"], None, ["no", "yes", "yes"]),
        (["no", "yes"], [0, 1, 1], "1", ["no", "yes", "yes"]),
        (["0", "1"], [0, 1, 1], None, ["0", "1", "1"]),
        ([False, True], [False, True, True], None, [False, True, True]),
        ([0, 1, 2], [2, 1, 0], None, [2, 1, 0]),
    ],
)
def test_outcomes_in_the_models_own_labels(classes, column, positive, found, path):
    tree = DecisionTreeClassifier().fit(np.arange(len(classes))[:, None], classes)
    got = outcome_for(file_of(tree), pd.Series(column, name="died"), path, positive)
    assert got.tolist() == found
    assert got.dtype == tree.classes_.dtype


@pytest.mark.parametrize(
    ("classes", "column", "positive", "message"),
    [
        (
            [0, 1],
            ["no", "yes"],
            None,
            "holds no, yes, but model predicts 0, 1; say which label counts as 1",
        ),
        ([0, 1], ["a", "b", "c"], None, "holds a, b, c, but model predicts 0, 1$"),
        ([0, 1], ["a", "b", "c"], "a", "has 3, and model predicts 2 classes"),
        ([0, 1], ["no", "yes"], "Yes", "holds no 'Yes', but no, yes"),
        ([0, 1, 2], [1, 2], "1", "predicts 3 classes"),
        ([0, 1, 2], [1, 3], None, "holds 3, but model predicts 0, 1, 2$"),
        ([0, 1], [0, 0.5], None, "holds 0.5"),
        (None, ["low", "high"], None, "but model predicts numbers"),
        (None, [1.0, 2.0], "2", "--positive is for models of two classes"),
    ],
)
def test_other_outcomes_are_refused(classes, column, positive, message, path):
    if classes is None:
        tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [0.0, 1.0])
    else:
        tree = DecisionTreeClassifier().fit(np.arange(len(classes))[:, None], classes)
    with pytest.raises(ValueError, match=message):
        outcome_for(file_of(tree), pd.Series(column, name="died"), path, positive)
