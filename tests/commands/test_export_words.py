"""``treeprune export`` of models that know words, and of pipelines."""

import sqlite3

import lightgbm
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from xgboost import XGBClassifier

from treeprune import save_model
from treeprune.__main__ import main
from treeprune.datasets import make_clinical_cohort

COHORT = make_clinical_cohort(600)
WORDS = list(COHORT.X.select_dtypes("category"))
NEEDS = {"onnx": "onnxruntime", "treelite": "treelite"}


def pipeline():
    coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    before = make_column_transformer((coded, WORDS), remainder="passthrough")
    return make_pipeline(before, SimpleImputer(), RandomForestClassifier(3, max_depth=5, random_state=0))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    X, y = COHORT.X, COHORT.y
    X.assign(died=y, stay=range(len(X))).to_csv(folder / "rows.csv", index=False)
    boosted = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1, min_data_per_group=5)
    boosted.fit(X, y).booster_.save_model(folder / "model.txt")
    other = XGBClassifier(n_estimators=8, enable_categorical=True, max_cat_to_onehot=1, n_jobs=1)
    other.fit(X, y).save_model(folder / "model.ubj")
    hist = HistGradientBoostingClassifier(max_iter=8, categorical_features="from_dtype")
    save_model(hist.fit(X, y), folder / "model.skops")
    save_model(pipeline().fit(X, y), folder / "pipeline.skops")
    return folder


def exported(folder, model, to, output, *more):
    if to in NEEDS:
        pytest.importorskip(NEEDS[to])
    words = ["export", str(folder / model), "--to", to, "-o", str(output), *more]
    return main([*words, "--data", str(folder / "rows.csv"), "--target", "died"])


@pytest.mark.parametrize("to", ["c", "onnx", "treelite"])
@pytest.mark.parametrize("model", ["model.txt", "model.ubj", "model.skops"])
def test_exports_of_numbers_say_which_word_is_which(model, to, folder, tmp_path, capsys):
    assert (
        exported(
            folder,
            model,
            to,
            tmp_path / "out",
        )
        == 0
    )
    out = capsys.readouterr().out
    own = list(COHORT.X["admission"].cat.categories)
    shown = ", ".join(f"{i} = {word}" for i, word in enumerate(sorted(own) if "skops" in model else own))
    assert "categories go in as numbers:\n  " in out
    assert f"\n  admission: {shown}\n" in out
    assert "agrees: 600 rows" in out.replace("\n", "")


@pytest.mark.parametrize("to", ["sql", "python"])
@pytest.mark.parametrize("model", ["model.txt", "model.ubj", "model.skops"])
def test_exports_of_words_take_the_words_of_the_table(model, to, folder, tmp_path, capsys):
    assert exported(folder, model, to, tmp_path / "out") == 0
    out = capsys.readouterr().out
    assert "categories go in" not in out
    assert ("rows come without a key" in out) == (to == "sql")
    assert "agrees: 600 rows" in out.replace("\n", "")


def test_sql_on_the_very_table_says_what_lightgbm_says(folder, tmp_path, capsys):
    assert exported(folder, "model.txt", "sql", tmp_path / "m.sql", "--key", "stay") == 0
    assert "without a key" not in capsys.readouterr().out
    connection = sqlite3.connect(":memory:")
    pd.read_csv(folder / "rows.csv").to_sql("patients", connection, index=False)
    found = pd.read_sql((tmp_path / "m.sql").read_text(), connection).sort_values("stay")
    connection.close()
    native = lightgbm.Booster(model_file=folder / "model.txt").predict(COHORT.X)
    assert found["probability_1"].to_numpy() == pytest.approx(native, rel=1e-10)


@pytest.mark.parametrize("to", ["c", "onnx", "treelite", "sql", "python"])
def test_the_last_step_of_a_pipeline(to, folder, tmp_path, capsys):
    assert exported(folder, "pipeline.skops", to, tmp_path / "out", "--last-step") == 0
    assert "agrees: 600 rows" in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize("to", ["c", "treelite", "sql", "python"])
def test_a_pipeline_that_an_export_cannot_hold_has_a_way_out_in_the_shell(to, folder, tmp_path, capsys):
    assert exported(folder, "pipeline.skops", to, tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert "in the shell --last-step" in said
    assert "can prune" not in said
    assert not (tmp_path / "out").exists()


def test_the_last_step_of_no_pipeline(folder, tmp_path, capsys):
    assert exported(folder, "model.txt", "c", tmp_path / "out", "--last-step") == 2
    assert "--last-step is for pipelines, and model.txt is none" in capsys.readouterr().err
